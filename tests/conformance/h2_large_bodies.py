#!/usr/bin/env python3
"""Large bodies in both directions at once over one connection of HTTP/2: whole, and without the program growing.

  h2_large_bodies.py [--prog PROXYD] [--megabytes N]

An upload, a download and a body that a server sends back while it comes, all on one connection, in clear and over TLS; then a download
whose client stops reading for a while, and a server that stops reading: the program waits, and holds no more than its buffers.
"""
import argparse
import os
import sys
import tempfile
import time

from abuse import Daemon
from h2_client import Connection, tls_context
from h2_stage import Origin, absolute, free_ports, make_certificate

GROWTH = 12 << 10  # KiB: three streams with their buffers, TLS, and what the allocator keeps
CONFIG = """global
  maxconn 100
defaults
  mode http
  timeout connect 3s
  timeout client 20s
  timeout server 20s
frontend front
  bind 127.0.0.1:{clear} proto h2
  bind 127.0.0.1:{tls} ssl crt {certificate} alpn h2
  default_backend web
backend web
  server s 127.0.0.1:{origin}
"""
PIECE = bytes(range(256)) * 1024


def feed(talk, numbers, left):
    """Keeps some of each body ready to be sent; `left` counts what is still to come of each."""
    for number in numbers:
        stream = talk.stream(number)
        while left[number] and len(stream.pending) < 2 * len(PIECE) and not stream.over:
            size = min(left[number], len(PIECE))
            left[number] -= size
            talk.send_body(number, PIECE[:size], end=not left[number])


def all_at_once(address, tls, size):
    wrong = []
    with Connection(address, tls, keep_data=False) as talk:
        talk.ready()
        upload, relay = talk.next_id, talk.next_id + 2
        for number, path in ((upload, b"/a/count"), (relay, b"/a/relay")):
            talk.headers(number, [(b":method", b"POST"), (b":scheme", talk.scheme), (b":authority", b"a"), (b":path", path)], end=False)
        download = talk.request(b"GET", b"/a/big/%d" % size)
        left, moved, seen = {upload: size, relay: size}, time.monotonic(), 0
        while not all(talk.stream(number).over for number in (upload, relay, download)) and not talk.ended:
            feed(talk, (upload, relay), left)
            talk.pump(1)
            talk.frames.clear()
            now = sum(each.size for each in talk.streams.values()) - sum(left.values())
            if now != seen:
                seen, moved = now, time.monotonic()
            if time.monotonic() - moved > 10:
                wrong.append(f"stands still: {[(number, each.size, each.window) for number, each in talk.streams.items()]}, {left} left")
                break
        for number, name, expected in ((upload, "upload", len(b"%d" % size)), (relay, "relay", size), (download, "download", size)):
            each = talk.stream(number)
            if each.status != 200 or not each.ended or each.size != expected:
                wrong.append(f"{name}: status {each.status}, {each.size} bytes of {expected}, reset {each.reset} {talk.goaways}")
    return wrong


def stopped_reader(address, tls, size):
    """The client takes nothing for two seconds, with windows that would let everything through."""
    with Connection(address, tls, settings=[(4, (1 << 31) - 1)], keep_data=False) as talk:
        talk.window_update(0, 1 << 30).ready()
        number = talk.request(b"GET", b"/a/big/%d" % size)
        talk.wait(lambda: talk.stream(number).size)
        time.sleep(2)
        each = talk.answer(number, 60)
        return [] if each.ended and each.size == size else [f"stopped reader: {each.size} bytes of {size}, reset {each.reset}"]


def stopped_server(address, tls, size):
    """The server takes nothing: the windows close, and stay so."""
    with Connection(address, tls, keep_data=False) as talk:
        talk.ready()
        number = talk.next_id
        talk.headers(number, [(b":method", b"POST"), (b":scheme", talk.scheme), (b":authority", b"a"), (b":path", b"/a/stall")], end=False)
        left, end = {number: size}, time.monotonic() + 2
        while time.monotonic() < end:
            feed(talk, (number,), left)
            talk.pump(0.1)
        sent = size - left[number] - len(talk.stream(number).pending)
        # What the kernel's socket buffers take on the way is beyond the program's say.
        return [f"stopped server: {sent} bytes were taken"] if sent > 32 << 20 and size > 64 << 20 else []


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--megabytes", type=int, default=32)
    options = options.parse_args()
    size, wrong, began = options.megabytes << 20, [], time.monotonic()
    origin, ports = Origin(), dict(zip(("clear", "tls"), free_ports(2)))
    with tempfile.TemporaryDirectory(prefix="h2-large-") as folder:
        config = os.path.join(folder, "large.cfg")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(**ports, origin=origin.port, certificate=make_certificate(folder)))
        daemon = Daemon(absolute(options.prog), config, folder)
        daemon.program.ready = ("127.0.0.1", ports["tls"])
        try:
            if not daemon.program.wait_ready():
                sys.exit("did not start: " + daemon.program.text())
            for way, port in ports.items():
                tls = tls_context() if way == "tls" else None
                all_at_once(("127.0.0.1", port), tls, 1 << 20)  # what is allocated on first use
                before, most = daemon.resident_kib(), 0
                for play in (all_at_once, stopped_reader, stopped_server):
                    start = time.monotonic()
                    wrong += [f"{way}: {text}" for text in play(("127.0.0.1", port), tls, size)]
                    most = max(most, daemon.resident_kib())
                    print(f"  {way}, {play.__name__}: {time.monotonic() - start:.1f} s, memory {daemon.resident_kib() - before:+} KiB from {before}",
                          flush=True)
                if most - before > GROWTH and not daemon.sanitized():
                    wrong.append(f"{way}: grew by {most - before} KiB")
            if not daemon.alive():
                wrong.append(f"ended by itself: {daemon.program.text()[-2000:]}")
        finally:
            daemon.program.stop()
            origin.stop()
    for text in wrong:
        print(f"FAIL  {text}")
    print(f"{options.megabytes} MB each way: {len(wrong)} complaints, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
