"""What a conformance case of HTTP/2 is: what the client does, and the outcomes that the RFC allows.

An outcome is a text: "GOAWAY CODE" (a connection error, and the connection ended), "RST_STREAM CODE", a status ("200"), "ignored" (the
connection works on as if nothing had been), "closed" or "reset" (no GOAWAY came), "nothing" (no sign within the patience).
"""
import time
from dataclasses import dataclass, field

import h2_client
from h2_client import PATIENCE, Connection, code_name, fields_of
from h2_hpack import HpackError

CASES = []


@dataclass
class Case:
    section: str
    name: str
    script: object                # called with the Talk
    allowed: tuple
    focus: int = 1                # the stream whose fate is the outcome; 0: the connection's; -1: the last one used
    check: object = None          # called with the Talk and its stream once the outcome is allowed; a complaint or None
    options: dict = field(default_factory=dict)   # of the connection
    port: str = "clear"
    begin: bool = True            # wait for both SETTINGS before the script runs


def goaway(*codes):
    return tuple(f"GOAWAY {code_name(code)}" for code in codes)


def stream_error(*codes):
    """A stream error; 5.4.1 lets an endpoint treat it as one of the connection."""
    return tuple(f"RST_STREAM {code_name(code)}" for code in codes) + goaway(*codes)


IGNORED, SERVED = ("ignored",), ("200",)
MALFORMED = stream_error(h2_client.PROTOCOL_ERROR) + ("400",)  # 8.1.1: a response may come before the end


def case(section, name, script, *allowed, **more):
    flat = tuple(each for part in allowed for each in ((part,) if isinstance(part, str) else part))
    CASES.append(Case(section, name, script, flat, **more))


class Talk(Connection):
    """A connection of one case: its requests go below a path of its own, by which the server's notes are found."""
    root, origin = b"", None

    def fields(self, method=b"GET", path=b"/", *more, **options):
        options.setdefault("scheme", self.scheme)
        return fields_of(method, self.root + path, *more, **options)

    def get(self, path=b"/", *more, end=True, method=b"GET", **options):
        number = self.next_id
        self.headers(number, self.fields(method, path, *more, **options), end=end)
        return number

    def post(self, *more, path=b"/echo"):
        """Opens a stream whose body is still to come."""
        return self.get(path, *more, end=False, method=b"POST")

    def seen(self):
        return self.origin.of(self.root)

    def wait_seen(self, count=1):
        """True once the server has so many requests."""
        end = time.monotonic() + PATIENCE
        while len(self.seen()) < count and time.monotonic() < end:
            self.pump(0.02)
        return len(self.seen()) >= count


def connection_fate(talk):
    """What a connection error looks like; None while there is none."""
    if talk.goaways and talk.goaways[-1][1] != h2_client.NO_ERROR:
        talk.wait(lambda: talk.ended)
        name = f"GOAWAY {code_name(talk.goaways[-1][1])}"
        return name if talk.ended else name + ", left open"
    if talk.ended:
        return talk.ended
    return None


def observe(talk, focus):
    """Waits for the outcome on the stream, or for what becomes of the connection when that is 0."""
    def fault():
        return talk.ended or talk.goaways and talk.goaways[-1][1]

    if focus == 0:
        talk.ping()
        talk.wait(fault, 0.02)
        if not fault():
            resets = [each.reset for each in talk.streams.values() if each.reset is not None and not each.reset_by_us]
            if resets and resets[-1] != h2_client.NO_ERROR:
                return f"RST_STREAM {code_name(resets[-1])}"
            each = talk.answer(talk.request(path=talk.root + b"/probe"))
            if each.status == 200 and each.ended:
                return "ignored"
        return connection_fate(talk) or "nothing"
    each = talk.stream(talk.next_id - 2 if focus < 0 else focus)
    talk.wait(lambda: each.over or fault())
    if not each.ended and each.reset == h2_client.NO_ERROR:
        talk.wait(fault, 0.1)  # streams may be told before the connection ends
    if each.reset is not None and not fault() and not (each.ended and each.reset == h2_client.NO_ERROR):
        return f"RST_STREAM {code_name(each.reset)}"
    if each.ended:
        return str(each.status)
    fate = connection_fate(talk)
    return fate or "nothing" if each.reset is None or fate else f"RST_STREAM {code_name(each.reset)}"


def run_case(each, number, addresses, tls, origin, tag=""):
    """The outcome, and what is wrong with it ("" when nothing is)."""
    talk = None
    try:
        context = tls if each.port == "tls" else None
        talk = Talk(addresses[each.port], context, **each.options)
        talk.root, talk.origin = f"/{tag}{number}".encode(), origin
        if each.begin and not talk.ready():
            return "no SETTINGS", "the connection could not begin"
        outcome = each.script(talk)   # a script may judge by itself
        if not isinstance(outcome, str):
            outcome = observe(talk, each.focus)
        if talk.broken:
            return outcome, f"the server sent {talk.broken}"
        if outcome not in each.allowed:
            return outcome, f"allowed: {', '.join(each.allowed)}"
        complaint = each.check(talk, talk.stream(talk.next_id - 2 if each.focus < 0 else each.focus)) if each.check else None
        return outcome, complaint or ""
    except HpackError as fault:
        return "bad header block", str(fault)
    except OSError as fault:
        return "no connection", str(fault)
    finally:
        if talk:
            talk.close()
