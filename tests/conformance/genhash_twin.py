#!/usr/bin/env python3
"""genhash beside keepalived's: the same servers, the same words on stdout, the same first line on stderr, the same exit code.

Exit 77 without keepalived's genhash.
"""
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

OURS = os.path.abspath(os.environ.get("GENHASH", "checkerd/genhash/genhash"))
THEIRS = shutil.which("genhash", path="/usr/bin:/usr/sbin")
OK = b"HTTP/1.0 200 OK\r\n"
ANSWERS = {  # path: answer, seconds until the connection is closed
    "/ok": (OK + b"Content-Length: 5\r\n\r\nhello", 0),
    "/bare": (OK + b"\r\nhello", 0),
    "/longer": (OK + b"Content-Length: 5\r\n\r\nhelloworld", 0),
    "/shorter": (OK + b"Content-Length: 50\r\n\r\nhello", 0),
    "/empty": (OK + b"\r\n", 0),
    "/nohead": (b"hello", 0),
    "/nothing": (b"", 0),
    "/newlines": (b"HTTP/1.0 200 OK\n\nhello", 0),
    "/error": (b"HTTP/1.0 503 No\r\n\r\nhello", 0),
    "/large": (OK + b"\r\n" + b"0123456789" * 30000, 0),
    "/stays": (OK + b"Content-Length: 5\r\n\r\nhello", 3),
}
CASES = [[f"-u{path}", "-t1"] for path in ANSWERS] + [
    ["-u", "/ok", "-P", "1.1"], ["-u", "/ok", "-P", "1.0c"], ["-u", "/ok", "-V", "www.example"], ["-v", "-u", "/ok"],
    ["-v", "-u", "/longer"], ["--url", "/ok", "--timeout", "2"], ["-u", "/ok", "-P", "2.0"], ["-u", "/ok", "-m", "x"],
    ["-u", "/ok", "-t", "abc"], ["-u", "/ok", "-Z"], ["-u", "/ok", "--nonsense"],
    ["-u", "/ok", "word", "two"], ["-u"], [], ["-h"]]


def converse(connection, requests):
    try:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(4096)
            if not more:
                return
            data += more
        requests.append(data)
        answer, stay = ANSWERS.get(data.split(b" ")[1].decode(), (b"", 0))
        connection.sendall(answer)
        time.sleep(stay)
        if isinstance(connection, ssl.SSLSocket):
            connection.unwrap()
    except OSError:
        pass
    finally:
        connection.close()


def serve(requests, context=None):
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            connection, _ = listener.accept()
            try:
                connection.settimeout(5)
                wrapped = context.wrap_socket(connection, server_side=True) if context else connection
            except OSError:
                continue
            threading.Thread(target=converse, args=(wrapped, requests), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def tls_context(folder):
    pem = os.path.join(folder, "pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out", pem + ".crt", "-days", "2",
                    "-subj", "/CN=test"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem + ".crt", pem)
    return context


def run(program, words):
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=20)
    first = done.stderr.split("\n")[0]
    return done.returncode, re.sub(r"= \d+ usecs", "= N usecs", done.stdout), "usage" if first.startswith("Usage") else first


def main():
    if THEIRS is None:
        return 77
    requests, failures = [], 0
    port = serve(requests)
    with tempfile.TemporaryDirectory() as folder:
        tls = serve(requests, tls_context(folder))
        closed = socket.create_server(("127.0.0.1", 0))
        nobody = closed.getsockname()[1]
        closed.close()
        at = ["-s", "127.0.0.1", "-p", str(port)]
        cases = [at + each for each in CASES] + [
            ["-s", "127.0.0.1", "-p", str(nobody), "-u", "/ok"], ["-s", "foo", "-p", "80", "-u", "/"], ["-s", "127.0.0.1", "-p", "99999", "-u", "/"],
            ["-S", "-s", "127.0.0.1", "-p", str(tls), "-u", "/ok"], ["-S", "-I", "-V", "www.example", "-s", "127.0.0.1", "-p", str(tls), "-u", "/large"]]
        for words in cases:
            theirs, ours = run(THEIRS, words), run(OURS, words)
            asked = [each for each in requests]
            requests.clear()
            if ours != theirs or (len(asked) == 2 and asked[0] != asked[1]):
                failures += 1
                print(f"{' '.join(words)}:\n  keepalived: {theirs!r}\n  ours:       {ours!r}\n  requests: {asked!r}"[:1500])
    print(f"{len(cases)} cases, {failures} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
