#!/usr/bin/env python3
"""auth_hmac between two nodes: signed adverts, a foreign key, key files, a change of keys while running; IPv4 and IPv6."""
import os
import time

from vrrp_lab import VIP, Director, check, finish, moved_to, open_lab, wait

opened = open_lab()
a, b = Director(opened, "ka-master", "192.168.67.100"), Director(opened, "ka-slave", "192.168.67.200")
OLD, NEW = "a" * 40, "b" * 40


def config(priority, keys, active, mode="enforce", six=False):
    ring = "\n".join(f"  key {number} {value}" for number, value in keys.items())
    address = "fe80::150/64 2001:db8::150/64".replace(" ", "\n  ") if six else VIP + "/24"
    return (f"global_defs {{\n vrrp_version 3\n}}\nvrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority {priority}\n advert_int 0.2\n"
            f" auth_hmac {{\n{ring}\n  active_key {active}\n  mode {mode}\n }}\n virtual_ipaddress {{\n  {address}\n }}\n}}\n")


def stats(node):
    return dict(line.strip().split(": ") for line in node.ask("show stat").splitlines() if ": " in line)


with open(os.path.join(a.etc, "key"), "w", encoding="ascii") as out:
    os.fchmod(out.fileno(), 0o600)
    out.write(OLD + "\n")
a.start_vrrpd(config(150, {1: "file:/etc/keepalived/key"}, 1))
b.start_vrrpd(config(100, {1: "hex:" + OLD.encode().hex()}, 1))
moved_to(a, [b])
time.sleep(1)
check(stats(b)["Invalid HMAC"] == "0" and not b.has(VIP), "adverts signed with a key file are heard by who has the key in hexadecimal")

# A stranger with another key is not heard: both are master, and both say why.
b.stop_vrrpd()
b.start_vrrpd(config(200, {1: NEW}, 1))
wait(lambda: b.has(VIP), 5, "a node with another key is alone")
time.sleep(0.5)
check(a.has(VIP) and int(stats(a)["Invalid HMAC"]) > 0 and "invalid HMAC from 192.168.67.200" in a.text(), "its adverts do not move the master, and are counted", str(stats(a)))
check(a.text().count("invalid HMAC from") == 1, "and logged once")
b.stop_vrrpd()

# New keys, without losing the address: both learn the new key first, then each signs with it.
b.start_vrrpd(config(100, {1: OLD}, 1))
moved_to(a, [b])
before = a.text().count("Entering")
for node, priority in ((a, 150), (b, 100)):
    check("Reload complete" in node.reload(config(priority, {1: OLD, 2: NEW}, 1)), f"{node.name} learns the new key")
for node, priority in ((a, 150), (b, 100)):
    check("Reload complete" in node.reload(config(priority, {1: OLD, 2: NEW}, 2)), f"{node.name} signs with the new key")
time.sleep(1.5)
check(a.has(VIP) and not b.has(VIP) and a.text().count("Entering") == before, "nobody changed its state meanwhile")
check(stats(b)["Unknown Key"] == "0" and stats(b)["Invalid HMAC"] == "0", "and no advert was refused", str(stats(b)))

# IPv6: the kernel makes the checksum.
a.stop_vrrpd()
b.stop_vrrpd()
a.start_vrrpd(config(150, {1: OLD}, 1, six=True))
b.start_vrrpd(config(100, {1: OLD}, 1, six=True))
wait(lambda: "2001:db8::150" in a.run("ip", "-6", "addr").stdout, 10, "IPv6: the address is on the higher priority")
time.sleep(1)
check("2001:db8::150" not in b.run("ip", "-6", "addr").stdout and stats(b)["Invalid HMAC"] == "0", "and stays there alone", b.text()[-600:])
finish(a, b)
