#!/usr/bin/env python3
"""proxyd and Debian's haproxy on the same work, as CPU time of the proxy for each request.

  bench.py [--prog PROXYD] [--reference /usr/sbin/haproxy] [--scenario NAME ...] [--rounds 3] [--seconds 4] [--json FILE]

Each program gets the same file with one thread on one CPU; nginx and wrk share the other. CPU time from /proc holds on a
noisy machine where throughput does not. Rounds alternate between the programs; medians are shown, with the ratio to the
reference and the bound that ARCHITECTURE.md section 9 sets for it. Everything stays on 127.0.0.1. Exits 1 when a bound
is not met and --check was given. `make check` never runs this.
"""
import argparse
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BASE = int(os.environ.get("TRIAD_BENCH_PORT", "21700"))
FRONT, ORIGINS, LOG = BASE, (BASE + 1, BASE + 2), BASE + 3
PROXY_CPU, LOAD_CPU = "1", "0"

NOTES = ("  log 127.0.0.1:{log} local2\n  option httplog\n  option dontlognull\n  option http-server-close\n"
         "  option forwardfor except 127.0.0.0/8\n  option redispatch\n  retries 3\n").format(log=LOG)

# name: path, mode, connections, further defaults, wrk's headers, bound
SCENARIOS = {
    "h1-small": ("/small", "http", 50, "", (), 0.82),
    "h1-16k": ("/16k", "http", 50, "", (), 0.85),
    "h1-1m": ("/1m", "http", 8, "", (), 0.70),
    "h1-close": ("/small", "http", 50, "", ("Connection: close",), 0.90),
    "h1-notes": ("/small", "http", 50, NOTES, (), 0.88),
    "tcp-small": ("/small", "tcp", 50, "", (), 0.97),
    "tcp-1m": ("/1m", "tcp", 8, "", (), 0.90),
}
BOUNDS = {name: row[-1] for name, row in SCENARIOS.items()} | {"idle": 1.0, "config": 0.5}

CONFIG = """global
  nbthread 1
  maxconn 9000
  stats socket {dir}/runtime.sock level admin
defaults
  mode {mode}
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
{more}listen web
  bind 127.0.0.1:{front}
  balance roundrobin
  server w1 127.0.0.1:{a} check inter 2000 rise 2 fall 5
  server w2 127.0.0.1:{b} check inter 2000 rise 2 fall 5
"""

NGINX = """worker_processes 1; daemon off; pid {dir}/nginx.pid; error_log {dir}/nginx.err crit; events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; default_type text/plain;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  server {{ listen 127.0.0.1:{a} backlog=4096; listen 127.0.0.1:{b} backlog=4096; root {dir}/www;
    location = /small {{ return 200 "hello world 0123456789\\n"; }} }} }}
"""


def family(pid):
    """The process and its descendants."""
    out, todo = [], [pid]
    while todo:
        at = todo.pop()
        out.append(at)
        try:
            for thread in os.listdir(f"/proc/{at}/task"):
                with open(f"/proc/{at}/task/{thread}/children", encoding="ascii") as text:
                    todo += [int(child) for child in text.read().split()]
        except OSError:
            pass
    return out


def cpu_us(pid):
    user = system = 0
    for at in family(pid):
        try:
            with open(f"/proc/{at}/stat", encoding="ascii", errors="replace") as text:
                fields = text.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        user, system = user + int(fields[11]), system + int(fields[12])
    tick = 1e6 / os.sysconf("SC_CLK_TCK")
    return user * tick, system * tick


def memory_kib(pid, name):
    total = 0
    for at in family(pid):
        try:
            with open(f"/proc/{at}/status", encoding="ascii", errors="replace") as text:
                found = re.search(name + r":\s+(\d+) kB", text.read())
        except OSError:
            continue
        total += int(found.group(1)) if found else 0
    return total


def wait_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.3)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


