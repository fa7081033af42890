#!/usr/bin/env python3
"""checkerd and Debian's keepalived on the kernel's IPVS with the same file, one virtual machine each, one after the other.

SERVICES virtual servers with SERVERS real servers each, half of them checked by TCP_CHECK and half by HTTP_GET, every 5 s, against
nginx in the director itself. Prints for both: seconds from the start to the complete table, processor time of the daemon's
processes for SECONDS of steady work and for the fail-over of everything and back, checks made, memory. The machine is emulated:
compare, do not add up.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "labs"))
import machine  # noqa: E402  (from the labs)

CHECKERD = os.environ.get("CHECKERD", "checkerd/checkerd") + " -n -l -f {conf} -c {pid}"
NGINX = """worker_processes 1; daemon off; pid /run/nginx.pid; error_log stderr crit; user root;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path /tmp/t1; proxy_temp_path /tmp/t2; fastcgi_temp_path /tmp/t3; uwsgi_temp_path /tmp/t4; scgi_temp_path /tmp/t5;
  server { listen 80 backlog=4096; location / { return 200 "ok"; } } }
"""
SCENARIO = r"""SCENARIO=bench
cp /lab/big.conf /run/lab/conf
mkdir -p /var/log/nginx /var/lib/nginx
ip -n d addr add 10.9.0.1/16 dev lo
web() { nsenter --net=/run/netns/d nginx -c /lab/nginx.conf 2>/dev/null & WEB=$!; sleep 1; }
ticks() { _sum=0; for _p in $(daemon_tree); do read -r _l </proc/$_p/stat 2>/dev/null || continue; case "$(cat /proc/$_p/comm)" in nginx) continue;; esac
    set -- ${_l##*) }; _sum=$((_sum + ${12} + ${13})); done; TICKS=$_sum; }
opens() { OPENS=$(in_ns d cat /proc/net/snmp | awk '/^Tcp:/ { if (n++) print $6; else next }'); }
count() { COUNT=$(in_ns d cat /proc/net/ip_vs | grep -c ' -> *[0-9A-F]\{8\}:'); }
until_count() { while :; do count; now; [ "$COUNT" = "$1" ] && break; [ $((NOW - T0)) -gt $2 ] && break; sleep 0.1; done; }
web
now; T0=$NOW
daemon_start
until_count @TOTAL@ 6000
note "table" "$COUNT of @TOTAL@ after $((NOW - T0)) cs"
sleep 8
ticks; A=$TICKS; opens; B=$OPENS
note "start" "$A ticks"
sleep @SECONDS@
ticks; opens
note "steady" "$((TICKS - A)) ticks $((OPENS - B)) connections in @SECONDS@ s"
for _p in $(daemon_tree); do [ "$(cat /proc/$_p/comm)" = nginx ] || grep -H VmRSS /proc/$_p/status; done >/run/lab/raw; raw memory
A=$TICKS; now; T0=$NOW
kill $WEB; for _p in $(daemon_tree); do [ "$(cat /proc/$_p/comm)" = nginx ] && kill $_p; done
until_count 0 6000
note "all gone" "$COUNT left after $((NOW - T0)) cs"
web; now; T0=$NOW
until_count @TOTAL@ 6000
ticks
note "all back" "$COUNT of @TOTAL@ after $((NOW - T0)) cs, $((TICKS - A)) ticks for both"
daemon_stop stop
"""
HTTP = "HTTP_GET {\n   url {\n    path /\n    status_code 200\n   }\n   connect_timeout 3\n   retry 0\n   delay_before_retry 1\n  }"
TCP = "TCP_CHECK {\n   connect_timeout 3\n   retry 0\n  }"


def config(services, servers):
    out = ["global_defs {\n router_id LB\n script_user root\n enable_script_security\n}\n"]
    for v in range(services):
        out.append(f"virtual_server 10.3.{v // 250 + 1}.{v % 250 + 1} 80 {{\n delay_loop 5\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n")
        out += [f" real_server 127.{1 + v // 250}.{v % 250}.{r + 1} 80 {{\n  weight 1\n  {HTTP if r % 2 else TCP}\n }}\n" for r in range(servers)]
        out.append("}\n")
    return "".join(out)


def measure(name, daemon, options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.sh")
        with open(path, "w", encoding="ascii") as out:
            out.write(SCENARIO.replace("@TOTAL@", str(options.services * options.servers)).replace("@SECONDS@", str(options.seconds)))
        files = {"lab/big.conf": config(options.services, options.servers).encode(), "lab/nginx.conf": NGINX.encode()}
        run = machine.boot(daemon, [path], ["/usr/sbin/nginx"], files=files, timeout=options.timeout, memory=1024)
    print(f"== {name}")
    for each in run.findings:
        print(f"   {each.name:10} {each.detail}")
    print("   memory     " + ", ".join(re.sub(r".*VmRSS:\s+", "", line) for line in run.tables.get(("bench", "memory"), [])))
    if not run.finished:
        print("the machine did not finish", run.console[-1500:], run.log[-1500:], sep="\n")
    steady = re.search(r"^(\d+) ticks (\d+) connections", next((each.detail for each in run.findings if each.name == "steady"), ""))
    return (int(steady.group(1)), int(steady.group(2))) if steady else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--servers", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=30, help="of steady work")
    parser.add_argument("--timeout", type=int, default=280, help="of each machine")
    options = parser.parse_args()
    ours, theirs = measure("checkerd", CHECKERD, options), measure("keepalived", machine.KEEPALIVED, options)
    if not ours or not theirs:
        return 2
    print(f"checkerd needs {ours[0] / theirs[0]:.2f} of keepalived's processor time, {ours[0] / ours[1] / (theirs[0] / theirs[1]):.2f} of it for a check")
    return 0 if ours[0] <= theirs[0] else 1


if __name__ == "__main__":
    sys.exit(main())
