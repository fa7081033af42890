#!/usr/bin/env python3
"""Every LVS row of the notes on the host's kernel with the nftables driver in NAT mode: the notes' files with lb_kind NAT in place of DR,
vrrpd and checkerd on two directors, two web servers, a client. Each row has a network of its own; all run at the same time.

One network, in which the client has a subnet of its own: the web servers answer it by way of the VIP, wherever that is.
"""
import os
import re
import subprocess
import sys
import threading
import time

import lab
from lab import NOTES, check, sh

CHECKERD, VRRPD = os.environ.get("CHECKERD", "checkerd/checkerd"), os.environ.get("VRRPD", "vrrpd/vrrpd")
WEB = """import socket, sys, threading
def serve(port):
    s = socket.create_server(("0.0.0.0", port), backlog=256)
    while True:
        peer, _ = s.accept()
        try:
            peer.settimeout(2); peer.recv(4096)
            peer.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n" + sys.argv[1].encode())
        except OSError: pass
        finally: peer.close()
for port in (80, 3306): threading.Thread(target=serve, args=(port,)).start()
"""
# A request each 0.05 s until the standard input ends: when, and who answered.
CLIENT = """import socket, sys, threading, time
threading.Thread(target=lambda: (sys.stdin.read(), end.append(1)), daemon=True).start()
end = []
while not end:
    try:
        with socket.create_connection((sys.argv[1], 80), 1) as s:
            s.settimeout(1); s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n"); answer = b""
            while part := s.recv(4096): answer += part
        print(time.monotonic(), answer[-2:].decode() or "failed", flush=True)
    except OSError: print(time.monotonic(), "failed", flush=True)
    time.sleep(0.05)
"""


# As a machine does that takes over an address.
ANNOUNCE = """import socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)); s.bind(("eth0", 0x0806))
mac, ip, all = s.getsockname()[4], socket.inet_aton(sys.argv[1]), b"\\xff" * 6
for _ in range(3):
    s.send(all + mac + b"\\x08\\x06" + b"\\0\\1\\x08\\0\\6\\4\\0\\1" + mac + ip + all + ip); time.sleep(1.1)
"""


class Node:
    def __init__(self, row, name, number):
        self.name, self.home = f"{row.name}-{name}", f"/srv/{row.name}-{name}"
        for part in ("run", "etc"):
            os.makedirs(f"{self.home}/{part}")
        sh(f"ip netns add {self.name} && ip link add {self.name} type veth peer name eth0 netns {self.name} && ip link set {self.name} master {row.name} up && "
           f"ip -n {self.name} link set lo up && ip netns exec {self.name} sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 "
           "net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 net.ipv4.conf.all.accept_redirects=0 && "
           f"ip -n {self.name} link set eth0 up && ip netns exec {self.name} sysctl -qw net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.eth0.send_redirects=0")
        self.ip(f"addr add {row.net}.{number}/24 dev eth0")
        self.processes = {}

    def ip(self, words):
        sh(f"ip -n {self.name} {words}")

    def start(self, name, *words, **more):
        mounts = f'mount --bind {self.home}/etc /etc/keepalived && mount --bind {self.home}/run /run && exec "$@"'
        command = ["ip", "netns", "exec", self.name, "unshare", "-m", "sh", "-c", mounts, "sh", *words]
        self.processes[name] = subprocess.Popen(command, preexec_fn=lab.die_with_parent, **more)
        return self.processes[name]

    def run(self, *words):
        return subprocess.run(["ip", "netns", "exec", self.name, *words], capture_output=True, text=True, timeout=20, check=False).stdout


