#!/usr/bin/env python3
"""A server of HTTP/2 that says what the test wants, right or wrong, behind proxyd: what its client and the server see.

  h2_back_conformance.py [--prog PROXYD] [--only TEXT]

The client speaks HTTP/1.1. Its outcome is the status and "cut" when the answer did not come to its end. The server's outcome is the
error that it was told: "GOAWAY CODE", "RST_STREAM CODE", or "" (nothing). A case gives the sets that the RFC and good sense allow.
"""
import argparse
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from h2_client import CONTINUATION, END_HEADERS, HEADERS, INITIAL_WINDOW_SIZE, PING, PREFACE, PUSH_PROMISE, SETTINGS, Connection, code_name, frame, settings_payload
from h2_hpack import HpackError, encode, indexed, literal, table_size
from h2_stage import Program, absolute, free_ports, wait_open
from stage import chunked_end

CONFIG = """global
  maxconn 1000
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 2s
  retries 2
"""


class Serving(Connection):
    """The server's side of a connection: the same frames, the other way round."""

    def __init__(self, sock, settings):
        self.preface, self.server = b"", None
        super().__init__(sock, hello=False)
        self.raw(frame(SETTINGS, 0, 0, settings_payload(settings)) if settings is not None else b"")

    def take_frames(self):
        if len(self.preface) < len(PREFACE):
            self.preface, rest = bytes((self.preface + self.inbox)[:len(PREFACE)]), (self.preface + self.inbox)[len(PREFACE):]
            self.inbox = bytearray(rest)
            if len(self.preface) < len(PREFACE):
                self.inbox = bytearray()
                return
        super().take_frames()

    def requests(self):
        return [number for number, each in self.streams.items() if each.headers is not None]

    def respond(self, number, fields=((b":status", b"200"),), body=b"ok", trailers=None):
        self.headers(number, list(fields), end=not body and trailers is None)
        if body:
            self.send_body(number, body, end=trailers is None)
        if trailers is not None:
            self.headers(number, list(trailers))

    def told(self):
        for _, code, _ in self.goaways:
            if code:
                return f"GOAWAY {code_name(code)}"
        for each in self.streams.values():
            if each.reset:
                return f"RST_STREAM {code_name(each.reset)}"
        return ""


@dataclass
class Case:
    name: str
    serve: object                 # called with the Serving and the number of each request's stream
    client: tuple                 # allowed outcomes of the client
    server: tuple = ("",)         # allowed outcomes of the server; None: anything
    request: bytes = b"GET /a?b HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n"
    settings: object = ()
    body: bytes = None            # that the client must get
    check: object = None          # called with the case's server; a complaint or None
    conf: str = ""


CASES = []


def case(name, serve, *client, server=("",), **more):
    CASES.append(Case(name, serve, client, (server,) if isinstance(server, str) else server, **more))


def status(*fields, code=b"200"):
    return [(b":status", code)] + list(fields)


def answer(*fields, body=b"ok", code=b"200", **more):
    return lambda s, n: s.respond(n, status(*fields, code=code), body, **more)


def first_only(action, then=answer()):
    """Does it to the first request of all connections, and serves the others."""
    def serve(serving, number):
        first, serving.server.acted = not serving.server.acted, True
        (action if first else then)(serving, number)
    return serve


def fields_seen(**wanted):
    """The request's pseudo-fields and fields, as the server got them."""
    def check(server):
        fields = dict(server.seen[0].headers)
        fields.setdefault(b":authority", fields.get(b"host"))  # 8.3.1 lets who speaks for HTTP/1 keep the Host
        wrong = {name: fields.get(name.replace("_", "-").encode()) for name, value in wanted.items()
                 if fields.get((":" + name if name in ("method", "path", "scheme", "authority", "protocol")
                                else name.replace("_", "-")).encode()) != value}
        names = [name for name, _ in server.seen[0].headers]
        late = [name for at, name in enumerate(names) if name.startswith(b":") and any(not each.startswith(b":") for each in names[:at])]
        bad = [name for name in names if name in (b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"proxy-connection")
               or name != name.lower()]
        return f"{wrong} {late} {bad} in {server.seen[0].headers}" if wrong or late or bad else None
    return check


def post(body, *lines, chunked=False):
    head = [b"POST /p HTTP/1.1", b"Host: example.com", b"Connection: close", *lines]
    if chunked:
        return b"\r\n".join(head + [b"Transfer-Encoding: chunked", b"", b"%x" % len(body), body, b"0", b"X-Sum: 3", b"", b""])
    return b"\r\n".join(head + [b"Content-Length: %d" % len(body), b"", body])


