#!/usr/bin/env python3
"""Every VRRP row of the notes, its files unchanged at /etc/keepalived, started as the users' units start it: Debian's unit on the first
node, EL's forking one (`keepalived -D -S 6`) on the other. Where the address answers, a client asks it through each switch."""
import re
import sys

from pair_lab import NOTES, PATIENCE, VIP, Capture, Client, Forked, Machine, check, is_on, keepalived_unit, lab, no_report, open_lab, os, pair, read, shutil, signal, time, wait

CLIENTS = []


class Two:
    """Two nodes with one row's files, each with a web server that says whose it is."""

    def __init__(self, first, second):
        self.machines = (first, second)
        self.units = (keepalived_unit(first), Forked(second))

    def files(self, name, halves=("master", "slave")):
        for machine, half in zip(self.machines, halves):
            machine.put_note(name.format(half))

    def start(self):
        """The second first, so that the first has somebody to win against."""
        for unit in reversed(self.units):
            unit.start()

    def stop(self):
        for unit, machine in zip(self.units, self.machines):
            if machine.named("keepalived"):
                check(unit.stop() == 0, f"{machine.name}: keepalived ends with 0")
        for machine in self.machines:
            left = [each.words for each in machine.processes() if "keepalived" in each.words[0]]
            files = [name for name in ("keepalived", "vrrp", "checkers") if read(f"{machine.home}/run/{name}.pid")]
            addresses = [each for each in machine.addresses() if each != machine.address + "/24"]
            check(not left and not files and not addresses, f"{machine.name}: no process, pid file or address is left", str((left, files, addresses)))


def row(name):
    if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
        return False
    print(f"{name}:", flush=True)
    return True


def switch(client, what, act, owner, others, address=VIP):
    client.begin()
    act()
    is_on(owner, others, address)
    wait(lambda: client.is_answered(owner.name), PATIENCE, f"{owner.name} answers the client")
    client.tell(what)


def moves(what, act, owner, others, address):
    """The same where vrrp_strict lets the address answer nobody."""
    began = time.monotonic()
    act()
    is_on(owner, others, address)
    print(f"  took  {what}: {time.monotonic() - began:.2f} s until {owner.name} alone has the address", flush=True)


def single(two, client):
    a, b = two.machines
    first, _ = two.units
    check(a.addresses().get(VIP + "/24") == "eth0:0", "the address has prefix 24 and label eth0:0", str(a.addresses()))
    switch(client, "single: keepalived stopped on the master", first.stop, b, [a])
    switch(client, "single: and started again", first.start, a, [b])

    def kill():
        for each in a.named("keepalived"):
            os.kill(each.pid, signal.SIGKILL)  # all of it at once, as a machine that loses its power
        lab.sh(f"ip link set {a.name} down")
    client.begin()
    kill()
    wait(lambda: b.has(VIP), PATIENCE, "the other takes the address")
    client.tell("single: the master dies with its cable")
    check(a.has(VIP), "what was killed has left its address behind")
    lab.sh(f"ip link set {a.name} up")  # with the daemon, as a machine that starts
    client.begin()
    first.start()
    is_on(a, [b])
    wait(lambda: client.is_answered(a.name), PATIENCE, "the master answers again")
    client.tell("single: and comes back")


def adverts_go_to(capture, a, expected):
    packets = capture.stop()
    check(packets and {(source, to) for _, source, to, _ in packets if source == a.address} == {(a.address, expected)}, f"adverts go to {expected} only", str(packets[:4]))


def pairs(opened):
    two = Two(*pair(opened))
    a, b = two.machines
    first, second = two.units
    outside = opened.node("client", "192.168.67.80")
    for machine in two.machines:
        machine.put_scripts()
        machine.web(machine.name)
    client = Client(outside, VIP)
    CLIENTS.append(client)

    if row("single"):
        two.files("single-{}.conf")
        capture = Capture()
        two.start()
        is_on(a, [b])
        adverts_go_to(capture, a, "224.0.0.44")
        single(two, client)
        two.stop()

    if row("nopreempt"):
        two.files("nopreempt-{}.conf")
        first.start()
        is_on(a, [b])
        second.start()
        switch(client, "nopreempt: the master stopped", first.stop, b, [a])
        client.begin()
        since = len(read(a.log))
        first.start()
        end = time.monotonic() + 6
        while time.monotonic() < end and not a.has(VIP):
            time.sleep(0.1)
        check(b.has(VIP) and not a.has(VIP) and "Entering MASTER STATE" not in read(a.log)[since:], "the address stays when the higher priority comes back", read(a.log)[since:])
        failed, _ = client.tell("nopreempt: the higher priority comes back")
        check(failed == 0, "which costs no request")
        two.stop()

    if row("preempt-delay"):
        two.files("preempt-delay-{}.conf")
        second.start()
        is_on(b, [a])
        client.begin()
        began = time.monotonic()
        first.start()
        is_on(a, [b])
        took = time.monotonic() - began
        client.tell("preempt-delay: the higher priority comes back")
        check(10 <= took <= 20, "it takes the address back behind 10 s", f"{took:.2f} s")
        two.stop()

    if row("unicast"):
        two.files("unicast-{}.conf")
        capture = Capture()
        two.start()
        is_on(a, [b])
        switch(client, "unicast: the master stopped", first.stop, b, [a])
        adverts_go_to(capture, a, b.address)
        two.stop()

    if row("notify-mail"):
        two.files("notify-mail-{}.conf")
        for machine in two.machines:
            machine.put_program("mail", '#!/bin/sh\necho "$* $(id -un) $(cat)" >> /tmp/mails\n')
        second.start()
        is_on(b, [a])
        wait(lambda: "to be master vip" in read(b.home + "/tmp/mails"), PATIENCE, "mail.sh master ran")
        first.start()
        switch(client, "notify-mail: the higher priority comes back", lambda: None, a, [b])
        wait(lambda: "ka-master to be master" in read(a.home + "/tmp/mails") and read(b.home + "/tmp/mails").count("\n") >= 3, PATIENCE, "and on the other, when the address moved")
        for machine, states in ((a, ["backup", "master"]), (b, ["backup", "master", "backup"])):
            lines = read(machine.home + "/tmp/mails").splitlines()
            check([re.search(r"to be (\w+) vip 转移 ops@example.org root ", line).group(1) for line in lines] == states, f"{machine.name}: a mail for each transition, by root", "\n".join(lines))
        two.stop()

    if row("dual-master"):
        two.files("dual-master-{}.conf")
        other = "192.168.67.160"
        two.start()
        is_on(a, [b])
        is_on(b, [a], other)
        database = Client(outside, other)
        CLIENTS.append(database)
        database.begin()
        switch(client, "dual-master: one node stopped, its address", first.stop, b, [a])
        check(b.has(other), "both addresses on the other")
        failed, _ = database.tell("dual-master: and the one that stayed")
        check(failed == 0, "which was not touched")
        switch(client, "dual-master: started again", first.start, a, [b])
        two.stop()
    return two.machines


