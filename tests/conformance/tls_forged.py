#!/usr/bin/env python3
"""Certificates that are made on the spot ("generate-certificates") beside haproxy's: the same files, the same names asked for; what
is shown must say the same, be signed by the same authority and be kept as long.

  tls_forged.py [--prog PROXYD] [--reference HAPROXY]

Exits 0, 1 for differences, 77 without haproxy.
"""
import argparse
import difflib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from tls_runtime import Daemon, ask, read, shown, write
from tls_side_by_side import make_certificate, openssl

FORM = """global
  stats socket {folder}/{which}.sock level admin
  {{settings}}
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
frontend f
  bind 127.0.0.1:{port} ssl {{options}}
  http-request return status 200
"""
NAMES = ("a.test", "new.test", "new.test", "NEW.test", "x.b.test", "10.0.0.1", "*.wild.test", "a" * 58 + ".test", "", "a-b.c_d.test")
CASES = [  # what the "bind" line says, what "global" says
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/ca.pem", ""),
    ("crt {d}/a.pem generate-certificates ca-sign-file ca.pem strict-sni", "ca-base {d}"),
    ("crt {d}/e.pem crt {d}/a.pem generate-certificates ca-sign-file {d}/ca.pem", ""),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/eca.pem", ""),
    ("crt {d}/e.pem generate-certificates ca-sign-file {d}/middle.pem", ""),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/ca.pem", "tune.ssl.ssl-ctx-cache-size 0"),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/ca.pem", "tune.ssl.ssl-ctx-cache-size 1"),
    ("crt-list {d}/list generate-certificates ca-sign-file {d}/ca.pem", ""),
    ("crt {d}/a.pem ca-sign-file {d}/nope ca-sign-pass x", ""),
    # 2.6 asks for the password at the terminal, whatever "ca-sign-pass" says: the key in clear is its part of the comparison.
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/{ca} ca-sign-pass secret", ""),
]
MISTAKES = [
    ("crt {d}/a.pem generate-certificates", ""), ("crt {d}/a.pem generate-certificates ca-sign-file", ""),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/nope", ""), ("crt {d}/a.pem generate-certificates ca-sign-file nope", "ca-base {d}"),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/keyless", ""), ("crt {d}/a.pem generate-certificates ca-sign-file {d}/mixed", ""),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/list", ""), ("generate-certificates ca-sign-file {d}/ca.pem", ""),
    ("generate-certificates ca-sign-file {d}/ca.pem strict-sni", ""), ("crt {d}/a.pem ca-sign-pass", ""),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/ca.pem", "tune.ssl.ssl-ctx-cache-size"),
    ("crt {d}/a.pem generate-certificates ca-sign-file {d}/ca.pem", "tune.ssl.ssl-ctx-cache-size -1"),
]


def make_files(folder):
    make_certificate(folder, "a.pem", "a.test", "DNS:a.test,DNS:*.b.test", above="/C=DE/O=Tests/")
    make_certificate(folder, "e.pem", "e.test", key="ec")
    make_certificate(folder, "ca.pem", "authority", above="/C=DE/O=Tests/")
    make_certificate(folder, "eca.pem", "authority", key="ec")
    make_certificate(folder, "middle.pem", "middle", ca="ca.pem")
    head, key = read(f"{folder}/middle.pem").split("-----BEGIN PRIVATE")
    ca_head, ca_key = read(f"{folder}/ca.pem").split("-----BEGIN PRIVATE")
    write(f"{folder}/middle.pem", head + ca_head + "-----BEGIN PRIVATE" + key)
    write(f"{folder}/keyless", ca_head)
    write(f"{folder}/mixed", ca_head + "-----BEGIN PRIVATE" + key)
    write(f"{folder}/list", f"{folder}/a.pem\n{folder}/e.pem [ssl-max-ver TLSv1.2] listed.test\n")
    openssl("pkey", "-in", f"{folder}/ca.pem", "-aes128", "-passout", "pass:secret", "-out", f"{folder}/k")
    write(f"{folder}/locked.pem", ca_head + read(f"{folder}/k"))
    write(f"{folder}/trusted", "".join(read(f"{folder}/{name}").split("-----BEGIN PRIVATE")[0] for name in ("ca.pem", "eca.pem")))


def chain(port, name):
    """What the server shows, each certificate as PEM; else its alert. And the version that was agreed on."""
    words = ["-servername", name] if name else ["-noservername"]
    talk = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-showcerts", *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, timeout=20)
    found = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", talk.stdout, re.S)
    # Behind a handshake that went well there may be an end without goodbye, or not: chance.
    told = re.findall(r"^New, (TLSv[0-9.]*)", talk.stdout, re.M) if found else re.findall(r":SSL routines:[^:]*:([^:]*):", talk.stderr)
    return found, (told or ["?"])[0]


def described(folder, pem):
    """Without what differs from one to the next: serial number, signature, the time of day."""
    write(f"{folder}/shown", pem)
    text = subprocess.run(["openssl", "x509", "-in", f"{folder}/shown", "-noout", "-text", "-nameopt", "RFC2253"], check=True, capture_output=True, text=True).stdout
    text = re.sub(r"Serial Number:.*?Signature Alg", "Signature Alg", text, count=1, flags=re.S)
    text = re.sub(r"Signature Value:.*", "", text, flags=re.S)
    return re.sub(r"\d\d:\d\d:\d\d (?=\d{4} GMT)", "", text)


