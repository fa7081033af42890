"""Connection preface, frame formats and the rules of each frame type: RFC 9113, sections 3, 4, 5.5 and 6."""
import struct

from h2_case import IGNORED, SERVED, case, goaway, stream_error
from h2_client import (ACK, CONTINUATION, DATA, ENABLE_CONNECT_PROTOCOL, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR,
                       FRAME_SIZE_ERROR, GOAWAY,
                       HEADERS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, PADDED, PING, PREFACE, PRIORITY, PRIORITY_FLAG, PROTOCOL_ERROR, PUSH_PROMISE,
                       RST_STREAM, SETTINGS, STREAM_CLOSED, WINDOW_UPDATE, frame, settings_payload)
from h2_hpack import encode

RAW = {"hello": False}
LATE = {"begin": False, "options": RAW}
SETTINGS_FRAME = frame(SETTINGS, 0, 0)
PREFACE_ERROR = goaway(PROTOCOL_ERROR) + ("closed", "reset")  # 3.4: a GOAWAY frame MAY be omitted


def first_frame_is_settings(talk, _):
    kind = talk.frames[0] if talk.frames else None
    return None if kind and kind.kind == SETTINGS and not kind.flags & ACK else f"the first frame is {kind}"


def body_is(body):
    return lambda talk, stream: None if bytes(stream.data) == body else f"body {bytes(stream.data)[:80]!r}"


# ---- 3 Starting
case("9113 3.4", "preface, SETTINGS, request", lambda c: c.get(), SERVED, check=first_frame_is_settings)
case("9113 3.4", "requests before the server's SETTINGS came", lambda c: c.get(), SERVED, begin=False)
case("9113 3.4", "a preface in single bytes", lambda c: [c.raw(bytes([byte])) for byte in PREFACE + SETTINGS_FRAME] and c.get() and None, SERVED,
     **LATE)
case("9113 3.4", "a preface that is none", lambda c: c.raw(PREFACE.replace(b"SM", b"XM") + SETTINGS_FRAME), PREFACE_ERROR, focus=0, **LATE)
case("9113 3.4", "a request of HTTP/1 on a port of HTTP/2", lambda c: c.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), PREFACE_ERROR, focus=0, **LATE)
case("9113 3.4", "the first frame is PING", lambda c: c.raw(PREFACE + frame(PING, 0, 0, bytes(8)) + SETTINGS_FRAME), PREFACE_ERROR, focus=0, **LATE)
case("9113 3.4", "the first frame is HEADERS", lambda c: c.raw(PREFACE).get() and None, PREFACE_ERROR, focus=0, **LATE)
case("9113 3.4", "the first frame is an acknowledging SETTINGS", lambda c: c.raw(PREFACE + frame(SETTINGS, ACK, 0)), PREFACE_ERROR, focus=0, **LATE)
case("9113 3.3", "prior knowledge where HTTP/1 is served too", lambda c: c.get(), SERVED, port="both")
case("9113 3.2", "ALPN selects h2", lambda c: c.get(), SERVED, port="tls", check=lambda c, _: None if c.alpn == "h2" else f"ALPN {c.alpn}")
case("9113 3.2", "a preface that is none after ALPN h2", lambda c: c.raw(b"GET / HTTP/1.1\r\n\r\n" + bytes(40)), PREFACE_ERROR, focus=0, port="tls",
     **LATE)


# ---- 4 Frames
for kind in (0x0B, 0x20, 0xFF):
    for place in (0, 1, 7):
        case("9113 5.5", f"unknown frame type {kind:#x} on stream {place}", lambda c, k=kind, p=place: c.frame(k, 0xFF, p, b"unknown").get() and None,
             SERVED)
case("9113 5.5", "an unknown frame on an open stream", lambda c: c.post() and c.frame(0x42, 0, 1, b"x").data(1, b"abc", True), SERVED,
     check=body_is(b"abc"))
case("9113 5.5", "an unknown frame within a header block",
     lambda c: c.headers(1, c.fields(), end_headers=False).frame(0x42, 0, 1).frame(CONTINUATION, END_HEADERS, 1), goaway(PROTOCOL_ERROR), focus=0)
case("9113 4.1", "undefined flags of HEADERS", lambda c: c.stream(1) and c.frame(HEADERS, END_HEADERS | END_STREAM | 0xC2, 1, encode(c.fields())),
     SERVED)
