#!/usr/bin/env python3
"""vrrpd and what others do to it: ten thousand false adverts a second, scripts that hang, print a megabyte or cannot be
started, a full disk, a clock that goes back."""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from vrrp_lab import Capture, Director, check, finish, open_lab, wait

CONF = """
global_defs {{
  script_user root
  enable_script_security
}}
{scripts}
vrrp_instance V4 {{
  interface eth0
  version {version}
  virtual_router_id {vrid}
  priority {priority}
  advert_int {interval}
  {more}
  virtual_ipaddress {{
    {vip}
  }}
}}
"""
FLOODED = 51
PASS = b"secret\0\0"


def config(priority, vrid=60, vip="10.77.0.120/24", version=3, interval=0.2, more="", scripts=""):
    return CONF.format(priority=priority, vrid=vrid, vip=vip, version=version, interval=interval, more=more, scripts=scripts)


# ---- false adverts

def summed(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def frame(message, ttl=255, source="10.77.0.99"):
    addresses = socket.inet_aton(source) + socket.inet_aton("224.0.0.18")
    header = lambda check: struct.pack("!BBHHHBBH", 0x45, 0xc0, 20 + len(message), 1, 0, ttl, 112, check) + addresses
    return bytes.fromhex("01005e000012" "020000000099" "0800") + header(summed(header(0))) + message


def advert(priority=255, kind=0x21, vrid=FLOODED, count=1, auth=1, interval=1, secret=PASS, wrong=0, tail=b""):
    body = socket.inet_aton("10.77.0.150") + secret + tail
    message = lambda check: struct.pack("!BBBBBBH", kind, vrid, priority, count, auth, interval, check) + body
    return message((summed(message(0)) + wrong) & 0xffff)


FALSE = {  # the counter that each must reach
    "length_errors": [frame(advert()[:15]), frame(advert()[:7]), frame(advert(tail=b"\0" * 8)), frame(advert(count=200))],
    "ttl_errors": [frame(advert(), ttl=64), frame(advert(priority=0), ttl=254)],
    "version_errors": [frame(b"\x31\x33\xff\x01\0\x64" + struct.pack("!H", 1) + socket.inet_aton("10.77.0.150")), frame(advert(kind=0x71))],
    "type_errors": [frame(advert(kind=0x22))],
    "auth_type_invalid": [frame(advert(auth=9))],
    "auth_mismatch": [frame(advert(auth=0)), frame(advert(auth=2))],
    "auth_failures": [frame(advert(secret=b"guessed\0")), frame(advert(priority=0, secret=bytes(8)))],
    "interval_errors": [frame(advert(interval=7))],
    "checksum_errors": [frame(advert(wrong=1))],
    "": [frame(advert(vrid=99)), frame(os.urandom(1) + b"\x63" + os.urandom(40)), frame(b""), frame(b"\x21")],
}


def counters(director, names):
    found = dict(re.findall(r'^vrrpd_instance_(\w+)_total{[^}]*} (\d+)', director.ask("show metrics"), re.M))
    return {name: int(found[name]) for name in names}


def cpu_seconds(director):
    with open(f"/proc/{director.daemon.pid}/stat", encoding="ascii") as text:
        fields = text.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def dropped_by_kernel(director):
    rows = subprocess.run(["ip", "netns", "exec", director.name, "cat", "/proc/net/raw"], capture_output=True, text=True).stdout.splitlines()[1:]
    return sum(int(row.split()[-1]) for row in rows)


def flooded(a, b):
    more = "authentication {\n    auth_type PASS\n    auth_pass secret\n  }"
    a.start_vrrpd(config(254, FLOODED, "10.77.0.150/24", 2, 1, more))
    b.start_vrrpd(config(100, FLOODED, "10.77.0.150/24", 2, 1, more))
    wait(lambda: a.has("10.77.0.150"), 6, "a is master")
    kinds = [(name, each) for name, frames in FALSE.items() for each in frames]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("lab0", 0))
    logged = {director: len(director.text()) for director in (a, b)}
    spent = {director: cpu_seconds(director) for director in (a, b)}
    sent, began = 0, time.monotonic()
    while time.monotonic() - began < 4:
        for _ in range(100):
            wire.send(kinds[sent % len(kinds)][1])
            sent += 1
        time.sleep(max(0, began + sent / 10000 - time.monotonic()))
    took = time.monotonic() - began
    check(sent / took > 5000, f"{sent} false adverts in {took:.1f} s were sent", "the machine is too slow for this test")
    time.sleep(0.3)
    wanted = {name: sum((sent - i + len(kinds) - 1) // len(kinds) for i, kind in enumerate(kinds) if kind[0] == name) for name in FALSE if name}
    for director in (a, b):
        told = director.text()[logged[director]:]
        check("STATE" not in told, f"{director.name}: no change of state", told[-2000:])
        check(told.count("\n") < 40, f"{director.name}: {told.count(chr(10))} lines of log", told[:3000])
        used = (cpu_seconds(director) - spent[director]) / took
        check(used < 0.35, f"{director.name}: {used * 100:.0f} % of a processor")
        lost = dropped_by_kernel(director)
        seen = counters(director, wanted)
        short = sum(wanted.values()) - sum(seen.values())
        right = all(seen[name] <= wanted[name] for name in wanted) and 0 <= short <= lost
        check(right, f"{director.name}: every one is counted by its fault ({lost} did not reach it)", f"{seen}\nsent {wanted}")
    check(a.has("10.77.0.150") and not b.has("10.77.0.150"), "the address stays where it was")
    a.stop_vrrpd()
    wait(lambda: b.has("10.77.0.150"), 3, "a true resignation is heard")
    b.stop_vrrpd()


# ---- scripts

SCRIPT = """vrrp_script {name} {{
  script "/etc/keepalived/{name}.sh"
  interval 1
  timeout 1
  fall 1
  rise 1
  weight -{weight}
}}
"""


def processes():
    """What runs; ended ones wait for somebody to collect them, which nobody does in a lab."""
    return re.sub(r"^Z.*\n", "", subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True).stdout, flags=re.M)


def hanging_and_noisy(c):
    c.put_script("hangs.sh", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.5; done\n")
    c.put_script("prints.sh", "#!/bin/sh\nhead -c 1000000 /dev/zero\nhead -c 1000000 /dev/zero >&2\n")
    c.put_script("closes.sh", "#!/bin/sh\nexec <&- >&- 2>&-\nkill -SEGV $$\n")
    names = {"hangs": 10, "prints": 20, "closes": 40}
    more = "track_script {\n" + "".join(f"    {name}\n" for name in names) + "  }"
    capture = Capture()
    c.start_vrrpd(config(200, interval=0.1, more=more, scripts="".join(SCRIPT.format(name=name, weight=weight) for name, weight in names.items())))
    wait(lambda: c.has("10.77.0.120"), 6, "c is master")
    wait(lambda: "VRRP_Script(hangs) timed_out" in c.text(), 8, "a script that hangs and ignores SIGTERM has timed out")
    wait(lambda: "VRRP_Script(prints) succeeded" in c.text(), 3, "one that prints two megabytes succeeds")
    wait(lambda: "VRRP_Script(closes) failed (due to signal 11)" in c.text(), 3, "one that crashes failed by its signal")
    time.sleep(2)
    packets = [packet for packet in capture.stop() if packet[1] == c.address]
    check(packets[-1][3] == 150, "the priority is what is left of 200 without 10 and 40", str(packets[-1]))
    gaps = [later[0] - earlier[0] for earlier, later in zip(packets, packets[1:])]
    check(max(gaps) < 0.3, f"adverts came every 0.1 s all the time (the longest pause was {max(gaps) * 1000:.0f} ms)", str(gaps))
    check(processes().count("hangs.sh") <= 2, "no more than one of the hanging is there", processes())
    c.stop_vrrpd()
    wait(lambda: not re.search("(hangs|prints|closes).sh", processes()), 4, "the stop leaves no script behind")


def pids_group():
    """A control group of our own that limits processes, or nothing."""
    for base in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup"):
        path = f"{base}/triad-lab-{os.getpid()}-{time.monotonic_ns()}"
        try:
            os.mkdir(path)
        except OSError:
            continue
        if os.path.exists(path + "/pids.max"):
            return path
        os.rmdir(path)
    return None


def put(path, text):
    with open(path, "w", encoding="ascii") as out:
        out.write(text)


def no_fork(c):
    group = pids_group()
    if not group:
        print("  skip  scripts that cannot be started: no control group for processes here", flush=True)
        return
    try:
        c.put_script("works.sh", "#!/bin/sh\nexit 0\n")
        c.start_vrrpd(config(200, interval=0.1, more="track_script {\n    works\n  }\n  notify /etc/keepalived/works.sh", scripts=SCRIPT.format(name="works", weight=30)))
        wait(lambda: c.has("10.77.0.120") and "VRRP_Script(works) succeeded" in c.text(), 6, "c is master, its script works")
        before = len(c.text())
        put(group + "/pids.max", "1")
        with open(group + "/cgroup.procs", "w", encoding="ascii") as out:
            out.write("%d" % c.daemon.pid)
        wait(lambda: "Changing effective priority from 200 to 170" in c.text()[before:], 4, "no process can be started: the script counts as failed")
        check("Resource temporarily unavailable" in c.text()[before:], "the log says why", c.text()[before:])
        put(group + "/pids.max", "max")
        wait(lambda: "Changing effective priority from 170 to 200" in c.text()[before:], 4, "processes can be started again: so does the script")
        check(c.has("10.77.0.120") and "STATE" not in c.text()[before:], "the master was master all the time", c.text()[before:])
        c.stop_vrrpd()
    finally:
        if c.daemon:
            c.stop_vrrpd(signal.SIGKILL)
        time.sleep(0.1)
        os.rmdir(group)


# ---- disk and clock

def full_disk(c):
    full = os.path.join(c.home, "full")
    os.mkdir(full)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=20", "tiny", full], check=True)
    put(full + "/filler", "x" * 4096)
    c.start_vrrpd(config(200), TMPDIR=full)
    wait(lambda: c.has("10.77.0.120"), 6, "c is master")
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMIN + 2):
        before = len(c.text())
        c.daemon.send_signal(number)
        wait(lambda: re.search("Can't (open|write) .*keepalived.*No space left on device", c.text()[before:]), 3, f"signal {int(number)}: the log says that the disk is full")
    check(os.listdir(full) == ["filler"], "no half of a file is left", str(os.listdir(full)))
    subprocess.run(["mount", "-o", "remount,size=1m", full], check=True)
    c.daemon.send_signal(signal.SIGUSR2)
    wait(lambda: os.path.exists(full + "/keepalived.stats"), 3, "with room again the dump is written")
    check(c.has("10.77.0.120") and "BACKUP STATE" not in c.text().rsplit("Entering MASTER", 1)[1], "the master was master all the time")
    c.stop_vrrpd()
    subprocess.run(["umount", full], check=True)


CLOCK = """
#define _GNU_SOURCE
#include <sys/time.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
/* The wall clock, an hour back while a file is there. */
static long shift(void) { return syscall(SYS_access, getenv_file, 0) == 0 ? 3600 : 0; }
int clock_gettime(clockid_t which, struct timespec* out) {
  int done = (int)syscall(SYS_clock_gettime, which, out);
  if (done == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) out->tv_sec -= shift();
  return done;
}
int gettimeofday(struct timeval* out, void* zone) {
  struct timespec now; (void)zone; clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec; out->tv_usec = now.tv_nsec / 1000; return 0;
}
time_t time(time_t* out) { struct timespec now; clock_gettime(CLOCK_REALTIME, &now); if (out) *out = now.tv_sec; return now.tv_sec; }
"""


def clock_goes_back(c, d):
    """A time namespace moves no wall clock, and the machine's own is not ours: a library in front of libc tells another time."""
    flag, library = os.path.join(c.home, "hour-back"), os.path.join(c.home, "clock.so")
    done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", library], input=CLOCK.replace("getenv_file", f'"{flag}"'), text=True, capture_output=True)
    if done.returncode or "asan" in subprocess.run(["ldd", os.environ["VRRPD"]], capture_output=True, text=True).stdout:
        print(f"  skip  a clock that goes back: {done.stderr.strip()[:200] or 'the sanitizers do not like libraries before them'}", flush=True)
        return
    capture = Capture()
    c.start_vrrpd(config(200), LD_PRELOAD=library)
    d.start_vrrpd(config(100), LD_PRELOAD=library)
    wait(lambda: c.has("10.77.0.120"), 6, "c is master")
    before = {director: len(director.text()) for director in (c, d)}
    hour = time.strftime("%H:", time.localtime(time.time() - 3600))
    open(flag, "w", encoding="ascii").close()
    for _ in range(3):
        time.sleep(0.7)
        c.daemon.send_signal(signal.SIGUSR2)  # something to log
    check(re.search(rf" {hour}\d\d:\d\d ", c.text()[before[c]:]), "the log is an hour back", c.text()[before[c]:])
    os.remove(flag)
    time.sleep(1)
    packets = [packet for packet in capture.stop() if packet[1] == c.address]
    gaps = [later[0] - earlier[0] for earlier, later in zip(packets, packets[1:])]
    check(max(gaps) < 0.5, f"the clock went an hour back and forth: adverts came all the time (longest pause {max(gaps) * 1000:.0f} ms)", str(gaps))
    check(not any("STATE" in director.text()[before[director]:] for director in (c, d)), "and nobody changed its state")
    for director in (c, d):
        director.stop_vrrpd()


def main():
    opened = open_lab("socat", "ps")
    nodes = [Director(opened, name, f"10.77.0.{i + 1}") for i, name in enumerate(("ka", "kb", "kc", "kd"))]
    a, b, c, d = nodes
    flooded(a, b)
    hanging_and_noisy(c)
    no_fork(c)
    full_disk(c)
    clock_goes_back(c, d)
    finish(*nodes)


if __name__ == "__main__":
    sys.exit(main())
