#!/usr/bin/env python3
"""Four threads, and everything that they share changes while they work: variables of the process, maps and lists over the
runtime API, rings that are written and read, servers that are weighted, disabled and limited, sessions that are ended.

  threads_under_load.py [--prog PROXYD] [--seconds N]

Each answer must be one that some state of the maps explains, changes must hold for requests that begin after them, and the
program must live and end when it is told to. With a build for it (configure --enable-sanitizers=thread) a race ends it with
a report.
"""
import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_ports

CONFIG = """global
  stats socket {dir}/api.sock level admin
  nbthread 4
  maxconn 2000
  log ring@lines format rfc5424 local0
  log 127.0.0.1:{sink} sample 1:3 local1
  log 127.0.0.1:{sink} format short local1 err
  set-var proc.count int(0)
ring lines
  size 65536
defaults
  mode http
  log global
  option httplog
  option redispatch
  retries 2
  timeout connect 5s
  timeout client 20s
  timeout server 20s
  timeout queue 5s
frontend f
  bind 127.0.0.1:{port}
  unique-id-format %{{+X}}o%ci%cp%rt
  unique-id-header X-Id
  capture request header Host len 20
  log-format "%ci %ID %hr %HU %[var(proc.last)] %[var(txn.zone)] %ac/%fc/%bc/%sc/%rc"
  acl refused path -f {dir}/refused.lst
  acl odd path_reg -f {dir}/odd.lst
  acl near src -f {dir}/near.lst
  acl seen path -f {dir}/seen.lst
  http-request set-var(proc.count) var(proc.count),add(1)
  http-request set-var-fmt(proc.last) "%[path]-%[src_port]"
  http-request set-var(proc.size,ifgt) req.hdrs,length
  http-request unset-var(proc.gone) if odd
  http-request set-var(proc.gone) path if !odd
  http-request set-var(txn.zone) path,map_beg({dir}/zones.map,none)
  http-request set-map({dir}/learnt.map) %[path] %[src_port]
  http-request add-acl({dir}/seen.lst) %[path] if !seen
  http-request del-acl({dir}/seen.lst) %[path] if seen
  http-request set-header X-Learnt %[path,map({dir}/learnt.map)]
  http-request deny deny_status 403 if refused
  http-request return status 200 content-type text/plain lf-string "%[req.hdr(x-key),map({dir}/names.map,none)]" if {{ path_beg /map }}
  http-request set-header X-Last %[var(proc.last)] if near
  http-request set-header X-Gone %[var(proc.gone)] if {{ var(proc.gone) -m found }}
  use_backend hashed if odd
  default_backend b
backend b
  balance leastconn
  cookie S insert indirect
  option httpchk
  server s1 127.0.0.1:{origin} cookie a maxconn 8 check inter 200ms
  server s2 127.0.0.1:{origin} cookie b maxconn 8
backend hashed
  balance uri
  hash-type consistent
  http-reuse always
  server s1 127.0.0.1:{origin} weight 10
  server s2 127.0.0.1:{origin} weight 20
listen relay
  mode tcp
  option tcplog
  bind 127.0.0.1:{relay}
  server s1 127.0.0.1:{origin}
"""
FILES = {"refused.lst": "/refused\n", "odd.lst": "^/odd\n", "near.lst": "127.0.0.0/8\n", "zones.map": "/a east\n/b west\n", "names.map": "key start\n", "learnt.map": "", "seen.lst": ""}

