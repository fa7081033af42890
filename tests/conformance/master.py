#!/usr/bin/env python3
"""proxyd as `haproxy` under a service manager: the command lines of Debian's unit, of /etc/init.d/haproxy and of EL's unit, beside
Debian's haproxy on the same files. Compared are what the service manager hears, the pid file, exit codes, the master's
messages, `show proc` and the answers of the master socket. No reload may cost a request.

  master.py [--case NAME]...
"""
import argparse
import os
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

CONFIG = """global
  nbthread {threads}
  stats socket {folder}/stats.sock level admin expose-fd listeners
  {extra}
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
listen web
  bind 127.0.0.1:{port}
  {rules}
"""
ANSWER = "http-request return status 200 content-type text/plain string ok"


def until(what, condition):
    """Its value once it is true; the test fails when it never is."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain for " + what)


class Stage:
    """A folder with a configuration, one program, and a service manager that listens."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="master-")
        self.is_ours = program == OURS
        self.program = program
        if self.is_ours:  # as the package's link has it
            self.program = os.path.join(self.folder, "haproxy")
            os.symlink(OURS, self.program)
        self.program_before = []
        self.port = free_ports(1)[0]
        self.config = self.path("haproxy.cfg")
        self.write()
        self.told, self.said, self.process = [], [], None
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(self.path("notify"))
        threading.Thread(target=self.hear, daemon=True).start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, extra="", rules=ANSWER, threads=2):
        """Another number of threads is what ours takes a new worker for."""
        with open(self.config, "w") as file:
            file.write(CONFIG.format(folder=self.folder, port=self.port, extra=extra, rules=rules, threads=threads))

    def hear(self):
        while True:
            try:
                self.told.append(self.manager.recv(4096).decode())
            except OSError:
                return

    def start(self, *options):
        env = dict(os.environ, NOTIFY_SOCKET=self.path("notify"))
        self.process = subprocess.Popen([*self.program_before, self.program, *options], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True)
        threading.Thread(target=lambda pipe: self.said.extend(pipe), args=(self.process.stderr,), daemon=True).start()

    def unit(self):
        """Debian's ExecStart with its defaults, up to where systemd goes on."""
        self.start("-Ws", "-f", self.config, "-p", self.path("pid"), "-S", self.path("master.sock"))
        self.ready(1)
        self.worker()  # haproxy's master says READY some moments before it heeds signals

    def ready(self, count):
        """Until so many starts and reloads have been told of as done. haproxy may tell of one twice: "show proc" decides."""
        until("READY", lambda: self.process.poll() is not None or self.readies() >= count)
        assert self.process.poll() is None, "ended at its start: " + "".join(self.said)

    def readies(self):
        return sum(each.startswith("READY=1") for each in self.told)

    def check(self, *options):
        """ExecReload's first line."""
        done = subprocess.run([self.program, "-Ws", "-f", self.config, "-c", "-q", *options], capture_output=True, timeout=PATIENCE)
        return done.returncode

    def ask(self, command, path="master.sock", patience=PATIENCE):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(patience)
            client.connect(self.path(path))
            client.sendall(command.encode() + b"\n")
            client.shutdown(socket.SHUT_WR)
            out = b""
            while piece := client.recv(65536):
                out += piece
        return out.decode()

    def show_proc(self):
        """(failed and reloads of the master, [(pid, reloads) of workers], the same of old workers); None while it reloads."""
        try:
            lines = self.ask("show proc", patience=5).splitlines()
        except OSError:
            return None  # haproxy's master serves nobody while it executes itself anew
        master = re.search(r"^(\d+) +master +(\d+) \[failed: (\d+)\] +\d+d\d\dh\d\dm\d\ds +\S+ *$", "\n".join(lines), re.M)
        if not master or int(master[1]) != self.process.pid:
            return None
        found = {"# workers": [], "# old workers": []}
        into = None
        for line in lines:
            into = found.get(line, into if not line.startswith("#") else None)
            row = re.match(r"(\d+) +worker +(\d+) +\d+d\d\dh\d\dm\d\ds +\S+ *$", line)
            if row and into is not None:
                into.append((int(row[1]), int(row[2])))
        return (int(master[2]), int(master[3])), found["# workers"], found["# old workers"]

    def worker(self):
        return until("a worker", lambda: (seen := self.show_proc()) and seen[1] and seen[1][0][0])

    def reload(self, number, in_place=True):
        """kill -USR2 $MAINPID, until the new worker is alone; ours takes the files over in the one that it has."""
        before, readies = self.worker(), self.readies()
        os.kill(self.process.pid, signal.SIGUSR2)
        until("the new worker", lambda: (seen := self.show_proc()) and seen[0] == (number, 0) and seen[1] and
              (seen[1][0][0] == before) == (self.is_ours and in_place) and not seen[2] and self.readies() > readies)
        return before

    def get(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            answer = b""
            while piece := client.recv(4096):
                answer += piece
        return answer.split(b"\r\n")[0].decode(), answer.endswith(b"ok")

    def end(self, number=None):
        if number is not None:
            os.kill(self.process.pid, number)
        code = self.process.wait(PATIENCE)
        until("the last message", lambda: any("All workers exited" in each for each in self.said) or code in (1, -9))
        return code

    def messages(self):
        """The master's, with names in place of numbers; who else speaks is left out: the order between processes is chance. So is what a
        reload of the original's says of the workers that it makes and ends: ours keeps its worker."""
        lines, workers = [], 0
        for line in self.said:
            found = re.match(r"\[(\w+)\] *\((\d+)\) : (.*)", line)
            if not found or int(found[2]) != self.process.pid or "version is" in line or "path to exec" in line or "config" in line:
                continue
            workers += found[3].startswith("New worker")
            if found[3].startswith(("Former worker", "A new worker is needed")) or (found[3].startswith("New worker") and workers > 1):
                continue
            lines.append(found[1] + " " + re.sub(r"worker \(\d+\)", "worker", found[3]))
        return lines

    def sequence(self):
        """What the service manager heard, without repetition; haproxy also calls its start a reload."""
        words = []
        for message in self.told:
            word = message.split("=")[0]
            if word in ("READY", "RELOADING", "STOPPING") and word != (words or [None])[-1]:
                words.append(word)
            if word == "READY":
                assert f"MAINPID={self.process.pid}" in message
        return words[1:] if words[:1] == ["RELOADING"] else words

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        try:  # what went to the background, where a case failed before its end
            with open(self.path("pid")) as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/cmdline") as file:
                if self.folder in file.read():
                    os.kill(pid, signal.SIGTERM)
        except (OSError, ValueError):
            pass
        self.manager.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def is_gone(pid):
    """Ended, even if nobody has asked for its end yet."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def refused(stage):
    """Nobody listens any more; a process whose first thread has ended may have others that take a moment."""
    return until("that nobody listens", lambda: is_refused(stage))


def is_refused(stage):
    try:
        socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE).close()
        return False
    except OSError:
        return True


# ---- cases: each returns what must be alike


def unit_start_reload_stop(stage):
    facts = [("check", stage.check("-S", stage.path("master.sock")))]
    stage.unit()
    with open(stage.path("pid")) as file:
        facts.append(("pid file", file.read() == f"{stage.process.pid}\n"))
    facts.append(("comm", open(f"/proc/{stage.process.pid}/comm").read(), open(f"/proc/{stage.worker()}/comm").read()))
    facts.append(("answer", stage.get()))
    facts.append(("check", stage.check("-S", stage.path("master.sock"))))
    stage.reload(1)
    facts.append(("after", stage.show_proc()[0], len(stage.show_proc()[1]), stage.get()))
    worker = stage.worker()
    facts.append(("exit", stage.end(signal.SIGTERM), is_gone(worker), refused(stage)))
    return facts + [stage.sequence(), stage.messages()]


def broken_reload(stage):
    stage.unit()
    worker = stage.worker()
    stage.write(rules="bogus")
    facts = [("check", stage.check())]
    os.kill(stage.process.pid, signal.SIGUSR2)
    until("the failed reload", lambda: (seen := stage.show_proc()) and seen[0] == (1, 1))
    until("READY again", lambda: stage.sequence()[-2:] == ["RELOADING", "READY"])
    facts += [("same worker", stage.worker() == worker), ("reloads", stage.show_proc()[1][0][1]), ("answer", stage.get())]
    stage.write()
    os.kill(stage.process.pid, signal.SIGHUP)
    until("the reload", lambda: (seen := stage.show_proc()) and seen[0] == (2, 0) and seen[1] and
          (seen[1][0][0] == worker) == stage.is_ours and not seen[2])
    facts += [("answer", stage.get()), ("exit", stage.end(signal.SIGUSR1))]
    return facts + [stage.messages()]


def soft_stop_waits(stage):
    stage.unit()
    first = stage.worker()
    with socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n")
        until("the session", lambda: "CurrConns: 1" in stage.ask("@1 show info"))
        stage.write(threads=1)
        os.kill(stage.process.pid, signal.SIGUSR2)
        until("an old worker", lambda: (seen := stage.show_proc()) and seen[1] and seen[1][0][0] != first and seen[2] == [(first, 1)])
        facts = [("old", f"Pid: {first}\n" in stage.ask(f"@!{first} show info")), ("new", stage.get())]
        facts.append(("api", f"Pid: {stage.worker()}\n" in stage.ask("show info", "stats.sock")))
        os.kill(stage.process.pid, signal.SIGUSR1)
        until("the current worker's end", lambda: (seen := stage.show_proc()) and not seen[1] and seen[2])
        refused(stage)
        slow.sendall(b"Connection: close\r\n\r\n")
        answer = b""
        while piece := slow.recv(4096):
            answer += piece
        facts.append(("answer", answer.split(b"\r\n")[0]))
    return facts + [("exit", stage.end()), stage.sequence(), stage.messages()]


def killed_worker(stage):
    stage.unit()
    os.kill(stage.worker(), signal.SIGKILL)
    return [("exit", stage.end()), ("refused", refused(stage)), stage.messages()]


def ended_worker(stage):
    stage.unit()
    os.kill(stage.worker(), signal.SIGTERM)
    return [("exit", stage.end()), stage.messages()]


def interrupt(stage):
    stage.unit()
    return [("exit", stage.end(signal.SIGINT)), stage.sequence(), stage.messages()]


def killed_master(stage):
    stage.unit()
    worker = stage.worker()
    stage.process.kill()
    stage.process.wait()
    until("the worker's end", lambda: is_gone(worker))
    return [("refused", refused(stage))]


def master_socket(stage):
    stage.unit()
    worker = stage.worker()
    facts = []
    for command in ("show cli level", "user;show cli level", "@7 show info", "@!99999999 show info", "@1 show cli level", "@",
                    "@1;show cli level", "@master show cli level", "prompt", "quit", "@1 show cli level;@1 show cli level"):
        facts.append((command, stage.ask(command)))
    facts.append(("version", stage.ask("@1 show version") == stage.ask("show version") == stage.ask("@;show version")))
    for prefix in ("@1", f"@!{worker}"):
        facts.append(("by prefix", f"Pid: {worker}\n" in stage.ask(prefix + " show info")))
    for name in ("HAPROXY_MWORKER", "HAPROXY_MASTER_CLI"):
        facts.append((name, stage.ask(f"@1 show env {name}").replace(stage.folder, "FOLDER")))
    facts.append(("unknown", stage.ask("show stat").splitlines()[0]))
    talk = stage.ask("prompt\n@1\nshow cli level\n@\nshow cli level\nquit")
    facts.append(("talk", re.sub(r"(master> )+$", "", talk.replace(str(worker), "PID").replace("\n\n", "\n"))))
    for line in ("@!<pid> ", "@<relative pid> ", "@master ", "reload ", "show proc ", "show version "):
        facts.append((line, line in stage.ask("help")))
    return facts + [("exit", stage.end(signal.SIGTERM))]


def init_script(stage):
    """start, reload and stop, without a master."""
    run = lambda *options: subprocess.run([stage.program, *options], capture_output=True, timeout=PATIENCE).returncode
    pid_of = lambda: int(open(stage.path("pid")).read())
    facts = [("check", run("-c", "-f", stage.config)), ("start", run("-f", stage.config, "-D", "-p", stage.path("pid")))]
    first = pid_of()
    facts.append(("answer", stage.get()))
    facts.append(("reload", run("-f", stage.config, "-p", stage.path("pid"), "-sf", str(first), "-D")))
    second = pid_of()
    until("the first one's end", lambda: is_gone(first))
    facts += [("another", second != first), ("answer", stage.get())]
    os.kill(second, signal.SIGTERM)
    until("the end", lambda: is_gone(second))
    return facts + [("refused", refused(stage))]


def background_master(stage):
    """`-W -D`: the pid file has the master's number; the shell gets its prompt back when the worker serves."""
    stage.write(extra="master-worker")
    done = subprocess.run([stage.program, "-f", stage.config, "-D", "-p", stage.path("pid"), "-S", stage.path("master.sock")],
                          capture_output=True, timeout=PATIENCE)
    with open(stage.path("pid")) as file:
        master = int(file.read())
    rows = re.findall(r"^(\d+) +(master|worker) ", until("the master", lambda: stage_answers(stage)), re.M)
    facts = [("code", done.returncode), ("answer", stage.get()), ("master", [int(n) == master for n, kind in rows if kind == "master"])]
    worker = [int(n) for n, kind in rows if kind == "worker"][0]
    os.kill(master, signal.SIGTERM)
    until("their end", lambda: is_gone(master) and is_gone(worker))
    return facts + [("refused", refused(stage))]


def stage_answers(stage):
    try:
        answer = stage.ask("show proc", patience=5)
        return answer if " worker " in answer else None
    except OSError:
        return None


def enterprise_unit(stage):
    """EL's lines: a folder of further files, and a check before the start."""
    folder = stage.path("conf.d")
    os.mkdir(folder)
    port = free_ports(1)[0]
    with open(os.path.join(folder, "more.cfg"), "w") as file:
        file.write(f"listen more\n  bind 127.0.0.1:{port}\n  {ANSWER}\n")
    files = ["-f", stage.config, "-f", folder]
    check = lambda: subprocess.run([stage.program, *files, "-c", "-q"], capture_output=True, timeout=PATIENCE).returncode
    facts = [("pre", check())]
    stage.start("-Ws", *files, "-p", stage.path("pid"), "-S", stage.path("master.sock"))
    stage.ready(1)
    facts += [("pre", check()), ("answer", stage.get())]
    stage.reload(1)
    stage.port = port
    return facts + [("answer", stage.get()), ("exit", stage.end(signal.SIGTERM)), stage.messages()]


def bad_start(stage):
    """Exit codes of starts that fail; nobody is told of a success."""
    stage.write(rules="bogus")
    facts = []
    for options in (["-Ws"], ["-W"], ["-Ws", "-D"]):
        done = subprocess.run([stage.program, *options, "-f", stage.config, "-p", stage.path("pid")], capture_output=True,
                              env=dict(os.environ, NOTIFY_SOCKET=stage.path("notify")), timeout=PATIENCE)
        facts.append((options, done.returncode, b"unknown keyword 'bogus'" in done.stderr))
    stage.write()
    with socket.socket() as other:
        other.bind(("127.0.0.1", stage.port))
        other.listen()
        done = subprocess.run([stage.program, "-Ws", "-f", stage.config], capture_output=True, timeout=PATIENCE,
                              env=dict(os.environ, NOTIFY_SOCKET=stage.path("notify")))
        facts.append(("port", done.returncode, b"cannot bind socket" in done.stderr))
    return facts + [("told", any(each.startswith("READY") for each in stage.told))]


def packaged_file(stage):
    """What Debian's file has in global: its "daemon" has no effect under -Ws; the workers are chrooted and nobody in particular."""
    if os.geteuid() != 0:
        return ["needs root"]
    os.mkdir(stage.path("root"))
    os.chmod(stage.folder, 0o755)
    stage.write(extra=f"chroot {stage.path('root')}\n  uid 65534\n  gid 65534\n  daemon")
    stage.unit()
    facts = []
    for number in (1, 2):
        stage.reload(number)
        worker = stage.worker()
        with open(f"/proc/{worker}/status") as file:
            facts.append(re.findall(r"^(?:Uid|Gid|CapEff):.*", file.read(), re.M))
        facts += [os.readlink(f"/proc/{worker}/root") == stage.path("root"), stage.get(), stage.process.poll()]
        facts.append(f"Pid: {worker}\n" in stage.ask("show info", "stats.sock"))
    with open(f"/proc/{stage.process.pid}/status") as file:
        facts.append(re.findall(r"^(?:Uid|Gid):.*", file.read(), re.M))
    return facts + [("exit", stage.end(signal.SIGTERM)), stage.messages()]


def many_listeners(stage):
    """More sockets than the limit of descriptors that the master was started with."""
    ports = free_ports(600)
    stage.write(rules=ANSWER + "".join(f"\n  bind 127.0.0.1:{port}" for port in ports))
    stage.program_before = ["sh", "-c", 'ulimit -S -n 512; exec "$@"', "sh"]
    stage.unit()
    clients = Clients(stage)
    stage.reload(1)
    stage.reload(2)
    for port in ports[::50]:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    clients.more(40)
    clients.end()
    assert stage.end(signal.SIGTERM) == 0


TWIN = [unit_start_reload_stop, broken_reload, soft_stop_waits, killed_worker, ended_worker, interrupt, killed_master, packaged_file, master_socket,
        init_script, background_master, enterprise_unit, bad_start]


# ---- cases of ours alone


class Clients:
    """Ask over and over, each time on a new connection; whoever fails is kept."""

    def __init__(self, stage, count=4):
        self.stage, self.failed, self.served, self.goes_on = stage, [], [0] * count, True
        self.threads = [threading.Thread(target=self.run, args=(i,), daemon=True) for i in range(count)]
        for each in self.threads:
            each.start()

    def run(self, index):
        while self.goes_on:
            try:
                status, whole = self.stage.get()
                if status != "HTTP/1.1 200 OK" or not whole:
                    self.failed.append(status)
                self.served[index] += 1
            except OSError as error:
                self.failed.append(repr(error))

    def more(self, count):
        goal = sum(self.served) + count
        until("more requests", lambda: sum(self.served) >= goal)

    def end(self):
        self.goes_on = False
        for each in self.threads:
            each.join(PATIENCE)
        assert not self.failed, self.failed[:5]


def reloads_under_requests(stage):
    stage.write(threads=1)
    stage.unit()
    clients = Clients(stage)
    for number in range(1, 9):
        clients.more(40)
        stage.write(threads=1 + number // 2 % 2)
        stage.reload(number, in_place=number % 2 == 1)
    clients.more(40)
    clients.end()
    assert stage.end(signal.SIGTERM) == 0


def failed_reloads_under_requests(stage):
    stage.unit()
    clients = Clients(stage)
    stage.write(rules="bogus")
    for number in range(1, 4):
        clients.more(40)
        assert stage.ask("reload").startswith("Success=0\n--\n")
        assert stage.show_proc()[0] == (number, number)
    clients.end()
    assert stage.end(signal.SIGTERM) == 0


def taken_over_sockets(stage):
    """-x: a process without a master hands its sockets to the next one, under requests."""
    run = lambda *options: subprocess.run([stage.program, *options], capture_output=True, timeout=PATIENCE)
    pid_of = lambda: int(open(stage.path("pid")).read())
    assert run("-f", stage.config, "-D", "-p", stage.path("pid")).returncode == 0
    clients = Clients(stage)
    for _ in range(4):
        clients.more(40)
        old = pid_of()
        done = run("-f", stage.config, "-D", "-p", stage.path("pid"), "-x", stage.path("stats.sock"), "-sf", str(old))
        assert done.returncode == 0, done.stderr
        until("the old one's end", lambda: is_gone(old))
    clients.more(40)
    assert f"Pid: {pid_of()}\n" in stage.ask("show info", "stats.sock")
    old = pid_of()  # and to a master
    done = run("-f", stage.config, "-W", "-D", "-p", stage.path("pid"), "-x", stage.path("stats.sock"), "-sf", str(old))
    assert done.returncode == 0, done.stderr
    until("the old one's end", lambda: is_gone(old))
    clients.more(40)
    clients.end()
    os.kill(pid_of(), signal.SIGTERM)
    until("the end", lambda: is_gone(pid_of()))
    done = run("-f", stage.config, "-x", stage.path("nothing.sock"))
    assert done.returncode == 1 and b"Failed to get the sockets from the old process" in done.stderr


def sockets_not_exposed(stage):
    with open(stage.config) as file:
        text = file.read().replace(" expose-fd listeners", "")
    with open(stage.config, "w") as file:
        file.write(text)
    stage.unit()
    assert stage.ask("_getsocks", "stats.sock") == "Permission denied\n\n"
    assert stage.ask("@1 _getsocks") == "Permission denied\n\n"
    assert "_getsocks" not in stage.ask("help", "stats.sock")


def reload_answers(stage):
    stage.unit()
    first = stage.worker()
    assert stage.ask("reload").startswith("Success=1\n--\n")
    assert stage.worker() == first
    stage.write(rules="bogus")
    answer = stage.ask("reload")
    assert answer.startswith("Success=0\n--\n") and "unknown keyword 'bogus'" in answer, answer
    assert "unknown keyword 'bogus'" in stage.ask("show startup-logs")
    with socket.socket() as other:  # a file that is right, and a port that is taken
        other.bind(("127.0.0.1", 0))
        other.listen()
        stage.write(rules=f"bind 127.0.0.1:{other.getsockname()[1]}\n  {ANSWER}")
        answer = stage.ask("reload")
        assert answer.startswith("Success=0\n--\n") and "cannot bind socket" in answer, answer
    assert stage.get() == ("HTTP/1.1 200 OK", True)
    assert "Permission denied" in stage.ask("operator;reload")
    assert stage.show_proc()[0] == (3, 2)


def reloads_at_once(stage):
    """Each of several who ask at the same time gets an answer for files that were read after it asked."""
    stage.unit()
    answers = []
    ask = lambda: answers.append(stage.ask("reload"))
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert len(answers) == 6 and all(each.startswith("Success=1\n") for each in answers), answers
    until("one worker", lambda: (seen := stage.show_proc()) and not seen[2])
    assert stage.show_proc()[0][0] <= 6 and stage.get() == ("HTTP/1.1 200 OK", True)


def other_listeners(stage):
    """A reload that adds and removes addresses: what is gone is refused, what is new serves, what stays is never refused."""
    stage.unit()
    other = free_ports(1)[0]
    clients = Clients(stage)
    stage.write(rules=f"bind 127.0.0.1:{other}\n  {ANSWER}")
    stage.reload(1)
    socket.create_connection(("127.0.0.1", other), timeout=PATIENCE).close()
    stage.write()
    stage.reload(2)
    clients.more(40)
    clients.end()
    stage.port = other
    refused(stage)


def whole_connections(stage):
    """"@@1": what follows is between the client and the worker, until the worker ends it."""
    stage.unit()
    worker = stage.worker()
    assert f"Pid: {worker}\n" in stage.ask("@@1 show info")
    answer = stage.ask(f"@@!{worker}\nprompt\nshow cli level\nshow version\nquit\nshow proc")
    assert "admin\n" in answer and "# workers" not in answer, answer
    assert stage.ask("@@7 show info") == "Can't find the target PID matching the prefix '@7'\n"
    with socket.socket(socket.AF_UNIX) as client:  # a conversation, each word after the answer to the one before
        client.settimeout(PATIENCE)
        client.connect(stage.path("master.sock"))
        for said, awaited in ((b"@@1\n", None), (b"prompt\n", b"> "), (b"show cli level\n", b"admin\n\n> "), (b"quit\n", b"")):
            client.sendall(said)
            heard = b""
            while awaited is not None and not (heard.endswith(awaited) and heard):
                piece = client.recv(4096)
                heard += piece
                if not piece:
                    break
            assert awaited is None or heard.endswith(awaited), (said, heard)
        assert client.recv(100) == b""
    assert stage.ask("@1 show cli level") == "admin\n\n"
    assert stage.end(signal.SIGTERM) == 0


def most_reloads(stage):
    stage.write(extra="mworker-max-reloads 1")
    stage.unit()
    first = stage.worker()
    with socket.create_connection(("127.0.0.1", stage.port), timeout=PATIENCE) as held:
        held.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n")
        until("the session", lambda: "CurrConns: 1" in stage.ask("@1 show info"))
        stage.write(extra="mworker-max-reloads 1", threads=1)
        assert stage.ask("reload").startswith("Success=1")
        assert stage.show_proc()[2] == [(first, 1)]
        stage.write(extra="mworker-max-reloads 1")
        assert stage.ask("reload").startswith("Success=1")
        until("the oldest worker's end", lambda: is_gone(first))
        try:
            assert held.recv(100) == b""
        except ConnectionResetError:
            pass


def no_exit_on_failure(stage):
    stage.write(extra="master-worker no-exit-on-failure")
    stage.unit()
    os.kill(stage.worker(), signal.SIGKILL)
    until("its end", lambda: (seen := stage.show_proc()) and not seen[1])
    refused(stage)
    assert stage.ask("reload").startswith("Success=1")
    assert stage.get() == ("HTTP/1.1 200 OK", True)
    assert stage.end(signal.SIGTERM) == 0


def new_program(stage):
    """A reload starts the program that is installed now; one that is missing costs nothing."""
    stage.unit()
    os.unlink(stage.program)
    assert stage.ask("reload").startswith("Success=0")
    assert stage.get() == ("HTTP/1.1 200 OK", True)
    shutil.copy(OURS, stage.program)
    assert stage.ask("reload").startswith("Success=1")
    assert os.readlink(f"/proc/{stage.worker()}/exe") == stage.program
    assert stage.get() == ("HTTP/1.1 200 OK", True)


def small_master(stage):
    """The master keeps nothing of the files; its worker has what it needs."""
    extra = "\n".join(f"backend b{i}\n  server s 127.0.0.1:1" for i in range(2000))
    with open(stage.config, "a") as file:
        file.write(extra + "\n")
    stage.unit()
    size = lambda pid: int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1])
    assert size(stage.process.pid) < size(stage.worker()), (size(stage.process.pid), size(stage.worker()))
    threads = int(re.search(r"Threads:\s+(\d+)", open(f"/proc/{stage.process.pid}/status").read())[1])
    assert threads == 1


