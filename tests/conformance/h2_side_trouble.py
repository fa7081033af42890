"""Errors, timeouts, ends, CONNECT and WebSockets over HTTP/2."""
import socket
import time

from h2_client import CANCEL, NO_ERROR, PREFACE, SETTINGS, frame
from h2_hpack import encode
from h2_side_case import answer, ask, case, instead, says
from h2_stage import ROUTES, Gone

# ---- requests that are wrong
for name, change in (("an upper case name", lambda f: f + [(b"X-Upper", b"1")]), ("no :path", instead(b":path", None)),
                     ("an empty :path", instead(b":path", b"")), ("no :method", instead(b":method", None)),
                     ("connection: close", lambda f: f + [(b"connection", b"close")]), ("te: gzip", lambda f: f + [(b"te", b"gzip")]),
                     ("CR in a value", lambda f: f + [(b"x-a", b"a\rb")]),
                     ("a pseudo-field behind", lambda f: f[1:] + [(b"x-a", b"1")] + f[:1]), (":path with a blank", instead(b":path", b"/a b")),
                     ("a bad content-length", lambda f: f + [(b"content-length", b"x")])):
    ask(f"malformed: {name}", list_of=change, fate=0.3, logs=1)
ask("malformed: a body that is too short", (b"content-length", b"9"), method=b"POST", path=b"/echo", body=b"abc", fate=0.3, ignore=("server",))
ask("malformed: a body that is too long", (b"content-length", b"2"), method=b"POST", path=b"/echo", body=b"abc", fate=0.3)
ask("a field of 20 kB", (b"x-large", b"v" * 15000), (b"x-more", b"v" * 1200), fate=0.3)
ask("a hundred and twenty fields", *((b"x-%d" % n, b"v") for n in range(120)), fate=0.3)
case("a bad first frame", lambda c: c.raw(PREFACE + frame(6, 0, 0, bytes(8))), options={"hello": False}, fate=0.5, logs=1)
case("no preface", lambda c: c.raw(b"HELLO / HTTP/9.9\r\n\r\n" + bytes(30)), options={"hello": False}, fate=0.5, logs=1)
case("half a preface", lambda c: c.raw(PREFACE[:9]) and c.wait(lambda: False, 0.1), options={"hello": False}, logs=0)
case("nothing at all", lambda c: None, options={"hello": False}, logs=0)
case("a connection without requests", lambda c: c.ping() and None, logs=0)
case("a bad frame", lambda c: c.get(b"/") and c.answer(1) and c.frame(SETTINGS, 0, 1), fate=0.5, logs=2)
case("a bad header block", lambda c: c.frame(1, 5, 1, b"\x80"), fate=0.5, logs=1)

