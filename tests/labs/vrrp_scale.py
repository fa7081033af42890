#!/usr/bin/env python3
"""A hundred instances with four addresses each on two nodes: start, a steady state, kill -9, stop. The bounds are loose, so
that a busy machine passes; ../shared's scale-lab measures vrrpd beside keepalived."""
import os
import re
import signal
import subprocess
import time

from vrrp_lab import Director, check, finish, open_lab, wait

INSTANCES, ADDRESSES, INTERVAL, WINDOW = 100, 4, 0.2, 4


def vip(i, k):
    return f"10.78.{i}.{k + 1}"


def config(priority):
    return "".join(f"vrrp_instance VI_{i} {{\n interface eth0\n version 3\n virtual_router_id {i + 1}\n priority {priority}\n advert_int {INTERVAL}\n garp_master_delay 1\n"
                   " virtual_ipaddress {\n" + "".join(f"  {vip(i, k)}/32\n" for k in range(ADDRESSES)) + " }\n}\n" for i in range(INSTANCES))


ALL = {vip(i, k) for i in range(INSTANCES) for k in range(ADDRESSES)}


def held(director):
    return ALL & set(re.findall(r"inet (10\.78\.\d+\.\d+)/32", director.ip("-o", "-4", "addr")))


def usage(director):
    """(seconds of processor, KiB of memory)."""
    with open(f"/proc/{director.daemon.pid}/stat", encoding="ascii") as text:
        fields = text.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{director.daemon.pid}/status", encoding="ascii") as text:
        memory = int(re.search(r"VmRSS:\s+(\d+)", text.read()).group(1))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), memory


class Arrivals:
    """When each address comes to a node, by the kernel's own notices."""

    def __init__(self, director):
        self.process = subprocess.Popen(["ip", "netns", "exec", director.name, "ip", "-ts", "-o", "-4", "monitor", "address"], stdout=subprocess.PIPE, text=True)
        time.sleep(0.2)

    def times(self):
        self.process.terminate()
        text = self.process.communicate(timeout=10)[0]
        stamp = lambda words: time.mktime(time.strptime(words[:19], "%Y-%m-%dT%H:%M:%S")) + float("0" + words[19:])
        return sorted(stamp(at) for at, address in re.findall(r"^\[(\S+)\] (?!Deleted).* inet (\S+)/32", text, re.M) if address in ALL)


opened = open_lab()
a, b = Director(opened, "ka", "10.77.0.1"), Director(opened, "kb", "10.77.0.2")
skew = {priority: (256 - priority) / 256 * INTERVAL for priority in (150, 100)}

arrivals, began = Arrivals(a), time.time()
a.start_vrrpd(config(150))
wait(lambda: held(a) == ALL, 15, f"{len(ALL)} addresses come up")
times = arrivals.times()
check(times[-1] - times[0] < 0.5, f"the first address came {times[0] - began:.3f} s after the start, the last {(times[-1] - times[0]) * 1000:.0f} ms later")
b.start_vrrpd(config(100))
time.sleep(2)
before = [usage(director)[0] for director in (a, b)]
time.sleep(WINDOW)
for director, spent, role in zip((a, b), before, ("master", "backup")):
    now, memory = usage(director)
    check((now - spent) / WINDOW < 0.1, f"{role}: {INSTANCES / INTERVAL:.0f} adverts a second cost {(now - spent) / WINDOW * 100:.1f} % of a processor")
    sanitized = "asan" in subprocess.run(["ldd", os.environ["VRRPD"]], capture_output=True, text=True).stdout
    check(memory < 24 * 1024 or sanitized, f"{role}: {memory / 1024:.1f} MiB of memory")
check(not held(b) and held(a) == ALL, "all stay where they are")

arrivals, killed = Arrivals(b), time.time()
a.stop_vrrpd(signal.SIGKILL)
wait(lambda: held(b) == ALL, 10, "a is killed: b takes all")
times = [at - killed for at in arrivals.times()]
longest = 3 * INTERVAL + skew[100]
check(times[0] > longest - INTERVAL - 0.1 and times[-1] < longest + 0.4, f"from {times[0]:.3f} to {times[-1]:.3f} s after the kill, {longest:.3f} s is the protocol's own time")
a.start_vrrpd(config(50))
check(not held(a), "what the killed one left is gone")

arrivals, stopped = Arrivals(a), time.time()
b.stop_vrrpd()
wait(lambda: held(a) == ALL and not held(b), 10, "b stops: a takes all")
times = [at - stopped for at in arrivals.times()]
check(times[-1] < (256 - 50) / 256 * INTERVAL + 0.4, f"within {times[-1]:.3f} s")
a.stop_vrrpd()
check(not held(a), "and gives all of them up")
for director in (a, b):
    check("overrun" not in director.text() and "rror" not in director.text(), f"{director.name}: nothing was lost on the way to the kernel and back", director.text()[-3000:])
finish(a, b)
