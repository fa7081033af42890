#!/usr/bin/env python3
"""200 virtual servers with 25 real servers each, a check of each every 6 s against local listeners, on nftables.

No check begins more than 100 ms late; the table is complete within 3 s of the start; a real server takes at most 4 KiB. While
all servers fail and return within one round, none is 3 s late: a transaction of nftables is waited for, and on a busy machine
one takes up to a quarter of a second (5.6 s, before one transaction served many verdicts).

CHECKERD_SCALE=long (`make bench-checkerd-scale`) holds it to these times, with ten times as many rounds, on a machine that does nothing
else. Without it, among other tests, the times are said, and a check may be late by a round at most.
"""
import os
import subprocess
import sys
import time

from checkerd_lab import GLOBALS, Checkerd, check, nft_rules, open_lab, wait

SERVICES, SERVERS, ROUND = 200, 25, 6
QUIET = os.environ.get("CHECKERD_SCALE") == "long"
ROUNDS = 10 if QUIET else 1
# A program of its own: the test's own work would disturb it.
LISTEN = """import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", 80)); s.listen(4096)
print("ready", flush=True)
while True: s.accept()[0].close()
"""


def listener():
    out = subprocess.Popen([sys.executable, "-c", LISTEN], stdout=subprocess.PIPE, text=True)
    check(out.stdout.readline() == "ready\n", "the real servers listen")
    return out


def config(services, servers):
    out = [GLOBALS.format(more="")]
    for v in range(services):
        out.append(f"virtual_server 10.9.{v // 250}.{v % 250 + 1} 80 {{\n delay_loop {ROUND}\n retry 0\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n")
        out += [f" real_server 127.{1 + v // 250}.{v % 250}.{r + 1} 80 {{\n  TCP_CHECK {{\n   connect_timeout 2\n   retry 0\n  }}\n }}\n" for r in range(servers)]
        out.append("}\n")
    return "".join(out)


def resident_kib(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return int(next(line.split()[1] for line in status if line.startswith("VmRSS")))


def processor_s(daemon):
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def info(daemon):
    return dict(line.split(": ", 1) for line in daemon.ask("show info").strip().splitlines())


def up(daemon):
    return int(info(daemon)["Real_servers_up"])


def bound(value, quiet, busy, unit, what):
    """Every machine has its pace: the bound of a quiet one counts on a quiet one only."""
    most = quiet if QUIET else busy
    check(value <= most, f"{value:.2f} {unit} of at most {most} (on a quiet machine {quiet}): {what}")


def main():
    open_lab()
    empty = Checkerd(config(0, 0), name="empty")
    base = resident_kib(empty)
    empty.stop()
    servers = listener()
    began = time.monotonic()
    daemon = Checkerd(config(SERVICES, SERVERS), name="full")
    table = nft_rules()
    seconds = time.monotonic() - began
    check(table.count("10.9.0.") >= SERVICES and "127.1.199.25" in table, "the table is complete")
    bound(seconds, 3, 30, "s", "from the start to the complete table")
    wait(lambda: int(info(daemon)["Check_runs"]) >= SERVICES * SERVERS, ROUND + 20, "every check has run")
    used, began = processor_s(daemon), time.monotonic()
    time.sleep(ROUND * ROUNDS)
    used, seconds = processor_s(daemon) - used, time.monotonic() - began
    now = info(daemon)
    print(f"        {int(now['Check_runs'])} runs, worst delay {now['Check_worst_delay_ms']} ms, {100 * used / seconds:.1f} % of a processor")
    check(int(now["Real_servers_up"]) == SERVICES * SERVERS, "all are up")
    bound(float(now["Check_worst_delay_ms"]), 100, 1000 * ROUND, "ms", "the check that began latest")
    each = (resident_kib(daemon) - base) / (SERVICES * SERVERS)
    check(each <= 4, f"a real server takes {each:.2f} KiB", f"{resident_kib(daemon)} KiB, without any {base}")
    servers.kill()
    servers.wait()
    wait(lambda: up(daemon) == 0, 5 * ROUND, "all fail")
    check("127.1.199.25 . 80" not in daemon.ask("show ipvs") and "->" not in daemon.ask("show ipvs").split("InActConn\n")[1], "the table has none of them")
    servers = listener()
    wait(lambda: up(daemon) == SERVICES * SERVERS, 5 * ROUND, "all return")
    now = info(daemon)
    bound(float(now["Check_worst_delay_ms"]), 3000, 5000 * ROUND, "ms", "the check that began latest while all failed and returned")
    daemon.stop()
    servers.kill()
    servers.wait()


if __name__ == "__main__":
    main()
