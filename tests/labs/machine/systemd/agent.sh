#!/bin/dash
# Reads a script up to a line `.run`, runs it, and says what it wrote and its exit code.
export PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb SYSTEMD_PAGER= SYSTEMD_COLORS=0
cd / || exit 1
. /lab/lib.sh
exec 3<>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo
printf '.ready\n' >&3
while :; do
  script=
  while IFS= read -r line <&3 && [ "$line" != .run ]; do
    script="$script$line
"
  done
  (exec 3>&-; eval "$script") </dev/null >/run/agent.out 2>&1
  printf '\n.code %d\n' $? >>/run/agent.out
  cat /run/agent.out >&3
done
