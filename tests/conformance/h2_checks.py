#!/usr/bin/env python3
"""What servers of HTTP/2 see beside haproxy: health checks that speak it, SETTINGS as "tune.h2.*" says, WebSockets as "ws" says.

  h2_checks.py [--prog PROXYD] [--reference HAPROXY] [--only TEXT]

The servers are our own and speak frames, right or wrong. Exits 0, 1 for differences without a reason.
"""
import argparse
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from h2_back_conformance import Serving, answer
from h2_client import END_HEADERS, HEADERS, Connection
from h2_stage import free_ports


def silent(_serving, _number):
    pass


def interim(serving, number):
    serving.headers(number, [(b":status", b"103"), (b"link", b"</a>")], end=False)
    serving.respond(number)


def resets(serving, number):
    serving.reset(number, 2)


def garbage(serving, number):
    serving.frame(HEADERS, END_HEADERS, number, b"\xff\xff\xff")


def closes(serving, _number):
    serving.sock.shutdown(socket.SHUT_WR)


def in_http1(serving, _number):
    serving.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def no_status(serving, number):
    serving.headers(number, [(b"a", b"b")], end=True)


def large(serving, number):
    serving.respond(number, body=b"x" * 30000)


PROTO, CHK = "proto h2", "option httpchk"
ALPN = ("h2", "http/1.1")
# name, options of the server, lines of the proxy, what the server does, what its TLS agrees on (None: no TLS)
CHECKS = [
    ("proto h2", PROTO, CHK, answer(), None), ("proto h2, no HTTP check", PROTO, "", answer(), None),
    ("check-proto h2", "check-proto h2", CHK, answer(), None), ("check-proto h1", PROTO + " check-proto h1", CHK, silent, None),
    ("elsewhere", PROTO + " addr 127.0.0.1", CHK, answer(), None),
    ("POST with a body", PROTO, CHK + r" POST /x HTTP/1.1\r\nHost:\ a.test\r\nX-Foo:\ Bar\r\n\r\nhello", answer(), None),
    ("GET with a query", PROTO, CHK + " GET /y?z=1", answer(), None), ("HEAD", PROTO, CHK + " HEAD /", answer((b"content-length", b"9"), body=b""), None),
    ("mode tcp", "check-proto h2", "mode tcp\n  " + CHK, answer(), None),
    ("204", PROTO, CHK, answer(body=b"", code=b"204"), None), ("302", PROTO, CHK, answer(body=b"", code=b"302"), None), ("404", PROTO, CHK, answer(code=b"404"), None),
    ("503", PROTO, CHK, answer(code=b"503"), None), ("interim answers", PROTO, CHK, interim, None), ("large", PROTO, CHK, large, None),
    ("no answer", PROTO, CHK, silent, None), ("resets the stream", PROTO, CHK, resets, None), ("breaks HPACK", PROTO, CHK, garbage, None),
    ("closes", PROTO, CHK, closes, None), ("answers in HTTP/1", PROTO, CHK, in_http1, None), ("no status", PROTO, CHK, no_status, None),
    ("check-alpn h2", "ssl verify none check-alpn h2", CHK, answer(), ALPN),
    ("check-alpn h2 beside alpn", "ssl verify none alpn http/1.1 check-alpn h2", CHK, answer(), ALPN),
    ("check-ssl check-alpn h2", "check-ssl verify none check-alpn h2", CHK, answer(), ALPN),
    ("alpn h2, no HTTP check", "ssl verify none alpn h2", "", answer(), ALPN), ("alpn h2", "ssl verify none alpn h2", CHK, answer(), ALPN),
    ("alpn h2,http/1.1", "ssl verify none alpn h2,http/1.1", CHK, answer(), ALPN), ("ssl proto h2", "ssl verify none proto h2", CHK, answer(), ALPN),
    ("send-proxy", PROTO + " send-proxy", CHK, answer(), "proxied"),
]
AGREED = "2.6 agrees on HTTP/2 and then speaks HTTP/1: it finds each such server down. Ours speaks what was agreed on."
EXPLAINED = {
    "check: alpn h2": AGREED, "check: alpn h2,http/1.1": AGREED,
    "check: ssl proto h2": "2.6 does not speak on such a connection; its traffic does, and so do our checks",
    "check: interim answers": "2.6 takes a 103 for the answer",
    "tuning: tune.h2.max-concurrent-streams 0": "its manual says: no limit. 2.6 then cannot open any stream to servers",
}