case("9113 4.1", "undefined flags of DATA", lambda c: c.post() and c.frame(DATA, END_STREAM | 0xF6, 1, b"abc"), SERVED, check=body_is(b"abc"))
case("9113 4.1", "undefined flags of PING", lambda c: c.frame(PING, 0xFE, 0, b"12345678"), IGNORED, focus=0,
     check=lambda c, _: None if b"12345678" in c.pongs else "no answer")
case("9113 4.1", "the reserved bit of a stream identifier",
     lambda c: c.stream(1) and c.frame(HEADERS, END_HEADERS | END_STREAM, 1, encode(c.fields()), reserved=1), SERVED)
case("9113 6.9", "the reserved bit of a WINDOW_UPDATE",
     lambda c: c.post() and c.frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", 1 << 31 | 10)).data(1, b"a", True), SERVED)
case("9113 4.2", "DATA of 16384 bytes", lambda c: c.post() and c.data(1, b"a" * 16384, True), SERVED, check=body_is(b"a" * 16384))
case("9113 4.2", "DATA of 16385 bytes", lambda c: c.post() and c.data(1, b"a" * 16385, True), stream_error(FRAME_SIZE_ERROR))
case("9113 4.2", "HEADERS of 16385 bytes",
     lambda c: c.frame(HEADERS, END_HEADERS | END_STREAM, 1, encode(c.fields() + [(b"x-big", b"a" * 16384)])[:16385]),
     goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 4.2", "SETTINGS of 16386 bytes", lambda c: c.frame(SETTINGS, 0, 0, settings_payload([(0xF0, 0)] * 2731)), goaway(FRAME_SIZE_ERROR),
     focus=0)
case("9113 4.2", "an unknown frame on stream 0 of 16385 bytes", lambda c: c.frame(0x42, 0, 0, bytes(16385)), goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 4.2", "a frame that claims 16 MiB", lambda c: c.frame(DATA, 0, 1, b"", length=0xFFFFFF), goaway(FRAME_SIZE_ERROR), goaway(PROTOCOL_ERROR),
     focus=0)

# ---- 6.1 DATA
case("9113 6.1", "DATA on stream 0", lambda c: c.frame(DATA, 0, 0, b"abc"), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.1", "padding of DATA is no content", lambda c: c.post() and c.data(1, b"abc", padding=200).data(1, b"def", True, padding=0), SERVED,
     check=body_is(b"abcdef"))
case("9113 6.1", "DATA made of padding alone", lambda c: c.post() and c.data(1, b"", padding=255).data(1, b"a", True), SERVED, check=body_is(b"a"))
case("9113 6.1", "padding as long as the payload", lambda c: c.post() and c.frame(DATA, PADDED, 1, b"\x04abc"), goaway(PROTOCOL_ERROR))
case("9113 6.1", "padding longer than the payload", lambda c: c.post() and c.frame(DATA, PADDED, 1, b"\xffabc"), goaway(PROTOCOL_ERROR))
case("9113 6.1", "padded DATA without a pad length", lambda c: c.post() and c.frame(DATA, PADDED, 1, b""), goaway(FRAME_SIZE_ERROR, PROTOCOL_ERROR),
     stream_error(FRAME_SIZE_ERROR))
case("9113 6.1", "empty DATA ends the stream", lambda c: c.post() and c.data(1, b"abc").data(1, b"", True), SERVED, check=body_is(b"abc"))
case("9113 6.1", "empty DATA in between", lambda c: c.post() and c.data(1).data(1, b"abc").data(1).data(1, b"d", True), SERVED,
     check=body_is(b"abcd"))
case("9113 6.1", "padding that is not zero", lambda c: c.post() and c.frame(DATA, PADDED | END_STREAM, 1, b"\x02aXY"), SERVED, goaway(PROTOCOL_ERROR))

# ---- 6.2 HEADERS, 6.10 CONTINUATION
case("9113 6.2", "HEADERS on stream 0", lambda c: c.frame(HEADERS, END_HEADERS | END_STREAM, 0, encode(c.fields())), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.2", "HEADERS padded", lambda c: c.headers(1, c.fields(), padding=100), SERVED)
case("9113 6.2", "HEADERS with priority", lambda c: c.headers(1, c.fields(), priority=(0, 200)), SERVED)
case("9113 6.2", "HEADERS with priority, exclusive, and padding", lambda c: c.headers(1, c.fields(), priority=(1 << 31 | 11, 255), padding=7), SERVED)
case("9113 6.2", "HEADERS whose padding is longer than the rest", lambda c: c.frame(HEADERS, END_HEADERS | PADDED, 1, b"\xff" + encode(c.fields())),
     goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.2", "HEADERS padded over its priority", lambda c: c.frame(HEADERS, END_HEADERS | PADDED | PRIORITY_FLAG, 1, b"\x06" + bytes(10)),
     goaway(PROTOCOL_ERROR, FRAME_SIZE_ERROR), focus=0)
case("9113 6.2", "HEADERS too short for its priority", lambda c: c.frame(HEADERS, END_HEADERS | PRIORITY_FLAG, 1, bytes(3)),
     goaway(FRAME_SIZE_ERROR, PROTOCOL_ERROR), focus=0)
case("9113 6.2", "padded HEADERS without a pad length", lambda c: c.frame(HEADERS, END_HEADERS | PADDED, 1, b""),
     goaway(FRAME_SIZE_ERROR, PROTOCOL_ERROR), focus=0)
case("9113 6.10", "a block in pieces of one byte",
     lambda c: c.headers(1, b"", end_headers=False) and [c.frame(CONTINUATION, 0, 1, bytes([byte])) for byte in encode(c.fields())[:-1]] and
     c.frame(CONTINUATION, END_HEADERS, 1, encode(c.fields())[-1:]) and None, SERVED, goaway(ENHANCE_YOUR_CALM))
case("9113 6.10", "a block in three pieces",
     lambda c: c.headers(1, encode(c.fields())[:9], end_headers=False).frame(CONTINUATION, 0, 1, encode(c.fields())[9:20]).frame(
    CONTINUATION, END_HEADERS, 1, encode(c.fields())[20:]), SERVED)
case("9113 6.10", "an empty CONTINUATION ends the block", lambda c: c.headers(1, c.fields(), end_headers=False).frame(CONTINUATION, END_HEADERS, 1),
     SERVED)
case("9113 6.10", "a body behind CONTINUATION", lambda c: c.headers(1, c.fields(b"POST", b"/echo"), end=False, end_headers=False).frame(
    CONTINUATION, END_HEADERS, 1).data(1, b"abc", True), SERVED, check=body_is(b"abc"))
for what, between in (("PING", frame(PING, 0, 0, bytes(8))), ("DATA", frame(DATA, 0, 1, b"a")), ("SETTINGS", SETTINGS_FRAME),
                      ("PRIORITY", frame(PRIORITY, 0, 1, bytes(5))),
                      ("WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 0, struct.pack("!I", 1))), ("RST_STREAM", frame(RST_STREAM, 0, 1, bytes(4))),
                      ("HEADERS of the same stream", frame(HEADERS, 5, 1, b"")), ("HEADERS of another stream", frame(HEADERS, 5, 3, b"\x82")),
                      ("CONTINUATION of another stream", frame(CONTINUATION, 4, 3, b"")), ("GOAWAY", frame(GOAWAY, 0, 0, bytes(8)))):
    case("9113 6.2", f"{what} within a header block",
         lambda c, b=between: c.headers(1, c.fields(), end_headers=False).raw(b + frame(CONTINUATION, END_HEADERS, 1)),
         goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.10", "CONTINUATION on stream 0", lambda c: c.headers(1, c.fields(), end_headers=False).frame(CONTINUATION, END_HEADERS, 0),
     goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.10", "CONTINUATION out of nothing", lambda c: c.frame(CONTINUATION, END_HEADERS, 1, encode(c.fields())), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.10", "CONTINUATION behind a complete block", lambda c: c.post() and c.frame(CONTINUATION, END_HEADERS, 1), goaway(PROTOCOL_ERROR),
     focus=0)
case("9113 6.10", "CONTINUATION behind CONTINUATION's end",
     lambda c: c.headers(1, c.fields(), False, end_headers=False).frame(CONTINUATION, END_HEADERS, 1).frame(
    CONTINUATION, END_HEADERS, 1), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.10", "CONTINUATION behind DATA", lambda c: c.post() and c.data(1, b"a").frame(CONTINUATION, END_HEADERS, 1), goaway(PROTOCOL_ERROR),
     focus=0)

# ---- 6.3 PRIORITY, 6.4 RST_STREAM
case("9113 6.3", "PRIORITY on stream 0", lambda c: c.priority(0), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.3", "PRIORITY of 4 bytes", lambda c: c.post() and c.frame(PRIORITY, 0, 1, bytes(4)), stream_error(FRAME_SIZE_ERROR))
case("9113 6.3", "PRIORITY of 6 bytes", lambda c: c.post() and c.frame(PRIORITY, 0, 1, bytes(6)), stream_error(FRAME_SIZE_ERROR))
case("9113 6.3", "PRIORITY on idle streams", lambda c: c.priority(3).priority(99, 3, 255, 1).get() and None, SERVED)
case("9113 6.3", "PRIORITY on a closed stream", lambda c: c.answer(c.get()) and c.priority(1), IGNORED, focus=0)
case("9113 6.3", "PRIORITY within a body", lambda c: c.post() and c.data(1, b"a").priority(1, 0).data(1, b"b", True), SERVED, check=body_is(b"ab"))
case("9113 6.4", "RST_STREAM on stream 0", lambda c: c.reset(0), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.4", "RST_STREAM on an idle stream", lambda c: c.frame(RST_STREAM, 0, 1, bytes(4)), goaway(PROTOCOL_ERROR), focus=0)
for size in (0, 3, 5):
    case("9113 6.4", f"RST_STREAM of {size} bytes", lambda c, s=size: c.get(b"/hold") and c.frame(RST_STREAM, 0, 1, bytes(s)),
         goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 6.4", "RST_STREAM with an unknown code", lambda c: c.get(b"/hold") and c.reset(1, 0xABCDEF), IGNORED, focus=0)
case("9113 6.4", "RST_STREAM on a closed stream", lambda c: c.answer(c.get()) and c.reset(1), IGNORED, focus=0)
case("9113 6.4", "RST_STREAM twice", lambda c: c.get(b"/hold") and c.reset(1).reset(1), IGNORED, stream_error(STREAM_CLOSED), focus=0)
case("9113 6.4", "RST_STREAM ends a body", lambda c: c.post() and c.data(1, b"abc").reset(1), IGNORED, focus=0)

# ---- 6.5 SETTINGS
case("9113 6.5", "SETTINGS on stream 1", lambda c: c.frame(SETTINGS, 0, 1), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.5", "SETTINGS acknowledging with a payload", lambda c: c.frame(SETTINGS, ACK, 0, bytes(6)), goaway(FRAME_SIZE_ERROR), focus=0)
for size in (1, 5, 7):
    case("9113 6.5", f"SETTINGS of {size} bytes", lambda c, s=size: c.frame(SETTINGS, 0, 0, bytes(s)), goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 6.5.2", "ENABLE_PUSH 2", lambda c: c.settings({2: 2}), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.5.2", "ENABLE_PUSH 0 and 1", lambda c: c.settings({2: 0}).settings({2: 1}), IGNORED, focus=0)
case("9113 6.5.2", "INITIAL_WINDOW_SIZE 2^31", lambda c: c.settings({INITIAL_WINDOW_SIZE: 1 << 31}), goaway(FLOW_CONTROL_ERROR), focus=0)
case("9113 6.5.2", "INITIAL_WINDOW_SIZE 2^31-1", lambda c: c.settings({INITIAL_WINDOW_SIZE: (1 << 31) - 1}), IGNORED, focus=0)
for size in (0, 16383, 1 << 24):
    case("9113 6.5.2", f"MAX_FRAME_SIZE {size}", lambda c, s=size: c.settings({MAX_FRAME_SIZE: s}), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.5.2", "MAX_FRAME_SIZE 16384 and 2^24-1", lambda c: c.settings({MAX_FRAME_SIZE: 16384}).settings({MAX_FRAME_SIZE: (1 << 24) - 1}),
     IGNORED, focus=0)
case("9113 6.5.2", "unknown settings", lambda c: c.settings({0xF000: 1, 0x4242: 9, 0: 0}), IGNORED, focus=0)
case("9218 2.1", "NO_RFC7540_PRIORITIES 1", lambda c: c.settings({9: 1}), IGNORED, goaway(PROTOCOL_ERROR),
     focus=0)  # an error only as a change of mind
case("9218 2.1", "NO_RFC7540_PRIORITIES 2", lambda c: c.settings({9: 2}), goaway(PROTOCOL_ERROR), IGNORED,
     focus=0)  # unknown to whoever goes by 9113 alone
case("8441 3", "ENABLE_CONNECT_PROTOCOL 1 from a client", lambda c: c.settings({ENABLE_CONNECT_PROTOCOL: 1}), IGNORED, focus=0)
case("8441 3", "ENABLE_CONNECT_PROTOCOL 2 from a client", lambda c: c.settings({ENABLE_CONNECT_PROTOCOL: 2}), IGNORED, goaway(PROTOCOL_ERROR),
     focus=0)
case("9113 6.5.2", "MAX_CONCURRENT_STREAMS 0 concerns pushes alone", lambda c: c.settings({3: 0}), IGNORED, focus=0)
case("9113 6.5.2", "MAX_HEADER_LIST_SIZE 0 is advice", lambda c: c.settings({6: 0}) and c.get() and None, SERVED, stream_error(1, 2, 8, 11))
case("9113 6.5.3", "each SETTINGS is acknowledged", lambda c: [c.settings({4: 65535}) for _ in range(5)] and None, IGNORED, focus=0,
     check=lambda c, _: None if c.settings_acks == 6 else f"{c.settings_acks} of 6")
case("9113 6.5.3", "an acknowledgement that nobody waits for", lambda c: c.frame(SETTINGS, ACK, 0), IGNORED, goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.5.2", "the server's own settings are valid", lambda c: None, IGNORED, focus=0, check=lambda c, _: None if
     c.peer_settings.get(2, 0) == 0 and 16384 <= c.peer_settings.get(5, 16384) < 1 << 24 and c.peer_settings.get(8, 0) < 2 else f"{c.peer_settings}")

# ---- 6.6 PUSH_PROMISE, 6.7 PING, 6.8 GOAWAY
case("9113 8.4", "PUSH_PROMISE from a client",
     lambda c: c.get(b"/hold") and c.frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack("!I", 2) + encode(c.fields())),
     goaway(PROTOCOL_ERROR), focus=0)
case("9113 8.4", "PUSH_PROMISE on stream 0", lambda c: c.frame(PUSH_PROMISE, END_HEADERS, 0, struct.pack("!I", 2) + encode(c.fields())),
     goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.7", "PING is answered with its payload", lambda c: c.frame(PING, 0, 0, b"\0\xffABCDEF"), IGNORED, focus=0,
     check=lambda c, _: None if b"\0\xffABCDEF" in c.pongs else "no answer")
case("9113 6.7", "PING acknowledging is not answered", lambda c: c.frame(PING, ACK, 0, b"answered"), IGNORED, focus=0,
     check=lambda c, _: "answered" if any(f.kind == PING and f.payload == b"answered" for f in c.frames) else None)
case("9113 6.7", "PING on stream 1", lambda c: c.frame(PING, 0, 1, bytes(8)), goaway(PROTOCOL_ERROR), focus=0)
for size in (0, 7, 9):
    case("9113 6.7", f"PING of {size} bytes", lambda c, s=size: c.frame(PING, 0, 0, bytes(s)), goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 6.8", "GOAWAY on stream 1", lambda c: c.get(b"/hold") and c.frame(GOAWAY, 0, 1, bytes(8)), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.8", "GOAWAY of 7 bytes", lambda c: c.frame(GOAWAY, 0, 0, bytes(7)), goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 6.8", "GOAWAY lets open streams end", lambda c: c.post() and c.goaway(0, 0, b"bye").data(1, b"abc", True), SERVED, check=body_is(b"abc"))
case("9113 6.8", "GOAWAY with an unknown code", lambda c: c.post() and c.goaway(0, 0x12345).data(1, b"abc", True), SERVED, check=body_is(b"abc"))

# ---- 6.9 WINDOW_UPDATE's format (flow control itself: h2_cases_streams)
for size in (0, 3, 5):
    case("9113 6.9", f"WINDOW_UPDATE of {size} bytes", lambda c, s=size: c.frame(WINDOW_UPDATE, 0, 0, bytes(s)), goaway(FRAME_SIZE_ERROR), focus=0)
case("9113 6.9", "WINDOW_UPDATE of 0 on the connection", lambda c: c.window_update(0, 0), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.9", "WINDOW_UPDATE of 0 on a stream", lambda c: c.get(b"/hold") and c.window_update(1, 0), stream_error(PROTOCOL_ERROR))
case("9113 5.1", "WINDOW_UPDATE on an idle stream", lambda c: c.window_update(1, 1), goaway(PROTOCOL_ERROR), focus=0)
case("9113 6.9.1", "the connection's window beyond 2^31-1", lambda c: c.window_update(0, (1 << 31) - 1), goaway(FLOW_CONTROL_ERROR), focus=0)
case("9113 6.9.1", "a stream's window beyond 2^31-1", lambda c: c.get(b"/hold") and c.window_update(1, (1 << 31) - 1),
     stream_error(FLOW_CONTROL_ERROR))
case("9113 6.9.2", "SETTINGS move a stream's window beyond 2^31-1", lambda c: c.get(b"/hold") and c.window_update(1, (1 << 31) - 1 - 65535).ping() and
     c.settings({INITIAL_WINDOW_SIZE: 65536}), goaway(FLOW_CONTROL_ERROR), focus=0)
