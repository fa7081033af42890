"""Stream states, identifiers, concurrency and flow control: RFC 9113, sections 5.1, 5.2 and 6.9."""
import struct

from h2_case import IGNORED, MALFORMED, SERVED, case, goaway, stream_error
from h2_client import (CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR, HEADERS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, NO_ERROR,
                       PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED, WINDOW_UPDATE, frame)
from h2_hpack import encode, indexed, literal

AFTER_END = stream_error(STREAM_CLOSED) + IGNORED  # 5.1, closed: an endpoint MAY treat it so, and MAY discard it


def serve_first(talk):
    """One request and its whole answer."""
    talk.answer(talk.get())
    return True


# ---- 5.1 states
case("9113 5.1", "idle: DATA", lambda c: c.frame(DATA, END_STREAM, 1, b"a"), goaway(PROTOCOL_ERROR), focus=0)
case("9113 5.1", "idle: DATA on a later stream", lambda c: serve_first(c) and c.frame(DATA, END_STREAM, 9, b"a"), goaway(PROTOCOL_ERROR), focus=0)
case("9113 5.1", "idle: CONTINUATION", lambda c: serve_first(c) and c.frame(CONTINUATION, END_HEADERS, 3, encode(c.fields())), goaway(PROTOCOL_ERROR),
     focus=0)
case("9113 5.1", "half-closed: DATA", lambda c: c.get(b"/hold") and c.frame(DATA, END_STREAM, 1, b"a"), stream_error(STREAM_CLOSED))
case("9113 5.1", "half-closed: DATA behind a body's end", lambda c: c.post(path=b"/hold") and c.data(1, b"a", True).data(1, b"b", True),
     stream_error(STREAM_CLOSED))
case("9113 5.1", "half-closed: HEADERS", lambda c: c.get(b"/hold") and c.headers(1, [(b"x-late", b"1")]), stream_error(STREAM_CLOSED))
case("9113 5.1", "half-closed: a second request", lambda c: c.get(b"/hold") and c.headers(1, c.fields()), stream_error(STREAM_CLOSED))
case("9113 5.1", "half-closed: WINDOW_UPDATE is taken", lambda c: c.get() and c.window_update(1, 100), SERVED)
case("9113 5.1", "half-closed: PRIORITY is taken", lambda c: c.get() and c.priority(1, 0), SERVED)
case("9113 5.1", "closed: DATA", lambda c: serve_first(c) and c.frame(DATA, END_STREAM, 1, b"a"), AFTER_END, focus=0)
case("9113 5.1", "closed: HEADERS", lambda c: serve_first(c) and c.frame(HEADERS, 5, 1, encode(c.fields())), AFTER_END, goaway(PROTOCOL_ERROR),
     focus=0)
case("9113 5.1", "closed: WINDOW_UPDATE", lambda c: serve_first(c) and c.window_update(1, 10), IGNORED, focus=0)
case("9113 5.1", "closed by our RST_STREAM: DATA", lambda c: c.post(path=b"/hold") and c.reset(1).frame(DATA, END_STREAM, 1, b"a"), AFTER_END,
     focus=0)
case("9113 5.1", "closed by our RST_STREAM: HEADERS", lambda c: c.post(path=b"/hold") and c.reset(1).frame(HEADERS, 5, 1, encode(c.fields())),
     AFTER_END,
     goaway(PROTOCOL_ERROR), focus=0)


def reset_by_server(talk, *frames):
    """A request that is malformed, and what was sent before the client could know."""
    block = encode(talk.fields(b"POST", b"/echo", (b"Upper", b"1")))
    talk.stream(1)
    talk.next_id = 3
    return talk.raw(frame(HEADERS, END_HEADERS, 1, block) + b"".join(frames))


def only_stream_one_suffered(talk, _):
    return f"{talk.goaways}" if talk.goaways else None


def after_reset(name, *frames):
    case("9113 5.1", f"closed by the server's RST_STREAM: {name} on its way is discarded", lambda c: reset_by_server(c, *frames) and c.get() and None,
         SERVED, focus=3)


