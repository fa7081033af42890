#!/usr/bin/env python3
"""vrrpd -t beside keepalived -t: an empty file, 255 instances with 1,000 addresses, 10,000 lines in general.

Prints milliseconds of processor time and of the clock, the median of RUNS alternating runs each. Never part of make check.
"""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

VRRPD = os.path.abspath(os.environ.get("VRRPD", "vrrpd/vrrpd"))
RUNS = int(os.environ.get("BENCH_RUNS", "41"))
GLOBAL = ["global_defs {", "  router_id lb1", "  enable_script_security", "  script_user root", "}"]


def instances():
    """255 virtual routers with 1,000 addresses among them."""
    lines, address = list(GLOBAL), 0
    for number in range(255):
        lines += [f"vrrp_instance VI_{number} {{", "  state BACKUP", "  interface eth0", f"  virtual_router_id {number + 1}",
                  "  priority 100", "  advert_int 1", "  virtual_ipaddress {"]
        for _ in range(4 if number < 235 else 3):
            lines.append(f"    10.{address // 250}.{address % 250}.1/32 dev eth0")
            address += 1
        lines += ["  }", "}"]
    return lines


def general():
    """10,000 lines of what files have: comments, scripts, groups, authentication, tracking, labels, routes, notify."""
    lines = list(GLOBAL)
    for number in range(20):
        lines += ["# is the service there?", f"vrrp_script chk_{number} {{", '  script "/bin/true -x 1"', "  interval 2", "  weight -20",
                  "  fall 3", "  rise 2", "}", ""]
    for number in range(230):
        lines += [f"# ---- service {number}", f"vrrp_instance VI_{number} {{", f"  state {'MASTER' if number % 2 else 'BACKUP'}",
                  "  interface eth0   # towards the clients", f"  virtual_router_id {number + 1}", f"  priority {100 + number % 50}",
                  "  advert_int 1", "  authentication {", "    auth_type PASS", f"    auth_pass s{number}", "  }", "  virtual_ipaddress {"]
        lines += [f"    10.{number}.{host}.1/24 dev eth0 label eth0:{number}" for host in range(16)]
        lines += ["  }", "  virtual_routes {", f"    10.{number}.200.0/24 via 10.{number}.0.9 dev eth0", "  }", "  track_script {",
                  f"    chk_{number % 20}", "  }", "  track_interface {", "    eth1 weight 5", "  }", '  notify "/bin/true vrrp"', "}", ""]
    return lines + ["# the end"] * (10_000 - len(lines))


def median(values):
    return sorted(values)[len(values) // 2] * 1000


def measure(program, file):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run([program, "-t", "-f", file], stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, run.returncode


def main():
    if os.environ.get("BENCH_INSIDE") != "1":
        return subprocess.run(["unshare", "-n", sys.executable, *sys.argv], env={**os.environ, "BENCH_INSIDE": "1"}).returncode
    for command in ("link set lo up", "link add eth0 type bridge", "link add eth1 type bridge"):
        subprocess.run(["ip", *command.split()], check=True)
    programs = {"vrrpd": VRRPD, "keepalived": shutil.which("keepalived", path="/usr/sbin:/usr/bin")}
    files = {"empty": [], "255 instances, 1,000 addresses": instances(), "10,000 lines": general()}
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in files.items():
            path = os.path.join(folder, "keepalived.conf")
            with open(path, "w", encoding="ascii") as out:
                out.write("".join(line + "\n" for line in lines))
            results = {program: [] for program, where in programs.items() if where}
            for _ in range(RUNS):  # in turns, so that a slow moment meets both
                for program in results:
                    results[program].append(measure(programs[program], path))
            for program, runs in results.items():
                print(f"{program + ' -t':14} {name:32} {median([run[0] for run in runs]):7.2f} ms of CPU {median([run[1] for run in runs]):7.2f} ms"
                      f"  (exit {runs[0][2]})")
    return 0


sys.exit(main())
