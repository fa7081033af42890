"""Directors of a VRRP lab: nodes that run vrrpd with the notes' files at their usual place, /etc/keepalived."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import lab
from lab import NOTES, Lab, Node, check, wait

VRRPD = os.environ.get("VRRPD", "vrrpd/vrrpd")
VIP = "192.168.67.150"
PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vrrp_probe.py")
PORT = 7007


def open_lab(*tools):
    """A lab whose program is vrrpd. Where the host has no /etc/keepalived the lab gives itself a copy of /etc with one."""
    lab.PROGRAM = VRRPD
    if not os.environ.get(lab.INSIDE):
        os.environ["VRRPD"] = os.path.abspath(shutil.which(VRRPD) or VRRPD)
    opened = Lab("tcpdump", *tools)
    if not os.path.isdir("/etc/keepalived"):
        subprocess.run("cp -a /etc /srv/etc && mkdir -p /srv/etc/keepalived && mount --bind /srv/etc /etc", shell=True, check=True)
    return opened


class Director(Node):
    """A node with its own /etc/keepalived and /run."""

    def __init__(self, opened, name, address):
        super().__init__(name, address, opened.directory)
        self.etc = os.path.join(self.home, "keepalived")
        os.makedirs(self.etc)
        os.chmod(self.home, 0o755)
        self.log = os.path.join(self.home, "vrrpd.log")
        self.daemon = None

    def command(self, words):
        mounts = f'mount --bind {self.home}/run /run && mount --bind {self.etc} /etc/keepalived && exec "$@"'
        return ["ip", "netns", "exec", self.name, "unshare", "-m", "sh", "-c", mounts, "sh", *words]

    def put_script(self, name, text, folder=""):
        path = os.path.join(self.etc, folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, 0o755)

    def start_vrrpd(self, config, **environment):
        """`config`: a file of the notes, as it is, or a text."""
        if "\n" in config:
            self.write_config(config)
        else:
            shutil.copy(os.path.join(NOTES, "keepalived", config), os.path.join(self.etc, "keepalived.conf"))
        before = len(self.text())
        with open(self.log, "a", encoding="utf-8") as out:
            self.daemon = subprocess.Popen(self.command([os.environ["VRRPD"], "-n", "-l", "-D", "-f", "/etc/keepalived/keepalived.conf"]),
                                           stdout=out, stderr=out, env={**os.environ, "TMPDIR": self.home, **environment})
        wait(lambda: "Startup complete" in self.text()[before:], 10, f"vrrpd starts on {self.name} with {config if len(config) < 50 else 'a file of the test'}")

    def write_config(self, text, name="keepalived.conf"):
        with open(os.path.join(self.etc, name), "w", encoding="utf-8") as out:
            out.write(text)

    def reload(self, text):
        """A new file by SIGHUP; what the log said about it."""
        before = len(self.text())
        self.write_config(text)
        self.daemon.send_signal(signal.SIGHUP)
        wait(lambda: re.search(r"Reload (complete|refused)", self.text()[before:]), 10, f"{self.name} reloads")
        return self.text()[before:]

    def stop_vrrpd(self, number=signal.SIGTERM):
        self.daemon.send_signal(number)
        code = self.daemon.wait(10)
        check(code == 0 or number == signal.SIGKILL, f"{self.name}: vrrpd ended with code 0", str(code))
        self.daemon = None

    def text(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8", errors="replace") as out:
            return out.read()

    def ask(self, command):
        """One command on the runtime socket, the way the users do it."""
        return self.run("socat", "-t", "10", "stdio", "/run/triad/vrrpd.sock", input=command + "\n").stdout

    def dump(self, extension):
        path = os.path.join(self.home, "keepalived." + extension)
        return open(path, encoding="utf-8").read() if os.path.exists(path) else ""

    def ip(self, *words):
        return subprocess.run(["ip", "-n", self.name, *words], capture_output=True, text=True).stdout

    def addresses(self):
        """{address/prefix: label} on eth0."""
        shown = self.ip("-4", "addr", "show", "dev", "eth0")
        return {found[0]: found[1] for found in re.findall(r"inet (\S+) .* (\S+)\n", shown)}

    def echo(self, *addresses):
        """Answers clients with this node's name at addresses that it has, or will have."""
        self.start(sys.executable, PROBE, "echo", self.name, str(PORT), *addresses)

    def answers(self, address):
        """Who answers this node at an address."""
        lines = self.run(sys.executable, PROBE, "ask", str(PORT), address, "0.1").stdout.splitlines()
        return lines[-1].split()[2] if lines else None

    def has(self, address):
        return any(each.split("/")[0] == address for each in self.addresses())


class Prober:
    """Asks for an address each millisecond, for some seconds."""

    def __init__(self, client, address, seconds):
        words = client.command([sys.executable, PROBE, "ask", str(PORT), address, str(seconds)])
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def result(self):
        """(longest time without an answer, who answered one after the other), when it has ended."""
        rows = [line.split() for line in self.process.communicate(timeout=30)[0].splitlines()]
        check(len(rows) > 500, "the client was answered", str(rows[:3]))
        times = sorted(float(at) for at, _, _ in rows)
        owners = []
        for _, _, name in rows:
            if owners[-1:] != [name]:
                owners.append(name)
        return max(later - earlier for earlier, later in zip(times, times[1:])), owners


class Capture:
    """VRRP packets on the bridge: [(seconds, source, destination, priority)]."""

    def __init__(self):
        self.process = subprocess.Popen(["tcpdump", "--immediate-mode", "-l", "-n", "-i", "lab0", "-tt", "-v", "ip proto 112"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        time.sleep(0.5)  # tcpdump says nothing when it is ready

    def stop(self):
        time.sleep(0.3)  # what is on its way to tcpdump
        self.process.terminate()
        text = self.process.communicate(timeout=10)[0]
        found = re.findall(r"^(\d+\.\d+) .*?\n\s+(\S+) > (\S+): .*?prio (\d+)", text, re.M)
        return [(float(at), source, to, int(priority)) for at, source, to, priority in found]


def moved_to(owner, others, address=VIP, seconds=12):
    wait(lambda: owner.has(address) and not any(other.has(address) for other in others), seconds, f"{address} is on {owner.name} alone")


def finish(*directors):
    for director in directors:
        if director.daemon:
            director.stop_vrrpd()
    for director in directors:
        text = director.text()
        check("ERROR: " not in text and "runtime error" not in text, f"{director.name}: no sanitizer report", text[-2000:])
    print(f"{len(lab.PASSED)} checks passed")
    sys.exit(0)
