#!/usr/bin/env python3
"""What HAProxy 3.x knows of certificates and 2.6 does not: each step has what must come of it written beside.

  tls_newer.py [--prog PROXYD]

Exits 0, 1 for a step that went wrong.
"""
import argparse
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile

from tls_runtime import Daemon, ask, context_of, is_let_in, read, shown, shown_text, write
from tls_side_by_side import make_certificate, openssl

STORES = """global
  stats socket {folder}/{which}.sock level admin
  crt-base {folder}/crt
  key-base {folder}/key
crt-store
  load crt a.crt key a.key alias a
  load crt plain.pem
crt-store web
  crt-base {folder}/web
  key-base {folder}/web/keys
  load crt b.crt key b.key
  load crt c.crt key {folder}/web/keys/c.key alias c
  load crt swapped.pem key b.key alias swapped
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
frontend f
  bind 127.0.0.1:{port} ssl crt @/a crt @web/b.crt crt-list {folder}/l.list
  bind 127.0.0.1:{other} ssl crt @web/swapped crt @/plain.pem crt plain.pem
  http-request return status 200
backend b
  server s 127.0.0.1:{third} ssl verify none crt @web/c
"""


DEFAULTS = """global
  stats socket {folder}/{which}.sock level admin
  crt-base {folder}
  ca-base {folder}
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
frontend f
  bind 127.0.0.1:{port} ssl crt a.test default-crt b.test crt c.test default-crt ec.pem ca-file one.ca verify optional
  bind 127.0.0.1:{other} ssl crt-list {folder}/stars.list
  http-request return status 200 unless {{ path /servers }}
  default_backend servers
frontend g
  bind 127.0.0.1:{third} ssl strict-sni crt a.test default-crt b.test
  http-request return status 200
backend servers
  http-request set-path /
  server s 127.0.0.1:{other} ssl verify required ca-file other.ca
"""
SNI = "# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore\n"


def split(folder, name, into, certificate, key):
    """A certificate and its key in files of their own."""
    make_certificate(folder, "whole.pem", name)
    text = read(f"{folder}/whole.pem")
    head, tail = text.split("-----BEGIN PRIVATE")
    write(f"{folder}/{into}/{certificate}", head)
    write(f"{folder}/{key}", "-----BEGIN PRIVATE" + tail)
    os.rename(f"{folder}/whole.pem", f"{folder}/{name}")


def make_files(folder):
    for each in ("crt", "key", "web", "web/keys"):
        os.mkdir(f"{folder}/{each}")
    split(folder, "a.test", "crt", "a.crt", "key/a.key")
    split(folder, "b.test", "web", "b.crt", "web/keys/b.key")
    split(folder, "c.test", "web", "c.crt", "web/keys/c.key")
    split(folder, "l.test", "crt", "l.crt", "key/l.key")
    make_certificate(folder, "crt/plain.pem", "plain.test")
    make_certificate(folder, "new.test", "a.test")
    # b.test's certificate with another key behind it: what "key" names counts.
    write(f"{folder}/web/swapped.pem", read(f"{folder}/web/b.crt") + read(f"{folder}/key/a.key"))
    make_certificate(folder, "ec.pem", "ec.test", key="ec")
    for each in ("one", "two", "three"):
        make_certificate(folder, f"{each}.pem", each, key="ec")
        make_certificate(folder, f"of-{each}.pem", f"client of {each}", key="ec", ca=f"{each}.pem")
        write(f"{folder}/{each}.ca", read(f"{folder}/{each}.pem").split("-----BEGIN PRIVATE")[0])
    openssl("req", "-x509", "-nodes", "-days", "300", "-subj", "/CN=long", "-newkey", "rsa:2048", "-keyout", f"{folder}/k", "-out", f"{folder}/c")
    write(f"{folder}/long.pem", read(f"{folder}/c") + read(f"{folder}/k"))
    write(f"{folder}/stars.list", "a.test\nb.test *\nlong.pem *.w.test !no.w.test !no.x.test\n")
    write(f"{folder}/other.ca", read(f"{folder}/one.ca"))
    write(f"{folder}/l.list", "@web/c c.test\nl.crt [key l.key alpn http/1.1] l.test\n")


