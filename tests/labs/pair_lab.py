"""Machines as the users have them: what `make install-compat` puts there stands at /usr/sbin, files and scripts at their usual places,
a log daemon behind /dev/log and 127.0.0.1:514, and units that start, watch and reload the programs as the service manager does.

Each machine has namespaces of its own for network, mounts, processes and its name, so that the notes' `killall -0 haproxy` asks about
this machine alone, and scripts that send a mail say which one they are on.
"""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import lab
from lab import NOTES, Lab, WebServer, check, has_ended, wait
from vrrp_lab import Capture, Director

KEEPALIVED = os.environ.get("KEEPALIVED", "keepalived/parent/keepalived")
CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pair_client.py")
PATIENCE = 60  # seconds that anything may take on a busy machine
VIP = "192.168.67.150"
SYSTEMD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"

# The unit files' lines, as Debian 12 and EL have them.
KEEPALIVED_UNIT = "/usr/sbin/keepalived --dont-fork $DAEMON_ARGS"
KEEPALIVED_EL = "/usr/sbin/keepalived $KEEPALIVED_OPTIONS"
HAPROXY_UNIT = "/usr/sbin/haproxy -Ws -f $CONFIG -p $PIDFILE $EXTRAOPTS"
HAPROXY_CHECK = "/usr/sbin/haproxy -Ws -f $CONFIG -c -q $EXTRAOPTS"
HAPROXY_VARIABLES = {"CONFIG": "/etc/haproxy/haproxy.cfg", "PIDFILE": "/run/haproxy.pid", "EXTRAOPTS": "-S /run/haproxy-master.sock"}

FIRST = """import os, select, signal, socket
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # collects whatever loses its parent
signal.signal(signal.SIGINT, signal.SIG_IGN)   # a Ctrl-C is for who began it, with whom it ends
local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
local.bind("/dev/log")
os.chmod("/dev/log", 0o666)
remote = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
remote.bind(("127.0.0.1", 514))
out = open("/tmp/syslog", "a", buffering=1, encoding="utf-8")
print("ready", flush=True)
while True:
    for each in select.select([local, remote], [], [])[0]:
        out.write(each.recv(65536).decode(errors="replace").rstrip("\\0\\n") + "\\n")
"""


def installed():
    """The folder that has the programs as `make install-compat` puts them there."""
    build = os.path.dirname(os.path.dirname(os.path.dirname(os.environ["KEEPALIVED"])))
    stamp = os.path.join(build, "tests/labs/installed.stamp")
    built = [os.path.join(build, path) for path in ("proxyd/proxyd", "vrrpd/vrrpd", "checkerd/checkerd", "checkerd/genhash/genhash", "keepalived/parent/keepalived")]
    if not os.path.exists(stamp) or any(os.path.getmtime(path) > os.path.getmtime(stamp) for path in built):
        env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DESTDIR")}
        done = subprocess.run(["make", "-s", "tests/labs/installed.stamp"], cwd=build, env=env, capture_output=True, text=True, check=False)
        check(done.returncode == 0, "make install-compat", done.stdout[-2000:] + done.stderr[-2000:])
    for folder, _, names in os.walk(os.path.join(build, "tests/labs/installed")):
        if all(name in names and os.access(os.path.join(folder, name), os.X_OK) for name in ("haproxy", "keepalived")):
            return folder
    check(False, "the installed programs are there", build)
    return None


def open_lab(*tools, keep=()):
    """A lab in which the machines are; its own copy of /etc, and of /usr/sbin with ours over it."""
    lab.PROGRAM = KEEPALIVED
    if not os.environ.get(lab.INSIDE):
        os.environ["KEEPALIVED"] = os.path.abspath(shutil.which(KEEPALIVED) or KEEPALIVED)
    opened = Lab("socat", "ss", "killall", "make", "nsenter", *tools, keep=keep)
    folder = installed()
    lab.sh("mkdir /srv/sbin-before && mount --bind /usr/sbin /srv/sbin-before")
    lab.sh("cp -a /etc /srv/etc && mkdir -p /srv/etc/keepalived /srv/etc/haproxy && mount --bind /srv/etc /etc && mkdir -p /var/lib/haproxy")
    for place in ("sbin-theirs", "sbin-ours"):
        os.mkdir("/srv/" + place)
        for name in os.listdir("/srv/sbin-before"):
            os.symlink("/srv/sbin-before/" + name, f"/srv/{place}/{name}")
    for name in os.listdir(folder):
        target = "/srv/sbin-ours/" + name
        if os.path.lexists(target):
            os.unlink(target)
        shutil.copy(os.path.join(folder, name), target, follow_symlinks=False)
    return opened


