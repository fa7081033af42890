#!/usr/bin/env python3
"""vrrpd and what may happen to it and its network: killed at any moment, stopped for ten seconds, the kernel's events lost,
its interface deleted and made again."""
import difflib
import os
import random
import re
import signal
import subprocess
import sys
import time

from vrrp_lab import Director, check, finish, open_lab, wait

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
FULL = """
global_defs {{
  script_user root
  notify_fifo /run/vrrp.fifo
}}
vrrp_script always {{
  script "/bin/sleep 0.05"
  interval 1
}}
static_routes {{
  10.40.0.0/16 dev eth0
}}
vrrp_instance V4 {{
  interface eth0
  version 3
  virtual_router_id 51
  priority {priority}
  advert_int 0.1
  virtual_ipaddress {{
    10.77.0.100/24 label eth0:v
    10.77.0.101
  }}
  virtual_ipaddress_excluded {{
    10.77.0.102
    2001:db8:77::2/64
  }}
  virtual_routes {{
    10.50.0.0/16 via 10.77.0.7 dev eth0
  }}
  virtual_rules {{
    from 10.77.0.100 lookup 200 preference 1000
  }}
  track_script {{
    always
  }}
}}
vrrp_instance MAC {{
  interface eth0
  use_vmac
  no_accept
  version 3
  virtual_router_id 52
  priority {priority}
  advert_int 0.1
  virtual_ipaddress {{
    10.77.0.110/24
  }}
}}
"""
PLAIN = """
vrrp_instance V4 {{
  interface eth0
  version 3
  virtual_router_id {vrid}
  priority {priority}
  advert_int 0.2
  {more}
  virtual_ipaddress {{
    {vip}
  }}
}}
"""


def plain(priority, vrid=60, vip="10.77.0.120/24", more="", head=""):
    return head + PLAIN.format(priority=priority, vrid=vrid, vip=vip, more=more)


def state_of_kernel(director):
    """All that vrrpd may change, in the words of the tools; IPv6 counters of time left out."""
    shown = [director.ip(*words) for words in (("-o", "addr"), ("route", "show", "table", "all"), ("-6", "route", "show", "table", "all"), ("rule",))]
    shown.append(subprocess.run(["ip", "netns", "exec", director.name, "nft", "list", "ruleset"], capture_output=True, text=True).stdout)
    sysctls = [subprocess.run(["ip", "netns", "exec", director.name, "sysctl", "net.ipv4.conf.eth0." + name], capture_output=True, text=True).stdout
               for name in ("arp_ignore", "arp_filter", "promote_secondaries")]
    return re.sub(r"expires \d+sec|valid_lft \S+|pref medium", "", "\n".join(shown + sysctls))


def all_addresses(director):
    return set(re.findall(r"inet6? ([0-9a-f.:]+)", director.ip("-o", "addr")))


def killed_at_any_moment(a, b):
    wait(lambda: "fe80" in a.ip("addr") and "tentative" not in a.ip("addr"), 5, "the nodes' own addresses are settled")
    clean = state_of_kernel(a)
    vips = {"10.77.0.100", "10.77.0.101", "10.77.0.102", "2001:db8:77::2", "10.77.0.110"}
    b.start_vrrpd(FULL.format(priority=100))
    wait(lambda: vips <= all_addresses(b), 5, "b is master of all")
    dice = random.Random(SEED)
    for turn in range(6):
        moment = 0.02 + turn * 0.12 + dice.random() * 0.1
        with open(a.log, "a", encoding="utf-8") as out:
            a.write_config(FULL.format(priority=200))
            a.daemon = subprocess.Popen(a.command([os.environ["VRRPD"], "-n", "-l", "-D", "-f", "/etc/keepalived/keepalived.conf"]), stdout=out, stderr=out)
        time.sleep(moment)
        a.stop_vrrpd(signal.SIGKILL)
        left = vips & all_addresses(a)
        a.start_vrrpd(FULL.format(priority=50))
        check(not vips & all_addresses(a), f"killed {moment * 1000:.0f} ms after its start with {len(left)} of 5 addresses: the next start takes them away",
              str(vips & all_addresses(a)))
        check("10.50.0.0" not in a.ip("route") and "1000:" not in a.ip("rule"), "its routes and rules, too")
        wait(lambda: vips <= all_addresses(b), 3, "the other node has all addresses (again)")
        a.stop_vrrpd()
        check(state_of_kernel(a) == clean, "and its stop leaves the kernel as it was before the first start", "\n".join(difflib.unified_diff(clean.splitlines(), state_of_kernel(a).splitlines(), "before", "after", n=0)))
    b.stop_vrrpd()


