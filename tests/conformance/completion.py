#!/usr/bin/env python3
"""Completion for bash: what is offered after each beginning, and that it offers exactly the options that the programs have.

Usage: completion.py    (PROXYD, VRRPD, CHECKERD, KEEPALIVED, GENHASH: the programs)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = {name: os.path.abspath(os.environ.get(name.upper(), path)) for name, path in {
    "proxyd": "proxyd/proxyd", "vrrpd": "vrrpd/vrrpd", "checkerd": "checkerd/checkerd", "keepalived": "keepalived/parent/keepalived",
    "genhash": "checkerd/genhash/genhash"}.items()}
FILES = {"proxyd": "proxyd", "vrrpd": "vrrpd", "checkerd": "vrrpd", "keepalived": "vrrpd", "haproxy": "proxyd", "genhash": "genhash"}
checks = failures = 0


def check(name, got, wanted):
    global checks, failures
    checks += 1
    if got != wanted:
        failures += 1
        print(f"FAIL {name}: {got!r}, not {wanted!r}")


def complete(folder, program, *words):
    """What bash offers for the last word, in that folder."""
    script = f"""
        source {ROOT}/contrib/completion/{FILES[program]}
        spec=$(complete -p {program}) || exit 3
        function=$(sed -E 's/.*-F ([^ ]+).*/\\1/' <<<"$spec")
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        $function "$1" "${{@: -1}}" "${{@: -2:1}}"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    said = subprocess.run(["bash", "--norc", "-u", "-c", script, "bash", os.path.join(folder, program), *words], capture_output=True, text=True,
                          cwd=folder, timeout=60, check=False)
    if said.returncode != 0 or said.stderr:
        return f"exit {said.returncode}: {said.stderr}"
    return sorted(said.stdout.split("\n")[:-1]) if said.stdout != "\n" else []


def options_of_help(program, path):
    text = subprocess.run([path, "-h"], capture_output=True, text=True, timeout=30, check=False)
    text = text.stdout + text.stderr
    if program == "proxyd":
        text = text.replace("[ -vdVD ]", "")
        return set(re.findall(r"(?:(?<=[\s/\[(])|(?<=\[))(-[a-zA-Z]+|--)(?=[\s{<\]/,])", text))
    return set(re.findall(r"(?<=\s)(-[A-Za-z])(?=, )", text)) | set(re.findall(r"(?<=\s)(--[a-z_-]+)", text))


def main():
    with tempfile.TemporaryDirectory(prefix="triad-completion-") as folder:
        for name, path in PROGRAMS.items():
            os.symlink(path, os.path.join(folder, name))
        os.symlink(PROGRAMS["proxyd"], os.path.join(folder, "haproxy"))
        for made in ("a file.cfg", "other.cfg"):
            pathlib.Path(folder, made).touch()
        os.mkdir(os.path.join(folder, "folder"))
        names = sorted(["a file.cfg", "other.cfg", "folder", "haproxy", *PROGRAMS])
        for program in ("proxyd", "haproxy"):
            offered = complete(folder, program, "")
            check(f"{program}: its options", set(offered) - {"explain"}, options_of_help("proxyd", PROGRAMS["proxyd"]))
            check(f"{program} -d", complete(folder, program, "-d"), ["-d", "-dA", "-dC", "-dD", "-dK", "-dL", "-dR", "-dS", "-dV", "-dW", "-db", "-dc", "-dr"])
            check(f"{program} -f", complete(folder, program, "-f", ""), names)
            check(f"{program} -f a", complete(folder, program, "-f", "a"), ["a file.cfg"])
            check(f"{program} -c -f x -p o", complete(folder, program, "-c", "-f", "x", "-p", "o"), ["other.cfg"])
            check(f"{program} -- x o", complete(folder, program, "--", "x", "o"), ["other.cfg"])
            check(f"{program} -C", complete(folder, program, "-C", ""), ["folder"])
            check(f"{program} -n", complete(folder, program, "-n", ""), [])
            check(f"{program} -f x -W", complete(folder, program, "-f", "x", "-W"), ["-W", "-Ws"])
            check(f"{program} explain", complete(folder, program, "-f", "x", "explain", ""), [])
        mine = subprocess.Popen(["sleep", "60"])
        try:  # sleep stands for a running proxyd: it is looked for by the command's name
            os.symlink(PROGRAMS["proxyd"], os.path.join(folder, "sleep"))
            FILES["sleep"] = "proxyd"
            script = f"source {ROOT}/contrib/completion/proxyd; COMP_WORDS=(sleep -sf 1 ''); COMP_CWORD=3; _triad_proxyd sleep; echo ${{COMPREPLY[@]}}"
            offered = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=30, check=False).stdout.split()
            check("proxyd -sf 1: processes", str(mine.pid) in offered, True)
        finally:
            mine.kill()
            mine.wait()
        for program in ("vrrpd", "checkerd", "keepalived"):
            check(f"{program}: its options", set(complete(folder, program, "")), options_of_help(program, PROGRAMS[program]))
            check(f"{program} -f o", complete(folder, program, "-f", "o"), ["other.cfg"])
            check(f"{program} --use-file=", complete(folder, program, "--use-file", "=", "o"), ["other.cfg"])
            check(f"{program} --use-file= (nothing yet)", "a file.cfg" in complete(folder, program, "--use-file", "="), True)
            check(f"{program} -t o", complete(folder, program, "-t", "o"), ["other.cfg"])
            check(f"{program} -t --use", complete(folder, program, "-t", "--use"), ["--use-file"])
            check(f"{program} --sig", complete(folder, program, "--sig"), ["--signum"])
            check(f"{program} --signum S", complete(folder, program, "--signum", "S"), ["STATS", "STATS_CLEAR", "STOP"])
            check(f"{program} -S local1", complete(folder, program, "-S", "local1"), ["local1"])
            check(f"{program} -i", complete(folder, program, "-i", ""), [])
        check("genhash: its options", set(complete(folder, "genhash", "")), options_of_help("genhash", PROGRAMS["genhash"]))
        check("genhash -P", complete(folder, "genhash", "-P", ""), ["1.0", "1.0c", "1.1"])
        check("genhash -p", complete(folder, "genhash", "-p", ""), [])
    print(f"completion: {checks} checks, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
