#!/usr/bin/env python3
"""Golden diagnostics of the configuration check.

Each config/CASE.cfg must give exactly CASE.expected: what is printed on stderr (process id 0), then the exit code. The
notes' files must load without an alert, with the one warning about milliseconds. `--update` writes the .expected files.
"""
import os
import pathlib
import pwd
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE / "config"
NOTES = HERE.parent / "notes"
PROGRAM = pathlib.Path(os.environ.get("GOLDEN_CONFIG", "tests/golden/golden_config")).resolve()


def check(file):
    run = subprocess.run([PROGRAM, file.name], cwd=file.parent, capture_output=True, text=True, timeout=60, check=False)
    return run.returncode, run.stderr


def golden(update):
    failures = 0
    for case in sorted(CASES.glob("*.cfg")):
        code, text = check(case)
        got = f"{text}exit {code}\n"
        expected = case.with_suffix(".expected")
        if update:
            expected.write_text(got)
        elif not expected.exists() or expected.read_text() != got:
            failures += 1
            print(f"FAIL {case.name}\n--- expected\n{expected.read_text() if expected.exists() else ''}--- got\n{got}")
    return failures


def notes():
    try:
        pwd.getpwnam("haproxy")
    except KeyError:
        print("no user haproxy: the notes' files are left out")
        return 0
    failures = 0
    for file in sorted(NOTES.glob("*.cfg")):
        code, text = check(file)
        strange = [line for line in text.splitlines() if line.startswith(("[ALERT]", "[WARNING]")) and "means 3 milliseconds" not in line]
        warned = text.count("means 3 milliseconds")
        if code != 0 or strange or warned != (2 if file.name == "webcluster.cfg" else 0):
            failures += 1
            print(f"FAIL {file.name} exit {code}\n{text}")
    return failures


failed = golden("--update" in sys.argv) + notes()
sys.exit(1 if failed else 0)
