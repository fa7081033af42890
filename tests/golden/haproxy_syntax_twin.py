#!/usr/bin/env python3
"""Twin of haproxy_syntax_golden: the same files through Debian's haproxy -c, where it is installed.

Compares the first lines of the messages about file syntax with those in the .expected files, in order. Where we differ,
DIFFERENCES says why; a difference that is gone fails as well. Exit 77: no haproxy 2.6 here.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ENVIRONMENT = {"HOME": "/h", "TESTV": "a  b c", "EMPTYV": "", "PATH": "/usr/sbin:/usr/bin:/bin"}
STOPS = "2.6 stops at the first unknown directive or fault of a block, we go on"
DIFFERENCES = {
    "conditions_3x": "2.6 lacks strstr and enabled",
    "did_you_mean": STOPS,
    "directive_faults": STOPS,
    "empty_argument": "2.6 ignores what follows an empty word and says nothing; 3.4 refuses it; we warn",
    "stray_nul": "2.6 reads on within the comment",
    "unexpected_argument": "the .endif ends the block all the same: 2.6 reports the block again",
}
MESSAGE = re.compile(r"^\[(ALERT|WARNING|NOTICE|DIAG)\] +\(\d+\) : (config : parsing \[[^]]*\]: .*)$")


def messages(text):
    # "'setenv' expects ..." comes from the parser, "'description' expects ..." from a keyword's table.
    found = [match.groups() for match in map(MESSAGE.match, text.split("\n")) if match]
    return [each for each in found if "'description' expects" not in each[1]]


def main():
    haproxy = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    if haproxy is None or "version 2.6" not in subprocess.run([haproxy, "-v"], capture_output=True, text=True).stdout:
        print("no haproxy 2.6 to compare with")
        return 77
    folder = pathlib.Path(os.environ.get("srcdir", ".")) / "tests/golden/haproxy_syntax"
    failures = cases = 0
    for case in sorted(folder.glob("*.cfg")):
        cases += 1
        run = subprocess.run([haproxy, "-c", "-f", case.name], cwd=folder, env=ENVIRONMENT, capture_output=True)
        theirs = messages(run.stderr.decode("latin1"))
        ours = messages(case.with_suffix(".expected").read_bytes().decode("latin1"))
        if (theirs == ours) == (case.stem not in DIFFERENCES):
            continue
        failures += 1
        print(f"FAIL {case.stem}", "differs" if theirs != ours else "no longer differs", sep=": ")
        for sign, lines in (("haproxy", theirs), ("ours   ", ours)):
            for line in lines:
                print(f"  {sign} {line[0]} {line[1]}")
    print(f"{cases} cases, {failures} failures, {len(DIFFERENCES)} known differences")
    return 1 if failures or not cases else 0


sys.exit(main())
