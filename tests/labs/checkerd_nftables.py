#!/usr/bin/env python3
"""The nftables driver with real packets: a client, a director and two web servers, IPv4 and IPv6, TCP and UDP.

The driver's tool (driver_tool.cc) puts a keepalived.conf's virtual servers into the director's kernel. Each part names what it
shows. Needs root and network namespaces, no IPVS.
"""
import collections
import os
import re
import subprocess
import sys

import lab
from lab import check, sh, wait

TOOL = os.environ.get("DRIVER_TOOL", "tests/labs/driver_tool")

SERVER = """import http.server, socket, socketserver, sys, threading
name, = sys.argv[1:]
class Http(socketserver.ThreadingTCPServer):
    address_family, allow_reuse_address, daemon_threads = socket.AF_INET6, True, True
class Say(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = f"{name} {self.client_address[0].removeprefix('::ffff:')}\\n".encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *words): pass
class Udp(socketserver.ThreadingUDPServer):
    address_family, daemon_threads = socket.AF_INET6, True
class Echo(socketserver.BaseRequestHandler):
    def handle(self): self.request[1].sendto(name.encode(), self.client_address)
class Udp4(socketserver.ThreadingUDPServer):
    daemon_threads = True
for port in (80, 8080):
    threading.Thread(target=Http(("::", port), Say).serve_forever).start()
threading.Thread(target=Udp4(("0.0.0.0", 53), Echo).serve_forever).start()
threading.Thread(target=Udp4(("0.0.0.0", 54), Echo).serve_forever).start()
print("ready", flush=True)
"""
# One socket: the same client port, packet after packet. Names of who answered.
TALK = """import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.connect((sys.argv[1], int(sys.argv[2])))
for line in sys.stdin:
    try: s.send(b"x"); print(s.recv(64).decode(), flush=True)
    except OSError as error: print("none", flush=True)
"""

# One connection: a request for each line.
KEEP = """import http.client, sys
c = http.client.HTTPConnection(sys.argv[1], 80, timeout=3)
for line in sys.stdin:
    try: c.request("GET", "/"); print(c.getresponse().read().decode().split()[0], flush=True)
    except OSError as error: print("failed", error, flush=True)
"""


