#!/usr/bin/env python3
"""The notes' single-*.conf and dual-master-*.conf, unchanged."""
import json
import re
import signal

from vrrp_lab import VIP, Capture, Director, check, finish, moved_to, open_lab, wait

opened = open_lab("socat")
a, b = Director(opened, "ka-master", "192.168.67.100"), Director(opened, "ka-slave", "192.168.67.200")
capture = Capture()
b.start_vrrpd("single-slave.conf")
a.start_vrrpd("single-master.conf")
moved_to(a, [b])
check(a.addresses().get(VIP + "/24") == "eth0:0", "the address has prefix 24 and label eth0:0", str(a.addresses()))
answer = a.ask("show vrrp")
check(re.search(r"^VI_1 +eth0 +51 MASTER +100 +192\.168\.67\.100 +192\.168\.67\.150$", answer, re.M), "the runtime socket tells the state", answer)
a.daemon.send_signal(signal.SIGUSR1)
a.daemon.send_signal(signal.SIGUSR2)
a.daemon.send_signal(signal.SIGRTMIN + 2)
wait(lambda: "State = MASTER" in a.dump("data") and "Became master: 1" in a.dump("stats"), 5, "USR1 and USR2 write the dumps")
wait(lambda: a.dump("json").endswith("\n"), 5, "the JSON dump is there")
check(json.loads(a.dump("json"))[0]["data"]["vipset"] is True, "the JSON dump has keepalived's shape")
a.stop_vrrpd(signal.SIGKILL)
moved_to_b = wait(lambda: b.has(VIP), 12, "the master is killed: its address comes to the other node")
check(a.has(VIP), "a killed daemon leaves its address behind (its kernel does not know)")
a.start_vrrpd("single-master.conf")
wait(lambda: "removing VIPs" in a.text().rsplit("Starting vrrpd", 1)[1], 5, "what the killed one left goes at the start")
moved_to(a, [b])
a.stop_vrrpd()
moved_to(b, [a])
packets = capture.stop()
check(packets and all(to == "224.0.0.44" for _, _, to, _ in packets), "adverts go to 224.0.0.44", str(packets[:4]))
resigned = [at for at, source, _, priority in packets if priority == 0 and source == "192.168.67.100"]
took = [at for at, source, _, _ in packets if source == "192.168.67.200" and at > resigned[-1]]
skew = (256 - 80) / 256
check(abs(took[0] - resigned[-1] - skew) < 0.05, "after a resignation the other waits its skew time", f"{took[0] - resigned[-1]:.4f} s, not {skew:.4f}")
check(re.search(r"\(VI_1\) Entering MASTER STATE", a.text()), "the line that operators look for is there")
b.stop_vrrpd()

a.start_vrrpd("dual-master-master.conf")
b.start_vrrpd("dual-master-slave.conf")
vips = sorted(re.findall(r"^\s*(192\.168\.67\.\d+)/24 dev", open(a.etc + "/keepalived.conf", encoding="utf-8").read(), re.M))
check(len(vips) == 2, "the notes' file has two addresses", str(vips))
wait(lambda: [sum(d.has(v) for v in vips) for d in (a, b)] == [1, 1], 15, "one address on each node")
b.stop_vrrpd()
wait(lambda: all(a.has(v) for v in vips), 12, "one node stopped: both addresses on the other")
finish(a, b)
