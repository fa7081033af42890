#!/usr/bin/env python3
"""The same conversations over HTTP/2 with Debian's haproxy and with proxyd: what server, client and log see is equal or explained.

  h2_side_by_side.py [--prog PROXYD] [--reference HAPROXY] [--only TEXT] [--show]

Each case is a frontend, a backend and a server of HTTP/1 of its own, and a client that works on frames; it is played in clear (prior
knowledge) and over TLS (ALPN). Compared are: the bytes of the request's head at the server, its body and trailers; each response's
fields, body, trailers and end; what became of the connection; and the log line. h2_side_cases.py has the cases,
h2_explained.py says where we differ on purpose, and why.
"""
import argparse
import contextlib
import hashlib
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
from concurrent.futures import ThreadPoolExecutor

import h2_side_cases
from h2_case import Talk
from h2_client import code_name, tls_context
from h2_explained import EXPLAINED
from h2_hpack import HpackError
from h2_stage import Origin, Program, absolute, make_certificate, wait_open
from second_look import second_look

AT_ONCE = 32
NET = f"127.{21 + 2 * (os.getpid() % 100)}"  # an address for each case: no port is taken by an outgoing connection in between
PORTS = {"clear": 26001, "tls": 26002, "both": 26003}
FRONT = """frontend {name}
  bind {address}:26001 proto h2
  bind {address}:26002 ssl crt {certificate} alpn h2,http/1.1
  bind {address}:26003
  log-format "%ft %sslv %sslc %ST %B %U %tsc %CC %CS %hr %hs %HM %HP %HV %HQ %r %{{+Q}}r [%[var(txn.facts)]] [%[var(txn.hdrs)]]"
  error-log-format "%ft %sslv error %ST %ts %[fc_err] %B %U %r"
  http-request set-var-fmt(txn.facts) "%[fc_http_major] %[req.ver] %[method] %[url] %[path] %[pathq] %[base] %[query] %[hdr(host)] %[req.hdr_cnt]"
  http-request set-var(txn.hdrs) req.hdrs,hex
{conf}
{use}
backend {name}b
{back}
{server}
"""
GLOBAL = """global
  log 127.0.0.1:{sink} len 16000 local0
  maxconn 4000
  expose-experimental-directives
  tune.ssl.default-dh-param 2048
defaults
  mode http
  log global
  timeout connect 1s
  timeout client 3s
  timeout server 3s
  timeout http-request 2s
  retries 1
"""


