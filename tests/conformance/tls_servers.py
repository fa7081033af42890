#!/usr/bin/env python3
"""TLS towards servers beside haproxy: the same file, the same servers. What the servers are asked (the hello, byte by byte where it is
not random), what clients get, what is logged and counted, and what checks find must be the same.

  tls_servers.py [--prog PROXYD] [--reference HAPROXY] [--only TEXT]

Exits 0, 1 for differences.
"""
import argparse
import csv
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ports import free_ports
from second_look import second_look, unequal
from tls_side_by_side import make_certificate, openssl

V = ssl.TLSVersion
SHOWN = ("%ft %b/%s %ST %tsc %rc bc_err=%[bc_err],%[bc_err_str] %[ssl_bc] %[ssl_bc_protocol] %[ssl_bc_cipher] %[ssl_bc_is_resumed] "
         "%[ssl_bc_err] %[ssl_bc_err_str] %[ssl_bc_alpn] %[ssl_bc_alg_keysize] %[ssl_bc_use_keysize] %[ssl_s_s_dn] %[ssl_s_s_dn(cn)] "
         "%[ssl_s_i_dn] %[ssl_s_key_alg] %[ssl_s_sig_alg] %[ssl_s_version] %[ssl_s_serial,hex] %[ssl_s_notbefore] %[ssl_s_notafter] "
         "%[ssl_s_sha1,hex] %[ssl_s_der,hex] %[ssl_s_chain_der,hex]")
COUNTED = ("stot", "econ", "eresp", "wretr", "wredis", "lbtot", "connect", "reuse", "ssl_sess", "ssl_reused_sess", "ssl_failed_handshake")
GET = b"GET / HTTP/1.1\r\nHost: b.test:80\r\n\r\n"
CLOSING = b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"


@dataclass
class Case:
    """`server`: how it behaves, see Server. `send`: on each of the connections."""
    options: str
    server: str = "good"
    proxy: str = ""
    send: bytes = CLOSING
    connections: int = 1
    settings: str = ""      # in "global"; cases with the same share a process


CASES = [Case(f"verify none {options}", proxy="retries 0") for options in (
    "", "sni str(a.test)", "sni str(b.test)", "sni req.hdr(host)", "alpn http/1.1", "alpn foo", "alpn foo,http/1.1", "ssl-max-ver TLSv1.2", "ssl-min-ver TLSv1.3",
    "no-tlsv13", "force-tlsv12", "force-tlsv13", "ciphers ECDHE-RSA-AES128-GCM-SHA256 no-tlsv13", "ciphersuites TLS_AES_128_GCM_SHA256")]
CASES += [Case(f"verify required ca-file {{d}}/ca.pem {options}", server) for server in ("good", "both", "wild", "expired", "stranger") for options in (
    "", "verifyhost a.test", "verifyhost b.test", "verifyhost A.TEST", "verifyhost x.w.test", "verifyhost y.x.w.test", "sni str(a.test)", "sni str(b.test)",
    "sni str(x.w.test)", "sni str(b.test) verifyhost a.test", "sni str(a.test) verifyhost b.test")]
CASES += [Case("verify required ca-file @system-ca"), Case("verify required ca-file {d}/ca.pem crl-file {d}/crl.pem"),
          Case("verify required ca-file {d}/ca.pem crl-file {d}/crl.pem", "revoked"), Case("verify none crl-file {d}/crl.pem", "revoked")]
CASES += [Case("verify none", server, proxy=proxy) for server in ("close", "reset", "stall", "plain", "refused", "old", "weak", "silent-end", "refuse")
          for proxy in ("", "retries 0", "mode tcp", "retries 2\n  retry-on none")]
CASES += [Case(f"verify none {options}", "old") for options in ("ssl-min-ver TLSv1.3", "force-tlsv12", "no-tlsv12 ssl-min-ver TLSv1.2")]
CASES += [Case(f"verify none {options}", server, send=send, connections=3) for server in ("good", "old", "no-tickets")
          for options in ("", "no-ssl-reuse", "no-tls-tickets", "sni req.hdr(host)", "no-ssl-reuse ssl-reuse", "no-tls-tickets tls-tickets") for send in (CLOSING, GET)]
