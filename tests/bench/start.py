#!/usr/bin/env python3
"""From the start of the notes' files to their first answer, ours beside the originals: the first page through the proxy, the first advert of the router,
the first question of the checker for the kernel's IPVS (which need not be there).

Prints milliseconds, the median of BENCH_RUNS alternating runs each (9), and ours/original. In network namespaces, so root alone; never part of make check.
Debian's OpenSSL has no `PROFILE=SYSTEM`, so that Debian's haproxy refuses the notes' files: it gets them without these two lines.
"""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "labs"))

RUNS = int(os.environ.get("BENCH_RUNS", "9"))
PROXY = ["/usr/sbin/haproxy", "-Ws", "-f", "/etc/haproxy/haproxy.cfg", "-p", "/run/haproxy.pid", "-S", "/run/haproxy-master.sock"]
ROUTER = ["/usr/sbin/keepalived", "--dont-fork"]
MASTER_DOWN = (3 + (256 - 100) / 256) * 1000  # what every router of priority 100 waits for another to be heard


def page():
    """Asks until there is a page."""
    import socket
    while True:
        try:
            with socket.create_connection(("127.0.0.1", 80), 1) as wire:
                wire.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if wire.recv(65536).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            time.sleep(0.0002)


def advert(wire):
    """Listens until this node sends one."""
    while True:
        frame = wire.recv(2048)
        if frame[12:14] == b"\x08\x00" and frame[23] == 112:
            return


def question():
    """One start: the seconds from its exec to the first socket for generic netlink, as first_question.c has seen it."""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        shim, seen = os.path.join(folder, "shim.so"), os.path.join(folder, "seen")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, os.path.join(os.path.dirname(os.path.abspath(__file__)), "first_question.c")], check=True)
        env = {"PATH": "/usr/sbin:/usr/bin", "LANG": "C.UTF-8", "LD_PRELOAD": shim, "FIRST_QUESTION": seen}
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        with subprocess.Popen(ROUTER, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
            while not os.path.exists(seen) or not os.path.getsize(seen):
                time.sleep(0.002)
            daemon.terminate()
        with open(seen, encoding="ascii") as text:
            return float(text.read()) - begin


def inside(what):
    """One start on this machine: its milliseconds."""
    import socket
    if what == "question":
        print(f"{question() * 1000:.3f}")
        return
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    env = {"PATH": "/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}
    begin = time.perf_counter()
    with subprocess.Popen(PROXY if what == "page" else ROUTER, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        page() if what == "page" else advert(wire)
        took = time.perf_counter() - begin
        daemon.terminate()
    print(f"{took * 1000:.3f}")


def median(values):
    return sorted(values)[len(values) // 2]


def main():
    import lab
    from pair_lab import NOTES, PATIENCE, Machine, open_lab, original_is_installed, read, wait
    opened = open_lab()
    if not original_is_installed():
        sys.exit("keepalived and haproxy are not installed: nothing to compare with")
    rows = []
    for network, files in ((67, ["webcluster.cfg", "single-master.conf", "nopreempt-master.conf", "dual-master-master.conf", "lvs-dr-single-master.conf", "lvs-dr-dual-master.conf"]), (88, ["webservers-status.cfg", "myweb-stats.cfg", "lvs-wrr-lvs1.conf", "lvs-wrr-strict-lvs1.conf"])):
        # Web servers wherever one of the files looks for one.
        for last in {67: (10, 20), 88: (78, 79, 100, 200)}[network]:
            lab.WebServer(opened.node(f"web{network}-{last}", f"192.168.{network}.{last}"), "Web")
        machines = [Machine(opened, f"{name}{network}", f"192.168.{network}.{last}", name == "theirs") for name, last in (("ours", 101), ("theirs", 102))]
        for file in files:
            for machine in machines:
                machine.put_note(file)
                machine.put_scripts()
                if file.endswith(".cfg") and machine.is_original:
                    text = read(f"{NOTES}/{file}")
                    with open(machine.home + "/haproxy/haproxy.cfg", "w", encoding="utf-8") as out:
                        out.write(re.sub(r".*PROFILE=SYSTEM\n", "", text))
            what, times = "page" if file.endswith(".cfg") else "question" if file.startswith("lvs-") else "advert", ([], [])
            for _ in range(max(3, RUNS // 3) if what == "advert" else RUNS):
                for machine, mine in zip(machines, times):
                    done = machine.run(sys.executable, os.path.abspath(__file__), what, timeout=PATIENCE)
                    mine.append(float(done.stdout or sys.exit(done.stderr)))
                    wait(lambda: not machine.processes(), PATIENCE, "it has ended")
            rows.append((file, what, median(times[0]), median(times[1])))
    print(f"\n{'file':30} {'first':8} {'ours ms':>9} {'original ms':>12} {'ratio':>7}")
    for file, what, ours, theirs in rows:
        print(f"{file:30} {what:8} {ours:9.1f} {theirs:12.1f} {ours / theirs:7.2f}" + (f"   beyond VRRP's own wait: {ours - MASTER_DOWN:.1f} and {theirs - MASTER_DOWN:.1f}" if what == "advert" else ""))


if __name__ == "__main__":
    inside(sys.argv[1]) if len(sys.argv) == 2 else main()