def webs(opened):
    """The notes' 192.168.88.0/24: nginx runs beside keepalived."""
    two = Two(Machine(opened, "Web1", "192.168.88.87"), Machine(opened, "Web2", "192.168.88.88"))
    a, b = two.machines
    first, second = two.units
    nginx = []
    for machine in two.machines:
        machine.put_scripts()
        nginx.append(machine.web(machine.name))
    outside = opened.node("client88", "192.168.88.85")

    if row("web-track-script"):
        two.files("web-track-script-web{}.conf", (1, 2))
        two.start()
        is_on(a, [b], "192.168.88.90")
        check(a.addresses()["192.168.88.90/24"] == "eth0:1", "the address has its label", str(a.addresses()))
        moves("nginx stopped on Web1", nginx[0].stop, b, [a], "192.168.88.90")
        check("Entering FAULT STATE" in read(a.log), "a script without weight that fails is a fault", read(a.log)[-2000:])
        moves("nginx runs again on Web1", nginx[0].start, a, [b], "192.168.88.90")
        two.stop()

    if row("vip-web"):
        two.files("vip-web{}.conf", (1, 2))
        two.start()
        is_on(a, [b], "192.168.88.80")
        check("192.168.88.80/24" in a.addresses(), "VIP 192.168.88.80/24", str(a.addresses()))
        check(outside.curl("http://192.168.88.80/", "-m", "1") == "" and outside.curl("http://192.168.88.87/") == "Web1\n", "vrrp_strict: the node answers, the address does not")
        moves("vip-web: the master stopped", first.stop, b, [a], "192.168.88.80")
        moves("vip-web: started again", first.start, a, [b], "192.168.88.80")
        two.stop()

    if row("check-http-port"):
        a.put_note("check-http-port-web1.conf")
        first.start()
        is_on(a, [], "192.168.88.80")
        nginx[0].stop()
        wait(lambda: not a.has("192.168.88.80"), PATIENCE, "nobody listens on port 80: the address goes")
        moves("check-http-port: nginx runs again", nginx[0].start, a, [], "192.168.88.80")
        two.stop()

    for name, address, label in (("lvs-wrr-lvs{}.conf", "192.168.88.15/32", "eth0"), ("lvs-wrr-strict-lvs{}.conf", "192.168.88.86/24", "eth0:0")):
        # Their virtual servers need IPVS in the kernel: checkerd_notes.py has them in the virtual machine. Here -P, VRRP alone.
        if row(name.format("*")):
            two.files(name, (1, 2))
            alone = Two(a, b)
            alone.units = (Forked(a, "-D -P"), Forked(b, "-D -S 6 -P"))
            alone.start()
            is_on(a, [b], address.split("/")[0])
            check(a.addresses().get(address) == label, f"{address} with label {label}", str(a.addresses()))
            alone.stop()

    if row("include-main"):
        a.put_note("include-main.conf")
        shutil.copytree(NOTES + "/keepalived/conf.d", a.etc + "/conf.d")
        first.start()
        wait(lambda: a.has(VIP), PATIENCE, "the included instance has its address")
        two.stop()
    return two.machines


def main():
    opened = open_lab("tcpdump")
    machines = pairs(opened) + webs(opened)
    for client in CLIENTS:
        client.stop()
    no_report(*machines)
    print("\nswitch                                              requests   lost  seconds without an answer")
    for client in CLIENTS:
        for what, count, lost, outage in client.switches:
            print(f"{what:50} {count:9} {lost:6}  {outage:.2f}")
    print(f"{len(lab.PASSED)} checks passed")


if __name__ == "__main__":
    main()
