# What the tests' scripts in the guest have at hand.

# until_true SECONDS COMMAND...: until it ends with 0; shows what it wrote at last.
until_true() {
  read -r _now _ </proc/uptime
  _end=$((${_now%.*} + $1))
  shift
  while ! (eval "$@") >/run/until_true 2>&1; do
    read -r _now _ </proc/uptime
    [ "${_now%.*}" -lt $_end ] || { cat /run/until_true; return 1; }
    sleep 0.3
  done
  cat /run/until_true
}
# answer [PORT]: the last line of the answer of what listens there.
answer() { printf 'GET / HTTP/1.0\r\n\r\n' | socat -t 3 - "TCP:127.0.0.1:${1:-8080}" 2>/dev/null | tail -n 1; }
# processes NAME...: "pid parent" of each process that has one of the names, without those that ended.
processes() { for _name; do ps -C "$_name" -o pid=,ppid=,stat= | while read -r _pid _parent _stat; do case $_stat in Z*) ;; *) echo "$_pid $_parent" ;; esac; done; done; }
main_pid() { systemctl show -P MainPID "$1"; }
# children UNIT: of its main process.
children() { pgrep -P "$(main_pid "$1")"; }
# left FOLDER...: files and sockets in there, in /run and /tmp, without those of systemd and of the test.
left() {
  find /run /tmp "$@" -not -path '/run/systemd*' -not -path '/run/log*' -not -path '/tmp/systemd-private*' '(' -type f -o -type s ')' |
    grep -v -e /run/agent.out -e /run/until_true -e /run/rsyslogd -e /run/initctl -e /run/mount | sort | tr '\n' ' '
}
