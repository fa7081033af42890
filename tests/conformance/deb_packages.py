#!/usr/bin/env python3
"""The Debian packages: what is in them, and that they install, upgrade, remove and purge cleanly in place of the originals'.

Usage: deb_packages.py [--build FOLDER]    a build folder in which `make deb` works (default: here)

dpkg runs in a chroot over a copy-on-write view of this machine, in namespaces of its own (mounts, processes, network): the
machine's own packages and daemons are not touched. Needs root, overlayfs and dpkg-dev; without them 77.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

checks, complaints = 0, []
SCRIPT = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o size=1g tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/systemd run/systemd/system packages
cp "$2"/*.deb "$2/next"/*.deb "$2/session" packages/
# The service manager is one that only writes down what it was asked for.
rm -f usr/bin/systemctl usr/sbin/policy-rc.d
printf '#!/bin/sh\necho "$*" >>/tmp/systemctl.log\ncase "$*" in *is-active*) exit 3 ;; *is-enabled*) echo enabled ;; esac\n' >usr/bin/systemctl
chmod 755 usr/bin/systemctl
mount -t proc proc proc
mount -o bind /dev dev
chroot . sh /packages/session
cp -a "$1/upper" "$3"
"""
# In the chroot: each step's name, then what it leaves behind.
SESSION = r"""
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
step() { echo "== $*"; : >/tmp/systemctl.log; }
state() { dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Abbrev}\n' triad triad-compat haproxy keepalived 2>/dev/null | sed 's/ *$//; s/^/state: /'; }
calls() { sed 's/^/systemctl: /' /tmp/systemctl.log; }
cd /packages
mkdir -p /etc/haproxy && printf 'global\n' >>/etc/haproxy/haproxy.cfg
step install
dpkg -i triad_FIRST_*.deb && echo done; state; calls
proxyd -v | head -n 1; vrrpd -v 2>&1 | head -n 1; getent passwd haproxy >/dev/null && echo "account: haproxy"
step compat
dpkg -i triad-compat_FIRST_*.deb && echo done; state; calls
for unit in haproxy keepalived; do grep -q Triad /usr/lib/systemd/system/$unit.service && echo "unit: $unit is ours"; done
haproxy -v | head -n 1; keepalived -v 2>&1 | head -n 1; echo "haproxy is $(readlink -f /usr/sbin/haproxy)"
for conffile in $(dpkg-query -W -f '${Conffiles}\n' triad | awk '{print $1}'); do echo "# kept" >>"$conffile"; echo "conffile: $conffile"; done
step upgrade
dpkg -i triad_SECOND_*.deb triad-compat_SECOND_*.deb && echo done; state; calls
for conffile in $(dpkg-query -W -f '${Conffiles}\n' triad | awk '{print $1}'); do tail -n 1 "$conffile" | grep -qx '# kept' || echo "lost: $conffile"; done
step verify
dpkg --verify triad triad-compat | sed 's/^/verify: /' | grep -v ' c /etc/'
step again
dpkg -i triad_SECOND_*.deb && echo done
step remove-needed
dpkg -r triad 2>/dev/null && echo removed
step remove
dpkg -r triad-compat triad && echo done; state; calls
step reinstall
dpkg -i triad_SECOND_*.deb && echo done
step purge
dpkg -P triad triad-compat && echo done; state; calls
ls /packages >/dev/null
"""


def check(good, text):
    global checks
    checks += 1
    if not good:
        complaints.append(text)


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, **options)


def contents(deb):
    """(mode, owner, size, path, link) of each entry."""
    for line in run("dpkg-deb", "-c", deb).stdout.splitlines():
        mode, owner, size, _, _, path = line.split(None, 5)
        path, _, link = path.partition(" -> ")
        yield mode, owner, int(size) if size.isdigit() else 0, path.removeprefix("."), link


