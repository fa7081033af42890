#!/usr/bin/env python3
"""`ocsp-update`: responders of our own, good and bad ones, and what becomes of their answers: in handshakes, in the log, in the runtime API.

  ocsp_updates.py [--prog PROXYD] [--only TEXT]

2.6 has no such thing; the words and numbers are those of the documentation of 2.8. The answers are made by `openssl ocsp`, or changed
and signed anew. Exits 0, or 1 when something differs from what is wanted.
"""
import argparse
import base64
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone

from ports import free_ports

PATIENCE = 40  # seconds until something must have happened
TYPE = b"Content-Type: application/ocsp-response\r\n"


def openssl(*words, text=None):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, input=text).stdout


def write(path, data):
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())


def read(path):
    with open(path, "rb") as file:
        return file.read()


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return result


# ---- DER, as far as changing a response needs it

def take_value(der, at):
    """Where the value at `at` begins and ends."""
    size, at = der[at + 1], at + 2
    if size < 0x80:
        return at, at + size
    count = size & 0x7f
    return at + count, at + count + int.from_bytes(der[at:at + count], "big")


class Authority:
    """An authority with its index, who may answer for it, and the certificates it signs."""

    def __init__(self, folder):
        self.folder, self.serial, self.lock = folder, 100, threading.Lock()
        self.index = ""
        for name in ("ca", "signer-other"):
            openssl("req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", f"/CN={name}", "-days", "30", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem")
        self.sign("signer-delegate", "extendedKeyUsage=OCSPSigning")
        self.sign("signer-plain", "keyUsage=digitalSignature")

    def sign(self, name, extension, state="V"):
        self.serial += 1
        path = f"{self.folder}/{name}"
        write(f"{path}.ext", extension)
        openssl("req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={name}", "-keyout", f"{path}.key", "-out", f"{path}.csr")
        openssl("x509", "-req", "-in", f"{path}.csr", "-CA", f"{self.folder}/ca.pem", "-CAkey", f"{self.folder}/ca.key", "-set_serial", str(self.serial),
                "-days", "30", "-extfile", f"{path}.ext", "-out", f"{path}.pem")
        revoked = "250101000000Z" if state == "R" else ""
        self.index += f"{state}\t301231235959Z\t{revoked}\t{self.serial:X}\tunknown\t/CN={name}\n"
        write(f"{self.folder}/index", self.index)

    def respond(self, request, signer="ca", minutes=5):
        with self.lock:
            write(f"{self.folder}/request", request)
            openssl("ocsp", "-index", f"{self.folder}/index", "-CA", f"{self.folder}/ca.pem", "-rsigner", f"{self.folder}/{signer}.pem",
                    "-rkey", f"{self.folder}/{signer}.key", "-reqin", f"{self.folder}/request", "-respout", f"{self.folder}/response", "-nmin", str(minutes))
            return read(f"{self.folder}/response")

    def request_about(self, name):
        with self.lock:
            openssl("ocsp", "-issuer", f"{self.folder}/ca.pem", "-cert", f"{self.folder}/{name}.pem", "-reqout", f"{self.folder}/ask", "-no_nonce")
            return read(f"{self.folder}/ask")

    def respond_at(self, request, since, until):
        """The authority's answer with other times, signed anew: seconds from now."""
        der = bytearray(self.respond(request))
        at, _ = take_value(der, der.index(bytes.fromhex("2b0601050507300101")) + 9)  # the OCTET STRING behind id-pkix-ocsp-basic
        inner, _ = take_value(der, at)
        body, end = take_value(der, inner)
        tbs = bytearray(der[inner:end])
        times = [found.start() for found in re.finditer(rb"\d{14}Z", bytes(tbs))]  # of the answer, the status, its end
        for where, seconds in zip(times[1:], (since, until)):
            tbs[where:where + 15] = (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y%m%d%H%M%SZ").encode()
        with self.lock:
            write(f"{self.folder}/tbs", bytes(tbs))
            signature = openssl("dgst", "-sha256", "-sign", f"{self.folder}/ca.key", f"{self.folder}/tbs")
        assert body < end and len(times) == 3
        der[inner:end] = tbs
        _, algorithm_end = take_value(der, end)
        bits, bits_end = take_value(der, algorithm_end)
        der[bits + 1:bits_end] = signature
        return bytes(der)


class Responder:
    """Answers on 127.0.0.1; the first part of the path says how. Notes what it was asked."""

    def __init__(self, authority):
        self.authority, self.asked, self.lock = authority, [], threading.Lock()
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(sock,), daemon=True).start()

    def count(self, name):
        with self.lock:
            return sum(each[0] == name for each in self.asked)

    def times(self, name):
        with self.lock:
            return [each[3] for each in self.asked if each[0] == name]

    def converse(self, sock):
        try:
            with sock:
                sock.settimeout(30)
                data = b""
                while b"\r\n\r\n" not in data:
                    data += self.more(sock)
                head, _, body = data.partition(b"\r\n\r\n")
                method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                while length and len(body) < int(length[1]):
                    body += self.more(sock)
                path = urllib.parse.urlsplit(target).path
                words = path.strip("/").split("/")
                request = body if method == "POST" else base64.b64decode(urllib.parse.unquote(words[-1]))
                with self.lock:
                    self.asked.append((words[0], method, target, time.monotonic()))
                getattr(self, "serve_" + words[0].replace("-", "_"), self.serve_good)(sock, request, words[0])
        except (OSError, ValueError, EOFError):
            pass

    @staticmethod
    def more(sock):
        piece = sock.recv(65536)
        if not piece:
            raise EOFError
        return piece

    @staticmethod
    def send(sock, der, fields=TYPE, status=b"200 OK"):
        sock.sendall(b"HTTP/1.1 " + status + b"\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(der) + der)

    def serve_good(self, sock, request, _):
        self.send(sock, self.authority.respond(request))

    def serve_chunked(self, sock, request, _):
        der = self.authority.respond(request)
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n" +
                     b"".join(b"1\r\n%c\r\n" % each for each in der[:20]) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(der) - 20, der[20:]))

    def serve_close(self, sock, request, _):
        sock.sendall(b"HTTP/1.0 200 OK\r\n" + TYPE + b"\r\n" + self.authority.respond(request))

    def serve_delegate(self, sock, request, _):
        self.send(sock, self.authority.respond(request, "signer-delegate"))

    def serve_plain(self, sock, request, _):
        self.send(sock, self.authority.respond(request, "signer-plain"))

    def serve_other(self, sock, request, _):
        self.send(sock, self.authority.respond(request, "signer-other"))

    def serve_another(self, sock, _, __):
        self.send(sock, self.authority.respond(self.authority.request_about("signer-delegate")))

    def serve_old(self, sock, request, _):
        self.send(sock, self.authority.respond_at(request, -7200, -3600))

    def serve_future(self, sock, request, _):
        self.send(sock, self.authority.respond_at(request, 3600, 7200))

    def serve_altered(self, sock, request, _):
        der = bytearray(self.authority.respond(request))
        at = der.index(b"Z", 60) - 1
        der[at] = ord("0") + (der[at] - ord("0") + 1) % 10
        self.send(sock, bytes(der))

    def serve_later(self, sock, _, __):
        self.send(sock, bytes([0x30, 3, 0x0a, 1, 3]))  # tryLater

    def serve_empty(self, sock, _, __):
        self.send(sock, b"")

    def serve_garbage(self, sock, _, __):
        self.send(sock, b"garbage" * 30)

    def serve_large(self, sock, _, __):
        self.send(sock, b"x" * 100000)

    def serve_html(self, sock, request, _):
        self.send(sock, self.authority.respond(request), b"Content-Type: text/html\r\n")

    def serve_failing(self, sock, _, __):
        self.send(sock, b"no", b"", b"500 Oops")

    def serve_redirect(self, sock, _, __):
        self.send(sock, b"", b"Location: /good\r\n", b"302 Found")

    def serve_cut(self, sock, request, _):
        der = self.authority.respond(request)
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: %d\r\n\r\n" % (len(der) + 1) + der)

    def serve_nohttp(self, sock, _, __):
        sock.sendall(b"SSH-2.0-x\r\n\r\n")

    def serve_hangup(self, sock, _, __):
        pass

    def serve_stall(self, sock, _, __):
        while sock.recv(65536):
            pass

    def serve_recovers(self, sock, request, name):
        if self.count(name) <= 2:
            self.serve_failing(sock, request, name)
        else:
            self.serve_good(sock, request, name)


