#!/usr/bin/env python3
"""Keywords that few files have, each with what it does: static track groups, source tracking, scripts around the daemon's life,
scheduled reload, virtual MACs for addresses elsewhere, a master that was asleep."""
import os
import signal
import subprocess
import time

from vrrp_lab import VIP, Director, check, finish, moved_to, open_lab, wait

opened = open_lab()
a, b = Director(opened, "ka-master", "192.168.67.100"), Director(opened, "ka-slave", "192.168.67.200")


def other_interface(node):
    """A second link, with both its ends on the node: not every kernel has dummy interfaces."""
    for words in ("link add other0 type veth peer name other1", "link set other0 up", "link set other1 up"):
        subprocess.run(["ip", "-n", node.name, *words.split()], check=True)


def config(priority, more="", addresses=(VIP + "/24",), outside="", globals_=""):
    inner = "".join(f"  {one}\n" for one in addresses)
    return (f"global_defs {{\n script_user root\n enable_script_security\n{globals_}\n}}\n{outside}\nvrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n"
            f" priority {priority}\n advert_int 1\n{more}\n virtual_ipaddress {{\n{inner} }}\n}}\n")


def ip(node, *words):
    return subprocess.run(["ip", "-n", node.name, *words], capture_output=True, text=True).stdout


def sysctl(node, name):
    return node.run("cat", f"/proc/sys/net/{name}").stdout.strip()


other_interface(a)

# Scripts around the daemon's life, a copy of the configuration, IGMP off while it runs.
a.put_script("life.sh", '#!/bin/sh\necho "$1" >> /run/life\n')
os.makedirs(f"{a.home}/run/saved")
igmp = sysctl(a, "ipv4/igmp_link_local_mcast_reports")
a.start_vrrpd(config(150, globals_=" startup_script \"/etc/keepalived/life.sh begin\"\n shutdown_script \"/etc/keepalived/life.sh end\"\n config_save_dir /run/saved\n disable_local_igmp"))
check(open(f"{a.home}/run/life", encoding="ascii").read() == "begin\n", "startup_script ran before the start")
saved = os.listdir(f"{a.home}/run/saved")
check(len(saved) == 1 and "virtual_router_id 51" in open(f"{a.home}/run/saved/{saved[0]}", encoding="utf-8").read(), "config_save_dir has a copy", str(saved))
check(sysctl(a, "ipv4/igmp_link_local_mcast_reports") == "0", "disable_local_igmp holds the setting")
a.stop_vrrpd()
check(open(f"{a.home}/run/life", encoding="ascii").read() == "begin\nend\n", "shutdown_script ran after the end")
check(sysctl(a, "ipv4/igmp_link_local_mcast_reports") == igmp, "and the setting is what it was")

# A static address whose interface goes away is a fault of its track_group's members.
b.start_vrrpd(config(100))
a.start_vrrpd(config(150, outside="track_group TG {\n group {\n  VI_1\n }\n}\nstatic_ipaddress {\n 10.77.0.1/24 dev other0 track_group TG\n}"))
moved_to(a, [b])
check("10.77.0.1/24" in ip(a, "addr", "show", "dev", "other0"), "the static address is there")
ip(a, "link", "del", "other0")
moved_to(b, [a])
other_interface(a)
moved_to(a, [b])
check("10.77.0.1/24" in ip(a, "addr", "show", "dev", "other0"), "with its interface the static address and the master come back")
a.stop_vrrpd()
check("10.77.0.1" not in ip(a, "addr"), "and it goes at the stop")

# track_src_ip: no source, no master.
ip(a, "addr", "add", "192.168.67.101/24", "dev", "eth0")
a.start_vrrpd(config(150, " mcast_src_ip 192.168.67.101\n track_src_ip"))
moved_to(a, [b])
ip(a, "addr", "del", "192.168.67.101/24", "dev", "eth0")
moved_to(b, [a])
ip(a, "addr", "add", "192.168.67.101/24", "dev", "eth0")
moved_to(a, [b])
ip(a, "addr", "del", "192.168.67.101/24", "dev", "eth0")
a.stop_vrrpd()

# Without peers there is nobody to be master for.
a.start_vrrpd(config(150, " unicast_src_ip 192.168.67.100\n unicast_fault_no_peer"))
wait(lambda: "FAULT" in a.ask("show vrrp"), 5, "unicast_fault_no_peer: without peers the instance is at fault")
a.stop_vrrpd()

# An address on another interface has the virtual MAC there.
b.stop_vrrpd()
a.start_vrrpd(config(150, " use_vmac_addr", addresses=(VIP + "/24", "10.78.0.1/24 dev other0")))
wait(lambda: "10.78.0.1/24" in ip(a, "addr"), 8, "use_vmac_addr: the address is set")
line = next(line for line in ip(a, "-o", "addr").splitlines() if "10.78.0.1/24" in line)
device = line.split()[1]
check(device != "other0" and "00:00:5e:00:01:33" in ip(a, "link", "show", "dev", device), "on a macvlan with the virtual MAC", line)
a.stop_vrrpd()
check(device not in ip(a, "link"), "which goes at the stop")

