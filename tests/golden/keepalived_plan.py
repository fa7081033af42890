#!/usr/bin/env python3
"""--plan: golden pairs of files (keepalived_plan/CASE.before, CASE.after -> CASE.expected: both streams and the exit code of
`keepalived --plan`), and random pairs whose plan is known from the data that they were written from.

  keepalived_plan.py [SEED | --update]

Runs in a network namespace of its own with eth0 and eth1. Exit 77: no namespaces.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "labs"))
import plan_model  # noqa: E402

CASES = HERE / "keepalived_plan"
BUILD = pathlib.Path(os.environ.get("BUILD", ".")).resolve()
PROGRAMS = {"keepalived": "keepalived/parent/keepalived", "vrrpd": "vrrpd/vrrpd", "checkerd": "checkerd/checkerd"}
ROUNDS = 60
NOTHING = "= nothing changes\n"


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


def install(folder):
    """keepalived looks for its daemons beside itself."""
    for name, path in PROGRAMS.items():
        try:
            os.link(BUILD / path, folder / name)
        except OSError:
            shutil.copy(BUILD / path, folder / name)


def ask(program, before, after, *more):
    run = subprocess.run([program, "-f", before, "--plan", after, *more], cwd=CASES, capture_output=True, text=True, errors="replace", timeout=60)
    return run.returncode, run.stdout, run.stderr


def golden(folder, update):
    failures = cases = 0
    for before in sorted(CASES.glob("*.before")):
        cases += 1
        code, out, err = ask(folder / "keepalived", before.name, before.with_suffix(".after").name)
        got = f"{out}{err}exit {code}\n"
        expected = before.with_suffix(".expected")
        if update:
            expected.write_text(got)
        elif not expected.exists() or expected.read_text() != got:
            failures += 1
            print(f"FAIL {before.stem}\n--- expected\n{expected.read_text() if expected.exists() else ''}--- got\n{got}")
    print(f"{cases} cases, {failures} failures")
    return failures or not cases


def expect(text, lines, what):
    wanted = sorted(lines) or [NOTHING.strip()]
    if sorted(text.splitlines()) == wanted:
        return 0
    print(f"FAIL {what}: only said {sorted(set(text.splitlines()) - set(wanted))}, only expected {sorted(set(wanted) - set(text.splitlines()))}")
    return 1


def random_pairs(folder, dice):
    failures = 0
    a, b = str(folder / "a.conf"), str(folder / "b.conf")
    for number in range(ROUNDS):
        before = plan_model.File(dice)
        after = before.changed(dice)
        for path, file in ((a, before), (b, after)):
            pathlib.Path(path).write_text(file.text(dice), encoding="utf-8")
        plans = {part: plan_model.plan(before, after, part) for part in ("vrrp", "checkers")}
        for program, lines in (("vrrpd", plans["vrrp"]), ("checkerd", plans["checkers"]), ("keepalived", set(plans["vrrp"] + plans["checkers"]))):
            code, out, err = ask(folder / program, a, b)
            failures += expect(out, lines, f"pair {number}, {program}")
            if code != 0 or err:
                failures += 1
                print(f"FAIL pair {number}, {program}: exit {code}, {err}")
            _, out, _ = ask(folder / program, b, b)
            failures += expect(out, [], f"pair {number}, {program}, a file to itself")
    print(f"{ROUNDS} random pairs, {failures} failures")
    return failures


enter_namespace()
with tempfile.TemporaryDirectory() as place:
    install(pathlib.Path(place))
    failed = golden(pathlib.Path(place), "--update" in sys.argv)
    if "--update" not in sys.argv:
        failed += random_pairs(pathlib.Path(place), plan_model.dice_of(sys.argv))
sys.exit(1 if failed else 0)
