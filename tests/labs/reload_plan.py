#!/usr/bin/env python3
"""Random files one after the other, in the running vrrpd and checkerd: `reload plan` says exactly what differs, a reload does that and
nothing else, and afterwards there is nothing left to change.

  reload_plan.py [SEED]
"""
import os
import re
import shutil
import subprocess
import time

import lab
import plan_model
from checkerd_lab import Checkerd, Listener, check, open_lab, wait
from vrrp_lab import VRRPD

ROUNDS = 10
DRIVER = " lvs_driver nftables\n"
PATIENCE = 30
OWN = "10.66.0.250/24"  # first of its network: without it the kernel would take all of ours away with the first


class Vrrpd(Checkerd):
    """The same course of things, on another socket."""

    def __init__(self, text):
        checkerd, os.environ["CHECKERD"] = os.environ["CHECKERD"], os.environ["VRRPD"]
        super().__init__(text, "-r", "/srv/vrrp.pid", "-p", "/srv/keepalived.pid", name="vrrp")
        os.environ["CHECKERD"] = checkerd

    def ask(self, *commands, path="/run/triad/vrrpd.sock"):
        return super().ask(*commands, path=path)


def ip(*words):
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True).stdout


def addresses():
    return set(re.findall(r"inet (10\.66\.\S+)", ip("-4", "addr", "show", "dev", "eth0"))) - {OWN}


def wanted_addresses(file):
    return {address for one in file.instances.values() for address in one["addresses"]}


def table(text):
    """{(address, port): (scheduler, {port: weight})} of `show ipvs`."""
    out = {}
    for line in text.splitlines():
        if service := re.match(r"TCP  (\S+):(\d+) (\w+)", line):
            servers = {}
            out[(service[1], int(service[2]))] = (service[3], servers)
        elif server := re.match(r"  -> 127\.0\.0\.1:(\d+) +\S+ +(\d+)", line):
            servers[int(server[1])] = int(server[2])
    return out


def wanted_table(file):
    return {key: (one["scheduler"], {port: server["weight"] for port, server in one["servers"].items()}) for key, one in file.servers.items()}


class AddressEvents:
    """What happens to addresses, by the kernel's own word."""

    def __init__(self):
        self.process = subprocess.Popen(["ip", "-o", "monitor", "address"], stdout=subprocess.PIPE, text=True)
        time.sleep(0.3)  # it says nothing when it is ready

    def stop(self):
        time.sleep(0.3)
        self.process.terminate()
        return set(re.findall(r"inet (10\.66\.\S+)", self.process.communicate(timeout=10)[0]))


def is_plan(said, lines, what):
    wanted = sorted(lines) or ["= nothing changes"]
    check(sorted(said.strip().splitlines()) == wanted, what, f"{said}\n--- expected\n" + "\n".join(wanted))


def round_of(number, before, after, text, daemons):
    events = AddressEvents()
    marks = {}
    for part, daemon in daemons.items():
        daemon.write(text)
        is_plan(daemon.ask("reload plan"), plan_model.plan(before, after, part), f"round {number}: the plan for {part}")
        marks[part] = len(daemon.text())
    check(not events.stop() and "Reload" not in daemons["vrrp"].text()[marks["vrrp"]:], f"round {number}: and nothing happened")
    events = AddressEvents()
    for part, daemon in daemons.items():
        check(daemon.ask("reload").strip() == "", f"round {number}: {part} reloads")
        is_plan(daemon.ask("reload plan"), [], f"round {number}: nothing is left to change for {part}")
    wait(lambda: addresses() == wanted_addresses(after), PATIENCE, f"round {number}: the addresses are the new file's")
    wait(lambda: table(daemons["checkers"].ask("show ipvs")) == wanted_table(after), PATIENCE, f"round {number}: and so is the table")
    # An instance of which the plan says nothing: neither a state nor an address of its own moved.
    plan = "\n".join(plan_model.plan(before, after, "vrrp"))
    quiet = [name for name in after.instances if not re.search(rf"vrrp_instance {name}\b", plan)]
    touched = events.stop()
    said = daemons["vrrp"].text()[marks["vrrp"]:]
    for name in quiet:
        kept = set(after.instances[name]["addresses"])
        check(not kept & touched and f"({name}) Entering" not in said, f"round {number}: {name} was left alone", f"{touched}\n{said}")
    return len(quiet)


def main():
    if not os.environ.get(lab.INSIDE):
        os.environ["VRRPD"] = os.path.abspath(shutil.which(VRRPD) or VRRPD)
    open_lab()
    dice = plan_model.dice_of(os.sys.argv)
    ip("link", "add", "eth0", "type", "bridge")
    ip("link", "set", "eth0", "up")
    ip("addr", "add", OWN, "dev", "eth0")
    listeners = [Listener(port) for port in (8081, 8082, 8083)]
    file = plan_model.File(dice, globals_more=DRIVER)
    text = file.text(dice)
    daemons = {"vrrp": Vrrpd(text), "checkers": Checkerd(text)}
    wait(lambda: addresses() == wanted_addresses(file), PATIENCE, "the first file's addresses are there")
    wait(lambda: table(daemons["checkers"].ask("show ipvs")) == wanted_table(file), PATIENCE, "and its table")
    quiet = 0
    for number in range(ROUNDS):
        after = file.changed(dice)
        text = after.text(dice)
        quiet += round_of(number, file, after, text, daemons)
        file = after
    check(quiet > 0, "some instances were left alone")
    daemons["vrrp"].write("instance other\n" + text)
    plan = daemons["vrrp"].ask("reload plan")
    check(plan.startswith("! file: instance none -> other\n"), "what no reload can do is marked", plan)
    check("Cannot change instance at a reload" in daemons["vrrp"].ask("reload"), "and refused")
    for daemon in daemons.values():
        daemon.process.terminate()
        check(daemon.process.wait(15) == 0, "a daemon ends with code 0")
    for listener in listeners:
        listener.stop()


main()
