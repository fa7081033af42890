"""HTTP messages: RFC 9113 section 8, with CONNECT (8.5), RFC 8441 and what HTTP/1 behind us would take for something else (10.3)."""
from h2_case import IGNORED, MALFORMED, SERVED, case, stream_error
from h2_client import CONTINUATION, END_HEADERS, ENHANCE_YOUR_CALM, STREAM_CLOSED
from h2_hpack import encode

REFUSED = MALFORMED
STATUS_REFUSED = REFUSED + ("404", "501", "405", "403")


def unseen(talk, _):
    """The server got nothing of it."""
    talk.ping()
    return f"the server got {talk.seen()[0].head!r}" if talk.seen() else None


def seen_head(*lines, absent=()):
    """The server's request has these lines, and none that begins with one of the others."""
    def check(talk, _):
        head = talk.seen()[-1].head if talk.seen() else b""
        there = head.lower().split(b"\r\n")
        missing = [line for line in lines if line.lower() not in there]
        present = [name for name in absent if any(line.startswith(name.lower()) for line in there)]
        return f"missing {missing} present {present} in {head!r}" if missing or present else None
    return check


def field(name, value, *allowed, section="9113 8.2.1", label=None, check=None):
    """A good request with one more field."""
    if check is None and allowed == (REFUSED,):
        check = unseen
    case(section, label or f"field {name!r}: {value!r}", lambda c: c.headers(1, c.fields(b"GET", b"/", (name, value))), *allowed, check=check)


def pseudo(section, label, change, *allowed, end=True, check=None):
    """A good list of fields, changed."""
    if check is None and allowed == (REFUSED,):
        check = unseen
    case(section, label, lambda c: c.headers(1, change(c, c.fields()), end=end), *allowed, check=check)


def without(name):
    return lambda c, fields: [each for each in fields if each[0] != name]


def instead(name, value):
    return lambda c, fields: [(each[0], value) if each[0] == name else each for each in fields]


def more(*added):
    return lambda c, fields: fields + list(added)


# ---- 8.2.1 names and values
for name in (b"X-Upper", b"x-uppeR", b"X", b"x space", b"x\ttab", b"x:colon", b"x\0nul", b"x\r\nevil", b"x\nevil", b"x\x7f", b"x\x80\xff", b"\x01x",
             b" x", b"x "):
    field(name, b"1", REFUSED)
field(b"", b"1", REFUSED, label="an empty name")
for value in (b"a\r\nx-evil: 1", b"a\nb", b"a\rb", b"a\0b", b"\0", b"\n", b" a", b"\ta", b"a ", b"a\t", b" ", b"\r"):
    field(b"x-value", value, REFUSED)
field(b"x-value", b"a b\tc", SERVED, check=seen_head(b"x-value: a b\tc"))
field(b"x-value", b"\xe4\xf6\xff", SERVED, check=seen_head(b"x-value: \xe4\xf6\xff"))
field(b"x-value", b"a\x01b", SERVED, REFUSED)
field(b"x-!#$%&'*+-.^_`|~09", b"1", SERVED, check=seen_head(b"x-!#$%&'*+-.^_`|~09: 1"))

# ---- 8.2.2 fields of the connection
for name, value in ((b"connection", b"close"), (b"connection", b"x-a"), (b"keep-alive", b"timeout=5"), (b"proxy-connection", b"keep-alive"),
                    (b"transfer-encoding", b"chunked"),
                    (b"transfer-encoding", b"identity"), (b"upgrade", b"websocket"), (b"te", b"gzip"), (b"te", b"trailers, deflate"), (b"te", b"")):
    field(name, value, REFUSED, section="9113 8.2.2")
field(b"te", b"trailers", SERVED, section="9113 8.2.2")

# ---- 8.2.3 cookies
case("9113 8.2.3", "cookies in pieces are joined",
     lambda c: c.headers(1, c.fields(b"GET", b"/", (b"cookie", b"a=1"), (b"x-a", b"1"), (b"cookie", b"b=2"), (b"cookie", b"c=3"))), SERVED,
     check=seen_head(b"cookie: a=1; b=2; c=3"))