BROKEN, CUT = ("502",), ("200 cut", "502")
PROTOCOL, ANY_PROTOCOL = "GOAWAY PROTOCOL_ERROR", ("GOAWAY PROTOCOL_ERROR", "RST_STREAM PROTOCOL_ERROR")

# ---- good answers
case("an answer", answer((b"x-a", b"1")), "200", body=b"ok", check=fields_seen(method=b"GET", path=b"/a?b", authority=b"example.com"))
case("HEADERS alone", answer(body=b"", code=b"204"), "204")
case("304", answer(body=b"", code=b"304"), "304")
case("an interim answer", lambda s, n: s.headers(n, status((b"link", b"</a>"), code=b"103"), end=False) and s.respond(n), "200", body=b"ok")
case("a content-length", answer((b"content-length", b"2")), "200", body=b"ok")
case("trailers", lambda s, n: s.headers(n, status(), False).data(n, b"ok").headers(n, [(b"x-sum", b"1")]), "200", body=b"ok|x-sum: 1")
case("HEAD", answer((b"content-length", b"5"), body=b""), "200", request=b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", body=b"",
     check=fields_seen(method=b"HEAD"))
case("CONTINUATION", lambda s, n: s.headers(n, encode(status())[:3], end=False, end_headers=False).frame(CONTINUATION, END_HEADERS, n,
    encode(status())[3:]).data(n, b"ok", True), "200", body=b"ok")
case("padding", lambda s, n: s.headers(n, status(), False, padding=9).data(n, b"o", padding=200).data(n, b"k", True, padding=3), "200")
case("indexed and Huffman fields", lambda s, n: s.headers(n, indexed(8) + literal(b"x-a", b"hello", "index", True) + indexed(62), False).data(n,
    b"ok", True), "200")
case("a size of the table", lambda s, n: s.headers(n, table_size(0) + encode(status()), False).data(n, b"ok", True), "200")
case("unknown frames, PRIORITY, unknown flags", lambda s, n: s.frame(0x42, 0xFF, 0, b"x").frame(0x43, 0, n).priority(n).respond(n), "200")
case("a large body", answer(body=b"0123456789" * 200000), "200")
case("PING is answered", lambda s, n: s.ping() and s.respond(n), "200")
case("the first frame is a large SETTINGS", answer(), "200", settings=[(1, 65536), (3, 1000), (4, 1 << 20), (5, 1 << 20), (6, 1 << 16), (0x99, 5)])
case("a table of 0", answer(), "200", settings=[(1, 0)])
case("a body with a length", answer(), "200", request=post(b"abc"),
     check=lambda server: None if server.seen[0].data == b"abc" else bytes(server.seen[0].data))
case("a chunked body with trailers", lambda s, n: s.wait(lambda: s.stream(n).ended) and s.respond(n), "200", request=post(b"abc", chunked=True),
     check=lambda server: fields_seen(method=b"POST")(server)
     or (None if server.seen[0].data == b"abc" and server.seen[0].trailers == [(b"x-sum", b"3")] else f"{server.seen[0].trailers}"))
case("a window of 10 for the body", lambda s, n: s.wait(lambda: s.stream(n).ended) and s.respond(n), "200", request=post(b"x" * 5000),
     settings=[(INITIAL_WINDOW_SIZE, 10)],
     check=lambda server: None if server.seen[0].size == 5000 else server.seen[0].size)
case("a window of 0 at first", lambda s, n: s.ping() and s.window_update(n, 5000).wait(lambda: s.stream(n).ended) and s.respond(n), "200",
     request=post(b"x" * 5000), settings=[(INITIAL_WINDOW_SIZE, 0)])
case("fields of the connection stay behind", answer(), "200",
     request=b"GET / HTTP/1.1\r\nHost: a.b:81\r\nConnection: close, x-hop\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nX-Kept: 1\r\n\r\n",
     check=fields_seen(authority=b"a.b:81", x_kept=b"1"))
case("GOAWAY behind the request", lambda s, n: s.goaway(n).respond(n), "200", body=b"ok")

# ---- ends that are no fault
case("GOAWAY that leaves the request out", first_only(lambda s, n: s.goaway(0)), "200", "502", "503", server=None)
case("REFUSED_STREAM", first_only(lambda s, n: s.reset(n, 7)), "200", "502", "503", server=None)
case("the connection closes before the answer", lambda s, n: s.close(), *BROKEN)
case("RST_STREAM before the answer", lambda s, n: s.reset(n, 2), *BROKEN, server=None)
case("RST_STREAM within the body", lambda s, n: s.headers(n, status((b"content-length", b"99")), False).data(n, b"abc").reset(n, 2), "200 cut",
     server=None)
