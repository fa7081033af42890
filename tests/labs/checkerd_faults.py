#!/usr/bin/env python3
"""checkerd on nftables, with real servers that misbehave, a ruleset that others change, and a host that runs out: each part names what it
shows. What the kernel's IPVS adds to that is in machine/scenarios/faults.sh."""
import os
import re
import signal
import subprocess
import sys
import time

from checkerd_lab import GLOBALS, SOCKET, Checkerd, check, nft_rules, open_lab, real_server, virtual_server, wait

VIP = "10.3.0.100"
# Ports: 1001 accepts and never answers, 1002 answers a byte a second, 1003 closes in the TLS handshake, 1004 sends a page of 100 MB,
# 1005 100 MB of header lines; 1006 is as it should be, 1007 never answers until the file `healed` is there, 1008 echoes lines.
SERVERS = r"""import os, select, socket, sys, threading, time
MB = b"x" * (1 << 20)
PAGE = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
held = []
def drip(peer):
    for byte in PAGE:
        peer.send(bytes([byte])); time.sleep(1)
def big(peer):
    peer.recv(4096); peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (100 << 20))
    for _ in range(100): peer.sendall(MB)
def headers(peer):
    peer.recv(4096); peer.sendall(b"HTTP/1.0 200 OK\r\n")
    for _ in range(100): peer.sendall(b"X: " + MB + b"\r\n")
def good(peer):
    peer.recv(4096); peer.sendall(PAGE)
def maybe(peer):
    if os.path.exists("/srv/healed"): good(peer)
    else: held.append(peer); time.sleep(60)
def silent(peer): held.append(peer); time.sleep(60)
def handshake(peer): peer.recv(10)
def echo(peer):
    while data := peer.recv(4096): peer.sendall(data)
def one(way, peer):
    try: way(peer)
    except OSError: pass
    finally: peer.close()
def serve(port, way):
    s = socket.create_server(("0.0.0.0", port), backlog=1024)
    while True: threading.Thread(target=one, args=(way, s.accept()[0]), daemon=True).start()
for port, way in enumerate((silent, drip, handshake, big, headers, good, maybe, echo), 1001):
    threading.Thread(target=serve, args=(port, way)).start()
print("ready", flush=True)
"""
# A connection through a virtual server: a line out, the same line back, for as long as asked.
TALK = """import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)
for line in sys.stdin:
    try: s.sendall(b"x"); print("yes" if s.recv(1) == b"x" else "closed", flush=True)
    except OSError as error: print(error, flush=True)
"""


def http(kind="HTTP_GET", timeout=2, more=""):
    return f"{kind} {{ url {{ path /\n {more}status_code 200\n }}\n connect_timeout {timeout}\n retry 0\n delay_before_retry 1\n warmup 0 }}"


def states(daemon):
    """{virtual server's port: real servers that are up}"""
    out = {}
    for line in daemon.ask("show servers").splitlines()[1:]:
        words = line.split()
        if len(words) > 2 and words[1] != "VIRTUAL":
            port = int(re.search(r":(\d+)", words[0]).group(1))
            out[port] = out.get(port, 0) + (words[2] == "up")
    return out


def resident_kib(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1))


