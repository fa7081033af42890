#!/usr/bin/env python3
"""What a proxy must survive: dropped connections, broken bytes, dying servers.

  abuse.py [--prog PROXYD] [--only drop|mutate|servers] [--count N] [--seed S]

drop:    10,000 connections are opened and dropped at every stage of a request. Then the proxy still serves, holds no
         more descriptors than before, and a second half of them did not make it grow.
mutate:  1,000 random mutations of requests (the seed is printed): each is answered or closed, and the proxy lives on.
servers: servers are killed and started under wrk load; the proxy gives no more errors than Debian's haproxy there.
"""
import asyncio
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import seeded
from case import get, head, post, post_chunked, reply
from stage import (AGAIN, BODY, CLOSE, EAT, FRONT_PORT, HEAD, ORIGIN_PORT, RESET, Origin, Program, pause, play_client, read, until)

NET = f"127.{20 + 2 * (os.getpid() % 100)}.251"
FRONTS = {name: (f"{NET}.{at}", FRONT_PORT) for at, name in enumerate(("ok", "stall", "half", "tcp"), 1)}

CONFIG = """global
  maxconn 4000
  nbthread {threads}
  stats socket {dir}/runtime.sock level admin
defaults
  mode http
  timeout connect 2s
  timeout client 300ms
  timeout server 300ms
  option http-server-close
  retries 0
""" + "".join(f"listen {name}\n  bind {address}:{port}\n  server s {NET}.1{address[-1]}:{ORIGIN_PORT}\n" +
              ("  mode tcp\n" if name == "tcp" else "") for name, (address, port) in FRONTS.items())

HALF = reply(b"x" * 4000)[:2000]
SCRIPTS = {"ok": [HEAD, BODY, reply(), AGAIN], "stall": [HEAD, EAT], "half": [HEAD, HALF, EAT], "tcp": [b"hello", EAT]}

# How far each dropped connection comes, and where it goes.
STAGES = [
    ("accepted", "ok", []),
    ("within the request line", "ok", [get()[:7]]),
    ("within the fields", "ok", [get("/", "X-Long: " + "a" * 200)[:80]]),
    ("within a body", "ok", [post(b"a" * 100)[:-50], pause(0.005)]),
    ("within a chunked body", "ok", [post_chunked(b"a" * 100)[:-30], pause(0.005)]),
    ("waiting for the answer", "stall", [get(), pause(0.02)]),
    ("within the answer", "half", [get(), until(b"xxxx")]),
    ("after the answer", "ok", [get(), read()]),
    ("within a pipeline", "ok", [get("/1") + get("/2") + get("/3")[:9], read(1)]),
    ("within a TCP relay", "tcp", [until(b"hello"), b"abc"]),
]


class Daemon:
    def __init__(self, command, config, directory):
        self.program = Program(command, config, directory, FRONTS["ok"])
        self.directory = directory

    def pid(self):
        return self.program.process.pid

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def resident_kib(self):
        with open(f"/proc/{self.pid()}/status", encoding="ascii") as text:
            return int(re.search(r"VmRSS:\s+(\d+)", text.read()).group(1))

    def sanitized(self):
        with open(f"/proc/{self.pid()}/maps", encoding="utf-8") as text:
            return re.search("lib[at]san", text.read()) is not None

    def alive(self):
        return self.program.process.poll() is None


async def serves(loop):
    wire = await play_client(loop, FRONTS["ok"], [get("/alive", "Connection: close"), read()], [b"GET"], 0)
    if not wire.ended_here:
        wire.sock.close()
    return wire.received.startswith(b"HTTP/1.1 200")


