#!/usr/bin/env python3
"""What a person and a service manager see of a running proxyd, beside Debian's haproxy: the lines of -d, the numbers of
%rt, and the messages to $NOTIFY_SOCKET (there haproxy would need a master process, so proxyd stands alone).
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_ports

OURS = os.environ.get("PROXYD", "proxyd/proxyd")
THEIRS = os.environ.get("HAPROXY", "/usr/sbin/haproxy")
PATIENCE = 5

CONFIG = """global
  nbthread 1
  maxconn 100
  log 127.0.0.1:{log} local0
defaults
  mode http
  log global
  log-format "number %rt from %ci"
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend web
  bind 127.0.0.1:{web}
  monitor-uri /alive
  default_backend app
backend app
  server one 127.0.0.1:{origin}
listen relay
  mode tcp
  bind 127.0.0.1:{relay}
  server one 127.0.0.1:{origin}
"""
GET = b"GET /page?x=1 HTTP/1.1\r\nHost: h\r\nUser-Agent: u\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nServer: o\r\nContent-Length: 2\r\nX-Field: v\r\n\r\nok"
# port, requests on one connection, one after the other; streams that -d shows, lines that are logged
TALKS = [
    ("web", [GET], 1, 1),
    ("web", [GET, GET], 2, 2),
    ("web", [b"GARBAGE\r\n\r\n"], 0, 1),
    ("web", [b"POST /form HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"], 1, 1),
    ("web", [b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"], 1, 1),
    ("web", [b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"], 1, 1),
    ("web", [b"GET /alive HTTP/1.1\r\nHost: h\r\n\r\n"], 1, 0),
    ("relay", [GET], 1, 1),
    ("web", [GET], 1, 1),
]


def origin(listener):
    """Answers each request head that has come whole; the bodies above come with their heads."""
    def talk(connection):
        seen = b""
        try:
            while piece := connection.recv(4096):
                seen += piece
                while b"\r\n\r\n" in seen:
                    seen = seen.partition(b"\r\n\r\n")[2]
                    connection.sendall(ANSWER)
        except ConnectionError:
            pass  # how the proxy ends its connections is not looked at here

    def run():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()


def read(path):
    with open(path, encoding="ascii") as text:
        return text.read()


def wait(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


def shape(text):
    """The lines with descriptors and client ports out of the way. Which side is seen to close first is chance."""
    lines = []
    for line in text.splitlines():
        if not re.match(r"[0-9a-f]{8}:", line):
            continue
        line = re.sub(r"from \[127\.0\.0\.1:\d+\]", "from [client]", line)
        line = re.sub(r"accept\([0-9a-f]{4}\)=[0-9a-f]{4}", "accept(L)=C", line)
        if re.search(r"\.(cli|srv)cls|\.closed", line):
            line = re.sub(r"\[[0-9a-f]{4}:[0-9a-f]{4}\]", "[ended]", line)
        line = re.sub(r"\[[0-9a-f]{4}:([0-9a-f]{8}|[0-9a-f]{4})\]",
                      lambda found: "[C:none]" if found[1] == "ffffffff" else "[C:S]", line)
        lines.append(line)
    for i in range(1, len(lines)):
        if "clicls" in lines[i] and "srvcls" in lines[i - 1]:
            lines[i - 1], lines[i] = lines[i], lines[i - 1]
    return lines


def converse(program, folder):
    """Plays TALKS against `program -d`; returns its lines and what it logged."""
    log = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    log.bind(("127.0.0.1", 0))
    log.settimeout(PATIENCE)
    web, relay = free_ports(2)
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    origin(server)
    name = os.path.basename(program)
    config, shown = os.path.join(folder, name + ".cfg"), os.path.join(folder, name + ".out")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIG.format(log=log.getsockname()[1], web=web, relay=relay, origin=server.getsockname()[1]))
    logged = []
    with open(shown, "w", encoding="ascii") as out, \
            subprocess.Popen([program, "-d", "-f", config], stdout=out, stderr=subprocess.DEVNULL) as process:
        try:
            # No probing connections: they would be numbered too. The listeners are seen in /proc.
            wait(lambda: all(f":{port:04X} 00000000:0000 0A" in read("/proc/net/tcp")
                             for port in (web, relay)), f"{name} listens")
            ended = 0
            for port, requests, streams, lines in TALKS:
                with socket.create_connection(("127.0.0.1", web if port == "web" else relay), PATIENCE) as client:
                    for request in requests:
                        client.sendall(request)
                        client.recv(4096)
                ended += streams
                wait(lambda: read(shown).count(".closed") >= ended, f"{name} shows {ended} streams' ends")
                logged += [log.recv(4096).decode().rpartition("]: ")[2].strip() for _ in range(lines)]
        finally:
            process.terminate()
            process.wait(PATIENCE)
    return shape(read(shown)), logged


def notified(folder, ending):
    """What proxyd tells a service manager until `ending` ends it."""
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(os.path.join(folder, f"notify-{ending}"))
    manager.settimeout(PATIENCE)
    ports = free_ports(4)
    config = os.path.join(folder, "notify.cfg")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIG.format(log=ports[0], web=ports[1], relay=ports[2], origin=ports[3]))
    env = dict(os.environ, NOTIFY_SOCKET=manager.getsockname())
    with subprocess.Popen([OURS, "-db", "-f", config], env=env, stderr=subprocess.DEVNULL) as process:
        try:
            said = [manager.recv(4096).decode()]
            process.send_signal(ending)
            said.append(manager.recv(4096).decode())
        finally:
            process.kill()
    return said


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for ending in (signal.SIGTERM, signal.SIGUSR1):
            said = notified(folder, ending)
            if said != ["READY=1", "STOPPING=1"]:
                print(f"FAILED: told the service manager {said} before {ending.name} ended it")
                failures += 1
        if not shutil.which(THEIRS):
            print("skipped: no haproxy to compare with")
            return 1 if failures else 77
        mine, theirs = converse(OURS, folder), converse(THEIRS, folder)
    for what, ours, original in zip(("lines of -d", "log"), mine, theirs):
        if ours == original:
            print(f"ok: {what}, {len(ours)} lines")
            continue
        failures += 1
        print(f"FAILED: {what} (haproxy | proxyd)")
        for i in range(max(len(ours), len(original))):
            left, right = (lines[i] if i < len(lines) else "" for lines in (original, ours))
            print(f"  {' ' if left == right else '*'} {left:60} | {right}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
