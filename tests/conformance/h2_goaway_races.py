#!/usr/bin/env python3
"""Servers of HTTP/2 that say goodbye in the middle of it all: GOAWAY at random moments, with more streams open than it names, and the
connection ended behind the last of them. Each request is asked once with success: what a GOAWAY left out is asked again elsewhere, and
what it named is not (RFC 9113 section 6.8).

  h2_goaway_races.py [--prog PROXYD] [--count N] [--seed S]
"""
import collections
import random
import re
import socket
import sys
import tempfile
import threading
import time

import seeded
from h2_back_conformance import Serving
from h2_hpack import HpackError
from h2_stage import Program, free_ports, wait_open

CONFIG = """global
  maxconn 1000
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend f
  bind 127.0.0.1:{front}
  default_backend b
backend b
  http-reuse always
  server s 127.0.0.1:{back} proto h2
"""
CLIENTS = 8


class Leaving:
    """Serves each connection some requests, says goodbye, serves what the goodbye names, and leaves."""

    def __init__(self, seed):
        self.seed, self.lock = seed, threading.Lock()
        self.served, self.left_out, self.connections = collections.Counter(), 0, 0
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.converse, args=(sock, random.Random(self.seed * 1000 + self.connections)), daemon=True).start()

    def serve(self, serving, number):
        path = dict(serving.streams[number].headers)[b":path"]
        with self.lock:
            self.served[path] += 1
        serving.respond(number, body=path)

    def converse(self, sock, chance):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serving, done, end = Serving(sock, ()), set(), time.monotonic() + 30
            patience = chance.randint(1, 12)
            while not serving.ended and time.monotonic() < end:
                waiting = sorted(set(serving.requests()) - done)
                if len(done) + len(waiting) >= patience and waiting:
                    # Some of them are named, the others are not; more may be on their way.
                    kept = waiting[:chance.randint(0, len(waiting))]
                    last = max(kept or done or {0})
                    serving.goaway(last)
                    for number in kept:
                        self.serve(serving, number)
                    serving.flush()
                    leaving = time.monotonic() + chance.choice((0, 0.005, 0.05))
                    while not serving.ended and (serving.out or time.monotonic() < leaving):
                        serving.pump(0.005)
                    with self.lock:
                        self.left_out += len(set(serving.requests()) - done - set(kept))
                    if chance.random() < 0.5:
                        sock.shutdown(socket.SHUT_WR)  # what comes is read to its end, so that nothing is lost by a reset
                        serving.wait(lambda: serving.ended, 2)
                    break
                for number in waiting:
                    if chance.random() < 0.7:
                        done.add(number)
                        self.serve(serving, number)
                serving.pump(0.002)
        except (OSError, HpackError, ValueError):
            pass
        finally:
            sock.close()


def client(port, names, answers):
    """Asks for each name on a kept connection; what was answered."""
    talk, inbox = None, b""
    for name in names:
        try:
            if talk is None:
                talk, inbox = socket.create_connection(("127.0.0.1", port), 10), b""
            talk.sendall(b"GET %s HTTP/1.1\r\nHost: a.test\r\n\r\n" % name)
            while not (found := re.match(rb"HTTP/1.1 (\d+)[^\r]*\r\n(?:[^\r]+\r\n)*?content-length: *(\d+)\r\n(?:[^\r]+\r\n)*\r\n", inbox, re.I)) \
                    and b"0\r\n\r\n" not in inbox:
                piece = talk.recv(65536)
                if not piece:
                    raise ConnectionError
                inbox += piece
            if found:
                size = found.end() + int(found[2])
                while len(inbox) < size:
                    inbox += talk.recv(65536)
                answers.append((name, inbox[9:12], inbox[found.end():size]))
                inbox = inbox[size:]
            else:
                head, _, chunks = inbox.partition(b"\r\n\r\n")
                answers.append((name, head[9:12], chunks.split(b"\r\n")[1]))
                inbox = b""
            if answers[-1][1] != b"200":
                talk.close()
                talk = None
        except OSError as fault:
            answers.append((name, type(fault).__name__.encode(), b""))
            talk = None


def main():
    options = seeded.arguments(seeded.parser(__doc__, 3000))
    leaving = Leaving(options.seed)
    front, = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="h2-goaway-") as folder:
        path = f"{folder}/t.cfg"
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG.format(front=front, back=leaving.port))
        program, answers = Program(options.prog, path, folder, None), []
        try:
            wait_open(program, [("127.0.0.1", front)])
            share = options.count // CLIENTS
            threads = [threading.Thread(target=client, args=(front, [b"/%d/%d" % (each, number) for number in range(share)], answers)) for each in range(CLIENTS)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        finally:
            program.stop()
            leaving.sock.close()
    wrong = [each for each in answers if each[1] != b"200" or each[2] != each[0]]
    twice = [name for name, times in leaving.served.items() if times > 1]
    for each in wrong[:10]:
        print(f"FAIL {each}, served {leaving.served[each[0]]} times")
    for each in twice[:10]:
        print(f"FAIL {each.decode()} was served {leaving.served[each]} times")
    print(f"{len(answers)} requests, {leaving.connections} connections with a goodbye, {leaving.left_out} streams left out, "
          f"{len(wrong)} wrong answers, {len(twice)} served twice, seed {options.seed}")
    return 1 if wrong or twice or not leaving.left_out else 0


if __name__ == "__main__":
    sys.exit(main())
