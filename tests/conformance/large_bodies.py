#!/usr/bin/env python3
"""Large bodies both ways, by length, in chunks and until the close, past slow readers: all arrives, in bounded memory."""
import hashlib
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time

from stage import FRONT_PORT, ORIGIN_PORT, Program

NET = f"127.{20 + 2 * (os.getpid() % 100)}.252"
FRONT = (f"{NET}.1", FRONT_PORT)
BLOCK = bytes(range(256)) * 256           # 64 KiB
COUNT = 1024                              # 64 MiB in all
BOUND_KIB = 8192                          # what all of it together may cost
DIGEST = hashlib.sha256(BLOCK * COUNT).hexdigest()

CONFIG = """global
  maxconn 200
  nbthread 1
  stats socket {dir}/runtime.sock level admin
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
listen http
  bind {front}:{port}
  server s {net}.11:{origin}
listen tcp
  mode tcp
  bind {net}.2:{port}
  server s {net}.11:{origin}
"""


def read_head(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        got = sock.recv(65536)
        if not got:
            return data, b""
        data += got
    head, rest = data.split(b"\r\n\r\n", 1)
    return head, rest


def digest_of(sock, rest, head, slow=False):
    """The digest of a body by length, in chunks or until the end."""
    if slow:
        time.sleep(1)
    total, got = hashlib.sha256(), len(rest)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    if re.search(rb"(?i)transfer-encoding: chunked", head):
        reader = sock.makefile("rb")
        pending = rest

        def line():
            nonlocal pending
            while b"\n" not in pending:
                more = reader.read1(65536)
                if not more:
                    raise EOFError
                pending += more
            text, pending = pending.split(b"\n", 1)
            return text

        while True:
            size = int(line().split(b";")[0], 16)
            if size == 0:
                return total.hexdigest()
            while len(pending) < size + 2:
                more = reader.read1(1 << 20)
                if not more:
                    raise EOFError
                pending += more
            total.update(pending[:size])
            pending = pending[size + 2:]
    total.update(rest)
    limit = int(length.group(1)) if length else None
    while limit is None or got < limit:
        data = sock.recv(1 << 18)
        if not data:
            break
        total.update(data)
        got += len(data)
    return total.hexdigest()


def serve(sock):
    """Answers with what the target says, or with the digest of what was posted."""
    with sock:
        head, rest = read_head(sock)
        if head.startswith(b"POST"):
            text = digest_of(sock, rest, head, slow=b"/slow" in head).encode()
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
        elif b"/chunked" in head:
            sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(COUNT):
                sock.sendall(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))
            sock.sendall(b"0\r\n\r\n")
        else:
            sized = b"Content-Length: %d\r\n" % (len(BLOCK) * COUNT) if b"/length" in head else b""
            sock.sendall(b"HTTP/1.1 200 OK\r\n%b\r\n" % sized)
            for _ in range(COUNT):
                sock.sendall(BLOCK)


def origin():
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((f"{NET}.11", ORIGIN_PORT))
    door.listen(64)

    def accept():
        while True:
            sock, _ = door.accept()
            sock.settimeout(30)
            threading.Thread(target=serve, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def download(target, address=FRONT, slow=False):
    with socket.create_connection(address, 30) as sock:
        sock.sendall(b"GET /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % target)
        head, rest = read_head(sock)
        return digest_of(sock, rest, head, slow) == DIGEST


def upload(chunked, target=b"up"):
    with socket.create_connection(FRONT, 30) as sock:
        framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (len(BLOCK) * COUNT)
        sock.sendall(b"POST /%b HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % (target, framing))
        for _ in range(COUNT):
            sock.sendall(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK) if chunked else BLOCK)
        if chunked:
            sock.sendall(b"0\r\n\r\n")
        head, rest = read_head(sock)
        while len(rest) < 64:
            rest += sock.recv(100) or b"?" * 64
        return rest.decode() == DIGEST


WORK = {
    "download by length": lambda: download(b"length"),
    "download in chunks": lambda: download(b"chunked"),
    "download until the close": lambda: download(b"close"),
    "download to a slow reader": lambda: download(b"length", slow=True),
    "chunks to a slow reader": lambda: download(b"chunked", slow=True),
    "upload by length": lambda: upload(False),
    "upload in chunks": lambda: upload(True),
    "upload to a slow server": lambda: upload(False, b"slow"),
    "through TCP": lambda: download(b"length", (f"{NET}.2", FRONT_PORT)),
    "through TCP to a slow reader": lambda: download(b"close", (f"{NET}.2", FRONT_PORT), slow=True),
}


def resident_kib(pid, name="VmHWM"):
    with open(f"/proc/{pid}/status", encoding="ascii") as text:
        return int(re.search(name + r":\s+(\d+)", text.read()).group(1))


def main():
    command = os.path.abspath(shutil.which(os.environ.get("PROXYD", "proxyd/proxyd")) or "proxyd/proxyd")
    origin()
    failed = []
    with tempfile.TemporaryDirectory(prefix="large-") as directory:
        config = os.path.join(directory, "large.cfg")
        with open(config, "w", encoding="utf-8") as out:
            out.write(CONFIG.format(dir=directory, front=FRONT[0], port=FRONT_PORT, net=NET, origin=ORIGIN_PORT))
        program = Program(command, config, directory, FRONT)
        try:
            if not program.wait_ready():
                print("did not start: " + program.text())
                return 1
            with open(f"/proc/{program.process.pid}/maps", encoding="utf-8") as text:
                sanitized = "libasan" in (maps := text.read()) or "libtsan" in maps
            before = resident_kib(program.process.pid, "VmRSS")

            def one(name):
                try:
                    holds = WORK[name]()
                except (OSError, EOFError, ValueError) as why:
                    print(f"  {name}: {why}")
                    holds = False
                if not holds:
                    failed.append(name)

            threads = [threading.Thread(target=one, args=(name,)) for name in WORK]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if program.process.poll() is not None:
                print(f"  ended by itself: {program.text()[-2000:]}")
                return 1
            grown = resident_kib(program.process.pid) - before
        finally:
            program.stop()
    if grown > BOUND_KIB and not sanitized:
        failed.append(f"memory: {grown} KiB more at the peak")
    for name in failed:
        print(f"  FAIL  {name}")
    print(f"{len(WORK)} bodies of 64 MiB at once, {grown} KiB more at the peak, {len(failed)} complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
