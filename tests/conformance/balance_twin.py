#!/usr/bin/env python3
"""The same client meets the same server: 1,000 keys for each algorithm, through proxyd and through Debian's haproxy.

  balance_twin.py [--prog PROXYD] [--reference /usr/sbin/haproxy] [--keys 1000] [--only TEXT]

Both programs get the same backends; the servers are one haproxy that answers with the address it was asked at. What is
drawn by lot (random) is compared by shares. Exits 0, 1 for differences, 77 where the reference is not installed.
"""
import argparse
import os
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

FUNCTIONS = ("", " sdbm", " djb2", " wt6", " crc32", " sdbm avalanche", " djb2 avalanche", " wt6 avalanche", " crc32 avalanche")
WEIGHTS = (1, 2, 3, 1, 7)
DRAW = random.Random(20260)


def request(target="/", *lines, method="GET", body=b""):
    if body:
        lines += (f"Content-Length: {len(body)}",)
    return "".join(f"{line}\r\n" for line in (f"{method} {target} HTTP/1.1", "Host: h", *lines, "")).encode() + body


def words(count):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"
    return ["".join(DRAW.choice(letters) for _ in range(DRAW.randint(1, 24))) for _ in range(count)]


def uris(count):
    out = []
    for word in words(count):
        path = "/" + "/".join(words(DRAW.randint(0, 4))) + DRAW.choice(("", "", "/", "//x", "/%41"))
        out.append(DRAW.choice(("", "", "", "http://h")) + path + DRAW.choice(("", "", f"?q={word}", f"?a=/b/{word}?c")))
    return out


def hosts(count):
    return [".".join(words(DRAW.randint(1, 5))) + DRAW.choice(("", "", ":8080", ".", ", x.y")) for _ in range(count)]


def queries(count):
    shapes = ("/?id={}", "/x?a=1&id={}", "/?xid=5&id={}&id=2", "/?id={};z=1", "/?ID={}", "/?id=", "/?id", "/y?id={}%20&b")
    return [DRAW.choice(shapes).format(word) for word in words(count)]


def algorithms(count):
    """(name, lines of the backend, requests or None for one from each client address)."""
    keyed = lambda texts: [request("/", f"X-Key: {text}") for text in texts]
    out = [(f"hdr {kind}{function}", f"balance hdr(x-key)\n hash-type {kind}{function}", keyed(words(count)))
           for kind in ("map-based", "consistent") for function in FUNCTIONS]
    for options in ("", " whole", " path-only", " depth 1", " depth 3 whole", " len 7", " path-only depth 2 len 9"):
        out.append((f"uri{options}", f"balance uri{options}", [request(uri) for uri in uris(count)]))
    out.append(("uri consistent", "balance uri\n hash-type consistent", [request(uri) for uri in uris(count)]))
    # haproxy looks at one byte behind the value here: a field that follows makes it a known one.
    followed = [request("/", f"X-Key: {host}", "X-After: x") for host in hosts(count)]
    out.append(("use_domain_only", "balance hdr(x-key) use_domain_only", followed))
    out.append(("url_param", "balance url_param id", [request(target) for target in queries(count)]))
    out.append(("url_param consistent", "balance url_param id\n hash-type consistent", [request(target) for target in queries(count)]))
    forms = [DRAW.choice(("id={}", "a=b&id={}", "x={}", "id=", "b&id={}&c")).format(word).encode() for word in words(count)]
    out.append(("check_post", "balance url_param id check_post",
                [request("/f", method=DRAW.choice(("POST", "POST", "PUT")), body=form) for form in forms]))
    for expression in ("req.hdr(x-key),lower", "path,length", "url_param(id),crc32", "src"):
        out.append((f"hash {expression}", f"balance hash {expression}", [request(f"/{word}?id={word}", f"X-Key: {word}") for word in words(count)]))
    mixed = [request("/", *([f"X-Key: {word}"] if DRAW.random() < 0.5 else [])) for word in words(count)]
    out.append(("some without a key", "balance hdr(x-key)", mixed))
    out.append(("some without a key, consistent", "balance hdr(x-key)\n hash-type consistent", mixed))
    plain = [request()] * count
    out += [(name, f"balance {name}", plain) for name in ("roundrobin", "static-rr", "first", "leastconn")]
    out += [(f"source {kind}", f"balance source\n hash-type {kind}", None)
            for kind in ("map-based", "map-based sdbm avalanche", "consistent", "consistent sdbm")]
    return out