after_reset("DATA", frame(DATA, 0, 1, b"abc"), frame(DATA, END_STREAM, 1, b"abc"))
after_reset("trailers", frame(HEADERS, 5, 1, encode([(b"x-t", b"1")])))
after_reset("WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 1, struct.pack("!I", 5)))
after_reset("RST_STREAM", frame(3, 0, 1, bytes(4)))
case("9113 5.1", "closed by the server's RST_STREAM: discarded DATA counts for the connection's window",
     lambda c: [reset_by_server(c, frame(DATA, 0, 1, bytes(16000)), frame(DATA, END_STREAM, 1, bytes(16000))),
                setattr(c, "peer_window", c.peer_window - 32000)] and
     c.request(b"POST", c.root + b"/count", body=b"b" * 300000) and None, SERVED, focus=3,
     check=lambda c, s: None if s.data == b"300000" else bytes(s.data))


def table_after_reset(talk):
    """The fields of a stream that is refused still go into the decoder's table (4.3)."""
    reset_by_server(talk, frame(HEADERS, 5, 1, literal(b"x-kept", b"in step", "index")))
    talk.headers(3, encode(talk.fields(b"GET", b"/")) + indexed(62))


case("9113 4.3", "the header table stays in step over a reset stream", table_after_reset, SERVED, focus=3,
     check=lambda c, _: None if c.seen()[-1].field(b"x-kept") == b"in step" else "the field did not arrive")

# ---- 5.1.1 identifiers
for number in (2, 4, 100):
    case("9113 5.1.1", f"a request on stream {number}", lambda c, n=number: c.frame(HEADERS, 5, n, encode(c.fields())), goaway(PROTOCOL_ERROR),
         focus=0)
case("9113 5.1.1", "a stream below the last one", lambda c: c.headers(5, c.fields()).headers(3, c.fields()), goaway(PROTOCOL_ERROR), focus=0)
case("9113 5.1.1", "a stream below the last one, while that is open", lambda c: c.headers(5, c.fields(b"GET", b"/hold")).headers(3, c.fields()),
     goaway(PROTOCOL_ERROR), focus=0)
case("9113 5.1.1", "a stream below the last one, which is closed",
     lambda c: c.answer(5 if c.headers(5, c.fields()) else 0) and c.headers(3, c.fields()), goaway(PROTOCOL_ERROR), focus=0)
case("9113 5.1.1", "streams may be left out", lambda c: c.headers(7, c.fields()).headers(99, c.fields()) and None, SERVED, focus=99)
case("9113 5.1.1", "the last identifier there is", lambda c: c.headers((1 << 31) - 1, c.fields()) and None, SERVED, focus=(1 << 31) - 1)
case("9113 5.1.1", "fifty requests in turn", lambda c: [c.answer(c.get()).status for _ in range(50)] == [200] * 50 and None, SERVED, focus=-1)


# ---- 5.1.2 concurrency
def limit_of(talk):
    return min(talk.peer_settings.get(3, 100), 300)


def crowd(talk):
    for _ in range(limit_of(talk) + 1):
        talk.get(b"/hold")


def crowd_leaves(talk):
    for _ in range(3):
        held = [talk.get(b"/hold") for _ in range(limit_of(talk))]
        talk.ping()
        for number in held:
            talk.reset(number)
    talk.get()


case("9113 5.1.2", "one stream more than allowed", crowd, stream_error(REFUSED_STREAM, PROTOCOL_ERROR), focus=-1)
case("9113 5.1.2", "streams that were reset no longer count", crowd_leaves, SERVED, focus=-1)
case("9113 5.1.2", "PRIORITY opens no stream", lambda c: [c.priority(number) for number in range(1, 301, 2)] and c.headers(301, c.fields()) and None,
     SERVED, focus=301)
case("9113 6.5.2", "a limit of streams is announced, at least 100", lambda c: None, IGNORED, focus=0,
     check=lambda c, _: None if c.peer_settings.get(3, 0) >= 100 else f"{c.peer_settings}")
case("9113 5.1", "answers come as they are ready", lambda c: c.get(b"/hold") and c.get() and None, SERVED, focus=3)


# ---- 5.2, 6.9 flow control: what the server may send
def size_is(talk, stream, size):
    """Exactly so many bytes of the stream arrive: nothing more may be on its way once PING is answered."""
    each = talk.stream(stream)
    talk.wait(lambda: each.size >= size)
    talk.ping()
    talk.ping()
    return None if each.size == size else f"{each.size} bytes, not {size}"


def windows(*steps, size=1000, initial=0, stream=1):
    """Asks for a body under an initial window; each step gives room and says how many bytes may have come then."""
    def script(talk):
        talk.auto_window = False
        talk.settings({INITIAL_WINDOW_SIZE: initial})
        talk.get(b"/big/%d" % size)
        if wrong := size_is(talk, stream, min(initial, size)):
            return wrong
        for give, expected in steps:
            give(talk)
            if wrong := size_is(talk, stream, expected):
                return wrong
        return None
    return script


def give(amount, stream=1):
    return lambda talk: talk.window_update(stream, amount)


case("9113 6.9", "a window of 0 holds the body, not the head",
     lambda c: windows()(c) or ("held" if c.wait(lambda: c.stream(1).headers) and not size_is(c, 1, 0) else "no head"), "held")
case("9113 6.9", "a window of 1", windows((give(1), 2), (give(998), 1000), initial=1), SERVED)
case("9113 6.9", "a window of 10 and updates of 1", windows(*((give(1), 10 + n) for n in range(1, 21)), initial=10, size=30), SERVED)
case("9113 6.9.2", "SETTINGS raise the window of open streams", windows((lambda c: c.settings({INITIAL_WINDOW_SIZE: 1000}), 1000), initial=100),
     SERVED)
case("9113 6.9.2", "SETTINGS make a window negative", windows(
    (lambda c: c.settings({INITIAL_WINDOW_SIZE: 10}), 100), (give(90), 100), (give(1), 101), (give(899), 1000), initial=100), SERVED)
case("9113 6.9.2", "SETTINGS do not change the connection's window",
     windows((lambda c: c.settings({INITIAL_WINDOW_SIZE: 200000}), 65535), (give(34465, 0), 100000),
                                                                             initial=1000, size=100000), SERVED)
case("9113 6.9", "the stream's default window",
     windows((give(1, 0), 65535), (give(1), 65536), (give(64, 0), 65536), (give(64), 65600), initial=65535, size=65600), SERVED)
case("9113 6.9", "the connection's window holds all streams",
     lambda c: setattr(c, "auto_window", False) or windows((give(1000, 0), 65535), (give(1000), 66000), initial=65535, size=66000)(c) or
     (c.get(b"/big/10000") and size_is(c, 3, 535)) or c.window_update(0, 10000) and None, SERVED, focus=3)
case("9113 5.2", "a full connection window does not hold a PING",
     lambda c: setattr(c, "auto_window", False) or c.get(b"/big/200000") and size_is(c, 1, 65535) or (
    "answered" if c.ping() else "silent"), "answered")
case("9113 5.2", "a full connection window does not hold other heads",
     lambda c: setattr(c, "auto_window", False) or c.get(b"/big/200000") and size_is(c, 1, 65535) or (
    c.get(b"/status/204") and None), ("204",), focus=3)
case("9113 6.9.1", "a stalled stream does not hold another one",
     lambda c: setattr(c, "auto_window", False) or c.window_update(0, 10 ** 6) and c.get(b"/big/200000") and
     size_is(c, 1, 65535) or c.get(b"/big/60000") and None, SERVED, focus=3)
case("9113 6.5.2", "no DATA frame is longer than MAX_FRAME_SIZE", lambda c: c.get(b"/big/300000") and None, SERVED,
     check=lambda c, _: None if max(len(each.payload) for each in c.frames) <= 16384 else "a longer frame came")
case("9113 6.5.2", "with a larger MAX_FRAME_SIZE the body is whole", lambda c: c.settings({MAX_FRAME_SIZE: 65536}) and c.get(b"/big/300000") and None,
     SERVED,
     check=lambda c, s: None if s.size == 300000 and max(len(each.payload) for each in c.frames) <= 65536 else f"{s.size} bytes")
case("9113 6.9", "a large body", lambda c: c.get(b"/big/5000000") and None, SERVED,
     check=lambda c, s: None if s.size == 5000000 else f"{s.size} bytes")
case("9113 6.9.1", "padding counts and comes back", lambda c: padded_bodies(c), SERVED,
     check=lambda c, s: None if s.data == b"300" else bytes(s.data))


def padded_bodies(talk):
    """300 bytes of content in 76,800 bytes of frames."""
    number = talk.post(path=b"/count")
    each = talk.stream(number)
    for at in range(300):
        talk.wait(lambda: min(talk.peer_window, each.window) >= 257 or each.over)
        talk.data(number, b"x", at == 299, padding=254)


# ---- what the client may send
def overrun(talk):
    """Fills every buffer of the way to a server that takes nothing, then sends beyond the window."""
    number = talk.post(path=b"/stall")
    each = talk.stream(number)
    talk.send_body(number, bytes(1 << 25))
    while not each.over and not talk.ended:
        before = each.window
        talk.wait(lambda: each.window > 0 and talk.peer_window > 0, 0.3)
        if each.window <= 0 or talk.peer_window <= 0:
            break
        if each.window == before:
            talk.pump(0.05)
    each.pending.clear()
    each.pending_end = False
    for _ in range(5):
        talk.data(number, bytes(16384))


case("9113 6.9.1", "more DATA than the windows allow", overrun, stream_error(FLOW_CONTROL_ERROR))
case("9113 6.9", "bodies flow in both directions", lambda c: c.request(b"POST", c.root + b"/echo", body=b"0123456789" * 100000) and None, SERVED,
     check=lambda c, s: None if s.data == b"0123456789" * 100000 else f"{s.size} bytes")
case("9113 5.2", "a server that relays holds no window update behind the body",
     lambda c: c.request(b"POST", c.root + b"/relay", body=b"0123456789" * 300000) and c.answer(1, 12) and None, SERVED,
     check=lambda c, s: None if s.data == b"0123456789" * 300000 else f"{s.size} bytes")
case("9113 6.9", "thirty bodies at once", lambda c: [c.request(b"POST", c.root + b"/echo", body=bytes([65 + n]) * 40000) for n in range(30)] and
     [c.answer(1 + 2 * n) for n in range(30)] and None, SERVED, focus=59,
     check=lambda c, _: None if all(c.stream(1 + 2 * n).data == bytes([65 + n]) * 40000 for n in range(30))
     else "a body is not the one that was sent")

# ---- 8.1: early answers, answers that break
case("9113 8.1", "an answer before the body's end",
     lambda c: c.post((b"content-length", b"10"), path=b"/early") and c.wait(lambda: c.stream(1).headers) and c.data(1, bytes(10), True) and None,
     SERVED, f"RST_STREAM {NO_ERROR}")
case("9113 8.1.1", "a server that breaks off", lambda c: c.get(b"/broken") and None, *(each for code in (1, 2, 8, 10) for each in stream_error(code)),
     check=lambda c, s: "the stream ended as if it were whole" if s.ended else None)
case("9113 5.4.2", "a stream error leaves the connection alone", lambda c: c.headers(1, c.fields(b"GET", b"/", (b"Upper", b"1"))).get() and None,
     SERVED, focus=3,
     check=only_stream_one_suffered)
case("9113 5.4.2", "a stream error is told", lambda c: c.headers(1, c.fields(b"GET", b"/", (b"Upper", b"1"))), MALFORMED)
