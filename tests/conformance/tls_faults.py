#!/usr/bin/env python3
"""TLS when things go wrong: handshakes that stall at every record or drip byte by byte, renegotiation, ticket keys that change while
clients resume. Other clients are served all the while, nothing stays behind.

  tls_faults.py [--prog PROXYD] [--resumptions N]
"""
import argparse
import base64
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from abuse import Daemon
from h2_stage import free_ports
from tls_runtime import ask
from tls_side_by_side import make_certificate

CONFIGURATION = """global
  stats socket {folder}/sock level admin
  nbthread 2
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
  timeout client-hs 1s
frontend f
  bind 127.0.0.1:{plain} ssl crt {folder}/a.pem tls-ticket-keys {folder}/keys
  bind 127.0.0.1:{asked} ssl crt {folder}/a.pem ca-file {folder}/ca.pem verify required
  http-request return status 200 content-type text/plain string ok
"""
HANDSHAKE_TIME, PATIENCE, ROTATIONS = 1.0, 4.0, 20
failures = 0


def check(holds, what, detail=""):
    global failures
    print(("ok    " if holds else "FAIL  ") + what, flush=True)
    if not holds:
        failures += 1
        print("      " + str(detail)[:2000])


def client_context(version, certificate=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    if certificate:
        context.load_cert_chain(certificate)
    return context


def records(data):
    """TLS records of a flight."""
    while data:
        size = 5 + int.from_bytes(data[3:5], "big")
        yield data[:size]
        data = data[size:]


class Handshake:
    """A client that sends its records one by one and stops: behind `whole` of them and `part` bytes of the next."""

    def __init__(self, address, context, whole, part):
        self.sock = socket.create_connection(address, PATIENCE)
        self.sock.settimeout(PATIENCE)
        self.heard, self.said = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.heard, self.said, server_hostname="a.test")
        self.left, self.part = whole, part
        self.is_complete = self.is_stalled = False

    def send(self):
        for record in records(self.said.read()):
            if self.left == 0:
                self.sock.sendall(record[:self.part])
                self.is_stalled = True
                return
            self.sock.sendall(record)
            self.left -= 1

    def run(self):
        """Goes on to where it stops. False: the handshake was over before."""
        while not self.is_stalled:
            try:
                self.tls.do_handshake()
                self.is_complete = True
            except ssl.SSLWantReadError:
                pass
            self.send()
            if self.is_complete:
                return self.is_stalled
            if not self.is_stalled:
                self.heard.write(self.sock.recv(65536))
        return True

    def wait_end(self):
        """When the other side closed; None: it did not."""
        try:
            while self.sock.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return None
        return time.monotonic()


class Good:
    """A client that connects again and again."""

    def __init__(self, address):
        self.address, self.over, self.served, self.longest, self.wrong = address, threading.Event(), 0, 0.0, []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        context = client_context(ssl.TLSVersion.TLSv1_3)
        while not self.over.is_set():
            began = time.monotonic()
            try:
                with socket.create_connection(self.address, PATIENCE) as sock, context.wrap_socket(sock) as talk:
                    talk.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    if not talk.recv(4096).startswith(b"HTTP/1.1 200"):
                        self.wrong.append("no 200")
            except OSError as fault:
                self.wrong.append(str(fault))
            self.served += 1
            self.longest = max(self.longest, time.monotonic() - began)
            self.over.wait(0.02)

    def end(self):
        self.over.set()
        self.thread.join(10)
        return self.wrong


