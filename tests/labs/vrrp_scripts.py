#!/usr/bin/env python3
"""The notes' notify-mail-*.conf and haproxy-track-*.conf, unchanged; their scripts note who ran them."""
import os

from vrrp_lab import VIP, Capture, Director, check, finish, moved_to, open_lab, wait

opened = open_lab()
a, b = Director(opened, "ka-master", "192.168.67.100"), Director(opened, "ka-slave", "192.168.67.200")
for director in (a, b):
    director.put_script("mail.sh", f"#!/bin/sh\necho \"$1 $(id -un)\" >> {director.home}/mails\n")
    # A lab's stand-in for `killall -0 haproxy`: a flag file, so that no process of the host is meant.
    for folder in ("", "scrips"):
        director.put_script("haproxy.sh", f"#!/bin/sh\ntest ! -e {director.home}/haproxy-down\n", folder)
    director.put_script("check_nginx.sh", f"#!/bin/sh\ntest ! -e {director.home}/nginx-down\n")


def mails(director):
    path = os.path.join(director.home, "mails")
    return open(path, encoding="utf-8").read().split("\n")[:-1] if os.path.exists(path) else []


b.start_vrrpd("notify-mail-slave.conf")
a.start_vrrpd("notify-mail-master.conf")
wait(lambda: a.has(VIP), 25, "the higher priority takes over after its preempt delay")
wait(lambda: "master root" in mails(a), 5, "mail.sh master ran as root")
check(mails(a)[0] == "backup root", "mail.sh backup ran first", str(mails(a)))
a.stop_vrrpd()
moved_to(b, [a])
wait(lambda: mails(b)[-1] == "master root", 5, "mail.sh master ran on the other node")
b.stop_vrrpd()

capture = Capture()
b.start_vrrpd("haproxy-track-slave.conf")
a.start_vrrpd("haproxy-track-master.conf")
moved_to(a, [b])
open(os.path.join(a.home, "haproxy-down"), "w", encoding="utf-8").close()
moved_to(b, [a])
check("Changing effective priority from 100 to 70" in a.text(), "the priority fell from 100 to 70")
os.remove(os.path.join(a.home, "haproxy-down"))
moved_to(a, [b])
check("Changing effective priority from 70 to 100" in a.text(), "the priority rose to 100 again")
priorities = [priority for _, source, _, priority in capture.stop() if source == "192.168.67.100"]
check(70 in priorities and priorities[-1] == 100, "adverts carry 70 and then 100 again", str(priorities))
finish(a, b)
