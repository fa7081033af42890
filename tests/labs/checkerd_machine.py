#!/usr/bin/env python3
"""In the virtual machine, whose kernel is Debian's and has IPVS: the unit tests of the drivers, and the tables that the ipvs driver
makes of the notes' files and of every form of a virtual server, beside keepalived's."""
import glob
import os

import machine
from lab import NOTES, check

TESTS = ["tests/unit/checkerd_ipvs_test", "tests/unit/checkerd_nftables_test"]
TOOL = os.environ.get("DRIVER_TOOL", "tests/labs/driver_tool")


def main():
    files = {}
    for path in glob.glob(NOTES + "/keepalived/lvs-*.conf") + glob.glob(machine.HERE + "/tables/*.conf"):
        with open(path, "rb") as text:
            files["lab/tables/" + os.path.basename(path)] = text.read()
    run = machine.boot(machine.KEEPALIVED, ["ipvs_test", "nftables_test", "tables"], [*TESTS, TOOL], files)
    check(run.finished, "the machine boots and finishes", run.console[-2000:])
    for finding in run.findings:
        check(finding.verdict == "pass", f"{finding.scenario}: {finding.name}",
              finding.detail + "\n" + "\n".join(run.tables.get((finding.scenario, finding.name), [])) + "\n" + run.log[-2000:])
    check(len(run.findings) == 2 + 4 * len(files), "every file was looked at", len(run.findings))


if __name__ == "__main__":
    main()
