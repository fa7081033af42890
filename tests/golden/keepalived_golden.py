#!/usr/bin/env python3
"""Golden diagnostics of vrrpd -t: each keepalived/CASE.conf gives exactly CASE.expected, its output and exit code.

With --twin keepalived reads the same files, and the complaints (without our places and hints) and the exit code must be the
same, or the case's reason stands in DIFFERENCES; a reason that no longer fits is a failure. With --update the .expected
files are written. Runs in a network namespace of its own with eth0 and eth1. Exit 77: no namespaces, or no keepalived.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

CASES = pathlib.Path(__file__).resolve().parent / "keepalived"
VRRPD = os.path.abspath(os.environ.get("VRRPD", "vrrpd/vrrpd"))
CASCADE = "keepalived reads on one level too high and complains about what it finds there; we skip the block"
NEWER = "as keepalived 2.4.3 has it, where 2.2.7 says nothing or something else"
DIFFERENCES = {
    "addresses": NEWER,
    "block_without_brace": "we name the line that lacks the brace, and skip what is in the block",
    "brace_after_value": CASCADE,
    "brace_extra": CASCADE,
    "garp_and_delays": NEWER,
    "global": NEWER,
    "global_values": NEWER,
    "lvs_http_2_4": NEWER,
    "lvs_nb_get_retry": "the users' notes write nb_get_retry in TCP_CHECK, where keepalived passes over it",
    "old_words": "Debian builds keepalived with D-Bus and without iptables; ours has vrrp_iptables through libnftables",
    "sequences": NEWER,
    "strict_unicast": NEWER,
    "sync_group": NEWER,
    "track_file_and_process": "2.2.7 crashes on this file, or never ends (it searches a list that it has freed)",
    "track_interface": NEWER,
    "unicast": NEWER,
    "unknown_block": CASCADE,
    "unknown_keyword": CASCADE,
}


def enter_namespace():
    """Runs this program again in its own network namespace; returns there."""
    if os.environ.get("GOLDEN_INSIDE") == "1":
        for command in ("link set lo up", "link add eth0 type bridge", "link add eth1 type bridge"):
            subprocess.run(["ip", *command.split()], check=True)
        return
    if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        print("skipped: network namespaces need root")
        sys.exit(77)
    sys.exit(subprocess.run(["unshare", "-n", sys.executable, *sys.argv], env={**os.environ, "GOLDEN_INSIDE": "1"}).returncode)


def check(program, case):
    """Exit code and complaints; None: it did not come to an end."""
    try:
        run = subprocess.run([program, "-t", "-f", case.name], cwd=case.parent, capture_output=True, text=True, errors="replace", timeout=30)
    except subprocess.TimeoutExpired:
        return None, ""
    return run.returncode, run.stderr


def golden(update):
    failures = cases = 0
    for case in sorted(CASES.glob("*.conf")):
        cases += 1
        code, text = check(VRRPD, case)
        got = f"{text}exit {code}\n"
        expected = case.with_suffix(".expected")
        if update:
            expected.write_text(got)
        elif not expected.exists() or expected.read_text() != got:
            failures += 1
            print(f"FAIL {case.name}\n--- expected\n{expected.read_text() if expected.exists() else ''}--- got\n{got}")
    print(f"{cases} cases, {failures} failures")
    return failures or not cases


def complaints(text, case):
    """The lines of complaints, each once: several processes of keepalived read the file, one of them without its name."""
    lines = [line for line in text.splitlines() if line and not line.startswith("  ")]
    return {re.sub(r"^\(Line (\d+)\)", rf"({case.name}: Line \1)", line) for line in lines}


def twin():
    keepalived = shutil.which("keepalived", path="/usr/sbin:/usr/bin")
    if keepalived is None:
        print("skipped: no keepalived to compare with")
        return 77
    failures = 0
    for case in sorted(CASES.glob("*.conf")):
        (our_code, ours), (their_code, theirs) = check(VRRPD, case), check(keepalived, case)
        only_ours = complaints(ours, case) - complaints(theirs, case)
        only_theirs = complaints(theirs, case) - complaints(ours, case)
        same = our_code == their_code and not only_ours and not only_theirs
        if same == (case.stem not in DIFFERENCES):
            continue
        failures += 1
        print(f"FAIL {case.stem}: {'no longer differs' if same else 'differs'}, exit {our_code}, keepalived {their_code}")
        for sign, lines in (("ours      ", only_ours), ("keepalived", only_theirs)):
            for line in sorted(lines):
                print(f"  only {sign} {line}")
    print(f"{failures} failures, {len(DIFFERENCES)} known differences")
    return 1 if failures else 0


enter_namespace()
sys.exit(twin() if "--twin" in sys.argv else golden("--update" in sys.argv))