CASES += [Case(f"verify none {options}", server) for server in ("wants", "requires") for options in ("crt {d}/client.pem", "crt {d}/good.pem")]
# With TLS 1.3 its refusal comes behind the handshake: whether the request was sent by then is chance, with haproxy beside itself, too.
CASES += [Case("verify none", "wants"), Case("verify none ssl-max-ver TLSv1.2", "requires")]
CASES += [Case("verify none", send=GET, connections=3, proxy=f"http-reuse {reuse}") for reuse in ("never", "safe", "aggressive", "always")]
CASES += [Case("verify none sni req.hdr(host)", send=GET, connections=3, proxy="http-reuse always"),
          Case("verify none", send=GET.replace(b" /", b" /close"), connections=2, proxy="http-reuse always"),
          Case("verify none", send=GET.replace(b" /", b" /bye"), connections=3, proxy="http-reuse always")]
CASES += [Case("verify none", send=GET.replace(b" /", b" /large"), connections=1), Case("verify none", send=GET.replace(b" /", b" /until-close"), connections=1),
          Case("verify none", send=GET.replace(b" /", b" /cut"), connections=1), Case("verify none", "good", proxy="mode tcp"),
          Case("verify none send-proxy", "proxied"), Case("verify none send-proxy-v2", "proxied")]
CASES += [Case("", settings="ssl-server-verify none"), Case("ca-file {d}/ca.pem", "stranger", settings="ssl-server-verify required", proxy="retries 0"),
          Case("verify none", settings="ssl-server-verify none\n  ssl-default-server-options ssl-max-ver TLSv1.2 no-tls-tickets\n  ssl-default-server-ciphers ECDHE-RSA-AES128-GCM-SHA256"),
          Case("ssl-max-ver TLSv1.3", settings="ssl-server-verify none\n  ssl-default-server-options ssl-max-ver TLSv1.2 no-tls-tickets\n  ssl-default-server-ciphers ECDHE-RSA-AES128-GCM-SHA256"),
          Case("", settings="ssl-server-verify none\n  ssl-default-server-options force-tlsv12"),
          Case("verify required ca-file ca.pem crt client.pem", "requires", settings="ca-base {d}\n  crt-base {d}")]
CASES += [Case("verify none", proxy="default-server ssl sni str(b.test) ssl-max-ver TLSv1.2"), Case("no-ssl", "cleartext", proxy="default-server ssl verify none")]

CHECKS = [Case(f"{options} check", server, proxy=proxy) for options, server, proxy in (
    ("ssl verify none", "good", ""), ("ssl verify required ca-file {d}/ca.pem", "good", ""), ("ssl verify required ca-file @system-ca", "good", ""),
    ("ssl verify required ca-file {d}/ca.pem check-sni b.test", "good", ""), ("ssl verify required ca-file {d}/ca.pem check-sni a.test sni str(b.test)", "good", ""),
    ("ssl verify required ca-file {d}/ca.pem sni str(b.test)", "good", ""), ("ssl verify required ca-file {d}/ca.pem verifyhost b.test", "good", ""),
    ("ssl verify none", "close", ""), ("ssl verify none", "stall", ""), ("ssl verify none", "refused", ""), ("ssl verify none", "good", "option httpchk"),
    ("ssl verify none", "stall", "option httpchk"), ("ssl verify none", "silent-end", "option httpchk"), ("check-ssl verify none", "good", ""),
    ("ssl verify none check-ssl addr 127.0.0.1", "good", ""), ("ssl verify none addr 127.0.0.1", "good", ""), ("ssl verify none no-check-ssl", "good", ""),
    ("ssl verify none check-alpn http/1.1 alpn foo", "good", ""), ("ssl verify none ssl-min-ver TLSv1.3", "old", ""), ("ssl verify none crt {d}/client.pem", "requires", ""),
    ("ssl verify none send-proxy", "proxied", ""), ("", "good", "option ssl-hello-chk"), ("", "plain", "option ssl-hello-chk"), ("", "stall", "option ssl-hello-chk"),
    ("", "close", "option ssl-hello-chk"), ("", "refused", "option ssl-hello-chk"), ("", "reset", "option ssl-hello-chk"))]


