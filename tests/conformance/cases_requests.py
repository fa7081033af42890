"""Requests as clients write them: methods, targets, versions, fields, and what must be refused."""
from case import case, chunks, get, head, post, reply, serves
from stage import pause, read

H = "Host: site.example"

for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "get", "FOO"):
    case(f"method {method}", head(f"{method} /x?y=1 HTTP/1.1", H))
case("method HEAD", [head("HEAD /x HTTP/1.1", H), read(1, [b"HEAD"])], serves(head("HTTP/1.1 200 OK", "Content-Length: 9000")))
case("options star", head("OPTIONS * HTTP/1.1", H))

# Targets.
case("query, percent and punctuation", get("/a%20b/?q=1&r=%00;x=(y)!*'"))
case("absolute target", head("GET http://site.example/x HTTP/1.1", H))
case("absolute target with port", head("GET http://site.example:80/x HTTP/1.1", H))
case("absolute target without host", head("GET http://site.example/x HTTP/1.1"))
case("absolute target of another host", head("GET http://other.example/x HTTP/1.1", H))
case("target without slash", head("GET x HTTP/1.1", H))
case("star with GET", head("GET * HTTP/1.1", H))
case("fragment", get("/a#b"))
case("8-bit target", get("/\xe9"))
case("control character in target", get("/a\x01b"))
case("DEL in target", get("/a\x7fb"))
case("space in target", get("/a b"))
case("two spaces before target", head("GET  / HTTP/1.1", H))
case("two spaces before version", head("GET /  HTTP/1.1", H))
case("tab in request line", head("GET\t/ HTTP/1.1", H))

# Versions.
case("HTTP/1.0", head("GET / HTTP/1.0"))
case("HTTP/1.0 with host", head("GET / HTTP/1.0", H))
case("HTTP/1.0 keep-alive", [head("GET / HTTP/1.0", "Connection: keep-alive"), read(1), head("GET /2 HTTP/1.0"), read(2)])
case("HTTP/0.9", [b"GET /\r\n", pause(0.1), b"\r\n", read()])
case("HTTP/1.2", get(version="1.2"))
case("HTTP/2.0 in text", get(version="2.0"))
case("HTTP/9.9", get(version="9.9"))
case("HTTP/1.10", get(version="1.10"))
case("HTTP/1 without minor", get(version="1"))
case("version in lower case", head("GET / http/1.1", H))
case("unknown protocol", head("GET / HTTX/1.1", H))
case("missing version and fields", b"GET / \r\n\r\n")

