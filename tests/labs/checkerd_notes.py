#!/usr/bin/env python3
"""On the kernel's IPVS, in one virtual machine: every LVS row of the notes with its files unchanged, on two directors with keepalived, which
starts vrrpd and checkerd (machine/scenarios/notes.sh), and what goes wrong around a checker daemon (faults.sh)."""
import glob
import os

import machine
from lab import NOTES, check

CHECKERD, VRRPD = os.environ.get("CHECKERD", "checkerd/checkerd"), os.environ.get("VRRPD", "vrrpd/vrrpd")
KEEPALIVED = os.environ.get("KEEPALIVED", "keepalived/parent/keepalived")


def main():
    files = {}
    for path in glob.glob(NOTES + "/keepalived/lvs-*.conf"):
        with open(path, "rb") as text:
            files["lab/notes/" + os.path.basename(path)] = text.read()
    check(len(files) == 8, "the notes' LVS files are there", files.keys())
    run = machine.boot(f"{CHECKERD} -n -l -D -f {{conf}} -c {{pid}}", ["notes", "faults"], [VRRPD, KEEPALIVED, "setpriv"], files, timeout=400, memory=768)
    check(run.finished, "the machine boots and finishes", run.console[-2000:] + run.log[-2000:])
    for each in run.findings:
        check(each.verdict in ("pass", "info"), f"{each.scenario}: {each.name}" + (f" ({each.seconds:.1f} s)" if each.seconds else ""),
              f"{each.detail}\n{run.log[-6000:]}")
    check(len(run.findings) >= 58, "every step was made", len(run.findings))


if __name__ == "__main__":
    main()
