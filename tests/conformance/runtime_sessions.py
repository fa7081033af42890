"""The part of runtime_api.py that ends sessions: the same connections are opened through each program, then commands
end them, and everything that can be seen of it is written down as lines."""
import re
import socket
import threading

PATIENCE = 5.0  # seconds for what must come
SILENCE = 0.3   # seconds in which nothing must come


class Origin:
    """Answers /ok, stops within the answer to /half, and never answers /slow. A relay's word is its path."""

    def __init__(self):
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(64)
        self.port = self.listening.getsockname()[1]
        self.waiting = threading.Semaphore(0)  # one for each request that is never answered
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                while request := connection.recv(65536):
                    if b"/ok" in request:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    elif b"/half" in request:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
                    elif b"/slow" in request:
                        self.waiting.release()
            except OSError:
                pass


class Client:
    def __init__(self, port):
        self.connection = socket.create_connection(("127.0.0.1", port))

    def ask(self, path):
        self.connection.sendall(f"GET {path} HTTP/1.1\r\nHost: twin\r\n\r\n".encode())
        return self

    def until(self, marker):
        """What comes up to the marker; fails the test when it does not come."""
        self.connection.settimeout(PATIENCE)
        got = b""
        while not got.endswith(marker):
            piece = self.connection.recv(65536)
            if not piece:
                raise SystemExit(f"the connection ended before {marker!r}: {got!r}")
            got += piece
        return got.decode()

    def fate(self):
        """What still comes, and whether the connection ends."""
        self.connection.settimeout(SILENCE)
        got = b""
        try:
            while piece := self.connection.recv(65536):
                got += piece
            end = "closed"
        except TimeoutError:
            end = "kept"
        except ConnectionResetError:
            end = "reset"
        return f"{got.decode()}<{end}>"


def log_lines(sink):
    """What a log line says apart from times, ports and how many connections there were."""
    sink.settimeout(SILENCE)
    lines = []
    try:
        while True:
            text = re.sub(r"^<\d+>.*?\]: ", "", sink.recv(65536).decode().strip())
            text = re.sub(r"check duration: \d+ms", "check duration: Tms", text)
            line = re.match(r"127\.0\.0\.1:\d+ \[[^]]*\] (\S+ \S+) ([-\d/]+) (.*?) [\d/]+ [\d/]+( \".*\")?$", text)
            if line:
                timers = "/".join("-1" if timer == "-1" else "T" for timer in line[2].split("/"))
                text = f"{line[1]} {timers} {line[3]}{line[4] or ''}"
            lines.append(text)
    except TimeoutError:
        return sorted(lines)


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError as why:
        return type(why).__name__
    return "connected"


def unix_refused(path):
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
    except OSError as why:
        return type(why).__name__
    return "connected"


def observe(ask, origin, sink, victim_port, victim_path, relay_port):
    """Yields what is seen, as (step, text)."""
    log_lines(sink)  # of what was before
    half, slow, idle, relay = Client(victim_port), Client(victim_port), Client(victim_port), Client(relay_port)
    half.ask("/half").until(b"abc")
    slow.ask("/slow")
    if not origin.waiting.acquire(timeout=PATIENCE):
        raise SystemExit("the request without an answer did not come through")
    idle.ask("/ok").until(b"ok")
    relay.ask("/half").until(b"abc")
    log_lines(sink)
    yield "shutdown sessions server waiting/s1", ask("shutdown sessions server waiting/s1")
    yield "  in the middle of its response", half.fate()
    yield "  before its response", slow.fate()
    yield "  that connection goes on", slow.ask("/ok").fate()
    yield "  between two requests", idle.fate() + idle.ask("/ok").fate()
    yield "  on another server", relay.fate()
    yield "  what is logged", "\n".join(log_lines(sink))
    relayed = [line for line in ask("show sess").splitlines() if "fe=relay " in line]
    yield "  what is left of the relay", str(len(relayed))
    yield "shutdown session", ask("shutdown session " + relayed[0].split(":")[0])
    yield "  the relay", relay.fate()
    yield "  what is logged", "\n".join(log_lines(sink))
    half = Client(victim_port)
    half.ask("/half").until(b"abc")
    yield "shutdown frontend victim", ask("shutdown frontend victim")
    # The relay is asked something: what would be logged of a client that leaves at once is a matter of who is faster.
    yield "  new connections", f"{refused(victim_port)} {unix_refused(victim_path)} {Client(relay_port).ask('/ok').until(b'ok')}"
    yield "  a response on its way", half.fate()
    yield "  an idle connection", idle.fate() + idle.ask("/ok").fate()
    yield "  what is logged", "\n".join(log_lines(sink))
    for command in ("enable frontend victim", "disable frontend victim", "shutdown frontend victim",
                    "set maxconn frontend victim 5"):
        yield command, ask(command)
    moving = re.compile(r"victim/FRONTEND (smax|\w*rate\w*)=")  # time decides
    yield "show stat victim 1 -1", "\n".join(line for line in ask("show stat victim 1 -1").splitlines()
                                             if not moving.match(line))
    for client in (half, slow, idle, relay):
        client.connection.close()
