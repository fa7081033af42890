#!/usr/bin/env python3
"""Attacks over HTTP/2: the memory of the program stays bounded and flat, and other clients are served all the while.

  h2_attacks.py [--prog PROXYD] [--seconds N] [--only TEXT]

Each attack meets a fresh program. What must hold:
- Memory: at most GROWTH above what the warm program held. An attacker has two connections here, each of them 100 streams with a buffer
  per direction and their frames: about 10 MiB; the rest is the allocator's slack. A flood that is kept for later would be far beyond.
- It does not creep: in the last third of the attack at most CREEP above the maximum of what was before.
- Another client, by HTTP/1 and HTTP/2 on kept and on new connections, waits at most DELAY for an answer, and gets it.
- Where the attack sends what no honest client ever would, the attacker is told so and loses the connection ("ends").
- Afterwards no descriptor stays behind.
"""
import argparse
import os
import struct
import sys
import tempfile
import threading
import time

from abuse import Daemon
from h2_bystanders import DELAY, Others
from h2_client import (CONTINUATION, DATA, END_HEADERS, HEADER_TABLE_SIZE, HEADERS, INITIAL_WINDOW_SIZE, PADDED, PING, PRIORITY, RST_STREAM, SETTINGS,
                       WINDOW_UPDATE, Connection, code_name, fields_of, frame, settings_payload)
from h2_hpack import encode, indexed, literal
from h2_stage import Origin, absolute, free_ports

GROWTH, CREEP = 24 << 10, 4 << 10  # KiB; what the allocator keeps differs by 3 MiB from one round of 200 streams to the next
CONFIG = """global
  maxconn 2000
  nbthread 2
defaults
  mode http
  timeout connect 2s
  timeout client 3s
  timeout server 3s
  timeout http-request 3s
frontend front
  bind 127.0.0.1:{h2} proto h2
  bind 127.0.0.1:{h1}
  http-request return status 200 content-type text/plain string "fine" if {{ path /fine }}
  use_backend honest if {{ path_beg /b/ }}
  default_backend web
backend web
  server s 127.0.0.1:{origin}
backend honest
  server s 127.0.0.1:{honest}
"""
FINE, HOLD = encode(fields_of(b"GET", b"/fine")), encode(fields_of(b"GET", b"/a/hold"))
POST_HOLD = encode(fields_of(b"POST", b"/a/hold"))


class Attacker:
    """Attacks until the deadline, on a new connection whenever the last one ended."""

    def __init__(self, address, deadline, **options):
        self.address, self.deadline, self.options = address, deadline, options
        self.sent, self.connections, self.ends = 0, 0, {}
        self.talk = None

    def over(self):
        return time.monotonic() >= self.deadline

    def begin(self):
        self.finish()
        self.talk = Connection(self.address, keep_data=False, **self.options)
        self.connections += 1
        self.talk.ready()
        return self.talk

    def finish(self):
        if self.talk:
            goaways = [code_name(code) for _, code, _ in self.talk.goaways if code]
            end = "GOAWAY " + goaways[-1] if goaways else self.talk.ended
            if end:
                self.ends[end] = self.ends.get(end, 0) + 1
            self.talk.close()

    def flood(self, make, batch=50, read=True):
        """Sends what `make(number)` returns, as fast as it is taken."""
        number = 0
        while not self.over():
            talk, number = self.begin(), 0
            while not talk.ended and not self.over() and not (talk.goaways and talk.goaways[-1][1]):
                if len(talk.out) < 1 << 17:
                    talk.raw(b"".join(make(number + at) for at in range(batch)))
                    number += batch
                    self.sent += batch
                talk.paused = not read
                talk.pump(0.01 if len(talk.out) >= 1 << 17 else 0)
                talk.frames.clear()
                talk.streams.clear()
                if number > (1 << 29):
                    break
            talk.paused = False
            talk.wait(lambda: talk.ended, 0.2)


def stream(number):
    return 2 * number + 1


ATTACKS = []