async def drop_some(loop, count):
    gate = asyncio.Semaphore(200)

    async def one(number):
        _, front, script = STAGES[number % len(STAGES)]
        end = (CLOSE, RESET)[number // len(STAGES) % 2]
        async with gate:
            wire = await play_client(loop, FRONTS[front], script + [end], [b"GET"], 0)
            return wire.fate.startswith("no connection")

    return sum(await asyncio.gather(*(one(number) for number in range(count))))


async def settle(daemon, baseline):
    """Waits until the descriptors are back at the baseline."""
    for _ in range(100):
        if daemon.descriptors() <= baseline:
            return True
        await asyncio.sleep(0.1)
    return False


async def idle_kib(daemon):
    """What the program holds when nobody asks for anything: it gives back in steps, once a second, what it kept for reuse."""
    least = daemon.resident_kib()
    for _ in range(10):
        await asyncio.sleep(2.5)
        held = daemon.resident_kib()
        if held > least - 64:
            return held
        least = held
    return least


async def drop(daemon, count):
    loop = asyncio.get_running_loop()
    wrong = []
    for _ in range(20):  # what threads open on first use
        await serves(loop)
    await asyncio.sleep(0.2)
    baseline = daemon.descriptors()
    refused, sizes, done = 0, [], 0
    for half in (count // 2, count):  # the first half brings what is allocated on first use, and once
        while done < half and not wrong:
            refused += await drop_some(loop, 500)
            done += 500
            if not await settle(daemon, baseline):
                wrong.append(f"{daemon.descriptors()} descriptors after {done}, {baseline} before")
        sizes.append(await idle_kib(daemon))
    growth = sizes[1] - sizes[0]
    # A leak of 1 KiB a connection would be 5 MiB here.
    if growth > 1024 and not daemon.sanitized():
        wrong.append(f"grew by {growth} KiB over the second half")
    if refused:
        wrong.append(f"{refused} connections were not accepted")
    if not await serves(loop):
        wrong.append("no longer serves")
    print(f"  drop: {count} connections at {len(STAGES)} stages, {baseline} descriptors, growth {growth} KiB from {sizes[0]}")
    return wrong


SEEDS = [get("/a?b=c", "User-Agent: x", "Accept: */*", "Cookie: a=b"), post(b"field=value&other=1"), post_chunked(b"abc", b"defghij", trailers=["X-T: 1"]),
         head("HEAD / HTTP/1.0", "Connection: keep-alive"), get("/1") + get("/2", "Connection: close"),
         head("GET http://site.example/ HTTP/1.1", "Host: site.example", "Transfer-Encoding: identity", "Content-Length: 0"),
         head("OPTIONS * HTTP/1.1", "Host: a", "Expect: 100-continue", "Content-Length: 3") + b"abc",
         head("GET / HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
SPICE = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b":", b",", b";", b"\xff", b"chunked", b"Content-Length: 1\r\n", b"HTTP/1.1", b"-", b"9" * 30, b"%00",
         b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"a" * 5000]


def mutate(dice):
    data = bytearray(dice.choice(SEEDS))
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] = dice.randrange(256)
        elif kind == 1 and data:
            data[at % len(data)] ^= 1 << dice.randrange(8)
        elif kind == 2:
            data[at:at] = dice.choice(SPICE)
        elif kind == 3:
            del data[at:at + dice.randint(1, 8)]
        elif kind == 4:
            other = dice.choice(SEEDS)
            data[at:] = other[dice.randrange(len(other)):]
        else:
            data[at:at] = data[max(0, at - dice.randint(1, 30)):at]
    return bytes(data)


async def mutations(daemon, count, seed):
    loop = asyncio.get_running_loop()
    dice = random.Random(seed)
    gate = asyncio.Semaphore(50)
    silent = []

    async def one(data):
        async with gate:
            # The half-close ends what is incomplete: then an answer or an end must come.
            wire = await play_client(loop, FRONTS["ok"], [data, pause(0.02), ("fin",), EAT], [b"GET"], 0)
            if not wire.ended_here:
                wire.sock.close()
            if wire.fate == "kept" and not wire.received:
                silent.append(data)

    await asyncio.gather(*(one(mutate(dice)) for _ in range(count)))
    wrong = [f"neither answered nor closed: {data!r}" for data in silent[:5]]
    if not daemon.alive() or not await serves(loop):
        wrong.append("no longer serves")
    print(f"  mutate: {count} requests, seed {seed}")
    return wrong


NGINX = """worker_processes 1; daemon off; pid {dir}/{name}.pid; error_log {dir}/{name}.err crit;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {dir}/{name}1; proxy_temp_path {dir}/{name}2; fastcgi_temp_path {dir}/{name}3;
  uwsgi_temp_path {dir}/{name}4; scgi_temp_path {dir}/{name}5;
  server {{ listen {address}:{port}; location / {{ return 200 "hello\\n"; }} }} }}
"""
LOAD_CONFIG = """global
  maxconn 4000
  nbthread {threads}
  stats socket {dir}/load.sock level admin
defaults
  mode http
  timeout connect 500ms
  timeout client 5s
  timeout server 5s
  option redispatch
  retries 3
  balance roundrobin
listen web
  bind {front}:{front_port}
  server a {net}.21:{port} check inter 200ms rise 1 fall 2
  server b {net}.22:{port} check inter 200ms rise 1 fall 2
"""


LOAD_ROUNDS = 3  # each kill meets up to 20 requests: the original loses 6 to 37 of them a round


def load_with_dying_servers(command, directory, threads):
    """Errors that wrk counts while each server is killed once and comes back. None when the proxy did not start."""
    def web(name, address):
        path = os.path.join(directory, f"{name}.conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write(NGINX.format(dir=directory, name=name, address=address, port=ORIGIN_PORT))
        return subprocess.Popen(["nginx", "-c", path], stderr=subprocess.DEVNULL, start_new_session=True)

    def kill(process):
        os.killpg(process.pid, 9)
        process.wait()

    config = os.path.join(directory, "load.cfg")
    with open(config, "w", encoding="utf-8") as out:
        out.write(LOAD_CONFIG.format(front=FRONTS["ok"][0], front_port=FRONT_PORT, net=NET, port=ORIGIN_PORT, threads=threads, dir=directory))
    servers = {name: web(name, f"{NET}.2{at}") for at, name in ((1, "a"), (2, "b"))}
    time.sleep(0.3)
    program = Program(command, config, directory, FRONTS["ok"])
    try:
        if not program.wait_ready():
            return None
        time.sleep(0.5)
        # Someone looks at the counters all the time.
        watcher = subprocess.Popen(["sh", "-c", f"while sleep 0.05; do echo 'show stat;show info;show sess' | socat -t2 stdio {directory}/load.sock; done"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wrk = subprocess.Popen(["wrk", "-t1", "-c20", "-d6", "--timeout", "5s", f"http://{FRONTS['ok'][0]}:{FRONT_PORT}/"],
                               stdout=subprocess.PIPE, text=True)
        for name, address in (("a", f"{NET}.21"), ("b", f"{NET}.22")):
            time.sleep(1)
            kill(servers[name])
            time.sleep(1)
            servers[name] = web(name, address)
            time.sleep(0.7)
        out = wrk.communicate(timeout=30)[0]
        kill(watcher)
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
        total = int(re.search(r"(\d+) requests in", out).group(1))
        program.stop(signal.SIGUSR1)
        said = program.text()
        if "Sanitizer" in said:
            raise RuntimeError(said[-3000:])
        return total, int(bad.group(1)) if bad else 0, sum(map(int, sockets.groups())) if sockets else 0
    finally:
        program.stop()
        for process in servers.values():
            kill(process)


def servers(command, reference, directory, threads):
    missing = [tool for tool in ("wrk", "nginx", "socat", reference) if not shutil.which(tool)]
    if missing:
        print(f"  servers: skipped, not installed: {' '.join(missing)}")
        return []
    ours, theirs = [0, 0, 0], [0, 0, 0]
    for _ in range(LOAD_ROUNDS):  # in turn, so that both meet the same machine
        for program, sums in ((command, ours), (reference, theirs)):
            counts = load_with_dying_servers(program, directory, threads)
            if counts is None:
                return [f"{program} did not start"]
            sums[:] = map(sum, zip(sums, counts))
    print(f"  servers: of {ours[0]} requests {ours[1]} bad answers, {ours[2]} socket errors; the original, of {theirs[0]}: {theirs[1]}, {theirs[2]}")
    wrong = []
    if ours[1] + ours[2] > theirs[1] + theirs[2]:
        wrong.append("more errors than the original gives in the same run")
    if ours[2] > theirs[2]:
        wrong.append("more connections break than with the original")
    if ours[0] < theirs[0] / 10:
        wrong.append("the load stood still")
    return wrong


async def with_daemon(args, directory):
    loop = asyncio.get_running_loop()
    origins = [Origin(f"{NET}.1{FRONTS[name][0][-1]}", [script], backlog=1024) for name, script in SCRIPTS.items()]
    for origin in origins:
        origin.start(loop)
    config = os.path.join(directory, "abuse.cfg")
    with open(config, "w", encoding="utf-8") as out:
        out.write(CONFIG.replace("{dir}", directory).replace("{threads}", str(args.threads)))
    daemon = Daemon(args.prog, config, directory)
    wrong = []
    try:
        if not await loop.run_in_executor(None, daemon.program.wait_ready):
            return ["did not start: " + daemon.program.text()]
        if args.only in (None, "mutate"):
            wrong += [f"mutate: {text}" for text in await mutations(daemon, min(args.count, 1000), args.seed)]
        if args.only in (None, "drop") and daemon.alive():
            wrong += [f"drop: {text}" for text in await drop(daemon, args.count)]
        if not daemon.alive():
            wrong.append(f"ended by itself: {daemon.program.text()[-2000:]}")
        return wrong
    finally:
        # A soft stop lets the program return from main, and a leak checker speak.
        code = daemon.program.stop(signal.SIGUSR1)
        if code != 0:
            wrong.append(f"ended with {code} (None: not within 5 s) on SIGUSR1")
        if "Sanitizer" in daemon.program.text():
            wrong.append(daemon.program.text()[-3000:])
        for origin in origins:
            origin.stop()


def main():
    parser = seeded.parser(__doc__, 10000)
    parser.add_argument("--reference", default=os.environ.get("HAPROXY", "/usr/sbin/haproxy"))
    parser.add_argument("--only", choices=("drop", "mutate", "servers"))
    parser.add_argument("--threads", type=int, default=2)
    args = seeded.arguments(parser)
    began = time.monotonic()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="abuse-") as directory:
        os.chmod(directory, 0o755)
        wrong = [] if args.only == "servers" else asyncio.run(with_daemon(args, directory))
        if args.only in (None, "servers"):
            wrong += [f"servers: {text}" for text in servers(args.prog, args.reference, directory, args.threads)]
    for text in wrong:
        print(f"  FAIL  {text}")
    print(f"abuse: {len(wrong)} complaints, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
