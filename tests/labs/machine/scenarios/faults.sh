# What goes wrong around the daemon: killed with 200 services, its table edited by others, a kernel that refuses, netlink with tiny
# buffers, no privileges, reloads under load.
SCENARIO=faults
services() {                                    # services COUNT: the first on port 2000
    echo "$GLOBALS"
    _k=0
    while [ $_k -lt $1 ]; do
        echo "virtual_server $NAT $((2000 + _k)) {
    delay_loop 6
    lvs_sched rr
    lvs_method NAT
    protocol TCP
$(tcp_rs $R1 1 | sed 's/ 80 {/ 7 {/')
$(tcp_rs $R2 1)
}"
        _k=$((_k + 1))
    done
}
counted() { in_ns d ipvsadm -Ln 2>&1 | tee /run/lab/counted | grep -c "$1"; }
count() {                                       # count NAME TIMEOUT_S PATTERN EXPECTED
    now; _t0=$NOW
    while :; do
        _got=$(counted "$3"); now
        [ "$_got" = "$4" ] && { report "$1" pass $((NOW - _t0)) "$_got"; return; }
        [ $((NOW - _t0)) -ge $(($2 * PATIENCE)) ] && break
        sleep 0.1
    done
    report "$1" FAIL $((NOW - _t0)) "expected $4 got $_got; $(head -n 8 /run/lab/counted | tr '\n' '|') $(tail -n 5 /tmp/daemon.log | tr '\n' '|')"
}
said() {                                        # said NAME TIMEOUT_S PATTERN COUNT: lines of the log since the start
    now; _t0=$NOW
    while :; do
        _got=$(sed -n "$log_from,\$p" /tmp/daemon.log | grep -c "$3"); now
        [ "$_got" = "$4" ] && { report "$1" pass $((NOW - _t0)) "$_got"; return; }
        [ $((NOW - _t0)) -ge $(($2 * PATIENCE)) ] && break
        sleep 0.1
    done
    report "$1" FAIL $((NOW - _t0)) "expected $4 lines with '$3', got $_got"
}
begin() { log_from=$(($(wc -l </tmp/daemon.log) + 1)); daemon_start; }

# --- kill -9 and restart with 200 services
nsenter --net=/run/netns/r1 socat TCP-LISTEN:7,fork,reuseaddr EXEC:cat &
echo_pid=$!
services 200 | conf
cp /run/lab/conf /run/lab/conf.200
services 100 >/run/lab/conf.100
begin
count "200 services" 10 "^TCP" 200
count "and their 400 servers" 10 "Masq" 400
# One connection that lives through all of it: a line each 0.1 s, and its answer. The service's second server has no port 7.
in_ns d ipvsadm -e -t $NAT:2000 -r $R2:80 -m -w 0
rm -f /run/lab/talk.end /run/lab/talk
nsenter --net=/run/netns/c sh -c '( while [ ! -e /run/lab/talk.end ]; do echo x; sleep 0.1; done ) | nc '"$NAT"' 2000' >/run/lab/talk &
sleep 1
[ -s /run/lab/talk ] && same "a connection is open" yes yes || same "a connection is open" yes no
before=$(in_ns d ipvsadm -Ln | grep -c -e '^TCP' -e Masq)
daemon_kill
( : >/run/lab/least; while [ -e /run/lab/least ]; do in_ns d ipvsadm -Ln | grep -c -e '^TCP' -e Masq >>/run/lab/least; done ) &
begin
said "killed and started again" 10 "Startup complete" 1
sleep 1
same "no service and no server was missing at any moment" "$before" "$(sort -n /run/lab/least | head -n 1)"
rm /run/lab/least
lines=$(wc -l </run/lab/talk)
sleep 1
[ $(wc -l </run/lab/talk) -gt $((lines + 4)) ] && same "the connection goes on" yes yes || same "the connection goes on" yes "$lines $(wc -l </run/lab/talk)"
daemon_kill
in_ns d ipvsadm -A -t 10.1.0.77:77 -s rr
in_ns d ipvsadm -a -t 10.1.0.77:77 -r 10.1.0.78:77 -m
cp /run/lab/conf.100 /run/lab/conf
begin
count "killed, started with half of the file: what is stale goes, what is of others stays" 10 "^TCP" 101
lines=$(wc -l </run/lab/talk)
sleep 1
[ $(wc -l </run/lab/talk) -gt $((lines + 4)) ] && same "the connection still goes on" yes yes || same "the connection still goes on" yes "$lines $(wc -l </run/lab/talk)"
: >/run/lab/talk.end