class Talk:
    def __init__(self, port):
        self.process = subprocess.Popen([sys.executable, "-c", TALK, VIP, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def lives(self):
        print(file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip() == "yes"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(5)


def bad_servers():
    ways = {2001: (1001, http()), 2002: (1001, http("SSL_GET")), 2003: (1001, "SMTP_CHECK { connect_timeout 2\n retry 0\n warmup 0 }"),
            2004: (1002, http()), 2005: (1003, http("SSL_GET")), 2006: (1004, http(timeout=1)),
            2007: (1005, http()), 2008: (1006, http()), 2009: (1004, http(timeout=10, more="digest 00000000000000000000000000000000\n "))}
    daemon = Checkerd(GLOBALS.format(more="") + "".join(virtual_server(VIP, port, [real_server(to, 1, address="10.3.0.1", checker=checker)])
                                                       for port, (to, checker) in ways.items()))
    wait(lambda: all(states(daemon)[port] == 0 for port in (2001, 2002, 2003, 2004, 2005, 2007, 2009)), 25,
         "silent, dripping, TLS-closing servers and wrong pages of 100 MB leave: " + str(states(daemon)))
    before = daemon.ask("show checks").splitlines()
    time.sleep(3)
    check(states(daemon)[2008] == 1, "the one that is well stays", "\n".join(before))
    late = float(re.search(r"Check_worst_delay_ms: ([\d.]+)", daemon.ask("show info")).group(1))
    check(late < 500, f"no check was late because of them: {late:.0f} ms")
    kib = resident_kib(daemon)
    limit = 60_000 if "ASAN_OPTIONS" not in os.environ else 400_000
    check(kib < limit, f"memory stays bounded: {kib} KiB", daemon.text()[-2000:])
    daemon.stop()
    check("checkerd" not in nft_rules(), "nothing is left", nft_rules())


def many(count, *ports):
    return GLOBALS.format(more="") + "".join(virtual_server(VIP, 3000 + i, [real_server(port, 1, address="10.3.0.1") for port in ports], "lvs_sched rr") for i in range(count))


def killed():
    daemon = Checkerd(many(200, 1008))
    wait(lambda: sum(states(daemon).values()) == 200, 10, "200 services")
    talk = Talk(3005)
    check(talk.lives(), "a connection goes through one of them")
    daemon.stop(signal.SIGKILL)
    check(talk.lives(), "killed: it goes on")
    daemon = Checkerd(many(200, 1008))
    check(talk.lives(), "started again: it goes on")
    rules = nft_rules()
    check(all(f"{VIP} . 6 . {3000 + i} " in rules or f"{VIP} . tcp . {3000 + i} " in rules for i in range(200)), "every service is there", rules[:3000])
    daemon.stop(signal.SIGKILL)
    daemon = Checkerd(many(100, 1008))
    rules = nft_rules()
    check(talk.lives(), "killed, started with half of the file: it goes on")
    check(f". {3099} " in rules and f". {3100} " not in rules and f". {3199} " not in rules, "what is stale is gone", rules[-3000:])
    talk.stop()
    daemon.stop()
    check("checkerd" not in nft_rules(), "nothing is left", nft_rules())


def disturbed():
    subprocess.run(["nft", "add", "table", "inet", "foreign"], check=True)
    daemon = Checkerd(many(3, 1008))
    talk = Talk(3001)
    check(talk.lives(), "a connection goes through")
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    wait(lambda: "checkerd" in nft_rules(), 15, "somebody flushes the ruleset: ours comes back")
    check("Somebody else changed the rules of nftables: they are made anew" in daemon.text(), "and that is said", daemon.text())
    other = Talk(3002)
    check(other.lives() and talk.lives(), "connections go through, the old one too")
    time.sleep(11)  # it looks at its own rules when nothing has changed for a while
    chain = re.search(r"chain (s\d+)", nft_rules())
    check(chain is not None, "a service has a chain", nft_rules())
    rules = len(nft_rules().splitlines())
    subprocess.run(["nft", "flush", "chain", "inet", "checkerd", chain.group(1)], check=True)
    wait(lambda: daemon.text().count("they are made anew") == 2 and len(nft_rules().splitlines()) == rules, 15, "somebody empties a chain: it is filled again")
    other.stop()
    talk.stop()
    daemon.stop()


def reloads():
    daemon = Checkerd(many(1, 1006, 1008))
    loop = subprocess.Popen(["sh", "-c", f"while [ ! -e /srv/enough ]; do curl -s --max-time 3 http://{VIP}:3000/ || echo failed; echo; done"], stdout=subprocess.PIPE, text=True)
    files = [many(1, 1006), many(2, 1006), GLOBALS.format(more="") + virtual_server(VIP, 3000, [real_server(1006, weight, address="10.3.0.1") for weight in (5,)], "persistence_timeout 60")]
    daemon.reload(files[0])
    time.sleep(0.3)
    for i in range(30):
        said = daemon.reload(files[i % 3])
        check("Reload complete" in said, f"reload {i + 1}", said)
        time.sleep(0.05)
    open("/srv/enough", "w", encoding="ascii").close()
    answers = loop.communicate(timeout=20)[0].split()
    check("failed" not in answers and answers.count("ok") > 50, f"a client in a loop sees no failed connection: {answers.count('ok')} answers", " ".join(answers[:50]))
    daemon.reload(files[0].replace("real_server 10.3.0.1", "real_server 10.3.0.2"))
    rules = nft_rules()
    check("10.3.0.2" in rules and not re.search(r"dnat ip to 10\.3\.0\.1\b", rules), "a real server with another address: the new one is in the rules, the old one is not", rules)
    answer = subprocess.run(["curl", "-s", "--max-time", "3", f"http://{VIP}:3000/"], capture_output=True, text=True, check=False).stdout
    check(answer == "ok", "and serves", answer)
    daemon.stop()


def wrapped(*words):
    """The daemon started by another program; comes back with the place to take it away again."""
    plain = os.environ["CHECKERD"]
    with open("/srv/wrapped", "w", encoding="ascii") as out:
        out.write("#!/bin/sh\nexec " + " ".join(words) + f' {plain} "$@"\n')
    os.chmod("/srv/wrapped", 0o755)
    os.environ["CHECKERD"] = "/srv/wrapped"
    return plain


def without_privileges():
    plain = wrapped("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin")
    daemon = Checkerd(many(1, 1008), expect=None)
    check(daemon.process.wait(10) == 1 and "ermission denied" in daemon.text() or "not permitted" in daemon.text(), "without CAP_NET_ADMIN it ends with code 1 and says why", daemon.text())
    os.environ["CHECKERD"] = plain


def few_descriptors():
    text = GLOBALS.format(more="") + "".join(virtual_server(VIP, 4000 + i, [real_server(1007, 1, address="10.3.0.1", checker=http(timeout=3))], "alpha") for i in range(80))
    text += virtual_server(VIP, 4100, [real_server(1008, 1, address="10.3.0.1")])
    # Each check by itself: identical ones would share a run.
    text = text.replace("lvs_driver nftables", "lvs_driver nftables\n  no_shared_checks")
    plain = wrapped("prlimit", "--nofile=48:48", "setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource")
    daemon = Checkerd(text)
    check("81 checks may want more descriptors than there are" in daemon.text(), "too few descriptors: said at the start", daemon.text()[:2000])
    daemon.hears("to create socket. Rescheduling.", 15)
    time.sleep(6)
    check(daemon.process.poll() is None, "it lives", daemon.text()[-2000:])
    check(f"Removing service [10.3.0.1]:tcp:1008" not in daemon.text(), "a server whose check found no descriptor stays as it was", daemon.text()[-2000:])
    open("/srv/healed", "w", encoding="ascii").close()
    wait(lambda: daemon.text().count("Adding service [10.3.0.1]:tcp:1007") >= 80, 30, "the servers answer: all of them come, one after the other")
    wait(lambda: os.path.exists(SOCKET) and states(daemon).get(4100) == 1, 10, "and the runtime socket answers")
    daemon.stop()
    os.environ["CHECKERD"] = plain
    daemon = Checkerd(text)
    with open(f"/proc/{daemon.process.pid}/limits", encoding="ascii") as limits:
        soft = int(re.search(r"Max open files +(\d+)", limits.read()).group(1))
    check(soft >= 81 + 256, f"with privileges it takes what its checks need: {soft}")
    daemon.stop()


def main():
    open_lab("setpriv", "prlimit")
    for address in ("10.3.0.1", "10.3.0.2", VIP):
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)
    servers = subprocess.Popen([sys.executable, "-c", SERVERS], stdout=subprocess.PIPE, text=True)
    check(servers.stdout.readline() == "ready\n", "the servers listen")
    for part in (bad_servers, killed, disturbed, reloads, without_privileges, few_descriptors):
        part()
    servers.kill()


if __name__ == "__main__":
    main()
