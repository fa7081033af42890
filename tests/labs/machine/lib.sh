# Helpers of the scenario scripts (POSIX sh, run inside the VM).
#
#            client c                    10.1.0.1/24   10.3.0.1/24
#   bridge ---+--- director d            10.1.0.2/24   10.3.0.2/24 --- c (direct link)
#             +--- real servers r1..r3   10.1.0.11 .. 10.1.0.13, default route via d
#
# VIPs on d: 10.1.0.100 direct routing (on lo of each real server), 10.1.0.102
# tunnel (on tunl0 of each real server), 10.3.0.100 NAT (reached over the direct
# link).  IPv6: fd00:1::2 on d, fd00:1::11 .. 13 on the real servers,
# fd00:1::100 VIP.
DR=10.1.0.100 TUN=10.1.0.102 NAT=10.3.0.100
R1=10.1.0.11 R2=10.1.0.12 R3=10.1.0.13
PATIENCE=400                                    # centiseconds for each second that something may take: the host may be busy
GLOBALS="global_defs {
    router_id lvs_lab
    script_user root
    enable_script_security
}"

in_ns() { _n=$1; shift; nsenter --net="/run/netns/$_n" "$@"; }
now() { read -r _u _ </proc/uptime; NOW=${_u%.*}${_u#*.}; }    # centiseconds

topology() {
    ip link set lo up
    ip link add br0 type bridge stp_state 0 forward_delay 0
    ip link set br0 up
    for _n in c d r1 r2 r3; do
        ip netns add $_n
        ip link add p-$_n type veth peer name eth0 netns $_n
        ip link set p-$_n master br0 up
        ip -n $_n link set lo up
        in_ns $_n sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
            net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
        ip -n $_n link set eth0 up
    done
    ip -n c addr add 10.1.0.1/24 dev eth0
    ip -n d addr add 10.1.0.2/24 dev eth0
    ip -n d addr add $DR/32 dev eth0
    ip -n d addr add $TUN/32 dev eth0
    ip link add eth1 netns c type veth peer name eth1 netns d
    ip -n c link set eth1 up; ip -n d link set eth1 up
    ip -n c addr add 10.3.0.1/24 dev eth1
    ip -n d addr add 10.3.0.2/24 dev eth1
    ip -n d addr add $NAT/32 dev eth1
    ip -n d addr add fd00:1::2/64 dev eth0
    ip -n d addr add fd00:1::100/128 dev eth0
    in_ns d sysctl -qw net.ipv4.ip_forward=1
    for _i in 1 2 3; do
        ip -n r$_i addr add 10.1.0.1$_i/24 dev eth0
        ip -n r$_i addr add fd00:1::1$_i/64 dev eth0
        in_ns r$_i sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
        ip -n r$_i route add default via 10.1.0.2
        ip -n r$_i addr add $DR/32 dev lo
        ip -n r$_i link set tunl0 up 2>/dev/null && ip -n r$_i addr add $TUN/32 dev tunl0
        in_ns r$_i sysctl -qw net.ipv4.conf.tunl0.rp_filter=0 2>/dev/null
        mkdir -p /srv/r$_i
        echo r$_i >/srv/r$_i/id
        rs_up $_i
    done
}

# --- real servers: HTTP on port 80 answering /id with its name, UDP on 5300
rs_up() {
    echo OK >/srv/r$1/health
    [ -e /run/lab/http.$1 ] && return
    nsenter --net=/run/netns/r$1 httpd -f -p 80 -h /srv/r$1 &
    echo $! >/run/lab/http.$1
    : >/run/lab/ok.$1
}
rs_down() {
    kill "$(cat /run/lab/http.$1)" 2>/dev/null
    rm -f /run/lab/http.$1 /run/lab/ok.$1
}
http_broken() { rm -f /srv/r$1/health; }                        # /health answers 404
udp_up() {                                                      # udp_up N ADDRESS...
    _i=$1; shift
    for _a; do
        nsenter --net=/run/netns/r$_i socat -T 30 UDP4-RECVFROM:5300,bind=$_a,fork SYSTEM:"echo r$_i" &
        echo $! >>/run/lab/udp.$_i
    done
}
udp_down() {
    [ -e /run/lab/udp.$1 ] && kill $(cat /run/lab/udp.$1) 2>/dev/null
    rm -f /run/lab/udp.$1
}
all_up() { for _i in 1 2 3; do rs_up $_i; done; }

# --- daemon under test
conf() { cat >/run/lab/conf; }
daemon_start() {
    _t=$(cat /lab/daemon)
    echo "--- start, $SCENARIO" >>/tmp/daemon.log
    # word splitting is wanted: the template is a plain list of words
    ip netns exec d $_t >>/tmp/daemon.log 2>&1 &
    DPID=$!
    echo $DPID >/run/lab/daemon
}
daemon_tree() { for _p in $(ip netns pids d); do echo $_p; done; }
daemon_stop() {                                                 # SIGTERM, clean exit
    now; _t0=$NOW
    kill -TERM $DPID
    while kill -0 $DPID 2>/dev/null; do
        now
        [ $((NOW - _t0)) -gt $((5 * PATIENCE)) ] && { report "$1" FAIL $((NOW - _t0)) "still running"; return; }
        sleep 0.05
    done
    wait $DPID; _rc=$?
    now
    [ $_rc = 0 ] && report "$1" pass $((NOW - _t0)) "exit status 0" ||
        report "$1" FAIL $((NOW - _t0)) "exit status $_rc"
    rm -f /run/lab/daemon
}
daemon_kill() {
    kill -STOP $DPID
    for _p in $(daemon_tree); do [ $_p != $DPID ] && kill -KILL $_p; done
    kill -KILL $DPID; wait $DPID 2>/dev/null
    rm -f /run/lab/daemon /run/triad/checkerd.sock
}
daemon_reload() { kill -HUP $DPID; }
daemon_cleanup() {                                              # between scenarios
    for _p in $(daemon_tree); do kill -KILL $_p 2>/dev/null; done
    in_ns d ipvsadm -C
    for _i in 1 2 3; do udp_down $_i; done
    all_up
    rm -f /run/lab/conf /run/lab/*.pid /run/triad/*.sock
}

# --- looking at IPVS
# One canonical line: services sorted and joined by "; ", each
# "PROTO ADDR SCHED FLAGS: real/forward/weight ...", real servers sorted.
table() {
    in_ns d ipvsadm -Ln >/run/lab/raw 2>&1
    awk '
        function flush(  i, j, x, o) {
            if (s == "") return
            for (i = 1; i < n; i++)
                for (j = i; j > 0 && d[j] < d[j-1]; j--) { x = d[j]; d[j] = d[j-1]; d[j-1] = x }
            o = s ":"
            for (i = 0; i < n; i++) o = o " " d[i]
            print o; s = ""
        }
        /^(TCP|UDP|SCTP|FWM)/ { flush(); $1 = $1; s = $0; n = 0; next }
        $1 == "->" && s != "" { d[n++] = $2 "/" $3 "/" $4 }
        END { flush() }' /run/lab/raw | sort | awk '{ o = o (NR > 1 ? "; " : "") $0 }
        END { print NR ? o : "(empty)" }'
}
saved() { in_ns d ipvsadm --save -n | sort | awk '{ sub(/ +$/, ""); o = o (NR > 1 ? "; " : "") $0 } END { print o }'; }

# --- verdicts
report() {                                                      # NAME VERDICT CENTISECONDS DETAIL
    printf 'A\t%s\t%s\t%s\t%d\t%s\n' "$SCENARIO" "$1" "$2" "$3" "$4" >&3
}
raw() {
    while IFS= read -r _l; do printf 'R\t%s\t%s\t%s\n' "$SCENARIO" "$1" "$_l"; done </run/lab/raw >&3
}
want() {                                                        # NAME TIMEOUT_S EXPECTED
    now; _t0=$NOW
    while :; do
        _got=$(table); now
        [ "$_got" = "$3" ] && { report "$1" pass $((NOW - _t0)) "$_got"; raw "$1"; shown "$1"; return 0; }
        [ $((NOW - _t0)) -ge $(($2 * PATIENCE)) ] && break
        sleep 0.05
    done
    report "$1" FAIL $((NOW - _t0)) "expected [$3] got [$_got]"; raw "$1"
    return 1
}
ask() { echo "$1" | socat -t 2 - UNIX-CONNECT:/run/triad/checkerd.sock; }
shown() {                                                       # NAME: checkerd shows what ipvsadm shows, every byte
    [ -S /run/triad/checkerd.sock ] || return
    for _ in 1 2 3 4; do                                        # connections begin and end meanwhile
        ask "show ipvs" >/run/lab/shown 2>&1
        in_ns d ipvsadm -Ln >/run/lab/shown.ipvsadm
        sed '$ { /^$/d }' /run/lab/shown | cmp -s - /run/lab/shown.ipvsadm && { report "$1: show ipvs" pass 0 "$(wc -l </run/lab/shown.ipvsadm) lines"; return; }
    done
    report "$1: show ipvs" FAIL 0 "$(diff /run/lab/shown /run/lab/shown.ipvsadm | tr '\n' '|')"
}
settle() {                                                      # NAME TIMEOUT_S: a table that stays for a second
    now; _t0=$NOW; _last=
    while :; do
        _got=$(table); now
        [ "$_got" = "$_last" ] || { _last=$_got; _since=$NOW; }
        [ "$_got" != "(empty)" ] && [ $((NOW - _since)) -ge 100 ] && { report "$1" pass $((NOW - _t0)) "$_got"; break; }
        [ $((NOW - _t0)) -ge $(($2 * PATIENCE)) ] && { report "$1" FAIL $((NOW - _t0)) "no table that stays: [$_got]"; break; }
        sleep 0.05
    done
    raw "$1"; shown "$1"
    in_ns d ipvsadm --save -n | sort >/run/lab/raw; raw "$1, saved"
}
hold() {                                                        # NAME SECONDS EXPECTED: no change
    now; _t0=$NOW
    while :; do
        _got=$(table); now
        [ "$_got" = "$3" ] || { report "$1" FAIL $((NOW - _t0)) "expected [$3] got [$_got]"; raw "$1"; return 1; }
        [ $((NOW - _t0)) -ge $(($2 * 100)) ] && break
        sleep 0.1
    done
    report "$1" pass $((NOW - _t0)) "unchanged"
}
same() {                                                        # NAME EXPECTED GOT
    now
    [ "$2" = "$3" ] && report "$1" pass 0 "$3" || report "$1" FAIL 0 "expected [$2] got [$3]"
}
note() { report "$1" info 0 "$2"; }                             # NAME TEXT: recorded, not judged
want_file() {                                                   # NAME TIMEOUT_S FILE EXPECTED
    now; _t0=$NOW
    while :; do
        _got=$(cat "$3" 2>/dev/null); now
        [ "$_got" = "$4" ] && { report "$1" pass $((NOW - _t0)) "$_got"; return 0; }
        [ $((NOW - _t0)) -ge $(($2 * PATIENCE)) ] && break
        sleep 0.05
    done
    report "$1" FAIL $((NOW - _t0)) "expected [$4] got [$_got]"
}

# --- client traffic: counts of the answers, e.g. "r1:10 r2:20"
tally() { sort | uniq -c | awk '{ printf "%s%s:%d", (NR > 1 ? " " : ""), $2, $1 } END { print "" }'; }
#
# plain sockets: busybox wget looks up service names, which a static build
# cannot do without the resolver's plug-ins
get() { printf 'GET /id HTTP/1.0\r\n\r\n' | nc -w 15 "$1" 80 2>/dev/null | tail -n 1; }
echo_udp() { socat -t 0.1 -T 20 "UDP4:$1:5300" SYSTEM:'echo x; read r; echo $r >&2' 2>&1 | head -n 1; }   # as soon as the answer is there
spread() {                                                      # spread get|echo_udp VIP COUNT
    nsenter --net=/run/netns/c sh -c '. /lab/lib.sh
        i=0
        while [ $i -lt '"$3"' ]; do
            r=$('"$1 $2"')
            echo "${r:-failed}"
            i=$((i + 1))
        done' | tally
}
http() { spread get "$1" "$2"; }
udp() { spread echo_udp "$1" "$2"; }

# --- configuration pieces
tcp_rs() {                                                      # tcp_rs ADDR WEIGHT [LINE...]
    echo "    real_server $1 80 {"; echo "        weight $2"
    shift 2; for _l; do echo "        $_l"; done
    echo "        TCP_CHECK {
            connect_timeout 2
            retry 1
            delay_before_retry 1
        }
    }"
}
http_rs() {
    echo "    real_server $1 80 {"; echo "        weight $2"
    shift 2; for _l; do echo "        $_l"; done
    echo "        HTTP_GET {
            url {
                path /health
                status_code 200
            }
            connect_timeout 2
            retry 1
            delay_before_retry 1
        }
    }"
}
