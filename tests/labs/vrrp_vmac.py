#!/usr/bin/env python3
"""use_vmac: virtual addresses on a macvlan with the virtual router's MAC, IPv4 and IPv6, and what a client sees of it."""
import re
import subprocess
import time

from vrrp_lab import Director, Prober, check, finish, open_lab, wait

VIP, VIP6 = "10.77.0.150", "2001:db8:77::150"
MAC, MAC6 = "00:00:5e:00:01:33", "00:00:5e:00:02:33"
CONF = """
vrrp_instance V4 {{
  interface eth0
  use_vmac{name}
  {more}
  version 3
  virtual_router_id 51
  priority {priority}
  advert_int 0.2
  virtual_ipaddress {{
    10.77.0.150/24
  }}
}}
vrrp_instance V6 {{
  interface eth0
  use_vmac
  {more}
  virtual_router_id 51
  priority {priority}
  advert_int 0.2
  virtual_ipaddress {{
    fe80::150/64
    2001:db8:77::150/64
  }}
}}
"""


def config(priority, name="", more=""):
    return CONF.format(priority=priority, name=name, more=more)


def on(director, interface):
    return set(re.findall(r"inet6? ([0-9a-f.:]+)", director.ip("-o", "addr", "show", "dev", interface)))


def owns(director, four="vrrp.51", six="vrrp6.51"):
    return VIP in on(director, four) and VIP6 in on(director, six)


def owner_is(owner, other, what, seconds=6, **names):
    wait(lambda: owns(owner, **names) and not owns(other), seconds, what)


def neighbour(client, address):
    found = re.search(r"lladdr (\S+)", client.ip("neigh", "show", address))
    return found and found.group(1)


opened = open_lab("tcpdump", "nft")
a, b, client = (Director(opened, name, f"10.77.0.{i + 1}") for i, name in enumerate(("ka", "kb", "client")))
for i, node in enumerate((a, b, client)):
    node.ip("addr", "add", f"2001:db8:77::{i + 1}/64", "dev", "eth0", "nodad")
    # As administrators of virtual MACs do, with keepalived too: else the kernel asks for a client in the name of the virtual
    # address, but with the MAC of eth0, and the client learns that one.
    node.run("sysctl", "-qw", "net.ipv4.conf.all.arp_announce=2")
wait(lambda: all("fe80" in node.ip("addr") and "tentative" not in node.ip("addr") for node in (a, b, client)), 5, "own addresses are settled")
own_mac = re.search(r"link/ether (\S+)", a.ip("link", "show", "eth0")).group(1)
links = a.ip("-o", "link")
for node in (a, b):
    node.echo(VIP, VIP6)

wire = subprocess.Popen(["tcpdump", "--immediate-mode", "-l", "-n", "-e", "-i", "lab0", "ip proto 112 or ip6 proto 112 or arp[6:2] = 2"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
time.sleep(0.5)
a.start_vrrpd(config(150))
b.start_vrrpd(config(100))
owner_is(a, b, "the higher priority is master: its addresses stand on vrrp.51 and vrrp6.51")
shown = a.ip("-d", "link", "show", "vrrp.51")
check(MAC in shown and "macvlan mode private" in shown, "vrrp.51 is a private macvlan with the virtual router's MAC", shown)
check(MAC6 in a.ip("link", "show", "vrrp6.51") and VIP not in on(a, "eth0"), "vrrp6.51 has the MAC for IPv6; nothing stands on eth0")
wait(lambda: client.answers(VIP) == "ka" and client.answers(VIP6) == "ka", 3, "a client is answered by both")
check(neighbour(client, VIP) == MAC, "ARP answers with the virtual MAC", client.ip("neigh"))
check(neighbour(client, VIP6) == MAC6, "so does neighbour discovery", client.ip("neigh"))
client.run("curl", "-s", "--max-time", "1", f"http://{a.address}:1/")
check(neighbour(client, a.address) == own_mac, "the node's own address keeps its own MAC", client.ip("neigh"))

before = {address: client.ip("neigh", "show", address).split("lladdr")[1].split()[0] for address in (VIP, VIP6)}
probe = Prober(client, VIP, 3)
time.sleep(0.5)
a.stop_vrrpd()
owner_is(b, a, "a resigns: b has the addresses")
outage, owners = probe.result()
check(owners == ["ka", "kb"] and outage < 0.1, f"the client saw one change of owner, and {outage * 1000:.1f} ms without an answer", str(owners))
check({address: neighbour(client, address) for address in before} == before, "its neighbour entries are what they were")
check(a.ip("-o", "link") == links, "a's macvlans are gone", a.ip("-o", "link"))
tables = subprocess.run(["ip", "netns", "exec", a.name, "nft", "list", "tables"], capture_output=True, text=True).stdout
check(not tables.strip(), "and its nftables tables", tables)
b.ip("link", "del", "vrrp.51")
wait(lambda: owns(b), 5, "a macvlan that somebody deletes is made again, with its address")
b.stop_vrrpd()
wire.terminate()
frames = wire.communicate(timeout=5)[0]
adverts = {(source, bool(six)) for source, six in re.findall(r"^\S+ (\S+) > \S+ ethertype IPv(?:4|(6)).*(?:VRRP|vrrp|ff02::12)", frames, re.M)}
check(adverts == {(MAC, False), (MAC6, True)}, "adverts come from the virtual MACs", str(adverts))
answers = set(re.findall(rf"Reply {re.escape(VIP)} is-at (\S+),", frames))
check(answers <= {MAC}, "no ARP answer gave another MAC", str(answers))

a.start_vrrpd(config(150, " vr4", "vmac_xmit_base"))
b.start_vrrpd(config(100))
owner_is(a, b, "a named macvlan, adverts from the base interface: they are heard", four="vr4", six="vrrp.51")
a.stop_vrrpd()
owner_is(b, a, "and so is the resignation")
finish(a, b)