class Machine:
    def __init__(self, name):
        self.name = name
        sh(f"ip netns add {name} && ip -n {name} link set lo up && ip netns exec {name} sysctl -qw net.ipv6.conf.all.accept_dad=0 "
           f"net.ipv6.conf.default.accept_dad=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0")

    def wire(self, bridge, device, *addresses):
        sh(f"ip link add {self.name}-{device} type veth peer name {device} netns {self.name} && ip link set {self.name}-{device} master {bridge} up && "
           f"ip -n {self.name} link set {device} up")
        for address in addresses:
            sh(f"ip -n {self.name} addr add {address} dev {device}{' nodad' if ':' in address else ''}")

    def ip(self, command):
        sh(f"ip -n {self.name} {command}")

    def sysctl(self, *settings):
        sh(f"ip netns exec {self.name} sysctl -qw {' '.join(settings)}")

    def run(self, *words, timeout=20, **more):
        return subprocess.run(["ip", "netns", "exec", self.name, *words], capture_output=True, text=True, timeout=timeout, check=False, **more)

    def start(self, *words):
        return subprocess.Popen(["ip", "netns", "exec", self.name, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                preexec_fn=lab.die_with_parent)

    def get(self, url, count=1):
        """Who answered, and to whom: one connection each."""
        out = []
        for _ in range(count):
            done = self.run("curl", "-s", "-g", "--max-time", "3", url)
            out.append(done.stdout.strip() or f"curl: {done.returncode}")
        return out

    def ask(self, address, port, count):
        """UDP, a client port each."""
        out = []
        for _ in range(count):
            out += self.run(sys.executable, "-c", TALK, address, str(port), input="\n").stdout.split()
        return out


def tally(answers):
    return dict(collections.Counter(answer.split()[0] for answer in answers))


class Driver:
    """The tool on the director with one configuration."""

    def __init__(self, director, text):
        path = "/run/lab.conf"
        with open(path, "w", encoding="ascii") as out:
            out.write("global_defs {\n router_id lab\n}\n" + text)
        self.process = director.start(os.path.abspath(TOOL), "nftables", path)
        self.director = director
        self.answer("the rules are set")

    def answer(self, what):
        lines = []
        while not lines or lines[-1] != "ok":
            line = self.process.stdout.readline()
            if not line:
                check(False, what, "\n".join(lines))
            lines.append(line.rstrip("\n"))
            if lines[-1] != "ok" and not re.match(r"service|server", lines[-1]):
                check(False, what, "\n".join(lines))
        return lines[:-1]

    def say(self, command):
        print(command, file=self.process.stdin, flush=True)
        return self.answer(command)

    def usage(self):
        """{service or server: {word: number}}; `out` and `in` are packets."""
        out, service = {}, ""
        for line in self.say("usage"):
            words = line.split()
            if words[0] == "service":
                service = " ".join(words[1:words.index("conns")])
                key = service
            else:
                key = (service, words[1])
            out[key] = {word: int(words[words.index(word) + 1]) for word in ("conns", "in", "out", "active", "inactive") if word in words}
        return out

    def stop(self):
        print("quit", file=self.process.stdin, flush=True)
        check(self.process.wait(10) == 0, "the driver ends")
        left = self.director.run("nft", "list", "tables").stdout
        check("checkerd_lab" not in left, "and takes its rules away", left)


def server(address, port, *lines):
    return f"  real_server {address} {port} {{\n" + "".join(f"    {line}\n" for line in lines) + "  }\n"


def service(address, port, *lines, servers):
    return f"virtual_server {address} {port} {{\n" + "".join(f"  {line}\n" for line in lines) + "".join(servers) + "}\n"


def open_network():
    for bridge in ("outside", "inside"):
        sh(f"ip link add {bridge} type bridge forward_delay 0 && ip link set {bridge} up")
    client, director, one, two = (Machine(name) for name in ("client", "director", "one", "two"))
    client.wire("outside", "eth0", "10.3.0.1/24", "10.3.0.9/24", "fd00:3::1/64")
    director.wire("outside", "eth0", "10.3.0.2/24", "10.3.0.100/32", "10.3.0.101/32", "fd00:3::2/64", "fd00:3::100/128")
    director.wire("inside", "eth1", "10.1.0.2/24", "fd00:1::2/64")
    director.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for number, each in ((11, one), (12, two)):
        each.wire("inside", "eth0", f"10.1.0.{number}/24", f"fd00:1::{number}/64")
        each.ip("route add default via 10.1.0.2")
        each.ip("-6 route add default via fd00:1::2")
    return client, director, one, two


R1, R2 = "10.1.0.11", "10.1.0.12"
VIP, VIP6 = "10.3.0.100", "fd00:3::100"


def nat_and_turns(client, director):
    driver = Driver(director, service(VIP, 80, "lvs_sched rr", "lvs_method NAT", "protocol TCP", servers=[server(R1, 80), server(R2, 8080)]))
    answers = client.get(f"http://{VIP}/", 6)
    check(answers == ["one 10.3.0.1", "two 10.3.0.1"] * 3 or answers == ["two 10.3.0.1", "one 10.3.0.1"] * 3,
          "rr: the servers take turns, and see the client's own address", answers)
    used = driver.usage()
    total, first = used[f"{VIP}:80 tcp"], used[(f"{VIP}:80 tcp", f"{R1}:80")]
    check(total["conns"] == 6 and first["conns"] == 3, "connections are counted", used)
    check(first["in"] > 9 and first["out"] > 9, "packets are counted both ways", used)
    check(first["inactive"] == 3 and first["active"] == 0, "connections that end are inactive", used)
    check(tally(director.get(f"http://{VIP}/", 4)) == {"one": 2, "two": 2}, "a client on the director itself is served")
    driver.say("down 0")
    check(tally(client.get(f"http://{VIP}/", 4)) == {"two": 4}, "a server that is down gets nothing")
    check(driver.usage()[f"{VIP}:80 tcp"]["conns"] == 14, "the service still counts what it had")
    driver.say("up 0")
    check(tally(client.get(f"http://{VIP}/", 4)) == {"one": 2, "two": 2}, "and again when it is back")
    driver.say("down 0")
    driver.say("down 1")
    check(client.get(f"http://{VIP}/") == ["curl: 7"], "without servers the service refuses")
    driver.stop()


def weights_and_reload(client, director):
    driver = Driver(director, service(VIP, 80, "lvs_sched wrr", "lvs_method NAT", "protocol TCP",
                                      servers=[server(R1, 80, "weight 1"), server(R2, 80, "weight 2")]))
    check(tally(client.get(f"http://{VIP}/", 30)) == {"one": 10, "two": 20}, "wrr 1:2: thirty connections as 10 and 20")
    driver.say("drain 1")
    check(tally(client.get(f"http://{VIP}/", 4)) == {"one": 4}, "weight 0: no new connections")
    # A client in a loop while the table changes all the time: none of its connections fails.
    loop = client.start("sh", "-c", f"i=0; while [ $i -lt 150 ]; do curl -s --max-time 3 http://{VIP}/ || echo failed; i=$((i + 1)); done")
    for command in ("up 1", "down 0", "up 0", "drain 1", "up 1", "down 1", "up 1") * 6:
        driver.say(command)
    answers = loop.communicate(timeout=60)[0].split("\n")
    check("failed" not in answers and len(answers) > 100, "a client in a loop sees no failed connection while the servers change", answers[:20])
    driver.stop()


def killed(client, director):
    text = service(VIP, 80, "lvs_sched rr", "lvs_method NAT", "protocol TCP", servers=[server(R1, 80), server(R2, 80)])
    driver = Driver(director, text + service(VIP, 8080, "lvs_sched rr", "lvs_method NAT", "protocol TCP", servers=[server(R1, 8080)]))
    long = client.start(sys.executable, "-c", KEEP, VIP)
    say = lambda: (print(file=long.stdin, flush=True), long.stdout.readline().strip())[1]
    first = say()
    check(first in ("one", "two"), "a connection is open", first)
    driver.process.kill()
    driver.process.wait()
    check(say() == first and tally(client.get(f"http://{VIP}/", 2)) == {"one": 1, "two": 1}, "killed: the rules go on working")
    driver = Driver(director, text)
    check(say() == first, "started again: the connection lives")
    check(tally(client.get(f"http://{VIP}/", 2)) == {"one": 1, "two": 1}, "and new ones are served")
    check(client.get(f"http://{VIP}:8080/") == ["curl: 7"], "what the killed one had besides is gone")
    driver.say(f"down {0 if first == 'one' else 1}")
    check(say() == first, "a server that goes: its connections may finish")
    long.stdin.close()
    long.wait(5)
    driver.stop()


def sources(client, director):
    driver = Driver(director, service(VIP, 80, "lvs_sched sh", "lvs_method NAT", "protocol TCP", servers=[server(R1, 80), server(R2, 80)]))
    names = {address: set(tally(client.run("curl", "-s", "--max-time", "3", "--interface", address, f"http://{VIP}/").stdout for _ in range(4)))
             for address in ("10.3.0.1", "10.3.0.9")}
    check(all(len(each) == 1 for each in names.values()), "sh: each client has its server", names)
    driver.stop()


def persistence(client, director):
    driver = Driver(director, service(VIP, 80, "lvs_sched rr", "lvs_method NAT", "protocol TCP", "persistence_timeout 60",
                                      servers=[server(R1, 80), server(R2, 80)]))
    names = tally(client.get(f"http://{VIP}/", 5))
    check(len(names) == 1, "persistence: one client, one server", names)
    first, = names
    other = tally([client.run("curl", "-s", "--interface", "10.3.0.9", f"http://{VIP}/").stdout])
    check(other and first not in other, "another client has its turn", other)
    number = 0 if first == "one" else 1
    driver.say(f"drain {number}")
    check(tally(client.get(f"http://{VIP}/", 3)) == {first: 3}, "weight 0: who is persistent stays")
    driver.say(f"up {number}")
    driver.say(f"down {number}")
    check(set(tally(client.get(f"http://{VIP}/", 3))) == {"two" if first == "one" else "one"}, "its server gone, the client gets another")
    driver.say(f"up {number}")
    check(len(tally(client.get(f"http://{VIP}/", 3))) == 1, "and stays there")
    driver.stop()
    driver = Driver(director, service(VIP, 80, "lvs_sched rr", "lvs_method NAT", "protocol TCP", "persistence_timeout 60",
                                      "persistence_granularity 255.255.255.0", servers=[server(R1, 80), server(R2, 80)]))
    both = client.get(f"http://{VIP}/", 2) + [client.run("curl", "-s", "--interface", "10.3.0.9", f"http://{VIP}/").stdout.strip()]
    check(len(tally(both)) == 1, "granularity /24: neighbours share a server", both)
    driver.stop()


def six(client, director):
    driver = Driver(director, service(VIP6, 80, "lvs_sched rr", "lvs_method NAT", "protocol TCP", servers=[server("fd00:1::11", 80), server("fd00:1::12", 8080)]))
    answers = client.get(f"http://[{VIP6}]/", 4)
    check(tally(answers) == {"one": 2, "two": 2} and all("fd00:3::1" in each for each in answers), "IPv6: in turns, the client's own address", answers)
    check(driver.usage()[f"[{VIP6}]:80 tcp"]["conns"] == 4, "IPv6: counted")
    driver.stop()
    driver = Driver(director, service(VIP6, 80, "lvs_sched rr", "lvs_method NAT", "protocol TCP", "persistence_timeout 60", "persistence_granularity 64",
                                      servers=[server("fd00:1::11", 8080), server("fd00:1::12", 8080)]))
    names = tally(client.get(f"http://[{VIP6}]/", 4))
    check(len(names) == 1, "IPv6: persistence", names)
    driver.say("down 0" if "one" in names else "down 1")
    check(not set(names) & set(tally(client.get(f"http://[{VIP6}]/", 2))), "IPv6: its server gone, the client gets another")
    driver.stop()


def datagrams(client, director):
    driver = Driver(director, service(VIP, 53, "lvs_sched rr", "lvs_method NAT", "protocol UDP", servers=[server(R1, 53), server(R2, 54)]))
    check(tally(client.ask(VIP, 53, 4)) == {"one": 2, "two": 2}, "UDP: in turns")
    talk = client.start(sys.executable, "-c", TALK, VIP, "53")
    say = lambda: (print(file=talk.stdin, flush=True), talk.stdout.readline().strip())[1]
    first = {say() for _ in range(3)}
    check(len(first) == 1, "UDP: one client port stays with its server", first)
    driver.say(f"down {0 if first == {'one'} else 1}")
    check({say() for _ in range(2)} == ({"one", "two"} - first), "UDP: its server gone, the next packet goes to another")
    talk.stdin.close()
    talk.wait(5)
    check(driver.usage()[f"{VIP}:53 udp"]["conns"] == 6, "UDP: counted", driver.usage())
    driver.stop()


def marks(client, director):
    director.run("nft", "add table ip marks; add chain ip marks pre { type filter hook prerouting priority mangle; }; "
                 f"add rule ip marks pre ip daddr {VIP} tcp dport {{ 80, 8080 }} meta mark set 7")
    driver = Driver(director, "virtual_server fwmark 7 {\n  lvs_sched rr\n  lvs_method NAT\n" + server(R1, 0) + server(R2, 0) + "}\n")
    check(tally(client.get(f"http://{VIP}/", 4)) == {"one": 2, "two": 2}, "fwmark: in turns")
    check(tally(client.get(f"http://{VIP}:8080/", 2)) == {"one": 1, "two": 1}, "fwmark: every port that is marked, and it stays")
    used = driver.usage()
    each = used[("fwmark 7", f"{R1}:0")]
    check(used["fwmark 7"]["conns"] == 6 and each["in"] > 9 and each["out"] > 9, "fwmark: counted", used)
    driver.stop()
    director.run("nft", "delete table ip marks")


def any_port(client, director):
    driver = Driver(director, service(VIP, 0, "lvs_sched rr", "lvs_method NAT", "protocol TCP", "persistence_timeout 60", servers=[server(R1, 0), server(R2, 0)]))
    names = set(tally(client.get(f"http://{VIP}/", 2) + client.get(f"http://{VIP}:8080/", 2)))
    check(len(names) == 1, "any port: one server for all ports of a client", names)
    check(driver.usage()[f"{VIP}:0 tcp"]["conns"] == 4, "any port: counted", driver.usage())
    driver.stop()


def direct(client, director, one, two):
    # Replies go to the client past the director, which would not take packets from its own address.
    client.wire("inside", "eth1", "10.1.0.1/24", "fd00:1::1/64")
    for each in (one, two):
        each.ip("route add 10.3.0.0/24 via 10.1.0.1")
        each.ip("-6 route add fd00:3::/64 via fd00:1::1")
        each.ip(f"addr add {VIP}/32 dev lo")
        each.ip(f"-6 addr add {VIP6}/128 dev lo nodad")
        each.sysctl("net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2")
    driver = Driver(director, service(VIP, 80, "lvs_sched wrr", "lvs_method DR", "protocol TCP", servers=[server(R1, 80, "weight 1"), server(R2, 80, "weight 2")]))
    answers = client.get(f"http://{VIP}/", 6)
    check(tally(answers) == {"one": 2, "two": 4} and all("10.3.0.1" in each for each in answers), "DR: wrr 1:2, the client's own address", answers)
    used = driver.usage()
    check(used[(f"{VIP}:80 tcp", f"{R2}:80")]["conns"] == 4 and used[(f"{VIP}:80 tcp", f"{R2}:80")]["in"] > 12, "DR: counted", used)
    check(used[(f"{VIP}:80 tcp", f"{R2}:80")]["out"] == 0, "DR: replies do not pass here", used)
    driver.say("down 1")
    check(tally(client.get(f"http://{VIP}/", 3)) == {"one": 3}, "DR: a server that is down gets nothing")
    driver.say("down 0")
    check(client.get(f"http://{VIP}/") == ["curl: 7"], "DR: without servers the service refuses")
    driver.stop()
    driver = Driver(director, service(VIP, 80, "lvs_sched rr", "lvs_method DR", "protocol TCP", "persistence_timeout 60", servers=[server(R1, 80), server(R2, 80)]))
    first = tally(client.get(f"http://{VIP}/", 4))
    check(len(first) == 1, "DR: persistence", first)
    driver.say("down 0" if "one" in first else "down 1")
    check(not set(first) & set(tally(client.get(f"http://{VIP}/", 2))), "DR: its server gone, the client gets another")
    driver.stop()
    driver = Driver(director, service(VIP6, 80, "lvs_sched rr", "lvs_method DR", "protocol TCP", servers=[server("fd00:1::11", 80), server("fd00:1::12", 80)]))
    spread = tally(client.get(f"http://[{VIP6}]/", 20))
    check(set(spread) == {"one", "two"} and sum(spread.values()) == 20, "DR: IPv6, by a hash of address and port", spread)
    check(driver.usage()[f"[{VIP6}]:80 tcp"]["conns"] == 20, "DR: IPv6 counted")
    driver.say("down 0")
    check(tally(client.get(f"http://[{VIP6}]/", 4)) == {"two": 4}, "DR: IPv6, a server that is down gets nothing")
    driver.stop()
    driver = Driver(director, service(VIP, 53, "lvs_sched rr", "lvs_method DR", "protocol UDP", servers=[server(R1, 53), server(R2, 53)]))
    got = client.ask(VIP, 53, 4)
    check(len(got) == 4, "DR: UDP reaches servers", got)
    driver.stop()


def main():
    if not os.path.exists(TOOL):
        print(f"no such program: {TOOL} (set DRIVER_TOOL)")
        sys.exit(1)
    lab.PROGRAM = os.environ["DRIVER_TOOL"] = os.path.abspath(TOOL)
    lab.enter("nft", "sysctl")
    client, director, one, two = open_network()
    web = [each.start(sys.executable, "-c", SERVER, each.name) for each in (one, two)]
    for each in web:
        check(each.stdout.readline() == "ready\n", "a web server listens")
    wait(lambda: client.run("ping", "-c1", "-W1", "10.3.0.2").returncode == 0, 10, "the client reaches the director")
    wait(lambda: client.run("ping", "-c1", "-W1", "fd00:3::2").returncode == 0, 10, "by IPv6, too")
    client.ip(f"route replace {VIP} via 10.3.0.2")
    nat_and_turns(client, director)
    weights_and_reload(client, director)
    killed(client, director)
    sources(client, director)
    persistence(client, director)
    six(client, director)
    datagrams(client, director)
    marks(client, director)
    any_port(client, director)
    direct(client, director, one, two)


if __name__ == "__main__":
    main()
