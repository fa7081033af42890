#!/usr/bin/env python3
"""SIGHUP: what a new file does not change is not touched; a broken one changes nothing."""
import json
import re
import subprocess
import time

from vrrp_lab import Capture, Director, check, finish, open_lab, wait

opened = open_lab()
a, b = Director(opened, "ka-master", "192.168.67.100"), Director(opened, "ka-slave", "192.168.67.200")
a.put_script("note.sh", "#!/bin/sh\necho \"$@\" >> /run/notes\n")


def instance(name, vrid, priority, addresses, more=""):
    return (f"vrrp_instance {name} {{\n state BACKUP\n interface eth0\n virtual_router_id {vrid}\n priority {priority}\n advert_int 1\n {more}\n"
            f" notify /etc/keepalived/note.sh\n virtual_ipaddress {{\n" + "".join(f"  {one}\n" for one in addresses) + " }\n}\n")


GLOBAL = "global_defs {\n router_id lab\n script_user root\n enable_script_security\n}\n"
ONE, TWO, THREE = (f"192.168.67.{n}/24" for n in (150, 151, 152))


class AddressEvents:
    """What happens to addresses of a node, by the kernel's own word."""

    def __init__(self, node):
        self.process = subprocess.Popen(["ip", "-n", node.name, "-o", "monitor", "address"], stdout=subprocess.PIPE, text=True)
        time.sleep(0.3)  # it says nothing when it is ready

    def stop(self):
        time.sleep(0.3)
        self.process.terminate()
        lines = self.process.communicate(timeout=10)[0].splitlines()
        return {(("-" if line.startswith("Deleted") else "+") + found[1]) for line in lines if (found := re.search(r"inet (\S+)", line))}


def gaps(packets, wanted):
    """Between adverts of one priority."""
    times = [at for at, _, _, priority in packets if priority == wanted]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def notes():
    path = f"{a.home}/run/notes"
    try:
        with open(path, encoding="utf-8") as text:
            return text.read().splitlines()
    except FileNotFoundError:
        return []


first = GLOBAL + instance("VI_1", 51, 150, [ONE, TWO]) + instance("VI_2", 52, 140, [THREE])
a.start_vrrpd(first)
b.start_vrrpd(GLOBAL + instance("VI_1", 51, 100, [ONE, TWO]))
wait(lambda: a.has("192.168.67.150") and a.has("192.168.67.152"), 10, "the addresses are on the master")
wait(lambda: len(notes()) == 4, 5, "its notify script ran for each state")

# The same file again.
events, capture = AddressEvents(a), Capture()
time.sleep(0.5)
said = a.reload(first)
time.sleep(2.6)
packets, changes = capture.stop(), events.stop()
check("Reload complete" in said and "Entering" not in said, "an unchanged file is reloaded without a change of state", said)
check(not changes, "and without touching an address", str(changes))
steps = gaps(packets, 150) + gaps(packets, 140)
check(len(steps) >= 4 and all(abs(gap - 1) < 0.02 for gap in steps), "nor moving an advert", str(steps))
check(len(notes()) == 4, "nor running a notify script", str(notes()))
check(a.ask("reload plan").strip() == "= nothing changes", "`reload plan` says so", a.ask("reload plan"))

# An address goes, another comes; the priority changes; the name changes. The rest stays.
second = GLOBAL + instance("VI_2", 52, 140, [THREE]) + instance("Web", 51, 160, [ONE, "192.168.67.155/24"])
a.write_config(second)
plan = a.ask("reload plan")
check(plan.strip().splitlines() == ["~ vrrp_instance Web: name VI_1 -> Web", "~ vrrp_instance Web: priority 150 -> 160",
                                "~ vrrp_instance Web: + virtual_ipaddress 192.168.67.155/24", "~ vrrp_instance Web: - virtual_ipaddress 192.168.67.151/24"] and a.has("192.168.67.151"), "`reload plan` lists what would change, and does nothing", plan)
