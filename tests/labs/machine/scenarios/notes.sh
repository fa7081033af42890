# The notes' LVS files, unchanged, on two directors with keepalived, which starts vrrpd and checkerd: each row in a network of its own, all
# rows at the same time. Director a is started as Debian's unit does it, b as EL's: `keepalived -D -S 6`, in the background.
#
#   client .1 ---+--- directors a, b (files 1 and 2, /etc/keepalived/keepalived.conf)
#     (bridge)   +--- web servers w1, w2 with the VIPs on lo and ARP suppressed
mkdir -p /etc/keepalived
syslogd -n -O /tmp/syslog &
for _m in nf_tables nfnetlink nft_chain_nat nft_reject_inet; do modprobe -q $_m; done  # several modprobes at a time disturb each other

node() {                                        # node NAME ADDRESS: on the row's bridge
    ip netns add $ROW-$1
    ip link add $ROW-$1 type veth peer name eth0 netns $ROW-$1
    ip link set $ROW-$1 master $ROW up
    ip -n $ROW-$1 link set lo up
    ip -n $ROW-$1 link set eth0 up
    in_ns $ROW-$1 sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
    ip -n $ROW-$1 addr add $NET.$2/24 dev eth0
    mkdir -p /srv/$ROW-$1/run /srv/$ROW-$1/etc
}
web() {                                         # web NUMBER ADDRESS VIP...: its name on the ports 80 and 3306
    node w$1 $2
    _w=w$1
    shift 2
    in_ns $ROW-$_w sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
    for _v; do ip -n $ROW-$_w addr add $NET.$_v/32 dev lo; done
    echo $_w >/srv/$ROW-$_w/index.html
    web_up $_w
}
web_up() {
    for _port in 80 3306; do
        nsenter --net=/run/netns/$ROW-$1 httpd -f -p $_port -h /srv/$ROW-$1 &
        echo $! >>/srv/$ROW-$1/pids
    done
}
web_down() { kill $(cat /srv/$ROW-$1/pids); rm /srv/$ROW-$1/pids; }
director() {                                    # director a|b ADDRESS FILE
    node $1 $2
    cp /lab/notes/$3 /srv/$ROW-$1/etc/keepalived.conf
}
on() {                                          # on NODE COMMAND... &: with its own /run and /etc/keepalived
    _n=$ROW-$1
    shift
    exec nsenter --net=/run/netns/$_n unshare -m sh -c "mount --bind /srv/$_n/etc /etc/keepalived && mount --bind /srv/$_n/run /run && exec \"\$@\"" sh "$@"
}
start() {                                       # start NODE: keepalived with both daemons
    case $1 in
        a) on a /usr/sbin/keepalived --dont-fork -l -D >>/srv/$ROW-a/log 2>&1 &
           echo $! >/srv/$ROW-a/unit.pid ;;
        b) ( on b /usr/sbin/keepalived -D -S 6 )
           same "director b: the command returns with 0" 0 $? ;;
    esac
}
main_pid() { cat /srv/$ROW-$1/run/keepalived.pid; }
stop() {                                        # stop NODE: it ends by itself, with both daemons
    _main=$(main_pid $1)
    kill $_main
    case $1 in
        a) wait $(cat /srv/$ROW-a/unit.pid)
           same "director a: keepalived ends with status 0" 0 $? ;;
        b) now; _t0=$NOW                        # nobody collects it: a process without words is one that has ended
           while [ -n "$(cat /proc/$_main/cmdline 2>/dev/null)" ] && [ $((NOW - _t0)) -lt $((10 * PATIENCE)) ]; do sleep 0.05; now; done ;;
    esac
    same "director $1: no pid file is left" "" "$(cd /srv/$ROW-$1/run && echo keepalived*.pid vrrp*.pid checkers*.pid | sed 's/[a-z]*\*\.pid *//g')"
    same "director $1: no table is left" "$HEAD" "$(in_ns $ROW-$1 ipvsadm -Ln)"
}
HEAD="IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn"
line() { printf '\n  -> %-28s %-7s %-6s %-10s %-10s' "$1" Route $2 0 0; }
text() {                                        # text NAME NODE TIMEOUT_S TEXT: ipvsadm's own, without counts of connections
    now; _t0=$NOW
    while :; do
        _got=$(in_ns $ROW-$2 ipvsadm -Ln | sed -E 's/^(  -> .{28} .{7} .{6} )[0-9]+ +[0-9]+ *$/\10          0         /'); now
        [ "$_got" = "$4" ] && { report "$1" pass $((NOW - _t0)) ""; return; }
        [ $((NOW - _t0)) -ge $(($3 * PATIENCE)) ] && break
        sleep 0.1
    done
    report "$1" FAIL $((NOW - _t0)) "$(echo "expected $4 got $_got; $(tail -n 15 /srv/$ROW-$2/log /tmp/syslog)" | tr '\n' '|')"
}
both() { text "$1, director a" a $2 "$3"; text "$1, director b" b $2 "$3"; }
holds_vip() {                                   # holds_vip NODE ADDRESS TIMEOUT_S
    now; _t0=$NOW
    while :; do
        ip -n $ROW-$1 addr show dev eth0 | grep -q "inet $NET.$2/" && { now; report "VIP $NET.$2 on director $1" pass $((NOW - _t0)) ""; return; }
        now
        [ $((NOW - _t0)) -ge $(($3 * PATIENCE)) ] && break
        sleep 0.05
    done
    report "VIP $NET.$2 on director $1" FAIL $((NOW - _t0)) "$(ip -n $ROW-$1 -br addr | tr '\n' '|') $(tail -n 15 /srv/$ROW-$1/log /tmp/syslog | tr '\n' '|')"
}
ask_web() { nsenter --net=/run/netns/$ROW-c sh -c 'printf "GET / HTTP/1.0\r\n\r\n" | nc -w 2 '"$NET.$1 ${2:-80}"' 2>/dev/null | tail -n 1'; }
turns() {                                       # turns VIP COUNT [PORT]: who answered, in order
    _o= _k=0
    while [ $_k -lt $2 ]; do
        _r=$(ask_web $1 $3)
        _o="$_o${_o:+ }${_r:-failed}" _k=$((_k + 1))
    done
    echo "$_o"
}
counts() { turns "$@" | tr ' ' '\n' | tally; }
one_of() {                                      # one_of NAME GOT EXPECTED...
    _name=$1 _got=$2
    shift 2
    for _e; do [ "$_got" = "$_e" ] && { report "$_name" pass 0 "$_got"; return; }; done
    report "$_name" FAIL 0 "got [$_got]"
}
client_loop() {                                 # client_loop VIP: a request each 0.1 s until the file loop is gone
    : >/srv/$ROW-c/loop
    ( while [ -e /srv/$ROW-c/loop ]; do
        _r=$(ask_web $1); now
        echo "$NOW ${_r:-failed}" >>/srv/$ROW-c/answers
        sleep 0.1
    done ) &
}
server_of() { NET=$1; ip link add $ROW type bridge stp_state 0 forward_delay 0; ip link set $ROW up; node c 1; }
fail_over() {                                   # fail_over VIP: director a stops, its client goes on
    rm -f /srv/$ROW-c/answers
    client_loop $1
    sleep 1
    stop a
    holds_vip b $1 6
    sleep 1
    rm /srv/$ROW-c/loop
    sleep 0.5
    awk '$2 == "failed" { f++ } $2 != "failed" { if (last && $1 - last > gap) gap = $1 - last; last = $1; n++; end = $2 }
         END { printf "%d answers, %d failed, at most %.2f s without one, then %s\n", n, f, gap / 100, end }' /srv/$ROW-c/answers >/srv/$ROW-c/result
    case "$(cat /srv/$ROW-c/result)" in
        *"then w"*) awk -F'at most ' '{ exit !($2 + 0 < 5) }' /srv/$ROW-c/result && report "the client goes on" pass 0 "$(cat /srv/$ROW-c/result)" ||
                report "the client goes on" FAIL 0 "$(cat /srv/$ROW-c/result)" ;;
        *) report "the client goes on" FAIL 0 "$(cat /srv/$ROW-c/result)" ;;
    esac
    stop b
}

