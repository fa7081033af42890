"""Options of HTTP and TCP: names of headers, their spelling, monitoring, what becomes of connections."""
from case import case, get, head, post, reply, serves
from stage import read

MARKED = serves(reply(b"ok", "X-Foo: a", "x-bar: b"))
ODD = ("X_Y: 1", "x.y: 2", "x-y: 3", "X1: 4", "~z: 5")
SPELLING = ("h1-case-adjust x-foo X-FOO\n  h1-case-adjust connection CONNECTION\n  h1-case-adjust content-length Content-Length\n"
            "  h1-case-adjust host HOST\n  h1-case-adjust x-forwarded-for X-Forwarded-FOR\n  h1-case-adjust X-BAR x-BAR\n  h1-case-adjust cookie cOOkie")

for policy in ("preserve", "delete", "reject"):
    names = f"option http-restrict-req-hdr-names {policy}"
    case(f"names {policy}: unusual ones", get("/", *ODD), conf=names)
    case(f"names {policy}: usual ones", get("/", "X-Y: 1", "x2: 3"), conf=names)
    case(f"names {policy}: added by a rule", get("/"), conf=f"{names}\n  http-request set-header a_b c")
    case(f"names {policy}: a body", post(b"abc", *ODD), conf=names)
    case(f"names {policy}: answered by a rule before", get("/", *ODD), conf=f"{names}\n  redirect location /elsewhere")
for front, back in (("delete", ""), ("", "delete"), ("reject", ""), ("", "reject"), ("delete", "reject"), ("reject", "delete")):
    lines = ["\n  option http-restrict-req-hdr-names " + word if word else "" for word in (front, back)]
    case(f"names: frontend {front or 'nothing'}, backend {back or 'nothing'}", get("/", *ODD),
         text="frontend {name}\n  bind {bind}" + lines[0] + "\n  default_backend {name}b\n"
              "backend {name}b" + lines[1] + "\n  server s1 {s1}\n")

for side in ("client", "server"):
    spelled = f"option h1-case-adjust-bogus-{side}"
    case(f"spelling for the {side}", get("/", "x-foo: 1", "Cookie: a=b"), MARKED, conf=spelled, options="  " + SPELLING)
    case(f"spelling for the {side}: close", get("/", "X-FoO: 1", "Connection: close"), MARKED, conf=spelled, options="  " + SPELLING)
    case(f"spelling for the {side}: added headers", get("/"), MARKED, options="  " + SPELLING,
         conf=f"{spelled}\n  option forwardfor\n  http-request set-header x-FOO 1\n  http-response set-header X-foo 2")
    case(f"spelling for the {side}: server close", get("/"), MARKED, conf=f"{spelled}\n  option http-server-close", options="  " + SPELLING)
    case(f"spelling for the {side}: an answer of our own", get("/"), conf=f"{spelled}\n  monitor-uri /", options="  " + SPELLING)
    case(f"spelling for the {side}: logged", get("/", "x-foo: 7"), MARKED, options="  " + SPELLING,
         conf=f"{spelled}\n  log-format \"%[capture.req.uri] %ST\"\n  http-response set-header seen %[res.hdr(x-foo)]")
case("spelling, nobody asks for it", get("/", "x-foo: 1"), MARKED, options="  " + SPELLING)

for target in ("http://site.example/", "/"):
    for fields in (("Proxy-Connection: close",), ("Connection: close",), ("Proxy-Connection: keep-alive", "Connection: close"), ()):
        case(f"http-use-proxy-header {target} {fields}", head(f"GET {target} HTTP/1.1", "Host: site.example", *fields),
             conf="option http-use-proxy-header")
case("http-use-proxy-header, HTTP/1.0", head("GET http://a/ HTTP/1.0", "Host: a", "Proxy-Connection: keep-alive"),
     conf="option http-use-proxy-header")
case("disable-h2-upgrade", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", conf="option disable-h2-upgrade")
case("contstats", [get("/1"), read(1), get("/2"), read(2)], conf="option contstats")
case("contstats, tcp", get("/"), conf="mode tcp\n  option tcplog\n  option contstats")
case("idle-close-on-response", [get("/1"), read(1), get("/2"), read(2)], conf="option idle-close-on-response")

MONITOR = "monitor-uri /alive\n  "
case("monitor fail: holds", get("/alive", "x: y"), conf=MONITOR + "monitor fail if { req.hdr(x) y }")
case("monitor fail: holds not", get("/alive", "x: z"), conf=MONITOR + "monitor fail if { req.hdr(x) y }")
case("monitor fail unless", get("/alive", "x: z"), conf=MONITOR + "monitor fail unless { req.hdr(x) y }")
case("monitor fail: the second of two", get("/alive", "x: z"),
     conf=MONITOR + "monitor fail if { req.hdr(x) y }\n  monitor fail if { req.hdr(x) z }")
case("monitor fail: other paths", get("/other", "x: y"), conf=MONITOR + "monitor fail if { req.hdr(x) y }")
case("monitor fail: HEAD", head("HEAD /alive HTTP/1.1", "Host: a"), conf=MONITOR + "monitor fail if TRUE")
case("monitor fail without monitor-uri", get("/alive"), conf="monitor fail if TRUE")
case("monitor fail: dead servers", get("/alive"),
     text="frontend {name}\n  bind {bind}\n  monitor-uri /alive\n  monitor fail if { nbsrv({name}b) lt 2 }\n"
          "  default_backend {name}b\nbackend {name}b\n  server s1 {s1}\n  server s2 {dead} disabled\n")