def attack(name, ends=False, connections=2):
    def note(run):
        ATTACKS.append((name, run, ends, connections))
        return run
    return note


def simple(name, make, ends=False, **more):
    ATTACKS.append((name, lambda attacker: attacker.flood(make, **more), ends, 2))


simple("rapid reset", lambda n: frame(HEADERS, 5, stream(n), FINE) + frame(RST_STREAM, 0, stream(n), struct.pack("!I", 8)))
simple("rapid reset of requests at a server", lambda n: frame(HEADERS, 5, stream(n), HOLD) + frame(RST_STREAM, 0, stream(n), struct.pack("!I", 8)),
       batch=5)
simple("rapid reset by the server: malformed requests", lambda n: frame(HEADERS, 5, stream(n), FINE + b"\x00\x01X\x011"))
simple("rapid reset by the server: windows of 0", lambda n: frame(HEADERS, 5, stream(n), HOLD) + frame(WINDOW_UPDATE, 0, stream(n), bytes(4)),
       batch=5)
simple("requests, answers unread", lambda n: frame(HEADERS, 5, stream(n), FINE), read=False)
simple("SETTINGS flood", lambda n: frame(SETTINGS, 0, 0))
simple("SETTINGS flood, acknowledgements unread", lambda n: frame(SETTINGS, 0, 0), read=False)
simple("SETTINGS that change the table's size", lambda n: frame(SETTINGS, 0, 0, settings_payload([(HEADER_TABLE_SIZE, 4096 * (n % 2))] * 100)),
       batch=10)
simple("PING flood", lambda n: frame(PING, 0, 0, struct.pack("!Q", n)))
simple("PING flood, answers unread", lambda n: frame(PING, 0, 0, struct.pack("!Q", n)), read=False)
simple("PRIORITY flood", lambda n: frame(PRIORITY, 0, stream(n), struct.pack("!IB", stream(n + 5), n % 256)))
simple("unknown frames", lambda n: frame(0x40 + n % 100, 0, 0, bytes(100)))
simple("window updates of the connection", lambda n: frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1)))
simple("DATA on streams that are over", lambda n: frame(HEADERS, 5, stream(n), FINE) + frame(RST_STREAM, 0, stream(n), bytes(4)) + frame(DATA, 0,
    stream(n), bytes(10)))


def on_one_stream(name, opening, piece, **more):
    """A flood of one kind of frame behind an open request."""
    def make(number):
        return (opening if number == 0 else b"") + piece
    simple(name, make, **more)


