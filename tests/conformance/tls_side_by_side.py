#!/usr/bin/env python3
"""TLS towards clients beside haproxy: the same file, the same handshakes; what is shown, agreed on, refused, answered and logged
must be the same.

  tls_side_by_side.py [--prog PROXYD] [--reference HAPROXY] [--only TEXT]

Exits 0, 1 for differences.
"""
import argparse
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from ports import free_ports
from second_look import second_look, unequal

SHOWN = ("%[ssl_fc] %[ssl_fc_sni] %[ssl_fc_has_sni] %[ssl_fc_protocol] %[ssl_fc_cipher] %[ssl_fc_alpn] %[ssl_fc_is_resumed] "
         "%[ssl_fc_use_keysize] %[ssl_fc_alg_keysize] %[ssl_fc_has_crt] %[ssl_c_used] %[ssl_c_verify] %[ssl_fc_session_id,hex,length]")
V = ssl.TLSVersion


@dataclass
class Client:
    """How a client shakes hands. `plain`: these bytes instead."""
    name: str = "a.test"
    low: object = V.TLSv1_2
    high: object = V.TLSv1_3
    ciphers: str = ""
    alpn: tuple = ()
    certificate: str = ""
    plain: bytes = b""
    connections: int = 1     # with the session of the one before


@dataclass
class Case:
    options: str
    client: Client = field(default_factory=Client)
    proxy: str = ""          # further lines of the frontend
    send: bytes = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


CASES = [Case("crt {d}/a.pem", Client(name)) for name in ("a.test", "A.TEST", "nobody.test", "x.a.test", "")]
CASES += [Case("crt {d}/a.pem crt {d}/b.pem", Client(name)) for name in ("a.test", "b.test", "x.b.test", "y.x.b.test", "x.test")]
CASES += [Case(f"crt {{d}}/old-{kind}.pem", Client(high=high)) for kind in ("rsa", "ec") for high in (V.TLSv1_2, V.TLSv1_3)]
CASES += [Case("crt {d}/dir", Client(name)) for name in ("a.test", "b.test", "e.test", "other.test")]
CASES += [Case("strict-sni crt {d}/a.pem crt {d}/b.pem", Client(name)) for name in ("a.test", "x.b.test", "x.test", "")]
CASES += [Case("crt {d}/both.pem", Client("both.test", high=V.TLSv1_2, ciphers=ciphers))
          for ciphers in ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "")]
for options in ("", "ssl-min-ver TLSv1.3", "ssl-max-ver TLSv1.2", "no-tlsv13", "no-tlsv12", "force-tlsv12", "force-tlsv13"):
    CASES += [Case(f"crt {{d}}/a.pem {options}", Client(low=low, high=high))
              for low, high in ((V.TLSv1_2, V.TLSv1_2), (V.TLSv1_3, V.TLSv1_3), (V.TLSv1_2, V.TLSv1_3))]
