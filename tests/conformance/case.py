"""What a side-by-side case is, and short words to write one with."""
from dataclasses import dataclass, field as default

from stage import AGAIN, BODY, HEAD

CASES = []


@dataclass
class Case:
    """One proxy section, what clients do to it and what its servers answer.

    `clients` are scripts that start together, each on its own connection (see stage.py); a leading number delays one.
    `servers` has for each server the scripts of its connections in turn. Both programs get the same section: `conf`
    inside `listen NAME`, or `text` as complete sections where {name} {bind} {s1} {s2} {dead} {dir} are filled in.
    """
    name: str
    clients: list
    servers: list = default(default_factory=lambda: [[OK]])
    conf: str = ""
    text: str = ""
    server_options: str = ""
    options: str = ""            # further words of the global section; cases with the same ones share a process
    methods: list = default(default_factory=list)
    linger: float = 0.2          # seconds in which the fate of the connection shows
    target: str = ""             # a UNIX socket instead of the section's address
    view: object = None          # function that leaves of the received bytes what is to be compared
    origin_view: object = None
    settle: float = 0            # wait before the clients start (for health checks)
    ignore: tuple = ()           # aspects that depend on timing alone: "origin", "fate", "log" ...


def case(name, client, *servers, **more):
    """Adds a case. `client` is a script (a list) or the bytes of one request; `servers` the scripts of each server."""
    script = client if isinstance(client, list) else [client, ("read", 1, None)]
    if servers:
        more["servers"] = [server if isinstance(server[0], list) else [server] for server in servers]
    CASES.append(Case(name, [script], **more))


def crowd(name, clients, *servers, **more):
    """Adds a case with several clients at once."""
    if servers:
        more["servers"] = [server if isinstance(server[0], list) else [server] for server in servers]
    CASES.append(Case(name, clients, **more))


def head(*lines):
    """Message head: lines joined as the wire wants them."""
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def get(path="/", *lines, version="1.1"):
    return head(f"GET {path} HTTP/{version}", "Host: site.example", *lines)


def post(body, *lines, path="/form", version="1.1"):
    return head(f"POST {path} HTTP/{version}", "Host: site.example", f"Content-Length: {len(body)}", *lines) + body


def chunks(*parts, trailers=(), last=True):
    """A chunked body of these parts."""
    text = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return text + (b"0\r\n" + b"".join(line.encode() + b"\r\n" for line in trailers) + b"\r\n" if last else b"")


def post_chunked(*parts, trailers=(), lines=()):
    return head("POST /form HTTP/1.1", "Host: site.example", "Transfer-Encoding: chunked", *lines) + \
        chunks(*parts, trailers=trailers)


def reply(body=b"ok", *lines, status="200 OK", version="1.1"):
    return head(f"HTTP/{version} {status}", f"Content-Length: {len(body)}", *lines) + body


def reply_chunked(*parts, trailers=(), lines=()):
    return head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *lines) + chunks(*parts, trailers=trailers)


def serves(answer, *before):
    """A server that answers each request with the same bytes."""
    return [HEAD, BODY, *before, answer, AGAIN]


OK = serves(reply())