def make_signed(folder, file, name, alternatives, ca="ca.pem"):
    make_certificate(folder, file, name, alternatives, ca=ca, above="/C=DE/O=Tests/")


def make_files(folder):
    make_signed(folder, "ca.pem", "authority", "", ca="")
    make_signed(folder, "good.pem", "a.test", "DNS:a.test")
    make_signed(folder, "both.pem", "b.test", "DNS:a.test,DNS:c.test")
    make_signed(folder, "wild.pem", "wild", "DNS:*.w.test")
    make_signed(folder, "revoked.pem", "a.test", "DNS:a.test")
    make_signed(folder, "client.pem", "client", "")
    make_signed(folder, "stranger.pem", "a.test", "DNS:a.test", ca="")
    # Expired: `openssl ca` takes dates, and makes the list of revoked ones too.
    with open(f"{folder}/ca.cnf", "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\nserial={folder}/serial\nnew_certs_dir={folder}\ndefault_md=sha256\npolicy=p\n"
                   "default_days=30\ndefault_crl_days=30\n[p]\ncommonName=supplied\n")
    open(f"{folder}/index", "w", encoding="ascii").close()
    with open(f"{folder}/serial", "w", encoding="ascii") as file:
        file.write("01\n")
    openssl("req", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=a.test", "-keyout", f"{folder}/k", "-out", f"{folder}/r")
    keys = ["-config", f"{folder}/ca.cnf", "-cert", f"{folder}/ca.pem", "-keyfile", f"{folder}/ca.pem"]
    openssl("ca", "-batch", *keys, "-in", f"{folder}/r", "-out", f"{folder}/c", "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-notext")
    with open(f"{folder}/expired.pem", "w", encoding="ascii") as out:
        for part in "ck":
            with open(f"{folder}/{part}", encoding="ascii") as piece:
                out.write(piece.read())
    openssl("ca", *keys, "-revoke", f"{folder}/revoked.pem")
    openssl("ca", *keys, "-gencrl", "-out", f"{folder}/crl.pem")


def read_hello(bytes_):
    """What a client's hello says, without what is random."""
    if len(bytes_) < 44 or bytes_[0] != 0x16:
        return bytes_.hex()
    at = 9
    version, at = bytes_[at:at + 2].hex(), at + 34
    at += 1 + bytes_[at]
    size = int.from_bytes(bytes_[at:at + 2], "big")
    ciphers, at = bytes_[at + 2:at + 2 + size].hex(), at + 2 + size
    at += 1 + bytes_[at] + 2
    extensions = []
    while at + 4 <= len(bytes_):
        kind, size = int.from_bytes(bytes_[at:at + 2], "big"), int.from_bytes(bytes_[at + 2:at + 4], "big")
        value = bytes_[at + 4:at + 4 + size]
        # key shares, tickets, binders and padding are random or as long as those are
        extensions.append((kind, "" if kind in (51, 41, 35, 21) else value.hex()))
        at += 4 + size
    return version, ciphers, extensions


class Server(threading.Thread):
    """One server in one of many moods. `seen`: what it found out about its clients."""

    def __init__(self, mood, port, folder):
        super().__init__(daemon=True)
        self.mood, self.seen = mood, []
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        if mood == "refused":
            return
        self.socket.listen(20)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        named = mood if mood in ("both", "wild", "expired", "stranger", "revoked") else "good"
        self.context.load_cert_chain(f"{folder}/{named}.pem")
        self.context.set_alpn_protocols(["http/1.1"])
        if mood in ("old", "weak"):
            self.context.maximum_version = V.TLSv1_2
        if mood == "weak":
            self.context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        if mood == "no-tickets":
            self.context.options |= ssl.OP_NO_TICKET
            self.context.num_tickets = 0
        if mood in ("wants", "requires"):
            self.context.verify_mode = ssl.CERT_OPTIONAL if mood == "wants" else ssl.CERT_REQUIRED
            self.context.load_verify_locations(f"{folder}/ca.pem")
        self.start()

    def run(self):
        while True:
            try:
                talk, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(talk,), daemon=True).start()

    def serve(self, talk):
        talk.settimeout(5)
        try:
            if self.mood == "proxied":
                head = talk.recv(4096, socket.MSG_PEEK)
                size = head.index(b"\n") + 1 if head.startswith(b"PROXY") else 28
                talk.recv(size)
            if self.mood == "cleartext":
                return self.answer(talk)
            hello = talk.recv(65536, socket.MSG_PEEK)
            self.seen.append(read_hello(hello))
            if self.mood == "close":
                talk.recv(65536)
                return talk.close()
            if self.mood == "reset":
                return talk.close()  # with bytes unread
            if self.mood == "refuse":
                talk.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # a fatal alert, and at once a reset: the hello is unread
                return talk.close()
            if self.mood == "stall":
                return time.sleep(3)
            if self.mood == "plain":
                talk.recv(65536)
                talk.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                return talk.close()
            with self.context.wrap_socket(talk, server_side=True) as safe:
                shown = safe.getpeercert()
                self.seen.append((safe.version(), safe.cipher()[0], safe.selected_alpn_protocol(), safe.session_reused, shown and shown.get("subject")))
                if self.mood == "silent-end":
                    safe.recv(65536)
                    return None
                return self.answer(safe)
        except (OSError, ValueError) as fault:
            if isinstance(fault, ssl.SSLError):
                self.seen.append(("refused", fault.reason))
        return None

    def answer(self, talk):
        while True:
            request = talk.recv(65536)
            if not request:
                return None
            path = request.split()[1]
            if path == b"/large":
                talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 3000000)
            elif path == b"/until-close":
                talk.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 100000)
                return None
            elif path == b"/cut":
                talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
                return None
            else:
                talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n" + (b"Connection: close\r\n" if path == b"/close" else b"") + b"\r\nok\n")
                if path == b"/bye":  # idle for a moment, then goodbye
                    return time.sleep(0.05)


