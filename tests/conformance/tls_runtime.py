#!/usr/bin/env python3
"""Certificates changed at run time beside haproxy: the same commands to both, the same answers, the same certificates shown to
clients afterwards; and one replaced under load, without a handshake lost.

  tls_runtime.py [--prog PROXYD] [--reference HAPROXY]

Exits 0, 1 for differences, 77 without haproxy.
"""
import argparse
import base64
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import tls_runtime_servers as servers
from ports import free_ports
from tls_side_by_side import make_certificate, openssl

CONFIGURATION = """global
  {extra}
  stats socket {folder}/{which}.sock level admin
  crt-base {folder}
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
frontend f
  bind 127.0.0.1:{port} ssl crt a.pem crt-list {folder}/l.list
  bind 127.0.0.1:{other} ssl crt o.pem crt i.pem crt {folder}/dir tls-ticket-keys {folder}/keys
  http-request return status 200
"""


TRUSTING = """global
  stats socket {folder}/{which}.sock level admin
  ca-base {folder}
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
frontend f
  bind 127.0.0.1:{port} ssl crt {folder}/a.pem ca-file one.ca crl-file one.crl verify required
  bind 127.0.0.1:{other} ssl crt {folder}/a.pem ca-file one.ca ca-verify-file two.ca verify required
  bind 127.0.0.1:{third} ssl crt-list {folder}/trust.list ca-file two.ca verify optional
  http-request return status 200
"""


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def make_response(folder):
    """An authority's answer about o.pem, as the file beside it and in base64."""
    serial = subprocess.run(["openssl", "x509", "-in", f"{folder}/o.pem", "-noout", "-serial"], check=True, capture_output=True,
                            text=True).stdout.strip().split("=")[1]
    write(f"{folder}/index", f"V\t301231235959Z\t\t{serial}\tunknown\t/CN=o.test\n")
    openssl("ocsp", "-issuer", f"{folder}/ca.pem", "-cert", f"{folder}/o.pem", "-reqout", f"{folder}/request", "-no_nonce")
    openssl("ocsp", "-index", f"{folder}/index", "-rsigner", f"{folder}/ca.pem", "-rkey", f"{folder}/ca.pem", "-CA", f"{folder}/ca.pem",
            "-reqin", f"{folder}/request", "-respout", f"{folder}/o.pem.ocsp", "-ndays", "3")
    with open(f"{folder}/o.pem.ocsp", "rb") as file:
        return base64.b64encode(file.read()).decode()


def make_files(folder):
    os.mkdir(f"{folder}/dir")
    for name in "abcd":
        make_certificate(folder, f"{name}.pem", f"{name}.test", f"DNS:{name}.test,DNS:*.{name}.test" if name == "b" else "")
    make_certificate(folder, "e.pem", "e.test", key="ec")
    make_certificate(folder, "dir/1.pem", "one.test")
    make_certificate(folder, "ca.pem", "authority")
    make_certificate(folder, "o.pem", "o.test", ca="ca.pem")
    with open(f"{folder}/o.pem", "a", encoding="ascii") as file:
        file.write(read(f"{folder}/ca.pem").split("-----BEGIN PRIVATE")[0])
    make_certificate(folder, "middle.pem", "middle", ca="ca.pem")
    make_certificate(folder, "i.pem", "i.test", ca="middle.pem", key="ec")
    os.mkdir(f"{folder}/issuers")
    write(f"{folder}/issuers/middle", "".join(read(f"{folder}/{name}.pem").split("-----BEGIN PRIVATE")[0] for name in ("middle", "ca")))
    write(f"{folder}/issuers/none", "no certificate")
    certificate, key = (read(f"{folder}/{part}.pem") for part in "ab")
    write(f"{folder}/mixed", certificate.split("-----BEGIN PRIVATE")[0] + "-----BEGIN PRIVATE" + key.split("-----BEGIN PRIVATE")[1])
    write(f"{folder}/keyless", certificate.split("-----BEGIN PRIVATE")[0])
    write(f"{folder}/b.key", "-----BEGIN PRIVATE" + key.split("-----BEGIN PRIVATE")[1])
    write(f"{folder}/a.key", "-----BEGIN PRIVATE" + certificate.split("-----BEGIN PRIVATE")[1])
    write(f"{folder}/l.list", "a.pem\nb.pem [alpn http/1.1 ssl-min-ver TLSv1.2] q.test !x.test\n\nc.pem\n")
    write(f"{folder}/keys", "".join(base64.b64encode(bytes([n]) * 48).decode() + "\n" for n in (1, 2, 3)))
    return make_response(folder)


