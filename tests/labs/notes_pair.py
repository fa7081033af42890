#!/usr/bin/env python3
"""The notes' haproxy-track-*.conf with webcluster.cfg on both directors, unchanged at their real paths, all daemons under the originals'
names and units; a client asks without a pause and counts what each switch cost."""
import re

from lab import WebServer
from pair_lab import PATIENCE, VIP, Capture, Client, Forked, check, haproxy_unit, is_on, keepalived_unit, lab, no_report, open_lab, pair, read, signal, time, wait

opened = open_lab("tcpdump")
a, b = pair(opened)
webs = [WebServer(opened.node(f"web{n}", f"192.168.67.{n}0"), f"Web{n}") for n in (1, 2)]
outside = opened.node("client", "192.168.67.80")
proxies = []
for machine, half in ((a, "master"), (b, "slave")):
    machine.put_note("webcluster.cfg")
    machine.put_note(f"haproxy-track-{half}.conf")
    machine.put_scripts()
    proxies.append(haproxy_unit(machine))
    proxies[-1].start()
first, second = keepalived_unit(a), Forked(b)  # Debian's unit on one, EL's on the other
second.start()
first.start()
is_on(a, [b])
check(a.addresses().get(VIP + "/24") == "eth0:0", "with its label", str(a.addresses()))
check("haproxy" in {each.name for each in a.processes()}, "the proxy has the process name haproxy", str([each.name for each in a.processes()]))
check(a.run("killall", "-0", "haproxy").returncode == 0, "so that `killall -0 haproxy` finds it")

client = Client(outside, VIP)
client.begin()
names = [who for _, _, who in client.answers()]
wait(lambda: len(client.answers()) >= 12, PATIENCE, "a dozen answers")
names = [who for _, _, who in client.answers()]
check(set(names) == {"Web1", "Web2"} and all(one != two for one, two in zip(names, names[1:])), "both web servers answer in turn", str(names))

print("the proxy on the master stops")
capture = Capture()
client.begin()
check(proxies[0].stop() in (0, 143, -15), "systemctl stop haproxy: what SuccessExitStatus=143 allows", str(proxies[0].ended))
is_on(b, [a])
client.tell("proxy stopped on the master")
check("Changing effective priority from 100 to 70" in read(a.log), "its priority fell from 100 to 70 behind two failures", read(a.log)[-2000:])
print("and starts again")
client.begin()
proxies[0].start()
is_on(a, [b])
client.tell("proxy started again")
priorities = [priority for _, source, _, priority in capture.stop() if source == a.address]
check(70 in priorities and priorities[-1] == 100, "the adverts say 70, then 100 again", str(priorities))

print("reload of the proxy")
client.begin()
time.sleep(0.5)
proxies[0].reload(signal.SIGUSR2)
time.sleep(0.5)
failed, _ = client.tell("haproxy -c -q and USR2 on the master")
check(failed == 0, "a reload costs no request")
print("reload of keepalived")
client.begin()
first.reload(signal.SIGHUP)
time.sleep(1.5)
failed, _ = client.tell("SIGHUP to keepalived on the master")
check(failed == 0 and a.has(VIP), "a reload costs no request")

print("a web server stops")
client.begin()
webs[1].stop()
wait(lambda: b.rows()[("webcluster", "web2")] == "DOWN" and a.rows()[("webcluster", "web2")] == "DOWN", PATIENCE, "both directors see it")
client.tell("a web server stopped")
webs[1].start()
wait(lambda: a.rows()[("webcluster", "web2")] == "UP", PATIENCE, "and it returns")

print("keepalived on the master stops, and starts")
client.begin()
check(first.stop() == 0, "systemctl stop keepalived: code 0", str(first.ended))
is_on(b, [a])
client.tell("keepalived stopped on the master")
client.begin()
first.start()
is_on(a, [b])
client.tell("keepalived started again")

print("the master's cable")
client.begin()
lab.sh(f"ip link set {a.name} down")
wait(lambda: b.has(VIP), PATIENCE, "the other takes the address")
client.tell("the master's cable pulled")
client.begin()
lab.sh(f"ip link set {a.name} up")
is_on(a, [b])
client.tell("and plugged in again")

check(re.search(r"<150>.* webcluster webcluster/web[12] \d+/0/\d+/\d+/\d+ 200 ", read(a.log)), "requests are in the log, in HTTP log format, facility local2", read(a.log)[-1500:])
check(re.search(r"<\d+>\w{3} [ \d]\d [\d:]+ Keepalived_vrrp\[\d+\]: ", read(b.log)) and "<179>" not in read(b.log) and re.search(r"<1(7[6-9]|8[0-3])>", read(b.log)), "-S 6: keepalived logs to local6", read(b.log)[:500])
first.stop()
second.stop()
for proxy in proxies:
    proxy.stop()
for machine in (a, b):
    left = [each.words for each in machine.processes()]
    check(not left and not machine.has(VIP), f"{machine.name}: nothing is left", str(left))
client.stop()
no_report(a, b)
print("\nswitch                                                requests   lost  seconds without an answer")
for what, count, lost, outage in client.switches:
    print(f"{what:52} {count:9} {lost:6}  {outage:.2f}")