for ours in ("", "ciphers ECDHE-RSA-AES128-GCM-SHA256", "ciphers ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256",
             "ciphersuites TLS_AES_128_GCM_SHA256", "prefer-client-ciphers"):
    CASES += [Case(f"crt {{d}}/a.pem {ours}", Client(high=high, ciphers=theirs)) for high in (V.TLSv1_2, V.TLSv1_3)
              for theirs in ("", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384")]
for ours in ("", "alpn http/1.1", "alpn http/1.0,http/1.1", "alpn foo"):
    CASES += [Case(f"crt {{d}}/a.pem {ours}", Client(alpn=theirs))
              for theirs in ((), ("http/1.1",), ("http/1.1", "http/1.0"), ("foo",), ("bar",))]
for verify in ("none", "optional", "required"):
    CASES += [Case(f"crt {{d}}/a.pem ca-file {{d}}/ca.pem verify {verify}", Client(high=high, certificate=certificate))
              for high in (V.TLSv1_2, V.TLSv1_3) for certificate in ("", "client.pem", "stranger.pem")]
CASES += [Case(f"crt {{d}}/a.pem {options}", Client(high=high, connections=3)) for options in ("", "no-tls-tickets")
          for high in (V.TLSv1_2, V.TLSv1_3)]
CASES += [Case(f"crt {{d}}/{file}", Client(high=V.TLSv1_2, ciphers=theirs)) for file in ("a.pem", "dh.pem")
          for theirs in ("DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256")]
CASES += [Case("crt {d}/a.pem curves P-256"), Case("crt {d}/a.pem curves X25519:P-384"), Case("crt {d}/a.pem accept-proxy", Client(plain=b"GET / HTTP/1.1\r\n\r\n"))]
CASES += [Case("crt {d}/a.pem", Client(plain=plain)) for plain in (b"GET / HTTP/1.1\r\n\r\n", b"hello\n", b"\x16\x03\x01\x00\x05abcde", b"\x80\x2e\x01\x00\x02" + 41 * b"x")]
CASES += [Case("crt {d}/a.pem", send=send) for send in (b"GET / HTTP/1.0\r\n\r\n", b"BAD\r\n\r\n", b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                                                        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
                                                        b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")]
CASES += [Case("crt {d}/a.pem", proxy=line) for line in ("redirect scheme https if !{{ ssl_fc }}", "http-request deny if {{ ssl_fc_sni -i A.TEST }}",
                                                         "tcp-request session reject if {{ ssl_fc }}", "http-request set-header X-S %[ssl_fc_session_id,hex,length]")]


NAMES = ("a.test", "b.test", "x.b.test", "no.x.test", "yes.x.test", "x.test", "YES.X.test", "y.x.x.test", "zz", "")
LISTS = {
    "excluding": "a.pem\nb.pem *.x.test !no.x.test\nc.pem *.x.test\n",
    "excluded": "a.pem\nb.pem *.x.test !no.x.test\n",
    "twice": "a.pem !*\nb.pem x.test a.test\nc.pem x.test\n",
    "renamed": "# names of its own\n\na.pem q.test\nb.pem a.test\n\tc.pem *.X.test zz\n",
    "options": "a.pem\nb.pem [alpn http/1.1 ssl-max-ver TLSv1.2] *.b.test\nboth.pem both2.test\nc.pem [ssl-min-ver TLSv1.3]\tc.test #foo\n"
               "e.pem [ciphers ECDHE-ECDSA-AES128-GCM-SHA256 ssl-max-ver TLSv1.2] e.test\nd.pem [curves P-384] d.test\n"
               "d.pem [verify required ca-file {d}/ca.pem] v.test\nd.pem [verify optional ca-file {d}/ca.pem] o.test\n"
               "d.pem [ciphersuites TLS_AES_128_GCM_SHA256] s.test\nd.pem [verify none] n.test\n",
}
for name in LISTS:
    if name != "options":
        CASES += [Case(f"{strict}crt-list {{d}}/{name}.list", Client(asked)) for asked in NAMES for strict in ("", "strict-sni ")]
CASES += [Case(f"{ours}crt-list {{d}}/options.list", Client(name, alpn=("foo", "http/1.1"), high=high)) for ours in ("", "alpn foo ", "ssl-min-ver TLSv1.2 ")
          for name in ("a.test", "x.b.test", "both2.test", "c.test", "e.test", "d.test", "s.test") for high in (V.TLSv1_2, V.TLSv1_3)]
CASES += [Case(f"{ours}crt-list {{d}}/options.list", Client(name, certificate=certificate, high=high))
          for ours in ("", "verify required ca-file {d}/ca.pem ") for name in ("v.test", "o.test", "n.test") for high in (V.TLSv1_2, V.TLSv1_3)
          for certificate in ("", "client.pem", "stranger.pem")]
CASES += [Case(f"crt {{d}}/a.pem crt-list {{d}}/{name}.list", Client(asked)) for name in ("excluding", "renamed") for asked in NAMES[:6]]
CASES += [Case("crt-list {d}/options.list", Client("both2.test", high=V.TLSv1_2, ciphers=ciphers))
          for ciphers in ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384")]


def openssl(*words, **more):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def make_certificate(folder, file, name, alternatives="", key="rsa:2048", ca=None, above="/"):
    words = ["req", "-x509", "-nodes", "-days", "30", "-subj", f"{above}CN={name}", "-keyout", f"{folder}/k", "-out", f"{folder}/c"]
    words += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else ["-newkey", key]
    if alternatives:
        words += ["-addext", f"subjectAltName={alternatives}"]
    if ca:
        words += ["-CA", f"{folder}/{ca}", "-CAkey", f"{folder}/{ca}"]
    openssl(*words)
    with open(f"{folder}/{file}", "w", encoding="ascii") as out:
        for part in "ck":
            with open(f"{folder}/{part}", encoding="ascii") as piece:
                out.write(piece.read())


def make_files(folder):
    os.mkdir(f"{folder}/dir")
    make_certificate(folder, "a.pem", "a.test")
    make_certificate(folder, "dh.pem", "dh.test")
    openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", f"{folder}/parameters")
    with open(f"{folder}/dh.pem", "a", encoding="ascii") as out, open(f"{folder}/parameters", encoding="ascii") as piece:
        out.write(piece.read())
    make_certificate(folder, "b.pem", "b.test", "DNS:b.test,DNS:*.b.test")
    make_certificate(folder, "both.pem.rsa", "both.test")
    make_certificate(folder, "both.pem.ecdsa", "both.test", key="ec")
    make_certificate(folder, "dir/1.pem", "e.test", key="ec")
    make_certificate(folder, "ca.pem", "authority")
    make_certificate(folder, "client.pem", "client", ca="ca.pem")
    make_certificate(folder, "stranger.pem", "stranger")
    for name in "cd":
        make_certificate(folder, f"{name}.pem", f"{name}.test")
    make_certificate(folder, "e.pem", "e.test", key="ec")
    for kind, name in (("rsa", "a"), ("ec", "e")):  # keys as OpenSSL wrote them before there was PKCS 8
        openssl("pkey", "-in", f"{folder}/{name}.pem", "-traditional", "-out", f"{folder}/k")
        with open(f"{folder}/{name}.pem", encoding="ascii") as whole, open(f"{folder}/k", encoding="ascii") as key, \
                open(f"{folder}/old-{kind}.pem", "w", encoding="ascii") as out:
            out.write(key.read() + whole.read().split("-----BEGIN PRIVATE")[0])
    for name, text in LISTS.items():
        with open(f"{folder}/{name}.list", "w", encoding="ascii") as out:
            out.write(text.replace("{d}", folder))
    for file in ("a.pem", "b.pem"):
        shutil.copy(f"{folder}/{file}", f"{folder}/dir/{file}")


def configuration(folder, binds, logs):
    text = f"""global
  log 127.0.0.1:{logs} local0
  crt-base {folder}
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
  log global
  log-format "%ft %sslv %sslc %ST %tsc %r"
  error-log-format "%ft %ST error"
"""
    for number, (case, port) in enumerate(binds):
        text += (f"frontend f{number}\n  bind 127.0.0.1:{port} ssl {case.options.format(d=folder)}\n  {case.proxy.format()}\n"
                 f"  http-request return status 200 content-type text/plain lf-string \"{SHOWN} %[hdr(x-s)]\\n\"\n")
    return text


def shake(case, port, folder, session):
    client = case.client
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version, context.maximum_version = client.low, client.high
    if client.ciphers:
        context.set_ciphers(client.ciphers)
    if client.alpn:
        context.set_alpn_protocols(list(client.alpn))
    if client.certificate:
        context.load_cert_chain(f"{folder}/{client.certificate}")
    return context if session is None else session


def outcome_of(case, port, folder):
    """What a client sees, in words that are the same for equal behaviour."""
    if case.client.plain:
        with socket.create_connection(("127.0.0.1", port), 3) as talk:
            talk.sendall(case.client.plain)
            try:
                return [talk.recv(100).hex()]
            except ConnectionResetError:
                return ["reset"]
    seen, context, session = [], None, None
    for _ in range(case.client.connections):
        context = shake(case, port, folder, context)
        try:
            with socket.create_connection(("127.0.0.1", port), 3) as plain, context.wrap_socket(
                    plain, server_hostname=case.client.name or None, session=session) as talk:
                talk.sendall(case.send)
                text = b""
                while text.count(b"\r\n\r\n") < case.send.count(b"\r\n\r\n") or not text.endswith((b"\n",)):
                    piece = talk.recv(65536)
                    if not piece:
                        break
                    text += piece
                if not text:  # it may end before or after the client's part of the handshake is known to be over
                    raise ConnectionError
                subject = ssl.DER_cert_to_PEM_cert(talk.getpeercert(True))
                session = talk.session
                seen.append((talk.version(), talk.cipher(), talk.selected_alpn_protocol(), hash(subject), talk.session_reused,
                             re.sub(rb"(?i)date: .*", b"", text)))
        except (ssl.SSLError, ConnectionError, ValueError) as fault:  # ValueError: it ended before it was done
            seen.append(("refused", getattr(fault, "reason", "") if isinstance(fault, ssl.SSLError) else ""))
    return seen


def wait_until_open(port, daemon):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if daemon.poll() is not None:
                sys.exit("the program did not start")
            time.sleep(0.05)


def run(program, cases, folder):
    """For each case what was seen and logged."""
    ports = free_ports(len(cases))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(0.3)
        path = f"{folder}/t.cfg"
        with open(path, "w", encoding="ascii") as file:
            file.write(configuration(folder, list(zip(cases, ports)), sink.getsockname()[1]))
        daemon = subprocess.Popen([program, "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_until_open(ports[-1], daemon)
            while True:
                try:
                    sink.recv(4096)
                except socket.timeout:
                    break
            results = []
            for case, port in zip(cases, ports):
                seen = outcome_of(case, port, folder)
                lines = []
                try:
                    for _ in range(case.client.connections if not case.send.startswith(b"GET /1") else 2):
                        line = sink.recv(4096).decode()
                        # A long line is cut where its beginning, with the program's name and number, leaves off.
                        lines.append(re.sub(r"x{900,}$", "x...", re.sub(r"^.*?\]: ", "", line).strip()))
                except socket.timeout:
                    pass
                results.append((seen, lines))
            return results
        finally:
            daemon.terminate()
            daemon.wait(10)
            daemon.stderr.close()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options.add_argument("--only", default="")
    options = options.parse_args()
    cases = [case for case in CASES if options.only in f"{case.options} {case.client} {case.proxy}"]
    with tempfile.TemporaryDirectory(prefix="tls-") as folder:
        make_files(folder)
        theirs, ours = run(options.reference, cases, folder), run(options.prog, cases, folder)
        second_look(unequal(theirs, ours), (theirs, ours), [f"{case.options} {case.client}" for case in cases],
                    lambda some: [run(program, [cases[at] for at in some], folder) for program in (options.reference, options.prog)])
    differ = 0
    for case, one, other in zip(cases, theirs, ours):
        if one == other:
            continue
        differ += 1
        print(f"DIFFERS bind ... ssl {case.options} | {case.proxy} | {case.client}\n  haproxy {one}\n  proxyd  {other}")
    print(f"{len(cases)} cases, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