def stopped_for_ten_seconds(a, b, c, d):
    """a is a master that is stopped, d a backup that is stopped; b and c go on."""
    for director, priority, vrid, vip in ((a, 150, 61, "10.77.0.130/24"), (b, 100, 61, "10.77.0.130/24"), (c, 150, 62, "10.77.0.140/24"), (d, 100, 62, "10.77.0.140/24")):
        director.start_vrrpd(plain(priority, vrid, vip))
    wait(lambda: a.has("10.77.0.130") and c.has("10.77.0.140"), 5, "a and c are masters")
    a.daemon.send_signal(signal.SIGSTOP)
    d.daemon.send_signal(signal.SIGSTOP)
    wait(lambda: b.has("10.77.0.130"), 3, "the master stands still: the other takes over")
    time.sleep(10)
    told = len(d.text())
    a.daemon.send_signal(signal.SIGCONT)
    d.daemon.send_signal(signal.SIGCONT)
    began = time.monotonic()
    wait(lambda: a.has("10.77.0.130") != b.has("10.77.0.130"), 1, "it goes on: one master is left")
    took = time.monotonic() - began
    check(a.has("10.77.0.130"), f"the one of higher priority, {took * 1000:.0f} ms later")
    time.sleep(1)
    check(a.has("10.77.0.130") and not b.has("10.77.0.130"), "and it stays so")
    check("MASTER" not in d.text()[told:] and c.has("10.77.0.140") and not d.has("10.77.0.140"), "a backup that stood still does not become master", d.text()[told:])
    for director in (a, b, c, d):
        director.stop_vrrpd()


def events_lost(a):
    a.start_vrrpd(plain(150, head="global_defs {\n  vrrp_netlink_monitor_rcv_bufs 4096\n}\n"))
    wait(lambda: a.has("10.77.0.120"), 5, "a is master")
    before = len(a.text())
    batch = "".join(f"addr {what} 10.99.{i // 250}.{i % 250 + 1}/32 dev lo\n" for what in ("add", "del") for i in range(3000))
    a.daemon.send_signal(signal.SIGSTOP)
    subprocess.run(["ip", "-n", a.name, "-batch", "-"], input=batch, text=True, check=True)
    a.ip("addr", "del", "10.77.0.120/24", "dev", "eth0")
    a.daemon.send_signal(signal.SIGCONT)
    wait(lambda: "overrun" in a.text()[before:], 5, "6,000 changes of addresses: the kernel says that events were lost")
    wait(lambda: a.has("10.77.0.120"), 5, "the address that went among them is back")
    before = len(a.text())
    for _ in range(2):
        subprocess.run(["ip", "-n", a.name, "-batch", "-"], input=batch, text=True, check=True)
    check(a.has("10.77.0.120") and "BACKUP" not in a.text()[before:] and "FAULT" not in a.text()[before:], "12,000 changes more: the master stays master", a.text()[before:][-2000:])
    a.stop_vrrpd()


def interface_made_again(a, b, more):
    vip = "10.77.0.120"
    a.start_vrrpd(plain(150, more=more))
    wait(lambda: vip in all_addresses(a), 5, "a is master")
    b.start_vrrpd(plain(100, more=more))
    a.ip("link", "del", "eth0")
    wait(lambda: "Entering FAULT STATE" in a.text(), 3, "the interface is deleted: FAULT")
    wait(lambda: vip in all_addresses(b), 3, "the other takes over")
    before = len(a.text())
    subprocess.run(f"ip link add {a.name} type veth peer name eth0 netns {a.name} && ip link set {a.name} master lab0 up && ip -n {a.name} link set eth0 up && "
                   f"ip -n {a.name} addr add {a.address}/24 dev eth0", shell=True, check=True)
    wait(lambda: "Entering MASTER STATE" in a.text()[before:], 6, "made again: master again")
    wait(lambda: vip in all_addresses(a) and vip not in all_addresses(b), 3, "with its address")
    a.stop_vrrpd()
    wait(lambda: vip in all_addresses(b), 3, "its stop is heard: it speaks through the new interface")
    check(vip not in all_addresses(a), "its address is gone")
    b.stop_vrrpd()


def main():
    opened = open_lab("nft")
    print(f"SEED={SEED}", flush=True)
    nodes = [Director(opened, name, f"10.77.0.{i + 1}") for i, name in enumerate(("ka", "kb", "kc", "kd"))]
    a, b, c, d = nodes
    killed_at_any_moment(a, b)
    stopped_for_ten_seconds(a, b, c, d)
    events_lost(a)
    interface_made_again(a, b, "")
    interface_made_again(c, d, "use_vmac")
    finish(*nodes)


if __name__ == "__main__":
    sys.exit(main())
