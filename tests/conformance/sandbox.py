#!/usr/bin/env python3
"""What proxyd gives up, read from /proc while it works: user, capabilities, no-new-privileges, processes, system calls; and that everything
still works so: requests, checks, the stats socket, reloads under a master, servers reached from foreign addresses.

Needs root, and haproxy's user. Exit 77: there is none of them.
"""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_ports

OURS = os.path.abspath(os.environ.get("PROXYD", "proxyd/proxyd"))
THEIRS = os.environ.get("HAPROXY", "/usr/sbin/haproxy")
PATIENCE = 60
NET_BIND_SERVICE, NET_ADMIN, NET_RAW, SYS_ADMIN, SETUID, SYS_MODULE, SYS_PTRACE = (1 << n for n in (10, 12, 13, 21, 7, 16, 19))

CONFIG = """global
  nbthread 2
  stats socket {folder}/stats.sock level admin
  {extra}
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 5s
listen web
  bind 127.0.0.1:{port}
  http-request return status 200 content-type text/plain string static if {{ path /static }}
  {rules}
  server s1 127.0.0.1:{back} check inter 100ms {server}
"""
failures = []
HAS_SECCOMP = "+SECCOMP" in subprocess.run([OURS, "-vv"], capture_output=True, text=True, check=False).stdout


def check(good, what, detail=""):
    print(f"  {'ok   ' if good else 'FAIL '} {what}" + ("" if good else f"\n{detail}"), flush=True)
    if not good:
        failures.append(what)


def until(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain for " + what)


class Back:
    """A web server that answers with its client's address."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer, address = self.socket.accept()
            threading.Thread(target=self.answer, args=(peer, address[0].encode()), daemon=True).start()

    @staticmethod
    def answer(peer, address):
        with peer:
            try:
                while peer.recv(65536):
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(address), address))
            except ConnectionError:
                pass  # a check that has seen enough


class Proxy:
    """One run of the program, as root."""

    def __init__(self, back, extra="", rules="", server="", options=(), program=OURS, before=""):
        self.folder = tempfile.mkdtemp(prefix="sandbox-")
        os.chmod(self.folder, 0o755)
        self.port, = free_ports(1)
        self.path = os.path.join(self.folder, "proxy.cfg")
        self.back, self.extra, self.rules, self.server = back, extra, rules, server
        self.write()
        self.err = open(os.path.join(self.folder, "err"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([*before, program, "-f", self.path, *(each.format(folder=self.folder) for each in options or ("-db",))], stdout=self.err, stderr=self.err, cwd=self.folder)

    def write(self):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(CONFIG.format(folder=self.folder, port=self.port, back=self.back.port, extra=self.extra, rules=self.rules, server=self.server))

    def get(self, path="/"):
        """The body, or None."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as client:
                client.settimeout(5)
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                text = b""
                while piece := client.recv(65536):
                    text += piece
        except OSError:
            return None
        head, _, body = text.partition(b"\r\n\r\n")
        return body.decode() if head.startswith(b"HTTP/1.1 200") else None

    def ask(self, command, path="stats.sock"):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(os.path.join(self.folder, path))
            client.sendall(command.encode() + b"\n")
            client.shutdown(socket.SHUT_WR)
            out = b""
            while piece := client.recv(65536):
                out += piece
        return out.decode()

    def serves(self):
        until("an answer", lambda: self.process.poll() is not None or self.get("/static") == "static")
        if self.process.poll() is not None:
            raise AssertionError("it ended: " + self.said())
        until("the server to be up", lambda: re.search(r"^web,s1,.*,UP,", self.ask("show stat"), re.M))
        return self

    def said(self):
        self.err.flush()
        with open(self.err.name, encoding="utf-8", errors="replace") as text:
            return text.read()

    def end(self):
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)
        return code


def rights(pid):
    """Of each thread: the facts, which all have to share."""
    out = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii", errors="replace") as text:
            facts = dict(re.findall(r"^(\w+):\s+(.*)$", text.read(), re.M))
        out.append((int(facts["Uid"].split()[1]), int(facts["CapEff"], 16), int(facts["CapPrm"], 16), int(facts["CapBnd"], 16), int(facts["CapAmb"], 16), int(facts["NoNewPrivs"]),
                    int(facts["Seccomp"])))
    with open(f"/proc/{pid}/limits", encoding="ascii") as text:
        processes = re.search(r"^Max processes +(\S+)", text.read(), re.M)[1]
    return set(out), processes


