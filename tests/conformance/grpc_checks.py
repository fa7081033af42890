#!/usr/bin/env python3
"""`option grpc-check` against servers of our own: what they are asked, and what their answers become in log, state and statistics.

  grpc_checks.py [--prog PROXYD] [--only TEXT]

haproxy has no such check. The servers speak frames, right or wrong. Exits 0, or 1 when a case differs from what is wanted.
"""
import argparse
import csv
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

from h2_checks import Program, Server, closes, garbage, in_http1, resets, silent
from h2_client import END_HEADERS, HEADERS
from h2_stage import free_ports, make_certificate

GRPC = ((b":status", b"200"), (b"content-type", b"application/grpc"))
SERVING, NOT_SERVING, SERVICE_UNKNOWN = (bytes([0, 0, 0, 0, 2, 8, status]) for status in (1, 2, 3))
PATIENCE = 30  # seconds until every server was checked


def says(message, status=b"0", *fields):
    return lambda serving, number: serving.respond(number, GRPC, message, [(b"grpc-status", status), *fields])


def head_only(*fields):
    return lambda serving, number: serving.headers(number, [*GRPC, *fields], end=True)


def plain(code, body=b"no"):
    return lambda serving, number: serving.respond(number, [(b":status", code), (b"content-type", b"text/plain")], body)


def in_pieces(serving, number):
    serving.headers(number, [(b":status", b"103")], end=False).headers(number, list(GRPC), end=False)
    for at in range(len(SERVING)):
        serving.data(number, SERVING[at:at + 1])
    serving.headers(number, [(b"grpc-status", b"0")])


def cut(serving, number):
    serving.headers(number, list(GRPC), end=False).data(number, SERVING)
    serving.sock.shutdown(socket.SHUT_WR)


def bad_fields(serving, number):
    serving.headers(number, list(GRPC), end=False).data(number, SERVING)
    serving.frame(HEADERS, END_HEADERS | 1, number, b"\xff\xff\xff")


def went_away(serving, number):
    serving.goaway(0, 0)


class Flips:
    """Serves, does not for three checks, and serves again."""

    def __init__(self):
        self.asked = 0

    def __call__(self, serving, number):
        self.asked += 1
        says(NOT_SERVING if 3 <= self.asked <= 5 else SERVING)(serving, number)


PASSED = 'succeeded, reason: Layer7 check passed, code: 0'


def down(info, code=0):
    return f'failed, reason: Layer7 wrong status, code: {code}, info: "{info}"'


def invalid(info):
    return f'failed, reason: Layer7 invalid response, info: "{info}"'