# ---- servers that fail
ask("no server", server="", logs=1)
ask("a server that is down", server="server s {dead}")
ask("a server that is disabled", server="server s 127.0.0.1:{origin} disabled")
ask("a server that does not answer", path=b"/hold", back="timeout server 300ms")
ask("a server that does not take the body", method=b"POST", path=b"/hold", body=b"abc", back="timeout server 300ms")
for name, serve in (("closes at once", says(b"", False, True)), ("resets at once", lambda e, _: e.reset()),
                    ("closes within its head", says(b"HTTP/1.1 200 OK\r\nA: ", True, True)),
                    ("closes within its body", says(answer(b"Content-Length: 100", length=False), True, True)),
                    ("closes within a chunk", says(answer(b"Transfer-Encoding: chunked", body=b"5\r\nab", length=False), True, True)),
                    ("closes behind a chunk", says(answer(b"Transfer-Encoding: chunked", body=b"2\r\nab\r\n", length=False), True, True)),
                    ("sends a bad chunk", says(answer(b"Transfer-Encoding: chunked", body=b"2\r\nab\r\nzz\r\n", length=False))),
                    ("sends no HTTP", says(b"hello world\r\n\r\n")), ("sends a bad field", says(b"HTTP/1.1 200 OK\r\nbad field\r\n\r\n")),
                    ("sends two lengths", says(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")),
                    ("sends too many fields", says(answer(*(b"X-%d: 1" % n for n in range(150))))),
                    ("sends a head that is too large", says(answer(b"X: " + b"v" * 20000))),
                    ("stops within its body", lambda e, _: e.send(answer(b"Content-Length: 100", length=False)) or e.wait_gone()),
                    ("says too much", says(answer() + b"more")),
                    ("switches protocols unasked", says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))):
    ask(f"a server that {name}", serve=serve, back="timeout server 400ms")
ask("a server that closes before the body came", (b"content-length", b"500000"), method=b"POST", body=b"x" * 500000, serve=says(b"", False, True),
    ignore=("server", "log", "client"))
ask("retries", serve=says(b"", False, True), back="retries 2\nretry-on all-retryable-errors")

# ---- clients that fail
case("a body that does not come", lambda c: c.post((b"content-length", b"9")) and c.data(1, b"abc") and c.wait(lambda: c.stream(1).over, 2.5),
     conf="timeout client 400ms\ntimeout http-keep-alive 400ms", fate=1.5)
case("the client resets its stream while the server thinks", lambda c: c.get(b"/hold") and c.wait_seen() and c.reset(1, CANCEL) and c.ping() and None,
     logs=1)
case("the client resets its stream within its body",
     lambda c: c.post((b"content-length", b"9")) and c.data(1, b"abc").wait_seen() and c.reset(1, CANCEL) and c.ping() and None, logs=1,
     ignore=("server",))
case("the client resets its stream within the answer",
     lambda c: c.get(b"/big/9000000") and c.wait(lambda: c.stream(1).size) and c.reset(1, CANCEL) and c.ping() and None, logs=1,
     ignore=("client", "log"))
case("the client leaves while the server thinks", lambda c: c.get(b"/hold") and c.wait_seen() and c.vanish(), logs=1, ignore=("client", "fate"))
case("the client ends its half of the connection",
     lambda c: c.get(b"/late") and c.wait_seen() and (c.clear_end() if hasattr(c, "clear_end") else c.sock.shutdown(socket.SHUT_WR)),
     routes={b"late": lambda e, _: time.sleep(0.2) or e.send(answer())}, ways=("clear",), fate=1)
case("GOAWAY while the server thinks", lambda c: c.get(b"/late") and c.wait_seen() and c.goaway(0, NO_ERROR) and None,
     routes={b"late": lambda e, _: time.sleep(0.2) or e.send(answer())}, fate=1)
case("an idle connection", lambda c: c.answer(c.get()) and None, conf="timeout client 300ms\ntimeout http-keep-alive 300ms", fate=1.5)
case("an idle connection, keep-alive alone", lambda c: c.answer(c.get()) and None, conf="timeout http-keep-alive 300ms", fate=1.5)
case("a connection that never asks", lambda c: None, conf="timeout client 300ms\ntimeout http-request 300ms", fate=1.5, logs=0)
case("half a header block", lambda c: c.headers(1, encode(c.fields())[:20], end_headers=False) and c.wait(lambda: c.ended, 2),
     conf="timeout client 400ms\ntimeout http-request 300ms", fate=1, logs=1)

# ---- limits
case("maxconn 1 at the server", lambda c: [c.get(b"/late?%d" % n) for n in range(3)] and None, server="server s 127.0.0.1:{origin} maxconn 1",
     routes={b"late": lambda e, _: time.sleep(0.1) or e.send(answer())})
case("a queue that is too slow", lambda c: c.get(b"/hold") and c.wait_seen() and c.get(b"/") and None, server="server s 127.0.0.1:{origin} maxconn 1",
     back="timeout queue 200ms\ntimeout server 700ms")

# ---- CONNECT and WebSockets
WEBSOCKET = [(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"), (b":path", b"/x/upgrade"),
             (b":authority", b"example.com"), (b"sec-websocket-version", b"13"),
             (b"sec-websocket-protocol", b"chat"), (b"origin", b"https://example.com"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]


def websocket(path=b"/x/upgrade", texts=(b"hello", b"again"), end=True, wait=0):
    def script(talk):
        talk.headers(1, [(name, path if name == b":path" else value) for name, value in WEBSOCKET], end=False)
        stream = talk.stream(1)
        talk.wait(lambda: stream.headers or stream.over)
        for text in texts:
            if stream.status == 200 and not stream.over:
                talk.data(1, text)
                talk.wait(lambda t=text: bytes(stream.data).endswith(t) or stream.over)
        if end and not stream.over:
            talk.data(1, b"", True)
        talk.wait(lambda: stream.over, wait)
    return script


def upgraded(then):
    """A WebSocket server that does something of its own once it is one."""
    def serve(exchange, words):
        send = exchange.send

        def once(data):
            send(data)
            exchange.send = send
            then(exchange)
            raise Gone
        exchange.send = once
        ROUTES[b"upgrade"](exchange, words)
    return serve


case("WebSocket", websocket())
case("WebSocket, closed by the client's reset", lambda c: websocket(end=False)(c) or c.reset(1, CANCEL) and None, logs=1, ignore=("log",))
case("WebSocket, the server ends it", websocket(b"/x/bye", texts=(), end=False, wait=1), routes={b"bye": upgraded(lambda e: e.send(b"bye"))})
case("WebSocket, large", websocket(texts=(b"0123456789" * 1600,) * 4))
case("WebSocket, timeout tunnel", websocket(end=False, wait=1.5), conf="timeout client 3s", back="timeout tunnel 300ms")
case("WebSocket, refused by the server", websocket(b"/x/no", end=False), routes={b"no": says(answer(status=b"403 Forbidden"), False)})
case("WebSocket, the server answers 200", websocket(b"/x/no", end=False), routes={b"no": says(answer(), False)})
case("WebSocket, refused by a rule", websocket(), conf="http-request deny if { path_end upgrade }")
case("WebSocket, rules see it", websocket(),
     conf="http-request set-header x-facts \"%[method] %[url] %[hdr(upgrade)] %[hdr(connection)] %[req.hdr(sec-websocket-key),length]\"")
for name, conf in (("set-header", "http-request set-header x-new 1"), ("forwardfor", "option forwardfor"), ("set-path", "http-request set-path /y%[path]"),
                   ("del-header", "http-request del-header origin")):
    case(f"WebSocket under {name}", websocket(b"/x/upgrade"), conf=conf, serve=lambda e, words: ROUTES[b"upgrade"](e, words))
case("WebSocket, the key is wrong", websocket(b"/x/no", end=False),
     routes={b"no": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", False)})
case("WebSocket, a server that is down", websocket(end=False), server="server s {dead}")
CONNECT = [(b":method", b"CONNECT"), (b":authority", b"target.example:443")]


def tunnel(talk):
    talk.headers(1, CONNECT + [(b"x-a", b"1")], end=False)
    stream = talk.stream(1)
    talk.wait(lambda: stream.headers or stream.over)
    if stream.status == 200 and not stream.over:
        talk.data(1, b"hello")
        talk.wait(lambda: stream.size >= 5 or stream.over)
        talk.data(1, b"", True)


def tunnel_server(exchange, _):
    exchange.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        if not exchange.buffer:
            exchange.more()
        exchange.send(exchange.take(len(exchange.buffer)))


case("CONNECT", tunnel, serve=tunnel_server)
case("CONNECT, refused by the server", tunnel, serve=says(answer(status=b"405 No"), False))
case("CONNECT, denied", tunnel, conf="http-request deny if METH_CONNECT")
case("an extended CONNECT of another protocol",
     lambda c: c.headers(1, [(name, b"chat" if name == b":protocol" else value) for name, value in WEBSOCKET], end=False) and None, fate=0.5)


# ---- HTTP/1 where HTTP/2 could be
def h1(text, count=1):
    """Sends text to the port that takes both; what comes within the patience."""
    def script(address):
        received = b""
        with socket.create_connection(address, 3) as talk:
            talk.sendall(text)
            talk.settimeout(0.7)
            try:
                while piece := talk.recv(65536):
                    received += piece
            except (TimeoutError, ConnectionResetError):
                received += b"|"
        return received
    assert count
    return script


UPGRADE = b"GET /x/echo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
case("HTTP/1 on the port of both", h1(b"GET /x/echo HTTP/1.1\r\nHost: example.com\r\n\r\n"), ways=("both",), logs=1)
case("Upgrade: h2c", h1(UPGRADE), ways=("both",), logs=1)
case("Upgrade: h2c with a body", h1(UPGRADE.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\nabc")), ways=("both",),
     logs=1)
case("a preface of HTTP/2 in upper and lower case", h1(PREFACE.replace(b"PRI", b"pri") + frame(SETTINGS, 0, 0)), ways=("both",), logs=1)
case("a preface behind a request of HTTP/1", h1(b"GET /x/echo HTTP/1.1\r\nHost: a\r\n\r\n" + PREFACE + frame(SETTINGS, 0, 0)), ways=("both",), logs=2)