GOOD, HTTP, TYPED, BAD = '1 "Update successful"', '2 "HTTP error"', '3 "Missing "ocsp-response" header"', '4 "OCSP response check failure"'
# name, what the log says first, the reason that the log gives, what clients are shown
CASES = [
    ("good", GOOD, None, "good"), ("chunked", GOOD, None, "good"), ("close", GOOD, None, "good"), ("delegate", GOOD, None, "good"),
    ("localhost", GOOD, None, "good"), ("posted", GOOD, None, "good"), ("beside", GOOD, None, "good"), ("revoked", GOOD, None, "revoked"),
    ("plain", BAD, "OCSP response signature verification failed", None), ("other", BAD, "OCSP response signature verification failed", None),
    ("altered", BAD, "OCSP response signature verification failed", None),
    ("another", BAD, "OCSP single response: Certificate ID does not match any certificate or issuer", None),
    ("old", BAD, "OCSP single response: no longer valid.", None), ("future", BAD, "OCSP single response: not yet valid.", None),
    ("later", BAD, "OCSP response status not successful", None), ("empty", BAD, "Unable to parse OCSP response", None),
    ("garbage", BAD, "Unable to parse OCSP response", None), ("large", HTTP, "the answer is cut or too long", None),
    ("html", TYPED, "the answer is no OCSP response", None), ("failing", HTTP, "HTTP status 500", None), ("redirect", HTTP, "HTTP status 302", None),
    ("cut", HTTP, "the answer is cut or too long", None), ("nohttp", HTTP, "the answer is no HTTP", None),
    ("hangup", HTTP, "the connection ended without an answer", None), ("stall", HTTP, "no whole answer in time", None),
    ("refused", HTTP, r"connection to 127\.0\.0\.1:\d+ failed \(Connection refused\)", None),
    ("https", HTTP, "'https://127.0.0.1/' is no address of HTTP", None),
]
CONFIG = """global
  nbthread 2
  log stdout format raw local0
  stats socket {folder}/socket level admin
  {extra}
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
frontend f
{binds}
  http-request return status 200
"""


