#!/usr/bin/env python3
"""IPv6 virtual addresses (VRRP version 3): election, resignation, crash, preemption, unicast, and what a client notices."""
import re
import signal
import subprocess
import time

from vrrp_lab import Director, Prober, check, finish, open_lab, wait

LINK, VIP = "fe80::150", "2001:db8:77::150"
CONF = """
vrrp_instance V6 {{
  interface eth0
  virtual_router_id 51
  priority {priority}
  advert_int {interval}
  {more}
  virtual_ipaddress {{
    {link}/64
    {vip}/64
  }}
}}
"""


def config(priority, more="", interval=0.2):
    return CONF.format(priority=priority, more=more, link=LINK, vip=VIP, interval=interval)


def has(director):
    shown = director.ip("-6", "-o", "addr", "show", "dev", "eth0")
    return f"inet6 {VIP}/64" in shown and f"inet6 {LINK}/64" in shown


def owner_is(owner, other, what, seconds=6):
    wait(lambda: has(owner) and not has(other), seconds, what)


class Sniffer:
    """VRRP over IPv6 on the bridge: [(seconds, source, destination, hop limit, priority)]."""

    def __init__(self):
        self.process = subprocess.Popen(["tcpdump", "--immediate-mode", "-l", "-n", "-i", "lab0", "-tt", "-v", "ip6 proto 112"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(0.5)

    def stop(self):
        time.sleep(0.3)
        self.process.terminate()
        text = self.process.communicate(timeout=10)[0]
        found = re.findall(r"^(\d+\.\d+) .*?hlim (\d+).*?\) (\S+) > (\S+): .*?prio (\d+)", text, re.M | re.S)
        return [(float(at), source, to, int(hops), int(priority)) for at, hops, source, to, priority in found]


opened = open_lab("tcpdump")
a, b, client = (Director(opened, name, f"10.77.0.{i + 1}") for i, name in enumerate(("ka", "kb", "client")))
for i, node in enumerate((a, b, client)):
    node.ip("addr", "add", f"2001:db8:77::{i + 1}/64", "dev", "eth0", "nodad")
wait(lambda: all("fe80" in node.ip("addr") and "tentative" not in node.ip("addr") for node in (a, b, client)), 5, "own addresses are settled")
for node in (a, b):
    node.echo(VIP)

sniffer = Sniffer()
b.start_vrrpd(config(100))
owner_is(b, a, "the only one is master")
a.start_vrrpd(config(150))
owner_is(a, b, "the higher priority takes over")
wait(lambda: client.answers(VIP) == "ka", 2, "a client is answered")
mac = {node: re.search(r"link/ether (\S+)", node.ip("link", "show", "eth0")).group(1) for node in (a, b)}
check(f"lladdr {mac[a]}" in client.ip("neigh", "show", VIP), "its neighbour entry is the master's", client.ip("neigh"))
probe = Prober(client, VIP, 3)
time.sleep(0.5)
a.stop_vrrpd()
owner_is(b, a, "a resigns: b is master")
check(f"lladdr {mac[b]}" in client.ip("neigh", "show", VIP), "the client's neighbour entry follows", client.ip("neigh"))
outage, owners = probe.result()
check(owners == ["ka", "kb"], "the client saw one change of owner", str(owners))
check(outage < 0.1, f"and was without an answer for {outage * 1000:.1f} ms at most")
packets = sniffer.stop()
check(packets and all((to, hops) == ("ff02::12", 255) and source.startswith("fe80::") for _, source, to, hops, _ in packets), "adverts go from a link-local address to ff02::12, hop limit 255",
      str(packets[:3]))
resigned = next(i for i, packet in enumerate(packets) if packet[4] == 0)
skew = (256 - 100) / 256 * 0.2
waited = packets[resigned + 1][0] - packets[resigned][0]
check(abs(waited - skew) < 0.02 and packets[resigned + 1][4] == 100, f"the other took over its skew time after priority 0 ({waited * 1000:.0f} ms)", str(packets[resigned:resigned + 2]))

a.start_vrrpd(config(150))
owner_is(a, b, "a preempts")
probe = Prober(client, VIP, 3)
time.sleep(0.5)
a.stop_vrrpd(signal.SIGKILL)
wait(lambda: has(b), 3, "a is killed: b takes over")
outage, owners = probe.result()
check(owners == ["ka", "kb"] and outage < 0.1, f"the client noticed {outage * 1000:.1f} ms", str(owners))
a.start_vrrpd(config(50))
check(not has(a) and has(b), "what it left is gone at its next start")
a.stop_vrrpd()

b.ip("addr", "del", VIP + "/64", "dev", "eth0")
wait(lambda: has(b), 3, "an address that somebody removes comes back")
b.stop_vrrpd()
check(not has(b), "after its stop it is gone")

peers = {node: f"unicast_src_ip 2001:db8:77::{i + 1}\n  unicast_peer {{\n    2001:db8:77::{2 - i}\n  }}" for i, node in enumerate((a, b))}
sniffer = Sniffer()
a.start_vrrpd(config(150, peers[a]))
b.start_vrrpd(config(100, peers[b]))
owner_is(a, b, "unicast: the higher priority is master")
time.sleep(0.8)
check(has(a) and not has(b), "and stays")
a.stop_vrrpd()
owner_is(b, a, "it resigns: the other is master")
packets = sniffer.stop()
check({packet[1:3] for packet in packets} == {("2001:db8:77::1", "2001:db8:77::2"), ("2001:db8:77::2", "2001:db8:77::1")}, "adverts go from the one to the other only", str(packets[:3]))
finish(a, b)
