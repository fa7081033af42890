"""Requests and responses as they pass from HTTP/2 to a server of HTTP/1 and back."""
from h2_client import ENABLE_PUSH
from h2_side_case import answer, ask, case, instead, says

LINE = b"/echo?a=b&c=%20d"

# ---- methods and bodies
for method in (b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE", b"PURGE", b"x-own.1"):
    ask(f"{method.decode()} without body", (b"x-a", b"1"), method=method, path=LINE)
for method in (b"POST", b"PUT", b"PATCH", b"GET", b"DELETE", b"OPTIONS"):
    ask(f"{method.decode()}, body with a length", (b"content-length", b"5"), method=method, path=LINE, body=b"hello")
    ask(f"{method.decode()}, body without a length", (b"x-a", b"1"), method=method, path=LINE, body=b"hello")
ask("POST without body", method=b"POST", path=LINE)
ask("POST, content-length 0, no body", (b"content-length", b"0"), method=b"POST", path=LINE)
ask("POST, content-length 0, an empty DATA", (b"content-length", b"0"), method=b"POST", path=LINE, body=b"")
ask("POST, an empty DATA", method=b"POST", path=LINE, body=b"")
ask("OPTIONS *", method=b"OPTIONS", list_of=instead(b":path", b"*"))
ask("trailers of a request", (b"te", b"trailers"), (b"trailer", b"x-sum"), method=b"POST", path=LINE, body=b"abc",
    trailers=[(b"x-sum", b"3"), (b"x-more", b"a, b")])
ask("trailers of a request with a length", (b"content-length", b"3"), method=b"POST", path=LINE, body=b"abc", trailers=[(b"x-sum", b"3")])
ask("trailers without a body", method=b"POST", path=LINE, trailers=[(b"x-sum", b"3")])
ask("a body of 300 kB", (b"content-length", b"300000"), method=b"POST", path=LINE, body=b"0123456789" * 30000)
ask("a body of 300 kB without a length", method=b"POST", path=LINE, body=b"0123456789" * 30000)
ask("a body answered before its end", (b"content-length", b"300000"), method=b"POST", path=b"/early", body=b"0123456789" * 30000,
    ignore=("log", "server"))


case("a body in two frames", lambda c: c.post((b"content-length", b"6")) and c.data(1, b"abc").data(1, b"def", True))

# ---- the target and the authority
for name, change in (("with a port", instead(b":authority", b"example.com:8080")), ("with port 80", instead(b":authority", b"example.com:80")),
                     ("with port 443", instead(b":authority", b"example.com:443")), ("in upper case", instead(b":authority", b"EXAMPLE.com")),
                     ("an IPv6 address", instead(b":authority", b"[::1]:99")),
                     ("that is missing, host instead", lambda f: instead(b":authority", None)(f) + [(b"host", b"alone.example")]),
                     ("that is missing", instead(b":authority", None)), ("and the same host", lambda f: f + [(b"host", b"example.com")]),
                     ("and another host", lambda f: f + [(b"host", b"other.example")]), ("that is empty", instead(b":authority", b"")),
                     ("and the same host with a port", lambda f: f + [(b"host", b"example.com:80")])):
    ask(f"authority {name}", (b"x-a", b"1"), path=LINE, list_of=change)
for name, change in (("https", instead(b":scheme", b"https")), ("http", instead(b":scheme", b"http")), ("ftp", instead(b":scheme", b"ftp")),
                     ("HTTP", instead(b":scheme", b"HTTP"))):
    ask(f"scheme {name}", path=LINE, list_of=change)
for path in (b"/", b"//a//b", b"/./a/../b", b"/%41%zz", b"/a?b?c=/d", b"/a;b=c,d", b"/a?", b"/\xc3\xa9", b"/a|b\"c<>", b"/" + b"p" * 2000):
    ask(f"path {path[:30]!r}", list_of=instead(b":path", path))
ask("pseudo-fields in another order", (b"x-a", b"1"), path=LINE, list_of=lambda f: f[3::-1] + f[4:])

# ---- fields
ask("fields of a browser", (b"user-agent", b"Mozilla/5.0"), (b"accept", b"text/html,*/*;q=0.8"), (b"accept-language", b"en"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"referer", b"https://a.example/"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"upgrade-insecure-requests", b"1"), (b"priority", b"u=0, i"),
    path=LINE)
ask("cookies in pieces", (b"cookie", b"a=1"), (b"x-a", b"1"), (b"cookie", b"b=2"), (b"cookie", b"c=3; d=4"), (b"x-b", b"2"), path=LINE)
ask("a cookie that is empty", (b"cookie", b"a=1"), (b"cookie", b""), (b"cookie", b"b=2"), path=LINE)
ask("one cookie", (b"x-b", b"2"), (b"cookie", b"a=1; b=2"), path=LINE)
ask("fields that repeat", (b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3"), (b"x-a", b""), path=LINE)
ask("values of odd bytes", (b"x-a", b"\xe4\xf6\t a"), (b"x-b", b"\"'\\,;:()"), path=LINE)
ask("te: trailers", (b"te", b"trailers"), path=LINE)
ask("expect", (b"expect", b"100-continue"), (b"content-length", b"3"), method=b"POST", path=b"/continue", body=b"abc")
ask("expect, but the server does not care", (b"expect", b"100-continue"), (b"content-length", b"3"), method=b"POST", path=b"/echo", body=b"abc")
ask("forty fields", *((b"x-%d" % n, b"v%d" % n) for n in range(40)), path=LINE)
ask("a value of 8000 bytes", (b"x-long", b"v" * 8000), path=LINE, ignore=("log",))

# ---- responses
for name, text in (
        ("of one line", answer()),
        ("with fields of every kind", answer(b"Server: s", b"X-CASE: Value", b"Set-Cookie: a=1", b"X-Empty:", b"Set-Cookie: b=2", b"x-blank:   a  ",
                                             b"Date: Sat, 21 Nov 2026 20:00:00 GMT")),
        ("with fields of the connection", answer(b"Connection: keep-alive", b"Keep-Alive: timeout=5", b"Proxy-Connection: keep-alive", b"X-A: 1")),
        ("that closes", answer(b"Connection: close")),
        ("of HTTP/1.0", answer(version=b"HTTP/1.0")),
        ("of HTTP/1.0, kept", answer(b"Connection: keep-alive", version=b"HTTP/1.0")),
        ("without body", answer(body=b"")),
        ("404", answer(status=b"404 Not Found", body=b"nothing here")),
        ("500", answer(status=b"500 Oh No")), ("599", answer(status=b"599 x")), ("205", answer(status=b"205 Reset", body=b"")),
        ("without a reason", answer(status=b"200 ")), ("with no blank either", answer(status=b"200")),
        ("204", answer(status=b"204 No Content", body=b"", length=False)), ("204 with a length", answer(status=b"204 No Content", body=b"")),
        ("304", answer(b"ETag: \"x\"", status=b"304 Not Modified", body=b"", length=False)),
        ("304 with a length", answer(b"Content-Length: 500", status=b"304 Not Modified", body=b"", length=False)),
        ("chunked", answer(b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n5;ext=1\r\ndefgh\r\n0\r\n\r\n", length=False)),
        ("chunked, empty", answer(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n", length=False)),
        ("chunked with trailers", answer(b"Transfer-Encoding: chunked", b"Trailer: X-Sum", body=b"3\r\nabc\r\n0\r\nX-Sum: 3\r\nX-B: a b\r\n\r\n",
                                         length=False)),
        ("chunked with a length", answer(b"Transfer-Encoding: chunked", b"Content-Length: 99", body=b"3\r\nabc\r\n0\r\n\r\n", length=False)),
        ("with a length twice", answer(b"Content-Length: 2")),
        ("with an interim one", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-A: 1\r\n\r\n" + answer()),
        ("with two interim ones", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + answer()),
        ("with 100 that nobody asked for", b"HTTP/1.1 100 Continue\r\n\r\n" + answer()),
        ("with upgrade fields", answer(b"Upgrade: h2c", b"Connection: upgrade")),
        ("with a folded field", answer(b"X-A: 1\r\n  2"))):
    ask(f"a response {name}", path=b"/", serve=says(text))
    if name in ("of one line", "404", "chunked with trailers", "304 with a length"):
        ask(f"a response {name}, to HEAD", method=b"HEAD", path=b"/", serve=says(text.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"))
ask("a response until the close", path=b"/", serve=says(answer(b"X-A: 1", body=b"to the end", length=False), close=True))
ask("a response until the close, HTTP/1.0", path=b"/", serve=says(answer(body=b"to the end", length=False, version=b"HTTP/1.0"), close=True))
ask("a response of 2 MB", path=b"/big/2000000")
ask("a response with 60 fields", path=b"/", serve=says(answer(*(b"X-%d: %d" % (n, n) for n in range(60)))))
ask("a response with a field of 9000 bytes", path=b"/", serve=says(answer(b"X-Long: " + b"v" * 9000)))

# ---- many streams
case("twenty requests in turn", lambda c: [c.answer(c.request(b"GET", b"/x/%d" % n)) for n in range(20)] and None)
case("thirty requests at once", lambda c: [c.request(b"POST", b"/x/echo?%d" % n, body=b"%d" % n * 3000) for n in range(30)] and None)
case("two requests, one waits", lambda c: c.get(b"/late") and c.answer(c.get(b"/")) and None,
     routes={b"late": lambda e, _: e.origin.over.wait(0.2) or e.send(answer())})
case("priorities are of no account", lambda c: c.priority(1, 3, 255, 1).headers(1, c.fields(), priority=(1 << 31, 7)).priority(1, 0).get(b"/?2")
     and None)
case("settings of a client that takes pushes", lambda c: c.settings({ENABLE_PUSH: 1, 3: 1000, 6: 4000}).get() and None)
case("small windows", lambda c: c.settings({4: 5}).get(b"/big/100") and None)
