#!/usr/bin/env python3
"""One BFD session for both daemons: vrrpd runs it, checkerd hears of it; without vrrpd checkerd runs it. The neighbour is a vrrpd, too."""
import json
import os
import shutil
import signal
import subprocess

from lab import check, wait
from vrrp_lab import Director, open_lab

CHECKERD = os.environ.get("CHECKERD", "checkerd/checkerd")
if not os.environ.get("CHECKERD_PATH"):
    os.environ["CHECKERD_PATH"] = os.path.abspath(shutil.which(CHECKERD) or CHECKERD)
opened = open_lab("socat")

FILE = """global_defs {{
  lvs_driver nftables
}}
bfd_instance wire {{
  neighbor_ip {peer}
  source_ip {own}
  min_rx 50
  min_tx 50
}}
vrrp_instance VI_1 {{
  interface eth0
  virtual_router_id {vrid}
  priority 100
  advert_int 1
  virtual_ipaddress {{
    192.168.67.{vip}
  }}
  track_bfd {{
    wire
  }}
}}
{lvs}"""
LVS = """virtual_server 192.168.67.150 80 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 192.168.67.112 80 {
    BFD_CHECK {
      name wire
    }
  }
}
"""


class Both(Director):
    """A director that runs checkerd beside vrrpd, with the same file."""

    def start_checkerd(self):
        with open(os.path.join(self.home, "checkerd.log"), "a", encoding="utf-8") as out:
            self.checkerd = subprocess.Popen(self.command([os.environ["CHECKERD_PATH"], "-n", "-l", "-D", "-f", "/etc/keepalived/keepalived.conf"]), stdout=out, stderr=out)
        wait(lambda: "Startup complete" in self.said(), 10, "checkerd starts")

    def said(self):
        with open(os.path.join(self.home, "checkerd.log"), encoding="utf-8") as log:
            return log.read()

    def server_is(self, state):
        answer = self.run("socat", "-t", "10", "stdio", "/run/triad/checkerd.sock", input="show servers json\n").stdout
        try:
            return json.loads(answer)[0]["servers"][0]["state"] == state
        except (ValueError, IndexError):
            return False


one, two = Both(opened, "one", "192.168.67.111"), Director(opened, "two", "192.168.67.112")
two_text = FILE.format(peer="192.168.67.111", own="192.168.67.112", vrid=52, vip=152, lvs="")
one_text = FILE.format(peer="192.168.67.112", own="192.168.67.111", vrid=51, vip=150, lvs=LVS)
two.start_vrrpd(two_text)
one.start_vrrpd(one_text)
one.start_checkerd()
wait(lambda: one.server_is("up"), 10, "the real server is up")
wait(lambda: one.text().count("Tracked BFD instance wire is UP"), 10, "vrrpd has the session")
ports = one.run("ss", "-Hlun", "sport = 3784").stdout.strip().splitlines()
check(len(ports) == 1, "one daemon has the port", ports)

print("the neighbour goes")
two.daemon.send_signal(signal.SIGKILL)
two.daemon.wait()
two.daemon = None
wait(lambda: one.server_is("down"), 10, "checkerd hears that it is down")
check("is DOWN" in one.said(), "and says so", one.said()[-500:])
two.start_vrrpd(two_text)
wait(lambda: one.server_is("up"), 10, "and up again")

print("vrrpd goes")
one.stop_vrrpd()
wait(lambda: "its sessions are run here" in one.said(), 10, "checkerd runs the session itself")
wait(lambda: one.server_is("up"), 10, "it comes up")
one.start_vrrpd(one_text)
wait(lambda: "vrrpd answers" in one.said(), 10, "vrrpd takes it back")
wait(lambda: one.server_is("up") and len(one.run("ss", "-Hlun", "sport = 3784").stdout.strip().splitlines()) == 1, 15, "one daemon has the port, the server is up")

one.checkerd.send_signal(signal.SIGTERM)
check(one.checkerd.wait(10) == 0, "checkerd ends with code 0")
one.stop_vrrpd()
two.stop_vrrpd()