case("RST_STREAM within a body without length", lambda s, n: s.headers(n, status(), False).data(n, b"abc").reset(n, 2), "200 cut", server=None)
case("the connection closes within the body", lambda s, n: s.headers(n, status(), False).data(n, b"abc").wait(lambda: False, 0.05) or s.close(),
     "200 cut")
case("RST_STREAM with NO_ERROR behind the answer",
     lambda s, n: s.headers(n, status((b"content-length", b"2")), False).data(n, b"ok", True).reset(n, 0), "200",
     request=post(b"x" * 100000), server=None, body=b"ok")
case("no answer", lambda s, n: None, "504", server=("RST_STREAM CANCEL", "GOAWAY NO_ERROR", ""))

# ---- wrong answers
for name, fields in (("no :status", [(b"x-a", b"1")]), (":status twice", status() + status()), (":status 99", status(code=b"99")),
                     (":status abc", status(code=b"abc")), (":status 2000", status(code=b"2000")),
                     ("an empty :status", status(code=b"")), (":status behind a field", [(b"x-a", b"1")] + status()),
                     (":path", status() + [(b":path", b"/")]), ("an unknown pseudo-field", status() + [(b":x", b"1")]),
                     ("an upper case name", status((b"X-A", b"1"))), ("connection: close", status((b"connection", b"close"))),
                     ("transfer-encoding", status((b"transfer-encoding", b"chunked"))),
                     ("CR LF in a value", status((b"x-a", b"1\r\nx-evil: 1"))), ("NUL in a value", status((b"x-a", b"\0"))),
                     ("a blank in a name", status((b"x a", b"1"))), ("LF in a name", status((b"x\n", b"1"))),
                     ("a bad content-length", status((b"content-length", b"x"))),
                     ("two content-lengths", status((b"content-length", b"2"), (b"content-length", b"3"))), (":status 101", status(code=b"101"))):
    case(f"malformed: {name}", lambda s, n, f=fields: s.respond(n, f), *BROKEN, server=ANY_PROTOCOL)
case("malformed: a body shorter than its length", lambda s, n: s.headers(n, status((b"content-length", b"9")), False).data(n, b"abc", True), *CUT,
     server=ANY_PROTOCOL + ("",))
case("malformed: a body longer than its length", lambda s, n: s.headers(n, status((b"content-length", b"2")), False).data(n, b"abc", True), "200",
     *CUT, server=ANY_PROTOCOL + ("",))
case("malformed: trailers with :status", lambda s, n: s.headers(n, status(), False).data(n, b"ok").headers(n, status()), *CUT, server=ANY_PROTOCOL)
case("malformed: an interim answer ends the stream", lambda s, n: s.headers(n, status(code=b"103")), *BROKEN, server=ANY_PROTOCOL)
case("DATA before HEADERS", lambda s, n: s.data(n, b"abc"), *BROKEN, server=ANY_PROTOCOL)
case("a bad header block", lambda s, n: s.frame(HEADERS, 5, n, b"\x80"), *BROKEN, server="GOAWAY COMPRESSION_ERROR")
case("a table beyond the limit", lambda s, n: s.frame(HEADERS, 5, n, table_size(1 << 20) + encode(status())), *BROKEN,
     server="GOAWAY COMPRESSION_ERROR")
case("a request from the server", lambda s, n: s.frame(HEADERS, 5, 2, encode(status())), *BROKEN, server=PROTOCOL)
case("PUSH_PROMISE, which is off", lambda s, n: s.frame(PUSH_PROMISE, END_HEADERS, n,
                                                        struct.pack("!I",
                                                            2) + encode([(b":method", b"GET"), (b":path", b"/"), (b":scheme", b"http")])), *BROKEN,
     server=PROTOCOL)
case("HEADERS on an idle stream", lambda s, n: s.frame(HEADERS, 5, n + 20, encode(status())), *BROKEN, server=PROTOCOL)
case("a frame that is too long", lambda s, n: s.frame(HEADERS, 5, n, encode(status((b"x", b"v" * 20000)))), *BROKEN, server="GOAWAY FRAME_SIZE_ERROR")
case("a bad SETTINGS", lambda s, n: s.settings({4: 1 << 31}), *BROKEN, server="GOAWAY FLOW_CONTROL_ERROR")
case("WINDOW_UPDATE of 0", lambda s, n: s.window_update(0, 0), *BROKEN, server=PROTOCOL)
case("windows beyond their end", lambda s, n: s.window_update(0, (1 << 31) - 1), *BROKEN, server="GOAWAY FLOW_CONTROL_ERROR")
case("the first frame is no SETTINGS", lambda s, n: None, "502", "503", "504", settings=None, server=(PROTOCOL, ""))
case("PING within a header block", lambda s, n: s.headers(n, status(), end_headers=False).frame(PING, 0, 0, bytes(8)), *BROKEN, server=PROTOCOL)
case("an answer whose fields are too large", lambda s, n: s.headers(n, status(), end=False, end_headers=False) and
     [s.frame(CONTINUATION, END_HEADERS if at == 9 else 0, n, encode([(b"x-large", b"v" * 16000)])) for at in range(10)], *BROKEN, server=None)


