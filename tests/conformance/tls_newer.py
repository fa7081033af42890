#!/usr/bin/env python3
"""What HAProxy 3.x knows of certificates and 2.6 does not: each step has what must come of it written beside.

  tls_newer.py [--prog PROXYD]

Exits 0, 1 for a step that went wrong.
"""
import argparse
import os
import re
import ssl
import subprocess
import sys
import tempfile

from tls_runtime import Daemon, ask, read, shown, shown_text, write
from tls_side_by_side import make_certificate

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


def check_steps(program, folder, which, form, steps):
    faults = 0
    names = {shown_text(f"{folder}/{file}"): file for file in
             ("a.test", "b.test", "c.test", "l.test", "new.test", "crt/plain.pem")}
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
            else:
                got = re.sub(r"127\.0\.0\.1:\d+", "X", ask(daemon.path, step))
                right = wanted in got
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
        for which, form, steps in (("stores", STORES, stores(folder)),):
            count += len(steps)
            faults += check_steps(options.prog, folder, which, form, steps)
    print(f"{count} steps, {faults} went wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