WHOLE, NAMED = b"\0\0\0\0\0", b"\0\0\0\0\x0a\x0a\x08shop.Buy"
CHK, H2 = "option grpc-check", ("h2", "http/1.1")
# name, lines of the backend, options of the server, what the server does, what its TLS agrees on, what the log says, what the server was asked
CASES = [
    ("serving", CHK, "", says(SERVING), None, PASSED, (None, WHOLE)),
    ("a service, mode tcp", "mode tcp\n  " + CHK + " shop.Buy", "", says(SERVING), None, PASSED, (None, NAMED)),
    ("in pieces, after hints", CHK, "", in_pieces, None, PASSED, (None, WHOLE)),
    ("takes the place of httpchk", "option httpchk\n  " + CHK, "proto h1", says(SERVING), None, PASSED, (None, WHOLE)),
    ("send-proxy", CHK, "send-proxy", says(SERVING), "proxied", PASSED, (None, WHOLE)),
    ("addr and port", CHK, "addr 127.0.0.1 port {port}", says(SERVING), None, PASSED, (None, WHOLE)),
    ("ssl: h2 is offered", CHK, "ssl verify none alpn http/1.1", says(SERVING), H2, PASSED, ("h2", WHOLE)),
    ("check-ssl, check-sni", CHK, "check-ssl verify none check-sni grpc.test", says(SERVING), H2, PASSED, ("h2", WHOLE)),
    ("check-ssl, a server without ALPN", CHK, "check-ssl verify none", says(SERVING), (), PASSED, (None, WHOLE)),
    ("check-ssl, a server of HTTP/1", CHK, "check-ssl verify none check-alpn h2,http/1.1", says(SERVING), ("http/1.1",),
     invalid("TLS agreed on http/1.1, not on HTTP/2"), None),
    ("NOT_SERVING", CHK, "", says(NOT_SERVING), None, down("NOT_SERVING"), (None, WHOLE)),
    ("UNKNOWN", CHK, "", says(b"\0\0\0\0\0"), None, down("UNKNOWN"), (None, WHOLE)),
    ("SERVICE_UNKNOWN", CHK + " shop.Buy", "", says(SERVICE_UNKNOWN), None, down("SERVICE_UNKNOWN"), (None, NAMED)),
    ("NOT_FOUND in the head", CHK + " x", "", head_only((b"grpc-status", b"5"), (b"grpc-message", b"unknown service%3a \"x%22")), None,
     down("NOT_FOUND: unknown service: ?x?", 5), (None, b"\0\0\0\0\3\x0a\1x")),
    ("UNAVAILABLE in trailers", CHK, "", says(SERVING, b"14", (b"grpc-message", b"gone%0afishing")), None, down("UNAVAILABLE: gone?fishing", 14), (None, WHOLE)),
    ("503", CHK, "", plain(b"503"), None, down("HTTP status 503", 503), (None, WHOLE)),
    ("another service's 200", CHK, "", plain(b"200"), None, invalid("content-type is not application/grpc"), (None, WHOLE)),
    ("no grpc-status", CHK, "", lambda s, n: s.respond(n, GRPC, SERVING), None, invalid("no grpc-status"), (None, WHOLE)),
    ("no message", CHK, "", head_only((b"grpc-status", b"0")), None, invalid("no message"), (None, WHOLE)),
    ("compressed", CHK, "", says(b"\1" + SERVING[1:]), None, invalid("message is compressed"), (None, WHOLE)),
    ("an odd message", CHK, "", says(b"\0\0\0\0\2\x0a\5"), None, invalid("odd message"), (None, WHOLE)),
    ("a long message", CHK, "", says(b"\0\0\1\0\0" + b"x" * 65536), None, invalid("message too long"), (None, WHOLE)),
    ("cut", CHK, "", cut, None, invalid("answer was cut"), (None, WHOLE)),
    ("closes", CHK, "", closes, None, invalid("no answer"), (None, WHOLE)),
    ("resets the stream", CHK, "", resets, None, invalid("HTTP/2 stream was broken off"), (None, WHOLE)),
    ("goes away", CHK, "", went_away, None, invalid("HTTP/2 stream was broken off"), (None, WHOLE)),
    ("breaks HPACK", CHK, "", garbage, None, invalid("HTTP/2 stream was broken off"), (None, WHOLE)),
    ("breaks HPACK in trailers", CHK, "", bad_fields, None, invalid("HTTP/2 stream was broken off"), (None, WHOLE)),
    ("answers in HTTP/1", CHK, "", in_http1, None, invalid("HTTP/2 stream was broken off"), (None, WHOLE)),
    ("silent", CHK, "", silent, None, "failed, reason: Layer7 timeout", (None, WHOLE)),
]
# lines of the proxy, words of the message; None: accepted
TIMEOUTS = "defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n"
FRONT = "frontend f\n  bind 127.0.0.1:1\n"
VERDICTS = [
    (TIMEOUTS + FRONT + "backend b\n  option grpc-check a.B\n  server s 127.0.0.1:1 check check-proto h2", None),
    (TIMEOUTS + FRONT + "backend b\n  option grpc-check\n  server s 127.0.0.1:1 check-proto h1", None),  # it is not checked
    (TIMEOUTS + "  option grpc-check\n" + FRONT + "backend b\n  server s 127.0.0.1:1 check check-proto h1",
     "backend 'b': server 's': 'check-proto h1' cannot be used with 'option grpc-check', which needs HTTP/2."),
    ("backend b\n  option grpc-check a b", "'option grpc-check' cannot handle unexpected argument 'b'."),
    ("backend b\n  no option grpc-check", "negation/default is not supported for option 'grpc-check'."),
]
GLOBAL = "global\n  nbthread 1\n  log stdout format raw local0\n  stats socket {folder}/socket level admin\n"
DEFAULTS = ("defaults\n  mode http\n  log global\n  timeout connect 3s\n  timeout client 5s\n  timeout server 5s\n  timeout check 3s\n"
            "  option log-health-checks\n  default-server inter 1s fall 1 rise 1\n")


class GrpcServer(Server):
    """Also notes which name TLS asked for."""

    def __init__(self, *arguments):
        self.names = []
        super().__init__(*arguments)
        if self.context:
            self.context.sni_callback = lambda _tls, name, _context: self.names.append(name)


def ask(folder, command):
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(10)
        talk.connect(f"{folder}/socket")
        talk.sendall(command.encode() + b"\n")
        text = b""
        while piece := talk.recv(65536):
            text += piece
    return text.decode()


def said(program):
    program.errors.flush()
    with open(program.errors.name, encoding="utf-8") as file:
        return file.read()


def found_in(text, number):
    found = re.search(rf"Health check for server l{number}/s (.*?), check duration: \d+ms", text)
    return found and found[1]


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return result


def asked_of(server):
    """ALPN and body of the first request; a complaint where the rest of it is not gRPC's."""
    if not server.seen:
        return None
    alpn, protocol, fields, *body = server.seen[0]
    if protocol != "HTTP/2":
        return server.seen[0]
    fields = dict(fields)
    host = fields.pop(b"host", b"")
    wanted = {b":method": b"POST", b":path": b"/grpc.health.v1.Health/Check", b"content-type": b"application/grpc", b"te": b"trailers", b"user-agent": b"triad"}
    name = server.names[0] if server.names and server.names[0] else "127.0.0.1"
    if fields != wanted or host != f"{name}:{server.sock.getsockname()[1]}".encode():
        return fields, host
    return alpn, body[0]


