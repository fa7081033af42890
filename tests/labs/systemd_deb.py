#!/usr/bin/env python3
"""The Debian packages under a real systemd: on a machine where Debian's haproxy and keepalived run, they are installed, take over, are reloaded,
upgraded under requests, removed and purged. Needs what `make deb` makes."""
import glob
import os
import re
import subprocess
import tempfile

from lab import check, skip
from machine import need
from systemd_lab import BUILD, ORIGINALS, Guest, is_program
from systemd_own_units import NOTIFY, PROXY, VRRP

PACKAGES = ("triad", "triad-compat")
UNITS = ("proxyd", "vrrpd", "checkerd")
TOOLS = """dpkg dpkg-deb dpkg-split dpkg-query dpkg-maintscript-helper dpkg-trigger tar diff ldconfig getent perl deb-systemd-helper deb-systemd-invoke invoke-rc.d
 update-rc.d basename md5sum cmp rmdir uniq"""
STATES = "systemctl is-enabled {units}; systemctl is-active {units}"
HAS_BOTH = "ip -o -4 addr show dev v0 | grep -q 10.9.0.{last}/ && ipvsadm --save -n | grep -q -e '-a -t 10.9.0.{last}:80 '"


def packages():
    """{name: path of the newest}."""
    found = {}
    for name in PACKAGES:
        paths = [path for folder in (f"{BUILD}/deb", f"{BUILD}-deb/deb") for path in glob.glob(f"{folder}/{name}_[0-9]*.deb")]
        if not paths:
            skip(f"no package {name}: `make deb` makes it")
        found[name] = max(paths, key=os.path.getmtime)
    return found


def repack(path, target, version):
    """The same package as another version, whose programs are other files."""
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        subprocess.run(["dpkg-deb", "-R", path, tree], check=True)
        with open(tree + "/DEBIAN/control", encoding="utf-8") as text:
            control = text.read()
        before = re.search(r"^Version: (.*)$", control, re.M).group(1)
        control = control.replace(f"Version: {before}\n", f"Version: {version}\n").replace(f"triad (= {before})", f"triad (= {version})")
        with open(tree + "/DEBIAN/control", "w", encoding="utf-8") as text:
            text.write(control)
        subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "--build", tree, target], check=True, capture_output=True)


def paragraph(name, drop):
    text = subprocess.run(["dpkg-query", "-s", name], capture_output=True, text=True, check=True).stdout
    return re.sub(r"^(%s):.*\n(?: .*\n)*" % drop, "", text, flags=re.M) + "\n"


def add_packages(archive):
    """What dpkg knows of this machine: the originals, and what ours depends on. The packages, as two versions."""
    paths, status, depends = packages(), "", set()
    with tempfile.TemporaryDirectory() as folder:
        for name, path in paths.items():
            for number in ("1", "2"):
                target = os.path.join(folder, f"{name}_{number}.deb")
                repack(path, target, f"9.{number}")
                archive.copy(target, f"lab/{name}_{number}.deb")
            field = subprocess.run(["dpkg-deb", "-f", path, "Depends"], capture_output=True, text=True, check=True).stdout
            depends |= set(re.findall(r"(?:^|, )([a-z0-9.+-]+)", field)) - {"triad"}
            tree = os.path.join(folder, name)
            subprocess.run(["dpkg-deb", "-x", path, tree], check=True)
            for program in glob.glob(tree + "/usr/*bin/*"):
                if os.path.exists(program) and is_program(program):  # a link may lead into the other package
                    archive.program(program, "lab/libraries/" + os.path.basename(program))  # brings the libraries along
    for name in ORIGINALS:
        status += paragraph(name, "Pre-Depends|Depends")
        for path in glob.glob(f"/var/lib/dpkg/info/{name}.*"):
            archive.copy(path, path)
    for name in sorted(depends):
        status += paragraph(name, "Pre-Depends|Depends|Conffiles")
        architecture = subprocess.run(["dpkg-query", "-W", "-f", "${Multi-Arch}:${Architecture}", name], capture_output=True, text=True, check=True).stdout
        archive.file(f"var/lib/dpkg/info/{name}{':' + architecture.split(':')[1] if architecture.startswith('same') else ''}.list", b"")
    archive.file("var/lib/dpkg/status", status.encode())
    archive.file("var/lib/dpkg/available", b"")
    archive.file("var/lib/dpkg/info/format", b"1\n")
    archive.folder("var/lib/dpkg/updates")
    archive.folder("var/lib/dpkg/triggers")
    archive.folder("var/cache/ldconfig")
    for name in ("perl-base", "dpkg"):
        for path in subprocess.run(["dpkg-query", "-L", name], capture_output=True, text=True, check=True).stdout.split("\n"):
            if re.match(r"/usr/(lib|share)/(\S+/)?(perl|perl-base|dpkg)/", path) and os.path.isfile(path) and (name == "perl-base" or path.endswith(".sh")):
                (archive.program if is_program(path) else archive.copy)(path, path)


