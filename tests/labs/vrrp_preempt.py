#!/usr/bin/env python3
"""The notes' nopreempt-*.conf, preempt-delay-*.conf and unicast-*.conf, unchanged."""
import time

from vrrp_lab import VIP, Capture, Director, check, finish, moved_to, open_lab, wait

opened = open_lab()
a, b = Director(opened, "ka-master", "192.168.67.100"), Director(opened, "ka-slave", "192.168.67.200")
a.start_vrrpd("nopreempt-master.conf")
moved_to(a, [b])
b.start_vrrpd("nopreempt-slave.conf")
a.stop_vrrpd()
moved_to(b, [a])
a.start_vrrpd("nopreempt-master.conf")
end = time.monotonic() + 6
while time.monotonic() < end:
    check_now = not a.has(VIP)
    if not check_now:
        break
    time.sleep(0.1)
check(check_now and b.has(VIP), "nopreempt: the address stays when the higher priority comes back")
a.stop_vrrpd()
b.stop_vrrpd()

b.start_vrrpd("preempt-delay-slave.conf")
moved_to(b, [a])
a.start_vrrpd("preempt-delay-master.conf")
began = time.monotonic()
wait(lambda: a.has(VIP), 20, "preempt_delay 10: the address comes back")
took = time.monotonic() - began
check(10 <= took <= 15, "not before 10 s, and within an interval and the master-down time behind them", f"{took:.2f} s")
a.stop_vrrpd()
b.stop_vrrpd()

capture = Capture()
a.start_vrrpd("unicast-master.conf")
b.start_vrrpd("unicast-slave.conf")
moved_to(a, [b])
time.sleep(1.5)
packets = capture.stop()
check(packets and {(source, to) for _, source, to, _ in packets} == {("192.168.67.100", "192.168.67.200")}, "adverts go from .100 to .200 by unicast only",
      str(packets[:4]))
finish(a, b)
