#!/usr/bin/env python3
"""checkerd beside keepalived on the kernel's IPVS: the scenarios of the virtual machine, one machine for each daemon at the same time.

Every verdict, every table after every step, every notify script and line in the FIFO is the same; real servers that fail and
return are seen within one check interval of each other. `show ipvs` is what `ipvsadm -Ln` prints.
"""
import os
import re
import statistics
from concurrent.futures import ThreadPoolExecutor

import machine
from lab import check

CHECKERD, VRRPD = os.environ.get("CHECKERD", "checkerd/checkerd"), os.environ.get("VRRPD", "vrrpd/vrrpd")
NAMES = [name for name in machine.all_scenarios() if name not in ("ipvs_test", "nftables_test", "tables", "notes", "faults")]
DETECTS = re.compile(r"dead|down|\bback\b|404|answers|enter|change weights")
INTERVAL = 1.0  # delay_loop of the scenarios
BUSY = 1.5      # more than that, and it is not the machine's emulation


def without_counts(lines):
    """ipvsadm's text but for the connections, which come and go."""
    return [re.sub(r"(  -> \S+ +\w+ +\d+ +)\d+ +\d+ *$", r"\1", line) for line in lines]


def log_of(run, scenario):
    """What the daemon said in that scenario, from its first start in it."""
    return run.log.partition(f"--- start, {scenario}\n")[2]


def beside(ours, theirs):
    known = {(each.scenario, each.name): each for each in theirs.findings}
    check(len(ours.findings) >= 60 and len(ours.findings) == len(known), "both made the same steps", f"{len(ours.findings)} {len(known)}")
    times = []
    for each in ours.findings:
        other = known.get((each.scenario, each.name))
        where = f"{each.scenario}: {each.name}"
        check(other is not None, f"{where}: keepalived made this step, too")
        if each.verdict == "info":
            continue
        check(each.verdict == other.verdict == "pass", where, f"ours: {each.detail}\nkeepalived: {other.detail}\n{log_of(ours, each.scenario)[:6000]}")
        check(each.detail == other.detail, f"{where}: as with keepalived", f"ours: {each.detail}\nkeepalived: {other.detail}")
        if (each.scenario, each.name) in ours.tables:
            tables = [without_counts(run.tables[(each.scenario, each.name)]) for run in (ours, theirs)]
            check(tables[0] == tables[1], f"{where}: ipvsadm's text", "\n".join(["ours:", *tables[0], "keepalived:", *tables[1]]))
        if DETECTS.search(each.name) and "not put back" not in each.name and each.seconds > 0.2:
            times.append((each.seconds, other.seconds, where))
    return times


def compare_times(times):
    for mine, his, where in times:
        print(f"        {mine:5.2f} s, keepalived {his:5.2f} s: {where}")
    mine, his = (statistics.mean(column) for column in list(zip(*times))[:2])
    check(len(times) >= 12 and mine <= his + INTERVAL / 2, f"what fails and returns is seen on the average after {mine:.2f} s, by keepalived after {his:.2f} s")
    worst = max(times, key=lambda each: each[0] - each[1])
    check(worst[0] - worst[1] <= INTERVAL + BUSY, f"none more than a check interval later: at most {worst[0] - worst[1]:.2f} s", worst[2])


def main():
    with ThreadPoolExecutor(2) as both:
        run = lambda daemon, *beside: machine.boot(daemon, NAMES, beside, timeout=400)
        ours = both.submit(run, f"{CHECKERD} -n -l -D -f {{conf}} -c {{pid}}", VRRPD)
        theirs = both.submit(run, machine.KEEPALIVED).result()
        ours = ours.result()
    for run in (ours, theirs):
        check(run.finished, "the machine boots and finishes", run.console[-2000:] + run.log[-2000:])
    shown = [each for each in ours.findings if each.name.endswith(": show ipvs")]
    ours.findings = [each for each in ours.findings if each not in shown]
    for each in shown:
        check(each.verdict == "pass", f"{each.scenario}: {each.name} is what ipvsadm -Ln prints", each.detail)
    check(len(shown) >= 25, f"{len(shown)} tables were compared")
    compare_times(beside(ours, theirs))


if __name__ == "__main__":
    main()