class Program:
    def __init__(self, program, folder, binds, extra="ocsp-update.mindelay 300"):
        self.folder, path = folder, f"{folder}/cfg"
        write(path, CONFIG.format(folder=folder, extra=extra, binds="\n".join("  bind " + each for each in binds)))
        self.output = open(f"{folder}/output", "w+", encoding="utf-8")
        self.process = subprocess.Popen([program, "-db", "-f", path], stdout=self.output, stderr=self.output)
        if not wait_for(lambda: os.path.exists(f"{folder}/socket") or self.process.poll() is not None) or self.process.poll() is not None:
            sys.exit(f"the program did not start:\n{self.text()}")

    def text(self):
        with open(self.output.name, encoding="utf-8") as file:
            return file.read()

    def ask(self, command):
        if self.process.poll() is not None:
            sys.exit(f"the program ended ({self.process.returncode}):\n{self.text()}")
        with socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(PATIENCE)
            talk.connect(f"{self.folder}/socket")
            talk.sendall(command.encode() + b"\n")
            text = b""
            while piece := talk.recv(65536):
                text += piece
        return text.decode()

    def updates(self, name):
        """Status, failures and successes of a certificate's lines, in their order."""
        return re.findall(rf'^-:- \[[^]]*\] <OCSP-UPDATE> \S*/{name}\.crt (\d ".*") (\d+) (\d+)$', self.text(), re.MULTILINE)

    def end(self):
        self.process.terminate()
        self.process.wait(20)
        os.unlink(f"{self.folder}/socket")
        return self.text()


