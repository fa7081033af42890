#!/usr/bin/env python3
"""In the virtual machine, whose kernel has IPVS: the unit tests of the ipvs driver."""
import os
import sys

import machine
from lab import check

TEST = os.environ.get("CHECKERD_IPVS_TEST", "tests/unit/checkerd_ipvs_test")


def main():
    run = machine.boot(machine.KEEPALIVED, ["ipvs_test"], [TEST])
    check(run.finished, "the machine boots and finishes", run.console[-2000:])
    for finding in run.findings:
        check(finding.verdict == "pass", finding.name, "\n".join(run.tables.get((finding.scenario, finding.name), [])))


if __name__ == "__main__":
    sys.exit(main())
