"""What a side-by-side case of HTTP/2 is, and short words to write one with."""
from dataclasses import dataclass, field

CASES = []


@dataclass
class Case:
    name: str
    play: object                  # called with the Talk (see h2_case.py); for the way "both" with the address of a port that takes HTTP/1
    conf: str = ""                # lines of the frontend
    back: str = ""                # lines of the backend
    server: str = "server s 127.0.0.1:{origin}"
    serve: object = None          # what the server does with each request, unless the path says so (h2_stage.ROUTES)
    routes: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)   # of the client's connection
    ways: tuple = ("clear", "tls")
    fate: float = 0               # seconds to wait for the end of the connection, when that is to be compared
    logs: int = None              # log lines to wait for; as many as streams
    ignore: tuple = ()            # aspects that depend on timing alone


def case(name, play, **more):
    CASES.append(Case(name, play, **more))


def ask(name, *fields, method=b"GET", path=b"/", body=None, trailers=None, list_of=None, **more):
    """A case of one request. `list_of` makes another header list of the good one."""
    def script(talk):
        if list_of is None:
            talk.request(method, talk.root + path, *fields, body=body, trailers=trailers)
            return
        number = talk.next_id
        talk.headers(number, list_of(talk.fields(method, path, *fields)), end=body is None)
        if body is not None:
            talk.send_body(number, body)
    case(name, script, **more)


def says(text, wait_body=True, close=False):
    """A server that answers with these bytes."""
    def serve(exchange, _):
        if wait_body:
            exchange.read_body()
        exchange.send(text)
        if close:
            exchange.close()
    return serve


def answer(*fields, status=b"200 OK", body=b"ok", length=True, version=b"HTTP/1.1"):
    lines = [version + b" " + status, *fields] + ([b"Content-Length: %d" % len(body)] if length else [])
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def instead(name, value):
    return lambda fields: [(each[0], value) if each[0] == name else each for each in fields if each[0] != name or value is not None]
