"""Bodies both ways: lengths, chunks, trailers, answers without a body, expectations, broken framing."""
from case import case, chunks, get, head, post, post_chunked, reply, reply_chunked, serves
from stage import AGAIN, BODY, CLOSE, EAT, FIN, HEAD, RESET, pause, read, until

H = "Host: site.example"
BIG = bytes(range(256)) * 1200  # 300 KiB, far beyond any buffer

# Requests.
case("post a little", post(b"abc"))
case("post 300 KiB", post(BIG))
case("post nothing", post(b""))
case("post slowly", [post(b"abcdef")[:-6], pause(0.05), b"abc", pause(0.05), b"def", read()])
case("post chunked", post_chunked(b"abc", b"defgh"))
case("post chunked 300 KiB", post_chunked(*(BIG[at:at + 5000] for at in range(0, len(BIG), 5000))))
case("post chunked with trailers", post_chunked(b"abc", trailers=["X-T: 1", "X-U: two"]))
case("post chunked, extensions", head("POST / HTTP/1.1", H, "Transfer-Encoding: chunked") + b'3;a=b;c="d"\r\nabc\r\n0;x\r\n\r\n')
case("post chunked, upper-case sizes and zeros", head("POST / HTTP/1.1", H, "Transfer-Encoding: chunked") + b"00A\r\n0123456789\r\n000\r\n\r\n")
case("post chunked, byte by byte", [head("POST / HTTP/1.1", H, "Transfer-Encoding: chunked")] +
     [step for byte in chunks(b"abc", b"d") for step in (bytes([byte]), pause(0.003))] + [read()])