def put(folder, kind, name, file):
    return f"set ssl {kind} {name} <<\n{read(f'{folder}/{file}')}"


def stores(folder):
    """"?name": who is shown at the first listener for that name, "!name" at the second; other steps are commands, whose answer
    must have the text."""
    return [
        ("?a.test", "a.test"), ("?b.test", "b.test"), ("?c.test", "c.test"), ("?l.test", "l.test"), ("?nobody.test", "a.test"),
        ("!b.test", "b.test"), ("!plain.test", "crt/plain.pem"), ("!nobody.test", "b.test"),
        ("show ssl cert", f"# filename\n{folder}/crt/l.crt\n{folder}/crt/plain.pem\n@/a\n@web/b.crt\n@web/c\n@web/swapped\n"),
        ("show ssl cert @/a", "Filename: @/a\nStatus: Used\n"), ("show ssl cert @web/c", "Status: Used\n"), ("show ssl cert @/b", "Not found"),
        (f"show ssl crt-list {folder}/l.list", f"@web/c c.test\n{folder}/crt/l.crt [key l.key alpn http/1.1] l.test\n"),
        (put(folder, "cert", "@/a", "new.test"), "Transaction created for certificate @/a!"), ("commit ssl cert @/a", "Committing @/a.\nSuccess!"),
        ("?a.test", "new.test"), (put(folder, "cert", "@/a.key", "new.test"), "Transaction created for certificate @/a!"),
        ("commit ssl cert @/a", "Success!"), ("del ssl cert @/a", "in use, can't be deleted"), ("del ssl cert @web/c", "in use, can't be deleted"),
        (f"add ssl crt-list {folder}/l.list <<\n@web/swapped d.test\n", "Success!"), ("?d.test", "b.test"),
        (f"add ssl crt-list {folder}/l.list <<\n@web/swapped [key x] e.test\n", "cannot be named any more"),
        (f"add ssl crt-list {folder}/l.list <<\n@web/nope e.test\n", "certificate '@web/nope' does not exist!"),
        (f"del ssl crt-list {folder}/l.list @web/swapped", "Entry '@web/swapped' deleted in crtlist"), ("?d.test", "new.test"),
    ]