def both(back, extra, name):
    """haproxy's word for what it gave up, where it has one; and ours."""
    proxy = Proxy(back, extra).serves()
    got = rights(proxy.process.pid)
    check(len(os.listdir(f"/proc/{proxy.process.pid}/task")) == 2 and len(got[0]) == 1, f"{name}: both threads have the same rights", got)
    check(proxy.get() == "127.0.0.1", f"{name}: requests are answered by a server")
    check("Name: " in proxy.ask("show info"), f"{name}: the stats socket answers")
    facts = next(iter(got[0]))
    proxy.end()
    if os.access(THEIRS, os.X_OK):
        theirs = Proxy(back, extra, program=THEIRS).serves()
        other = rights(theirs.process.pid)
        theirs.end()
        his = next(iter(other[0]))
        check(facts[0] == his[0] and facts[5] == his[5] and got[1] == other[1], f"{name}: user, no-new-privileges and processes as haproxy's", f"{got}\n{other}")
        check(facts[1] & ~his[1] == 0 and facts[3] & ~his[3] == 0, f"{name}: and no capability that haproxy's has not", f"{facts}\n{his}")
    return facts, got[1]


def what_is_given_up(back, user):
    uid = pwd.getpwnam(user).pw_uid
    facts, processes = both(back, f"user {user}", "another user")
    check(facts == (uid, 0, 0, 0, 0, 1, 0) and processes == "0", "another user: nothing is left", f"{facts} {processes}")
    facts, processes = both(back, "", "root")
    uid, effective, permitted, bounding, ambient, locked, _ = facts
    check(uid == 0 and locked == 1 and effective == permitted == bounding and ambient == 0, "root: no more in reserve than in use", facts)
    check(effective & (SYS_ADMIN | SETUID | SYS_MODULE | SYS_PTRACE) == 0, "root: what a proxy does not need is gone", hex(effective))
    facts, processes = both(back, f"user {user}\n  insecure-fork-wanted", "insecure-fork-wanted")
    check(processes != "0" and facts[5] == 1, "insecure-fork-wanted: processes may be started", f"{facts} {processes}")
    proxy = Proxy(back, f"user {user}", options=("-dI",)).serves()  # of 3.x: 2.6 does not know it
    facts, processes = rights(proxy.process.pid)
    check(processes != "0" and {each[5] for each in facts} == {1}, "-dI: processes may be started", f"{facts} {processes}")
    proxy.end()
    facts, processes = both(back, f"user {user}\n  insecure-fork-wanted\n  no insecure-fork-wanted", "no insecure-fork-wanted")
    check(processes == "0", "no insecure-fork-wanted: they may not", processes)
    facts, processes = both(back, f"user {user}\n  insecure-setuid-wanted", "insecure-setuid-wanted")
    check(facts[5] == 0 and facts[3] != 0 and facts[1] == 0, "insecure-setuid-wanted: programs may gain rights, the process has none", facts)


def what_is_kept(back, user):
    proxy = Proxy(back, f"user {user}\n  setcap cap_net_bind_service,cap_net_raw").serves()
    facts = next(iter(rights(proxy.process.pid)[0]))
    wanted = NET_BIND_SERVICE | NET_RAW
    check(facts[1] == facts[2] == facts[3] == wanted and facts[0] != 0 and facts[5] == 1, "setcap: they outlive the change of user, and no other", facts)
    proxy.end()
    source = "source 127.0.0.1 usesrc 127.0.0.9"
    for capability in ("cap_net_admin", "cap_net_raw"):
        proxy = Proxy(back, f"user {user}\n  setcap {capability}", server=source).serves()
        check(proxy.get() == "127.0.0.9", f"setcap {capability}: the server is reached from a foreign address", proxy.get())
        check(proxy.get() == "127.0.0.9" and rights(proxy.process.pid)[0].pop()[0] != 0, f"setcap {capability}: and root is not needed for it")
        proxy.end()
    proxy = Proxy(back, "", server=source).serves()
    check(proxy.get() == "127.0.0.9", "root: the server is reached from a foreign address")
    proxy.end()
    said = "Some configuration options require full privileges, so global.uid cannot be changed."
    for what, extra, rules, server in (("usesrc", "", "", source), ("set-mark", "", "http-request set-mark 1", ""), ("usesrc and a capability that is no help", "setcap cap_net_bind_service", "", source)):
        for program in (OURS, THEIRS) if not extra and os.access(THEIRS, os.X_OK) else (OURS,):
            proxy = Proxy(back, f"user {user}\n  {extra}", rules, server, program=program)
            code = proxy.process.wait(PATIENCE)
            check(code == 1 and said in proxy.said(), f"{what} as another user is refused by {os.path.basename(program)}", f"{code} {proxy.said()}")
            proxy.end()
    proxy = Proxy(back, f"user {user}\n  setcap cap_net_admin", "http-request set-mark 1").serves()
    check(proxy.get() == "127.0.0.1", "set-mark with cap_net_admin")
    proxy.end()
    limited = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]
    if shutil.which("setpriv"):
        proxy = Proxy(back, f"user {user}\n  setcap cap_net_raw", before=limited).serves()
        check("'setcap' : this process never had all" in proxy.said(), "setcap of what was never there is a warning", proxy.said())
        proxy.end()
        proxy = Proxy(back, f"user {user}\n  setcap cap_net_raw", server=source, before=limited)
        check(proxy.process.wait(PATIENCE) == 1 and "which the configuration needs" in proxy.said(), "and where it is needed the end", proxy.said())
        proxy.end()


