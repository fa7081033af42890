# The table that our driver makes of each file of /lab/tables is the one that the daemon makes, in ipvsadm's own text.
SCENARIO=tables
for file in /lab/tables/*.conf; do
    name=$(basename "$file" .conf)
    cp "$file" /run/lab/conf
    answer=$(in_ns d driver_tool ipvs /run/lab/conf </dev/null 2>&1)
    same "$name: the driver sets it" ok "$answer"
    ours=$(table)
    cp /run/lab/raw /run/lab/raw.ours
    ours_saved=$(saved)
    in_ns d ipvsadm -C
    daemon_start
    want "$name: the daemon's table" 10 "$ours"
    cmp -s /run/lab/raw /run/lab/raw.ours && report "$name: ipvsadm -Ln, every byte" pass 0 "" ||
        report "$name: ipvsadm -Ln, every byte" FAIL 0 "$(diff /run/lab/raw.ours /run/lab/raw | tr '\n' '|')"
    same "$name: ipvsadm --save -n" "$ours_saved" "$(saved)"
    daemon_kill
    in_ns d ipvsadm -C
done