def defaults(folder):
    """"+one": what that authority's client gets."""
    table = [("f", 11, "a.test", "-", "rsa", "a.test"), ("f", 11, "*", "-", "rsa", "a.test"), ("f", 11, "b.test", "-", "rsa", "b.test"),
             ("f", 11, "*", "-", "rsa", "b.test"), ("f", 11, "c.test", "-", "rsa", "c.test"), ("f", 11, "ec.test", "-", "ecdsa", "ec.pem"),
             ("f", 11, "*", "-", "ecdsa", "ec.pem"), ("f", 12, "a.test", "-", "rsa", "a.test"), ("f", 12, "*", "-", "rsa", "a.test"),
             ("f", 12, "*", "-", "rsa", "b.test"), ("f", 12, "*.w.test", "!no.w.test", "rsa", "long.pem")]
    other = [("g", 16, "a.test", "-", "rsa", "a.test"), ("g", 16, "*", "-", "rsa", "a.test"), ("g", 16, "b.test", "-", "rsa", "b.test"),
             ("g", 16, "*", "-", "rsa", "b.test")]

    def lines(rows):
        return SNI + "".join(f"{front}/{folder}/defaults.cfg:{line}\t{name}\t{negative}\t{kind}\t{folder}/{file}\tDATE\tDATE\n"
                             for front, line, name, negative, kind, file in rows)

    one = f"{folder}/one.ca"
    return [
        ("?a.test", "a.test"), ("?c.test", "c.test"), ("?ec.test", "ec.pem"), ("?nobody.test", "ec.pem"), ("?", "ec.pem"),
        ("!a.test", "a.test"), ("!b.test", "b.test"), ("!nobody.test", "b.test"), ("!yes.w.test", "long.pem"), ("!no.w.test", "b.test"),
        ("show ssl sni", lines(table + other)), ("show ssl sni -f g", lines(other)), ("show ssl sni -f nope", "No such frontend."),
        ("show ssl sni -f", "'-f' requires a frontend name"), ("show ssl sni -x", "not '-x'"), ("show ssl sni -t 1d", "goes with it"),
        ("show ssl sni -A -t x", "'-t' expects a time, not 'x'"),
        ("show ssl sni -A", SNI + "\n"), ("show ssl sni -A -t 29d", SNI + "\n"), ("show ssl sni -A -f g -t 31d", lines(other)),
        ("show ssl sni -A -t 2678400", lines([row for row in table if row[5] != "long.pem"] + other)),
        (put(folder, "cert", f"{folder}/b.test", "c.test"), "Transaction created"), (f"commit ssl cert {folder}/b.test", "Success!"),
        ("!nobody.test", "c.test"),
        # 2.6 says success here, and servers without a certificate of ours go on as before.
        ("@/servers", "503"), ("show ssl ca-file", f"{folder}/other.ca - 1 certificate(s)\n"), (f"del ssl ca-file {folder}/other.ca", "in use, can't be deleted"),
        (put(folder, "ca-file", f"{folder}/other.ca", "c.test"), "transaction created"), ("@/servers", "503"),
        (f"commit ssl ca-file {folder}/other.ca", f"Committing {folder}/other.ca.\nSuccess!"), ("@/servers", "200"),
        ("add ssl ca-file", "'add ssl ca-file expects a filename and CAs as a payload"),
        ("add ssl ca-file nope <<\nx\n", "Can't replace a CA file which is not referenced by the configuration!"),
        (f"add ssl ca-file {one} <<\nx\n", "Invalid payload"),
        ("+one", "HTTP/1.1 200\n"), ("+two", "TLSV1_ALERT_UNKNOWN_CA\n"), ("+three", "TLSV1_ALERT_UNKNOWN_CA\n"),
        (put(folder, "ca-file", one, "two.ca").replace("set", "add", 1), f"transaction created for CA {one}!"),
        (f"show ssl ca-file *{one}", "Certificate #2:"), ("+two", "TLSV1_ALERT_UNKNOWN_CA\n"),
        (f"commit ssl ca-file {one}", "Success!"), ("+one", "HTTP/1.1 200\n"), ("+two", "HTTP/1.1 200\n"), ("+three", "TLSV1_ALERT_UNKNOWN_CA\n"),
        (put(folder, "ca-file", one, "two.ca"), "transaction created"),
        (put(folder, "ca-file", one, "three.ca").replace("set", "add", 1), f"transaction updated for CA {one}!"),
        (put(folder, "ca-file", one, "three.ca").replace("set", "add", 1), f"transaction updated for CA {one}!"),
        ("show ssl ca-file", f"# transaction\n*{one} - 2 certificate(s)\n"), (f"commit ssl ca-file {one}", "Success!"),
        ("+one", "TLSV1_ALERT_UNKNOWN_CA\n"), ("+two", "HTTP/1.1 200\n"), ("+three", "HTTP/1.1 200\n"),
    ]