# Fields.
case("no host", head("GET / HTTP/1.1"))
case("empty host", head("GET / HTTP/1.1", "Host:"))
case("host twice, the same", head("GET / HTTP/1.1", H, H))
case("host twice, different", head("GET / HTTP/1.1", H, "Host: other.example"))
case("host with bad characters", head("GET / HTTP/1.1", "Host: a b"))
case("host with bad port", head("GET / HTTP/1.1", "Host: a:x"))
case("field names in every case", get("/", "X-MiXeD: 1", "ACCEPT: a", "accept: b"))
case("blanks around values", get("/", "X-A:   a b  \t", "X-B:\tb", "X-C:", "X-D:    "))
case("folded field", get("/", "X-A: 1\r\n  2\r\n\t3"))
case("folded first field", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n")
case("blank before colon", get("/", "X-A : 1"))
case("no colon", get("/", "nonsense"))
case("empty field name", get("/", ": 1"))
case("bad character in name", get("/", "X(A): 1"))
case("8-bit in name", get("/", "X\xe9: 1"))
case("8-bit in value", get("/", "X-A: \xe9"))
case("NUL in value", get("/", "X-A: a\x00b"))
case("CR in value", get("/", "X-A: a\rb"))
case("control character in value", get("/", "X-A: a\x01b"))
case("underscore in name", get("/", "X_A: 1"))
case("LF alone", b"GET / HTTP/1.1\nHost: a\n\n")
case("LF alone in fields", b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\n")
case("CR alone", b"GET / HTTP/1.1\rHost: a\r\r")
case("empty lines before a request", b"\r\n\r\n" + get())
case("LF before a request", b"\n\n" + get())
case("spaces before a request", b"  " + get())
case("100 fields", get("/", *(f"X-{i}: {i}" for i in range(99))))
case("102 fields", get("/", *(f"X-{i}: {i}" for i in range(102))))
case("request in many small pieces",
     [piece for at in range(0, 60, 3) for piece in (get("/", "X-Slow: yes")[at:at + 3], pause(0.005))] + [read()])
case("long target 8k", get("/" + "a" * 8000))
case("long target 15k", get("/" + "a" * 15000))
case("target longer than a buffer", get("/" + "a" * 17000))
case("long field 15k", get("/", "X-A: " + "a" * 15000))
case("field longer than a buffer", get("/", "X-A: " + "a" * 17000))
case("many fields fill the buffer", get("/", *(f"X-{i}: " + "a" * 400 for i in range(60))))
case("small buffers: target", get("/" + "a" * 3500), options="tune.bufsize 4096")
case("small buffers: fields", get("/", "X-A: " + "a" * 4200), options="tune.bufsize 4096")
case("small buffers: fits", get("/", "X-A: " + "a" * 2000), options="tune.bufsize 4096")

# What a client may send that is no HTTP/1 at all.
case("TLS hello", b"\x16\x03\x01\x00\x05hello\r\n\r\n")
case("binary garbage", b"\x00\xff\xfe\x01" * 20 + b"\r\n\r\n")
case("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
case("SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n")

# Lengths that disagree: what smugglers try.
POST = "POST / HTTP/1.1"
case("length twice, the same", head(POST, H, "Content-Length: 3", "Content-Length: 3") + b"abc")
case("length list, the same", head(POST, H, "Content-Length: 3, 3") + b"abc")
case("length twice, different", head(POST, H, "Content-Length: 3", "Content-Length: 4") + b"abcd")
case("length is no number", head(POST, H, "Content-Length: x") + b"abc")
case("length negative", head(POST, H, "Content-Length: -1") + b"abc")
case("length with plus", head(POST, H, "Content-Length: +3") + b"abc")
case("length hexadecimal", head(POST, H, "Content-Length: 0x3") + b"abc")
case("length with blank inside", head(POST, H, "Content-Length: 1 3") + b"abc")
case("length empty", head(POST, H, "Content-Length:") + b"abc")
case("length with leading zeros", head(POST, H, "Content-Length: 0003") + b"abc")
case("length beyond 64 bits", head(POST, H, "Content-Length: 99999999999999999999") + b"abc")
case("length and chunked", head(POST, H, "Content-Length: 3", "Transfer-Encoding: chunked") + chunks(b"abc"))
case("chunked in HTTP/1.0", head("POST / HTTP/1.0", H, "Transfer-Encoding: chunked") + chunks(b"abc"))
for coding in ("gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "identity", "chunked,", "xchunked", "\x0bchunked",
               "Chunked"):
    case(f"transfer coding {coding!r}", head(POST, H, f"Transfer-Encoding: {coding}") + chunks(b"abc"))
case("transfer coding in two fields", head(POST, H, "Transfer-Encoding: gzip", "Transfer-Encoding: chunked") + chunks(b"abc"))
case("body on GET", head("GET / HTTP/1.1", H, "Content-Length: 3") + b"abc")
case("body on GET in HTTP/1.0", head("GET / HTTP/1.0", H, "Content-Length: 3") + b"abc")
case("body on POST in HTTP/1.0", head("POST / HTTP/1.0", H, "Content-Length: 3") + b"abc")
case("body on HEAD", [head("HEAD / HTTP/1.1", H, "Content-Length: 3") + b"abc", read(1, [b"HEAD"])], serves(head("HTTP/1.1 200 OK", "Content-Length: 2")))
case("length without body type", head("POST / HTTP/1.1", H))
case("more bytes than the length", post(b"abc")[:-3] + b"abcGARBAGE\r\n\r\n")

# Options that relax or tighten.
case("accept-invalid-http-request", get("/\xe9", "X(A): 1"), conf="option accept-invalid-http-request")
case("forwarded: if-none with one present", get("/", "X-Forwarded-For: 192.0.2.1"), conf="option forwardfor if-none")
case("reply to the bad one after a good one", [get(), read(), b"BAD\r\n\r\n", read(2)], serves(reply(b"first")))
