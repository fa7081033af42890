#!/usr/bin/env python3
"""-dK and -dL beside haproxy: what they print where, in which form, and that a check's verdict and exit code stay as they are; -dC, which
prints a configuration that reads as the same, or with a key says nothing of whose it is; -dA and -dc."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

OURS = os.environ.get("PROXYD", "proxyd/proxyd")
THEIRS = shutil.which(os.environ.get("HAPROXY", "haproxy"))
CONFIG = "defaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\nlisten web\n  bind 127.0.0.1:1\n"
VERDICT = "Configuration file is valid\n"
CLASSES = {"acl": 80, "cfg": 200, "cli": 50, "cnv": 100, "flt": 2, "smp": 180, "svc": 1}  # lines that there are at least
COUNT = [0, 0]


def check(holds, what, detail=""):
    COUNT[0] += 1
    if not holds:
        COUNT[1] += 1
        print(f"FAIL {what}: {detail}")


def run(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout


def names(text, kind):
    """The keywords of a list: what stands before arguments and types."""
    if kind == "smp":
        return {re.match(r"([^(:]+)", line.split("] ", 1)[1])[1] for line in text.splitlines() if line.startswith("[ ")}
    return {re.split(r"[(:]| = | \[", line)[0].strip() for line in text.splitlines() if not line.startswith("#")}


def print_out(path):
    """-dC without what the check says of warnings, quiet as it is."""
    code, text = run(OURS, "-q", "-c", "-f", str(path), "-dC")
    return code, text.removesuffix("Warnings were found.\n")


def written(folder):
    """-dC of all our files: the same again from what it printed, with the same exit code."""
    home = pathlib.Path(__file__).resolve().parent.parent
    files = [*(home / "notes").glob("*.cfg"), *(home / "corpus/haproxy").glob("*.cfg")]
    check(len(files) > 20, "files to write", files)
    again = pathlib.Path(folder) / "again.cfg"
    for path in files:
        code, text = print_out(path)
        again.write_text(text, encoding="utf-8")
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.lstrip().startswith(("#", "."))]
        check(len(lines) >= len(text.splitlines()) >= len(lines) // 2, f"-dC of {path.name}: {len(text.splitlines())} lines of {len(lines)}")
        check(print_out(again) == (code, text), f"-dC of {path.name} reads as the same", text[:200])


def anonymous(folder):
    """-dC with a key: keywords and numbers stay, the same word becomes the same digits, another key makes others."""
    path = os.path.join(folder, "secret.cfg")
    with open(path, "w", encoding="ascii") as out:
        out.write("defaults\n  mode http\n  timeout client 30s\n  timeout server 30s\n  timeout connect 5s\nfrontend shopfront\n  bind 192.0.2.7:8080\n"
                  "  log-format %ci:%cp\\ %[hdr(x-secretheader)]\n  acl isadmin path_beg /hidden/place\n  use_backend vault if isadmin\n  default_backend vault\n"
                  "backend vault\n  server strongbox 192.0.2.9:80 check inter 3s weight 7\n")
    texts = [run(OURS, "-q", "-c", "-f", path, f"-dC{key}")[1] for key in (42, 42, 43)]
    for word in ("shopfront", "192.0.2", "secretheader", "isadmin", "hidden", "place", "vault", "strongbox"):
        check(all(word not in text for text in texts), f"-dC42 hides {word}", texts[0])
    for piece in ("\tmode http\n", "\ttimeout client 30s\n", ":8080\n", "%ci:%cp %[hdr(", " path_beg /", " if ", " check inter 3s weight 7\n"):
        check(piece in texts[0], f"-dC42 keeps {piece!r}", texts[0])
    vaults = re.findall(r"^\tuse_backend (\S+) if (\S+)$|^\tdefault_backend (\S+)$|^backend (\S+)$|^\tacl (\S+) ", texts[0], re.M)
    used, default, backend, acl = vaults[1], vaults[2][2], vaults[3][3], vaults[0][4]
    check(used[0] == default == backend and used[1] == acl and re.fullmatch("[0-9a-f]{6}", backend), "the same word, the same digits", vaults)
    check(texts[0] == texts[1] and texts[0] != texts[2] and backend not in texts[2], "by the key")
    check(run(OURS, "-q", "-c", "-f", path, "-dC0")[1] == run(OURS, "-q", "-c", "-f", path, "-dC")[1], "0 is no key")


def archives(folder, config):
    path = os.path.join(folder, "objects.tar")
    code, text = run(OURS, "-q", "-c", "-f", config, "-dA" + path, "-dL")
    listed = text.splitlines()[1:]
    with tarfile.open(path) as archive:
        check((code, ["/" + each.name for each in archive]) == (0, listed) and len(listed) > 5, "-dA has what -dL lists", listed)
        for each in archive:
            with open("/" + each.name, "rb") as file:
                check(archive.extractfile(each).read() == file.read() and each.mode == os.stat("/" + each.name).st_mode & 0o7777, f"-dA: {each.name}")
    done = subprocess.run([OURS, "-q", "-c", "-f", config, "-dA"], capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    with open(path, "rb") as file:
        check((done.returncode, done.stdout) == (0, file.read()), "-dA on standard output is the same")
    done = subprocess.run([OURS, "-c", "-f", config, "-dA/nonexistent/a.tar"], capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == 1 and "Cannot write /nonexistent/a.tar: No such file or directory" in done.stderr, "-dA where nothing can be written", done.stderr)


def processors(config):
    usable = sorted(os.sched_getaffinity(0))
    code, text = run(OURS, "-q", "-c", "-f", config, "-dc")
    check(code == 0 and re.fullmatch(r"Thread CPU Bindings:\n  Tgrp/Thr  Tid        CPU set\n  1/\S+ +\S+ +" + f"{len(usable)}: {usable[0]}.*\n", text), "-dc", text)


def main():
    if THEIRS is None:
        print("skipped: haproxy is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="keyword-dump.") as folder:
        config, empty, broken = (os.path.join(folder, name) for name in ("a.cfg", "empty.cfg", "broken.cfg"))
        for path, text in ((config, CONFIG), (empty, "\n"), (broken, "bogus\n")):
            with open(path, "w", encoding="ascii") as out:
                out.write(text)
        ours = {kind: run(OURS, "-c", "-f", config, "-dK" + kind) for kind in [*CLASSES, "help"]}
        theirs = {kind: run(THEIRS, "-c", "-f", config, "-dK" + kind) for kind in [*CLASSES, "help"]}
        for kind, least in CLASSES.items():
            (code, text), (their_code, their_text) = ours[kind], theirs[kind]
            # 2.6 says its verdict without being asked for it (-V): so do we.
            check((code, text.endswith(VERDICT)) == (their_code, their_text.endswith(VERDICT)), f"-dK{kind}: code and verdict", text[-100:])
            text, their_text = text.removesuffix(VERDICT), their_text.removesuffix(VERDICT)
            check(text.splitlines()[0] == their_text.splitlines()[0], f"-dK{kind}: title", text[:80])
            check(len(text.splitlines()) >= least, f"-dK{kind}: {len(text.splitlines())} lines")
        check(ours["help"][1].startswith(theirs["help"][1].removesuffix(VERDICT)), "-dKhelp begins as haproxy's", ours["help"][1])
        # In the forms of haproxy: its own names are found in ours by the same reading, and most of ours in its own.
        for kind, common in (("smp", 150), ("cnv", 80), ("acl", 25), ("cli", 60)):
            here, there = names(ours[kind][1].removesuffix(VERDICT), kind), names(theirs[kind][1].removesuffix(VERDICT), kind)
            check(len(here & there) >= common, f"-dK{kind}: {len(here & there)} names are haproxy's", sorted(here ^ there)[:10])
        check(re.search(r"^\[ (Y ){22}\] always_true: bool$", ours["smp"][1], re.M), "always_true may stand everywhere")
        check(re.search(r"^\[ (\. ){2}(Y ){9}(\. ){11}\] path: str$", ours["smp"][1], re.M), "path where requests are seen")
        heads = [line for line in ours["smp"][1].splitlines() if line.startswith("#")]
        theirs_heads = [line for line in theirs["smp"][1].splitlines() if line.startswith("#")]
        check([re.sub(r"(-) .*", r"\1", line) for line in heads] == [re.sub(r"(-) .*", r"\1", line) for line in theirs_heads], "the ladder of places", heads)
        check("\nshow info [WORKER] \n" in ours["cli"][1] and "\nshow proc [MASTER] \n" in ours["cli"][1] and "\nhelp [MASTER] [WORKER] \n" in ours["cli"][1],
              "whose a command is")
        for line in ("\tbind <addr> defer-accept", "\tserver <name> <addr> backup", "\toption http-no-delay [ FE BE ]", "\thttp-request set-header <name> <format>"):
            check(f"{line}\n" in ours["cfg"][1], f"cfg has {line!r}")
        check(run(OURS, "-q", "-c", "-f", config, "-dKall") == (0, "".join(ours[kind][1].removesuffix(VERDICT) for kind in CLASSES)), "all are all, and -q says no more")
        order = [re.findall(r"^# .*", run(program, "-q", "-c", "-f", config, "-dKsvc,flt,bogus,svc")[1], re.M) for program in (OURS, THEIRS)]
        check(order[0] == order[1] and len(order[0]) == 3, "in the order of their naming", order)
        for word in ("-dKbogus", "-dKsvc"):
            for path, name in ((config, "a file"), (empty, "a file without listeners"), (broken, "a broken file")):
                got, wanted = run(OURS, "-q", "-c", "-f", path, word), run(THEIRS, "-q", "-c", "-f", path, word)
                title = [said.splitlines()[:1] for _, said in (got, wanted)]
                check(got[0] == wanted[0] and title[0] == title[1], f"{word} with {name}", (got, wanted))
        listed = [run(program, "-c", "-f", config, "-dL")[1].splitlines() for program in (OURS, THEIRS)]
        check([listed[0][0], listed[0][-1]] == [listed[1][0], listed[1][-1]], "-dL before the verdict", listed)
        check(all(os.path.exists(line) for line in listed[0][1:-1]), "-dL names files", listed[0])
        written(folder)
        anonymous(folder)
        archives(folder, config)
        processors(config)
    print(f"{COUNT[0]} checks, {COUNT[1]} failed")
    return 1 if COUNT[1] else 0


if __name__ == "__main__":
    sys.exit(main())
