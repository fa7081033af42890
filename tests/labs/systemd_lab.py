"""A small virtual machine whose first process is Debian's own systemd, with a shell in the test's hands.

The kernel and the way to start it are machine.py's. The first file system is made here of the host's packages: systemd, rsyslog,
logrotate, the init scripts' helpers, the originals haproxy and keepalived with their units, init scripts and snippets, and what
`make install` and `make install-compat` of this build folder put in place. Which of the two is called /usr/sbin/haproxy and
/usr/sbin/keepalived is switched while it runs (`Guest.use`). `Guest.run` has a command run in there and says how it ended.
"""
import codecs
import glob
import os
import re
import select
import shlex
import subprocess
import tempfile
import time

import lab
import machine
from lab import check
from machine import need

BUILD = os.path.dirname(os.path.dirname(os.path.abspath(os.environ.get("PROXYD", "proxyd/proxyd"))))
ORIGINALS = ("haproxy", "keepalived")
SHOWN = ("Result", "NRestarts", "ActiveState", "SubState", "MainPID", "StatusText")
IS_LONG = os.environ.get("SYSTEMD_LABS") == "long"
PATIENCE = 60  # seconds that anything may take in there: the processor is emulated, and the host may be busy
TOOLS = """dash cat chmod chown cp cut date dirname echo env false grep head hostname id install kill ln ls mkdir mktemp mv nproc ps pgrep readlink rm
 run-parts sed seq sleep sort stat stty tail test touch tr true tty uname wc expr gzip
 find xargs socat ip mount umount ss start-stop-daemon logrotate rsyslogd ipvsadm ping
 free df systemctl journalctl systemd-analyze systemd-notify systemd-sysusers systemd-tmpfiles systemd-run systemd-cat"""
# Of systemd what runs in the guest, and every target and slice. No udev, no login, nothing of a network.
SYSTEMD = ("systemd", "systemd-journald", "systemd-cgroups-agent", "systemd-shutdown")
SERVICES = """systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket syslog.socket systemd-tmpfiles-setup.service rsyslog.service"""
RSYSLOG = ("lmnet.so", "imuxsock.so", "imklog.so", "lmnetstrms.so", "lmtcpsrv.so")
MODULES, PRELOAD = ("dummy", "veth", "autofs*", "ip_vs*", "ipip"), ("dummy", "veth", "autofs4")
DEBIAN_FILES = ["/etc/default/haproxy", "/etc/default/keepalived", "/etc/init.d/haproxy", "/etc/init.d/keepalived", "/etc/logrotate.d/haproxy", "/etc/rsyslog.conf",
                "/etc/rsyslog.d/49-haproxy.conf", "/lib/systemd/system/haproxy.service", "/lib/systemd/system/keepalived.service", "/usr/lib/rsyslog/rsyslog-rotate",
                *glob.glob("/etc/haproxy/errors/*.http"), "/usr/lib/tmpfiles.d/haproxy.conf", "/lib/lsb/init-functions", "/lib/lsb/init-functions.d/40-systemd"]
HERE = os.path.join(machine.HERE, "systemd")
AGENT_UNIT = """[Unit]
Description=The test's shell
DefaultDependencies=no
After=systemd-journald.socket
[Service]
ExecStart=/lab/agent
KillMode=process
"""


def install(folder):
    """`make install` and `make install-compat` of this build folder into another one. The programs are hundreds of MiB: links, not copies."""
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR")}
    done = subprocess.run(["make", "-s", "install", "install-compat", f"DESTDIR={folder}", "INSTALL_PROGRAM=cp -l"], cwd=BUILD, env=env, capture_output=True, text=True, check=False)
    check(done.returncode == 0, "make install install-compat", done.stdout[-2000:] + done.stderr[-4000:])


def is_program(path):
    with open(path, "rb") as data:
        return data.read(4) == b"\x7fELF"