# ---- 8.3 pseudo-fields
for name in (b":method", b":scheme", b":path"):
    pseudo("9113 8.3.1", f"no {name.decode()}", without(name), REFUSED)
    pseudo("9113 8.3.1", f"an empty {name.decode()}", instead(name, b""), REFUSED)
for name, value in ((b":method", b"GET"), (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/other"), (b":authority", b"other.example")):
    pseudo("9113 8.3", f"{name.decode()} twice ({value.decode()})", lambda c, fields, pair=(name, value): [pair] + fields, REFUSED)
pseudo("9113 8.3", "a pseudo-field behind a field", lambda c, fields: fields[:3] + [(b"x-a", b"1")] + fields[3:], REFUSED)
pseudo("9113 8.3", "all pseudo-fields behind a field", lambda c, fields: [(b"x-a", b"1")] + fields, REFUSED)
pseudo("9113 8.3", "an unknown pseudo-field", lambda c, fields: fields + [(b":unknown", b"1")], REFUSED)
pseudo("9113 8.3", "a pseudo-field of responses", lambda c, fields: fields + [(b":status", b"200")], REFUSED)
pseudo("9113 8.3", "a pseudo-field in upper case", lambda c, fields: [(b":METHOD", b"GET")] + fields[1:], REFUSED)
pseudo("9113 8.3", "a pseudo-field without name", lambda c, fields: fields + [(b":", b"1")], REFUSED)
pseudo("9113 8.3", "pseudo-fields in another order", lambda c, fields: fields[::-1], SERVED)
for value in (b"GE T", b"GET\r\n", b"GET /", b"G\0T", b"G\xe4T", b"G,T", b"(GET)"):
    pseudo("9113 8.3.1", f":method {value!r}", instead(b":method", value), REFUSED)
pseudo("9113 8.3.1", "a method of our own", instead(b":method", b"x-custom.1"), SERVED,
       check=lambda c, _: None if c.seen()[0].method == b"x-custom.1" else c.seen()[0].head)
for value in (b"ht tp", b"http\r\n", b"http://", b"1http", b"\0"):
    pseudo("9113 8.3.1", f":scheme {value!r}", instead(b":scheme", value), REFUSED)
pseudo("9113 8.3.1", ":scheme ftp", instead(b":scheme", b"ftp"), SERVED, STATUS_REFUSED)
for value in (b"/a b", b"/a\r\nX: y", b"/a\nb", b"/a\0b", b"/\x01", b"/\x7f", b" /", b"no-slash", b"?q", b"*"):
    pseudo("9113 8.3.1", f":path {value!r}", instead(b":path", value), REFUSED)
pseudo("9113 8.3.1", ":path with a fragment", lambda c, fields: instead(b":path", c.root + b"/#f")(c, fields), SERVED, REFUSED)
pseudo("9113 8.3.1", ":path with escapes and a query", lambda c, fields: instead(b":path", c.root + b"/%41/?a=b&c[]='d'|e;f")(c, fields), SERVED,
       check=lambda c, _: None if c.seen()[0].target.endswith(b"/%41/?a=b&c[]='d'|e;f") else c.seen()[0].head)
case("9113 8.3.1", "OPTIONS *", lambda c: c.headers(1, instead(b":path", b"*")(c, c.fields(b"OPTIONS"))), SERVED, "204")
for value in (b"a b", b"a\r\nX: y", b"a\0", b"a/b", b"a?b", b"a#b"):
    pseudo("9113 8.3.1", f":authority {value!r}", instead(b":authority", value), REFUSED)
for value in (b"a:b:c", b"a:999999", b"user:pass@example.com"):  # no authority of an http URI; the RFC forbids to send it, not to take it
    pseudo("9113 8.3.1", f":authority {value!r}", instead(b":authority", value), REFUSED, SERVED)
pseudo("9113 8.3.1", "host instead of :authority", lambda c, fields: without(b":authority")(c, fields) + [(b"host", b"alone.example")], SERVED,
       check=seen_head(b"host: alone.example"))
pseudo("9113 8.3.1", "neither host nor :authority", without(b":authority"), SERVED, REFUSED)
pseudo("9113 8.3.1", "host is what :authority is", more((b"host", b"example.com")), SERVED,
       check=lambda c, _: None if c.seen()[0].head.lower().count(b"host:") == 1 else c.seen()[0].head)
pseudo("9113 8.3.1", "host is another one than :authority", more((b"host", b"evil.example")), REFUSED, SERVED,
       check=lambda c, s: None if not c.seen() or (c.seen()[0].field(b"host") == b"example.com") else c.seen()[0].head)
pseudo("9113 8.3.1", "two hosts", lambda c, fields: without(b":authority")(c, fields) + [(b"host", b"a.example"), (b"host", b"b.example")], REFUSED)
pseudo("9113 8.3.1", "an IPv6 authority with a port", instead(b":authority", b"[::1]:8080"), SERVED, check=seen_head(b"host: [::1]:8080"))


# ---- 8.1.1 content-length
def body(label, fields, parts, *allowed, section="9113 8.1.1", check=None, padding=None):
    """A POST with these fields; `parts` are its DATA frames, the last one ends it (none: HEADERS do)."""
    def script(talk):
        talk.corked = True  # head and body arrive at once: nothing is answered in between
        talk.headers(1, talk.fields(b"POST", b"/echo", *fields), end=not parts)
        for at, part in enumerate(parts):
            talk.data(1, part, at == len(parts) - 1, padding)
        talk.corked = False
        talk.flush()
    case(section, label, script, *allowed, check=check)


def length(value):
    return (b"content-length", value)


def not_whole(talk, _):
    """What the server got, if anything, is not a complete request."""
    talk.ping()
    return "the server got a whole request" if any(each.complete for each in talk.seen()) else None


SHORT = REFUSED
body("a body shorter than content-length", [length(b"10")], [b"abc"], SHORT, check=not_whole)
body("a body longer than content-length", [length(b"2")], [b"abc"], SHORT)
body("a body longer than content-length in its second frame", [length(b"3")], [b"abc", b"d"], SHORT, "200")
body("a content-length and no body", [length(b"5")], [], SHORT, check=not_whole)
body("a content-length and an empty DATA", [length(b"5")], [b""], SHORT, check=not_whole)
body("a content-length of 0 and a body", [length(b"0")], [b"abc"], SHORT)
body("a content-length of 0 and an empty DATA", [length(b"0")], [b""], SERVED)
body("a content-length that is right", [length(b"6")], [b"abc", b"def"], SERVED, check=lambda c, s: None if s.data == b"abcdef" else bytes(s.data))
body("a content-length that is right, padded", [length(b"6")], [b"abc", b"def"], SERVED, padding=9,
     check=lambda c, s: None if s.data == b"abcdef" else bytes(s.data))
body("two content-lengths", [length(b"3"), length(b"4")], [b"abc"], SHORT, check=not_whole)
body("a content-length twice", [length(b"3"), length(b"3")], [b"abc"], SERVED, SHORT)
for value in (b"", b"abc", b"-3", b"+3", b"3.0", b"0x3", b"3 3", b"3,4", b"18446744073709551619", b"99999999999999999999999999"):
    body(f"content-length {value!r}", [length(value)], [b"abc"], SHORT, check=unseen)
body("no content-length: the server gets chunks", [], [b"abc", b"def"], SERVED, section="9113 8.1",
     check=lambda c, s: None if s.data == b"abcdef" and c.seen()[0].field(b"transfer-encoding") == b"chunked" else c.seen()[0].head)
body("no content-length and no body", [], [b""], SERVED, section="9113 8.1")


# ---- 8.1 trailers
def trailers(label, fields, *allowed, end=True, start=(), check=None, section="9113 8.1"):
    def script(talk):
        talk.headers(1, talk.fields(b"POST", b"/echo", *start), end=False)
        talk.data(1, b"abc").headers(1, fields, end=end)
    case(section, label, script, *allowed, check=check)


trailers("trailers reach the server", [(b"x-sum", b"3")], SERVED,
         check=lambda c, s: None if s.data == b"abc" and b"x-sum: 3" in c.seen()[0].trailers.lower() else c.seen()[0].trailers)
trailers("empty trailers", [], SERVED, REFUSED)
trailers("trailers with a content-length before them", [(b"x-sum", b"3")], SERVED, start=[length(b"3")])
trailers("trailers before content-length is reached", [(b"x-sum", b"3")], SHORT, start=[length(b"9")], check=not_whole)
trailers("trailers that do not end the stream", [(b"x-sum", b"3")], REFUSED, end=False, check=not_whole)
for fields in ([(b":path", b"/")], [(b":method", b"GET")], [(b":status", b"200")], [(b":unknown", b"1")], [(b"X-Upper", b"1")],
               [(b"connection", b"close")],
               [(b"transfer-encoding", b"chunked")], [(b"x", b"a\r\nb: c")], [(b"x\n", b"1")]):
    trailers(f"trailers with {fields[0]!r}", fields, REFUSED, check=not_whole, section="9113 8.1" if fields[0][0][:1] == b":" else "9113 8.2")
trailers("trailers with a content-length", [length(b"99")], SERVED, REFUSED,
         check=lambda c, s: "it was passed on" if any(b"99" in each.trailers for each in c.seen()) else None)
case("9113 8.1", "DATA behind trailers", lambda c: c.post(path=b"/hold") and c.headers(1, [(b"x-t", b"1")]).data(1, b"a", True),
     stream_error(STREAM_CLOSED))
case("9113 8.1", "trailers twice", lambda c: c.post(path=b"/hold") and c.headers(1, [(b"x-t", b"1")]).headers(1, [(b"x-t", b"2")]),
     stream_error(STREAM_CLOSED))
case("9113 8.1", "trailers without a body", lambda c: c.post() and c.headers(1, [(b"x-t", b"1")]), SERVED)

# ---- 8.1, 8.3.2 responses
HOP = (b"connection", b"keep-alive", b"transfer-encoding", b"x-hop", b"upgrade", b"proxy-connection")


def clean_response(talk, stream):
    names = [name for name, _ in stream.headers]
    wrong = [name for name in names if name in HOP or name != name.lower()] + (["order"] if names[0] != b":status" else [])
    return f"{wrong} in {stream.headers}" if wrong or names.count(b":status") != 1 else None


case("9113 8.2.2", "fields of the connection do not reach the client", lambda c: c.get(b"/chunked") and None, SERVED,
     check=lambda c, s: clean_response(c, s) or (None if s.data == b"abcdefg" else bytes(s.data)))
case("9113 8.3.2", "a response has one :status and names in lower case", lambda c: c.get(b"/echo") and None, SERVED, check=clean_response)
case("9113 8.1", "trailers of a response", lambda c: c.get(b"/trailers") and None, SERVED,
     check=lambda c, s: None if s.trailers == [(b"x-sum", b"3")] else f"{s.trailers}")
case("9113 8.1", "no body with HEAD", lambda c: c.get(b"/status/200", method=b"HEAD") and None, SERVED,
     check=lambda c, s: None if not s.size and s.field(b"content-length") == b"2" else f"{s.headers}")
for status in ("204", "304", "404", "500"):
    case("9113 8.3.2", f"status {status}", lambda c, s=status: c.get(f"/status/{s}".encode()) and None, status)
case("9113 8.1", "an interim response comes before", lambda c: c.get(b"/hints") and None, SERVED,
     check=lambda c, s: None if [dict(each).get(b":status") for each in s.informational] == [b"103"] and dict(s.informational[0])[b"link"] == b"</a>"
     else f"{s.informational}")
case("9113 8.1", "100 (Continue) comes before",
     lambda c: c.post((b"expect", b"100-continue"), length(b"3"), path=b"/continue") and c.wait(lambda: c.stream(1).informational) and
     c.data(1, b"abc", True) and None, SERVED, check=lambda c, s: None if len(s.informational) == 1 else f"{s.informational}")
case("9113 8.1", "nobody pushes, though we would let them", lambda c: c.settings({2: 1}) and c.get() and None, SERVED)

# ---- 8.5 CONNECT
CONNECT = [(b":method", b"CONNECT"), (b":authority", b"target.example:443")]
for label, fields in (("with :path", CONNECT + [(b":path", b"/")]), ("with :scheme", CONNECT + [(b":scheme", b"https")]),
                      ("with both", CONNECT + [(b":scheme", b"https"), (b":path", b"/")]),
                      ("without :authority", CONNECT[:1]), ("with host alone", CONNECT[:1] + [(b"host", b"target.example:443")]),
                      ("without a port", [CONNECT[0], (b":authority", b"target.example")])):
    case("9113 8.5", f"CONNECT {label}", lambda c, f=fields: c.headers(1, f, end=False), *(STATUS_REFUSED if "port" in label else REFUSED))
EXTENDED = [(b":method", b"CONNECT"), (b":protocol", b"websocket"), (b":scheme", b"https"), (b":path", b"/ws"), (b":authority", b"example.com"),
            (b"sec-websocket-version", b"13")]


def extended(talk, leave=(), *added):
    fields = [each for each in EXTENDED if each[0] not in leave]
    return talk.headers(1, [(name, talk.root + b"/upgrade" if name == b":path" else value) for name, value in fields] + list(added), end=False)


case("8441 3", "the server announces ENABLE_CONNECT_PROTOCOL", lambda c: None, IGNORED, focus=0,
     check=lambda c, _: None if c.peer_settings.get(8) == 1 else f"{c.peer_settings}")
for name in (b":scheme", b":path", b":authority"):
    case("8441 4", f"extended CONNECT without {name.decode()}", lambda c, n=name: extended(c, (n,)), *REFUSED, check=unseen)
case("8441 4", ":protocol without CONNECT", lambda c: c.headers(1, c.fields() + [(b":protocol", b"websocket")], end=False), *REFUSED, check=unseen)
case("8441 4", ":protocol twice", lambda c: c.headers(1, [(b":protocol", b"websocket")] + EXTENDED, end=False), *REFUSED, check=unseen)
case("8441 4", "an empty :protocol", lambda c: c.headers(1, [(name, b"" if name == b":protocol" else value) for name, value in EXTENDED], end=False),
     *STATUS_REFUSED)
case("8441 5", "extended CONNECT with fields of HTTP/1's upgrade", lambda c: extended(c, (), (b"upgrade", b"websocket")), *REFUSED, check=unseen)


def websocket(talk):
    extended(talk)
    stream = talk.stream(1)
    talk.wait(lambda: stream.headers or stream.over)
    if stream.status != 200:
        return f"{stream.status}"
    for text in (b"hello", b"again"):
        talk.data(1, text)
        if not talk.wait(lambda t=text: bytes(stream.data).endswith(t)):
            return "the bytes do not come back"
    talk.data(1, b"", True)
    return "echoed"


case("8441 5", "a WebSocket through extended CONNECT", websocket, "echoed",
     check=lambda c, _: seen_head(b"upgrade: websocket", b"connection: upgrade")(c, _)
     or (None if c.seen()[0].method == b"GET" else c.seen()[0].head))

# ---- 10.3, 10.5.1: what is too much
def large(talk, size):
    """A request with a field that fills several frames."""
    block = encode(talk.fields() + [(b"x-large", b"v" * size)])
    parts = [block[at:at + 16384] for at in range(0, len(block), 16384)]
    talk.headers(1, parts[0], end_headers=False)
    for part in parts[1:-1]:
        talk.frame(CONTINUATION, 0, 1, part)
    talk.frame(CONTINUATION, END_HEADERS, 1, parts[-1])


case("9113 10.5.1", "a field of 100 KiB", lambda c: large(c, 100 << 10),
     "431", "400", "414", *REFUSED, *stream_error(ENHANCE_YOUR_CALM), "GOAWAY FRAME_SIZE_ERROR", "GOAWAY COMPRESSION_ERROR", "GOAWAY INTERNAL_ERROR",
     "RST_STREAM REFUSED_STREAM", "RST_STREAM INTERNAL_ERROR")
case("9113 10.5.1", "85 fields are served", lambda c: c.headers(1, c.fields(b"GET", b"/", *((b"x-%d" % n, b"v") for n in range(85)))), SERVED)
case("9113 8.1", "the next stream is served after a refused message", lambda c: c.headers(1, without(b":path")(c, c.fields())).get() and None, SERVED,
     focus=3)
case("9113 8.7", "RST_STREAM before the answer leaves the server's connection to others", lambda c: c.get(b"/hold") and c.reset(1).get() and None,
     SERVED, focus=3)