def dpkg(guest, words, what):
    code, out = guest.run(f"cd /lab && LC_ALL=C dpkg {words}")
    check(code == 0, what, out + guest.text("systemctl --no-pager status haproxy keepalived proxyd; journalctl -q -n 30"))
    return out


def states(guest, *units):
    """{unit: (enabled, active)}."""
    words = guest.text(STATES.format(units=" ".join(units))).split()
    return dict(zip(units, zip(words[:len(units)], words[len(units):])))


def is_gone(guest, units, what):
    for unit in units:
        code, out = guest.run(f"systemctl status {unit}")
        check(code == 4 and "could not be found" in out, f"{what}: systemctl status {unit}: no such unit", out)
    check(not guest.text("processes proxyd haproxy vrrpd checkerd keepalived"), f"{what}: nothing runs", guest.text("ps -ef"))


def write(guest, text, last):
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text=text))
    guest.write("/etc/keepalived/keepalived.conf", VRRP.format(last=last))


def serves(guest, text, last, what):
    guest.wait(f'[ "$(answer)" = {text} ] && ' + HAS_BOTH.format(last=last), what)


def take_over(guest):
    guest.use("original")
    write(guest, "one", 100)
    code, out = guest.run("systemd-sysusers; systemd-tmpfiles --create; LC_ALL=C DPKG_MAINTSCRIPT_PACKAGE=both deb-systemd-helper enable haproxy.service keepalived.service && systemctl daemon-reload && systemctl start haproxy keepalived")
    check(code == 0, "Debian's haproxy and keepalived are enabled and started", out)
    serves(guest, "one", 100, "Debian's haproxy and keepalived serve")
    check(states(guest, *ORIGINALS) == {name: ("enabled", "active") for name in ORIGINALS}, "enabled and active", states(guest, *ORIGINALS))
    before = guest.text("main_pid haproxy; main_pid keepalived")
    dpkg(guest, "-i triad_1.deb", "triad is installed beside them")
    check(states(guest, *UNITS) == {name: ("disabled", "inactive") for name in UNITS}, "its units are disabled, and none is started", states(guest, *UNITS))
    check(guest.text("main_pid haproxy; main_pid keepalived") == before, "the originals run on")
    code, out = guest.run("systemctl status proxyd")
    check(code == 3 and "disabled" in out and "Triad proxyd" in out, "systemctl status proxyd: inactive", out)
    out = dpkg(guest, "-i triad-compat_1.deb", "triad-compat is installed in their place")
    check("removing haproxy in favour of triad-compat" in out.replace("\n", " ") and "keepalived in favour of" in out, "dpkg removes them for it", out)
    serves(guest, "one", 100, "the same files serve")
    check(states(guest, *ORIGINALS) == {name: ("enabled", "active") for name in ORIGINALS}, "haproxy.service and keepalived.service are enabled and active", states(guest, *ORIGINALS))
    check(guest.text("readlink -f /proc/$(main_pid haproxy)/exe /proc/$(main_pid keepalived)/exe") == "/usr/sbin/proxyd\n/usr/sbin/keepalived" and "Triad" in guest.text("systemctl status haproxy keepalived"), "and are ours")


def reload_and_upgrade(guest):
    main = {unit: guest.text(f"main_pid {unit}") for unit in ORIGINALS}
    write(guest, "two", 101)
    for unit in ORIGINALS:
        code, out = guest.run(f"systemctl reload {unit}")
        check(code == 0 and guest.text(f"main_pid {unit}") == main[unit], f"systemctl reload {unit}: in the same process", out)
    serves(guest, "two", 101, "by the new files")
    guest.run("""systemd-run -q --unit asker sh -c '. /lab/lib.sh; while :; do a=$(answer); echo "${a:-none}"; done >/run/answers'""")
    guest.wait("[ $(wc -l </run/answers) -ge 3 ]", "somebody asks all the time")
    dpkg(guest, "-i triad_2.deb triad-compat_2.deb", "both are upgraded")
    serves(guest, "two", 101, "and serve")
    guest.wait("readlink /proc/$(children haproxy)/exe | grep -v deleted", "haproxy: the worker runs the new program")
    guest.run("sleep 1; systemctl stop asker")
    answers = guest.text("sort /run/answers | uniq -c").split()
    check(answers[1:] == ["two"] and int(answers[0]) > 10, "no request was lost meanwhile", answers)
    check(guest.text("main_pid keepalived") != main["keepalived"] and guest.text("readlink /proc/$(main_pid keepalived)/exe") == "/usr/sbin/keepalived", "keepalived: the new program runs")
    check(states(guest, *ORIGINALS) == {name: ("enabled", "active") for name in ORIGINALS} and states(guest, *UNITS) == {name: ("disabled", "inactive") for name in UNITS}, "enabled and active as before")


