"""What becomes of connections: keep-alive, close modes, pipelines, tunnels, half-closed sides, aborts, timeouts."""
from case import case, crowd, get, head, post, reply, reply_chunked, serves
from stage import AGAIN, BODY, CLOSE, EAT, ECHO, FIN, HEAD, RESET, pause, read, until

H = "Host: site.example"
TWO = [get("/1"), read(1), get("/2"), read(2)]
MODES = ("", "option httpclose", "option http-server-close", "option http-keep-alive", "http-reuse never", "http-reuse safe",
         "http-reuse aggressive", "http-reuse always")

for mode in MODES:
    case(f"two requests [{mode or 'default'}]", TWO, conf=mode)
for mode in ("", "option httpclose", "option http-server-close"):
    case(f"client closes after its answer [{mode}]", get("/", "Connection: close"), conf=mode)
    case(f"server closes after its answer [{mode}]", TWO, [[HEAD, reply(b"ok", "Connection: close"), CLOSE]], conf=mode)
    case(f"server says close but stays [{mode}]", TWO, [[HEAD, reply(b"ok", "Connection: close"), EAT]], conf=mode)
    case(f"HTTP/1.0 [{mode}]", head("GET / HTTP/1.0", H), conf=mode)
    case(f"HTTP/1.0 keep-alive [{mode}]", head("GET / HTTP/1.0", H, "Connection: Keep-Alive"), conf=mode)
    case(f"server of HTTP/1.0 [{mode}]", TWO, [[HEAD, reply(version="1.0"), CLOSE]], conf=mode)
    case(f"answer until close [{mode}]", [get(), read()], [HEAD, head("HTTP/1.1 200 OK") + b"abc", CLOSE], conf=mode)
case("connection: close, keep-alive", get("/", "Connection: close, keep-alive"))
case("connection names other fields", get("/", "Connection: X-Hop, keep-alive", "X-Hop: 1"))
case("keep-alive and proxy-connection", get("/", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "TE: trailers, gzip"))
case("answer with connection fields", get(), serves(reply(b"ok", "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=3")))
case("http-pretend-keepalive", get("/", "Connection: close"), conf="option http-pretend-keepalive\n  option http-server-close")

# Pipelines.
case("pipeline of three", [get("/1") + get("/2") + get("/3"), read(3)])
case("pipeline of three, one POST", [get("/1") + post(b"abc") + get("/3"), read(3)])
case("pipeline of fifty", [b"".join(get(f"/{i}") for i in range(50)), read(50)], linger=0.1)
case("pipeline, the second asks to close", [get("/1") + get("/2", "Connection: close") + get("/3"), read(2)])
case("pipeline, the second is bad", [get("/1") + b"BAD\r\n\r\n", read(2)])
case("pipeline with half-close", [get("/1") + get("/2"), read(2), FIN])
case("pipeline split within a head", [get("/1") + get("/2")[:20], read(1), get("/2")[20:], read(2)])

# A kept server connection that the server ends.
case("server ended the idle connection", [get("/1"), read(1), pause(0.1), get("/2"), read(2)], [[HEAD, reply(), CLOSE], [HEAD, reply(b"new"), EAT]])
case("server resets the idle connection", [get("/1"), read(1), pause(0.1), get("/2"), read(2)], [[HEAD, reply(), RESET], [HEAD, reply(b"new"), EAT]])
case("server ends the reused connection on the request", [get("/1"), read(1), get("/2"), read(2)], [[HEAD, reply(), HEAD, CLOSE], [HEAD, reply(b"new"), EAT]])
case("server ends the reused connection on a POST", [get("/1"), read(1), post(b"abc"), read(2)], [[HEAD, reply(), HEAD, BODY, CLOSE], [HEAD, reply(b"new"), EAT]])
case("server ends its kept connection, another one serves", [get("/1"), read(1), get("/2"), read(2), get("/3"), read(3)],
     [[HEAD, reply(b"one"), HEAD, CLOSE], [HEAD, CLOSE]], serves(reply(b"two")), conf="balance roundrobin\n  option redispatch")
case("server ends its kept connection, then a new one", [get("/1"), read(1), get("/2"), read(2)], [[HEAD, reply(b"one"), HEAD, CLOSE], [HEAD, CLOSE]])

# Half-closed sides.
case("client half-closes after its request", [get(), FIN, read()], [HEAD, pause(0.1), reply(), EAT])
case("client half-closes within its body", [post(b"abcdef")[:-3], pause(0.1), FIN, read()], [HEAD, BODY, reply(), EAT])
case("client half-closes within its head", [get()[:20], pause(0.05), FIN, read()])
case("client half-closes at once", [FIN, read()])
case("abortonclose", [get(), FIN, read()], [HEAD, pause(0.2), reply(), EAT], conf="option abortonclose")

