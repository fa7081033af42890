"""What reaches the client before its answer, and what a server's connection that a rule closes leaves: early-hint, close."""
from case import case, get, head, reply, serves
from stage import BODY, HEAD, pause, read, until

for name, rules in [
        ("two in a row", "http-request early-hint Link a\n  http-request early-hint Link b"),
        ("the second with a condition", "http-request early-hint Link a\n  http-request early-hint X-Foo b if TRUE"),
        ("both with a condition", "http-request early-hint Link a if TRUE\n  http-request early-hint X-Foo b if TRUE"),
        ("the first with a condition", "http-request early-hint Link a if TRUE\n  http-request early-hint X-Foo b"),
        ("the first does not hold", "http-request early-hint Link a if FALSE\n  http-request early-hint X-Foo b"),
        ("the second does not hold", "http-request early-hint Link a\n  http-request early-hint X-Foo b if FALSE\n  http-request early-hint Link c"),
        ("a rule between", "http-request early-hint Link a\n  http-request set-header x y\n  http-request early-hint Link b"),
        ("then refused", "http-request early-hint Link a\n  http-request deny"),
        ("then answered", "http-request early-hint Link a\n  http-request return status 200 content-type text/plain string done"),
        ("then redirected", "http-request early-hint Link a\n  http-request redirect location /x"),
        ("then closed", "http-request early-hint Link a\n  http-request reject"),
        ("then tarpitted", "timeout tarpit 100ms\n  http-request early-hint Link a\n  http-request tarpit"),
        ("line ends", 'http-request early-hint Link "%[str(a%0d%0ab),url_dec]"'),
        ("an empty value", 'http-request early-hint Link "%[req.hdr(x-no)]"'),
        ("of the request", 'http-request early-hint Link "<%[path]>; rel=preload"'),
        ("a long one", "http-request early-hint Link %[path,concat(,,),sha2(512),hex]%[path,hex]"),
        ("with other rules for the answer", "http-request early-hint Link a\n  http-response set-header z y\n  http-after-response set-header z2 y"),
]:
    case(f"early-hint: {name}", get("/DIR"), conf=rules)
TWO = "http-request early-hint Link a\n  http-request early-hint X-Foo b"
case("early-hint: HTTP/1.0", get("/", version="1.0"), conf=TWO)
case("early-hint: HEAD", head("HEAD / HTTP/1.1", "Host: x"), serves(reply(b"")), conf=TWO)
case("early-hint: two requests", [get("/1"), read(1), get("/2"), read(2)], conf=TWO)
case("early-hint: two requests at once", [get("/1") + get("/2"), read(2)], conf=TWO)
case("early-hint: a body that waits", [head("POST / HTTP/1.1", "Host: x", "Content-Length: 3", "Expect: 100-continue"), until(b"100 Continue"), b"abc", read(1)],
     conf="http-request early-hint Link a\n  http-request wait-for-body time 1s\n  http-request early-hint Link b")
case("early-hint: in a backend", get("/"), text="frontend {name}\n  bind {bind}\n  http-request early-hint Link a\n  default_backend {name}b\n"
     "backend {name}b\n  http-request early-hint Link b\n  server s1 {s1}\n")

ANSWER = reply(b"0123456789")
for name, conf, steps in [
        ("at once", "tcp-response content close", [HEAD, BODY, ANSWER]),
        ("with a page for it", "tcp-response content close\n  http-after-response set-header x y\n  http-response set-header a b", [HEAD, BODY, ANSWER]),
        ("a condition that does not hold", "tcp-response content close if FALSE", [HEAD, BODY, ANSWER]),
]:
    case(f"close: http, {name}", get("/"), steps, conf=conf)
case("close: http, only the response is known by then", get("/"), [HEAD, BODY, ANSWER],
     conf="tcp-response inspect-delay 1s\n  tcp-response content close if { res.len gt 30 }", ignore=("origin fate",))
for name, conf in [
        ("at once", "tcp-response content close"),
        ("later", "tcp-response inspect-delay 1s\n  tcp-response content close if { res.len gt 4 }"),
        ("before others", "tcp-response inspect-delay 1s\n  tcp-response content close if { res.len gt 4 }\n  tcp-response content reject"),
        ("behind others", "tcp-response inspect-delay 1s\n  tcp-response content accept if { res.len gt 4 }\n  tcp-response content close"),
        ("by the time", "tcp-response inspect-delay 100ms\n  tcp-response content close if WAIT_END"),
]:
    case(f"close: tcp, {name}", [b"hello", pause(0.4)], [until(b"hello") if name != "at once" else pause(0.05), b"abc", pause(0.05), b"defg", pause(0.2)],
         conf=f"mode tcp\n  option tcplog\n  {conf}", ignore=("origin" if name == "at once" else "origin fate",))
