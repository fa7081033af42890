#!/usr/bin/env python3
"""Calls of malloc, calloc excepted, that proxyd makes for each request in steady state, with the notes' configurations: none.

  allocations.py [--prog PROXYD] [--requests 4000]

Each file of tests/notes runs with its addresses changed to loopback; requests go over kept connections and over one connection
each. A library that counts is preloaded. Exits 1 when a file needs more than five allocations in a hundred requests.
"""
import argparse
import glob
import mmap
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "conformance"))
from ports import free_ports  # noqa: E402 (it stands beside the twin tests)

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: h\r\nUser-Agent: counting\r\nAccept: */*\r\n%s\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nServer: o\r\n\r\nabcd"
MOST = 0.05  # allocations for each request: what is done every second counts, too


def origin():
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)

    def talk(connection):
        with connection:
            try:
                while connection.recv(4096):
                    connection.sendall(ANSWER)
            except ConnectionError:
                pass

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener


def on_loopback(text, web, server):
    """The file with its addresses, user and folders changed; the first port that it binds becomes `web`."""
    text = re.sub(r"(?m)^\s*(chroot|user|group|pidfile|daemon|stats socket)\b.*$", "", text)
    if not re.search(r"(?m)^\s*bind\s", text):
        text += "listen web\n  bind *:80\n  server s 127.0.0.1:80\n"  # only the part that other files begin with
    ports = iter([web, *free_ports(6)])
    text = re.sub(r"(bind\s+)\S+", lambda found: f"{found.group(1)}127.0.0.1:{next(ports)}", text)
    text = re.sub(r"(?m)^(\s*server\s+\S+\s+)\S+(.*?)(\scheck.*)?$", lambda found: f"{found.group(1)}127.0.0.1:{server}", text)
    return "global\n  nbthread 1\n" + text


def ask(port, count, kept):
    if kept:
        with socket.create_connection(("127.0.0.1", port)) as talk:
            for _ in range(count):
                talk.sendall(REQUEST % b"")
                if not talk.recv(4096):
                    raise ConnectionError("the proxy closed a kept connection")
        return
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port)) as talk:
            talk.sendall(REQUEST % b"Connection: close\r\n")
            while talk.recv(4096):
                pass


def measure(prog, preload, folder, path, requests):
    listener = origin()
    (web,) = free_ports(1)
    with open(path, encoding="utf-8") as file:
        text = on_loopback(file.read(), web, listener.getsockname()[1])
    with open(f"{folder}/t.cfg", "w", encoding="utf-8") as file:
        file.write(text)
    with open(f"{folder}/count", "wb") as file:
        file.write(bytes(4096))
    daemon = subprocess.Popen([prog, "-db", "-f", f"{folder}/t.cfg"], stderr=subprocess.DEVNULL,
                              env=os.environ | {"LD_PRELOAD": preload, "ALLOCATIONS": f"{folder}/count"})
    results = []
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", web)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        with open(f"{folder}/count", "r+b") as file, mmap.mmap(file.fileno(), 4096) as counter:
            for kept in (True, False):
                count = requests if kept else requests // 4
                ask(web, 200, kept)  # pools fill
                before = struct.unpack_from("<Q", counter)[0]
                ask(web, count, kept)
                results.append((struct.unpack_from("<Q", counter)[0] - before) / count)
    finally:
        daemon.terminate()
        daemon.wait(10)
        listener.close()
    return results


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--requests", type=int, default=4000)
    options = options.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="allocations-") as folder:
        preload = f"{folder}/count.so"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", preload, f"{HERE}/allocations.c", "-ldl"], check=True)
        for path in sorted(glob.glob(f"{HERE}/../notes/*.cfg")):
            kept, fresh = measure(options.prog, preload, folder, path, options.requests)
            bad += kept > MOST or fresh > MOST
            print(f"{os.path.basename(path):28} {kept:8.3f} allocations for a request on a kept connection, {fresh:8.3f} on one of its own")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
