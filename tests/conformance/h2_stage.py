"""The stage of the HTTP/2 tests: a web server of HTTP/1 that notes what it got, a certificate, and the program under test."""
import base64
import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import threading

from ports import free_ports
from stage import Program

__all__ = ["Origin", "Exchange", "Program", "absolute", "free_ports", "make_certificate", "reply", "wait_open"]


def absolute(program):
    """Programs run in folders of their own."""
    return os.path.abspath(shutil.which(program) or program)


def make_certificate(folder):
    """A self-signed certificate and its key in one file."""
    path = os.path.join(folder, "front.pem")
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "30", "-subj", "/CN=example.com", "-keyout", path + ".k",
                    "-out", path + ".c"], check=True, capture_output=True)
    with open(path, "wb") as out:
        for part in ("k", "c"):
            with open(f"{path}.{part}", "rb") as piece:
                out.write(piece.read())
            os.unlink(f"{path}.{part}")
    return path


def reply(body=b"ok", *fields, status=b"200 OK", length=True):
    lines = [b"HTTP/1.1 " + status, *fields] + ([b"Content-Length: %d" % len(body)] if length else [])
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Gone(Exception):
    """The other side ended the connection."""


class Exchange:
    """One request on a connection from the program, as its server sees it."""

    def __init__(self, origin, sock, number):
        self.origin, self.sock, self.number = origin, sock, number
        self.buffer, self.head, self.body, self.trailers = b"", b"", None, b""
        self.raw_body, self.complete, self.fields = bytearray(), False, []
        self.method = self.target = b""

    def more(self):
        try:
            piece = self.sock.recv(1 << 17)
        except (OSError, ValueError):
            raise Gone from None
        if not piece:
            raise Gone
        self.buffer += piece

    def take(self, length):
        while len(self.buffer) < length:
            self.more()
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        self.raw_body += taken
        return taken

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        return self.take(self.buffer.index(b"\r\n") + 2)

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        end = self.buffer.index(b"\r\n\r\n") + 4
        self.head, self.buffer = self.buffer[:end], self.buffer[end:]
        lines = self.head[:-4].split(b"\r\n")
        self.method, _, rest = lines[0].partition(b" ")
        self.target = rest.rpartition(b" ")[0]
        self.fields = [tuple(part.strip() for part in line.partition(b":")[::2]) for line in lines[1:]]

    def field(self, name):
        values = [value for each, value in self.fields if each.lower() == name]
        return b", ".join(values) if values else None

    def read_body(self, keep=True):
        """Reads the body to its end; what was read of it is noted even when the other side leaves."""
        self.body, size = bytearray(), 0
        if (self.field(b"transfer-encoding") or b"").lower() == b"chunked":
            while length := int(self.line().split(b";")[0], 16):
                piece = self.take(length)
                size += length
                if keep:
                    self.body += piece
                self.take(2)
            while (line := self.line()) != b"\r\n":
                self.trailers += line
        else:
            length = int(self.field(b"content-length") or 0)
            while size < length:
                if not self.buffer:
                    self.more()
                piece, self.buffer = self.buffer[:length - size], self.buffer[length - size:]
                size += len(piece)
                if keep:
                    self.body += piece
                    self.raw_body += piece
        self.complete = True
        return bytes(self.body) if keep else size

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError:
            raise Gone from None

    def wait_gone(self):
        """Reads until the other side ends the connection."""
        while True:
            self.more()

    def close(self):
        self.sock.close()
        raise Gone

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


# What the server does at /ROOT/NAME...; anything else is answered with "ok" once the body is there.
def serve_ok(exchange, _):
    exchange.read_body()
    exchange.send(reply())


def serve_echo(exchange, _):
    exchange.send(reply(exchange.read_body(), b"Content-Type: application/octet-stream"))


def serve_count(exchange, _):
    exchange.send(reply(b"%d" % exchange.read_body(keep=False)))