def look_at(deb):
    """What lintian would say of the contents."""
    name = os.path.basename(deb).split("_")[0]
    entries = list(contents(deb))
    paths = {path for _, _, _, path, _ in entries}
    allowed = re.compile(r"^/(usr/(sbin|bin)/[a-z]+|" + (r"(usr/)?lib/systemd/system/(haproxy|keepalived)\.service|" if name == "triad-compat" else "") + r"usr/lib/(systemd/system|sysusers\.d|tmpfiles\.d)/[a-z.-]+|usr/share/man/man[1-8]/.+\.gz|"
                         r"usr/share/doc/" + name + r"/.+|usr/share/bash-completion/completions/[a-z]+|etc/(logrotate\.d|rsyslog\.d|default)/[a-z0-9.-]+)$")
    for mode, owner, size, path, link in entries:
        check(owner == "root/root", f"{name}: {path} belongs to {owner}")
        if mode[0] == "d":
            check(mode == "drwxr-xr-x", f"{name}: {path} is {mode}")
            check(any(other.startswith(path) and other != path for other in paths), f"{name}: {path} is empty")
            continue
        check(allowed.match(path), f"{name}: {path} is in no place for packages")
        if mode[0] == "l":
            target = os.path.normpath(os.path.join(os.path.dirname(path), link))
            check(target in paths or name == "triad-compat", f"{name}: {path} leads to {link}, which is not there")
            continue
        is_program = "bin/" in path
        check(mode == ("-rwxr-xr-x" if is_program else "-rw-r--r--"), f"{name}: {path} is {mode}")
        check(size > 0, f"{name}: {path} has no bytes")
    programs = {os.path.basename(path) for path in paths if "bin/" in path and not path.endswith("/")}
    for program in programs:
        page = [path for path in paths if re.search(rf"/man[18]/{program}\.[18]\.gz$", path)]
        check(page, f"{name}: {program} has no page in the manual")
    check(f"/usr/share/doc/{name}/copyright" in paths, f"{name}: no copyright")
    control = run("dpkg-deb", "-f", deb).stdout
    for field in ("Package", "Version", "Architecture", "Maintainer", "Installed-Size", "Depends", "Section", "Priority", "Description"):
        check(re.search(rf"^{field}: \S", control, re.M), f"{name}: no field {field}")
    check("@" not in re.sub(r"^Maintainer:.*$", "", control, flags=re.M), f"{name}: a placeholder is left: {control}")
    check(re.search(r"^Depends:.*\blibc6\b", control, re.M) and (name != "triad" or "libssl3" in control), f"{name}: dependencies on libraries: {control}")
    check(all(len(line) <= 80 for line in control.partition("Description:")[2].splitlines()), f"{name}: long lines in the description")
    with tempfile.TemporaryDirectory() as folder:
        run("dpkg-deb", "-e", deb, folder)
        names = {path.name for path in pathlib.Path(folder).iterdir()}
        check({"control", "md5sums", "postinst", "prerm", "postrm"} <= names, f"{name}: control files {names}")
        conffiles = pathlib.Path(folder, "conffiles").read_text(encoding="utf-8").split() if "conffiles" in names else []
        check(sorted(conffiles) == sorted(path for mode, _, _, path, _ in entries if path.startswith("/etc/") and mode[0] != "d"), f"{name}: conffiles {conffiles}")
        for script in ("postinst", "prerm", "postrm"):
            text = pathlib.Path(folder, script).read_text(encoding="utf-8")
            check(text.startswith("#!/bin/sh\nset -e\n"), f"{name}: {script} goes on after a failure")
            check(run("sh", "-n", os.path.join(folder, script)).returncode == 0, f"{name}: {script} is no shell")
        md5 = {"/" + line.split(None, 1)[1] for line in pathlib.Path(folder, "md5sums").read_text(encoding="utf-8").splitlines()}
        check(md5 == {path for mode, _, _, path, _ in entries if path.startswith(("/usr/", "/lib/")) and mode[0] == "-"}, f"{name}: md5sums")
        run("dpkg-deb", "-x", deb, os.path.join(folder, "root"))
        for program in programs:
            where = next(path for path in paths if path.endswith("bin/" + program))
            full = os.path.join(folder, "root") + where
            if not os.path.islink(full):
                sections = run("readelf", "-S", "-l", "-d", full).stdout
                check(".debug_info" not in sections, f"{name}: {program} is not stripped")
                check("BIND_NOW" in sections or "FLAGS_1" in sections and "NOW" in sections, f"{name}: {program} without full RELRO")
                check("RUNPATH" not in sections and "RPATH" not in sections, f"{name}: {program} has a path of its own for libraries")
        for unit in (path for path in paths if path.endswith(".service")):
            text = pathlib.Path(folder, "root" + unit).read_text(encoding="utf-8")
            for program in re.findall(r"^Exec\w+=(/\S+)", text, re.M):
                check(program in paths or program == "/bin/kill" or name == "triad-compat" and program.startswith("/usr/sbin/"), f"{name}: {unit} starts {program}")
            check("@" not in re.sub(r"@[a-z-]+\b", "", text), f"{name}: {unit} has a placeholder left")


def steps(text):
    found, name = {}, ""
    for line in text.splitlines():
        if line.startswith("== "):
            name = line[3:]
            found[name] = []
        elif name:
            found[name].append(line)
    return found


def files_left(upper):
    """What the session changed and left on the machine's file system."""
    ignored = re.compile(r"^/(packages|run|tmp|proc|dev|var/(lib/dpkg|log|cache)|etc/(passwd|group|shadow|gshadow|subuid|subgid|\.pwd\.lock|alternatives|ld\.so\.cache)|"
                         r"usr/bin/systemctl|bin/systemctl|usr/share/(man|doc)/.*|root|var/lib/systemd/deb-systemd-helper-(enabled|masked))")
    for folder, _, names in os.walk(upper):
        for name in names:
            path = os.path.join(folder, name)
            shown = "/" + os.path.relpath(path, upper)
            if not ignored.match(shown):
                yield shown, os.path.isfile(path) and not os.path.islink(path)