# --- someone else edits the table
in_ns d ipvsadm -d -t $NAT:2003 -r $R1:7
in_ns d ipvsadm -D -t $NAT:2004
in_ns d ipvsadm -e -t $NAT:2005 -r $R1:7 -m -w 9
count "a service that somebody removed comes back" 15 "^TCP" 101
count "and a server" 1 "Masq" 201
same "a weight that somebody set stays until the next change" 1 "$(counted "$R1:7 .*Masq *9 ")"
in_ns d ipvsadm -C
count "all of it removed: all of it comes back, but for what is of others" 15 "Masq" 200
said "said what it did" 1 "Somebody else changed the table: add service $NAT:2004 tcp again" 2
said "the second time in short" 1 "Somebody else changed the table: 280 more changes again" 1
in_ns d ipvsadm -A -t 10.1.0.77:77 -s rr
daemon_stop "SIGTERM: clean exit"
want "only what is of others is left" 1 "TCP 10.1.0.77:77 rr:"
in_ns d ipvsadm -C

# --- netlink with the smallest buffers
old="$(sysctl -n net.core.rmem_default) $(sysctl -n net.core.wmem_default)"
sysctl -qw net.core.rmem_default=2304 net.core.wmem_default=4608
sed 's/ 7 {/ 80 {/' /run/lab/conf.200 >/run/lab/conf
begin
count "tiny netlink buffers: 200 services all the same" 20 "Masq" 400
daemon_stop "tiny netlink buffers: clean exit"
count "and nothing left" 5 "^TCP" 0
sysctl -qw net.core.rmem_default=${old% *} net.core.wmem_default=${old#* }

kill $echo_pid

# --- a kernel that refuses, for a while: the scheduler's module is not there
modprobe -r ip_vs_lblc 2>/dev/null  # not loaded: as well
module=$(find /lib/modules -name 'ip_vs_lblc.ko')
mv $module /tmp/lblc
conf <<EOT
$GLOBALS
virtual_server $DR 80 {
    delay_loop 1
    lvs_sched lblc
    lvs_method DR
    protocol TCP
$(tcp_rs $R1 1)
}
virtual_server $NAT 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP
$(tcp_rs $R1 1)
}
EOT
begin
want "a scheduler that the kernel does not have: the rest is there" 5 "TCP $NAT:80 rr: $R1:80/Masq/1"
sleep 4
said "and the reason is said once" 1 "Scheduler or persistence engine not found" 1
mv /tmp/lblc $module
want "tried again until it is there" 12 "TCP $DR:80 lblc: $R1:80/Route/1; TCP $NAT:80 rr: $R1:80/Masq/1"
said "and that is said" 2 "The table is as it should be again" 1
daemon_stop "SIGTERM: clean exit, too"

# --- no privileges
log_from=$(($(wc -l </tmp/daemon.log) + 1))
timeout 10 /usr/sbin/ip netns exec d setpriv --bounding-set=-net_admin --inh-caps=-net_admin $(cat /lab/daemon) >>/tmp/daemon.log 2>&1
same "without CAP_NET_ADMIN it does not start" 1 $?
said "and says why" 1 "Operation not permitted" 1

# --- reloads under load
write() {                                       # write SCHED WEIGHT MORE
    conf <<EOT
$GLOBALS
virtual_server $NAT 80 {
    delay_loop 1
    lvs_sched $1
    lvs_method NAT
    protocol TCP
$(tcp_rs $R1 1)
$(tcp_rs $R2 $2)
}
$3
EOT
}
more="virtual_server $DR 81 {
    lvs_sched rr
    lvs_method DR
    protocol TCP
$(tcp_rs $R3 1 | sed 's/ 80 {/ 81 {/')
}"
write rr 1
begin
want "two servers" 5 "TCP $NAT:80 rr: $R1:80/Masq/1 $R2:80/Masq/1"
: >/run/lab/loop
rm -f /run/lab/answers
nsenter --net=/run/netns/c sh -c '. /lab/lib.sh; while [ -e /run/lab/loop ]; do r=$(get '$NAT'); echo "${r:-failed}" >>/run/lab/answers; done' &
for _k in 1 2 3 4 5; do
    write wrr 3 "$more"; daemon_reload; sleep 0.4
    write wlc 2; daemon_reload; sleep 0.4
    write rr 1; daemon_reload; sleep 0.4
done
said "15 reloads" 5 "Reload complete" 15
rm /run/lab/loop
sleep 0.3
same "a client in a loop: no failed connection" 0 "$(grep -c failed /run/lab/answers)"
[ $(wc -l </run/lab/answers) -ge 15 ] && same "but many answers" yes yes || same "but many answers" yes "$(wc -l </run/lab/answers)"
want "the table is the last file's" 2 "TCP $NAT:80 rr: $R1:80/Masq/1 $R2:80/Masq/1"
daemon_stop "SIGTERM: clean exit after all"
