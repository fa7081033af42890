#!/usr/bin/env python3
"""Capabilities of vrrpd and checkerd, read from /proc: what they give up while their file runs no program, that everything works without it,
and that scripts which a reload brings have all that root has."""
import os
import re
import shutil
import subprocess

import lab
from checkerd_lab import Checkerd, Listener, check, open_lab, real_server, virtual_server, wait
from vrrp_lab import VRRPD

PATIENCE = 30
GLOBALS = "global_defs {\n router_id LB\n lvs_driver nftables\n script_user root\n enable_script_security\n}\n"
WANTED = sum(1 << n for n in (12, 13, 11, 10, 7, 6, 5, 1, 2, 0, 3, 23, 24, 14))
NOTE = "/srv/note.sh"
NOTED = "/srv/noted"


class Vrrpd(Checkerd):
    """The same course of things, on another socket."""

    def __init__(self, text):
        checkerd, os.environ["CHECKERD"] = os.environ["CHECKERD"], os.environ["VRRPD"]
        super().__init__(text, "-r", "/srv/vrrp.pid", "-p", "/srv/keepalived.pid", name="vrrp")
        os.environ["CHECKERD"] = checkerd

    def ask(self, *commands, path="/run/triad/vrrpd.sock"):
        return super().ask(*commands, path=path)


def instance(name, vrid, more=""):
    return (f"vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n priority 100\n advert_int 1\n {more}\n"
            f" virtual_ipaddress {{\n  10.66.0.{vrid}/24\n }}\n}}\n")


def addresses():
    return set(re.findall(r"inet (10\.66\.\d+\.\d+)", subprocess.run(["ip", "-4", "addr"], capture_output=True, text=True, check=True).stdout))


def rights(pid="self"):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as text:
        return {key: int(value, 16) for key, value in re.findall(r"^(Cap\w+|NoNewPrivs):\s+(\w+)$", text.read(), re.M)}


def noted():
    if not os.path.exists(NOTED):
        return []
    with open(NOTED, encoding="ascii") as text:
        return text.read().splitlines()


def has_given_up(daemon, what):
    mine, now = rights(), rights(daemon.process.pid)
    wanted = WANTED & mine["CapPrm"]
    check(now["CapEff"] == now["CapPrm"] == wanted, f"{what}: only what it needs is left", f"{now} {wanted:x}")
    check(now["CapBnd"] == mine["CapBnd"] and now["NoNewPrivs"] == 0 and now["CapAmb"] == 0, f"{what}: scripts to come can have all", now)


def has_all(daemon, what):
    check(rights(daemon.process.pid)["CapEff"] == rights()["CapPrm"], f"{what}: it has all rights", rights(daemon.process.pid))


def test_vrrpd():
    daemon = Vrrpd(GLOBALS + instance("VI_1", 51))
    wait(lambda: "10.66.0.51" in addresses(), PATIENCE, "the address comes")
    has_given_up(daemon, "vrrpd, a file without scripts")
    # VMACs, a firewall, priorities, static entries: what takes rights, by a reload.
    daemon.write(GLOBALS.replace("router_id LB", "router_id LB\n vrrp_priority -5") + instance("VI_1", 51) + instance("VI_2", 52, "use_vmac\n no_accept") +
                 "static_ipaddress {\n 10.67.0.1/24 dev eth0\n}\nstatic_routes {\n 10.68.0.0/16 via 10.66.0.250 dev eth0\n}\n")
    check(daemon.ask("reload").strip() == "", "vrrpd: a reload that needs rights")
    wait(lambda: "10.66.0.52" in addresses(), PATIENCE, "vrrpd: its VMAC carries the address")
    check("10.68.0.0/16" in subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout, "vrrpd: and the route is there")
    check("10.66.0.52" in subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout, "vrrpd: and the firewall closes it")
    has_given_up(daemon, "vrrpd, after it")
    daemon.write(GLOBALS + instance("VI_1", 51) + instance("VI_3", 53, f"notify_master {NOTE}"))
    check(daemon.ask("reload").strip() == "", "vrrpd: a reload that brings a script")
    wait(noted, PATIENCE, "vrrpd: the script runs")
    check(int(noted()[0], 16) == rights()["CapPrm"], "vrrpd: with all rights of root", noted())
    daemon.write(GLOBALS + instance("VI_1", 51, f"notify_backup {NOTE} nobody nogroup") + instance("VI_3", 53, "priority 90"))
    check(daemon.ask("reload").strip() == "", "vrrpd: a script as another user")
    daemon.process.terminate()
    check(daemon.process.wait(15) == 0 and "10.66.0.51" not in addresses(), "vrrpd: it ends, and nothing is left")
    daemon = Vrrpd(GLOBALS + instance("VI_1", 51, f"notify {NOTE}"))
    has_all(daemon, "vrrpd, a file with a script")
    daemon.process.terminate()
    check(daemon.process.wait(15) == 0, "vrrpd: it ends")


def test_checkerd():
    listener = Listener(8081)
    file = GLOBALS + virtual_server("10.9.0.100", 80, [real_server(8081, 1)])
    daemon = Checkerd(file)
    has_given_up(daemon, "checkerd, a file without scripts")
    wait(lambda: "127.0.0.1:8081" in daemon.ask("show ipvs"), PATIENCE, "checkerd: its table is there")
    os.unlink(NOTED)
    daemon.write(file + virtual_server("10.9.0.101", 80, [real_server(8081, 1, checker=f"MISC_CHECK {{\n misc_path \"{NOTE}\"\n }}")]))
    check(daemon.ask("reload").strip() == "", "checkerd: a reload that brings a script")
    wait(noted, PATIENCE, "checkerd: the script runs")
    check(int(noted()[0], 16) == rights()["CapPrm"], "checkerd: with all rights of root", noted())
    check("10.9.0.101" in daemon.ask("show ipvs"), "checkerd: and the table has the new server")
    listener.stop()
    wait(lambda: "-> 127.0.0.1:8081" not in daemon.ask("show ipvs").split("10.9.0.101")[0], PATIENCE, "checkerd: a server that is gone leaves the table")
    daemon.stop()
    daemon = Checkerd(file.replace("router_id LB", f"router_id LB\n notify_fifo /srv/fifo\n notify_fifo_script {NOTE}"))
    has_all(daemon, "checkerd, a file with a script")
    daemon.stop()


def main():
    if not os.environ.get(lab.INSIDE):
        os.environ["VRRPD"] = os.path.abspath(shutil.which(VRRPD) or VRRPD)
    open_lab()
    for words in ("link add eth0 type bridge", "link set eth0 up", "addr add 10.66.0.250/24 dev eth0"):
        subprocess.run(["ip", *words.split()], check=True)
    with open(NOTE, "w", encoding="ascii") as out:
        out.write(f"#!/bin/sh\nsed -n 's/^CapEff:\\t//p' /proc/self/status >> {NOTED}\n")
    os.chmod(NOTE, 0o755)
    test_vrrpd()
    test_checkerd()


main()
