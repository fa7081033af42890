#!/usr/bin/env python3
"""Runs an IPVS checker daemon through the scenarios of the virtual machine (machine.py), and says what each found.

  lvs_lab.py                                                     keepalived, every scenario
  lvs_lab.py --daemon 'checkerd/checkerd -n -f {conf}'           another daemon
  lvs_lab.py --daemon 'checkerd/checkerd -n -f {conf}' --beside  and keepalived beside it: the same verdicts, how long each took
  lvs_lab.py --scenarios dr_http,reload --tables --log

Run it in the build folder. The exit status is 0 when everything passed, 1 when something failed, 2 when the machine did not finish.
"""
import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

import machine


def printer(line):
    kind, *fields = line.split("\t")
    if kind == "A" and len(fields) >= 5:
        print(f"{fields[2]:5} {int(fields[3]) / 100:6.2f}s {fields[0]}: {fields[1]}" + (f": {fields[4]}" if fields[2] != "pass" else ""), flush=True)


def show(run, options):
    if options.tables:
        for (scenario, name), lines in run.tables.items():
            print(f"\n== {scenario}: {name}", *lines, sep="\n")
    if options.log or not run.finished:
        print("\n== what the daemon said", run.log, sep="\n")
    if not run.finished:
        print("\n== the machine did not finish", run.console[-2000:], sep="\n")
    print(f"{len(run.findings)} assertions, {len(run.failed())} failed, {run.seconds:.0f} s", *run.notes, sep="; ")
    return 2 if not run.finished or not run.findings else 1 if run.failed() else 0


def beside(ours, theirs):
    """The verdicts and times of both, and what differs."""
    known = {(each.scenario, each.name): each for each in theirs.findings}
    print(f"\n{'assertion':70} {'ours':>12} {'keepalived':>12}")
    different = 0
    for each in ours.findings:
        other = known.get((each.scenario, each.name))
        words = f"{other.verdict} {other.seconds:.2f}" if other else "none"
        mark = "" if other and other.verdict == each.verdict and (each.verdict == "info" or other.detail == each.detail or each.verdict == "FAIL") else "   <--"
        different += bool(mark)
        print(f"{each.scenario + ': ' + each.name:70.70} {each.verdict} {each.seconds:6.2f} {words:>12}{mark}")
    print(f"{different} differ")
    return 1 if different else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daemon", default=machine.KEEPALIVED, help="its command; {conf}, {pid} and {dir} are replaced; it stays in the foreground")
    parser.add_argument("--bin", action="append", default=[], help="a program that the machine is to have in /usr/sbin, too")
    parser.add_argument("--scenarios", default=",".join(name for name in machine.all_scenarios() if name not in ("ipvs_test", "nftables_test", "tables")))
    parser.add_argument("--beside", action="store_true", help="keepalived, too, in a machine of its own")
    parser.add_argument("--tables", action="store_true", help="print the tables' texts")
    parser.add_argument("--log", action="store_true", help="print what the daemon said")
    parser.add_argument("--timeout", type=int, default=300, help="seconds, for all of it")
    options = parser.parse_args()
    names = options.scenarios.split(",")
    start = lambda daemon, on_line: machine.boot(daemon, names, options.bin, timeout=options.timeout, on_line=on_line)
    with ThreadPoolExecutor(2) as both:
        theirs = both.submit(start, machine.KEEPALIVED, None) if options.beside else None
        ours = start(options.daemon, printer)
        code = show(ours, options)
        return code or (beside(ours, theirs.result()) if theirs else 0)


if __name__ == "__main__":
    sys.exit(main())