class Row:
    """One of the notes' pairs of files. `directors`, `webs`: the last numbers of their addresses; `vips`: each with its port."""

    def __init__(self, name, net, files, directors, webs, vips):
        self.name, self.net, self.vips = name, net, vips
        sh(f"ip link add {name} type bridge forward_delay 0 && ip link set {name} up")
        self.client = Node(self, "c", 254)
        self.client.ip(f"addr flush dev eth0 && ip -n {self.client.name} addr add 192.168.10.1/24 dev eth0 && ip -n {self.client.name} route add {net}.0/24 dev eth0")
        self.webs = [Node(self, f"w{i + 1}", number) for i, number in enumerate(webs)]
        for i, web in enumerate(self.webs):
            for table, (vip, port) in enumerate(vips, 100):
                web.ip(f"rule add sport {port} table {table}")
                web.ip(f"route add 192.168.10.0/24 via {net}.{vip} table {table}")
            self.web_up(i)
        self.directors = [Node(self, label, number) for label, number in zip("ab", directors)]
        for node, file in zip(self.directors, files):
            node.ip("route add 192.168.10.0/24 dev eth0")
            sh(f"ip netns exec {node.name} sysctl -qw net.ipv4.ip_forward=1")
            self.write(node, file)

    def write(self, node, file, *changes):
        with open(f"{NOTES}/keepalived/{file}", encoding="utf-8") as text:
            content = re.sub(r"lb_kind DR", "lb_kind NAT", text.read())
        for old, new in changes:
            content = re.sub(old, new, content)
        with open(f"{node.home}/etc/keepalived.conf", "w", encoding="utf-8") as out:
            out.write(content)

    def web_up(self, number):
        self.webs[number].start("web", sys.executable, "-c", WEB, f"w{number + 1}")

    def web_down(self, number):
        process = self.webs[number].processes.pop("web")
        process.kill()
        process.wait()

    def check(self, holds, what, detail=""):
        print(f"  {'ok   ' if holds else 'FAIL '} {self.name}: {what}" + ("" if holds else f"\n{detail}"), flush=True)
        if not holds:
            raise AssertionError(f"{self.name}: {what}")

    def wait(self, condition, seconds, what, detail=lambda: ""):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return self.check(True, what)
            time.sleep(0.1)
        return self.check(False, what, detail())

    def log(self, node):
        with open(f"{node.home}/log", encoding="utf-8") as text:
            return text.read()

    def begin(self):
        for node in reversed(self.directors):
            with open(f"{node.home}/log", "a", encoding="utf-8") as out:
                for daemon in (VRRPD, CHECKERD):
                    node.start(os.path.basename(daemon), os.path.abspath(daemon), "-n", "-l", "-D", "-f", "/etc/keepalived/keepalived.conf", stdout=out, stderr=out)

    def table(self, node):
        """What `show ipvs` says, without the heading and connections."""
        got = subprocess.run(["socat", "-t5", "-", f"UNIX:{node.home}/run/triad/checkerd.sock"], input="show ipvs\n", capture_output=True, text=True, check=False).stdout
        return [re.sub(r"\s+", " ", re.sub(r"(Masq +\d+) .*", r"\1", line)).strip() for line in got.splitlines()[3:] if line]

    def has_table(self, nodes, expected, what, seconds=30):
        for node in nodes:
            self.wait(lambda node=node: self.table(node) == expected, seconds, f"{what} ({node.name})", lambda node=node: "\n".join(self.table(node)) + self.log(node)[-1500:])

    def vip_on(self, node, vip):
        self.wait(lambda: f"{self.net}.{vip}/" in node.run("ip", "-o", "addr", "show", "dev", "eth0"), 10, f"VIP {vip} is on {node.name}", lambda: self.log(node)[-1500:])

    def ask(self, vip, count, port=80):
        url = f"http://{self.net}.{vip}:{port}/"
        return [self.client.run("curl", "-s", "--max-time", "3", url) or "failed" for _ in range(count)]

    def takes_turns(self, vip, what, port=80):
        got = self.ask(vip, 6, port)
        self.check(got in (["w1", "w2"] * 3, ["w2", "w1"] * 3), what, got)

    def end(self, node):
        for name in ("vrrpd", "checkerd"):
            node.processes[name].terminate()
        codes = [node.processes.pop(name).wait(10) for name in ("vrrpd", "checkerd")]
        self.check(codes == [0, 0], f"both daemons of {node.name} end with 0", self.log(node)[-1000:])
        self.check("checkerd" not in node.run("nft", "list", "tables"), f"no rules are left on {node.name}")

    def fail_over(self, vip):
        """The first director stops; its client goes on."""
        a, b = self.directors
        loop = self.client.start("loop", sys.executable, "-c", CLIENT, f"{self.net}.{vip}", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        self.end(a)
        self.vip_on(b, vip)
        time.sleep(1.5)
        rows = [line.split() for line in loop.communicate("", timeout=10)[0].splitlines()]
        good = [float(at) for at, who in rows if who != "failed"]
        gap = max(later - earlier for earlier, later in zip(good, good[1:]))
        failed = len(rows) - len(good)
        self.check(rows[-1][1] != "failed" and gap < 3, f"director a stops, the client goes on: {len(good)} answers, {failed} failed, at most {gap:.2f} s without one", rows)


def service(net, vip, port, rest, *servers):
    return [f"TCP {net}.{vip}:{port} {rest}"] + [f"-> {net}.{server}:{port} Masq {weight}" for server, weight in servers]


def single():
    row = Row("single", "192.168.67", ["lvs-dr-single-master.conf", "lvs-dr-single-slave.conf"], (100, 200), (10, 20), [(150, 80)])
    a, b = row.directors
    both = service(row.net, 150, 80, "rr", (10, 1), (20, 1))
    row.begin()
    row.has_table((a, b), both, "the service and both servers")
    row.vip_on(a, 150)
    row.takes_turns(150, "servers take turns")
    row.web_down(0)
    row.has_table((a, b), service(row.net, 150, 80, "rr", (20, 1)), "HTTP_GET fails: the server leaves")
    row.check(row.ask(150, 4) == ["w2"] * 4, "the other serves")
    row.web_up(0)
    row.has_table((a, b), both, "and returns")
    row.fail_over(150)
    row.takes_turns(150, "director b serves in turns")
    row.end(b)


def dual():
    row = Row("dual", "192.168.67", ["lvs-dr-dual-master.conf", "lvs-dr-dual-slave.conf"], (100, 200), (10, 20), [(150, 80), (160, 3306)])
    a, b = row.directors
    both = lambda *servers: service(row.net, 150, 80, "rr", *servers) + service(row.net, 160, 3306, "rr", *servers)
    row.begin()
    row.has_table((a, b), both((10, 1), (20, 1)), "both services")
    row.vip_on(a, 150)
    row.vip_on(b, 160)
    row.takes_turns(150, "web servers take turns")
    row.takes_turns(160, "databases take turns", 3306)
    row.web_down(1)
    row.has_table((a, b), both((10, 1)), "TCP_CHECK fails: the server leaves both services", 45)
    row.web_up(1)
    row.has_table((a, b), both((10, 1), (20, 1)), "and returns")
    row.end(a)
    row.vip_on(b, 150)
    row.wait(lambda: row.ask(150, 1) != ["failed"], 5, "director b has both: web")
    row.takes_turns(160, "director b has both: databases", 3306)
    row.end(b)


def strict():
    file = "lvs-wrr-strict-lvs1.conf"
    row = Row("strict", "192.168.88", [file, "lvs-wrr-strict-lvs2.conf"], (81, 82), (83, 84), [(86, 80)])
    a, b = row.directors
    servers = ((83, 1), (84, 2))
    row.begin()
    row.has_table((a, b), service(row.net, 86, 80, "wrr persistent 60", *servers), "persistent 60, weights 1 and 2")
    row.vip_on(a, 86)
    got = row.ask(86, 6)
    row.check(len(set(got)) == 1 and "failed" not in got, "with persistence six requests meet one server", got)
    row.write(a, file, ("(?m)^ *persistence_timeout.*\n", ""))
    a.processes["checkerd"].send_signal(1)
    row.has_table((a,), service(row.net, 86, 80, "wrr", *servers), "reload without persistence")
    got = row.ask(86, 12)
    row.check(sorted(got) == ["w1"] * 4 + ["w2"] * 8, "1:2", got)
    row.web_down(1)
    row.has_table((a,), service(row.net, 86, 80, "wrr", servers[0]), "the server with weight 2 leaves")
    row.web_up(1)
    row.has_table((a,), service(row.net, 86, 80, "wrr", *servers), "and returns")
    row.fail_over(86)
    row.end(b)


def wrr():
    row = Row("wrr", "192.168.88", ["lvs-wrr-lvs1.conf", "lvs-wrr-lvs2.conf"], (5, 6), (100, 200), [(15, 80)])
    a, b = row.directors
    servers = ((100, 1), (200, 2))
    row.begin()
    row.has_table((a,), service(row.net, 15, 80, "wrr persistent 50", *servers), "wrr persistent 50, weights 1 and 2")
    row.has_table((b,), service(row.net, 15, 80, "wrr", *servers), "the same without persistence")
    row.vip_on(a, 15)
    got = row.ask(15, 6)
    row.check(len(set(got)) == 1 and "failed" not in got, "with persistence six requests meet one server", got)
    row.web_down(0)
    row.has_table((b,), service(row.net, 15, 80, "wrr", servers[1]), "the server leaves")
    row.web_up(0)
    row.has_table((b,), service(row.net, 15, 80, "wrr", *servers), "and returns")
    row.end(a)
    row.vip_on(b, 15)
    row.wait(lambda: row.ask(15, 1) != ["failed"], 5, "director b serves")
    got = row.ask(15, 12)
    row.check(sorted(got) == ["w1"] * 4 + ["w2"] * 8, "director b: 1:2", got)
    # Another machine takes over the first server's address.
    other = Node(row, "w3", 99)
    other.start("web", sys.executable, "-c", WEB, "w3")
    row.webs[0].ip(f"addr flush dev eth0 && ip -n {other.name} addr add {row.net}.100/24 dev eth0 && "
                   f"ip -n {other.name} route add 192.168.10.0/24 via {row.net}.15")
    other.run(sys.executable, "-c", ANNOUNCE, f"{row.net}.100")
    row.wait(lambda: sorted(row.ask(15, 3)) == ["w2", "w2", "w3"], 40, "a real server's address moves to another machine: it serves", lambda: row.log(b)[-1500:])
    row.has_table((b,), service(row.net, 15, 80, "wrr", *servers), "and both are in the table")
    row.end(b)


def main():
    lab.PROGRAM = CHECKERD
    if not os.environ.get(lab.INSIDE):
        for name in ("CHECKERD", "VRRPD"):
            os.environ[name] = os.path.abspath(globals()[name])
    lab.enter("nft", "socat", "sysctl")
    if not os.path.isdir("/etc/keepalived"):
        sh("cp -a /etc /srv/etc && mkdir -p /srv/etc/keepalived && mount --bind /srv/etc /etc")
    failed = []

    def guarded(part):
        try:
            part()
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed.append(f"{part.__name__}: {error}")

    threads = [threading.Thread(target=guarded, args=(part,)) for part in (single, dual, strict, wrr)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(not failed, "every row", "\n".join(failed))


if __name__ == "__main__":
    main()