def install(packages, first, second):
    with tempfile.TemporaryDirectory(prefix="triad-deb-") as folder:
        session = SESSION.replace("FIRST", first).replace("SECOND", second)
        pathlib.Path(packages, "session").write_text(session, encoding="utf-8")
        listing = os.path.join(packages, "left")
        said = run("unshare", "-m", "-n", "-p", "--fork", "sh", "-c", SCRIPT, "sh", folder, packages, listing)
        log = said.stdout + said.stderr
        found = steps(said.stdout)
        had = {name for name in ("haproxy", "keepalived") if run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", name).stdout.startswith("ii")}

        def said_in(step, text):
            check(any(text in line for line in found.get(step, [])), f"{step}: no '{text}' in {found.get(step)}\n{log[-3000:]}")

        for step in ("install", "compat", "upgrade", "again", "remove", "reinstall", "purge"):
            said_in(step, "done")
        said_in("install", f"state: triad {first} ii")
        said_in("install", "systemctl: daemon-reload")
        check(not any(re.match(r"systemctl: .*(start|enable)", line) for line in found.get("install", [])), f"install starts something: {found.get('install')}")
        said_in("install", "proxyd version")
        said_in("install", "vrrpd")
        said_in("install", "account: haproxy")
        said_in("compat", f"state: triad-compat {first} ii")
        said_in("compat", "haproxy is /usr/sbin/proxyd")
        for unit in ("haproxy", "keepalived"):
            said_in("compat", f"unit: {unit} is ours")  # the original's removal must not take it along
        said_in("compat", "HAProxy version")
        said_in("compat", "Keepalived")
        if "haproxy" in had:
            said_in("compat", " start haproxy.service")  # as it ran before, so it goes on
            for name in had:
                check(not any(re.match(rf"state: {name} .* ii", line) for line in found.get("compat", [])), f"{name} is still installed")
        said_in("upgrade", f"state: triad {second} ii")
        said_in("upgrade", f"state: triad-compat {second} ii")
        said_in("upgrade", "systemctl: try-reload-or-restart proxyd.service")
        said_in("upgrade", "systemctl: try-reload-or-restart haproxy.service")
        check(not any(line.startswith("lost: ") for line in found.get("upgrade", [])), f"upgrade: {found.get('upgrade')}")
        check(found.get("verify") == [], f"files are not as packed: {found.get('verify')}")
        check("removed" not in found.get("remove-needed", ["removed"]), "triad can be removed from under triad-compat")
        said_in("remove", "systemctl: daemon-reload")
        check(not any(re.match(r"state: triad\S* .* ii", line) for line in found.get("purge", [])), f"purge: {found.get('purge')}")
        check("warning" not in said.stderr.replace("downgrading", ""), f"dpkg warns: {said.stderr[-1500:]}")
        if os.path.isdir(listing):
            for path, is_file in files_left(listing):
                # The first is the session's own, the others are the originals', whose packages change their mode when they go.
                if is_file and path not in ("/etc/haproxy/haproxy.cfg", "/etc/init.d/haproxy", "/etc/init.d/keepalived"):
                    check(False, f"left behind: {path}")
        else:
            check(False, f"no view of what was left: {log[-3000:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=".")
    given = parser.parse_args()
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("dpkg-deb", "dpkg-shlibdeps", "unshare")):
        print("deb_packages: needs root, dpkg-dev and unshare")
        return 77
    made = run("make", "-C", given.build, "-s", "deb")
    check(made.returncode == 0, f"make deb: {made.stdout[-1500:]}{made.stderr[-3000:]}")
    build = pathlib.Path(given.build).resolve()
    folder = build / "deb" if (build / "deb").is_dir() else build.parent / (build.name + "-deb") / "deb"
    with tempfile.TemporaryDirectory(prefix="triad-packages-") as packages:
        debs = sorted(folder.glob("*.deb"))
        check({deb.name.split("_")[0] for deb in debs} == {"triad", "triad-compat"}, f"make deb makes {debs}")
        for deb in debs:
            look_at(str(deb))
            shutil.copy(deb, packages)
        # The next version: the same files under another number.
        first = debs[0].name.split("_")[1] if debs else "0"
        second = first + "+next"
        os.mkdir(os.path.join(packages, "next"))
        for deb in debs:
            with tempfile.TemporaryDirectory() as root:
                run("dpkg-deb", "-R", str(deb), root)
                control = pathlib.Path(root, "DEBIAN/control")
                control.write_text(control.read_text(encoding="utf-8").replace(f"Version: {first}", f"Version: {second}").replace(f"(= {first})", f"(= {second})"),
                                   encoding="utf-8")
                run("dpkg-deb", "--root-owner-group", "-Znone", "--build", root, os.path.join(packages, "next", deb.name.replace(first, second)))
        probe = run("unshare", "-m", "sh", "-c", 'mount -t tmpfs t "$1" && mkdir "$1/u" "$1/w" "$1/m" && mount -t overlay o -o "lowerdir=/,upperdir=$1/u,workdir=$1/w" "$1/m"',
                    "sh", packages + "/next")
        if probe.returncode == 0:
            install(packages, first, second)
        else:
            print("no overlayfs here: the packages are not installed")
    for text in complaints[:40]:
        print("FAIL", text)
    print(f"deb_packages: {checks} checks, {len(complaints)} failures")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