def remove_compat(guest):
    dpkg(guest, "-r triad-compat", "triad-compat is removed")
    guest.wait('[ -z "$(processes haproxy keepalived vrrpd checkerd)" ] && ! ip addr show dev v0 | grep 10.9.0.10 && [ -z "$(ipvsadm --save -n)" ]', "what it ran has ended, and leaves nothing in the kernel")
    is_gone(guest, ORIGINALS, "triad-compat removed")
    check(guest.run("[ -s /etc/haproxy/haproxy.cfg ] && [ -s /etc/keepalived/keepalived.conf ]")[0] == 0, "the files stay")


def own_names(guest):
    code, out = guest.run(f"systemctl enable --now {' '.join(UNITS)}")
    check(code == 0, "systemctl enable --now of our own units", out)
    serves(guest, "two", 101, "they serve")
    check(states(guest, *UNITS) == {name: ("enabled", "active") for name in UNITS}, "enabled and active", states(guest, *UNITS))
    write(guest, "three", 102)
    code, out = guest.run(f"systemctl reload {' '.join(UNITS)}")
    check(code == 0, "reloaded", out)
    serves(guest, "three", 102, "by the new files")
    main = {unit: guest.text(f"main_pid {unit}") for unit in UNITS}
    dpkg(guest, "--force-downgrade -i triad_1.deb", "the version of before is installed")
    serves(guest, "three", 102, "and serves")
    now = {unit: guest.text(f"main_pid {unit}") for unit in UNITS}
    check(now["proxyd"] == main["proxyd"] and now["vrrpd"] != main["vrrpd"] and now["checkerd"] != main["checkerd"], "proxyd was reloaded, the others were started again", f"{main} {now}")
    guest.wait("readlink /proc/$(children proxyd)/exe | grep -v deleted", "proxyd: the worker runs the program that is installed")
    check(states(guest, *UNITS) == {name: ("enabled", "active") for name in UNITS}, "enabled and active as before")
    dpkg(guest, "-r triad", "triad is removed")
    is_gone(guest, UNITS, "triad removed")
    guest.wait('! ip addr show dev v0 | grep 10.9.0.10 && [ -z "$(ipvsadm --save -n)" ]', "and leaves nothing in the kernel")
    check(not guest.text("find /etc/systemd/system -name 'proxyd*' -o -name 'vrrpd*' -o -name 'checkerd*'"), "no link to a unit is left")


def purge(guest):
    dpkg(guest, "-i triad_2.deb", "installed again")
    check(states(guest, *UNITS) == {name: ("disabled", "inactive") for name in UNITS}, "its units are disabled, and none is started", states(guest, *UNITS))
    dpkg(guest, "-P triad triad-compat", "both are purged")
    is_gone(guest, UNITS, "purged")
    check(guest.text("systemctl is-system-running") == "running", "systemd has nothing to complain of", guest.text("systemctl --failed"))
    left = guest.text("find / -xdev '(' -path /proc -o -path /sys -o -path /lab ')' -prune -o -iname '*triad*' -print; dpkg-query -W 'triad*' 2>/dev/null | grep -v '^triad[a-z-]*\t$'; "
                      "find /etc/systemd/system -lname '*haproxy.service' -o -lname '*keepalived.service'")
    print(f"        left: {left}")
    check("triad" not in left.replace("/var/log", "").lower(), "nothing of it is left", left)


def main():
    packages()
    for tool in TOOLS.split():
        need(tool)
    files = {"etc/sysusers.d/account.conf": "u haproxy - - /var/lib/haproxy\n"}
    with Guest(files, extra=TOOLS.split(), memory=1024, is_installed=False, add=add_packages) as guest:
        for name, text in (("notify", NOTIFY), ("misc", "#!/bin/sh\nexit 0\n")):
            guest.write("/lab/" + name, text, mode="755")
        guest.run("ip link add v0 type veth peer name v1; ip addr add 10.9.0.1/24 dev v0; ip link set v0 up; ip link set v1 up")
        take_over(guest)
        reload_and_upgrade(guest)
        remove_compat(guest)
        own_names(guest)
        purge(guest)


if __name__ == "__main__":
    main()