def make_authorities(folder):
    """one.ca and two.ca, who signed client-one.pem and client-two.pem; what each of them revoked: nothing, or its client's."""
    for number, name in enumerate(("one", "two")):
        make_certificate(folder, f"{name}.pem", name, key="ec")
        write(f"{folder}/{name}.ca", read(f"{folder}/{name}.pem").split("-----BEGIN PRIVATE")[0])
        make_certificate(folder, f"client-{name}.pem", f"client of {name}", key="ec", ca=f"{name}.pem")
        write(f"{folder}/{name}.index", "")
        write(f"{folder}/{name}.number", f"0{number + 1}")
        write(f"{folder}/{name}.cnf", f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/{name}.index\ncrlnumber={folder}/{name}.number\n"
              "default_md=sha256\ndefault_crl_days=30\n")
        words = ["ca", "-config", f"{folder}/{name}.cnf", "-keyfile", f"{folder}/{name}.pem", "-cert", f"{folder}/{name}.pem"]
        openssl(*words, "-gencrl", "-out", f"{folder}/{name}.crl")
        openssl(*words, "-revoke", f"{folder}/client-{name}.pem", "-crl_reason", "keyCompromise")
        openssl(*words, "-gencrl", "-out", f"{folder}/{name}-revoked.crl")
    write(f"{folder}/both.ca", read(f"{folder}/one.ca") + read(f"{folder}/two.ca"))
    write(f"{folder}/both.crl", read(f"{folder}/one.crl") + read(f"{folder}/two-revoked.crl"))
    write(f"{folder}/trust.list", f"{folder}/a.pem [ca-file one.ca crl-file one.crl verify required] a.test\n{folder}/b.pem\n")


def trusting(folder):
    """Steps with "+one" and "-one": whether that client is let in, at the first listener and at the second."""
    def put(kind, what, file):
        return f"set ssl {kind} {what} <<\n{read(f'{folder}/{file}')}"

    one, two, crl = f"{folder}/one.ca", f"{folder}/two.ca", f"{folder}/one.crl"
    let_in = ["+one", "+two", "-one", "-two", "+", "-"]
    steps = let_in + ["show ssl ca-file", f"show ssl ca-file {one}", "show ssl crl-file", f"show ssl crl-file {crl}"]
    for kind, name, others in (("ca-file", one, ("one.pem", "nothing", "both.ca")), ("crl-file", crl, ("one.pem", "nothing", "one-revoked.crl"))):
        steps += [f"set ssl {kind}", f"set ssl {kind} {name}", put(kind, "nope", "both.ca"), f"commit ssl {kind}", f"commit ssl {kind} {name}",
                  f"abort ssl {kind}", f"abort ssl {kind} {name}"]
        steps += [put(kind, name, other) for other in others]
        steps += [put("ca-file", two, "one.ca"), f"abort ssl ca-file {two}", f"show ssl {kind}", f"show ssl {kind} *{name}", f"show ssl {kind} *{name}:2", f"abort ssl {kind} nope",
                  f"commit ssl {kind} nope", *let_in, f"commit ssl {kind} {name}", *let_in, f"commit ssl {kind} {name}", f"show ssl {kind} {name}",
                  f"show ssl {kind} {name}:2", f"show ssl {kind} {name}:0", f"show ssl {kind} {name}:9", f"show ssl {kind} nope"]
        steps += [put(kind, name, "one.ca"), f"abort ssl {kind} {name}", f"new ssl {kind}", f"new ssl {kind} {name}", f"new ssl {kind} new",
                  f"show ssl {kind}", f"show ssl {kind} new", put(kind, "new", "both.ca"), f"commit ssl {kind} new", f"show ssl {kind} new",
                  f"del ssl {kind}", f"del ssl {kind} nope", f"del ssl {kind} {name}", f"del ssl {kind} new", f"show ssl {kind}"]
    return steps + [put("crl-file", crl, "both.crl"), f"commit ssl crl-file {crl}", *let_in, put("ca-file", two, "one.ca"), f"commit ssl ca-file {two}",
                    *let_in, put("ca-file", one, "two.ca"), f"commit ssl ca-file {one}", *let_in]


