"""Machines on which `keepalived` stands at its usual place, /usr/sbin: ours on one, Debian's on the other."""
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import threading

import lab
from lab import check, has_ended, wait

KEEPALIVED = os.environ.get("KEEPALIVED", "keepalived/parent/keepalived")
ORIGINAL = "/usr/sbin/keepalived"
UNIT = "/lib/systemd/system/keepalived.service"
INIT = "/etc/init.d/keepalived"
OURS = ("keepalived/parent/keepalived", "vrrpd/vrrpd", "checkerd/checkerd", "checkerd/genhash/genhash")
PATIENCE = 60  # seconds that anything may take on a busy machine


def open_lab():
    lab.PROGRAM = KEEPALIVED
    if not os.environ.get(lab.INSIDE):
        os.environ["KEEPALIVED"] = os.path.abspath(shutil.which(KEEPALIVED) or KEEPALIVED)
    opened = lab.Lab("nft", "socat")
    lab.sh("mkdir /srv/sbin-before && mount --bind /usr/sbin /srv/sbin-before")
    subprocess.run("cp -a /etc /srv/etc && mkdir -p /srv/etc/keepalived /srv/etc/default && touch /srv/etc/default/keepalived && mount --bind /srv/etc /etc", shell=True, check=True)
    os.environ["KEEPALIVED"] = os.path.abspath(os.environ["KEEPALIVED"])
    return opened