def start(command, config, text, ready, folder):
    path = os.path.join(folder, config)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    with open(path + ".out", "wb") as out:
        program = subprocess.Popen(command.split() + ["-db", "-f", path], stdout=out, stderr=out)
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", ready)) == 0:
                return program
        if program.poll() is not None:
            break
        time.sleep(0.02)
    program.kill()
    with open(path + ".out", encoding="utf-8", errors="replace") as out:
        raise SystemExit(f"{command} does not start: {out.read()[-2000:]}")


def answers(port, requests, source=None, batch=50):
    """The servers that answered, by number; what is no such answer as its status."""
    out = []
    with socket.socket() as client:
        client.settimeout(5)
        if source:
            client.bind((source, 0))
        client.connect(("127.0.0.1", port))
        for at in range(0, len(requests), batch):
            part = requests[at:at + batch]
            client.sendall(b"".join(part))
            data = b""
            while data.count(b"\r\n\r\n") < len(part):
                more = client.recv(1 << 16)
                if not more:
                    return out + [f"closed after {len(out)}"]
                data += more
            for head in data.split(b"\r\n\r\n")[:-1]:
                found = re.search(rb"x-at: 127\.9\.0\.(\d+)", head)
                out.append(int(found.group(1)) if found else head[9:12].decode())
    return out


def ask(port, requests, count):
    if requests is not None:
        return answers(port, requests)
    out = []
    for at in range(count):
        out += answers(port, [request()], source=f"127.{1 + at % 200}.{at % 251}.{1 + at % 253}")
    return out


def rdp(text):
    """The first packet of an RDP client, with a line of text."""
    text = text.encode() + b"\r\n" + b"\x01\0\x08\0\0\0\0\0"
    return b"\x03\0" + struct.pack(">H", 11 + len(text)) + bytes([6 + len(text), 0xE0, 0, 0, 0, 0, 0]) + text


def msts(server, port):
    """How a terminal server names itself in a cookie: address and port as numbers with their bytes swapped."""
    address = struct.unpack("<I", bytes((127, 9, 0, server)))[0]
    return f"{address}.{socket.htons(port)}.0000"


def rdp_config(front, sink):
    servers = "".join(f" server s{n} 127.9.0.{n}:{sink}\n" for n in range(1, 6))
    text = ""
    for at, lines in enumerate(("balance rdp-cookie", "balance rdp-cookie(user)\n hash-type consistent",
                                "persist rdp-cookie\n balance rdp-cookie", "persist rdp-cookie(x)\n balance rdp-cookie")):
        text += f"listen r{at}\n mode tcp\n bind 127.0.0.1:{front + at} defer-accept\n {lines}\n{servers}"
    return text


def ask_rdp(front, sink_port, count):
    """The server that each connection reached. The proxies look at what is there when the connection is accepted."""
    texts = [f"Cookie: mstshash={word}" for word in words(count)] + [f"Cookie: user={word}" for word in words(count)]
    texts += [f"Cookie: msts={msts(server, sink_port)}" for server in (1, 3, 5, 2, 9)] + [f"Cookie: x={msts(4, sink_port)}", "", "x"]
    out = []
    with socket.create_server(("0.0.0.0", sink_port)) as sink:
        sink.settimeout(5)
        for at in range(4):
            for text in texts:
                with socket.create_connection(("127.0.0.1", front + at)) as client:
                    client.sendall(rdp(text))
                    reached, _ = sink.accept()
                    out.append((at, text, reached.getsockname()[0]))
                    reached.close()
    return out