# What is done over and over while requests run: commands on one line are sent one after the other.
COMMANDS = [
    "set map {dir}/names.map key {n}", "add map {dir}/names.map k{n} {n};del map {dir}/names.map k{n}", "get map {dir}/names.map key;show map {dir}/names.map",
    "add acl {dir}/refused.lst /no{n};get acl {dir}/refused.lst /no{n};del acl {dir}/refused.lst /no{n}", "show acl {dir}/refused.lst;show acl;show map",
    "add acl {dir}/odd.lst ^/strange{n};del acl {dir}/odd.lst ^/strange{n}", "add acl {dir}/near.lst 10.0.{m}.0/24;del acl {dir}/near.lst 10.0.{m}.0/24",
    "replace {dir}/zones.map /a {n}", "show events lines", "show stat;show info;show sess;show errors", "show servers state;show backend",
    "set server b/s1 weight {m};set server b/s2 weight 50%", "set weight hashed/s1 {m}", "disable server b/s2;enable server b/s2",
    "set server hashed/s2 state drain;set server hashed/s2 state ready", "set maxconn frontend f 1500;set maxconn server b/s1 6;set maxconn server b/s1 8",
    "shutdown sessions server hashed/s1", "shutdown one", "clear counters", "explain GET /map{n} -H 'x-key: key';explain GET /odd", "disable frontend relay;enable frontend relay",
    "show activity;show pools;show env;show cli sockets", "show map {dir}/learnt.map;show acl {dir}/seen.lst;clear map {dir}/learnt.map;clear acl {dir}/seen.lst",
]