def stapled(port, name):
    """What a client is shown of the certificate's status; None: nothing."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name, "-status"], input=b"", capture_output=True,
                          timeout=60, check=False).stdout.decode(errors="replace")
    assert f"subject=CN = {name}" in done, done
    found = re.search(r"Cert Status: (\w+)", done)
    return found and found[1]


def make_certificates(authority, responder, names, closed):
    folder = authority.folder
    for name in names:
        uri = f"http://127.0.0.1:{responder.port}/{name}"
        uri = {"localhost": f"http://localhost:{responder.port}/good", "posted": uri + "/" + "x" * 250, "refused": f"http://127.0.0.1:{closed}/",
               "https": "https://127.0.0.1/"}.get(name, uri)
        authority.sign(name, f"authorityInfoAccess=OCSP;URI:{uri}", "R" if name == "revoked" else "V")
        own = read(f"{folder}/{name}.pem") + read(f"{folder}/{name}.key")
        beside = name == "beside"
        write(f"{folder}/{name}.crt", own if beside else own + read(f"{folder}/ca.pem"))
        if beside:
            write(f"{folder}/{name}.crt.issuer", read(f"{folder}/ca.pem"))


class Checks:
    def __init__(self, only):
        self.only, self.total, self.complaints = only, 0, []

    def __call__(self, name, is_good, told=""):
        if self.only not in name:
            return
        self.total += 1
        if not is_good:
            self.complaints.append(f"{name}: {told}")


def run_cases(program, folder, authority, responder, check):
    names = [each[0] for each in CASES]
    closed, port = free_ports(2)
    make_certificates(authority, responder, names + ["unasked"], closed)
    write(f"{folder}/list", "".join(f"{folder}/{name}.crt [ocsp-update on] {name}\n" for name in names) + f"{folder}/unasked.crt [ocsp-update off] unasked\n")
    running = Program(program, folder, [f"127.0.0.1:{port} ssl crt-list {folder}/list"])
    wait_for(lambda: all(running.updates(name) for name in names))
    report = running.ask("show ssl ocsp-updates")
    shown = {name: stapled(port, name) for name in names + ["unasked"]}
    responses = running.ask("show ssl ocsp-response")
    by_hand = running.ask(f"update ssl ocsp-response {folder}/unasked.crt")
    shown_by_hand = stapled(port, "unasked")
    failed_by_hand = running.ask(f"update ssl ocsp-response {folder}/failing.crt")
    unknown = running.ask("update ssl ocsp-response nobody"), running.ask("update ssl ocsp-response")
    text = running.end()
    for name, status, why, status_shown in CASES:
        first = running.updates(name)[:1]
        is_good = status == GOOD
        counts = ("0", "1") if is_good else ("1", "0")
        check(name, first == [(status, *counts)], first)
        check(f"{name}: shown to clients", shown[name] == status_shown, shown[name])
        reasons = re.findall(rf"^OCSP update of '\S*/{name}\.crt' failed: (.*)\.$", text, re.MULTILINE)
        check(f"{name}: reason", not reasons if is_good else bool(reasons) and re.fullmatch(why if name == "refused" else re.escape(why), reasons[0]) is not None, reasons)
        line = re.search(rf"^([0-9a-f]+) \| \S*/{name}\.crt \| (\S+ \+\d+) \| (\S+ \+\d+|-) \| (\d+) \| (\d+) \| (\d) \| (.*)$", report, re.MULTILINE)
        words = status[3:-1]
        check(f"{name}: show ssl ocsp-updates", line is not None and (line[3] == "-") != is_good and line.group(4, 5, 6, 7) == (counts[1], counts[0], status[0], words), line)
        if line and is_good:
            check(f"{name}: show ssl ocsp-response", f"Certificate ID key : {line[1]}\n" in responses, responses)
    lines = report.strip().split("\n")
    check("the report's head", lines[0] == "OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status | Last Update Status (str)", lines[0])
    times = [datetime.strptime(each.split(" | ")[2], "%d/%b/%Y:%H:%M:%S %z") for each in lines[1:]]
    check("the report's order", len(times) == len(names) and times == sorted(times), times)
    check("requests: GET", any(each[:2] == ("good", "GET") for each in responder.asked))
    check("requests: POST", any(each[:2] == ("posted", "POST") for each in responder.asked))
    check("HTTP's own line", re.search(r'<OCSP-UPDATE> -/- 0/0/\d+/\d+/\d+ 500 \d+ - - ---- 0/0/0/0/0 0/0 {} "GET http://127.0.0.1:\d+/failing/\S+ HTTP/1.1"', text), text[-3000:])
    check("HTTP's own line: refused", re.search(r'<OCSP-UPDATE> -/- 0/0/-1/-1/\d+ -1 0 - - SC-- .*"GET http://127.0.0.1:%d/' % closed, text))
    check("HTTP's own line: stalled", re.search(r'<OCSP-UPDATE> -/- 0/0/\d+/-1/\d+ -1 0 - - sH-- .*/stall/', text))
    check("off: not asked", shown["unasked"] is None and not running.updates("unasked")[1:], running.updates("unasked"))
    check("by hand", "Cert Status: good" in by_hand and shown_by_hand == "good" and running.updates("unasked") == [(GOOD, "0", "1")], by_hand)
    check("by hand: a failure", "'update ssl ocsp-response' : HTTP status 500.\n" in failed_by_hand and running.updates("failing")[1:] == [(HTTP, "2", "0")], failed_by_hand)
    check("by hand: nobody", "certificate not found" in unknown[0] and "expects a filename" in unknown[1], unknown)


def run_schedule(program, folder, authority, responder, check):
    """What is asked for again and again; what fails is left alone for longer each time; lists and certificates changed at run time."""
    names = ["often", "recovers", "failing2", "added", "changed"]
    closed, port, other = free_ports(3)
    make_certificates(authority, responder, names + ["disabled"], closed)
    responder.serve_failing2 = responder.serve_failing
    write(f"{folder}/list", f"{folder}/recovers.crt recovers\n{folder}/failing2.crt failing2\n{folder}/added.crt [ocsp-update off] added\n{folder}/changed.crt changed\n")
    running = Program(program, folder, [f"127.0.0.1:{port} ssl crt {folder}/often.crt ocsp-update on crt-list {folder}/list"],
                      "ocsp-update.mindelay 1\n  ocsp-update.maxdelay 4")
    wait_for(lambda: responder.count("often") >= 3 and responder.count("failing2") >= 4 and (GOOD, "2", "1") in running.updates("recovers"))
    check("asked again", len(running.updates("often")) >= 2 and set(each[0] for each in running.updates("often")) == {GOOD}, running.updates("often"))
    check("recovers", running.updates("recovers")[:3] == [(HTTP, "1", "0"), (HTTP, "2", "0"), (GOOD, "2", "1")], running.updates("recovers"))
    check("recovers: shown to clients", stapled(port, "recovers") == "good")
    times = responder.times("failing2")
    # Whole seconds count: a delay of 2 s may be little more than 1.
    gaps = [after - before for before, after in zip(times, times[1:])]
    check("failures: longer each time", len(gaps) >= 3 and gaps[1] > 1 and gaps[2] > 3, gaps)
    check("added: not yet", responder.count("added") == 0 and stapled(port, "added") is None)
    said = running.ask(f"add ssl crt-list {folder}/list <<\n{folder}/added.crt [ocsp-update on] more.added\n")
    check("added", "Success!" in said and wait_for(lambda: (GOOD, "0", "1") in running.updates("added")) and stapled(port, "added") == "good", said)
    before = responder.count("changed")
    own = read(f"{folder}/changed.crt").decode()
    said = running.ask(f"set ssl cert {folder}/changed.crt <<\n{own}\n") + running.ask(f"commit ssl cert {folder}/changed.crt")
    check("changed at run time", "Success!" in said and wait_for(lambda: responder.count("changed") > before) and wait_for(lambda: stapled(port, "changed") == "good"), said)
    running.end()

    running = Program(program, folder, [f"127.0.0.1:{port} ssl crt {folder}/disabled.crt ocsp-update on"], "ocsp-update.disable on")
    time.sleep(1)
    check("disabled", responder.count("disabled") == 0 and running.ask("show ssl ocsp-updates").count("\n") == 2, running.ask("show ssl ocsp-updates"))
    said = running.ask(f"update ssl ocsp-response {folder}/disabled.crt")
    check("disabled: by hand", "Cert Status: good" in said and stapled(port, "disabled") == "good", said)
    running.end()

    running = Program(program, folder, [f"127.0.0.1:{port} ssl crt {folder}/disabled.crt"], f"ocsp-update.mode on\n  ocsp-update.httpproxy 127.0.0.1:{responder.port}")
    check("by a proxy", wait_for(lambda: running.updates("disabled") == [(GOOD, "0", "1")]), running.text())
    check("by a proxy: the whole URI", responder.asked[-1][2].startswith(f"http://127.0.0.1:{responder.port}/disabled/"), responder.asked[-1])
    running.end()

    running = Program(program, folder, [f"127.0.0.1:{port} ssl crt @web/d"], f"\ncrt-store web\n  load crt {folder}/disabled.crt alias d ocsp-update on")
    check("of a store", wait_for(lambda: re.search(r'<OCSP-UPDATE> @web/d 1 "Update successful" 0 1$', running.text(), re.MULTILINE)) is not None, running.text())
    check("of a store: shown to clients", stapled(port, "disabled") == "good")
    running.end()

    # A response that is there already is left alone at first.
    write(f"{folder}/disabled.crt.ocsp", authority.respond(authority.request_about("disabled"), minutes=60))
    before = responder.count("disabled")
    running = Program(program, folder, [f"127.0.0.1:{port} ssl crt {folder}/disabled.crt ocsp-update on", f"127.0.0.1:{other} ssl crt {folder}/disabled.crt"])
    time.sleep(1)
    check("loaded", responder.count("disabled") == before and stapled(port, "disabled") == "good" and stapled(other, "disabled") == "good")
    running.end()


class Names:
    """A DNS server that knows one name, and says so at the second question only."""

    def __init__(self, address):
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.sock.recvfrom(1000)
            self.asked.append(query)
            if len(self.asked) > 1:
                answer = query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x09\0\4\x7f\0\0\1"
                self.sock.sendto(answer, client)


def run_names(program, folder, authority, responder, check):
    """The responder has a name that only DNS knows, and the process is in a chroot. Needs root, for port 53 and a resolv.conf of our own."""
    address = "127.53.7.1"
    trial = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False) if os.geteuid() == 0 else None
    if trial is None or trial.returncode != 0:
        print("without root the lookup of names is not tested")
        return
    names = Names(address)
    port, = free_ports(1)
    authority.sign("named", f"authorityInfoAccess=OCSP;URI:http://responder.test:{responder.port}/good")
    write(f"{folder}/named.crt", read(f"{folder}/named.pem") + read(f"{folder}/named.key") + read(f"{folder}/ca.pem"))
    write(f"{folder}/resolv.conf", f"nameserver {address}\n")
    write(f"{folder}/within", f"#!/bin/sh\nmount --bind {folder}/resolv.conf /etc/resolv.conf && exec {os.path.abspath(program)} \"$@\"\n")
    os.chmod(f"{folder}/within", 0o755)
    os.makedirs(f"{folder}/root", exist_ok=True)
    write(f"{folder}/outer", f"#!/bin/sh\nexec unshare -m {folder}/within \"$@\"\n")
    os.chmod(f"{folder}/outer", 0o755)
    running = Program(f"{folder}/outer", folder, [f"127.0.0.1:{port} ssl crt {folder}/named.crt ocsp-update on"], f"chroot {folder}/root")
    check("by name", wait_for(lambda: running.updates("named") == [(GOOD, "0", "1")]), running.text())
    check("by name: asked again", len(names.asked) == 2 and all(b"\x09responder\x04test\0\0\1\0\1" in each for each in names.asked), names.asked)
    check("by name: shown to clients", stapled(port, "named") == "good")
    running.end()


def run_verdicts(program, folder, authority, responder, check):
    make_certificates(authority, responder, ["said"], 1)
    authority.sign("silent", "keyUsage=digitalSignature")
    write(f"{folder}/silent.crt", read(f"{folder}/silent.pem") + read(f"{folder}/silent.key") + read(f"{folder}/ca.pem"))
    authority.sign("orphan", "authorityInfoAccess=OCSP;URI:http://127.0.0.1/")
    write(f"{folder}/orphan.crt", read(f"{folder}/orphan.pem") + read(f"{folder}/orphan.key"))
    crt = f"{folder}/said.crt"
    write(f"{folder}/contrary", f"{crt} [ocsp-update on] a\n{crt} [ocsp-update off] b\n")
    write(f"{folder}/bad", f"{crt} [ocsp-update maybe] a\n")
    write(f"{folder}/off", f"{crt} [ocsp-update off] a\n")
    bind = "127.0.0.1:1 ssl crt "
    old = "is deprecated. Please use 'ocsp-update."
    for extra, binds, code, words in [
            ("ocsp-update.mode on", [bind + crt], 0, ""), ("ocsp-update.mode maybe", [bind + crt], 1, "'ocsp-update.mode' expects 'on' or 'off'."),
            ("ocsp-update.mode", [bind + crt], 1, "'ocsp-update.mode' expects 'on' or 'off'."), ("ocsp-update.disable", [bind + crt], 1, "'ocsp-update.disable' expects 'on' or 'off'."),
            ("ocsp-update.maxdelay 10", [bind + crt], 1, "'ocsp-update.mindelay' (300) must not be above 'ocsp-update.maxdelay' (10)."),
            ("ocsp-update.mindelay 0", [bind + crt], 1, "'ocsp-update.mindelay' expects a positive number of seconds."),
            ("ocsp-update.mindelay", [bind + crt], 1, "'ocsp-update.mindelay' expects a number of seconds as an argument."),
            ("tune.ssl.ocsp-update.mindelay 10", [bind + crt], 0, f"'tune.ssl.ocsp-update.mindelay' {old}mindelay'"),
            ("tune.ssl.ocsp-update.maxdelay 1000", [bind + crt], 0, f"'tune.ssl.ocsp-update.maxdelay' {old}maxdelay'"),
            ("ocsp-update.httpproxy", [bind + crt], 1, "'ocsp-update.httpproxy' expects an <address>[:port] as an argument."),
            ("ocsp-update.httpproxy /x", [bind + crt], 1, "'ocsp-update.httpproxy' expects an address of IPv4 or IPv6."),
            ("", [bind + crt + " ocsp-update"], 1, "expected 'on' or 'off'"), ("", [bind + crt + " ocsp-update maybe"], 1, "expected 'on' or 'off', not 'maybe'"),
            ("", [f"127.0.0.1:1 ssl crt-list {folder}/bad"], 1, "not 'maybe'"), ("", [f"127.0.0.1:1 ssl crt-list {folder}/contrary"], 1, "'on' in one line of a crt-list and 'off' in another"),
            ("", [bind + crt + " ocsp-update on", f"127.0.0.1:2 ssl crt {crt} ocsp-update off"], 1, "is 'on' for one line and 'off' for another"),
            ("", [f"127.0.0.1:1 ssl crt-list {folder}/off ocsp-update on"], 0, ""),
            ("", [bind + f"{folder}/silent.crt ocsp-update on"], 0, f"'ocsp-update on' of certificate '{folder}/silent.crt' has no effect: the certificate names no OCSP responder."),
            ("", [bind + f"{folder}/orphan.crt ocsp-update on"], 0, f"'ocsp-update on' of certificate '{folder}/orphan.crt' has no effect: the certificate's issuer is not known."),
            ("ocsp-update.mode on", [bind + f"{folder}/silent.crt"], 0, "")]:
        path = f"{folder}/verdict"
        write(path, CONFIG.format(folder=folder, extra=extra, binds="\n".join("  bind " + each for each in binds)))
        done = subprocess.run([program, "-c", "-f", path], capture_output=True, text=True, timeout=60, check=False)
        output = done.stdout + done.stderr
        check(f"verdict: {extra} {binds}", done.returncode == code and words in output and ("has no effect" in output) == ("has no effect" in words), f"{done.returncode}\n{output}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--only", default="")
    options = options.parse_args()
    check = Checks(options.only)
    with tempfile.TemporaryDirectory(prefix="ocsp-updates-") as folder:
        authority = Authority(folder)
        responder = Responder(authority)
        for part in (run_cases, run_schedule, run_names, run_verdicts):
            part(options.prog, folder, authority, responder, check)
    for each in check.complaints:
        print(each)
    print(f"{check.total} checks, {len(check.complaints)} complaints")
    return 1 if check.complaints or not check.total else 0


if __name__ == "__main__":
    sys.exit(main())