def add_tree(archive, folder):
    """What was installed, where it was installed. The programs are in /lab/ours, with links from their places."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            place = os.path.join(where[len(folder):], name)
            if os.path.basename(where) in ("sbin", "bin"):
                if os.path.islink(path):
                    archive.link("lab/ours/" + name, os.readlink(path))
                else:
                    archive.program(path, "lab/ours/" + name)
                if place not in ("/usr/sbin/" + original for original in ORIGINALS):
                    archive.link(place.lstrip("/"), "/lab/ours/" + name)
            elif "/man" not in where and not os.path.islink(path):
                archive.copy(path, place)


def first_file_system(folder, files, extra, add):
    archive = machine.Archive()
    archive.folder("lab/ours")
    archive.folder("lab/original")
    if folder:
        add_tree(archive, folder)
    for tool in [*TOOLS.split(), *extra]:
        path = need(tool)
        if is_program(path):
            archive.program(path, path)
        else:
            archive.copy(os.path.realpath(path), path)
    for program in SYSTEMD:
        archive.program("/lib/systemd/" + program, "usr/lib/systemd/" + program)
    for plugin in glob.glob("/usr/lib/*/rsyslog/*.so"):
        if os.path.basename(plugin) in RSYSLOG:
            archive.program(plugin, plugin)
    for original in ORIGINALS:
        archive.program(need("/usr/sbin/" + original), "lab/original/" + original)
    archive.link("usr/bin/sh", "dash")
    archive.link("usr/bin/awk", "busybox")
    archive.link("usr/sbin/modprobe", "../bin/busybox")
    archive.copy(need("busybox"), "busybox")
    archive.copy(need("busybox"), "usr/bin/busybox")
    archive.link("etc/mtab", "/proc/self/mounts")
    archive.link("var/run", "/run")
    archive.link("var/lock", "/run/lock")
    units = glob.glob("/lib/systemd/system/*.target") + glob.glob("/lib/systemd/system/*.slice") + ["/lib/systemd/system/" + name for name in SERVICES.split()]
    for path in units + DEBIAN_FILES:
        if not os.path.islink(path):
            archive.copy(need(path), path)
    for name in ("systemd-journald.socket", "systemd-journald-dev-log.socket"):
        archive.link("usr/lib/systemd/system/sockets.target.wants/" + name, "../" + name)
    for name in ("systemd-journald.service", "systemd-tmpfiles-setup.service"):
        archive.link("usr/lib/systemd/system/sysinit.target.wants/" + name, "../" + name)
    archive.link("etc/systemd/system/multi-user.target.wants/rsyslog.service", "/lib/systemd/system/rsyslog.service")
    archive.link("etc/systemd/system/syslog.service", "/lib/systemd/system/rsyslog.service")
    archive.link("etc/systemd/system/default.target", "/lib/systemd/system/multi-user.target")
    archive.link("etc/systemd/system/sysinit.target.wants/agent.service", "../agent.service")
    archive.file("etc/systemd/system/agent.service", AGENT_UNIT.encode())
    for name, place in (("agent.sh", "lab/agent"), ("lib.sh", "lab/lib.sh"), ("init.sh", "init")):
        with open(os.path.join(HERE, name), "rb") as text:
            archive.file(place, text.read(), 0o755)
    archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\nadm:x:4:\nnogroup:x:65534:\nsystemd-journal:x:101:\n")
    archive.file("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files\n")
    archive.file("etc/hosts", b"127.0.0.1 localhost\n")
    archive.file("etc/hostname", b"director\n")
    archive.file("etc/machine-id", b"7e57" * 8 + b"\n")
    archive.file("etc/os-release", b"ID=debian\nNAME=Debian\nVERSION_ID=12\n")
    archive.copy("/etc/rsyslog.d/49-haproxy.conf", "lab/49-haproxy.conf")
    for name in ("rsyslog/49-triad.conf", "logrotate/triad"):
        archive.copy(os.path.join(machine.HERE, "../../../contrib", name), "lab/" + os.path.basename(name))
    for name in ("var/log", "var/spool/rsyslog", "var/lib/haproxy/dev", "var/lib/logrotate", "etc/haproxy", "etc/keepalived", "etc/sysconfig"):
        archive.folder(name)
    if add:
        add(archive)
    for name, data in files.items():
        archive.file(name, data.encode() if isinstance(data, str) else data)
    machine.add_modules(archive, machine.kernel()[1], MODULES, PRELOAD)
    return archive.bytes()


class Guest:
    """The virtual machine while it runs. `with` ends it."""

    def __init__(self, files=None, extra=(), memory=768, processors=2, timeout=300, is_installed=True, add=None):
        """`extra`: names of more tools; `add(archive)` brings what else is wanted. Not `is_installed`: nothing of ours is in there."""
        self.work = tempfile.TemporaryDirectory(prefix="systemd.", dir=BUILD)  # where links to the programs can be
        stage = os.path.join(self.work.name, "stage") if is_installed else None
        if stage:
            install(stage)
        initrd = os.path.join(self.work.name, "initrd")
        with open(initrd, "wb") as target:
            target.write(first_file_system(stage, files or {}, extra, add))
        print(f"  (the first file system has {os.path.getsize(initrd) >> 20} MiB)", flush=True)
        self.console = os.path.join(self.work.name, "console")
        command = [need("qemu-system-x86_64"), "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(processors), "-m", str(memory), "-nodefaults", "-no-user-config",
                   "-display", "none", "-no-reboot", "-nic", "none", "-kernel", machine.kernel()[0], "-initrd", initrd, "-append",
                   "console=ttyS0 panic=-1 quiet rdinit=/init mitigations=off random.trust_cpu=on nokaslr systemd.show_status=no systemd.log_level=notice systemd.journald.forward_to_console=1",
                   "-serial", "file:" + self.console, "-chardev", "stdio,id=agent,signal=off", "-serial", "chardev:agent"]
        self.place = machine.place()
        self.place.__enter__()
        self.machine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0, preexec_fn=lab.die_with_parent)
        self.held, self.decoder = "", codecs.getincrementaldecoder("utf-8")("replace")
        began = time.monotonic()
        self.until(r"\.ready\n", timeout)
        self.wait("systemctl is-system-running", "systemd has started everything", timeout)
        os.unlink(initrd)
        print(f"  (systemd is up after {time.monotonic() - began:.0f} s)", flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.machine.kill()
        self.machine.wait()
        self.place.__exit__(None, None, None)
        self.work.cleanup()

    def until(self, pattern, timeout):
        deadline = time.monotonic() + timeout
        while not (found := re.search(pattern, self.held)):
            ready, _, _ = select.select([self.machine.stdout], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.machine.stdout.fileno(), 65536) if ready else b""
            if not data:
                with open(self.console, encoding="utf-8", errors="replace") as text:
                    check(False, "the virtual machine answers", self.held[-1000:] + text.read()[-4000:])
            self.held += self.decoder.decode(data)
        out, self.held = self.held[:found.start()], self.held[found.end():]
        return out, found

    def run(self, script, timeout=PATIENCE * 4):
        """(exit code, what it wrote) of a script for the shell."""
        self.machine.stdin.write((script + "\n.run\n").encode())
        out, found = self.until(r"\n\.code (\d+)\n", timeout)
        return int(found.group(1)), out

    def text(self, script):
        return self.run(script)[1].strip()

    def wait(self, script, what, timeout=PATIENCE):
        """Until the script ends with 0."""
        code, out = self.run(f"until_true {timeout} {shlex.quote(script)}", timeout + 60)
        check(code == 0, what, out if code == 0 else out + self.text("systemctl list-jobs; journalctl -q -o short-monotonic -n 40"))
        return out

    def write(self, path, text, mode=None):
        self.run(f"cat >{shlex.quote(path)} <<'.end'\n{text.rstrip(chr(10))}\n.end" + (f"\nchmod {mode} {shlex.quote(path)}" if mode else ""))

    def use(self, side):
        """Puts "ours" or the "original" at /usr/sbin."""
        for name in ORIGINALS:
            self.run(f"rm -f /usr/sbin/{name}; " + (f"ln -s /lab/ours/{name} /usr/sbin/{name}" if side == "ours" else f"cp /lab/original/{name} /usr/sbin/{name}"))

    def show(self, unit, *names):
        """{name: value} of the unit's properties."""
        out = self.text(f"systemctl show {unit} -p {','.join(names)}")
        return dict(line.split("=", 1) for line in out.splitlines())


