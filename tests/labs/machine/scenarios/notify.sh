# Who is told, and in which order: notify and quorum scripts, lines in the FIFO; from the start to the end (rs_init_notifies, omega).
SCENARIO=notify
rm -f /run/lab/told.* /run/lab/fifo /run/lab/fifo.lines
cat >/usr/sbin/told <<'EOT'
#!/bin/sh
f=$1
shift
echo "$*" >>/run/lab/told.$f
EOT
chmod 755 /usr/sbin/told
mkfifo -m 600 /run/lab/fifo
cat /run/lab/fifo >/run/lab/fifo.lines &
fifo_reader=$!
told_rs() { tcp_rs $1 1 "notify_up \"/usr/sbin/told $2 up\"" "notify_down \"/usr/sbin/told $2 down\""; }
conf <<EOT
${GLOBALS%\}}
    lvs_notify_fifo /run/lab/fifo
    rs_init_notifies
}
virtual_server $DR 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method DR
    protocol TCP
    omega
    quorum 2
    quorum_up "/usr/sbin/told quorum up"
    quorum_down "/usr/sbin/told quorum down"
$(told_rs $R1 1)
$(told_rs $R2 2)
}
virtual_server $NAT 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    alpha
$(told_rs $R3 3)
}
EOT
told() {                                        # told NAME: what has been told since the last time
    sleep 0.4
    for f in 1 2 3 quorum; do
        _w=$(tr '\n' ' ' <"/run/lab/told.$f" 2>/dev/null)
        _l="$_l $f: $_w;"
        rm -f /run/lab/told.$f
    done
    report "$1: scripts" pass 0 "$_l"
    report "$1: FIFO" pass 0 "$(tr -d '\000' </run/lab/fifo.lines | tail -n +$_from | tr '\n' ';')"
    _from=$(($(tr -d '\000' </run/lab/fifo.lines | wc -l) + 1)) _l=
}
_from=1 _l=
a=$R1:80/Route/1 b=$R2:80/Route/1 n=$R3:80/Masq/1
daemon_start
want "all up" 8 "TCP $DR:80 rr: $a $b; TCP $NAT:80 rr: $n"
told "start"
rs_down 1
want "one down, quorum lost" 8 "TCP $DR:80 rr: $b; TCP $NAT:80 rr: $n"
told "one down"
rs_up 1
want "back" 6 "TCP $DR:80 rr: $a $b; TCP $NAT:80 rr: $n"
told "back"
rs_down 3
want "the only one down" 8 "TCP $DR:80 rr: $a $b; TCP $NAT:80 rr:"
told "the only one down"
daemon_stop "SIGTERM: clean exit"
told "stop"
want "nothing left in IPVS" 1 "(empty)"
kill $fifo_reader
