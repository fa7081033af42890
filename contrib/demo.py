#!/usr/bin/env python3
"""proxyd at its main job, to be watched: two web servers behind the notes' webservers-status.cfg. See contrib/quickstart.

In network namespaces with the notes' addresses where they can be made, with doors on this machine's loopback for a browser
and socat; otherwise on loopback ports, with a copy of the file that has only its addresses changed.
  demo.py [--once]      PROXYD names the program. Exits 1 if anything was not as it should be.
"""
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "labs"))
import lab  # noqa: E402

CONFIG = os.path.join(lab.NOTES, "webservers-status.cfg")
ONCE = "--once" in sys.argv
DOORS = "TRIAD_DEMO_DOORS"


def say(text=""):
    print(text, flush=True)


def must(holds, what, detail=""):
    say(f"  {'ok  ' if holds else 'NOT '}  {what}")
    if not holds:
        say(detail)
        sys.exit(1)


def relay(left, right):
    """Carries bytes between two sockets until both have ended."""
    other = {left: right, right: left}
    live = [left, right]
    while live:
        for source in select.select(live, [], [])[0]:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            try:
                other[source].sendall(data) if data else other[source].shutdown(socket.SHUT_WR)
            except OSError:
                data = b""
            if not data:
                live.remove(source)
    left.close()
    right.close()