class Run:
    """One side under one unit: what is visible after each step. `look_script` prints more lines `name=value`, and `facts` makes of them
    what does not depend on the numbers of processes."""

    look_script = ""

    def __init__(self, guest, side, unit):
        self.guest, self.side, self.unit = guest, side, unit
        self.seen, self.main = {}, "0"

    def facts(self, facts, main):
        """Changes what was read."""

    def title(self, what):
        return f"{self.side}, {self.unit}: {what}"

    def look(self, step, **more):
        self.guest.wait(f"case $(systemctl is-active {self.unit}) in *ing) false; esac", self.title(step + ": systemd has nothing more to do"))
        out = self.guest.text(f"systemctl show {self.unit} -p {','.join(SHOWN)}\n" + self.look_script)
        facts = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        main, before = facts.pop("MainPID"), self.main
        facts["main process"] = "none" if main == "0" else "the same" if main == before else "another"
        self.main = main
        self.facts(facts, main)
        facts.update(more)
        self.seen[step] = facts

    def systemctl(self, command):
        """Its exit code, and what it said without the unit's name."""
        code, text = self.guest.run(f"systemctl {command} {self.unit}")
        return {"code": code, "said": text.strip().replace(self.unit, "UNIT")}

    def cursor(self):
        return self.guest.text("journalctl -q -n 1 --show-cursor -o cat | tail -n 1").removeprefix("-- cursor: ")

    def journal(self, cursor):
        """What systemd itself said of the unit since then."""
        lines = self.guest.text(f"journalctl -q -u {self.unit} _PID=1 -o cat --after-cursor={cursor!r}").splitlines()
        return [line.replace(self.unit, "UNIT") for line in lines if "Consumed" not in line and "Killing process" not in line and "Scheduled restart" not in line]


def compare(original, ours, explained=()):
    """`explained`: names of facts, or (step, name), that differ for a reason."""
    different = []
    for step, facts in ours.seen.items():
        for name, value in facts.items():
            theirs = original.seen[step][name]
            if theirs != value and (step, name) not in explained and name not in explained:
                different.append(f"{step}: {name}: the original {theirs!r}, ours {value!r}")
    print("\n".join(different))
    check(not different, f"{ours.unit}: after each of {len(ours.seen)} steps all that is visible is as with the original", "\n".join(different))
