#!/usr/bin/env python3
"""Random changes to conversations over HTTP/2: each connection is served or ended, and the program lives on.

  h2_mutate.py [--prog PROXYD] [--count N] [--seed S]

Conversations of every kind of frame are changed frame by frame (fields of the header, payload, order, what is missing or twice) and
byte by byte. The seed is printed: the same seed makes the same bytes.
"""
import os
import random
import signal
import socket
import struct
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import seeded
from abuse import Daemon
from h2_client import PREFACE, Connection, fields_of, frame, settings_payload
from h2_hpack import encode, indexed, literal, table_size
from h2_stage import Origin, free_ports

CONFIG = """global
  maxconn 1000
  nbthread 2
defaults
  mode http
  timeout connect 1s
  timeout client 600ms
  timeout server 600ms
  option http-server-close
frontend front
  bind 127.0.0.1:{h2} proto h2
  default_backend web
backend web
  server s 127.0.0.1:{origin}
"""


def request(stream, path, method=b"GET", end=True, more=()):
    return frame(1, 4 | end, stream, encode(fields_of(method, path, *more)))


HELLO = [PREFACE, frame(4, 0, 0, settings_payload({4: 100000}))]
SEEDS = [
    HELLO + [request(1, b"/a/"), frame(6, 0, 0, b"pingpong"), request(3, b"/a/big/50000"), frame(8, 0, 0, struct.pack("!I", 5000))],
    HELLO + [request(1, b"/a/echo", b"POST", False), frame(0, 0, 1, b"hello"), frame(0, 8, 1, b"\x03abcxxx"),
             frame(1, 5, 1, encode([(b"x-t", b"1")]))],
    HELLO + [request(1, b"/a/echo", b"POST", False, [(b"content-length", b"10")]), frame(0, 1, 1, b"0123456789"),
             frame(3, 0, 1, struct.pack("!I", 8))],
    HELLO + [frame(1, 1, 1, encode(fields_of(b"GET", b"/a/"))), frame(9, 0, 1, encode([(b"x-a", b"b" * 300)])), frame(9, 4, 1, b"")],
    HELLO + [frame(1, 5, 1, encode(fields_of(b"GET", b"/a/")) + literal(b"x-a", b"1", "index", True)),
             frame(1, 5, 3, table_size(100) + encode(fields_of(b"GET", b"/a/")) + indexed(62))],
    HELLO + [frame(1, 4, 1, encode([(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"), (b":path", b"/a/upgrade"),
                                    (b":authority", b"a")])), frame(0, 0, 1, b"data"), frame(0, 1, 1)],
    HELLO + [request(1, b"/a/hold"), frame(2, 0, 1, bytes(5)), frame(8, 0, 1, struct.pack("!I", 7)), frame(4, 1, 0), frame(7, 0, 0, bytes(8)),
             frame(0x55, 0, 5, b"?")],
    HELLO + [request(at, b"/a/%d" % at) for at in range(1, 41, 2)],
]


def mutate_frame(dice, piece):
    """Changes one frame; its length follows the payload, mostly."""
    if len(piece) < 9 or piece.startswith(b"PRI"):
        return piece[:dice.randrange(len(piece) + 1)] if dice.random() < 0.2 else piece
    kind, flags, stream, payload = piece[3], piece[4], int.from_bytes(piece[5:9], "big"), bytearray(piece[9:])
    what = dice.randrange(7)
    if what == 0:
        kind = dice.randrange(12)
    elif what == 1:
        flags ^= 1 << dice.randrange(8)
    elif what == 2:
        stream = dice.choice((0, 1, 2, 3, 5, 99, 0x7FFFFFFF, stream + 2, stream ^ 1))
    elif what == 3 and payload:
        payload[dice.randrange(len(payload))] = dice.randrange(256)
    elif what == 4:
        del payload[dice.randrange(len(payload) + 1):]
    elif what == 5:
        payload += dice.randbytes(dice.randrange(40))
    else:
        return frame(kind, flags, stream, bytes(payload), length=dice.choice((0, 1, len(payload) + 1, 16385, 0xFFFFFF)))
    return frame(kind, flags, stream, bytes(payload))


def conversation(dice):
    frames = list(dice.choice(SEEDS))
    for _ in range(dice.randint(1, 4)):
        at, what = dice.randrange(len(frames)), dice.randrange(6)
        if what == 0:
            frames.insert(at, dice.choice(dice.choice(SEEDS)))
        elif what == 1 and len(frames) > 2:
            del frames[at]
        elif what == 2:
            frames[at:at] = [frames[at]] * dice.randint(1, 5)
        else:
            frames[at] = mutate_frame(dice, frames[at])
    data = bytearray(b"".join(frames))
    if dice.random() < 0.2 and data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def play(address, data):
    """Sends it and reads until the end. False: the connection neither ended nor timed out, which the timeouts should have seen to."""
    with socket.create_connection(address, 5) as talk:
        try:
            talk.sendall(data)
            talk.settimeout(6)
            while talk.recv(1 << 16):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
    return True


def serves(address):
    with Connection(address) as talk:
        each = talk.answer(talk.request(path=b"/b/"))
        return each.status == 200 and each.ended


def main():
    args = seeded.arguments(seeded.parser(__doc__, 600))
    dice, began, wrong = random.Random(args.seed), time.monotonic(), []
    origin, port = Origin(), free_ports(1)[0]
    with tempfile.TemporaryDirectory(prefix="h2-mutate-") as folder:
        config = os.path.join(folder, "mutate.cfg")
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(h2=port, origin=origin.port))
        address = ("127.0.0.1", port)
        daemon = Daemon(args.prog, config, folder)
        daemon.program.ready = address
        try:
            if not daemon.program.wait_ready():
                sys.exit("did not start: " + daemon.program.text())
            serves(address)
            handles = daemon.descriptors()
            conversations = [conversation(dice) for _ in range(args.count)]
            with ThreadPoolExecutor(40) as crew:
                for data, good in zip(conversations, crew.map(lambda data: play(address, data), conversations)):
                    if not good:
                        wrong.append(f"neither served nor ended: {data.hex()}")
            if not daemon.alive() or not serves(address):
                wrong.append("no longer serves")
            end = time.monotonic() + 5
            while daemon.alive() and daemon.descriptors() > handles + 2 and time.monotonic() < end:
                time.sleep(0.1)
            if daemon.alive() and daemon.descriptors() > handles + 2:
                wrong.append(f"{daemon.descriptors()} descriptors, {handles} before")
        finally:
            code = daemon.program.stop(signal.SIGUSR1)
            origin.stop()
        if code != 0 or "Sanitizer" in daemon.program.text():
            wrong.append(f"ended with {code}: {daemon.program.text()[-3000:]}")
    for text in wrong[:10]:
        print(f"FAIL  {text}")
    print(f"{args.count} conversations, seed {args.seed}: {len(wrong)} complaints, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