MISTAKES = [  # lines of a store, what a bind line says, the message
    ("load crt nope.pem", "", "'load' : unable to open certificate file '{d}/crt/nope.pem' : No such file or directory."),
    ("load crt a.crt", "", "'load' : No Private Key found in '{d}/crt/a.crt.key'."),
    ("load crt a.crt key nope", "", "'load' : No Private Key found in 'nope'."),
    ("load crt a.crt key {d}/web/keys/b.key", "", "'load' : inconsistencies between private key and certificate loaded '{d}/crt/a.crt'."),
    ("load crt plain.pem ocsp nope", "", "'load' : unable to open file '{d}/crt/nope' : No such file or directory."),
    ("load crt plain.pem issuer nope", "", "'load' : unable to open file '{d}/crt/nope' : No such file or directory."),
    ("load crt plain.pem sctl plain.pem", "", "'load' :  '{d}/crt/plain.pem.sctl' is present but cannot be read or parsed'."),
    ("load crt plain.pem\n  load crt plain.pem", "", "'load' : certificate '@s/plain.pem' is loaded already."),
    ("load crt plain.pem alias x\n  load crt plain.pem alias x", "", "'load' : certificate '@s/x' is loaded already."),
    ("load crt plain.pem", "crt @s/nope", "'bind 127.0.0.1:1' in section 'frontend' : unable to stat SSL certificate from file '@s/nope' : No such file or directory."),
    ("load crt plain.pem alias x", "crt @s/plain.pem", "unable to stat SSL certificate from file '@s/plain.pem' : No such file or directory."),
    ("load crt plain.pem", "crt-list {d}/wrong.list", "'crt-list' : certificate '@s/plain.pem' is loaded already, with other files."),
]


def check_mistakes(program, folder):
    faults = 0
    write(f"{folder}/wrong.list", "@s/plain.pem [key nope]\n")
    for lines, bind, wanted in MISTAKES:
        options = bind.replace("{d}", folder) or f"crt {folder}/crt/plain.pem"
        write(f"{folder}/wrong.cfg", f"global\n  crt-base {folder}/crt\ncrt-store s\n  {lines.replace('{d}', folder)}\nfrontend f\n  timeout client 1s\n"
              f"  bind 127.0.0.1:1 ssl {options}\n  http-request return status 200\n")
        run = subprocess.run([program, "-c", "-f", f"{folder}/wrong.cfg"], capture_output=True, text=True, check=False, timeout=20)
        if run.returncode == 0 or wanted.replace("{d}", folder) not in run.stderr:
            faults += 1
            print(f"WRONG {lines!r} {bind!r}: {wanted!r} is not in\n{run.stderr}")
    return faults


def status(port, path):
    with socket.create_connection(("127.0.0.1", port), 5) as plain, context_of().wrap_socket(plain, server_hostname="a.test") as talk:
        talk.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return talk.recv(100).decode()[9:12]


def check_steps(program, folder, which, form, steps):
    faults = 0
    names = {shown_text(f"{folder}/{file}"): file for file in
             ("a.test", "b.test", "c.test", "l.test", "new.test", "crt/plain.pem", "ec.pem", "long.pem")}
    daemon = Daemon(program, which, folder, "", form)
    try:
        for step, wanted in steps:
            if step[0] in "?!":
                port = daemon.port if step[0] == "?" else daemon.other
                try:
                    got = names.get(shown(port, step[1:]), "another")
                except ssl.SSLError as fault:
                    got = fault.reason
                right = got == wanted
            elif step[0] == "@":
                got = status(daemon.port, step[1:])
                right = got == wanted
            elif step[0] == "+":
                got = is_let_in(daemon.port, f"{folder}/of-{step[1:]}.pem")
                right = got == wanted
            else:
                got = re.sub(r"127\.0\.0\.1:\d+", "X", ask(daemon.path, step))
                got = re.sub(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT", "DATE", got) if "sni" in step else got
                right = got.rstrip("\n") == wanted.rstrip("\n") if wanted.startswith(SNI) else wanted in got
            if not right:
                faults += 1
                print(f"WRONG {step[:150]!r}: not {wanted!r} but\n{got}")
    finally:
        daemon.end()
    return faults


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tls-new-") as folder:
        make_files(folder)
        count = len(MISTAKES)
        faults = check_mistakes(options.prog, folder)
        for which, form, steps in (("stores", STORES, stores(folder)), ("defaults", DEFAULTS, defaults(folder))):
            count += len(steps)
            faults += check_steps(options.prog, folder, which, form, steps)
    print(f"{count} steps, {faults} went wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
