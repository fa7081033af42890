#!/usr/bin/env python3
"""What options do to connections that stay open: "contstats" counts their bytes meanwhile, and with
"idle-close-on-response" a stopping process lets idle clients ask once more. Beside Debian's haproxy, where it is installed.
PROXYD names the program under test."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import runtime_api
from ports import free_ports

OURS = os.environ.get("PROXYD", "proxyd/proxyd")
THEIRS = os.environ.get("HAPROXY", "/usr/sbin/haproxy")
PATIENCE = 10
PORTS = ("counted", "uncounted", "patient", "strict", "origin")
CONFIGURATION = """
global
  nbthread 1
  stats socket {folder}/api.sock level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 30s
  timeout server 30s
listen counted
  bind 127.0.0.1:{counted}
  option contstats
  server one 127.0.0.1:{origin}
listen uncounted
  bind 127.0.0.1:{uncounted}
  server one 127.0.0.1:{origin}
frontend patient
  mode http
  bind 127.0.0.1:{patient}
  option idle-close-on-response
  http-request return status 200
frontend strict
  mode http
  bind 127.0.0.1:{strict}
  http-request return status 200
"""
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def echo(listener):
    def one(connection):
        with connection:
            while piece := connection.recv(65536):
                connection.sendall(piece)

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(connection,), daemon=True).start()


def connect(port):
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def say(client, data):
    """Sends it and returns what comes back first; empty: the connection ended."""
    try:
        client.sendall(data)
        return client.recv(65536)
    except OSError:
        return b""


def has_ended(client):
    client.settimeout(3)
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def bytes_in(api, name):
    for line in runtime_api.ask(api, "show stat").splitlines():
        fields = line.split(",")
        if fields[:2] == [name, "FRONTEND"]:
            return int(fields[8])
    return -1


def watch(program, folder):
    """What a program does, as a table of names and what was seen."""
    ports = dict(zip(PORTS, free_ports(len(PORTS))))
    path, api = os.path.join(folder, "t.cfg"), os.path.join(folder, "api.sock")
    with open(path, "w", encoding="utf-8") as text:
        text.write(CONFIGURATION.format(folder=folder, **ports))
    seen = {}
    with socket.create_server(("127.0.0.1", ports["origin"])) as origin, \
            subprocess.Popen([program, "-db", "-f", path], stderr=subprocess.DEVNULL) as process:
        threading.Thread(target=echo, args=(origin,), daemon=True).start()
        clients = {name: connect(ports[name]) for name in PORTS[:-1]}
        for client in clients.values():
            client.settimeout(PATIENCE)
        for name in ("counted", "uncounted"):
            say(clients[name], b"x" * 1000)
            end = time.monotonic() + (PATIENCE if name == "counted" else 0.5)
            while bytes_in(api, name) == 0 and time.monotonic() < end:
                say(clients[name], b"x")  # haproxy counts every few seconds, when something moves
                time.sleep(0.05)
            seen[f"bytes of an open connection, {name}"] = bytes_in(api, name) > 0
        for name in ("patient", "strict"):
            seen[f"a response before the stop, {name}"] = say(clients[name], GET).split(b"\r\n")[0]
        time.sleep(0.2)  # both are idle
        process.send_signal(signal.SIGUSR1)
        seen["the strict one's idle connection ends at the stop"] = has_ended(clients["strict"])
        answer = say(clients["patient"], GET)
        seen["the patient one's next response"] = answer.split(b"\r\n")[0]
        seen["it says that the connection ends"] = b"connection: close" in answer.lower()
        seen["and it does"] = has_ended(clients["patient"])
        for client in clients.values():
            client.close()
        process.terminate()
    return seen


EXPECTED = {"bytes of an open connection, counted": True, "bytes of an open connection, uncounted": False,
            "a response before the stop, patient": b"HTTP/1.1 200 OK", "a response before the stop, strict": b"HTTP/1.1 200 OK",
            "the strict one's idle connection ends at the stop": True, "the patient one's next response": b"HTTP/1.1 200 OK",
            "it says that the connection ends": True, "and it does": True}


def main():
    failures = 0
    for program in (OURS, THEIRS):
        if not shutil.which(program):
            continue
        with tempfile.TemporaryDirectory() as folder:
            seen = watch(program, folder)
        for name, expected in EXPECTED.items():
            good = seen.get(name) == expected
            failures += not good
            print(f"{'ok   ' if good else 'FAIL '} {os.path.basename(program)}: {name}" + ("" if good else f": {seen.get(name)!r}"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