class Origin:
    """A web server in a process of its own."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.sock.getsockname()[1]
        self.process = multiprocessing.get_context("fork").Process(target=self.run, daemon=True)
        self.process.start()

    def run(self):
        async def serve(reader, writer):
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    await reader.readuntil(b"\r\n\r\n")
                    await asyncio.sleep(0.002)
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    await writer.drain()
            writer.close()

        async def main():
            await (await asyncio.start_server(serve, sock=self.sock)).serve_forever()

        asyncio.run(main())


class Load:
    """Clients in a process of their own. What they saw goes through a queue at the end."""

    def __init__(self, port, relay, seconds, seed):
        self.answers = multiprocessing.get_context("fork").Queue()
        self.process = multiprocessing.get_context("fork").Process(target=self.run, args=(port, relay, seconds, seed), daemon=True)
        self.process.start()

    def run(self, port, relay, seconds, seed):
        self.answers.put(asyncio.run(self.clients(port, relay, time.monotonic() + seconds, seed)))

    async def clients(self, port, relay, end, seed):
        seen = {}
        await asyncio.gather(*(self.client(port if at % 8 else relay, end, random.Random(seed + at), seen) for at in range(24)))
        return seen

    async def client(self, port, end, dice, seen):
        while time.monotonic() < end:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                for _ in range(dice.randrange(1, 40)):
                    await self.request(reader, writer, dice, seen)
            writer.close()

    @staticmethod
    async def request(reader, writer, dice, seen):
        path = dice.choice(["/map", "/a/1", "/b", "/refused", "/odd/%d" % dice.randrange(50), "/"])
        key = dice.choice(["key", "nokey"])
        writer.write(f"GET {path} HTTP/1.1\r\nHost: h\r\nX-Key: {key}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
        body = await reader.readexactly(size)
        what = (path.split("/")[1], key if path == "/map" else "", head[9:12].decode(), body.decode() if path == "/map" else "")
        if what[0] == "map" and what[1] == "key" and what[3].isdigit():
            what = ("map", "key", what[2], "number")
        seen[what] = seen.get(what, 0) + 1


EXPLICABLE = {("map", "key", "200", "start"), ("map", "key", "200", "number"), ("map", "nokey", "200", "none"), ("refused", "", "403", ""), ("odd", "", "200", ""),
              ("a", "", "200", ""), ("b", "", "200", ""), ("", "", "200", "")}
THROUGH_THE_RELAY = {("map", "key", "200", "ok"), ("map", "nokey", "200", "ok"), ("refused", "", "200", "")}
SESSION_ENDED = ("502", "503")  # by a command, or no server was left for a moment


class Runtime:
    def __init__(self, directory):
        self.directory = directory

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as api:
            api.settimeout(20)
            api.connect(os.path.join(self.directory, "api.sock"))
            api.sendall(command.encode() + b"\n")
            answer = b""
            while data := api.recv(65536):
                answer += data
        return answer.decode(errors="replace")

    def one(self, text):
        """A command of COMMANDS, some of which stand for several."""
        if text.startswith("replace "):
            _, file, key, value = text.split()
            version = re.search(r"created: (\d+)", self.ask(f"prepare map {file}"))
            if version:
                self.ask(f"add map @{version[1]} {file} {key} {value};add map @{version[1]} {file} /b {value};commit map @{version[1]} {file}")
        elif text == "shutdown one":
            sessions = re.findall(r"^(0x[0-9a-f]+):.* fe=f ", self.ask("show sess"), re.M)
            if sessions:
                self.ask(f"shutdown session {random.choice(sessions)}")
        else:
            self.ask(text)


async def change(runtime, end, at):
    count = 0
    with contextlib.suppress(OSError):  # it has ended: its exit code says why
        count = await change_until(runtime, end, at)
    return count


async def change_until(runtime, end, at):
    count = 0
    while time.monotonic() < end:
        for each in COMMANDS[at::3]:
            count += 1
            await asyncio.to_thread(runtime.one, each.format(dir=runtime.directory, n=count, m=1 + count % 200))
    return count


async def change_all(runtime, seconds):
    end = time.monotonic() + seconds
    return sum(await asyncio.gather(*(change(runtime, end, at) for at in range(3))))


def request(port, path, key):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\nX-Key: {key}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while data := client.recv(65536):
            answer += data
    return answer


def start(program, folder, port):
    daemon = subprocess.Popen([program, "-db", "-f", os.path.join(folder, "t.cfg")], stderr=open(os.path.join(folder, "stderr"), "wb"))
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return daemon
        if daemon.poll() is not None:
            return daemon
        time.sleep(0.1)
    return daemon


def check(folder, port, seen):
    wrong = [f"{count} times {what}" for what, count in seen.items()
             if what not in EXPLICABLE | THROUGH_THE_RELAY and what[2] not in SESSION_ENDED]
    failed = sum(count for what, count in seen.items() if what[2] in SESSION_ENDED)
    total = sum(seen.values())
    if total < 100 or failed * 4 > total:
        wrong.append(f"{failed} of {total} requests were ended")
    runtime = Runtime(folder)
    runtime.ask(f"set map {folder}/names.map key after;add acl {folder}/refused.lst /later")
    if not request(port, "/map", "key").endswith(b"\r\n\r\nafter"):
        wrong.append("a change of a map does not hold")
    if not request(port, "/later", "x").startswith(b"HTTP/1.1 403"):
        wrong.append("a change of a list does not hold")
    if "/later" not in runtime.ask("show events lines"):
        wrong.append("the ring does not have the last request")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    parser.add_argument("--seconds", type=float, default=5)
    args = parser.parse_args()
    origin = Origin()
    port, relay, sink = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="threads.") as folder:
        for name, text in FILES.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(folder, "t.cfg"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(dir=folder, port=port, relay=relay, sink=sink, origin=origin.port))
        daemon = start(os.path.abspath(args.prog), folder, port)
        loads = [Load(port, relay, args.seconds, seed) for seed in (1, 1000)]
        changes = asyncio.run(change_all(Runtime(folder), args.seconds)) if daemon.poll() is None else 0
        seen = {}
        for load in loads:
            for what, count in load.answers.get(timeout=60).items():
                seen[what] = seen.get(what, 0) + count
        wrong = check(folder, port, seen) if daemon.poll() is None else []
        daemon.send_signal(signal.SIGTERM)
        try:
            code = daemon.wait(timeout=30)
        except subprocess.TimeoutExpired:
            daemon.kill()
            code = "none: it did not end"
        with open(os.path.join(folder, "stderr"), encoding="utf-8", errors="replace") as file:
            said = file.read()
        if code not in (0, 143, -signal.SIGTERM) or "Sanitizer" in said:
            wrong.append(f"exit code {code}\n{said}")
    origin.process.terminate()
    for each in wrong:
        print(f"FAIL {each}")
    print(f"{sum(seen.values())} requests, {changes} changes, {len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
