#!/usr/bin/env python3
"""The suite at its main job, to be watched: two directors that share an address, two web servers, a client that keeps asking. See contrib/quickstart.

In network namespaces, with the notes' addresses and the notes' haproxy-track-*.conf and webcluster.cfg as they stand, started under the originals'
names; with doors on this machine for curl and socat. Where namespaces cannot be made: proxyd alone on loopback ports.
  demo.py [--once]      KEEPALIVED and PROXYD name the programs in the build folder. Exits 1 if anything was not as it should be.
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
import pair_lab  # noqa: E402

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


class Pair:
    """Two directors with both programs each, two web servers, a client."""

    def __init__(self):
        names = [f"{director}-{what}" for director in ("ka-master", "ka-slave") for what in ("haproxy", "vrrpd")]
        if lab.INSIDE in os.environ:
            doors = [socket.socket(fileno=int(fd)) for fd in os.environ[DOORS].split()]
        else:
            # Abstract names: nothing of them is left, however this ends.
            doors = [make_door(8000)] + [socket.socket(socket.AF_UNIX) for _ in names]
            for door, name in zip(doors[1:], names):
                door.bind(f"\0triad-{os.getpid()}-{name}")
                door.listen()
                door.set_inheritable(True)
            os.environ[DOORS] = " ".join(str(door.fileno()) for door in doors)
        net = pair_lab.open_lab(keep=[door.fileno() for door in doors])
        self.directors = pair_lab.pair(net)
        lab.sh("ip addr add 192.168.67.1/24 dev lab0")
        self.webs = [lab.WebServer(net.node(f"web{n}", f"192.168.67.{n}0"), f"Web{n}") for n in (1, 2)]
        self.outside = net.node("client", "192.168.67.80")
        self.proxies, self.balancers = [], []
        for machine, half in zip(self.directors, ("master", "slave")):
            machine.put_note("webcluster.cfg")
            machine.put_note(f"haproxy-track-{half}.conf")
            machine.put_scripts()
            self.proxies.append(pair_lab.haproxy_unit(machine))
            self.balancers.append(pair_lab.keepalived_unit(machine))
        open_door(doors[0], (pair_lab.VIP, 80))
        for machine, (haproxy, vrrpd) in zip(self.directors, (doors[1:3], doors[3:5])):
            open_door(haproxy, machine.home + "/varlib/stats")
            open_door(vrrpd, machine.home + "/run/triad/vrrpd.sock")
        self.open_site = f"http://127.0.0.1:{doors[0].getsockname()[1]}/"
        self.open_sockets = [(name, door.getsockname()[1:].decode()) for name, door in zip(names, doors[1:])]

    def owner(self):
        has = [machine.name for machine in self.directors if machine.has(pair_lab.VIP)]
        return " and ".join(has) or "nobody"

    def tick(self):
        """One line of how things are, counted since the last event."""
        rows = self.client.answers()
        count = {name: sum(1 for row in rows if row[2] == name) for name in ("Web1", "Web2")}
        say(f"        {time.strftime('%H:%M:%S')}  {pair_lab.VIP} is on {self.owner():9}   answers: {count['Web1']:4} Web1 {count['Web2']:4} Web2   lost: {len(rows) - sum(count.values()):4}")

    def watch(self, seconds, condition=lambda: False):
        """A line each second until the condition holds; whether it did in time, and after how long."""
        began = shown = time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            if condition():
                return True, now - began
            if now - shown >= 1:
                shown += 1
                self.tick()
            time.sleep(0.05)
        return False, seconds

    def moves(self, what, act, owner):
        """Does something after which the address is to be elsewhere, and the client's answers go on."""
        say()
        say(f"  {what}")
        self.client.begin()
        act()
        moved, took = self.watch(pair_lab.PATIENCE, lambda: self.owner() == owner)
        must(moved, f"{pair_lab.VIP} is on {owner} after {took:.1f} s", pair_lab.read(self.directors[0].log)[-3000:])
        self.watch(2)
        rows = self.client.answers()
        good = [self.client.since] + [at for at, _, who in rows if not who.startswith("-")]
        gap = max(later - earlier for earlier, later in zip(good, good[1:] + [time.monotonic()]))
        must(self.client.is_answered() and gap < 15, f"the answers go on; {len(rows) - len(good) + 1} of {len(rows)} requests were lost, at most {gap:.1f} s without an answer", str(rows[-5:]))

    def show(self):
        say("  directors ka-master 192.168.67.100 and ka-slave .200, address .150, web servers .10 and .20, a client at .80")
        say("  the notes' haproxy-track-*.conf and webcluster.cfg, unchanged, as the units start them:")
        say(f"    {pair_lab.HAPROXY_UNIT}")
        say(f"    {pair_lab.KEEPALIVED_UNIT}")
        for unit in (*self.proxies, *reversed(self.balancers)):
            unit.start()
        must(True, "haproxy and keepalived run on both")
        self.client = pair_lab.Client(self.outside, pair_lab.VIP)
        moved, took = self.watch(pair_lab.PATIENCE, lambda: self.owner() == "ka-master" and self.client.is_answered())
        must(moved, f"ka-master has the address after {took:.1f} s")
        self.client.begin()
        self.watch(2.2)
        names = [who for _, _, who in self.client.answers()]
        must(set(names) == {"Web1", "Web2"}, f"both web servers answer in turn: {' '.join(names[:6])} ...", str(names))
        self.moves("Stopping haproxy on ka-master. Its script asks `killall -0 haproxy` each second; after two failures 100 - 30 < 80.", self.proxies[0].stop, "ka-slave")
        self.moves("Starting it again. After two good answers ka-master has its 100 back.", self.proxies[0].start, "ka-master")

    def stay(self):
        say()
        say("  It keeps running. Try it from another terminal of this machine:")
        say(f"    curl {self.open_site}")
        for name, door in self.open_sockets:
            say(f"    echo '{'show vrrp' if name.endswith('vrrpd') else 'show stat'}' | socat stdio abstract-connect:{door}")
        say("  Enter stops haproxy on ka-master, and starts it again. Ctrl-C ends it and cleans up.")
        self.client.since, keys = time.monotonic(), sys.stdin.isatty()
        was = self.owner()

        def happens():
            return self.owner() not in (was, "nobody") or keys and select.select([sys.stdin], [], [], 0)[0]

        while True:
            self.watch(3600, happens)
            if keys and select.select([sys.stdin], [], [], 0)[0]:
                keys = bool(sys.stdin.readline())  # nothing: its end
                runs = self.proxies[0].main()
                say(f"  {'Stopping' if runs else 'Starting'} haproxy on ka-master.")
                (self.proxies[0].stop if runs else self.proxies[0].start)()
            if (now := self.owner()) not in (was, "nobody"):
                say(f"  {pair_lab.VIP} is on {now}.")
                was = now

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
        self.reason = reason
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

    def show(self):
        say(f"  proxyd with webservers-status.cfg on loopback ports ({self.reason})")
        self.start()

        def six():
            return [self.curl(self.url).strip() for _ in range(6)]

        def status(name):
            for row in self.socket("show stat").splitlines():
                fields = row.split(",")
                if fields[:2] == ["webservers", name]:
                    return fields[17]
            return ""

        answers = six()
        must(answers == ["Web1", "Web2"] * 3, f"six curls:  {' '.join(answers)}")
        must("401" in self.curl(self.page, "-i").split("\n")[0], "the statistics page asks for a password")
        page = self.curl(self.page, "-i", "-u", "admin:admin")
        must("200" in page.split("\n")[0] and re.search(r"(?im)^refresh: 60\r?$", page), "admin/admin opens it; it refreshes every 60 s")
        info = dict(line.split(": ", 1) for line in self.socket("show info").splitlines() if ": " in line)
        must("Version" in info, f"the runtime socket answers: {info.get('Name')} {info.get('Version')}, up {info.get('Uptime')}, "
             f"{info.get('CumReq')} requests")
        say()
        say("  Stopping Web2; five failed checks, two seconds apart, take it out ...")
        lab.wait(lambda: status("web2").startswith("UP") and "/" not in status("web2"), 10, "Web2 has passed its checks")
        time.sleep(2.1)  # its first good check brings it to full health
        began = time.monotonic()
        self.stop_web()
        lab.wait(lambda: status("web2").startswith("DOWN"), 20, "Web2 leaves")
        say(f"        Web2 is DOWN after {time.monotonic() - began:.1f} s")
        answers = six()
        must(answers == ["Web1"] * 6, f"six curls:  {' '.join(answers)}")
        say("  Starting Web2 again; two good checks bring it back ...")
        began = time.monotonic()
        self.start_web()
        lab.wait(lambda: status("web2") == "UP", 15, "Web2 returns")
        say(f"        Web2 is UP after {time.monotonic() - began:.1f} s")
        answers = six()
        must(set(answers) == {"Web1", "Web2"} and all(a != b for a, b in zip(answers, answers[1:])), f"six curls:  {' '.join(answers)}")

    def stay(self):
        say()
        say("  It keeps running. Look at it from another terminal of this machine:")
        say(f"    curl {self.open_site}")
        say(f"    {self.open_page}      (user admin, password admin)")
        say(f"    echo 'show stat' | socat stdio {self.open_socket}")
        say("  Ctrl-C ends it and cleans up.")
        signal.pause()

    def close(self):
        found = re.search(r"Pid: (\d+)", self.socket("show info"))
        if found:
            os.kill(int(found.group(1)), signal.SIGTERM)
        for process in self.processes.values():
            process.terminate()
        self.folder.cleanup()


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    reason = None if lab.INSIDE in os.environ else lab.namespaces_impossible()
    place = None
    try:
        place = OnLoopback(reason) if reason else Pair()
        place.show()
        if not ONCE:
            place.stay()
    except KeyboardInterrupt:
        say("\n  Ended.")
    finally:
        if place:
            place.close()


if __name__ == "__main__":
    main()