def commands(folder, response):
    """In order; a text with lines is a command with a payload."""
    def put(what, file):
        return f"set ssl cert {folder}/{what} <<\n{read(f'{folder}/{file}')}"

    def line(text):
        return f"add ssl crt-list {folder}/l.list <<\n{text}\n"

    a, n, listed = f"{folder}/a.pem", f"{folder}/n.pem", f"{folder}/l.list"
    new_key = base64.b64encode(bytes([9]) * 48).decode()
    return [
        "show ssl cert", *(f"show ssl cert {folder}/{name}.pem" for name in ("a", "b", "e", "o", "dir/1")), f"show ssl cert *{a}",
        "show ssl crt-list", f"show ssl crt-list {listed}", f"show ssl crt-list -n {listed}", f"show ssl crt-list {folder}/dir",
        "show ssl crt-list nope", "show ssl crt-list -n",
        "set ssl cert", f"set ssl cert {a}", "set ssl cert nope <<\nfoo\n", f"set ssl cert {a} <<\nfoo\n", "commit ssl cert", "commit ssl cert nope",
        f"commit ssl cert {a}", "abort ssl cert", "abort ssl cert nope", "new ssl cert", f"new ssl cert {a}", "del ssl cert", "del ssl cert nope",
        f"del ssl cert {a}",
        f"new ssl cert {n}", "show ssl cert", f"show ssl cert {n}", line(n), f"commit ssl cert {n}", put("n.pem", "d.pem"), "show ssl cert",
        f"show ssl cert *{n}", f"abort ssl cert {a}", put("n.pem", "d.pem"), f"commit ssl cert {n}", f"commit ssl cert {n}",
        "?d.test", f"add ssl crt-list {listed} {n}", "?d.test", line(f"{n} [alpn http/1.1] foo.test !bar.test"), "?foo.test", "?bar.test",
        line(f"{n} [bogus] x"), line("nope [alpn http/1.1]"), line(f"{n} [ciphers NOPE] x"), line(f"{n} alpn]"), "add ssl crt-list",
        f"add ssl crt-list nope {n}", f"add ssl crt-list {listed} nope", f"add ssl crt-list {folder}/dir {a}", f"add ssl crt-list {folder}/dir {folder}/dir/1.pem",
        f"show ssl crt-list -n {listed}", f"del ssl cert {n}", f"del ssl crt-list {listed} {n}", f"del ssl crt-list {listed} {n}:99",
        f"del ssl crt-list {listed} {n}:5", "?d.test", f"del ssl crt-list {listed} {n}", "?foo.test", f"show ssl crt-list {listed}",
        "del ssl crt-list", f"del ssl crt-list nope {n}", f"del ssl crt-list {listed} nope", f"del ssl cert {n}", "show ssl cert",
        put("a.pem", "e.pem"), "?a.test", f"commit ssl cert {a}", "?a.test", "?", f"show ssl cert {a}", "?e.test",
        put("a.pem", "mixed"), f"commit ssl cert {a}", f"abort ssl cert {a}", put("a.pem", "keyless"), f"commit ssl cert {a}", f"abort ssl cert {a}",
        "?a.test", put("a.pem", "a.pem"), f"commit ssl cert {a}", put("a.pem.key", "a.key"), f"commit ssl cert {a}", put("a.pem.key", "b.key"),
        f"commit ssl cert {a}", f"abort ssl cert {a}", "?a.test",
        "show ssl ocsp-response", "show ssl ocsp-response 00", "set ssl ocsp-response", "set ssl ocsp-response xx", "set ssl ocsp-response Zm9v",
        f"set ssl ocsp-response {response}", f"set ssl cert {folder}/o.pem.ocsp <<\n{response}\n", f"commit ssl cert {folder}/o.pem",
        "show tls-keys", f"show tls-keys {folder}/keys", "show tls-keys nope", "set ssl tls-key", "set ssl tls-key nope x",
        f"set ssl tls-key {folder}/keys xx", f"set ssl tls-key {folder}/keys {new_key}", f"show tls-keys {folder}/keys", f"set ssl tls-key #0 {new_key}",
        "show tls-keys *",
    ]


def ask(path, command):
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(5)
        talk.connect(path)
        talk.sendall(command.encode() + b"\n")
        talk.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := talk.recv(65536):
            answer += piece
        return answer.decode()


def context_of():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def shown(port, name):
    with socket.create_connection(("127.0.0.1", port), 3) as plain, context_of().wrap_socket(plain, server_hostname=name or None) as talk:
        return ssl.DER_cert_to_PEM_cert(talk.getpeercert(True))


def chain(port, name):
    """Subjects of all certificates that the server sends."""
    talk = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name, "-showcerts"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=10)
    return "\n".join(re.findall(r"^ *\d+ s:.*", talk.stdout, re.M)) + "\n"


def is_let_in(port, certificate):
    context = context_of()
    if certificate:
        context.load_cert_chain(certificate)
    try:
        with socket.create_connection(("127.0.0.1", port), 3) as plain, context.wrap_socket(plain, server_hostname="a.test") as talk:
            talk.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return talk.recv(100).decode()[:12] + "\n"
    except ssl.SSLError as fault:
        return f"{fault.reason}\n"
    except OSError as fault:
        return f"{type(fault).__name__}\n"