OPEN = frame(HEADERS, END_HEADERS, 1, POST_HOLD)
on_one_stream("empty DATA frames", OPEN, frame(DATA, 0, 1))
on_one_stream("DATA of padding alone", OPEN, frame(DATA, PADDED, 1, b"\x00"))
on_one_stream("window updates of a stream", OPEN, frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", 1)))
on_one_stream("CONTINUATION without end, empty", frame(HEADERS, 0, 1, POST_HOLD), frame(CONTINUATION, 0, 1), ends=True)
on_one_stream("CONTINUATION without end, full", frame(HEADERS, 0, 1, POST_HOLD), frame(CONTINUATION, 0, 1, encode([(b"x-more", b"v" * 16000)])),
              ends=True, batch=10)
on_one_stream("CONTINUATION without end, by references", frame(HEADERS, 0, 1, POST_HOLD + literal(b"x-bomb", b"v" * 4000, "index")),
              frame(CONTINUATION, 0, 1, indexed(62) * 16000), ends=True, batch=5)
BOMB = encode(fields_of(b"GET", b"/a/hold")) + literal(b"x-bomb", b"v" * 3900, "index")
simple("HPACK bomb: a list of 50 MiB in 16 KiB", lambda n: frame(HEADERS, 5, stream(n), BOMB + indexed(62) * (16300 - len(BOMB))), batch=2)
BIG_LIST = encode(fields_of(b"GET", b"/a/hold") + [(b"x-large", b"v" * 16000)])
simple("header lists of 160 KiB", lambda n: frame(HEADERS, 1, stream(n), BIG_LIST[:16384]) + b"".join(
    frame(CONTINUATION, 4 if at == 9 else 0, stream(n), encode([(b"x-large", b"v" * 16000)])) for at in range(10)), batch=2)


def open_streams(talk, count, path, **options):
    return [talk.request(b"GET", path, **options) for _ in range(count)]


@attack("a hundred answers, unread, wide windows")
def slow_reader(attacker):
    talk = attacker.begin()
    talk.settings({INITIAL_WINDOW_SIZE: (1 << 31) - 1}).window_update(0, (1 << 30))
    talk.ping()
    attacker.sent += len(open_streams(talk, 100, b"/a/big/50000000"))
    talk.paused = True
    while not attacker.over():
        time.sleep(0.05)
    talk.paused = False


@attack("a hundred answers, read by single bytes")
def byte_reader(attacker):
    while not attacker.over():
        talk = attacker.begin()
        talk.auto_window = False
        talk.settings({INITIAL_WINDOW_SIZE: 1})
        talk.ping()
        numbers = open_streams(talk, 100, b"/a/big/100000")
        while not attacker.over() and not talk.ended:
            for number in numbers:
                talk.window_update(number, 1)
            attacker.sent += len(numbers)
            if not talk.ping():
                break


@attack("a hundred requests at a window of 0")
def zero_window(attacker):
    while not attacker.over():
        talk = attacker.begin()
        talk.settings({INITIAL_WINDOW_SIZE: 0})
        talk.ping()
        attacker.sent += len(open_streams(talk, 100, b"/a/big/1000000"))
        talk.wait(lambda: talk.ended or attacker.over(), attacker.deadline - time.monotonic())


@attack("windows of a hundred streams, back and forth")
def window_swing(attacker):
    while not attacker.over():
        talk = attacker.begin()
        talk.auto_window = False
        open_streams(talk, 100, b"/a/big/1000000")
        while not attacker.over() and not talk.ended:
            for size in (0, (1 << 31) - 1, 5, 70000) * 5:
                talk.settings({INITIAL_WINDOW_SIZE: size})
            attacker.sent += 20
            talk.window_update(0, 100)
            if not talk.ping():
                break


@attack("answers reset in the middle")
def reset_answers(attacker):
    while not attacker.over():
        talk = attacker.begin()
        while not attacker.over() and not talk.ended and not talk.goaways:
            numbers = open_streams(talk, 20, b"/a/big/1000000")
            talk.wait(lambda: all(talk.stream(number).size or talk.stream(number).over for number in numbers), 1)
            for number in numbers:
                talk.reset(number)
            attacker.sent += 20
            talk.frames.clear()


@attack("a hundred open requests, then gone")
def vanish(attacker):
    while not attacker.over():
        talk = attacker.begin()
        open_streams(talk, 50, b"/a/hold")
        for _ in range(50):
            number = talk.next_id
            talk.headers(number, POST_HOLD, end=False).data(number, b"abc")
        talk.ping()
        attacker.sent += 100
        talk.vanish()
        attacker.talk = None


@attack("connections that say nothing after the preface")
def silent(attacker):
    talks = []
    while not attacker.over():
        if len(talks) < 200:
            talks.append(Connection(attacker.address))
            attacker.sent += 1
        else:
            time.sleep(0.05)
    for talk in talks:
        talk.close()


def warm(ports):
    """What is allocated on first use, and the streams that one honest client may have."""
    address = ("127.0.0.1", ports["h2"])
    for _ in range(4):
        with Connection(address) as talk:
            numbers = open_streams(talk, 50, b"/a/big/20000")
            for number in numbers:
                talk.answer(number)


def watch(daemon, attackers, began, deadline):
    """Samples of the memory while the attackers run: (time, KiB)."""
    samples = []
    while time.monotonic() < deadline or any(thread.is_alive() for thread in attackers) and time.monotonic() < deadline + 8:
        if not daemon.alive():
            break
        samples.append((time.monotonic() - began, daemon.resident_kib()))
        time.sleep(0.02)
    return samples


def judge(samples, before, seconds, sanitized):
    most = max(size for _, size in samples)
    early = max((size for at, size in samples if at < seconds * 2 / 3), default=before)
    late = max((size for at, size in samples if at >= seconds * 2 / 3), default=before)
    wrong = []
    if not sanitized:
        if most - before > GROWTH:
            wrong.append(f"grew by {most - before} KiB")
        if seconds >= 5 and late - early > CREEP:
            wrong.append(f"still growing at the end: {late - early} KiB")
    return most - before, wrong


def descriptors_settle(daemon, baseline):
    for _ in range(100):
        if daemon.descriptors() <= baseline + 4:  # connections to the server that are kept for the next request
            return True
        time.sleep(0.1)
    return False


def run_attack(command, folder, one, seconds):
    """What is wrong; prints what happened."""
    name, run, ends, connections = one
    # Honest clients have a server of their own: what the attack does to the one in Python is not the program's affair.
    origin, honest, ports = Origin(), Origin(), dict(zip(("h1", "h2"), free_ports(2)))
    config = os.path.join(folder, "attacks.cfg")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIG.format(**ports, origin=origin.port, honest=honest.port))
    daemon = Daemon(command, config, folder)
    daemon.program.ready = ("127.0.0.1", ports["h2"])
    others = Others(ports)
    try:
        if not daemon.program.wait_ready():
            return ["did not start: " + daemon.program.text()]
        warm(ports)
        before, handles, began = daemon.resident_kib(), daemon.descriptors(), time.monotonic()
        deadline = began + seconds
        attackers = [Attacker(daemon.program.ready, deadline) for _ in range(connections)]
        errors = []
        threads = [threading.Thread(target=attacking, args=(run, attacker, errors), daemon=True) for attacker in attackers]
        others.start()
        for thread in threads:
            thread.start()
        samples = watch(daemon, threads, began, deadline)
        for attacker in attackers:
            attacker.finish()
        others.end()
        if not daemon.alive():
            return [f"ended by itself with {daemon.program.process.returncode}: {daemon.program.text()[-2000:]}"]
        growth, wrong = judge(samples, before, seconds, daemon.sanitized())
        wrong += errors + sorted(set(others.wrong))[:3]
        if others.longest > DELAY:
            wrong.append(f"another client waited {others.longest:.1f} s")
        if others.served < 5:
            wrong.append(f"only {others.served} answers for others")
        outcome = {}
        for attacker in attackers:
            for end, count in attacker.ends.items():
                outcome[end] = outcome.get(end, 0) + count
        if ends and not any(end.startswith("GOAWAY") or end in ("closed", "reset") for end in outcome):
            wrong.append("the attacker's connection lives on")
        if not descriptors_settle(daemon, handles):
            wrong.append(f"{daemon.descriptors()} descriptors, {handles} before")
        print(f"  {name}: {sum(each.sent for each in attackers)} sent on {sum(each.connections for each in attackers)} connections; "
              f"{', '.join(f'{count} x {end}' for end, count in outcome.items()) or 'not ended'}; memory {growth:+} KiB from {before}; "
              f"others: {others.served} answers, longest {others.longest:.2f} s", flush=True)
        return wrong
    finally:
        daemon.program.stop()
        origin.stop()
        honest.stop()


def attacking(run, attacker, errors):
    while not attacker.over():
        try:
            run(attacker)
        except (ConnectionError, TimeoutError):
            pass  # refused, or ended while we spoke: the next connection shows
        except OSError as fault:
            errors.append(f"attacker: {fault}")
            return


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--seconds", type=float, default=2)
    options.add_argument("--only", default="")
    options = options.parse_args()
    began, failed, count = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="h2-attacks-") as folder:
        for one in ATTACKS:
            if options.only not in one[0]:
                continue
            count += 1
            wrong = run_attack(absolute(options.prog), folder, one, options.seconds)
            failed += bool(wrong)
            for text in wrong:
                print(f"FAIL  {one[0]}: {text}", flush=True)
    print(f"{count} attacks, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