def configuration(cases, fronts, backs, log, folder, control, checks):
    text = f"""global
  nbthread 1
  tune.ssl.default-dh-param 2048
  log 127.0.0.1:{log} len 65000 local0
  stats socket {control} level admin
  {cases[0].settings.format(d=folder)}
defaults
  mode http
  retries 1
  timeout connect 400ms
  timeout client 3s
  timeout server 2s
  timeout check 400ms
  log global
"""
    text += "  option log-health-checks\n  default-server inter 500ms fall 1 rise 2\n" if checks else f"  log-format \"{SHOWN}\"\n"
    for number, case in enumerate(cases):
        tls = "" if checks or case.proxy.startswith("default-server") else "ssl "
        lines = case.proxy.format(d=folder)
        text += f"listen l{number}\n  bind 127.0.0.1:{fronts[number]}\n  {lines}\n  server s 127.0.0.1:{backs[number]} {tls}{case.options.format(d=folder)}\n"
    return text


def ask(case, port):
    """What a client gets, connection by connection."""
    results = []
    for number in range(case.connections):
        text = b""
        try:
            with socket.create_connection(("127.0.0.1", port), 4) as talk:
                for _ in range(1 if case.send is CLOSING or number == 0 else 2):
                    talk.sendall(case.send if number < 2 else case.send.replace(b"b.test", b"a.test"))
                    while b"\r\n\r\nok\n" not in text[-8:]:
                        piece = talk.recv(65536)
                        text += piece
                        if not piece or len(text) > 3000000:
                            break
                    text += b"|"
                    if b"/bye" in case.send:
                        time.sleep(0.15)
        except (ConnectionError, socket.timeout) as fault:
            text += type(fault).__name__.encode()
        results.append((len(text), text[:300]))
        time.sleep(0.1)
    return results