class Running:
    """A program on a configuration, for a `with`."""

    def __init__(self, command, directory, mode="http", more=""):
        path = os.path.join(directory, "bench.cfg")
        with open(path, "w", encoding="utf-8") as out:
            out.write(CONFIG.format(dir=directory, mode=mode, more=more, front=FRONT, a=ORIGINS[0], b=ORIGINS[1]))
        self.log = os.path.join(directory, "program.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["taskset", "-c", PROXY_CPU, *command.split(), "-f", path, "-db"], stdout=log, stderr=log)

    def __enter__(self):
        if not wait_port(FRONT):
            with open(self.log, encoding="utf-8", errors="replace") as log:
                said = log.read()[-600:]
            self.__exit__()
            raise RuntimeError(f"does not listen: {said}")
        time.sleep(0.3)
        return self.process.pid

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wrk(path, connections, headers, seconds):
    words = ["taskset", "-c", LOAD_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "10s"]
    for line in headers:
        words += ["-H", line]
    out = subprocess.run(words + [f"http://127.0.0.1:{FRONT}{path}"], capture_output=True, text=True, timeout=seconds + 30).stdout
    count = re.search(r"(\d+) requests in", out)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    return int(count.group(1)) if count else 0, (int(bad.group(1)) if bad else 0) + (sum(map(int, errors.groups())) if errors else 0)


def measure(command, name, directory, seconds):
    path, mode, connections, more, headers, _ = SCENARIOS[name]
    with Running(command, directory, mode, more) as pid:
        wrk(path, connections, headers, 1)
        user, system, began = *cpu_us(pid), time.monotonic()
        count, errors = wrk(path, connections, headers, seconds)
        user_after, system_after = cpu_us(pid)
        if not count:
            raise RuntimeError("no request succeeded")
        user, system = (user_after - user) / count, (system_after - system) / count
        return {"value": user + system, "user": user, "system": system, "rate": count / (time.monotonic() - began),
                "peak": memory_kib(pid, "VmHWM"), "errors": errors}


def measure_idle(command, directory, count=4000):
    """Resident KiB for each idle keep-alive client that has made one request."""
    with Running(command, directory) as pid:
        before, clients = memory_kib(pid, "VmRSS"), []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", FRONT))
            client.sendall(b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n")
            client.recv(4096)
            clients.append(client)
        time.sleep(1)
        grown = (memory_kib(pid, "VmRSS") - before) / count
        for client in clients:
            client.close()
        return {"value": grown}


def measure_config(command, directory, backends=5000):
    """CPU seconds of `-c` on a file with many backends."""
    path = os.path.join(directory, "big.cfg")
    with open(path, "w", encoding="utf-8") as out:
        out.write("defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\nfrontend fe\n"
                  f"  bind 127.0.0.1:{FRONT}\n")
        out.writelines(f"  acl h{i} hdr(host) -i site{i}.example.com\n  use_backend b{i} if h{i}\n" for i in range(backends))
        out.writelines(f"backend b{i}\n  balance roundrobin\n  server s1 127.0.0.1:{10000 + i} check\n  server s2 127.0.0.2:{10000 + i} check\n"
                       for i in range(backends))
    process = subprocess.Popen(["taskset", "-c", PROXY_CPU, *command.split(), "-c", "-q", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"refused the file with {process.returncode}")
    return {"value": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss}


def row(name, role, median, ratio):
    if name == "idle":
        return f"{role:10s} {median['value']:8.2f} KiB a connection          ratio {ratio:.2f}"
    if name == "config":
        return f"{role:10s} {median['value']:8.3f} s, {median['peak'] / 1024:.0f} MiB               ratio {ratio:.2f}"
    return (f"{role:10s} {median['value']:8.2f} us (user {median['user']:6.2f} system {median['system']:6.2f})  ratio {ratio:.2f}"
            f"  {median['rate']:8.0f} requests/s  peak {median['peak']} KiB  errors {median['errors']:.0f}")


def run(args, programs, directory):
    missed, results = [], {}
    for name in args.scenario or [*SCENARIOS, "idle", "config"]:
        taken = {role: [] for role in programs}
        for _ in range(1 if name == "idle" else args.rounds):
            for role, command in programs.items():
                try:
                    if name == "idle":
                        taken[role].append(measure_idle(command, directory))
                    elif name == "config":
                        taken[role].append(measure_config(command, directory))
                    else:
                        taken[role].append(measure(command, name, directory, args.seconds))
                except RuntimeError as why:
                    print(f"{role}: {why}")
        print(f"\n{name}  (bound {BOUNDS[name]:.2f})")
        medians = {role: {key: statistics.median(item[key] for item in items) for key in items[0]} for role, items in taken.items() if items}
        results[name] = medians
        for role, median in medians.items():
            ratio = median["value"] / medians["haproxy"]["value"] if medians.get("haproxy", {}).get("value") else float("nan")
            missed_it = role == "proxyd" and not ratio <= BOUNDS[name]
            print("  " + row(name, role, median, ratio) + ("  above the bound" if missed_it else ""), flush=True)
            missed += [name] if missed_it else []
        missed += [] if "proxyd" in medians else [name]
    return missed, results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    parser.add_argument("--reference", default=os.environ.get("HAPROXY", "/usr/sbin/haproxy"))
    parser.add_argument("--scenario", action="append", choices=[*SCENARIOS, "idle", "config"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--json")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound is not met")
    args = parser.parse_args()
    for tool in (args.prog, args.reference, "nginx", "wrk", "taskset"):
        if not shutil.which(tool.split()[0]):
            sys.exit(f"bench: not installed: {tool}")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", LOG))
        os.chmod(directory, 0o755)
        os.mkdir(os.path.join(directory, "www"))
        for name, size in (("16k", 16 << 10), ("1m", 1 << 20)):
            with open(os.path.join(directory, "www", name), "wb") as out:
                out.write(os.urandom(size))
        config = os.path.join(directory, "nginx.conf")
        with open(config, "w", encoding="utf-8") as out:
            out.write(NGINX.format(dir=directory, a=ORIGINS[0], b=ORIGINS[1]))
        origin = subprocess.Popen(["taskset", "-c", LOAD_CPU, "nginx", "-c", config])
        try:
            if not wait_port(ORIGINS[0]):
                sys.exit("bench: nginx did not start")
            missed, results = run(args, {"haproxy": args.reference, "proxyd": args.prog}, directory)
        finally:
            origin.terminate()
            origin.wait()
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(results, out, indent=1)
    print(f"\n{len(results)} scenarios, {len(set(missed))} above their bound{': ' + ' '.join(sorted(set(missed))) if missed else ''}")
    return 1 if missed and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