class Sink:
    """Takes the log lines of all cases, by the name of their frontend."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.port, self.lines = self.sock.getsockname()[1], {}
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                text = self.sock.recv(65536).decode("latin-1")
            except OSError:
                return
            text = re.sub(r"^<\d+>.*?\]: ", "", text).rstrip("\n")
            text = re.sub(r"127\.0\.0\.1:\d+ \[[^]]*\]", "CLIENT", text)
            if name := re.search(r"\bc\d\d\d\b", text):
                self.lines.setdefault(name.group(), []).append(text)


def seen_by_server(origin):
    """Each request as the server got it; what is random is not compared."""
    requests = []
    for each in sorted((each for some in origin.seen.values() for each in some), key=lambda each: each.head):
        head = re.sub(rb"(?i)(sec-websocket-key: )\S+", rb"\1KEY", each.head)
        requests.append((head.decode("latin-1"), digest(each.body or b""), each.trailers.decode("latin-1"), each.complete))
    return requests


def digest(data):
    data = bytes(data)
    return data.decode("latin-1") if len(data) <= 300 else f"{len(data)} bytes, {hashlib.sha256(data).hexdigest()[:16]}"


def seen_by_client(talk):
    streams = []
    for number, each in sorted(talk.streams.items()):
        end = "ended" if each.ended else "open" if each.reset is None else f"RST_STREAM {code_name(each.reset)}"
        headers = [(name, re.sub(rb"[A-Za-z0-9+/]{27}=", b"KEY", value)) for name, value in each.headers or []]
        streams.append((number, each.informational, headers, digest(each.data), each.trailers, end))
    return streams


def fate_of(talk):
    return [(code_name(code), last) for last, code, _ in talk.goaways], talk.ended


def play(case, way, address, tls, origin, sink, name):
    """What the three sides saw of a case."""
    talk, start = None, len(sink.lines.get(name, []))
    try:
        if way == "both":
            return {"client": case.play(address), "server": seen_by_server(origin), "log": log_of(sink, name, start, case.logs)}
        talk = Talk(address, tls if way == "tls" else None, **case.options)
        talk.root, talk.origin = b"/x", origin
        if not case.options.get("hello", True) or talk.ready():
            case.play(talk)
        talk.wait(lambda: all(each.over or each.reset_by_us for each in talk.streams.values()))
        if case.fate:
            talk.wait(lambda: talk.ended, case.fate)
        seen = {"client": seen_by_client(talk), "fate": fate_of(talk) if case.fate else talk.goaways}
    except (OSError, HpackError) as fault:
        seen = {"client": f"{type(fault).__name__} {fault}", "fate": ""}
    finally:
        if talk:
            talk.close()
    return {**seen, "log": log_of(sink, name, start, len(talk.streams) if case.logs is None and talk else case.logs or 0),
            "server": seen_by_server(origin)}


def log_of(sink, name, start, count):
    end = time.monotonic() + 1.5
    while len(sink.lines.get(name, [])) < start + count and time.monotonic() < end:
        time.sleep(0.01)
    if not count:
        time.sleep(0.1)
    return sorted(sink.lines.get(name, [])[start:])


def indented(lines):
    return "\n".join("  " + line.strip() for line in lines.split("\n"))


class Stage:
    """One program with all cases in its configuration."""

    def __init__(self, command, cases, folder, certificate):
        self.cases, self.sink, self.origins, self.addresses = cases, Sink(), [], []
        text = GLOBAL.format(sink=self.sink.port)
        for at, case in enumerate(cases):
            origin = Origin(case.routes, **({"default": case.serve} if case.serve else {}))
            address = f"{NET}.{at // 250}.{at % 250 + 1}"
            self.origins.append(origin)
            self.addresses.append(address)
            server = "  " + case.server.format(origin=origin.port, dead=f"{address}:26009") if case.server else ""
            text += FRONT.format(name=f"c{at:03}", address=address, certificate=certificate, conf=indented(case.conf),
                                 use=f"  default_backend c{at:03}b",
                                 back=indented(case.back), server=server)
        config = os.path.join(folder, os.path.basename(command.split()[0]) + ".cfg")
        with open(config, "w", encoding="latin-1") as out:
            out.write(text)
        self.program = Program(command, config, folder, None)
        wait_open(self.program, [(self.addresses[-1], PORTS["both"])])

    def run(self):
        """For each case and way what was seen."""
        tls = tls_context()

        def one(at):
            case, results = self.cases[at], {}
            for way in case.ways:
                self.origins[at].seen.clear()
                results[way] = play(case, way, (self.addresses[at], PORTS[way]), tls, self.origins[at], self.sink, f"c{at:03}")
                time.sleep(0.05)  # a line that nobody waited for belongs to this way
            return results

        with ThreadPoolExecutor(AT_ONCE) as crew:
            results = list(crew.map(one, range(len(self.cases))))
        if self.program.process.poll() is not None:
            raise SystemExit(f"the program ended with {self.program.process.returncode}:\n{self.program.text()[-3000:]}")
        return results

    def stop(self):
        self.program.stop()
        self.sink.sock.close()
        for origin in self.origins:
            origin.stop()


def soft_stop(command, folder, certificate):
    """What clients see of a soft stop: one that is idle, one whose request is being served, one that asks behind the GOAWAY."""
    release = threading.Event()
    origin = Origin({b"late": lambda exchange, _: release.wait(3) and exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")})
    ports = {way: (f"{NET}.200.1", port) for way, port in PORTS.items()}
    config = os.path.join(folder, "stop.cfg")
    with open(config, "w", encoding="ascii") as out:
        out.write(GLOBAL.format(sink=9) + FRONT.format(name="c000", address=f"{NET}.200.1", certificate=certificate, conf="",
                                                       use="  default_backend c000b", back="",
                                                       server=f"  server s 127.0.0.1:{origin.port}"))
    program, seen = Program(command, config, folder, None), []
    try:
        wait_open(program, list(ports.values()))
        talks = [Talk(ports[way], tls_context() if way == "tls" else None) for way in ("clear", "tls", "clear", "tls")]
        idle, busy = talks[:2], talks[2:]
        for talk in talks:
            talk.ready()
            talk.answer(talk.request(path=b"/x/"))
        for talk in busy:
            talk.request(path=b"/x/late")
            talk.ping()
        while len(origin.of(b"x")) < 6:
            time.sleep(0.01)
        program.process.send_signal(signal.SIGUSR1)
        for talk in talks:  # the last stream that GOAWAY names, and whether an idle connection is kept for the client to close, is each one's own way
            seen.append(("idle" if talk in idle else "busy", talk.wait(lambda each=talk: len(each.goaways) > 0, 0.6)))
        release.set()
        for talk in busy:
            talk.answer(3)
            seen.append(("served", bytes(talk.stream(3).data)))
        for talk in talks:
            talk.close()
        try:
            seen.append(("exit", program.process.wait(3)))
        except subprocess.TimeoutExpired:
            seen.append(("exit", "none within 3 s"))
        return seen
    finally:
        program.stop()
        origin.stop()


def run_cases(commands, cases, folder, certificate):
    """What each of the programs does, case by case."""
    results = []
    for command in commands if cases else ():
        here = tempfile.mkdtemp(dir=folder)
        stage = Stage(command, cases, here, certificate)
        try:
            results.append(stage.run())
        finally:
            stage.stop()
    return results or [[] for _ in commands]


def run_twice(commands, cases, folder, certificate):
    """As run_cases, with a second look at what differs."""
    results = run_cases(commands, cases, folder, certificate)
    with contextlib.redirect_stdout(None):
        wrong = compare(cases, *results)[3]
    second_look(wrong, results, [case.name for case in cases],
                lambda some: run_cases(commands, [cases[at] for at in some], folder, certificate))
    return results


def compare(cases, theirs, ours):
    """Prints what differs; the numbers of comparisons, of differences, and of those that are explained, and which cases differ."""
    total, differ, explained, used, wrong = 0, 0, 0, set(), []
    for at, (case, one, other) in enumerate(zip(cases, theirs, ours)):
        for way in case.ways:
            total += 1
            aspects = [aspect for aspect in one[way] if one[way][aspect] != other[way][aspect] and aspect not in case.ignore]
            allowed, _ = EXPLAINED.get(case.name, ((), ""))
            rest = [aspect for aspect in aspects if aspect not in allowed]
            used |= {case.name} if aspects else set()
            explained += bool(aspects) and not rest
            if rest:
                differ += 1
                wrong = [*wrong, at] if at not in wrong else wrong
                print(f"DIFFERS {case.name} ({way})")
                for aspect in rest:
                    print(f"  {aspect}:\n    haproxy {one[way][aspect]}\n    proxyd  {other[way][aspect]}")
    for name in sorted(set(EXPLAINED) & {case.name for case in cases} - used):
        print(f"explained and equal: {name}")
    return total, differ, explained, wrong


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default=os.environ.get("HAPROXY", "/usr/sbin/haproxy"))
    options.add_argument("--only", default="")
    options.add_argument("--show", action="store_true", help="print what the reference does")
    options = options.parse_args()
    if not shutil.which(options.reference):
        print(f"skipped: no {options.reference}")
        return 77
    began = time.monotonic()
    cases = [case for case in h2_side_cases.CASES if options.only in case.name]
    with tempfile.TemporaryDirectory(prefix="h2-side-") as folder:
        certificate = make_certificate(folder)
        commands = (absolute(options.reference), absolute(options.prog))
        results = run_twice(commands, cases, folder, certificate)
        stops = [soft_stop(command, folder, certificate) if options.only in "soft stop" else [] for command in commands]
    if options.show:
        for case, one in zip(cases, results[0]):
            for way, seen in one.items():
                print(f"{case.name} ({way})", *(f"  {aspect}: {what}" for aspect, what in seen.items()), sep="\n")
    total, differ, explained, _ = compare(cases, *results)
    if options.only in "soft stop":
        total, (one, other) = total + 1, stops
        if one != other:
            differ += 1
            print("DIFFERS soft stop", *(f"  {text}\n" for text in ("haproxy", *one, "proxyd", *other)))
    print(f"{len(cases)} cases, {total} comparisons, {explained} explained, {differ} differ, {time.monotonic() - began:.0f} s")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