def stalls(address, context, name):
    """A connection for every place to stop at; all at once."""
    ends = []

    def one(whole, part):
        client = Handshake(address, context, whole, part)
        if not client.run():
            client.sock.close()
            return False
        began = time.monotonic()
        end = client.wait_end()
        ends.append((whole, part, None if end is None else end - began))
        client.sock.close()
        return True

    places = 0
    for whole in range(12):  # no handshake has as many records
        results = []
        threads = [threading.Thread(target=lambda part=part: results.append(one(whole, part))) for part in (0, 1, 5, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(3 * PATIENCE)
        places += sum(results)
        if not any(results):
            break
    late = [each for each in ends if each[2] is None or each[2] > HANDSHAKE_TIME + 1.5]
    check(places >= 4 and len(ends) == places and not late, f"{name}: stalled at {places} places, closed in time", late)


def drip(address, context):
    client = Handshake(address, context, 0, 0)
    try:
        client.tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello, began = client.said.read(), time.monotonic()
    try:
        for byte in hello:
            client.sock.sendall(bytes([byte]))
            time.sleep(0.05)
            if time.monotonic() - began > PATIENCE:
                break
        end = client.wait_end()
    except ConnectionError:
        end = time.monotonic()
    check(end is not None and end - began < HANDSHAKE_TIME + 2, "a hello byte by byte is closed in time", end and end - began)


def renegotiate(address):
    talk = subprocess.Popen(["openssl", "s_client", "-connect", f"{address[0]}:{address[1]}", "-tls1_2"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.5)
    try:
        talk.stdin.write(b"R\n")
        talk.stdin.flush()
        out, _ = talk.communicate(timeout=8)
    except (subprocess.TimeoutExpired, BrokenPipeError):
        talk.kill()
        out, _ = talk.communicate()
    text = out.decode("utf-8", "replace")
    check("RENEGOTIATING" in text and ("no renegotiation" in text or "handshake failure" in text or "closed" in text),
          "renegotiation is refused", text[-600:])


def resume(address, context, session):
    """The session for the next time, and whether this one was a resumption."""
    with socket.create_connection(address, PATIENCE) as sock, context.wrap_socket(sock, session=session) as talk:
        talk.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while talk.recv(4096):
            pass
        return talk.session, talk.session_reused


def rotate(address, folder, count, seed):
    """Clients resume while keys change: tickets of the key before are good for one change more."""
    source = random.Random(seed)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context, wrong, resumed = client_context(version), [], 0
        session, _ = resume(address, context, None)
        for number in range(count // 2):
            if number % max(1, count // 2 // ROTATIONS) == 0:
                key = base64.b64encode(source.randbytes(48)).decode()
                answer = ask(f"{folder}/sock", f"set ssl tls-key {folder}/keys {key}")
                if "updated" not in answer:
                    wrong.append(answer)
            try:
                session, was = resume(address, context, session)
                resumed += was
            except OSError as fault:
                wrong.append(f"{number}: {fault}")
                session, _ = resume(address, context, None)
        check(not wrong and resumed == count // 2, f"{version.name}: {count // 2} resumptions over {ROTATIONS} changes of the key",
              (resumed, wrong[:3]))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context(version)
        session, _ = resume(address, context, None)
        for _ in range(3):
            ask(f"{folder}/sock", f"set ssl tls-key {folder}/keys {base64.b64encode(source.randbytes(48)).decode()}")
        _, was = resume(address, context, session)
        check(not was, f"{version.name}: a ticket of a key that is gone is not taken")


def settles(daemon, baseline):
    for _ in range(50):
        if daemon.descriptors() <= baseline:
            return True
        time.sleep(0.1)
    return False


def examine(daemon, ports, folder, options):
    plain, asked = ("127.0.0.1", ports["plain"]), ("127.0.0.1", ports["asked"])
    baseline = daemon.descriptors()
    good = Good(plain)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        stalls(plain, client_context(version), version.name)
        stalls(asked, client_context(version, f"{folder}/client.pem"), f"{version.name} with a certificate of the client")
    drip(plain, client_context(ssl.TLSVersion.TLSv1_3))
    renegotiate(plain)
    wrong = good.end()
    check(not wrong and good.served > 20 and good.longest < 2, f"{good.served} others were served, the longest took {good.longest:.2f} s", wrong[:3])
    check(settles(daemon, baseline), "no descriptor stays behind", (daemon.descriptors(), baseline))
    seed = int(os.environ.get("SEED", "6"))
    print(f"seed {seed}")
    rotate(plain, folder, options.resumptions, seed)
    check(daemon.alive(), "the program lives")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--resumptions", type=int, default=1000)
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tls-faults-") as folder:
        ports = dict(zip(("plain", "asked"), free_ports(2)))
        make_certificate(folder, "a.pem", "a.test", key="ec")
        make_certificate(folder, "ca.pem", "authority")
        make_certificate(folder, "client.pem", "client", ca="ca.pem")
        with open(f"{folder}/keys", "w", encoding="ascii") as out:
            out.writelines(base64.b64encode(bytes([n]) * 48).decode() + "\n" for n in (1, 2, 3))
        config = f"{folder}/faults.cfg"
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIGURATION.format(**ports, folder=folder))
        daemon = Daemon(os.path.abspath(options.prog), config, folder)
        daemon.program.ready = ("127.0.0.1", ports["plain"])
        try:
            if daemon.program.wait_ready():
                examine(daemon, ports, folder, options)
            else:
                check(False, "the program starts", daemon.program.text())
        finally:
            daemon.program.stop()
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