events, capture = AddressEvents(a), Capture()
said = a.reload(second)
time.sleep(1.2)
packets, changes = capture.stop(), events.stop()
check(changes == {"-192.168.67.151/24", "+192.168.67.155/24"}, "only the addresses that differ are touched", str(changes))
check("(Web) ip address 192.168.67.151/24 dev eth0, no longer exist" in said, "the log says which went", said)
check(160 in {priority for _, _, _, priority in packets} and "Entering" not in said, "the new priority is in the adverts", str(packets))
check("Web" in a.ask("show vrrp") and "VI_1" not in a.ask("show vrrp"), "the runtime socket knows the new name", a.ask("show vrrp"))

# An address changes hands.
third = GLOBAL + instance("VI_2", 52, 140, [THREE, ONE]) + instance("Web", 51, 160, ["192.168.67.155/24"])
events = AddressEvents(a)
a.reload(third)
changes = events.stop()
check("-192.168.67.150/24" not in changes and a.has("192.168.67.150"), "an address that both files have is never removed", str(changes))

# Broken files.
for name, broken, reason in (("unknown keyword", third.replace("priority 160", "priorty 160"), "Unknown keyword 'priorty'"),
                             ("unknown interface", third.replace("interface eth0", "interface eth7"), "eth7"),
                             ("missing brace", third[:-3], "missing '}'"),
                             ("instance", "instance other\n" + third, "Cannot change instance at a reload")):
    events = AddressEvents(a)
    said = a.reload(broken)
    changes = events.stop()
    check("Reload refused" in said and reason in said and not changes and a.has("192.168.67.150"), f"a broken file ({name}) changes nothing and is explained", said)
check("Reload refused" in a.ask("reload"), "`reload` on the socket answers with the reason", a.ask("reload"))

# What people and monitoring see.
check('"type":"reload","result":"Reload complete"' in a.ask("show events"), "`show events` tells of reloads", a.ask("show events"))
metrics = a.ask("show metrics")
check('vrrpd_instance_state{instance="Web",interface="eth0",vrid="51"} 2' in metrics, "`show metrics` is Prometheus text", metrics[:600])
check("VRRP Instance = Web" in a.ask("show config") and "secret" not in a.ask("show config"), "`show config` shows what runs", a.ask("show config")[:400])
follower = subprocess.Popen(a.command(["sh", "-c", "(echo subscribe; sleep 20) | socat - /run/triad/vrrpd.sock"]), stdout=subprocess.PIPE, text=True)
heard = [json.loads(follower.stdout.readline()) for _ in range(2)]
check([(line["type"], line["instance"], line["state"]) for line in heard] == [("present", "VI_2", "MASTER"), ("present", "Web", "MASTER")],
      "`subscribe` begins with the present states", str(heard))
a.ask("set vrrp Web priority 90")
heard = [json.loads(follower.stdout.readline())]
check([(line["type"], line["from"], line["to"]) for line in heard] == [("priority", 160, 90)], "and goes on with each change", str(heard))
a.ask("set vrrp Web priority auto")
follower.terminate()

# One instance goes, one comes.
capture = Capture()
said = a.reload(GLOBAL + instance("VI_2", 52, 140, [THREE]) + instance("VI_9", 59, 120, ["192.168.67.159/24"]))
wait(lambda: a.has("192.168.67.159"), 8, "a new instance becomes master")
packets = capture.stop()
check(0 in {priority for _, source, _, priority in packets if source == "192.168.67.100"}, "an instance that is gone says priority 0", str(packets))
wait(lambda: not a.has("192.168.67.155") and not a.has("192.168.67.150"), 4, "and its addresses go")
check(a.has("192.168.67.152"), "the others stay")
wait(lambda: any(line.startswith("INSTANCE Web FAULT") for line in notes()), 5, "its notify script hears FAULT")
a.stop_vrrpd()
check(not any(each.startswith("192.168.67.15") for each in a.addresses()), "nothing is left at the end", str(a.addresses()))
finish(a, b)