def config(rows, base, origin, weights, folder, name):
    text = ("global\n maxconn 2000\n nbthread 1\ndefaults\n mode http\n timeout connect 2s\n timeout client 5s\n timeout server 5s\n")
    servers = "".join(f" server s{n} 127.9.0.{n}:{origin} weight {weight}\n" for n, weight in enumerate(weights, 1))
    for at, (_, lines, _) in enumerate(rows):
        text += f"listen l{at}\n bind 127.0.0.1:{base + at}\n {lines}\n{servers}"
    return text + rdp_config(base + len(rows), origin + 1)


def free_base(count):
    """A range of ports that nobody uses just now, below those that the kernel gives to clients."""
    for _ in range(50):
        base = random.randrange(22000, 32000 - 2 * count)
        try:
            for port in range(base, base + 2 * count):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("0.0.0.0", port))
            return base
        except OSError:
            continue
    raise SystemExit("no free ports")


def shares(got):
    return {server: got.count(server) for server in sorted(set(got), key=str)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prog", default=os.environ.get("TRIAD_PROG", "proxyd/proxyd"))
    parser.add_argument("--reference", default="/usr/sbin/haproxy")
    parser.add_argument("--keys", type=int, default=1000)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    if not os.access(args.reference, os.X_OK):
        print(f"{args.reference} is not installed")
        return 77
    rows = [row for row in algorithms(args.keys) if args.only in row[0]]
    lot = ("random", "balance random(2)", [request()] * args.keys)
    rows.append(lot)
    base = free_base(len(rows) + 12)
    origin, programs, failures = base, [], 0
    with tempfile.TemporaryDirectory(prefix="balance.") as folder:
        try:
            text = ("defaults\n mode http\n timeout client 20s\nfrontend o\n"
                    f" bind 0.0.0.0:{origin}\n http-request return status 200 hdr x-at %[dst]\n")
            programs.append(start(args.reference, "origin.cfg", text, origin, folder))
            bases = {}
            for number, command in enumerate((args.prog, args.reference)):
                bases[command] = base + 2 + number * (len(rows) + 4)
                text = config(rows, bases[command], origin, WEIGHTS, folder, command)
                programs.append(start(os.path.abspath(command), f"{number}.cfg", text, bases[command], folder))
            for at, (name, _, requests) in enumerate(rows):
                ours, theirs = (ask(bases[command] + at, requests, args.keys) for command in (args.prog, args.reference))
                if name == "random":
                    wrong = [server for server in range(1, 6)
                             if abs(ours.count(server) - theirs.count(server)) > 0.08 * args.keys]
                    wrong = f"shares differ: {shares(ours)} and {shares(theirs)}" if wrong else ""
                else:
                    bad = [at for at, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]]
                    short = len(theirs) != args.keys or any(not isinstance(server, int) for server in theirs)
                    wrong = f"haproxy failed: {shares(theirs)}" if short else ""
                    if bad or len(ours) != len(theirs):
                        first = bad[0] if bad else min(len(ours), len(theirs))
                        what = requests[first] if requests and first < len(requests) else "a client address"
                        wrong = f"{len(bad)} of {args.keys} keys differ, first {what!r}: {ours[first:first + 8]} for {theirs[first:first + 8]}"
                if wrong:
                    failures += 1
                    print(f"FAIL {name}: {wrong}")
            reached = []
            for command in (args.prog, args.reference):
                DRAW.seed(7)
                reached.append(ask_rdp(bases[command] + len(rows), origin + 1, 25))
            bad = [pair for pair in zip(*reached) if pair[0] != pair[1]]
            if bad:
                failures += 1
                print(f"FAIL rdp-cookie: {len(bad)} of {len(reached[0])} differ, first {bad[0]}")
        finally:
            for program in programs:
                program.terminate()
            for program in programs:
                program.wait(10)
    print(f"{len(rows)} algorithms with {args.keys} keys each, {failures} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