def command(control, words):
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(control)
        talk.sendall(words.encode() + b"\n")
        text = b""
        while piece := talk.recv(65536):
            text += piece
    return text.decode()


def table(control):
    rows = list(csv.reader(command(control, "show stat").removeprefix("# ").splitlines()))
    return {row["pxname"]: row for row in (dict(zip(rows[0], line)) for line in rows[1:]) if row.get("svname") == "s"}


def drain(sink):
    lines = []
    try:
        while True:
            lines.append(re.sub(r"^.*?\]: ", "", sink.recv(65535).decode()).strip())
    except socket.timeout:
        return lines


def run(program, cases, folder, name, ports, checks):
    """`name`: of this run's own socket and files."""
    fronts, backs = ports[:len(cases)], ports[len(cases):]
    servers = [Server(case.server, port, folder) for case, port in zip(cases, backs)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(0.2)
        path, control, said = f"{folder}/{name}.cfg", f"{folder}/{name}.sock", f"{folder}/{name}.errors"
        with open(path, "w", encoding="ascii") as file:
            file.write(configuration(cases, fronts, backs, sink.getsockname()[1], folder, control, checks))
        with open(said, "w+", encoding="utf-8") as errors:
            daemon = subprocess.Popen([program, "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=errors)
            try:
                for _ in range(100):
                    if os.path.exists(control) or daemon.poll() is not None:
                        break
                    time.sleep(0.05)
                if daemon.poll() is not None:
                    errors.seek(0)
                    sys.exit(f"{program} did not start:\n{errors.read()}")
                time.sleep(0.2)
                return found_by_checks(cases, sink, servers, control) if checks else found_by_traffic(cases, fronts, sink, servers, control)
            finally:
                daemon.terminate()
                daemon.wait(10)
                for server in servers:
                    server.socket.close()
                if os.path.exists(control):
                    os.unlink(control)


def run_both(options, cases, folder, checks):
    """The same at the same time: most of it is waiting."""
    ports = free_ports(4 * len(cases))
    with ThreadPoolExecutor(2) as both:
        theirs = both.submit(run, options.reference, cases, folder, "theirs", ports[:2 * len(cases)], checks)
        ours = both.submit(run, options.prog, cases, folder, "ours", ports[2 * len(cases):], checks)
        return theirs.result(), ours.result()


REASON = " 167773200 error:0A000410:SSL routines::sslv3 alert handshake failure "


def forgive_lost_alerts(cases, theirs, ours):
    """Where an alert and a reset come together, haproxy may see the reset first and log no reason; we always read the alert."""
    for case, one, other in zip(cases, theirs, ours):
        if case.server in ("refuse", "requires") and "counted" in one:
            one["log"] = [own if own.replace(REASON, " 0 - ") == line else line for line, own in zip(one["log"], other["log"])] + one["log"][len(other["log"]):]


def run_twice(options, cases, folder, checks):
    """As run_both, with a second look at what differs."""
    results = run_both(options, cases, folder, checks)
    forgive_lost_alerts(cases, *results)
    second_look(unequal(*results), results, [f"{case.options} ({case.server})" for case in cases],
                lambda some: run_both(options, [cases[at] for at in some], folder, checks))
    forgive_lost_alerts(cases, *results)
    return results


def found_by_traffic(cases, fronts, sink, servers, control):
    drain(sink)
    results = []
    for case, port, server in zip(cases, fronts, servers):
        answers = ask(case, port)
        results.append({"answers": answers, "log": drain(sink), "server": list(server.seen)})
    counted = table(control)
    for number, result in enumerate(results):
        result["counted"] = {name: counted[f"l{number}"].get(name) for name in COUNTED}
    return results


def found_by_checks(cases, sink, servers, control):
    time.sleep(1.6)
    first = {}
    for line in drain(sink):
        found = re.search(r"Health check for server (l\d+)/s (.*), check duration: \d+ms(.*)", line)
        if found:
            first.setdefault(found[1], found[2] + found[3])
    rows = table(control)
    results = []
    for number, server in enumerate(servers):
        row = rows[f"l{number}"]
        # how many there were by now is a matter of time
        shaken = (row["ssl_sess"] != "0", row["ssl_failed_handshake"] != "0")
        results.append({"log": first.get(f"l{number}"), "status": row["check_status"].removeprefix("* "), "text": row["check_desc"],
                        "server": server.seen[:2], "shaken": shaken})
    return results


def switched(program, folder):
    """What "set server ... ssl" says and does, step by step."""
    fronts, backs = free_ports(4), free_ports(2)
    servers = [Server(mood, port, folder) for mood, port in zip(("good", "cleartext"), backs)]
    control = f"{folder}/switch.sock"
    text = f"global\n  stats socket {control} level admin\ndefaults\n  mode http\n  retries 0\n  timeout connect 1s\n  timeout client 2s\n  timeout server 500ms\n"
    for front, lines in zip(fronts, (f"server s 127.0.0.1:{backs[0]} ssl verify none", f"server s 127.0.0.1:{backs[1]}",
                                     f"default-server ssl verify none\n  server s 127.0.0.1:{backs[0]} no-ssl",
                                     f"server s 127.0.0.1:{backs[0]} check-ssl verify none")):
        text += f"listen l{fronts.index(front)}\n  bind 127.0.0.1:{front}\n  {lines}\n"
    with open(f"{folder}/switch.cfg", "w", encoding="ascii") as file:
        file.write(text)
    daemon = subprocess.Popen([program, "-db", "-f", f"{folder}/switch.cfg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.exists(control):
                break
            time.sleep(0.05)
        time.sleep(0.2)
        seen = [[line.split()[-5] for line in command(control, "show servers state").splitlines() if " s 127.0.0.1 " in line]]  # srv_use_ssl
        for words in ("l0/s ssl", "l0/s ssl maybe", "l1/s ssl on", "l0/s ssl off", "l0/s ssl on", "l2/s ssl on", "l2/s ssl off", "l3/s ssl on"):
            said = command(control, "set server " + words).strip()
            seen.append((words, said, [ask(Case(""), front)[0][1][:12] for front in fronts]))
        return seen
    finally:
        daemon.terminate()
        daemon.wait(10)
        for server in servers:
            server.socket.close()
        if os.path.exists(control):
            os.unlink(control)


def compare(cases, theirs, ours):
    differ = 0
    for case, one, other in zip(cases, theirs, ours):
        if one == other:
            continue
        differ += 1
        print(f"DIFFERS {case}")
        for key in one:
            if one[key] != other[key]:
                print(f"  {key}\n    haproxy {one[key]}\n    proxyd  {other[key]}")
    return differ


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options.add_argument("--only", default="")
    options = options.parse_args()
    if not os.access(options.reference, os.X_OK):
        print(f"{options.reference} is not installed")
        return 77
    groups = {}
    for case in CASES:
        if options.only in str(case):
            groups.setdefault(case.settings, []).append(case)
    checks = [case for case in CHECKS if options.only in str(case)]
    differ = 0
    with tempfile.TemporaryDirectory(prefix="tls-servers-") as folder:
        make_files(folder)
        for cases in groups.values():
            differ += compare(cases, *run_twice(options, cases, folder, False))
        if checks:
            differ += compare(checks, *run_twice(options, checks, folder, True))
        for one, other in zip(switched(options.reference, folder), switched(options.prog, folder)):
            if one != other:
                differ += 1
                print(f"DIFFERS set server ssl\n  haproxy {one}\n  proxyd  {other}")
    print(f"{sum(map(len, groups.values())) + len(checks) + 9} cases, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
