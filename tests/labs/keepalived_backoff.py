#!/usr/bin/env python3
"""A vrrpd that is killed again and again waits longer and longer for its next start. What it left in the kernel meanwhile: it stays for as long as nobody
else is master, goes as soon as somebody is, and is all gone where there will be no next start."""
import os
import time

import lab
from keepalived_lab import ORIGINAL, PATIENCE, Machine, check, has_ended, open_lab, signal, wait

MULTICAST, EXCLUDED, UNICAST, SIX, VIRTUAL = "10.77.0.151", "10.77.0.161", "10.77.0.152", "fd77::153", "10.77.0.154"
FIRST = (MULTICAST, EXCLUDED)
ALL = (*FIRST, UNICAST, SIX, VIRTUAL)
GLOBALS = "global_defs {\n  router_id RA\n  script_user root\n  enable_script_security\n}\n"


def instance(number, priority, addresses, *more):
    inside = "".join(f"  {line}\n" for line in more)
    listed = "".join(f"    {each}\n" for each in addresses)
    return f"vrrp_instance VI_{number} {{\n  interface eth0\n  virtual_router_id {50 + number}\n  priority {priority}\n  advert_int 1\n{inside}  virtual_ipaddress {{\n{listed}  }}\n}}\n"


def config(priority, peer):
    return GLOBALS + "".join((
        instance(1, priority, [MULTICAST + "/24"], f"virtual_ipaddress_excluded {{\n    {EXCLUDED}/24\n  }}", "virtual_routes {\n    198.51.100.0/24 via 10.77.0.9 dev eth0\n  }"),
        instance(2, priority, [UNICAST + "/24"], f"unicast_peer {{\n    {peer}\n  }}"),
        instance(3, priority, ["fe80::153/64", SIX + "/64"]),
        instance(4, priority, [VIRTUAL + "/24"], "use_vmac", "no_accept")))


class Host(Machine):
    def __init__(self, opened, name, address):
        super().__init__(opened, name, address)
        lab.sh(f"ip -n {name} addr add fd77::{address.rsplit('.', 1)[1]}/64 dev eth0 nodad")

    def has(self, address):
        return f" {address}/" in self.run("ip", "addr").stdout

    def has_all(self, addresses=ALL):
        return all(self.has(each) for each in addresses)

    def has_none(self, addresses=ALL):
        return not any(self.has(each) for each in addresses)

    def has_route(self):
        return "198.51.100.0/24" in self.run("ip", "route").stdout

    def starts(self, *options):
        self.start_unit(" ".join([ORIGINAL, "-n", *options]), notify=False)
        since = len(self.said)
        self.hears("Startup complete", since)

    def dies(self, delay):
        """kill -9 of vrrpd, which then waits that long."""
        since = len(self.said)
        self.send(signal.SIGKILL, "vrrp")
        self.hears(f"Restart of VRRP process delayed {delay} seconds", since)

    def dies_until(self, delay):
        """So often that the next death has that delay."""
        each = 0
        while each < delay:
            since = len(self.said)
            self.dies(each)
            self.hears("Entering BACKUP STATE (init)", since, ident="Keepalived_vrrp", times=4)
            each = each * 2 or 1

    def stands_in(self):
        """The process that does so: the parent's child that the pid file does not name."""
        parent = self.process.pid
        return [pid for pid, (_, its) in self.processes().items() if its == parent and pid != self.pid("vrrp")]

    def is_clean(self, what):
        wait(lambda: not self.processes(), PATIENCE, f"{what}: no process is left")
        check(self.has_none() and not self.has_route(), f"{what}: no address and no route", self.run("ip", "addr").stdout)
        check("vrrp." not in self.run("ip", "link").stdout, f"{what}: no virtual MAC")
        check("keepalived" not in self.run("nft", "list", "ruleset").stdout, f"{what}: no table of the packet filter")
        check(not [name for name in os.listdir(self.home + "/run") if name.startswith(("vrrp.pid", "keepalived.pid"))], f"{what}: no pid file, nor what is beside it", os.listdir(self.home + "/run"))