TUNINGS = ["", "tune.h2.header-table-size 8192", "tune.h2.initial-window-size 100000", "tune.h2.initial-window-size 65535", "tune.h2.initial-window-size 1000",
           "tune.h2.max-concurrent-streams 7", "tune.h2.max-concurrent-streams 0", "tune.h2.max-frame-size 16384", "tune.h2.max-frame-size 100000",
           "tune.bufsize 40000", "tune.bufsize 40000\n  tune.h2.max-frame-size 20000", "tune.bufsize 40000\n  tune.h2.max-frame-size 50000",
           "h2-workaround-bogus-websocket-clients"]

WEBSOCKET = (b"GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
# options of the server, what its TLS agrees on, whether it knows RFC 8441
SOCKETS = [(f"{tls} {ws}".strip(), agreed, knows) for tls, agreed in (("", None), ("proto h2", None), ("ssl verify none alpn h2,http/1.1", ALPN),
                                                                     ("ssl verify none alpn h2", ALPN), ("ssl verify none alpn http/1.1", ALPN), ("ssl verify none", ALPN))
           for ws in ("", "ws auto", "ws h1", "ws h2") for knows in (True, False)]


class Server:
    """Notes what each of its connections asks, whatever protocol it speaks."""

    def __init__(self, port, serve, agreed, folder, settings=()):
        self.serve, self.agreed, self.settings, self.seen, self.peer_settings = serve, agreed, settings, [], None
        self.context = None
        if isinstance(agreed, tuple):
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(f"{folder}/pem")
            self.context.set_alpn_protocols(list(agreed))
        self.sock = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(sock,), daemon=True).start()

    def converse(self, sock):
        try:
            sock.settimeout(2)
            if self.agreed == "proxied":
                head = sock.recv(200, socket.MSG_PEEK)
                sock.recv(head.index(b"\n") + 1)
            alpn = None
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
                alpn = sock.selected_alpn_protocol()
            first = b""
            while len(first) < 4:
                piece = sock.recv(65536)
                if not piece:
                    return
                first += piece
            if first.startswith(b"PRI "):
                self.speak_http2(sock, alpn, first)
            else:
                self.seen.append((alpn, "HTTP/1", first.split(b"\r\n")[0]))
                if b"websocket" in first:
                    sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                                 b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
                    sock.sendall(sock.recv(100))
                time.sleep(0.3)
        except (OSError, ValueError, AttributeError, KeyError, BufferError):  # closed by the case itself, or by the program
            pass

    def speak_http2(self, sock, alpn, first):
        serving = Serving(sock, self.settings)
        serving.inbox += first
        serving.take_frames()
        done, end = set(), time.monotonic() + 2
        while not serving.ended and time.monotonic() < end:
            self.peer_settings = self.peer_settings or serving.peer_settings
            for number in serving.requests():
                if number not in done:
                    done.add(number)
                    self.seen.append((alpn, "HTTP/2", sorted_fields(serving.streams[number].headers), bytes(serving.streams[number].data)))
                    self.serve(serving, number)
            serving.pump(0.05)


def sorted_fields(fields):
    """Pseudo fields have no order. An authority is as good as a host (RFC 9113 section 8.3.1 wants it), which ours says both ways."""
    # A check in clear is not one of https, as 2.6 says of all.
    fields = [(b"host" if name == b":authority" else name, value) for name, value in fields if name != b":scheme"]
    return sorted(set(fields))


def in_tunnel(serving, number):
    serving.headers(number, [(b":status", b"200")], end=False)
    end = time.monotonic() + 1
    while not serving.streams[number].data and time.monotonic() < end:
        serving.pump(0.05)
    serving.send_body(number, bytes(serving.streams[number].data), end=False)


class Program:
    def __init__(self, program, text, folder):
        path = f"{folder}/cfg"
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        self.errors = open(f"{folder}/errors", "w+", encoding="utf-8")
        self.process = subprocess.Popen([program, "-db", "-f", path], stdout=self.errors, stderr=self.errors)
        self.name = program

    def wait_open(self, port):
        for _ in range(100):
            try:
                return socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.05)
                if self.process.poll() is not None:
                    self.errors.seek(0)
                    sys.exit(f"{self.name} did not start:\n{self.errors.read()}")
        return sys.exit(f"{self.name} does not listen")

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        self.errors.seek(0)
        return self.errors.read()


GLOBAL = "global\n  nbthread 1\n  log stdout format raw local0\n"
DEFAULTS = ("defaults\n  mode http\n  log global\n  retries 0\n  timeout connect 1s\n  timeout client 2s\n  timeout server 2s\n"
            "  timeout check 400ms\n  timeout tunnel 2s\n  option log-health-checks\n  default-server inter 1s fall 1 rise 1\n")