for name, body in (("size is no number", b"zz\r\nabc\r\n0\r\n\r\n"), ("size empty", b"\r\nabc\r\n0\r\n\r\n"),
                   ("size too large", b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"), ("no CRLF after data", b"3\r\nabcd\r\n0\r\n\r\n"),
                   ("LF after size", b"3\nabc\r\n0\r\n\r\n"), ("blank before size", b" 3\r\nabc\r\n0\r\n\r\n"),
                   ("blank after size", b"3 \r\nabc\r\n0\r\n\r\n"), ("bad trailer", b"3\r\nabc\r\n0\r\nno colon\r\n\r\n"),
                   ("negative size", b"-3\r\nabc\r\n0\r\n\r\n"), ("size 0x3", b"0x3\r\nabc\r\n0\r\n\r\n")):
    case(f"chunk {name}", [head("POST / HTTP/1.1", H, "Transfer-Encoding: chunked"), pause(0.05), body, read()],
         [HEAD, BODY, reply(), EAT])

# Responses.
case("answer 300 KiB", get(), serves(reply(BIG)))
case("answer nothing", get(), serves(reply(b"")))
case("answer chunked", get(), serves(reply_chunked(b"abc", b"defg")))
case("answer chunked 300 KiB", get(), serves(reply_chunked(*(BIG[at:at + 7000] for at in range(0, len(BIG), 7000)))))
case("answer chunked with trailers", get(), serves(reply_chunked(b"abc", trailers=["X-T: 1"], lines=["Trailer: X-T"])))
case("answer chunked, extensions", get(), serves(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"3;a=b\r\nabc\r\n0\r\n\r\n"))
case("answer chunked to HTTP/1.0", [head("GET / HTTP/1.0", H), read()], serves(reply_chunked(b"abc", b"def")))
case("answer until close", [get(), read()], [HEAD, head("HTTP/1.1 200 OK", "X: y") + b"until the end", CLOSE])
case("answer until close, large", [get(), read()], [HEAD, head("HTTP/1.1 200 OK") + BIG, CLOSE])
case("answer until close to HTTP/1.0", [head("GET / HTTP/1.0", H), read()], [HEAD, head("HTTP/1.0 200 OK") + b"end", CLOSE])
case("answer of HTTP/1.0", get(), serves(reply(version="1.0")))
case("answer of HTTP/1.0 keep-alive", get(), serves(reply(b"ok", "Connection: keep-alive", version="1.0")))
case("answer in pieces", get(), [HEAD, reply(b"abcdef")[:9], pause(0.05), reply(b"abcdef")[9:40], pause(0.05), reply(b"abcdef")[40:], EAT])
for status in ("201 Created", "202 Accepted", "206 Partial Content", "301 Moved Permanently", "404 Not Found",
               "418 I'm a teapot", "500 Oops", "599 Odd", "200", "200 "):
    case(f"answer {status!r}", get(), serves(reply(status=status)))
case("answer 204", get(), serves(head("HTTP/1.1 204 No Content", "X: y")))
case("answer 204 with a length", get(), serves(head("HTTP/1.1 204 No Content", "Content-Length: 0")))
case("answer 304 with a length", get("/", 'If-None-Match: "a"'), serves(head("HTTP/1.1 304 Not Modified", "Content-Length: 300", 'ETag: "a"')))
case("answer to HEAD chunked", [head("HEAD / HTTP/1.1", H), read(1, [b"HEAD"])], serves(head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")))
case("HEAD then GET on one connection", [head("HEAD / HTTP/1.1", H), read(1, [b"HEAD"]), get("/2"), read(2, [b"HEAD", b"GET"])],
     [HEAD, head("HTTP/1.1 200 OK", "Content-Length: 5"), HEAD, reply(b"five!"), AGAIN])
case("answer with folded field", get(), serves(head("HTTP/1.1 200 OK", "Content-Length: 2", "X: a\r\n  b") + b"ok"))
case("answer with many fields", get(), serves(reply(b"ok", *(f"X-{i}: {i}" for i in range(90)))))
case("answer with a field of 12k", get(), serves(reply(b"ok", "X: " + "a" * 12000)))
case("answer with set-cookie twice", get(), serves(reply(b"ok", "Set-Cookie: a=1", "Set-Cookie: b=2; Path=/")))
case("length and chunked in answer", get(), [HEAD, head("HTTP/1.1 200 OK", "Content-Length: 3", "Transfer-Encoding: chunked") + chunks(b"abc"), EAT])
case("length twice in answer", get(), serves(head("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 2") + b"ok"))

# Answers that must not pass, or end too soon.
for name, answer in (("is garbage", b"garbage\r\n\r\n"), ("has a bad version", b"HTTX/1.1 200 OK\r\n\r\n"),
                     ("has a bad status", b"HTTP/1.1 2x0 OK\r\nContent-Length: 2\r\n\r\nok"),
                     ("has a bad field name", head("HTTP/1.1 200 OK", "X(A: 1", "Content-Length: 2") + b"ok"),
                     ("has blanks before a colon", head("HTTP/1.1 200 OK", "X : 1", "Content-Length: 2") + b"ok"),
                     ("has two lengths", head("HTTP/1.1 200 OK", "Content-Length: 2", "Content-Length: 3") + b"ok"),
                     ("has a bad length", head("HTTP/1.1 200 OK", "Content-Length: 2x") + b"ok"),
                     ("has a head beyond the buffer", reply(b"ok", "X: " + "a" * 17000)),
                     ("has too many fields", reply(b"ok", *(f"X-{i}: {i}" for i in range(130)))),
                     ("has a NUL", head("HTTP/1.1 200 OK", "X: a\x00b", "Content-Length: 2") + b"ok")):
    case(f"answer {name}", get(), [HEAD, answer, EAT])
case("answer with a bad chunk", [get(), read()], [HEAD, head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n", pause(0.05), b"zz\r\n", EAT])
case("answer ends at once", get(), [HEAD, CLOSE])
case("answer ends with reset", get(), [HEAD, RESET])
case("answer ends within its head", get(), [HEAD, b"HTTP/1.1 200 OK\r\nX: ", CLOSE])
case("answer ends within its body", [get(), read()], [HEAD, reply(b"0123456789")[:-5], pause(0.05), CLOSE])
case("answer ends within a chunk", [get(), read()], [HEAD, head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + b"a\r\n01234", pause(0.05), CLOSE])
case("answer is reset within its body", [get(), read()], [HEAD, reply(b"0123456789")[:-5], pause(0.05), RESET])
case("answer before the request is whole", [post(b"a" * 10)[:-5], read(), pause(0.05), b"aaaaa"], [HEAD, reply(b"early"), EAT])
case("answer before the request is whole, then close", [post(b"a" * 10)[:-5], read(), pause(0.05), b"aaaaa"],
     [HEAD, reply(b"early", "Connection: close"), FIN, EAT], ignore=("origin fate",))
case("answer before any request", get(), [reply(b"too early"), HEAD, reply(), EAT], ignore=("fate",))
case("answer with bytes behind it", [get(), read(), get("/2"), read(2)], [[HEAD, reply() + b"EXTRA", EAT], [HEAD, reply(b"second"), EAT]])

# Expectations and interim answers.
EXPECT = head("POST / HTTP/1.1", H, "Expect: 100-continue", "Content-Length: 3")
case("100-continue", [EXPECT, until(b"100 Continue\r\n\r\n"), b"abc", read()],
     [HEAD, head("HTTP/1.1 100 Continue"), BODY, reply(), EAT])
case("100-continue, body sent at once", EXPECT + b"abc", [HEAD, head("HTTP/1.1 100 Continue"), BODY, reply(), EAT])
case("100-continue refused", [EXPECT, read()], [HEAD, reply(b"no", status="417 Expectation Failed"), EAT])
case("100-continue with http-buffer-request", [EXPECT, until(b"\r\n\r\n"), b"abc", read()], conf="option http-buffer-request")
case("unknown expectation", head("POST / HTTP/1.1", H, "Expect: wonders", "Content-Length: 3") + b"abc")
case("interim answers", get(), serves(head("HTTP/1.1 103 Early Hints", "Link: </a>") + head("HTTP/1.1 102 Processing") + reply()))
case("100 that nobody expected", get(), serves(head("HTTP/1.1 100 Continue") + reply()))
case("http-buffer-request", [post(b"abcdef")[:-3], pause(0.1), b"def", read()], conf="option http-buffer-request")
case("http-buffer-request timeout", [post(b"abcdef")[:-3], read()], conf="option http-buffer-request", linger=0.3)