def serve_hold(exchange, _):
    exchange.wait_gone()


def serve_stall(exchange, _):
    """Takes nothing more from the connection until the origin ends."""
    exchange.origin.over.wait(60)


def serve_big(exchange, words):
    exchange.read_body()
    size = int(words[0])
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(size // 65536):
        exchange.send(b"x" * 65536)
    exchange.send(b"x" * (size % 65536))


def serve_trailers(exchange, _):
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n")


def serve_chunked(exchange, _):
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\r\n"
                  b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")


def serve_broken(exchange, _):
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
    exchange.close()


def serve_status(exchange, words):
    exchange.read_body()
    status = words[0].decode()
    exchange.send(f"HTTP/1.1 {status} Text\r\n".encode() + (b"\r\n" if status in ("204", "304") else b"Content-Length: 2\r\n\r\n") +
                  (b"" if status in ("204", "304") or exchange.method == b"HEAD" else b"ok"))


def serve_hints(exchange, _):
    exchange.read_body()
    exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reply())


def serve_continue(exchange, _):
    exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    exchange.send(reply(exchange.read_body()))


def serve_early(exchange, _):
    """Answers before the body is there, and takes the rest in."""
    exchange.send(reply(b"early"))
    exchange.read_body(keep=False)


def serve_upgrade(exchange, _):
    """A WebSocket server, as far as a proxy sees it: the bytes come back."""
    key = (exchange.field(b"sec-websocket-key") or b"") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key).digest())
    exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    while True:
        if not exchange.buffer:
            exchange.more()
        exchange.send(exchange.take(len(exchange.buffer)))


def serve_tunnel(exchange, _):
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        if not exchange.buffer:
            exchange.more()
        exchange.send(exchange.take(len(exchange.buffer)))


def serve_relay(exchange, _):
    """Sends back each piece of a chunked body at once, and reads nothing more until it is gone."""
    exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while length := int(exchange.line().split(b";")[0], 16):
        piece = exchange.take(length)
        exchange.take(2)
        exchange.send(b"%x\r\n%b\r\n" % (length, piece))
    exchange.line()
    exchange.complete = True
    exchange.send(b"0\r\n\r\n")


ROUTES = {name[6:].encode(): serve for name, serve in list(globals().items()) if name.startswith("serve_")}


class Origin:
    """Listens on a port of its own; what came is noted by the first part of the path."""

    def __init__(self, routes=None, default=serve_ok, receive_buffer=None):
        self.routes, self.default = {**ROUTES, **(routes or {})}, default
        self.seen, self.lock, self.over = {}, threading.Lock(), threading.Event()
        self.connections = 0
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(512)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.converse, args=(sock, self.connections), daemon=True).start()

    def note(self, exchange):
        root = re.match(rb"(?:[a-z]+://[^/]*)?/?([^/?]*)", exchange.target).group(1)
        with self.lock:
            self.seen.setdefault(root, []).append(exchange)

    def of(self, root):
        with self.lock:
            return list(self.seen.get(root.strip(b"/"), []))

    def converse(self, sock, number):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(60)
        rest = b""
        try:
            while True:
                exchange = Exchange(self, sock, number)
                exchange.buffer = rest
                exchange.read_head()
                self.note(exchange)
                words = exchange.target.partition(b"?")[0].strip(b"/").split(b"/")[1:]
                serve = self.routes.get(words[0] if words else b"", self.default)
                serve(exchange, words[1:])
                rest = exchange.buffer
        except (Gone, ValueError, OSError):
            pass
        sock.close()

    def stop(self):
        self.over.set()
        self.sock.close()


def wait_open(program, addresses):
    """Waits until each address takes connections; leaves with the program's words when it does not start."""
    for address in addresses:
        program.ready = address
        if not program.wait_ready():
            program.stop()
            raise SystemExit("the program did not start:\n" + program.text())