# Somebody else says that our address is his.
CLAIM = """
import socket, struct
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("eth0", 0x0806))
ours = link.getsockname()[4]
address = socket.inet_aton("192.168.67.150")
link.send(b"\\xff" * 6 + ours + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 2) + ours + address + b"\\xff" * 6 + address)
"""
a.start_vrrpd(config(150))
wait(lambda: a.has(VIP), 8, "the address is there")
time.sleep(5.5)  # the last words of a former master are not counted
for _ in range(3):
    b.run("python3", "-c", CLAIM)
wait(lambda: "second owner of 192.168.67.150" in a.text(), 5, "a second owner is reported")
mac = ip(b, "link", "show", "dev", "eth0").split("link/ether ")[1].split()[0]
check(a.text().count("second owner of") == 1 and f"{mac} on eth0" in a.text(), "once, with its MAC and interface", a.text()[-600:])
check(f'"type":"duplicate","instance":"VI_1","address":"192.168.67.150","mac":"{mac}"' in a.ask("show events"), "and it is an event", a.ask("show events"))
a.stop_vrrpd()

# A scheduled reload.
a.start_vrrpd(config(150, globals_=" reload_time_file /run/when"))
a.write_config(config(140, globals_=" reload_time_file /run/when"))
soon = a.run("date", "-d", "+3 seconds", "+%H:%M:%S").stdout.strip()
with open(f"{a.home}/run/when", "w", encoding="ascii") as out:
    out.write(soon + "\n")
wait(lambda: "Reload complete" in a.text(), 8, "reload_time_file: the reload comes at its time")
check("Scheduling reload for" in a.text() and " 140 " in a.ask("show vrrp") and not os.path.exists(f"{a.home}/run/when"), "the new file runs, the time is used up", a.text()[-600:])
a.stop_vrrpd()

# Names of routing tables from folders that the file names.
a.put_script("rt_tables", "77 blue\n", "names")
a.start_vrrpd(config(150, " virtual_routes {\n 10.79.0.0/16 via 192.168.67.1 dev eth0 table blue\n }", globals_=" iproute_etc_dir /etc/keepalived/names"))
wait(lambda: a.has(VIP), 8, "iproute_etc_dir: the file with a table's name starts")
check("10.79.0.0/16" in ip(a, "route", "show", "table", "77"), "and the route is in the table of that name", ip(a, "route", "show", "table", "all"))
a.stop_vrrpd()

# A stop takes no longer than child_wait_time, be the new master never so late.
a.start_vrrpd(config(150, " advert_int 9").replace(" advert_int 1\n", "", 1) + "child_wait_time 1\n")
wait(lambda: a.has(VIP), 35, "a master with nine seconds between adverts")
began = time.monotonic()
a.stop_vrrpd()
check(time.monotonic() - began < 3 and not a.has(VIP), f"child_wait_time: it is gone after {time.monotonic() - began:.1f} s, with its address")

# What cannot be known beforehand: two instances are one virtual router on one link.
twice = config(150, globals_=" dynamic_interfaces allow_if_changes") + config(150).split("}\n\n", 1)[1].replace("VI_1", "VI_2").replace("eth0", "mac0").replace(".150", ".151")
a.start_vrrpd(twice)
ip(a, "link", "add", "mac0", "link", "eth0", "type", "macvlan")
ip(a, "link", "set", "mac0", "up")
ip(a, "addr", "add", "192.168.67.102/24", "dev", "mac0")
wait(lambda: "(VI_1) - warning, VRID 51 for IPv4 is currently duplicated on VI_2" in a.text(), 5, "allow_if_changes: one virtual router twice on a link is found when it comes")
wait(lambda: "192.168.67.151" in ip(a, "addr") and not a.has(VIP), 8, "the later one runs, the earlier waits")
ip(a, "link", "del", "mac0")
wait(lambda: a.has(VIP), 8, "until the link is its own again")
a.stop_vrrpd()

# An interface that may go and come back is closed by its name.
closed = " version 3\n no_accept\n"
def rules(more, globals_=""):
    a.start_vrrpd(config(150, closed + more, addresses=("fe80::77",), globals_=globals_))
    wait(lambda: "fe80::77" in ip(a, "addr"), 8, "the address is there")
    shown = a.run("nft", "list", "ruleset").stdout
    a.stop_vrrpd()
    return shown
check("vips_link_local_name" not in rules(""), "link-local addresses are closed by the interface's number")
check('fe80::77 . "eth0"' in rules(" dont_track_primary").split("vips_link_local_name {")[1].split("}")[0], "by its name with dont_track_primary")
check("vips_link_local_name" not in rules(" dont_track_primary", " nftables_ifindex"), "by its number again with nftables_ifindex")

# A master that was asleep for longer than its backup waits does not fight for the address.
a.start_vrrpd(config(150, " nopreempt\n timer_expired_backup"))
wait(lambda: a.has(VIP), 8, "the address is there")
b.start_vrrpd(config(100, " nopreempt"))
pid = int(a.run("cat", "/run/vrrp.pid").stdout)
os.kill(pid, signal.SIGSTOP)
wait(lambda: b.has(VIP), 8, "while the master sleeps the other takes over")
os.kill(pid, signal.SIGCONT)
time.sleep(2.5)
check(b.has(VIP) and not a.has(VIP), "timer_expired_backup: awake again it is backup", a.text()[-800:])
finish(a, b)