def serial(folder, pem):
    write(f"{folder}/shown", pem)
    return subprocess.run(["openssl", "x509", "-in", f"{folder}/shown", "-noout", "-serial"], check=True, capture_output=True, text=True).stdout


def is_good(folder, certificates, name):
    """Whether a client that trusts the authorities would believe it."""
    write(f"{folder}/leaf", certificates[0])
    write(f"{folder}/others", "".join(certificates[1:]) or certificates[0])
    words = ["openssl", "verify", "-CAfile", f"{folder}/trusted", "-untrusted", f"{folder}/others", "-verify_hostname", name, f"{folder}/leaf"]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


def walk(program, which, folder, options, settings):
    """For each name what was shown; then what was kept; then the default one is exchanged."""
    form = FORM.replace("{{settings}}", settings).replace("{{options}}", options)
    daemon = Daemon(program, which, folder, "", form)
    results, serials = [], {}
    try:
        for name in NAMES:
            found, word = chain(daemon.port, name)
            text = [described(folder, each) for each in found]
            good = bool(found and name) and is_good(folder, found, name)
            results.append((name, word, text, good))
            if found:
                serials.setdefault(name.lower(), []).append(serial(folder, found[0]))
        results.append(("kept", [(name, len(set(all_))) for name, all_ in serials.items() if len(all_) > 1]))
        answers = [ask(daemon.path, f"set ssl cert {folder}/a.pem <<\n{read(f'{folder}/e.pem')}"), ask(daemon.path, f"commit ssl cert {folder}/a.pem")]
        found, word = chain(daemon.port, "later.test")
        results.append(("exchanged", answers, word, [described(folder, each) for each in found]))
    finally:
        daemon.end()
    return results


def lines_of(result):
    return [line for part in result for line in (str(part).split("\\n") if not isinstance(part, list) else "\n".join(map(str, part)).split("\n"))]


def first_alert(program, folder, options, settings):
    write(f"{folder}/wrong.cfg", f"global\n  {settings}\ndefaults\n  mode http\n  timeout connect 2s\n  timeout client 2s\n  timeout server 2s\n"
          f"frontend f\n  bind 127.0.0.1:1 ssl {options}\n  http-request return status 200\n")
    run = subprocess.run([program, "-c", "-f", f"{folder}/wrong.cfg"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)
    return run.returncode, [re.sub(r"\(\d+\)", "", line) for line in run.stderr.splitlines() if "ALERT" in line][:1]


def exchange_under_load(program, folder):
    """What went wrong while four threads asked for more names than are kept and the default certificate was exchanged."""
    options = f"crt {folder}/a.pem generate-certificates ca-sign-file {folder}/ca.pem"
    form = FORM.replace("{{settings}}", "tune.ssl.ssl-ctx-cache-size 5").replace("{{options}}", options)
    daemon = Daemon(program, "load", folder, "", form)
    faults, working = [], []

    def ask_for_many(first):
        for turn in range(100):
            name = f"host{(first + turn) % 20}.test"
            try:
                write(f"{folder}/shown{first}", shown(daemon.port, name))
                text = subprocess.run(["openssl", "x509", "-in", f"{folder}/shown{first}", "-noout", "-subject"], check=True, capture_output=True, text=True).stdout
                if not text.rstrip().endswith(f"CN = {name}"):
                    faults.append(f"{name}: {text}")
            except OSError as fault:
                faults.append(f"a handshake was lost: {fault}")

    try:
        working = [threading.Thread(target=ask_for_many, args=(first,)) for first in range(4)]
        for each in working:
            each.start()
        turn, both = 0, (f"{folder}/a.pem", f"{folder}/e.pem")
        while any(each.is_alive() for each in working):
            turn += 1
            ask(daemon.path, f"set ssl cert {folder}/a.pem <<\n{read(both[turn % 2])}")
            answer = ask(daemon.path, f"commit ssl cert {folder}/a.pem")
            if "Success!" not in answer:
                faults.append(f"not exchanged: {answer}")
            time.sleep(0.03)
    finally:
        for each in working:
            each.join()
        daemon.end()
    return faults


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options = options.parse_args()
    if not os.access(options.reference, os.X_OK):
        return 77
    count, differ = 0, 0

    def compare(what, theirs, ours):
        nonlocal count, differ
        count += 1
        if theirs != ours:
            differ += 1
            print(f"DIFFERS {what}")
            for line in itertools.islice(difflib.unified_diff(lines_of(theirs), lines_of(ours), "haproxy", "proxyd", "", "", 0), 40):
                print(f"  {line[:200]}")

    with tempfile.TemporaryDirectory(prefix="tls-forge-") as folder:
        make_files(folder)
        for line, settings in CASES:
            both = []
            for which, program, authority in (("theirs", options.reference, "ca.pem"), ("ours", options.prog, "locked.pem")):
                said = line.replace("{d}", folder).replace("{ca}", authority)
                both.append(walk(program, which, folder, said, settings.replace("{d}", folder)))
            for theirs, ours in zip(*both):
                compare(f"{line!r} {settings!r} {theirs[0]!r}", theirs, ours)
        for line, settings in MISTAKES:
            compare(f"{line!r} {settings!r}", *(first_alert(program, folder, line.replace("{d}", folder), settings.replace("{d}", folder))
                                                for program in (options.reference, options.prog)))
        faults = exchange_under_load(options.prog, folder)
    for each in faults:
        print(each)
    print(f"{count} comparisons, {differ} differ; {len(faults)} faults under load")
    return 1 if differ or faults else 0


if __name__ == "__main__":
    sys.exit(main())
