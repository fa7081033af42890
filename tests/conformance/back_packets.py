#!/usr/bin/env python3
"""What packets to servers carry: "set-bc-tos" is there from the first packet on, and connections with other marks are not
used in its place. PROXYD names the program under test."""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_ports

TCP_SAVE_SYN, TCP_SAVED_SYN = 27, 28  # linux/tcp.h
CONFIGURATION = """
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen web
  bind 127.0.0.1:{web}
  http-reuse always
  http-request set-bc-tos 0x10 if {{ path /a }}
  http-request set-bc-mark 0 if {{ path /m }}
  server one 127.0.0.1:{origin}
listen told
  bind 127.0.0.1:{told}
  http-reuse always
  http-request set-bc-tos req.hdr(x-tos)
  server one 127.0.0.1:{origin}
listen relay
  mode tcp
  bind 127.0.0.1:{relay}
  tcp-request content set-bc-tos 0x20
  server one 127.0.0.1:{origin}
"""
PATIENCE = 10


def serve(listener, seen):
    """Answers each request with the TOS of its connection's SYN and that connection's number."""
    def one(connection, number):
        header = connection.getsockopt(socket.IPPROTO_TCP, TCP_SAVED_SYN, 60)
        with connection:
            try:
                while connection.recv(65536):
                    text = b"%d %d" % (header[1], number)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
            except OSError:
                pass  # the other side had enough

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        seen.append(connection)
        threading.Thread(target=one, args=(connection, len(seen)), daemon=True).start()


def ask(port, path, *lines):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall("\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *lines, "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.split(b"\r\n\r\n")[1]:
            piece = client.recv(65536)
            if not piece:
                break
            answer += piece
    return answer.split(b"\r\n\r\n")[-1].decode()


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    web, told, relay, origin = free_ports(4)
    failures = 0
    listener = socket.socket()
    listener.setsockopt(socket.IPPROTO_TCP, TCP_SAVE_SYN, 1)
    listener.bind(("127.0.0.1", origin))
    listener.listen()
    threading.Thread(target=serve, args=(listener, []), daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "t.cfg")
        with open(path, "w", encoding="utf-8") as text:
            text.write(CONFIGURATION.format(web=web, told=told, relay=relay, origin=origin))
        with subprocess.Popen([program, "-db", "-f", path]) as process:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                try:
                    socket.create_connection(("127.0.0.1", web), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            before = ""
            for what, port, request, tos, is_reused in (
                    ("a field of its own", web, ["/a"], "16", False), ("that connection again", web, ["/a"], "16", True),
                    ("a request without one", web, ["/b"], "0", False),
                    ("from an expression", told, ["/", "X-Tos: 40"], "40", False), ("that connection again", told, ["/", "X-Tos: 40"], "40", True),
                    ("an expression without a value", told, ["/"], "0", False), ("a mark is another connection", web, ["/m"], "0", False),
                    ("a relay", relay, ["/"], "32", False)):
                got = ask(port, *request)
                good = got.split()[:1] == [tos] and (got == before) == is_reused
                print(f"{'ok   ' if good else 'FAIL '} {what}" + ("" if good else f": {got!r} after {before!r}"))
                failures += not good
                before = got
            process.terminate()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
