# lvs_sync_daemon with a VRRP instance: master where the instance is. vrrpd runs beside checkerd, and tells it.
SCENARIO=sync
conf <<EOT
${GLOBALS%\}}
    lvs_sync_daemon eth0 VI_1 id 17 maxlen 1000 port 8900 ttl 3 group 224.0.0.90
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth1
    virtual_router_id 51
    priority 150
    advert_int 1
    virtual_ipaddress {
        10.3.0.55
    }
}
virtual_server $NAT 80 {
    delay_loop 1
    lvs_sched rr
    lvs_method NAT
    protocol TCP
$(tcp_rs $R1 1)
}
EOT
synced() {                                      # synced NAME TIMEOUT_S WORD: the only one
    now; _t0=$NOW
    while :; do
        _got=$(in_ns d ipvsadm -l --daemon 2>&1 | sed 's/ *$//' | tr '\n' ';'); now
        case "$_got" in
            *\;*\;*) ;;
            "$3"*) report "$1" pass $((NOW - _t0)) "$_got"; return ;;
        esac
        [ $((NOW - _t0)) -ge $(($2 * PATIENCE)) ] && break
        sleep 0.05
    done
    report "$1" FAIL $((NOW - _t0)) "expected one $3, got [$_got]"
}
if [ -x /usr/sbin/vrrpd ]; then
    daemon_start
    synced "backup at first" 5 backup
    ip netns exec d vrrpd -n -l -D -f /run/lab/conf -r /run/lab/vrrp.pid >>/tmp/daemon.log 2>&1 &
    _vrrpd=$!
else
    ip netns exec d keepalived -n -l -f /run/lab/conf -p /run/lab/daemon.pid -c /run/lab/checkers.pid -r /run/lab/vrrp.pid >>/tmp/daemon.log 2>&1 &
    DPID=$!
    synced "backup at first" 5 backup
fi
synced "master with the instance" 12 master
ip -n c link set eth1 down
synced "backup with the instance" 5 backup
ip -n c link set eth1 up
synced "master again" 12 master
[ -z "$_vrrpd" ] || kill -KILL $_vrrpd
daemon_stop "SIGTERM: clean exit"
sleep 0.2
same "no sync daemon is left" "" "$(in_ns d ipvsadm -l --daemon)"
ip -n d addr del 10.3.0.55/32 dev eth1 2>/dev/null