def system_calls(back, user):
    for extra, wanted in ((f"user {user}\n  chroot /var/empty", 2), ("", 2)):
        os.makedirs("/var/empty", exist_ok=True)
        proxy = Proxy(back, f"{extra}\n  sandbox seccomp kill").serves()
        got, _ = rights(proxy.process.pid)
        check(len(got) == 1 and next(iter(got))[6] == wanted, f"sandbox seccomp: a filter on every thread ({extra.split(chr(10), maxsplit=1)[0] or 'root'})", got)
        for _ in range(20):
            if proxy.get() != "127.0.0.1":
                check(False, "sandbox seccomp: a request", proxy.said())
        for command in ("show info", "show stat json", "show servers state", "show activity", "show errors", "show sess", "disable server web/s1", "enable server web/s1", "show threads",
                        "set server web/s1 addr 127.0.0.1", "show fd", "show env", "show startup-logs"):
            proxy.ask(command)
        check(proxy.process.poll() is None and proxy.get("/static") == "static", "sandbox seccomp: nothing that a proxy does kills it", proxy.said())
        check(proxy.end() in (-15, 143, 0), "sandbox seccomp: and it ends as ever")


def a_reload_needs_a_thread(back, user):
    """The limit on processes counts threads. Beside the filter, which tells them apart, and without."""
    for extra, name in ((f"user {user}", "a limit on processes"), (f"user {user}\n  sandbox seccomp kill", "sandbox seccomp")):
        if "seccomp" in extra and not HAS_SECCOMP:
            continue
        proxy = Proxy(back, extra).serves()
        for answer in ("first", "second"):
            proxy.rules = f"http-request return status 200 content-type text/plain string {answer} if {{ path /new }}"
            proxy.write()
            proxy.process.send_signal(signal.SIGHUP)
            until("the new file, " + name, lambda: proxy.process.poll() is not None or proxy.get("/new") == answer)
        check(proxy.process.poll() is None and proxy.get() == "127.0.0.1", f"{name}: reloads have their thread", proxy.said())
        until("the limit again", lambda: rights(proxy.process.pid)[1] == "0")
        check(len(os.listdir(f"/proc/{proxy.process.pid}/task")) == 2, f"{name}: which is gone, and nobody else may start one")
        proxy.end()


def reloads_in_place():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reload_in_place.py")
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([sys.executable, script, "--sandbox", "--rounds", "10"], stdout=said, stderr=said, check=False)
        said.seek(0)
        check(done.returncode == 0, "sandbox seccomp: reloads in place", said.read())


def under_a_master(back, user):
    proxy = Proxy(back, f"user {user}\n  sandbox seccomp kill", options=("-Ws", "-S", "{folder}/master.sock")).serves()

    def workers():
        rows = re.findall(r"^(\d+) +worker", proxy.ask("show proc", "master.sock").split("# old workers")[0], re.M)
        return [int(each) for each in rows]

    first = workers()[0]
    facts = next(iter(rights(first)[0]))
    check(facts[1] == 0 and facts[5] == 1 and facts[6] == 2 and facts[0] != 0, "under a master: the worker is locked up", facts)
    with open(f"/proc/{proxy.process.pid}/status", encoding="ascii") as text:
        status = text.read()
    check(re.search(r"^NoNewPrivs:\s+0", status, re.M) and re.search(r"^Uid:\s+0", status, re.M), "under a master: the master is not", status)
    port = free_ports(1)[0]
    proxy.rules = f"bind 127.0.0.1:{port}\n  http-request return status 200 content-type text/plain string new if {{ path /new }}"
    proxy.write()
    proxy.process.send_signal(signal.SIGUSR2)
    until("the new file", lambda: proxy.get("/new") == "new")
    check(proxy.get() == "127.0.0.1" and proxy.ask("show info"), "under a master: a reload opens what the worker could not")
    facts = next(iter(rights(workers()[0])[0]))
    check(facts[1] == 0 and facts[5] == 1 and facts[6] == 2 and facts[0] != 0, "under a master: and the worker is locked up after it", facts)
    os.kill(workers()[0], signal.SIGSYS)  # as the kernel does at a call that is not allowed
    code = proxy.process.wait(PATIENCE)
    check("exited with code 159 (Bad system call)" in proxy.said() and code == 159, "under a master: it says what a worker ended by", f"{code} {proxy.said()}")
    proxy.end()


def main():
    user = "haproxy"
    try:
        pwd.getpwnam(user)
    except KeyError:
        user = None
    if os.geteuid() != 0 or user is None:
        print("skipped: needs root and the user haproxy")
        sys.exit(77)
    back = Back()
    what_is_given_up(back, user)
    what_is_kept(back, user)
    a_reload_needs_a_thread(back, user)
    if HAS_SECCOMP:
        system_calls(back, user)
        under_a_master(back, user)
        reloads_in_place()
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