def run_cases(program, folder, wanted):
    cases = [each for each in CASES if wanted in each[0]]
    ports = free_ports(len(cases) + 1)
    servers = [GrpcServer(port, each[3], each[4], folder) for port, each in zip(ports, cases)]
    text = GLOBAL.format(folder=folder) + DEFAULTS + f"frontend f\n  bind 127.0.0.1:{ports[-1]}\n"
    for number, (_, lines, options, *_) in enumerate(cases):
        where = 1 if "port" in options else ports[number]
        text += f"backend l{number}\n  {lines}\n  server s 127.0.0.1:{where} check {options.format(port=ports[number])}\n"
    running = Program(program, text, folder)
    running.wait_open(ports[-1])
    wait_for(lambda: all(found_in(said(running), number) for number in range(len(cases))))
    complaints = []
    stats = {row["# pxname"]: row for row in csv.DictReader(ask(folder, "show stat").splitlines()) if row.get("svname") == "s"}
    state = {row.split()[1]: row.split() for row in ask(folder, "show servers state").splitlines() if row[:1].isdigit() and " s " in row}
    everything = running.end()
    for number, (name, _, _, _, _, log, asked) in enumerate(cases):
        got = (found_in(everything, number), asked_of(servers[number]))
        if got != (log, asked):
            complaints.append(f"{name}\n  wanted {(log, asked)}\n  got    {got}")
        names = {"passed": ("L7OK", "15"), "wrong status": ("L7STS", "17"), "timeout": ("L7TOUT", "12"), "invalid": ("L7RSP", "13")}
        layer7 = next((both for words, both in names.items() if f"Layer7 {words}" in log or f"Layer7 check {words}" in log), None)
        row = stats[f"l{number}"]
        info = re.search(r'info: "(.*)"', log)
        # While it is checked again the name has a star before it.
        if layer7 and (row["check_status"].lstrip("* "), state[f"l{number}"][10]) != layer7 and name != "silent":
            complaints.append(f"{name}: show stat has {row['check_status']}, show servers state {state[f'l{number}']}")
        if info and row["last_chk"] != info[1]:
            complaints.append(f"{name}: show stat has last_chk {row['last_chk']!r}")
        servers[number].sock.close()
    return len(cases), complaints


def run_flips(program, folder, wanted):
    """Down at the second failure, up at the second success, as "fall" and "rise" say."""
    name = "fall and rise"
    if wanted not in name:
        return 0, []
    front, port = free_ports(2)
    flips = Flips()
    server = GrpcServer(port, flips, None, folder)
    text = GLOBAL.format(folder=folder) + DEFAULTS.replace("  option log-health-checks\n", "") + (
        f"frontend f\n  bind 127.0.0.1:{front}\nbackend l0\n  option grpc-check\n  server s 127.0.0.1:{port} check inter 100ms fall 2 rise 2\n")
    running = Program(program, text, folder)
    running.wait_open(front)
    wait_for(lambda: "is UP" in said(running))
    asked = flips.asked
    everything = running.end()
    server.sock.close()
    lines = re.findall(r"^Server l0/s is (UP|DOWN), reason: (.*?), check duration", everything, re.MULTILINE)
    wanted_lines = [("DOWN", 'Layer7 wrong status, code: 0, info: "NOT_SERVING"'), ("UP", "Layer7 check passed, code: 0")]
    return 1, [] if lines == wanted_lines and asked >= 7 else [f"{name}: {lines} after {asked} checks\n{everything}"]


def run_verdicts(program, folder, wanted):
    complaints, count = [], 0
    for lines, words in VERDICTS:
        if wanted not in lines:
            continue
        count += 1
        path = f"{folder}/verdict"
        with open(path, "w", encoding="ascii") as file:
            file.write(lines + "\n")
        done = subprocess.run([program, "-c", "-f", path], capture_output=True, text=True, timeout=60, check=False)
        output = done.stdout + done.stderr
        if (done.returncode == 0) != (words is None) or (words or "") not in output:
            complaints.append(f"verdict on {lines!r}: {done.returncode}\n{output}")
    return count, complaints


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--only", default="")
    options = options.parse_args()
    total, complaints = 0, []
    with tempfile.TemporaryDirectory(prefix="grpc-checks-") as folder:
        os.rename(make_certificate(folder), f"{folder}/pem")
        for part in (run_cases, run_flips, run_verdicts):
            count, found = part(options.prog, folder, options.only)
            total += count
            complaints += found
    for each in complaints:
        print(each)
    print(f"{total} cases, {len(complaints)} complaints")
    return 1 if complaints or not total else 0


if __name__ == "__main__":
    sys.exit(main())