def original_is_installed():
    return all(os.path.exists("/srv/sbin-theirs/" + name) for name in ("keepalived", "haproxy"))


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            return text.read()
    except (FileNotFoundError, ProcessLookupError):  # a process may end while we look at it
        return ""


class Process:
    """What the kernel says of one process; `pid` is ours, `inner` the number that it has on its machine."""

    def __init__(self, pid):
        status = dict(line.split(":\t", 1) for line in read(f"/proc/{pid}/status").splitlines() if ":\t" in line)
        self.pid, self.name, self.parent = pid, status.get("Name", ""), int(status.get("PPid", "0"))
        self.inner = int(status.get("NSpid", "0").split()[-1])
        self.is_gone = not status or status["State"].startswith("Z")
        self.words = read(f"/proc/{pid}/cmdline").split("\0")


class Machine(Director):
    """A node of its own in every respect but the users' and groups' names."""

    def __init__(self, opened, name, address, original=False):
        super().__init__(opened, name, address)
        self.is_original = original
        for part in ("haproxy", "tmp", "dev", "local"):
            os.makedirs(os.path.join(self.home, part))
        os.chmod(self.home + "/tmp", 0o1777)
        for device in ("null", "zero", "random", "urandom"):
            open(f"{self.home}/dev/{device}", "w", encoding="ascii").close()
            lab.sh(f"mount --bind /dev/{device} {self.home}/dev/{device}")
        places = {"run": "/run", "varlib": "/var/lib/haproxy", "keepalived": "/etc/keepalived", "haproxy": "/etc/haproxy", "tmp": "/tmp", "dev": "/dev", "local": "/usr/local/sbin"}
        mounts = [f"mount --rbind {self.home}/{part} {place}" for part, place in places.items()] + [f"mount --bind /srv/sbin-{'theirs' if original else 'ours'} /usr/sbin"]
        inside = " && ".join([f"hostname {name}", *mounts, 'exec "$@"'])
        self.holder = subprocess.Popen(["ip", "netns", "exec", name, "unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child=KILL", "--mount-proc", "sh", "-c", inside,
                                        "sh", sys.executable, "-c", FIRST], stdout=subprocess.PIPE, text=True)
        check(self.holder.stdout.readline() == "ready\n", f"{name} is up")
        self.first = int(read(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").split()[0])
        self.namespace = os.readlink(f"/proc/{self.first}/ns/pid")
        self.log = self.home + "/tmp/syslog"
        self.units = []

    def command(self, words):
        return ["nsenter", "-t", str(self.first), "-m", "-p", "-n", "-u", "--", *words]

    def put_note(self, path, name=None):
        """A file of the notes, as it is, at its usual place."""
        if path.endswith(".cfg"):
            shutil.copy(os.path.join(NOTES, path), os.path.join(self.home, "haproxy", name or "haproxy.cfg"))
        else:
            shutil.copy(os.path.join(NOTES, "keepalived", path), os.path.join(self.etc, name or "keepalived.conf"))

    def put_scripts(self):
        """The notes' scripts in both folders that the notes say."""
        for folder in ("", "scrips"):
            for name in os.listdir(NOTES + "/scripts"):
                self.put_script(name, read(f"{NOTES}/scripts/{name}"), folder)

    def put_program(self, name, text):
        """Something that the users' machines have and this one may not, in a folder of everybody's PATH."""
        self.put_script(name, text, "../local")

    def processes(self):
        """Those that run on this machine, its first one apart."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/ns/pid") != self.namespace or int(pid) == self.first:
                    continue
            except OSError:
                continue
            process = Process(int(pid))
            if not process.is_gone:
                found.append(process)
        return found

    def named(self, name):
        return [each for each in self.processes() if each.words[0].endswith("/" + name)]

    def pid_in(self, name):
        """Our number of the process that a pid file in /run names; 0 for none."""
        inner = int(read(f"{self.home}/run/{name}.pid").split("\n")[0] or 0)
        return next((each.pid for each in self.processes() if each.inner == inner), 0)

    def web(self, name):
        return LocalWeb(self, name)

    def rows(self):
        """`show stat` as {(proxy, server): status}."""
        lines = self.socket("show stat").strip().splitlines()
        return {tuple(row.split(",")[:2]): row.split(",")[17] for row in lines[1:] if row}


class LocalWeb(WebServer):
    """nginx on such a machine, where what we start is only the way in."""

    def stop(self):
        os.kill(next(each.pid for each in self.node.processes() if each.inner == int(read(self.node.home + "/nginx.pid"))), signal.SIGTERM)
        self.process.wait(PATIENCE)


class Unit:
    """A service as the service manager keeps it: started with the words of its unit, restarted when the unit says so."""

    def __init__(self, machine, exec_start, variables, restart=False, reload_check=None):
        self.machine, self.restart, self.told, self.ended, self.is_wanted, self.process = machine, restart, [], [], False, None
        self.words, self.reload_check = (self.expand(each, variables) for each in (exec_start, reload_check or ""))
        self.receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.place = f"notify-{len(machine.units)}"
        self.receiver.bind(f"{machine.home}/run/{self.place}")
        os.chmod(f"{machine.home}/run/{self.place}", 0o666)
        machine.units.append(self)
        threading.Thread(target=self.listen, daemon=True).start()

    @staticmethod
    def expand(line, variables):
        return [part for word in line.split() for part in (shlex.split(variables.get(word[1:], "")) if word.startswith("$") else [word])]

    def listen(self):
        while True:
            self.told.append(self.receiver.recv(65536).decode())

    def environment(self):
        return {"PATH": SYSTEMD_PATH, "LANG": "C.UTF-8", "NOTIFY_SOCKET": "/run/" + self.place}

    def begin(self):
        with open(f"{self.machine.home}/tmp/stderr", "a", encoding="utf-8") as out:
            self.process = subprocess.Popen(self.machine.command(self.words), env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def keep(self):
        while True:
            self.ended.append(self.process.wait())
            if not (self.is_wanted and self.restart):
                return
            time.sleep(0.1)  # RestartSec=
            if not self.is_wanted:
                return
            self.begin()

    def start(self, is_ready=None):
        """Comes back when it says READY=1, or when `is_ready()`."""
        self.is_wanted = True
        before = len(self.told)
        self.begin()
        self.keeper = threading.Thread(target=self.keep, daemon=True)
        self.keeper.start()
        wait(is_ready or (lambda: any("READY=1" in each for each in self.told[before:])), PATIENCE, f"{self.machine.name}: {self.words[0]} starts")

    def main(self):
        """The main process: the one that our way in became, or rather its child."""
        found = [each for each in self.machine.processes() if self.process and each.parent == self.process.pid]
        return found[0].pid if found else 0

    def reload(self, number):
        """As ExecReload= says: first a check, where there is one, then the signal. Comes back when it is said to be over."""
        if self.reload_check:
            done = self.machine.run(*self.reload_check, timeout=PATIENCE)
            check(done.returncode == 0, f"{self.machine.name}: {self.words[0]} -c -q", done.stderr)
        before = len(self.told)
        os.kill(self.main(), number)
        wait(lambda: any("READY=1" in each for each in self.told[before:]), PATIENCE, f"{self.machine.name}: {self.words[0]} reloads")

    def stop(self, number=signal.SIGTERM):
        self.is_wanted = False
        os.kill(self.main(), number)
        self.keeper.join(PATIENCE)
        return self.ended[-1]


def keepalived_unit(machine, **more):
    """Debian's unit."""
    return Unit(machine, KEEPALIVED_UNIT, {"DAEMON_ARGS": ""}, **more)


def haproxy_unit(machine, **more):
    """Debian's unit: Restart=always, reload by -c -q and USR2."""
    return Unit(machine, HAPROXY_UNIT, HAPROXY_VARIABLES, restart=True, reload_check=HAPROXY_CHECK.replace("$CONFIG", HAPROXY_VARIABLES["CONFIG"]).replace("$EXTRAOPTS", HAPROXY_VARIABLES["EXTRAOPTS"]), **more)


class Forked:
    """keepalived as EL's unit has it: Type=forking with a pid file, KEEPALIVED_OPTIONS="-D -S 6"."""

    def __init__(self, machine, options="-D -S 6"):
        self.machine, self.words = machine, Unit.expand(KEEPALIVED_EL, {"KEEPALIVED_OPTIONS": options})

    def start(self):
        done = self.machine.run(*self.words, timeout=PATIENCE, env={"PATH": SYSTEMD_PATH}, stdin=subprocess.DEVNULL)
        check(done.returncode == 0, f"{self.machine.name}: {' '.join(self.words)} returns with 0", done.stdout + done.stderr)
        wait(self.main, PATIENCE, f"{self.machine.name}: the pid file is there")

    def main(self):
        return self.machine.pid_in("keepalived")

    def stop(self, number=signal.SIGTERM):
        pid = self.main()
        os.kill(pid, number)
        wait(lambda: has_ended(pid), PATIENCE, f"{self.machine.name}: it ends")
        wait(lambda: not self.machine.named("keepalived"), PATIENCE, f"{self.machine.name}: and its children with it")
        return 0


class Client:
    """Asks an address for a page without a pause, and counts what it lost."""

    def __init__(self, node, address, port=80):
        self.path, self.process = os.path.join(node.home, f"answers-{address}-{port}"), None
        with open(self.path, "w", encoding="ascii") as out:
            self.process = subprocess.Popen(node.command([sys.executable, CLIENT, address, str(port)]), stdout=out, stderr=subprocess.DEVNULL)
        self.since = time.monotonic()
        self.switches = []

    def answers(self, since=None):
        """(when it was over, how long it took, who answered or why nobody did, "-...") since then."""
        rows = [line.split() for line in read(self.path).split("\n")[:-1]]
        return [(float(at), float(took), who) for at, took, who in rows if float(at) >= (self.since if since is None else since)]

    def is_answered(self, name=None):
        """Whether the last few were, by this one."""
        last = [who for _, _, who in self.answers(time.monotonic() - 0.3)][-3:]
        return len(last) == 3 and not any(who.startswith("-") for who in last) and (name is None or set(last) == {name})

    def begin(self):
        """What follows is about to be broken."""
        wait(self.is_answered, PATIENCE, "the client is answered")
        self.since = time.monotonic()

    def tell(self, what, bound=15):
        """How it went since `begin`, printed; fails when there was no answer for longer than `bound` seconds."""
        wait(self.is_answered, PATIENCE, f"{what}: the client is answered again")
        rows = self.answers()
        good = [self.since] + [at for at, _, who in rows if not who.startswith("-")]
        reasons = Counter(who[1:] for _, _, who in rows if who.startswith("-"))
        outage = max((later - earlier for earlier, later in zip(good, good[1:])), default=0.0)
        failed = sum(reasons.values())
        said = "".join(f"; {count} {reason}" for reason, count in reasons.items())
        self.switches.append((what, len(rows), failed, outage))
        print(f"  lost  {what}: {failed} of {len(rows)} requests, at most {outage:.2f} s without an answer{said}", flush=True)
        check(outage < bound, f"{what}: less than {bound} s without an answer", f"{outage:.2f} s")
        return failed, outage

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


def pair(opened, original=False, names=("ka-master", "ka-slave")):
    return [Machine(opened, name, f"192.168.67.{n}00", original) for n, name in enumerate(names, 1)]


def is_on(owner, others, address=VIP, seconds=PATIENCE):
    wait(lambda: owner.has(address) and not any(other.has(address) for other in others), seconds, f"{address} is on {owner.name} alone")


def no_report(*machines):
    for machine in machines:
        text = read(machine.log) + read(machine.home + "/tmp/stderr")
        check("ERROR: " not in text and "runtime error" not in text, f"{machine.name}: no sanitizer report", text[-2000:])


__all__ = ["NOTES", "Capture", "Client", "Forked", "Machine", "PATIENCE", "Unit", "VIP", "check", "haproxy_unit", "has_ended", "is_on", "keepalived_unit", "lab", "no_report", "open_lab", "original_is_installed",
           "os", "pair", "read", "shutil", "signal", "time", "wait"]
