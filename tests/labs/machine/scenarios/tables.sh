# The table that each file of /lab/tables makes, as ipvsadm prints it: for comparing two programs.
SCENARIO=tables
for file in /lab/tables/*.conf; do
    name=$(basename "$file" .conf)
    cp "$file" /run/lab/conf
    daemon_start
    settle "$name" 10
    daemon_stop "$name: SIGTERM, clean exit"
    want "$name: nothing left in IPVS" 1 "(empty)"
done