row_single() {                                  # lvs-dr-single: rr, HTTP_GET and TCP_CHECK
    server_of 192.168.67
    web 1 10 150; web 2 20 150
    director a 100 lvs-dr-single-master.conf; director b 200 lvs-dr-single-slave.conf
    all="$HEAD
TCP  192.168.67.150:80 rr$(line 192.168.67.10:80 1)$(line 192.168.67.20:80 1)"
    start b; start a
    both "the service and both servers" 10 "$all"
    holds_vip a 150 8
    one_of "servers take turns" "$(turns 150 6)" "w1 w2 w1 w2 w1 w2" "w2 w1 w2 w1 w2 w1"
    web_down w1
    both "HTTP_GET fails: the server leaves" 25 "$HEAD
TCP  192.168.67.150:80 rr$(line 192.168.67.20:80 1)"
    same "the other serves" "w2 w2 w2 w2" "$(turns 150 4)"
    web_up w1
    both "and returns" 15 "$all"
    one_of "turns again" "$(turns 150 4)" "w1 w2 w1 w2" "w2 w1 w2 w1"
    fail_over 150
}
row_dual() {                                    # lvs-dr-dual: a VIP on each director, the services on both
    server_of 192.168.67
    web 1 10 150 160; web 2 20 150 160
    director a 100 lvs-dr-dual-master.conf; director b 200 lvs-dr-dual-slave.conf
    first="TCP  192.168.67.150:80 rr"
    second="TCP  192.168.67.160:3306 rr$(line 192.168.67.10:3306 1)"
    start b; start a
    both "both services" 10 "$HEAD
$first$(line 192.168.67.10:80 1)$(line 192.168.67.20:80 1)
$second$(line 192.168.67.20:3306 1)"
    holds_vip a 150 8; holds_vip b 160 8
    one_of "web servers take turns" "$(turns 150 4)" "w1 w2 w1 w2" "w2 w1 w2 w1"
    one_of "databases take turns" "$(turns 160 4 3306)" "w1 w2 w1 w2" "w2 w1 w2 w1"
    web_down w2
    both "TCP_CHECK fails: the server leaves both services" 40 "$HEAD
$first$(line 192.168.67.10:80 1)
$second"
    web_up w2
    both "and returns" 15 "$HEAD
$first$(line 192.168.67.10:80 1)$(line 192.168.67.20:80 1)
$second$(line 192.168.67.20:3306 1)"
    stop a
    holds_vip b 150 6
    one_of "director b has both" "$(turns 150 2) $(turns 160 2 3306)" "w1 w2 w1 w2" "w2 w1 w2 w1" "w1 w2 w2 w1" "w2 w1 w1 w2"
    stop b
}
row_strict() {                                  # lvs-wrr-strict: persistence; without it 1:2
    server_of 192.168.88
    web 1 83 86; web 2 84 86
    director a 81 lvs-wrr-strict-lvs1.conf; director b 82 lvs-wrr-strict-lvs2.conf
    servers="$(line 192.168.88.83:80 1)$(line 192.168.88.84:80 2)"
    start b; start a
    both "persistent 60, weights 1 and 2" 10 "$HEAD
TCP  192.168.88.86:80 wrr persistent 60$servers"
    holds_vip a 86 8
    one_of "with persistence six requests meet one server" "$(counts 86 6)" "w1:6" "w2:6"
    sed '/persistence_timeout/d' /lab/notes/lvs-wrr-strict-lvs1.conf >/srv/$ROW-a/etc/keepalived.conf
    kill -HUP $(main_pid a)
    text "reload without persistence" a 5 "$HEAD
TCP  192.168.88.86:80 wrr$servers"
    same "1:2" "w1:4 w2:8" "$(counts 86 12)"
    web_down w2
    text "the server with weight 2 leaves" a 25 "$HEAD
TCP  192.168.88.86:80 wrr$(line 192.168.88.83:80 1)"
    web_up w2
    text "and returns" a 15 "$HEAD
TCP  192.168.88.86:80 wrr$servers"
    fail_over 86
}
row_wrr() {                                     # lvs-wrr: both nodes say MASTER; the second one's file has no persistence
    server_of 192.168.88
    web 1 100 15; web 2 200 15
    director a 5 lvs-wrr-lvs1.conf; director b 6 lvs-wrr-lvs2.conf
    servers="$(line 192.168.88.100:80 1)$(line 192.168.88.200:80 2)"
    start b; start a
    text "wrr persistent 50, Route weights 1 and 2" a 10 "$HEAD
TCP  192.168.88.15:80 wrr persistent 50$servers"
    text "the same without persistence, director b" b 10 "$HEAD
TCP  192.168.88.15:80 wrr$servers"
    holds_vip a 15 8
    one_of "with persistence six requests meet one server" "$(counts 15 6)" "w1:6" "w2:6"
    web_down w1
    text "the server leaves" b 25 "$HEAD
TCP  192.168.88.15:80 wrr$(line 192.168.88.200:80 2)"
    web_up w1
    both_return="TCP  192.168.88.15:80 wrr$servers"
    text "and returns" b 15 "$HEAD
$both_return"
    stop a
    holds_vip b 15 6
    same "director b: 1:2" "w1:2 w2:4" "$(counts 15 6)"
    stop b
}
rows=
for ROW in single dual strict wrr; do
    SCENARIO="notes lvs-$ROW"
    row_$ROW &
    rows="$rows $!"
done
wait $rows
for log in /srv/*/log /tmp/syslog; do echo "--- $log"; cat $log; done >>/tmp/daemon.log
