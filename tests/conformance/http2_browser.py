#!/usr/bin/env python3
"""A browser opens a page through a proxyd on loopback, over TLS and HTTP/2: many requests at once, an upload, a WebSocket on a stream of
the same connection (RFC 8441); and the same page over HTTP/1.1. PROXYD names the program. Skipped (77) only without chromium."""
import base64
import hashlib
import http.server
import json
import os
import queue
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

from h2_stage import free_ports
from tls_side_by_side import make_certificate

CONFIGURATION = """
global
  maxconn 200
defaults
  mode http
  log 127.0.0.1:{log} local0
  log-format "%HV %r %ST %tsc %sslv"
  timeout client 10s
  timeout server 10s
  timeout connect 2s
frontend both
  bind 127.0.0.1:{h2} ssl crt {pem} alpn h2,http/1.1
  bind 127.0.0.1:{h1} ssl crt {pem} alpn http/1.1
  http-response set-header x-proto %[fc_http_major]
  default_backend web
backend web
  server s 127.0.0.1:{origin}
"""
PAGE = b"""<!doctype html><title>through proxyd</title><script type="module">
const seen = {};
const many = Array.from({length: 40}, (_, i) => fetch(`/piece/${i}`).then(async (r) => [r.status, r.headers.get("x-proto"), (await r.text()).length]));
seen.pieces = await Promise.all(many);
const upload = "x".repeat(300000);
seen.upload = await (await fetch("/upload", {method: "POST", body: upload})).text();
const half = new AbortController();
const slow = fetch("/slow", {signal: half.signal}).then(() => "answered", (e) => e.name);
setTimeout(() => half.abort(), 200);
seen.aborted = await slow;
seen.socket = await new Promise((done) => {
  const talk = new WebSocket(`wss://${location.host}/echo`), heard = [];
  talk.onopen = () => { talk.send("first"); talk.send("y".repeat(100000)); };
  talk.onmessage = (m) => { heard.push(m.data.length); if (heard.length === 2) talk.close(1000, "enough"); };
  talk.onclose = (e) => done({heard, code: e.code, clean: e.wasClean});
  talk.onerror = () => heard.push("error");
});
seen.protocols = [...new Set(performance.getEntriesByType("resource").map((e) => e.nextHopProtocol))].filter(Boolean);
await fetch("/report", {method: "POST", body: JSON.stringify(seen)});
</script>"""
failures = 0


def check(holds, what, detail=""):
    global failures
    print(("ok    " if holds else "FAIL  ") + what)
    if not holds:
        failures += 1
        print("      " + str(detail)[:2000])


class Site(http.server.BaseHTTPRequestHandler):
    """The page, its pieces, and an echo of WebSocket messages."""
    protocol_version = "HTTP/1.1"
    reports = queue.Queue()

    def log_message(self, *_):
        pass

    def answer(self, body, kind="text/plain"):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/echo":
            return self.echo()
        if self.path == "/slow":
            threading.Event().wait(1)
        if self.path.startswith("/piece/"):
            return self.answer(b"p" * (1000 * int(self.path[7:])))
        return self.answer(PAGE, "text/html")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/report":
            self.reports.put(json.loads(body))
        self.answer(str(len(body)).encode())

    def echo(self):
        accept = hashlib.sha1(self.headers["sec-websocket-key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
                         base64.b64encode(accept) + b"\r\n\r\n")
        while True:
            opcode, payload = self.read_message()
            self.wfile.write(bytes([0x80 | opcode]) + self.size_of(payload) + payload)
            if opcode == 8:
                break
        self.close_connection = True

    def read_message(self):
        first, second = self.rfile.read(2)
        size = second & 127
        if size >= 126:
            size = int.from_bytes(self.rfile.read(2 if size == 126 else 8), "big")
        mask = self.rfile.read(4)
        whole = self.rfile.read(size)
        return first & 15, bytes(byte ^ mask[at % 4] for at, byte in enumerate(whole))

    @staticmethod
    def size_of(payload):
        return bytes([len(payload)]) if len(payload) < 126 else bytes([126]) + len(payload).to_bytes(2, "big") \
            if len(payload) < 65536 else bytes([127]) + len(payload).to_bytes(8, "big")


class Threads(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """Connections that the proxy resets, as it does when a client gives up."""


def visit(folder, url):
    """What the page reported; None: nothing within a minute."""
    profile = tempfile.mkdtemp(dir=folder)
    browser = subprocess.Popen(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                                "--disable-background-networking", "--ignore-certificate-errors", "--remote-debugging-port=0",
                                f"--user-data-dir={profile}", url],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": profile})
    try:
        return Site.reports.get(timeout=60)
    except queue.Empty:
        return None
    finally:
        browser.terminate()
        browser.wait(20)


def lines_of(sock):
    """The log lines that came."""
    lines = []
    try:
        while True:
            lines.append(sock.recv(4096).decode("utf-8", "replace"))
    except TimeoutError:
        return lines


def examine(folder, url, major, protocol, lines):
    seen = visit(folder, url)
    logged = lines_of(lines)
    check(seen is not None, f"the page runs over {protocol}", logged)
    if seen is None:
        return
    check(seen["pieces"] == [[200, major, 1000 * i] for i in range(40)], "forty pieces at once, each whole", seen["pieces"])
    check(seen["upload"] == "300000", "an upload of 300 kB arrives", seen["upload"])
    check(seen["aborted"] == "AbortError", "a request that the page gives up", seen["aborted"])
    check(seen["socket"] == {"heard": [5, 100000], "code": 1000, "clean": True}, "a WebSocket echoes and closes in order", seen["socket"])
    check(seen["protocols"] == [protocol], "the browser says it was " + protocol, seen["protocols"])
    version = f"HTTP/{major}."
    upgrades = [line for line in logged if "/echo" in line]
    check(len(upgrades) == 1 and re.search(rf"HTTP/{major}\.\d .*/echo.* 101 --", upgrades[0]), f"its line shows {version}x, 101 and no fault", upgrades)
    given_up = [line for line in logged if "/slow" in line]
    check(len(given_up) == 1 and " C" in given_up[0], "the one that was given up ends on the client's side", given_up)


def main():
    if shutil.which("chromium") is None:
        print("skipped: no chromium")
        return 77
    folder = tempfile.mkdtemp(prefix="http2-browser-")
    site = Threads(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    lines = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    lines.bind(("127.0.0.1", 0))
    lines.settimeout(1)
    ports = dict(zip(("h1", "h2"), free_ports(2)))
    make_certificate(folder, "site.pem", "localhost")
    config = os.path.join(folder, "browser.cfg")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIGURATION.format(**ports, pem=f"{folder}/site.pem", origin=site.server_port, log=lines.getsockname()[1]))
    proxy = subprocess.Popen([os.environ.get("PROXYD", "proxyd/proxyd"), "-db", "-f", config])
    try:
        for name, major, protocol in (("h2", "2", "h2"), ("h1", "1", "http/1.1")):
            examine(folder, f"https://localhost:{ports[name]}/", major, protocol, lines)
    finally:
        proxy.terminate()
        proxy.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