# Aborts. What the server's side sees is what matters.
case("client leaves within its head", [get()[:20], pause(0.05), CLOSE], linger=0)
case("client resets within its head", [get()[:20], pause(0.05), RESET])
case("client leaves without a word", [pause(0.05), CLOSE])
case("client leaves without a word, dontlognull", [pause(0.05), CLOSE], conf="option dontlognull")
case("client resets within its head, dontlognull", [get()[:20], pause(0.05), RESET], conf="option dontlognull")
case("client leaves while the server thinks", [get(), pause(0.1), RESET], [HEAD, pause(0.3), reply(), EAT])
case("client leaves within the answer", [get(), until(b"0123456789"), RESET], [HEAD, reply(b"0123456789" * 10)[:-50], pause(0.3), b"0123456789" * 5, EAT])
case("client leaves within its body", [post(b"abcdef")[:-3], pause(0.1), RESET], [HEAD, BODY, reply(), EAT])

# Timeouts: 500 ms for the request, 300 ms idle, 700 ms for the server unless said otherwise.
WAIT = "timeout http-request 500ms\n  timeout http-keep-alive 300ms\n  timeout server 700ms\n  timeout client 900ms"
case("timeout without a byte", [read()], conf=WAIT, linger=0.3)
case("timeout without a byte, http-ignore-probes", [read()], conf=WAIT + "\n  option http-ignore-probes", linger=0.3)
case("timeout within the head", [get()[:20], read()], conf=WAIT, linger=0.3)
case("timeout between requests", [get(), read()], conf=WAIT, linger=0.8)
case("timeout within the second head", [get() + get()[:20], read(2)], conf=WAIT, linger=0.3)
case("timeout of the server", [get(), read()], [HEAD, EAT], conf=WAIT)
case("timeout of the server within its head", [get(), read()], [HEAD, b"HTTP/1.1 200 OK\r\n", EAT], conf=WAIT)
case("timeout of the server within its body", [get(), read()], [HEAD, reply(b"0123456789")[:-5], EAT], conf=WAIT)
case("timeout of the client within its body", [post(b"abcdef")[:-3], read()], [HEAD, BODY, reply(), EAT], conf=WAIT)
case("timeout of the client, http-request shorter", [get()[:30], read()], conf="timeout http-request 300ms\n  timeout client 2s")
case("timeout client alone, no byte", [read()], conf="timeout client 400ms\n  timeout http-request 0", linger=0.3)
case("keep-alive timeout unset", [get(), read()], conf="timeout http-request 400ms\n  timeout http-keep-alive 0", linger=0.8)

# Tunnels.
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13")
SWITCH = head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
case("websocket", [get("/ws", *UPGRADE), until(b"\r\n\r\n"), b"ping1", until(b"ping1"), b"ping2", until(b"ping2")], [HEAD, SWITCH, ECHO])
case("websocket, server ends", [get("/ws", *UPGRADE), until(b"\r\n\r\n"), b"bye", until(b"bye")], [HEAD, SWITCH, until(b"bye"), b"bye", CLOSE])
case("websocket, client half-closes", [get("/ws", *UPGRADE), until(b"\r\n\r\n"), b"last", FIN], [HEAD, SWITCH, ECHO])
case("websocket refused", get("/ws", *UPGRADE), serves(reply(b"no", status="403 Forbidden")))
case("websocket without a key", get("/ws", "Connection: Upgrade", "Upgrade: websocket"), [HEAD, SWITCH, ECHO])
case("other upgrade", [get("/x", "Connection: Upgrade", "Upgrade: foo/2"), until(b"\r\n\r\n"), b"data", until(b"data")],
     [HEAD, head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: foo/2"), ECHO])
case("upgrade ignored by the server", [get("/x", "Connection: Upgrade", "Upgrade: foo/2"), read(), get("/2"), read(2)])
case("tunnel timeout", [get("/ws", *UPGRADE), until(b"\r\n\r\n"), b"a", until(b"a"), pause(0.9)], [HEAD, SWITCH, ECHO],
     conf="timeout tunnel 400ms", linger=0.1)
CONNECT = head("CONNECT site.example:443 HTTP/1.1", "Host: site.example:443")
case("CONNECT", [CONNECT, until(b"\r\n\r\n"), b"abc", until(b"abc")], [HEAD, head("HTTP/1.1 200 OK"), ECHO], methods=[b"CONNECT"])
case("CONNECT refused", CONNECT, serves(reply(b"no", status="405 Method Not Allowed")))
case("CONNECT without port", head("CONNECT site.example HTTP/1.1", "Host: site.example"))
case("CONNECT to another host", head("CONNECT site.example:443 HTTP/1.1", "Host: other.example:443"))
case("101 without upgrade", [get(), read()], [HEAD, head("HTTP/1.1 101 Switching Protocols"), ECHO])
crowd("reuse between clients [safe]", [[get("/1"), read(1)], [0.1, get("/2"), read(1)]], conf="http-reuse safe")
crowd("reuse between clients [always]", [[get("/1"), read(1)], [0.1, get("/2"), read(1)]], conf="http-reuse always")
crowd("reuse between clients [never]", [[get("/1"), read(1)], [0.1, get("/2"), read(1)]], conf="http-reuse never")
case("chunked answer, then another request", [get("/1"), read(1), get("/2"), read(2)], serves(reply_chunked(b"abc", b"d")))