def named_versions(stage):
    first = subprocess.run([stage.program, "-v"], capture_output=True, text=True).stdout.splitlines()[0]
    assert re.fullmatch(r"HAProxy version \d+\.\d+\.\d+\S* \d{4}/\d\d/\d\d - https://\S+", first), first
    text = subprocess.run([stage.program, "-vv"], capture_output=True, text=True).stdout
    for line in ("Status: ", "Known bugs: ", "Running on: ", "Feature list : +", "Available multiplexer protocols :", "         h2 : mode=HTTP",
                 "Available filters :"):
        assert line in text, line
    done = subprocess.run([stage.program, "-f", stage.config, "-S", stage.path("m")], capture_output=True, text=True)
    assert done.returncode == 1 and "a master CLI socket was defined, but master-worker mode (-W) is not enabled." in done.stderr
    # EL's unit checks a file so.
    assert subprocess.run([stage.program, "-f", stage.config, "-c", "-q", "-S", stage.path("m")], stdin=subprocess.DEVNULL).returncode == 0
    for condition, code in (("version_atleast(2.6)", 0), ("version_before(2.6)", 1), ("version_atleast(3.5)", 1)):
        assert subprocess.run([stage.program, "-cc", condition]).returncode == code, condition


OWN = [reloads_under_requests, many_listeners, failed_reloads_under_requests, taken_over_sockets, sockets_not_exposed, reload_answers, reloads_at_once, other_listeners,
       whole_connections, most_reloads, no_exit_on_failure, new_program, small_master, named_versions]


def play(case, program):
    stage = Stage(program)
    try:
        return case(stage)
    finally:
        stage.close()


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a shell has it ignored, and what it starts too
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append")
    options = parser.parse_args()
    wanted = lambda case: not options.case or case.__name__ in options.case
    failures = 0
    for case in [each for each in TWIN + OWN if wanted(each)]:
        problem = None
        try:
            ours = play(case, OURS)
            if case in TWIN and os.path.exists(THEIRS):
                theirs = play(case, THEIRS)
                if ours != theirs:
                    problem = "\n".join(f"  ours   {a}\n  theirs {b}" for a, b in zip(ours, theirs) if a != b)
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            problem = f"  {error!r}"
        print(f"{'FAIL' if problem else 'ok  '} {case.__name__}" + (f"\n{problem}" if problem else ""), flush=True)
        failures += problem is not None
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
