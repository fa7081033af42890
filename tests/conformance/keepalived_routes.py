#!/usr/bin/env python3
"""Every word of routes and rules, as the kernel has it from vrrpd and from keepalived 2.2.7 with the same file.

Both run on the same file, one after the other, each in a network namespace of its own; what ip(8) then shows must be the
same, for static and for virtual routes and rules. Exit 77: no namespaces, or no keepalived.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

VRRPD = os.path.abspath(os.environ.get("VRRPD", "vrrpd/vrrpd"))
WORDS = """mtu 1400|mtu lock 1400|advmss 1300|advmss lock 1300|rtt 100|rtt 1s|rtt 300ms|rtt 0.1s|rtt lock 200|rtt 8000|rttvar 250|rttvar 250ms
rttvar 1.25s|rttvar lock 250ms|reordering 5|reordering lock 5|cwnd 10|cwnd lock 10|ssthresh 10|ssthresh lock 10|rto_min 108|rto_min 300ms
rto_min lock 300ms|rto_min 300|congctl cubic|congctl lock cubic|hoplimit 10|window 1000|initcwnd 10|initrwnd 10|quickack 1
fastopen_no_cookie 1|features ecn|realms 5|realms 3/5|ttl-propagate disabled|tos 4|dsfield 0x10|scope link|metric 7|priority 8|preference 9
table 100|table 1000|no_track protocol static|no_track protocol 77|src 10.0.0.2|mtu 1300 advmss lock 1200 hoplimit 9 window 7|add|append
prepend|onlink via 10.7.7.7|via inet 10.0.0.9|gw 10.0.0.9|encap ip id 10 dst 10.9.9.9 src 10.9.9.8 tos 4 ttl 6
encap ip6 id 10 dst 2001:db8::9 src 2001:db8::8 tc 4 hoplimit 6""".replace("\n", "|").split("|")
ROUTES = """10.51.0.0/24 nexthop via 10.0.0.9 dev eth0 weight 3 nexthop via 10.0.1.8 dev eth1
10.51.1.0/24 nexthop via 10.0.0.9 dev eth0 weight 256 onlink realms 3/4 nexthop via 10.0.1.8
default via 10.0.0.9 dev eth0 table 101
src 10.0.0.2 to 10.51.2.0/24 via 10.0.0.9 dev eth0
blackhole 10.51.3.0/24
unreachable 10.51.4.0/24
prohibit 10.51.5.0/24
throw 10.51.6.0/24 table 100
6 10.51.7.0/24
10.51.8.0/24 via 10.0.0.9 or 10.0.1.9 dev eth0
2001:db8:1::/48 via fe80::9 dev eth0 from 2001:db8::/32
2001:db8:2::/48 dev eth0 expires 1000
2001:db8:3::/48 dev eth0 pref low
2001:db8:4::/48 dev eth0 pref high
2001:db8:5::/48 dev eth0 mtu lock 1400 hoplimit 4 metric 5
2001:db8:7::/48 nexthop via fe80::9 dev eth0 weight 2 nexthop via fe80::8 dev eth1
unreachable 2001:db8:8::/48
default6 via fe80::9 dev eth0 table 102""".split("\n")
RULES = """from 10.1.0.0/16 table 100
not from 10.1.0.0/16 table 100
from 10.1.0.0/16 tos 4 table 100
from 10.1.0.0/16 dsfield 0x10 table 100
from 10.1.0.0/16 realms 3/4 table 100
from 10.1.0.0/16 table 100 realms 4
from 10.1.0.0/16 table 100 suppress_prefixlength 8
from 10.1.0.0/16 table 100 sup_pl 0
from 10.1.0.0/16 table 100 suppress_ifgroup 8
from 10.1.0.0/16 tunnel-id 8 table 100
from 10.1.0.0/16 uidrange 10-20 table 100
from 10.1.0.0/16 l3mdev
from 10.1.0.0/16 table 100 protocol 12 no_track
from 10.1.0.0/16 ipproto tcp table 100
from 10.1.0.0/16 ipproto UDP sport 10-20 dport 20-30 table 100
from 10.1.0.0/16 goto 900
from 10.1.0.0/16 nop
from 10.1.0.0/16 blackhole
from 10.1.0.0/16 unreachable
from 10.1.0.0/16 prohibit
from 10.1.0.0/16 type blackhole
from any table 100
to 10.2.0.0/16 lookup main
from 10.1.0.0/16 iif eth0 oif eth1 table 100
from 10.1.0.0/16 fwmark 24/12 table 100
from 10.1.0.0/16 fwmark 0x18 table 300
from 2001:db8::/32 to 2001:db8::/33 table 100
from 2001:db8::/32 tos 8 table 100
from 2001:db8::/32 goto 950
fwmark 7 table 100""".split("\n")


def routes(network):
    lines = [f"    10.{network}.{index}.0/24 dev eth0 {word}" for index, word in enumerate(WORDS)]
    own = [re.sub(r"2001:db8:(\d)::", rf"2001:db8:{network}0\1::", line.replace("10.51.", f"10.{network + 1}.")) for line in ROUTES]
    return lines + [f"    {line.replace('table 10', f'table {network}')}" for line in own]


def rules(first):
    return [f"    {line} preference {first + index}" for index, line in enumerate(RULES)]


def configuration():
    lines = ["static_routes {", *routes(50), "}", "static_rules {", *rules(500), "}"]
    lines += ["vrrp_instance VI_1 {", "  interface eth0", "  state MASTER", "  priority 255", "  virtual_router_id 51",
              "  virtual_ipaddress {", "    10.0.0.100/24", "  }",
              "  virtual_routes {", *routes(60), "  }", "  virtual_rules {", *rules(600), "  }", "}"]
    return "\n".join(lines) + "\n"


def shown():
    out = []
    for command in ("-4 -d route show table all", "-6 -d route show table all", "-4 -d rule", "-6 -d rule"):
        text = subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=True).stdout
        # One line a route, its next hops with it; what the kernel made itself is left out, and a clock that runs.
        text = re.sub(r"expires \d+sec", "expires", text).replace("\n\t", " ")
        out += [line.strip() for line in text.splitlines() if "proto kernel" not in line and "table local" not in line]
    return sorted(out)


def observe(program, folder):
    """In its namespace: what there is when the virtual rules are there and nothing changes any more."""
    for command in ("link set lo up", "link add eth0 type veth peer peer0", "link add eth1 type veth peer peer1",
                    "link set eth0 up", "link set eth1 up", "link set peer0 up", "link set peer1 up",
                    "addr add 10.0.0.2/24 dev eth0", "addr add 10.0.1.2/24 dev eth1", "addr add 2001:db8::2/64 dev eth0 nodad"):
        subprocess.run(["ip", *command.split()], check=True)
    log = open(os.path.join(folder, "log"), "w", encoding="utf-8")
    daemon = subprocess.Popen([program, "-n", "-l", "-P", "-f", os.path.join(folder, "keepalived.conf"), "-p", os.path.join(folder, "pid"),
                               "-r", os.path.join(folder, "vrrp.pid")], stdout=log, stderr=log)
    before, deadline = [], time.monotonic() + 15
    try:
        while time.monotonic() < deadline:
            time.sleep(0.4)
            now = shown()
            if now == before and any(line.startswith("600:") for line in now):
                break
            before = now
    finally:
        daemon.terminate()
        daemon.wait(10)
    print("\n".join(before))
    left = [line for line in shown() if "keepalived" in line]
    print("\n".join(f"left behind: {line}" for line in left))


def main():
    if len(sys.argv) == 3:
        return observe(sys.argv[1], sys.argv[2])
    keepalived = shutil.which("keepalived", path="/usr/sbin:/usr/bin")
    if keepalived is None or os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        print("skipped: needs keepalived and network namespaces")
        return 77
    seen = {}
    for program in (VRRPD, keepalived):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "keepalived.conf"), "w", encoding="ascii") as out:
                out.write(configuration())
            run = subprocess.run(["unshare", "-n", sys.executable, os.path.abspath(__file__), program, folder], capture_output=True, text=True,
                                 timeout=60, check=True)
            seen[program] = set(run.stdout.splitlines())
    ours, theirs = seen[VRRPD], seen[keepalived]
    for sign, lines in (("vrrpd", ours - theirs), ("keepalived", theirs - ours)):
        for line in sorted(lines):
            print(f"  only {sign}: {line}")
    wanted = 2 * (len(WORDS) + len(ROUTES) + len(RULES)) * 3 // 4  # the kernel takes most of them, whatever it was built with
    print(f"{len(ours)} routes and rules")
    return 0 if ours == theirs and len(ours) > wanted else 1


sys.exit(main())