class Machine(lab.Node):
    """A node with its own /usr/sbin, /etc/keepalived, /etc/default/keepalived, /run, /tmp and /dev/log."""

    def __init__(self, opened, name, address, original=False):
        super().__init__(name, address, opened.directory)
        self.is_original = original
        os.chmod(self.home, 0o755)
        for part in ("sbin", "etc", "tmp", "dev"):
            os.makedirs(os.path.join(self.home, part))
        self.fill_sbin()
        for device in ("null", "zero", "random", "urandom"):
            open(f"{self.home}/dev/{device}", "w", encoding="ascii").close()
            lab.sh(f"mount --bind /dev/{device} {self.home}/dev/{device}")
        open(self.home + "/default", "w", encoding="ascii").close()
        self.said, self.told = [], []
        self.sinks = [self.sink(f"{self.home}/dev/log", self.said), self.sink(f"{self.home}/run/notify", self.told)]
        self.process = None

    def fill_sbin(self):
        folder = os.path.join(self.home, "sbin")
        for name in os.listdir("/srv/sbin-before"):
            os.symlink("/srv/sbin-before/" + name, os.path.join(folder, name))
        if self.is_original:
            return
        built = os.path.dirname(os.path.dirname(os.path.dirname(os.environ["KEEPALIVED"])))
        for path in OURS:
            target = os.path.join(folder, os.path.basename(path))
            if os.path.lexists(target):
                os.unlink(target)
            source = os.path.join(built, path)
            if not shutil.which("strip") or subprocess.run(["strip", "-g", "-o", target, source], capture_output=True, check=False).returncode:
                shutil.copy(source, target)

    def sink(self, path, into):
        """Takes datagrams at `path` into a list."""
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(path)
        os.chmod(path, 0o666)

        def take():
            while True:
                into.append(receiver.recv(65536).decode(errors="replace").rstrip("\0\n"))
        threading.Thread(target=take, daemon=True).start()
        return receiver

    def command(self, words):
        mounts = " && ".join(f"mount --rbind {self.home}/{part} {place}" for part, place in
                             (("run", "/run"), ("etc", "/etc/keepalived"), ("default", "/etc/default/keepalived"), ("tmp", "/tmp"), ("sbin", "/usr/sbin"), ("dev", "/dev")))
        return ["ip", "netns", "exec", self.name, "unshare", "-m", "sh", "-c", mounts + ' && exec "$@"', "sh", *words]

    # What it runs.

    def write(self, text, name="keepalived.conf"):
        with open(os.path.join(self.home, "etc", name), "w", encoding="utf-8") as out:
            out.write(text)

    def start_unit(self, exec_start, variables=None, notify=True):
        """As systemd starts a service of Type=notify: ExecStart's words with the variables of the EnvironmentFile."""
        words = []
        for word in exec_start.split():
            words += shlex.split((variables or {}).get(word[1:], "")) if word.startswith("$") else [word]
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **({"NOTIFY_SOCKET": "/run/notify"} if notify else {})}
        self.process = subprocess.Popen(self.command(words), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.home + "/stderr", "w", encoding="utf-8"))

    def once(self, *words, text=None):
        """A run that ends by itself: (its exit code, what it wrote)."""
        if text is not None:
            self.write(text)
        done = self.run(*words, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def ends(self):
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    # What is seen of it.

    def pid(self, name="keepalived"):
        try:
            with open(f"{self.home}/run/{name}.pid", encoding="ascii") as text:
                return int(text.read() or 0)
        except FileNotFoundError:
            return 0

    def has_pid_files(self):
        return sorted(name for name in os.listdir(self.home + "/run") if name.endswith(".pid"))

    def lines(self, ident="Keepalived", since=0):
        """What one of the processes said, without what differs from run to run."""
        out = []
        for line in self.said[since:]:
            found = re.match(r"<(\d+)>\w{3} +\d+ [\d:]+ (?:\S+ )?(Keepalived\w*)\[\d+\]: (.*)", line, re.S)
            if found and found.group(2) == ident:
                out.append(found.group(3))
        return out

    def idents(self):
        return {found.group(1) for line in self.said if (found := re.search(r" (Keepalived\w*)\[\d+\]: ", line))}

    def hears(self, text, since=0, ident="Keepalived", times=1):
        wait(lambda: sum(text in line for line in self.lines(ident, since)) >= times, PATIENCE, f"{self.name}: {ident} says '{text}'" + (f" {times} times" if times > 1 else ""))

    def has(self, address):
        return f"inet {address}/" in subprocess.run(["ip", "-n", self.name, "addr"], capture_output=True, text=True, check=True).stdout

    def processes(self):
        """(name, parent's pid) of each process whose first word is keepalived's path, by pid."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as text:
                    words = text.read().split(b"\0")
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as text:
                    name, rest = re.match(r"\d+ \((.*)\) (.*)", text.read(), re.S).groups()
                namespace = os.readlink(f"/proc/{pid}/ns/net")
            except (OSError, AttributeError):
                continue
            if words[0] == ORIGINAL.encode() and namespace == self.namespace() and rest.split()[0] != "Z":
                found[int(pid)] = (name, int(rest.split()[1]))
        return found

    def namespace(self):
        return f"net:[{os.stat('/run/netns/' + self.name).st_ino}]"

    def send(self, number, name="keepalived"):
        os.kill(self.pid(name), number)

    def stop(self):
        """By SIGTERM, as every unit and script does it."""
        pid, since = self.pid(), len(self.said)
        os.kill(pid, signal.SIGTERM)
        wait(lambda: has_ended(pid), PATIENCE, f"{self.name}: it ends")
        self.hears("Stopped Keepalived", since)


def plain(lines):
    """For a comparison: numbers of processes and of the release taken out, and what only one of the two has to say."""
    out = []
    for line in lines:
        if line.startswith(("  ", "NOTICE: ", "read eventfd", "Running on", "Command line", "Received SIGCHLD", "Reload finished", "Remove a zombie", "CPU usage", "Another process has")):
            continue
        line = re.sub(r"\bpid[ =]\d+|process\(\d+\)", "PID", line)
        out.append(re.sub(r"Keepalived v\S+ \(.*\)", "Keepalived", line))
    return out


__all__ = ["INIT", "Machine", "ORIGINAL", "PATIENCE", "UNIT", "check", "has_ended", "open_lab", "plain", "signal", "wait"]