class Server:
    """Serves one case on a port of its own."""

    def __init__(self, one):
        self.case, self.acted, self.seen, self.connections = one, False, [], []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
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
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serving = Serving(sock, self.case.settings)
            serving.server = self
            self.connections.append(serving)
            if self.case.settings is None:
                serving.frame(PING, 0, 0, bytes(8))
            done, end = set(), time.monotonic() + 8
            while not serving.ended and time.monotonic() < end:
                for number in serving.requests():
                    if number not in done:
                        done.add(number)
                        self.seen.append(serving.streams[number])
                        self.case.serve(serving, number)
                serving.pump(0.05)
        except (OSError, HpackError, ValueError):  # ValueError: closed by the case itself
            pass

    def told(self):
        return next((told for each in self.connections if (told := each.told())), "")


def joined(chunked):
    body, rest = b"", chunked
    while True:
        line, _, rest = rest.partition(b"\r\n")
        if not (length := int(line, 16)):
            return body + (b"|" + rest[:-4] if rest != b"\r\n" else b"")
        body, rest = body + rest[:length], rest[length + 2:]


def client(address, request):
    """What a client of HTTP/1.1 gets: status and whether the answer was cut; the body, with trailers behind a bar."""
    received = b""
    with socket.create_connection(address, 8) as talk:
        talk.sendall(request)
        talk.settimeout(6)
        try:
            while piece := talk.recv(1 << 16):
                received += piece
        except OSError:
            pass
    while received.startswith(b"HTTP/1.1 1"):
        received = received.partition(b"\r\n\r\n")[2]
    head, _, body = received.partition(b"\r\n\r\n")
    if not head:
        return "nothing", b""
    lines = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    cut = False
    if not request.startswith(b"HEAD"):
        if b"chunked" in lines.get(b"transfer-encoding", b""):
            end = chunked_end(body, 0)
            cut = end is None or end < 0
            body = body if cut else joined(body)
        elif b"content-length" in lines:
            cut = len(body) != int(lines[b"content-length"])
    return head[9:12].decode() + (" cut" if cut else ""), body


def run_case(one, server, address):
    try:
        outcome, body = client(address, one.request)
    except OSError as fault:
        return f"client: {fault}"
    end = time.monotonic() + 1
    while one.server and server.told() not in one.server and time.monotonic() < end:
        time.sleep(0.02)
    if outcome not in one.client:
        return f"the client got {outcome}, allowed: {', '.join(one.client)}; the server was told {server.told() or 'nothing'}"
    if one.server and server.told() not in one.server:
        return f"the server was told {server.told() or 'nothing'}, allowed: {', '.join(each or 'nothing' for each in one.server)}"
    if one.body is not None and body != one.body:
        return f"the body is {body[:200]!r}"
    return one.check(server) if one.check else None


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--only", default="")
    options = options.parse_args()
    cases = [each for each in CASES if options.only in each.name]
    servers, began = [Server(each) for each in cases], time.monotonic()
    addresses = [("127.0.0.1", port) for port in free_ports(len(cases))]
    text = CONFIG + "".join(f"listen c{at}\n  bind 127.0.0.1:{addresses[at][1]}\n  {each.conf}\n  server s 127.0.0.1:{servers[at].port} proto h2\n"
                            for at, each in enumerate(cases))
    with tempfile.TemporaryDirectory(prefix="h2-back-") as folder:
        config = os.path.join(folder, "back.cfg")
        with open(config, "w", encoding="ascii") as out:
            out.write(text)
        program = Program(absolute(options.prog), config, folder, None)
        try:
            wait_open(program, addresses[-1:])
            with ThreadPoolExecutor(16) as crew:
                results = list(crew.map(run_case, cases, servers, addresses))
            alive = program.process.poll() is None
        finally:
            program.stop()
        if not alive:
            print("FAIL  the program ended by itself:", program.text()[-3000:])
    failed = 0
    for each, complaint in zip(cases, results):
        failed += bool(complaint)
        if complaint:
            print(f"FAIL  {each.name}: {complaint}")
    print(f"{len(cases)} cases, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed or not alive else 0


if __name__ == "__main__":
    sys.exit(main())
