#!/usr/bin/env python3
"""The notes' web-track-script-web*.conf, vip-web*.conf, check-http-port-web1.conf, include-main.conf, and the VRRP half of
lvs-wrr-*.conf: unchanged, in the notes' 192.168.88.0/24."""
import os
import shutil
import time

from vrrp_lab import NOTES, Director, check, finish, moved_to, open_lab, wait

opened = open_lab("nft")
a, b = Director(opened, "web1", "192.168.88.87"), Director(opened, "web2", "192.168.88.88")
for director in (a, b):
    # A lab's stand-in for "is nginx there": a flag file, so that no process of the host is meant.
    for name in ("check_nginx.sh", "check_http.sh"):
        director.put_script(name, f"#!/bin/sh\ntest ! -e {director.home}/nginx-down\n")


def pair(name, address):
    """Both nodes with their half of a pair of files; the first wins."""
    b.start_vrrpd(name.format(2))
    a.start_vrrpd(name.format(1))
    moved_to(a, [b], address)


def stop():
    a.stop_vrrpd()
    b.stop_vrrpd()


flag = os.path.join(a.home, "nginx-down")
pair("web-track-script-web{}.conf", "192.168.88.90")
check(a.addresses()["192.168.88.90/24"] == "eth0:1", "web-track-script: the address has its label", str(a.addresses()))
open(flag, "w", encoding="utf-8").close()
moved_to(b, [a], "192.168.88.90")
check("Entering FAULT STATE" in a.text() and " FAULT " in a.ask("show vrrp"), "a script without weight that fails is a fault", a.ask("show vrrp"))
os.remove(flag)
moved_to(a, [b], "192.168.88.90")
check("192.168.88.90" in a.run("nft", "list", "ruleset").stdout, "vrrp_strict: the address does not answer (no_accept)", a.run("nft", "list", "ruleset").stdout)
stop()
check("192.168.88.90" not in a.run("nft", "list", "ruleset").stdout, "and no rule is left", a.run("nft", "list", "ruleset").stdout + a.text()[-700:])

pair("vip-web{}.conf", "192.168.88.80")
check("192.168.88.80/24" in a.addresses(), "vip-web: VIP 192.168.88.80/24", str(a.addresses()))
count = a.text().count("Sending gratuitous ARP on eth0 for 192.168.88.80")
check(count >= 5, "vrrp_garp_interval 0 is no delay: the first block goes out at once", str(count))
a.stop_vrrpd()
moved_to(b, [a], "192.168.88.80")
b.stop_vrrpd()

a.start_vrrpd("check-http-port-web1.conf")
wait(lambda: a.has("192.168.88.80"), 8, "check-http-port: the address is there while the script passes")
a.stop_vrrpd()

for name, address, label in (("lvs-wrr-lvs{}.conf", "192.168.88.15/32", "eth0"), ("lvs-wrr-strict-lvs{}.conf", "192.168.88.86/24", "eth0:0")):
    pair(name, address.split("/")[0])
    check(a.addresses().get(address) == label, f"{name}: {address} with label {label}", str(a.addresses()))
    check("virtual servers of this file are checkerd's" in a.text(), "one line says whose the virtual servers are")
    time.sleep(1.2)
    check(not b.has(address.split("/")[0]), "the priority decides where both say MASTER")
    stop()

shutil.copytree(os.path.join(NOTES, "keepalived", "conf.d"), os.path.join(a.etc, "conf.d"))
a.start_vrrpd("include-main.conf")
wait(lambda: " MASTER " in a.ask("show vrrp"), 8, "include-main: the included instance runs")
check("192.168.67.150" in a.text() or a.has("192.168.67.150"), "with its address", str(a.addresses()))
finish(a, b)
