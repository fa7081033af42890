#!/usr/bin/env python3
"""vrrpd -t beside keepalived's recorded verdicts on other people's files (tests/corpus/keepalived).

A file gets the recorded exit code, or its difference stands in EXPLAINED with a reason. A reason that no longer fits is
an error, too. Each check runs in a network namespace with the interfaces that the file names. Command lines with mistakes are tried beside keepalived itself.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus", "keepalived")
VRRPD = os.path.abspath(os.environ.get("VRRPD", "vrrpd/vrrpd"))

NO_DELAY = "garp_interval or gna_interval 0 means no delay here, as the notes need it"
SNMP = "Debian's build has SNMP; ours answers as a build without it"
PARENT_ONLY = "2.2.7 says its complaint and still ends with 0: the part of it that reads the rest does not get that far"
EXPLAINED = {
    "243.conf": PARENT_ONLY, "279.conf": PARENT_ONLY, "283.conf": PARENT_ONLY,
    "001.conf": NO_DELAY, "030.conf": NO_DELAY,
    "239.conf": SNMP,
}


def namespaces_impossible():
    if os.geteuid() != 0:
        return "namespaces need root"
    return None if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0 else "unshare -n is not allowed here"


def verdict(name):
    interfaces = os.path.join(CORPUS, name[:-5] + ".ifaces")
    names = open(interfaces, encoding="utf-8").read().split() if os.path.exists(interfaces) else []
    script = "ip link set lo up; " + "".join(f"ip link add {each} type bridge; " for each in names) + 'exec "$@"'
    done = subprocess.run(["unshare", "-n", "sh", "-c", script, "sh", VRRPD, "-t", "-f", name], cwd=CORPUS, capture_output=True, text=True,
                          errors="replace", timeout=60)
    return done.returncode, done.stderr


# Of which the original says something, or not, and goes on: exit codes and lines are the same. (At a facility by its right name, "local3", its -t
# ends with 5 and says nothing: ours with 0.)
LINES = (("-S", "foo"), ("-S", "3x"), ("-S", "9"), ("-S", "-1"), ("-S", ""), ("-S", " 3"), ("-S", "LOCAL3"), ("-u", "9999"), ("-u", "abc"), ("-u", "022"))


def command_lines():
    """How many differ from the original's, where that is installed."""
    original, failed = shutil.which("keepalived", path="/usr/sbin:/usr/bin"), 0
    if not original:
        print("no keepalived to compare command lines with")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for text in ("global_defs {\n  router_id x\n}\n", "bogus\n"):
            path = os.path.join(folder, "keepalived.conf")
            with open(path, "w", encoding="ascii") as out:
                out.write(text)
            for words in LINES:
                theirs, ours = (subprocess.run([program, *words, "-t", "-f", path], capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL) for program in (original, VRRPD))
                line_theirs, line_ours = (re.findall("Invalid [^(\n]*[^(\n ]", done.stdout + done.stderr) for done in (theirs, ours))
                if theirs.returncode != ours.returncode or line_theirs != line_ours:
                    print(f"  FAIL  {words} -t, {text!r}: {ours.returncode} {line_ours}, keepalived {theirs.returncode} {line_theirs}")
                    failed += 1
    print(f"{2 * len(LINES)} command lines, {failed} differ")
    return failed


def main():
    if reason := namespaces_impossible():
        print(f"skipped: {reason}")
        return 77
    recorded = {}
    for line in open(os.path.join(CORPUS, "verdicts.tsv"), encoding="utf-8").read().splitlines()[1:]:
        fields = line.split("\t")
        recorded[fields[1]] = (int(fields[3]), fields[6] if len(fields) > 6 else "")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = dict(zip(recorded, pool.map(verdict, recorded)))
    failed, explained = command_lines(), 0
    for name, (code, said) in seen.items():
        wanted, message = recorded[name]
        if code == wanted:
            if name in EXPLAINED:
                print(f"  FAIL  {name}: agrees now, its reason can go")
                failed += 1
        elif name in EXPLAINED:
            explained += 1
        else:
            failed += 1
            print(f"  FAIL  {name}: {code}, keepalived {wanted}: {message}\n" + "".join(f"          {line}\n" for line in said.splitlines()[:6]))
    print(f"{len(seen)} files, {explained} explained differences, {failed} unexplained")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