def main():
    opened = open_lab()
    one, two = Host(opened, "one", "10.77.0.1"), Host(opened, "two", "10.77.0.2")
    one.write(config(100, "10.77.0.2"))
    two.write(config(50, "10.77.0.1"))

    print("alone:", flush=True)
    one.starts()
    one.dies_until(4)
    wait(one.has_all, PATIENCE, "it is master of four instances again")
    ignored = one.run("sysctl", "-n", "net.ipv4.conf.eth0.arp_ignore").stdout
    one.dies(4)
    wait(one.stands_in, PATIENCE, "somebody stands in for the one that was killed")
    caretaker = one.stands_in()
    began = time.monotonic()
    while time.monotonic() - began < 2.5:
        check(one.has_all() and one.has_route(), "nobody else is master: everything stays")
        time.sleep(0.5)
    check(one.stands_in() == caretaker, "and it is still there")
    check(one.run("sysctl", "-n", "net.ipv4.conf.eth0.arp_ignore").stdout == ignored, "nor did a system setting change")
    since = len(one.said)
    one.hears("Entering MASTER STATE", since, ident="Keepalived_vrrp", times=4)
    check(has_ended(caretaker[0]) and not one.stands_in(), "with the next start nobody stands in any more")

    print("with another:", flush=True)
    two.starts()
    two.hears("Entering BACKUP STATE", ident="Keepalived_vrrp", times=4)
    wait(one.has_all, PATIENCE, "the first has them")
    lab.sh("ip -n one addr add 10.77.0.171/24 dev eth0")  # somebody's own, in the same subnet
    since = len(one.said)
    one.dies(8)
    wait(two.has_all, PATIENCE, "the other takes over")
    wait(one.has_none, PATIENCE, "the first gives back all addresses of the four, in its back-off")
    check(not one.has_route(), "and the route")
    check(not [line for line in one.lines("Keepalived", since) if "Starting VRRP" in line], "all that before its next start", one.said[since:])
    check(one.has("10.77.0.171"), "what is not vrrpd's stays")
    lines = [line for line in one.lines("Keepalived_vrrp", since) if "was killed" in line]
    check(f"address {MULTICAST}/24 dev eth0 of the VRRP process that was killed, as 10.77.0.2 is master of VI_1 now: removed" in lines, "the log says what, and why", lines)
    check(len(lines) == 7, "once for each: six addresses and a route", lines)
    wait(lambda: one.has_all() and two.has_none(), PATIENCE, "after its restart it takes them again, as its priority says")

    print("no next start:", flush=True)
    two.stop()
    two.is_clean("the other stopped")
    one.dies(16)
    wait(one.stands_in, PATIENCE, "somebody stands in")
    check(one.has_all(), "alone, it keeps all")
    one.process.send_signal(signal.SIGTERM)
    check(one.ends() == 0, "a stop within the back-off")
    one.is_clean("stopped")

    one.starts()
    one.dies_until(4)
    wait(one.has_all, PATIENCE, "master again")
    one.dies(4)
    wait(one.stands_in, PATIENCE, "somebody stands in")
    one.process.send_signal(signal.SIGKILL)
    one.ends()
    wait(one.has_none, PATIENCE, "the parent killed within the back-off: given back")
    wait(lambda: not one.processes(), PATIENCE, "no process is left")
    one.starts()
    wait(one.has_all, PATIENCE, "and it starts again over what that left")
    one.stop()
    one.is_clean("stopped")

    one.starts("-V")
    one.dies_until(4)
    wait(one.has_all, PATIENCE, "with -V")
    one.dies(4)
    time.sleep(0.5)
    check(not one.stands_in(), "with -V nobody stands in: the kernel keeps what it has")
    one.process.send_signal(signal.SIGTERM)
    check(one.ends() == 0 and one.has_all(FIRST), "also at the end")
    print(f"{len(lab.PASSED)} checks passed")


if __name__ == "__main__":
    main()
