#!/usr/bin/env python3
"""Bandwidth limitations, which Debian's haproxy does not have yet: what is limited takes its time and arrives whole, what
is not does not wait. Bounds are wide: lower ones follow from the limit, upper ones only tell a wait from none.
PROXYD names the program under test."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_ports

CONFIGURATION = """
global
  nbthread 1
defaults
  timeout connect 1s
  timeout client 700ms
  timeout server 700ms
listen web
  mode http
  bind 127.0.0.1:{web} nice 512
  filter bwlim-out down default-limit 100k default-period 500ms
  filter bwlim-in up default-limit 100k default-period 500ms
  filter bwlim-out other default-limit 10m default-period 1s min-size 4k
  http-request set-bandwidth-limit down if {{ path_beg /down }}
  http-request set-bandwidth-limit up if {{ path_beg /up }}
  http-request set-bandwidth-limit other if {{ path_end /both }}
  http-request set-bandwidth-limit down limit req.hdr(x-limit) period req.hdr(x-period) if {{ path_beg /given }}
  http-request set-bandwidth-limit down limit 1k period 1h if {{ path_beg /again }}
  http-response set-bandwidth-limit down limit 100k period 500ms if {{ capture.req.uri -m beg /again }}
  http-response set-bandwidth-limit down if {{ capture.req.uri -m beg /late }}
  http-request set-nice -1024 if {{ path_end /both }}
  server one 127.0.0.1:{origin}
listen spliced
  mode http
  bind 127.0.0.1:{spliced}
  option splice-response
  filter bwlim-out down default-limit 100k default-period 500ms
  http-request set-bandwidth-limit down
  server one 127.0.0.1:{origin}
listen relay
  mode tcp
  bind 127.0.0.1:{relay}
  filter bwlim-out down default-limit 100k default-period 500ms
  tcp-request content set-bandwidth-limit down
  server one 127.0.0.1:{origin}
listen relay_up
  mode tcp
  bind 127.0.0.1:{relay_up}
  filter bwlim-in up default-limit 100k default-period 500ms
  tcp-request content set-bandwidth-limit up
  server one 127.0.0.1:{origin}
listen pausing
  mode http
  bind 127.0.0.1:{pausing}
  filter bwlim-out down default-limit 100k default-period 2s
  http-request set-bandwidth-limit down
  server one 127.0.0.1:{origin}
"""
PORTS = ("web", "spliced", "relay", "relay_up", "pausing", "origin")
BODY = bytes(range(256)) * 1000  # 256,000 bytes: two limits and a half
SOON, PATIENCE = 5, 20


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    return head


def read_body(stream, head):
    low = head.lower()
    if b"transfer-encoding: chunked" in low:
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
        return body
    if b"content-length: " in low:
        return stream.read(int(low.split(b"content-length: ")[1].split(b"\r\n")[0]))
    return stream.read() if low.startswith(b"http/") else b""


def answer_one(connection):
    """Answers one request: with a large body in the way that its path ends with, or with the length of what came."""
    with connection, connection.makefile("rb") as stream:
        head = read_head(stream)
        if head is None:
            return
        came = read_body(stream, head)
        path = head.split()[1]
        if came:
            text = b"whole" if came == BODY else b"broken: %d" % len(came)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
        elif b"chunks" in path:
            parts = [BODY[at:at + 10000] for at in range(0, len(BODY), 10000)]
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
                               b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n")
        elif b"close" in path:
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY)
        else:
            size = 10 if b"small" in path else 8 if b"large" in path else 1
            body = b"0123456789" if size == 10 else BODY * size
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


def serve(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer_one, args=(connection,), daemon=True).start()


def ask(port, request):
    """The response's body, and how long it took."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.settimeout(PATIENCE)
        client.sendall(request)
        with client.makefile("rb") as stream:
            body = read_body(stream, read_head(stream) or b"")
    return body, time.monotonic() - began


def get(path, *lines):
    return b"\r\n".join([b"GET " + path.encode() + b" HTTP/1.1", b"Host: a", *lines, b"", b""])


def post(path, chunked=False):
    head = b"POST " + path.encode() + b" HTTP/1.1\r\nHost: a\r\n"
    if chunked:
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    return head + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


# What, port, request, the body to come, seconds that it takes at least and at most. 256,000 bytes at 102,400 in half a
# second take 1.25 s.
CASES = [
    ("a response of known length", "web", get("/down/length"), BODY, 1.1, PATIENCE),
    ("a chunked response", "web", get("/down/chunks"), BODY, 1.1, PATIENCE),
    ("a response that ends with its connection", "web", get("/down/close"), BODY, 1.1, PATIENCE),
    ("a response that fits the limit", "web", get("/down/small"), b"0123456789", 0, SOON),
    ("the strictest of two limits counts", "web", get("/down/both"), BODY, 1.1, PATIENCE),
    ("without a rule there is no limit", "web", get("/large"), BODY * 8, 0, SOON),
    ("the other direction is not limited", "web", get("/up/large"), BODY * 8, 0, SOON),
    ("a limit from expressions", "web", get("/given", b"X-Limit: 51200", b"X-Period: 250"), BODY, 1.1, PATIENCE),
    ("expressions without a value leave the defaults", "web", get("/given", b"X-Limit: 0"), BODY, 1.1, PATIENCE),
    ("a limit set by a response rule", "web", get("/late"), BODY, 1.1, PATIENCE),
    ("the last rule counts", "web", get("/again"), BODY, 1.1, PATIENCE),
    ("a request of known length", "web", post("/up"), b"whole", 1.1, PATIENCE),
    ("a chunked request", "web", post("/up", True), b"whole", 1.1, PATIENCE),
    ("a request, response limited only", "web", post("/down"), b"whole", 0, SOON),
    ("through the kernel's pipes", "spliced", get("/length"), BODY, 1.1, PATIENCE),
    ("chunks through the kernel's pipes", "spliced", get("/chunks"), BODY, 1.1, PATIENCE),
    ("a relay down", "relay", get("/length"), BODY, 1.1, PATIENCE),
    ("a relay up", "relay_up", post("/"), b"whole", 1.1, PATIENCE),
    ("a relay's other direction", "relay_up", get("/large"), BODY * 8, 0, SOON),
    ("a pause outlasts timeouts", "pausing", get("/length"), BODY, 4, PATIENCE),
]


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    ports = dict(zip(PORTS, free_ports(len(PORTS))))
    failures = []

    def run(what, port, request, expected, least, most):
        try:
            body, took = ask(ports[port], request)
        except (OSError, ValueError) as fault:
            body, took = repr(fault).encode(), 0
        good = body == expected and least <= took <= most
        print(f"{'ok   ' if good else 'FAIL '} {what}" + ("" if good else f": {len(body)} bytes {body[:60]!r} in {took:.2f} s"))
        if not good:
            failures.append(what)

    listener = socket.create_server(("127.0.0.1", ports["origin"]), backlog=64)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "t.cfg")
        with open(path, "w", encoding="utf-8") as text:
            text.write(CONFIGURATION.format(**ports))
        with subprocess.Popen([program, "-db", "-f", path]) as process:
            end = time.monotonic() + 10
            while time.monotonic() < end:
                try:
                    socket.create_connection(("127.0.0.1", ports["pausing"]), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            talks = [threading.Thread(target=run, args=each) for each in CASES]
            for each in talks:
                each.start()
            for each in talks:
                each.join()
            process.terminate()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
