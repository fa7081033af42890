"""checkerd in a network namespace of its own, on nftables: the daemon, listeners that come and go, a mail server."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading

import lab
from lab import check, wait

CHECKERD = os.environ.get("CHECKERD", "checkerd/checkerd")
SOCKET = "/run/triad/checkerd.sock"
HOME = "/srv"

GLOBALS = """global_defs {{
  router_id LB
  lvs_driver nftables
  script_user root
  enable_script_security
{more}}}
"""


def open_lab(*tools):
    """Comes back inside: own mounts (/run, /srv), network and process ids."""
    lab.PROGRAM = CHECKERD
    if not os.environ.get(lab.INSIDE):
        os.environ["CHECKERD"] = os.path.abspath(shutil.which(CHECKERD) or CHECKERD)
    lab.enter("nft", "socat", *tools)
    os.chmod(HOME, 0o755)


class Listener:
    """Takes connections on a port of 127/8 and answers each as a web page; stop() closes it."""

    def __init__(self, port, status="200 OK"):
        self.status, self.open = status, True
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("0.0.0.0", port))
        self.socket.listen(1024)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while self.open:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.settimeout(0.2)
                    if peer.recv(4096):
                        peer.sendall(f"HTTP/1.0 {self.status}\r\nContent-Length: 2\r\n\r\nok".encode())
                except OSError:
                    pass

    def stop(self):
        self.open = False
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        finally:
            self.socket.close()


class MailServer:
    """Takes every mail; `mails` has their texts as received."""

    def __init__(self, port):
        self.mails, self.commands = [], []
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer, _ = self.socket.accept()
            threading.Thread(target=self.take, args=(peer,), daemon=True).start()

    def take(self, peer):
        with peer, peer.makefile("rwb") as stream:
            def say(line):
                stream.write(line + b"\r\n")
                stream.flush()
            say(b"220 lab ESMTP")
            for line in stream:
                word = line.strip().decode()
                self.commands.append(word)
                if word == "DATA":
                    say(b"354 go on")
                    text = []
                    for line in stream:
                        if line == b".\r\n":
                            break
                        text.append(line.decode())
                    self.mails.append("".join(text))
                say(b"221 bye" if word == "QUIT" else b"250 ok")
                if word == "QUIT":
                    return

    def subjects(self):
        return [re.search(r"^Subject: (.*?)\r?$", mail, re.M).group(1) for mail in self.mails]


class Checkerd:
    """The daemon with one file, in the foreground."""

    def __init__(self, text, *options, name="a", expect="Startup complete", environment=None):
        self.folder = os.path.join(HOME, name)
        os.makedirs(self.folder, exist_ok=True)
        self.config, self.log, self.pid_file = (os.path.join(self.folder, each) for each in ("keepalived.conf", "log", "checkers.pid"))
        self.write(text)
        with open(self.log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen([os.environ["CHECKERD"], "-n", "-l", "-D", "-f", self.config, "-c", self.pid_file, *options], stdout=out, stderr=out,
                                            env={**os.environ, "TMPDIR": self.folder, **(environment or {})})
        if expect:
            wait(lambda: expect in self.text() or self.process.poll() is not None, 10, f"the daemon says '{expect}'")
            check(expect in self.text(), "it starts", self.text())

    def write(self, text):
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(text)

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def lines(self):
        """What it said, without times."""
        return [re.sub(r"^\w{3} \w{3} +\d+ [\d:]+ \d{4}: ", "", line) for line in self.text().splitlines()]

    def hears(self, line, seconds=10):
        wait(lambda: line in self.text(), seconds, f"it says '{line}'")

    def ask(self, *commands, path=SOCKET):
        """Commands on the runtime socket as people send them."""
        return subprocess.run(["socat", "-t10", "-", "UNIX:" + path], input="; ".join(commands) + "\n", capture_output=True, text=True, timeout=20, check=False).stdout.removesuffix("\n")

    def reload(self, text):
        before = len(self.text())
        self.write(text)
        self.process.send_signal(signal.SIGHUP)
        wait(lambda: re.search("Reload (complete|refused)", self.text()[before:]), 10, "it reloads")
        return self.text()[before:]

    def dump(self, name):
        path = os.path.join(self.folder, name)
        return open(path, encoding="utf-8").read() if os.path.exists(path) else ""

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(10)
        if number != signal.SIGKILL:
            check(code == 0, "the daemon ends with code 0", self.text()[-2000:])
        return self


def virtual_server(address, port, servers, *lines):
    """`servers`: blocks."""
    return f"virtual_server {address} {port} {{\n  delay_loop 1\n  lvs_sched wrr\n  lvs_method NAT\n  protocol TCP\n" + "".join(f"  {line}\n" for line in lines) + "".join(servers) + "}\n"


def real_server(port, weight, *lines, address="127.0.0.1", checker="TCP_CHECK { connect_timeout 1\n retry 0\n delay_before_retry 1\n warmup 0 }"):
    more = "".join(f"    {line}\n" for line in lines)
    inside = checker.replace("{ ", "{\n").replace(" }", "\n}")
    return f"  real_server {address} {port} {{\n    weight {weight}\n{more}    {inside}\n  }}\n"


def nft_rules():
    return subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=False).stdout


__all__ = ["CHECKERD", "Checkerd", "GLOBALS", "HOME", "Listener", "MailServer", "SOCKET", "check", "nft_rules", "open_lab", "real_server", "sys", "virtual_server", "wait"]
