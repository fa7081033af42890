#!/usr/bin/env python3
"""`make install-compat`: the originals' names, and nothing of them in the plain `make install`. Both into a folder of the test's own."""
import os
import shutil
import subprocess
import sys
import tempfile

BUILD = os.path.dirname(os.path.dirname(os.path.abspath(os.environ.get("VRRPD", "vrrpd/vrrpd"))))
SKIP = 77
COMPAT = {"sbin/keepalived", "sbin/haproxy", "man8/keepalived.8", "system/keepalived.service", "completions/keepalived", "completions/haproxy"}
COUNT = [0]


def check(holds, what, detail=""):
    if not holds:
        print(f"{detail}\n  FAIL  {what}")
        sys.exit(1)
    COUNT[0] += 1
    print(f"  ok    {what}", flush=True)


def make(target, folder):
    """{last two parts of the path: the whole}. Where things go is as configured: another prefix would be left in files of the build folder."""
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR")}
    done = subprocess.run(["make", "-s", target, f"DESTDIR={folder}"], cwd=BUILD, env=env, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"make {target}", done.stdout[-2000:] + done.stderr[-4000:])
    return {os.path.join(os.path.basename(where), name): os.path.join(where, name) for where, _, files in os.walk(folder) for name in files}


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def main():
    if not shutil.which("make") or not os.path.exists(os.path.join(BUILD, "Makefile")):
        print("skipped: this is no build folder")
        sys.exit(SKIP)
    with tempfile.TemporaryDirectory(prefix="triad-compat.") as folder:
        plain = make("install", os.path.join(folder, "plain"))
        check({"sbin/vrrpd", "sbin/checkerd", "sbin/proxyd", "bin/genhash", "system/vrrpd.service"} <= set(plain), "the plain install has the daemons", sorted(plain))
        with open(os.path.join(BUILD, "config.log"), encoding="utf-8", errors="replace") as log:
            is_asked = "COMPAT_NAMES_TRUE=''" in log.read()
        check((set(plain) & COMPAT) == (COMPAT if is_asked else set()), "and the originals' names only with --enable-compat-names", sorted(plain))
        for path in plain.values():
            os.unlink(path)  # hundreds of MiB
        stage = os.path.join(folder, "compat")
        found = make("install-compat", stage)
        check(COMPAT | {"sbin/vrrpd", "sbin/checkerd", "sbin/proxyd", "bin/genhash"} == set(found), "install-compat: the names, and what they start", sorted(found))
        check(os.readlink(found["sbin/haproxy"]) == "proxyd", "haproxy is a link to proxyd")
        code, text = run(found["sbin/keepalived"], "-v")
        check(code == 0 and text.startswith("Keepalived v"), "keepalived -v", text)
        code, text = run(found["sbin/haproxy"], "-v")
        check(code == 0 and text.startswith("HAProxy version 3."), "haproxy -v", text)
        code, text = run(found["sbin/keepalived"], "--genhash", "-h")
        check("--use-ssl" in text, "keepalived --genhash finds genhash in bin", text)
        config = os.path.join(folder, "keepalived.conf")
        with open(config, "w", encoding="ascii") as out:
            out.write("global_defs {\n  router_id A\n}\n")
        check(run(found["sbin/keepalived"], "-t", "-f", config)[0] == 0, "keepalived -t")
        with open(found["system/keepalived.service"], encoding="ascii") as text:
            check(f"\nExecStart={found['sbin/keepalived'].removeprefix(stage)} --dont-fork $DAEMON_ARGS $KEEPALIVED_OPTIONS\n" in text.read(), "its unit starts it from where it is")
        check(not COMPAT & set(make("uninstall-compat", stage)), "uninstall-compat takes them away")
    print(f"{COUNT[0]} checks passed")


if __name__ == "__main__":
    main()
