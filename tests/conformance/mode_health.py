#!/usr/bin/env python3
"""mode health, which haproxy gave up: nothing is forwarded; HTTP clients get 200 or 503 as there are usable servers, others
"OK" or nothing. PROXYD names the program under test."""
import os
import socket
import subprocess
import sys
import tempfile
import time

import runtime_api

CONFIGURATION = """
global
  stats socket {folder}/api.sock level admin
defaults
  timeout connect 1s
  timeout client 3s
  timeout server 3s
listen http
  mode health
  bind 127.0.0.1:{http}
  option httpchk GET /
  server s1 127.0.0.1:{closed}
  server s2 127.0.0.1:{closed} backup
listen plain
  mode health
  bind 127.0.0.1:{plain}
  server s1 127.0.0.1:{closed}
frontend front
  mode health
  bind 127.0.0.1:{front}
  monitor fail if {{ nbsrv(web) lt 2 }}
  default_backend web
frontend alone
  mode health
  bind 127.0.0.1:{alone}
backend web
  mode http
  option httpchk
  server s1 127.0.0.1:{closed}
  server s2 127.0.0.1:{closed}
"""
PORTS = ("http", "plain", "front", "alone", "closed")


def talk(port, request):
    """All that is received until the end."""
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.settimeout(5)
        client.sendall(request)
        answer = b""
        try:
            while piece := client.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        return answer


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    ports = {name: runtime_api.free_port() for name in PORTS}
    failures = []

    def expect(what, answer, begins, has=b""):
        good = answer.startswith(begins) and has in answer and (begins or not answer)
        print(("ok    " if good else "FAIL  ") + what + ("" if good else f": {answer!r}"))
        if not good:
            failures.append(what)

    with tempfile.TemporaryDirectory() as folder:
        path, api = os.path.join(folder, "t.cfg"), os.path.join(folder, "api.sock")
        with open(path, "w", encoding="utf-8") as text:
            text.write(CONFIGURATION.format(folder=folder, **ports))
        with subprocess.Popen([program, "-db", "-f", path]) as process:
            end = time.monotonic() + 10
            while not os.path.exists(api) and time.monotonic() < end:
                time.sleep(0.05)
            get, post = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
            expect("HTTP with servers", talk(ports["http"], get), b"HTTP/1.1 200 OK\r\n", b"connection: close")
            expect("HTTP, any method", talk(ports["http"], post), b"HTTP/1.1 200 OK\r\n")
            expect("HTTP, no body for HEAD", talk(ports["http"], get.replace(b"GET", b"HEAD")), b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n")
            expect("plain TCP with servers", talk(ports["plain"], b""), b"OK\n")
            expect("plain TCP, what is said is not read", talk(ports["plain"], b"hello"), b"OK\n")
            expect("a frontend asks its default backend", talk(ports["front"], get), b"HTTP/1.1 200 OK\r\n")
            expect("nobody to ask", talk(ports["alone"], b""), b"OK\n")
            runtime_api.ask(api, "disable server http/s1;disable server plain/s1;disable server web/s1")
            expect("HTTP with a backup", talk(ports["http"], get), b"HTTP/1.1 200 OK\r\n")
            expect("plain TCP without servers", talk(ports["plain"], b""), b"")
            expect("monitor fail", talk(ports["front"], get), b"HTTP/1.1 503 Service Unavailable\r\n")
            runtime_api.ask(api, "disable server http/s2;enable server web/s1;enable server plain/s1")
            expect("HTTP without servers", talk(ports["http"], get), b"HTTP/1.1 503 Service Unavailable\r\n", b"connection: close")
            expect("plain TCP, servers are back", talk(ports["plain"], b""), b"OK\n")
            expect("servers are back", talk(ports["front"], get), b"HTTP/1.1 200 OK\r\n")
            process.terminate()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
