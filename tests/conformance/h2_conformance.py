#!/usr/bin/env python3
"""HTTP/2 as the RFCs want it, driven frame by frame: what each case demands is written beside it, with the section that says so.

  h2_conformance.py [--prog PROXYD] [--reference HAPROXY] [--only TEXT] [--show-reference]

The verdict is about PROXYD alone. --show-reference runs the same cases on haproxy and shows its outcomes beside ours; which of
them the RFC does not allow is counted, not judged.
"""
import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import h2_cases_frames
import h2_cases_hpack
import h2_cases_messages
import h2_cases_streams
from h2_case import CASES, run_case
from h2_client import tls_context
from h2_stage import Origin, Program, absolute, free_ports, make_certificate, wait_open

ROOMS = (h2_cases_frames, h2_cases_streams, h2_cases_hpack, h2_cases_messages)  # each adds its cases when it is read
AT_ONCE = 24
CONFIG = """global
  maxconn 2000
defaults
  mode http
  timeout connect 3s
  timeout client 15s
  timeout server 15s
  timeout http-request 10s
  option http-server-close
frontend front
  bind 127.0.0.1:{clear} proto h2
  bind 127.0.0.1:{both}
  bind 127.0.0.1:{tls} ssl crt {certificate} alpn h2,http/1.1
  default_backend web
backend web
  server s 127.0.0.1:{origin}
"""


def run(command, cases, folder, certificate):
    """Outcome and complaint of each case."""
    origin = Origin(receive_buffer=65536)
    ports = dict(zip(("clear", "both", "tls"), free_ports(3)))
    config = os.path.join(folder, os.path.basename(command) + ".cfg")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIG.format(**ports, certificate=certificate, origin=origin.port))
    program = Program(command, config, folder, None)
    try:
        wait_open(program, [("127.0.0.1", port) for port in ports.values()])
        addresses, context = {name: ("127.0.0.1", port) for name, port in ports.items()}, tls_context()
        with ThreadPoolExecutor(AT_ONCE) as crew:
            tasks = [crew.submit(run_case, each, number, addresses, context, origin) for number, each in enumerate(cases)]
            results = [task.result() for task in tasks]
        if program.process.poll() is not None:
            raise SystemExit(f"{command} ended by itself with {program.process.returncode}:\n{program.text()[-3000:]}")
        return results
    finally:
        program.stop()
        origin.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default=os.environ.get("HAPROXY", "/usr/sbin/haproxy"))
    options.add_argument("--only", default="", help="cases whose section or name has this text")
    options.add_argument("--show-reference", action="store_true")
    options = options.parse_args()
    began = time.monotonic()
    cases = [each for each in CASES if options.only in f"{each.section} {each.name}"]
    with tempfile.TemporaryDirectory(prefix="h2-") as folder:
        certificate = make_certificate(folder)
        ours = run(absolute(options.prog), cases, folder, certificate)
        theirs = run(absolute(options.reference), cases, folder, certificate) if options.show_reference else None
    failed = 0
    for number, each in enumerate(cases):
        outcome, complaint = ours[number]
        failed += bool(complaint)
        if complaint:
            print(f"FAIL  RFC {each.section}: {each.name}: {outcome} ({complaint})")
        if theirs and (theirs[number][1] or theirs[number][0] != outcome):
            verdict = "not allowed" if theirs[number][1] else "allowed too"
            print(f"      RFC {each.section}: {each.name}: ours {outcome}, the reference {theirs[number][0]}: {verdict}")
    if theirs:
        print(f"the reference: {sum(bool(complaint) for _, complaint in theirs)} of {len(cases)} not as the RFC wants it")
    print(f"{len(cases)} cases, {failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