def open_door(door, target):
    """Passes whoever comes to `door`, a socket on the host, on to `target`, inside."""
    def serve():
        while True:
            visitor, _ = door.accept()
            inner = socket.socket(socket.AF_UNIX if isinstance(target, str) else socket.AF_INET, socket.SOCK_STREAM)
            try:
                inner.connect(target)
            except OSError:
                visitor.close()
                continue
            threading.Thread(target=relay, args=(visitor, inner), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def make_door(port):
    """A listening socket on the host's loopback, on this port or, where it is taken, on one that the kernel picks."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError:
        door.bind(("127.0.0.1", 0))
    door.listen()
    door.set_inheritable(True)
    return door


class InNamespaces:
    """The notes' network, with the notes' addresses and the notes' file as it stands."""

    def __init__(self):
        if lab.INSIDE in os.environ:
            fds = [int(fd) for fd in os.environ[DOORS].split()]
            doors = [socket.socket(fileno=fd) for fd in fds]
        else:
            folder = tempfile.mkdtemp(prefix="triad-")
            doors = [make_door(8080), make_door(8000), socket.socket(socket.AF_UNIX)]
            doors[2].bind(os.path.join(folder, "stats"))
            doors[2].listen()
            os.environ[DOORS] = " ".join(str(door.fileno()) for door in doors)
            os.environ["TRIAD_DEMO_SOCKET"] = os.path.join(folder, "stats")
            try:
                lab.enter("socat", "ss", keep=[door.fileno() for door in doors])
            finally:
                os.unlink(os.path.join(folder, "stats"))
                os.rmdir(folder)
        net = lab.Lab("socat", "ss")
        lab.sh("ip addr add 192.168.88.1/24 dev lab0")
        self.proxy_node = net.node("proxy", "192.168.88.77")
        self.webs = [lab.WebServer(net.node(f"web{n}", f"192.168.88.{77 + n}"), f"Web{n}") for n in (1, 2)]
        self.client = net.node("client", "192.168.88.80")
        self.url, self.page = "http://192.168.88.77/", "http://192.168.88.77:8080/status"
        self.where = ["proxy 192.168.88.77, web servers .78 and .79, client .80, in network namespaces of their own"]
        ports = [door.getsockname()[1] for door in doors[:2]]
        self.open_page = f"http://127.0.0.1:{ports[0]}/status"
        self.open_site = f"http://127.0.0.1:{ports[1]}/"
        self.open_socket = os.environ["TRIAD_DEMO_SOCKET"]
        self.config = CONFIG
        self.doors = doors

    def start(self):
        begun = self.proxy_node.run(lab.PROGRAM, "-f", self.config)
        must(begun.returncode == 0, "proxyd -f webservers-status.cfg starts", begun.stderr)
        lab.wait(lambda: "Pid:" in self.socket("show info"), 5, "the runtime socket answers")
        open_door(self.doors[0], ("192.168.88.77", 8080))
        open_door(self.doors[1], ("192.168.88.77", 80))
        open_door(self.doors[2], os.path.join(self.proxy_node.home, "varlib", "stats"))

    def curl(self, *words):
        return self.client.curl(*words)

    def socket(self, command):
        return self.proxy_node.socket(command)

    def stop_web(self):
        self.webs[1].stop()

    def start_web(self):
        self.webs[1].start()

    def close(self):
        pass  # everything in here ends with us


class OnLoopback:
    """The same without namespaces: only the addresses in the file are changed."""

    def __init__(self, reason):
        self.folder = tempfile.TemporaryDirectory(prefix="triad-")
        home = self.folder.name
        os.chmod(home, 0o755)
        os.makedirs("/var/lib/haproxy", exist_ok=True)
        with open(CONFIG, encoding="utf-8") as text:
            content = text.read()
        for old, new in (("0.0.0.0:80\n", "127.0.0.1:8000\n"), ("0.0.0.0:8080", "127.0.0.1:8080"), ("192.168.88.78:80", "127.0.0.1:8001"),
                         ("192.168.88.79:80", "127.0.0.1:8002"), ("/var/run/haproxy.pid", f"{home}/haproxy.pid"),
                         ("stats socket /var/lib/haproxy/stats", f"stats socket {home}/stats")):
            if old not in content:
                sys.exit(f"demo: {old!r} is not in the file")
            content = content.replace(old, new)
        self.config = os.path.join(home, "webservers-status.cfg")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(content)
        self.where = [f"on loopback ports ({reason})"]
        self.url = self.open_site = "http://127.0.0.1:8000/"
        self.page = self.open_page = "http://127.0.0.1:8080/status"
        self.open_socket = os.path.join(home, "stats")
        self.processes = {}
        for number in (1, 2):
            self.start_web(number)

    def start_web(self, number=2):
        home = os.path.join(self.folder.name, f"web{number}")
        os.makedirs(home, exist_ok=True)
        config = os.path.join(home, "nginx.conf")
        with open(config, "w", encoding="utf-8") as out:
            out.write(lab.NGINX.format(home=home, text=f"Web{number}").replace("listen 80", f"listen 127.0.0.1:{8000 + number}"))
        self.processes[number] = subprocess.Popen(["nginx", "-c", config])
        lab.wait(lambda: socket.socket().connect_ex(("127.0.0.1", 8000 + number)) == 0, 10, f"Web{number} listens")

    def stop_web(self):
        self.processes[2].terminate()
        self.processes[2].wait()

    def start(self):
        begun = subprocess.run([lab.PROGRAM, "-f", self.config], capture_output=True, text=True)
        must(begun.returncode == 0, "proxyd -f webservers-status.cfg starts", begun.stderr)
        lab.wait(lambda: "Pid:" in self.socket("show info"), 5, "the runtime socket answers")

    def curl(self, *words):
        return subprocess.run(["curl", "-s", "--max-time", "5", *words[1:], words[0]], capture_output=True, text=True).stdout

    def socket(self, command):
        return subprocess.run(["socat", "stdio", self.open_socket], input=command + "\n", capture_output=True, text=True).stdout

    def close(self):
        found = re.search(r"Pid: (\d+)", self.socket("show info"))
        if found:
            os.kill(int(found.group(1)), signal.SIGTERM)
        for process in self.processes.values():
            process.terminate()
        self.folder.cleanup()


def show(place):
    place.start()

    def six():
        return [place.curl(place.url).strip() for _ in range(6)]

    def status(name):
        for row in place.socket("show stat").splitlines():
            fields = row.split(",")
            if fields[:2] == ["webservers", name]:
                return fields[17]
        return ""

    answers = six()
    must(answers == ["Web1", "Web2"] * 3, f"six curls:  {' '.join(answers)}")
    must("401" in place.curl(place.page, "-i").split("\n")[0], "the statistics page asks for a password")
    page = place.curl(place.page, "-i", "-u", "admin:admin")
    must("200" in page.split("\n")[0] and re.search(r"(?im)^refresh: 60\r?$", page), "admin/admin opens it; it refreshes every 60 s")
    info = dict(line.split(": ", 1) for line in place.socket("show info").splitlines() if ": " in line)
    must("Version" in info, f"the runtime socket answers: {info.get('Name')} {info.get('Version')}, up {info.get('Uptime')}, "
         f"{info.get('CumReq')} requests")
    say()
    say("  Stopping Web2; five failed checks, two seconds apart, take it out ...")
    lab.wait(lambda: status("web2").startswith("UP") and "/" not in status("web2"), 10, "Web2 has passed its checks")
    time.sleep(2.1)  # its first good check brings it to full health
    began = time.monotonic()
    place.stop_web()
    lab.wait(lambda: status("web2").startswith("DOWN"), 20, "Web2 leaves")
    say(f"        Web2 is DOWN after {time.monotonic() - began:.1f} s")
    answers = six()
    must(answers == ["Web1"] * 6, f"six curls:  {' '.join(answers)}")
    say("  Starting Web2 again; two good checks bring it back ...")
    began = time.monotonic()
    place.start_web()
    lab.wait(lambda: status("web2") == "UP", 15, "Web2 returns")
    say(f"        Web2 is UP after {time.monotonic() - began:.1f} s")
    answers = six()
    must(set(answers) == {"Web1", "Web2"} and all(a != b for a, b in zip(answers, answers[1:])), f"six curls:  {' '.join(answers)}")


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    inside = lab.INSIDE in os.environ
    reason = None if inside else lab.namespaces_impossible()
    place = OnLoopback(reason) if reason else InNamespaces()
    try:
        for line in place.where:
            say(f"  {line}")
        show(place)
        if not ONCE:
            say()
            say("  It keeps running. Look at it from another terminal of this machine:")
            say(f"    curl {place.open_site}")
            say(f"    {place.open_page}      (user admin, password admin)")
            say(f"    echo 'show stat' | socat stdio {place.open_socket}")
            say("  Ctrl-C ends it and cleans up.")
            signal.pause()
    except KeyboardInterrupt:
        say("\n  Ended.")
    finally:
        place.close()


if __name__ == "__main__":
    main()