def run_checks(program, folder, wanted):
    cases = [each for each in CHECKS if wanted in each[0]]
    ports = free_ports(len(cases) + 1)
    servers = [Server(port, each[3], each[4], folder) for port, each in zip(ports, cases)]
    text = GLOBAL + DEFAULTS + f"frontend f\n  bind 127.0.0.1:{ports[-1]}\n"
    for number, (_, options, lines, _, _) in enumerate(cases):
        text += f"backend l{number}\n  {lines}\n  server s 127.0.0.1:{ports[number]} check {options}\n"
    running = Program(program, text, folder)
    running.wait_open(ports[-1])
    time.sleep(2.2)
    said = running.end()
    results = {}
    for number, (name, *_) in enumerate(cases):
        found = re.search(rf"Health check for server l{number}/s (.*?), check duration: \d+ms(.*)", said)
        results["check: " + name] = (found and found[1] + found[2], servers[number].seen[:1])
        servers[number].sock.close()
    return results


def run_tunings(program, folder, wanted):
    results = {}
    for tuning in TUNINGS:
        if wanted not in tuning:
            continue
        front, back = free_ports(2)
        server = Server(back, answer(), None, folder)
        text = GLOBAL + f"  {tuning}\n" + DEFAULTS + f"listen l\n  bind 127.0.0.1:{front} proto h2\n  server s 127.0.0.1:{back} proto h2\n"
        running = Program(program, text, folder)
        try:
            running.wait_open(front)
            client = Connection(("127.0.0.1", front))
            client.headers(1, [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a")], end=True)
            client.wait(lambda: 1 in client.streams and client.streams[1].over)
            results["tuning: " + tuning] = (said_by(client.peer_settings, True), said_by(server.peer_settings, False), client.streams[1].status)
            client.sock.close()
        finally:
            running.end()
            server.sock.close()
    return results


def said_by(settings, from_server):
    """Those that say something else than what counts without them (RFC 9113 section 6.5.2). That of RFC 8441 is the server's to say; haproxy
    sends it to servers, too."""
    silent_ones = {1: 4096, 4: 65535, 5: 16384}
    return sorted((name, value) for name, value in dict(settings or {}).items() if silent_ones.get(name) != value and (from_server or name != 8))


def ask_websocket(port):
    text = b""
    try:
        with socket.create_connection(("127.0.0.1", port), 3) as talk:
            talk.sendall(WEBSOCKET)
            while b"\r\n\r\n" not in text:
                piece = talk.recv(4096)
                if not piece:
                    return text.split(b"\r\n")[0]
                text += piece
            head = text.split(b"\r\n")[0]
            if b" 101 " not in head:
                return head
            talk.sendall(b"ping")
            return head[:12], talk.recv(100)  # HTTP/2 has no reason phrase
    except OSError as fault:
        return type(fault).__name__


def run_sockets(program, folder, wanted):
    cases = [each for each in SOCKETS if wanted in each[0]]
    ports = free_ports(2 * len(cases))
    text, servers = GLOBAL + DEFAULTS, []
    for number, (options, agreed, knows) in enumerate(cases):
        front, back = ports[2 * number:2 * number + 2]
        servers.append(Server(back, in_tunnel, agreed, folder, {8: 1} if knows else ()))
        text += f"listen l{number}\n  bind 127.0.0.1:{front}\n  server s 127.0.0.1:{back} {options}\n"
    running = Program(program, text, folder)
    results = {}
    try:
        if cases:
            running.wait_open(ports[-2])
        for number, (options, _, knows) in enumerate(cases):
            got = ask_websocket(ports[2 * number])
            results[f"websocket: {options}{'' if knows else ', without RFC 8441'}"] = (got, [each[:2] for each in servers[number].seen])
    finally:
        running.end()
        for server in servers:
            server.sock.close()
    return results


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options.add_argument("--only", default="")
    options = options.parse_args()
    if not os.access(options.reference, os.X_OK):
        print(f"{options.reference} is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="h2-checks-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=a.test", "-keyout", f"{folder}/k", "-out", f"{folder}/c",
                        "-days", "30"], check=True, stderr=subprocess.DEVNULL)
        with open(f"{folder}/pem", "w", encoding="ascii") as out:
            for part in "ck":
                with open(f"{folder}/{part}", encoding="ascii") as piece:
                    out.write(piece.read())
        both = []
        for program in (options.reference, options.prog):
            results = {}
            for part in (run_checks, run_tunings, run_sockets):
                results.update(part(program, folder, options.only))
            both.append(results)
    theirs, ours = both
    differ = 0
    for name, one in theirs.items():
        reason = EXPLAINED.get(name)
        if (one == ours[name]) == (reason is None):
            continue
        differ += 1
        print(f"{'SAME' if reason else 'DIFFERS'} {name}\n  haproxy {one}\n  proxyd  {ours[name]}")
    print(f"{len(theirs)} cases, {differ} differ without a reason")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
