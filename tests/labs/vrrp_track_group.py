#!/usr/bin/env python3
"""A static route of a track_group that cannot be set again is a fault of the group's instances, until it is back."""
import os
import signal
import subprocess
import sys
import tempfile
import time

VRRPD = os.path.abspath(os.environ.get("VRRPD", "vrrpd/vrrpd"))
BEGIN = """track_group G1 {
  group {
    VI_1
  }
}
static_routes {
  10.8.0.0/16 dev eth1 %s
}
vrrp_instance VI_1 {
  interface eth0
  state MASTER
  priority 255
  virtual_router_id 51
  virtual_ipaddress {
    10.0.0.100/24
  }
}
"""


def ip(command):
    return subprocess.run(["ip", *command.split()], capture_output=True, text=True, check=True).stdout


def wait(condition, what, folder):
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            print(f"FAIL {what}\n{open(folder + '/log', encoding='utf-8').read()}")
            sys.exit(1)
        time.sleep(0.02)
    print(f"  ok    {what}")


def inside(folder):
    for command in ("link set lo up", "link add eth0 type veth peer peer0", "link add eth1 type veth peer peer1", "link set peer0 up",
                    "link set peer1 up", "link set eth0 up", "link set eth1 up", "addr add 10.0.0.2/24 dev eth0"):
        ip(command)

    def configure(words):
        with open(folder + "/keepalived.conf", "w", encoding="ascii") as out:
            out.write(BEGIN % words)

    def has_vip():
        return "10.0.0.100" in ip("addr show dev eth0")

    def count(line):
        return open(folder + "/log", encoding="utf-8").read().count(line)

    configure("track_group G1")
    with open(folder + "/log", "w", encoding="utf-8") as log:
        daemon = subprocess.Popen([VRRPD, "-n", "-l", "-D", "-P", "-f", folder + "/keepalived.conf", "-p", folder + "/pid", "-r", folder + "/vrrp.pid",
                                   "--runtime-socket", folder + "/socket"], stdout=log, stderr=log)
    try:
        wait(has_vip, "the route is there: the instance is master", folder)
        ip("route del 10.8.0.0/16")
        wait(lambda: "10.8.0.0/16" in ip("route"), "a route that someone removes comes back", folder)
        ip("link set eth1 down")
        wait(lambda: not has_vip() and count("(VI_1) Entering FAULT STATE") == 1, "its interface is down, it cannot come back: a fault", folder)
        ip("link set eth1 up")
        wait(lambda: has_vip() and "10.8.0.0/16" in ip("route"), "both are back", folder)
        ip("link set eth1 down")
        wait(lambda: count("(VI_1) Entering FAULT STATE") == 2, "and lost again", folder)
        configure("")
        daemon.send_signal(signal.SIGHUP)
        wait(has_vip, "a new file without the group: no fault", folder)
    finally:
        daemon.terminate()
        daemon.wait(10)


def main():
    if len(sys.argv) == 2:
        return inside(sys.argv[1])
    if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        print("skipped: network namespaces need root")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(["unshare", "-n", sys.executable, os.path.abspath(__file__), folder], timeout=120).returncode


sys.exit(main())