class Daemon:
    def __init__(self, program, which, folder, extra, form, server=0):
        self.path = f"{folder}/{which}.sock"
        self.port, self.other, third = free_ports(3)
        write(f"{folder}/{which}.cfg", form.format(folder=folder, which=which, port=self.port, other=self.other, third=third, extra=extra, server=server))
        self.process = subprocess.Popen([program, "-db", "-f", f"{folder}/{which}.cfg"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit(f"{program} did not start: {self.process.communicate()[1]}")
                time.sleep(0.05)

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()


def answers(daemon, steps, folder):
    names = {shown_text(f"{folder}/{file}"): file for file in ("a.pem", "b.pem", "c.pem", "d.pem", "e.pem")}
    results = []
    for step in steps:
        if step.startswith("?"):
            text = names.get(shown(daemon.port, step[1:]), "?")
        elif step[0] == "^":
            text = servers.asked(daemon.other, step[1:])
        elif step[0] == "~":
            text = servers.wait_for(ask, daemon.path, *step[1:].split())
        elif step[0] in "+-":
            text = is_let_in(daemon.port if step[0] == "+" else daemon.other, step[1:] and f"{folder}/client-{step[1:]}.pem")
        else:
            text = chain(daemon.other, step[1:]) if step.startswith("=") else ask(daemon.path, step)
        # The original prints the zero byte that it ends a list of protocols with.
        text = re.sub(r"127\.0\.0\.1:\d+|[a-z]+\.cfg", "X", text).replace("\0", "")
        results.append(text)
    return results


def shown_text(path):
    return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(read(path).split("-----BEGIN PRIVATE")[0].strip()))


def replace_under_load(daemon, folder):
    """What went wrong while one certificate took another's place again and again."""
    faults, seen, stop = [], set(), threading.Event()

    def shake():
        while not stop.is_set():
            try:
                seen.add(shown(daemon.port, "a.test"))
            except OSError as fault:
                faults.append(f"a handshake was lost: {fault}")

    threads = [threading.Thread(target=shake) for _ in range(3)]
    for each in threads:
        each.start()
    for turn in range(20):
        file = ("a.pem", "e.pem")[turn % 2]
        ask(daemon.path, f"set ssl cert {folder}/a.pem <<\n{read(f'{folder}/{file}')}")
        answer = ask(daemon.path, f"commit ssl cert {folder}/a.pem")
        if "Success!" not in answer:
            faults.append(f"not replaced: {answer}")
        time.sleep(0.03)
    stop.set()
    for each in threads:
        each.join()
    if len(seen) != 2:
        faults.append(f"{len(seen)} certificates were seen where there should be two")
    return faults


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options = options.parse_args()
    if not os.access(options.reference, os.X_OK):
        return 77
    with tempfile.TemporaryDirectory(prefix="tls-run-") as folder:
        response = make_files(folder)
        chains = ["=o.test", "=i.test", f"show ssl cert {folder}/i.pem"]
        changed = [f"set ssl cert {folder}/i.pem <<\n{read(f'{folder}/i.pem')}", f"show ssl cert *{folder}/i.pem", f"commit ssl cert {folder}/i.pem", "=i.test"]
        issuers = f"issuers-chain-path {folder}/issuers"
        make_authorities(folder)
        write(f"{folder}/nothing", "nothing\n")
        differ, count, faults = 0, 0, []
        server = servers.Server(folder)
        for form, extra, steps in ((CONFIGURATION, "", commands(folder, response) + chains), (CONFIGURATION, issuers, chains + changed),
                                   (CONFIGURATION, f"ssl-skip-self-issued-ca\n  {issuers}", chains + changed), (TRUSTING, "", trusting(folder)),
                                   (servers.FORM, "", servers.steps(folder, read))):
            both = []
            for which, program in (("theirs", options.reference), ("ours", options.prog)):
                daemon = Daemon(program, which, folder, extra, form, server.port)
                try:
                    both.append(answers(daemon, steps, folder))
                    faults += replace_under_load(daemon, folder) if which == "ours" and form is CONFIGURATION and not extra else []
                finally:
                    daemon.end()
            count += len(steps)
            for step, one, other in zip(steps, *both):
                if one != other:
                    differ += 1
                    print(f"DIFFERS {step[:150]!r}\n--- haproxy\n{one}--- proxyd\n{other}")
        server.end()
    for each in faults:
        print(each)
    print(f"{count} commands, {differ} differ; {len(faults)} faults under load")
    return 1 if differ or faults else 0


if __name__ == "__main__":
    sys.exit(main())
