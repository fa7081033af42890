#!/usr/bin/env python3
"""WATCHDOG=1 to the service manager: by each daemon that was asked to, as long as it does its work. A process that is stopped stands for
one that hangs: proxyd's pings end with its worker's life, a reload that gets nowhere costs none, and `keepalived` replaces a child."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.dirname(os.path.dirname(os.path.abspath(os.environ.get("PROXYD", "proxyd/proxyd"))))
PATIENCE = 60
SKIP = 77
COUNT = [0]
CONFIG = """global
  nbthread 2
  stats socket {folder}/stats.sock level admin
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
listen web
  bind {folder}/web.sock
  {rule}
  http-request return status 200 content-type text/plain string ok
"""


def check(holds, what, detail=""):
    if not holds:
        print(f"{detail}\n  FAIL  {what}")
        sys.exit(1)
    COUNT[0] += 1
    print(f"  ok    {what}", flush=True)


def wait(condition, what, detail=lambda: ""):
    end = time.monotonic() + PATIENCE
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    check(value, what, detail())
    return value


def state(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as text:
            return text.read().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def children(pid):
    found = [(int(each), state(each)) for each in os.listdir("/proc") if each.isdigit()]
    return {each: fields[0] for each, fields in found if fields and fields[1] == str(pid) and fields[0] != "Z"}


def hold(pid):
    os.kill(pid, signal.SIGSTOP)
    wait(lambda: state(pid)[0] in "Tt", "(stopped)")


class Watched:
    """A daemon, and a service manager that listens."""

    def __init__(self, name, folder, words, usec="1000000", watched_pid="$$"):
        self.name, self.heard, self.pings = name, [], 0
        self.quiet = 2.5 * (int(usec) / 1e6 if usec.isdigit() and usec != "0" else 1)  # seconds in which five pings would come
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = os.path.join(folder, f"notify-{len(os.listdir(folder))}")
        self.manager.bind(path)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        self.log = path + ".log"
        env = dict(os.environ, NOTIFY_SOCKET=path, WATCHDOG_USEC=usec)
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["sh", "-c", f'WATCHDOG_PID={watched_pid} exec "$@"', "sh", *words], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.pid = self.process.pid

    def __enter__(self):
        wait(lambda: self.readies() or self.process.poll() is not None, f"{self.name}: it has started", self.text)
        check(self.readies(), f"{self.name}: and says that it is ready", self.text())
        return self

    def __exit__(self, *_):
        for pid in [*children(self.pid), self.pid]:
            os.kill(pid, signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return f"heard: {self.heard}\n" + log.read()

    def listen(self):
        while True:
            said = self.manager.recv(4096).decode()
            if said == "WATCHDOG=1":
                self.pings += 1
            else:
                self.heard.append(said)

    def readies(self):
        return sum(each.startswith("READY=1") for each in self.heard)

    def lives(self, why, count=3):
        before = self.pings
        wait(lambda: self.pings >= before + count, f"{self.name}: {why}: pings come", self.text)

    def silent(self, why):
        """One may be on its way; then none comes."""
        end, seen, since = time.monotonic() + PATIENCE, self.pings, time.monotonic()
        while time.monotonic() - since < self.quiet and time.monotonic() < end:
            time.sleep(0.05)
            if self.pings != seen:
                seen, since = self.pings, time.monotonic()
        check(time.monotonic() - since >= self.quiet, f"{self.name}: {why}: no ping comes", self.text())


def stops_and_goes(watched, pid, whose):
    watched.lives("at work")
    hold(pid)
    watched.silent(f"{whose} stands still")
    os.kill(pid, signal.SIGCONT)
    watched.lives(f"{whose} goes on")


def proxyd(folder):
    program, config = os.path.join(BUILD, "proxyd/proxyd"), os.path.join(folder, "haproxy.cfg")

    def write(rule=""):
        with open(config, "w", encoding="ascii") as out:
            out.write(CONFIG.format(folder=folder, rule=rule))

    write()
    with Watched("proxyd without a master", folder, [program, "-db", "-f", config]) as it:
        stops_and_goes(it, it.pid, "it")
    with Watched("proxyd with a master", folder, [program, "-Ws", "-f", config]) as it:
        (worker,) = children(it.pid)
        stops_and_goes(it, worker, "its worker")
        stops_and_goes(it, it.pid, "the master")
        slow = os.path.join(folder, "slow")
        os.mkfifo(slow)
        write(f"acl known src -f {slow}")
        os.kill(it.pid, signal.SIGUSR2)
        wait(lambda: len(children(it.pid)) == 2, f"{it.name}: a process reads the files for a reload")
        it.lives("that one gets nowhere", 6)
        check(it.readies() == 1 and len(children(it.pid)) == 2, f"{it.name}: it still has not", it.text())
        with open(slow, "w", encoding="ascii") as out:
            out.write("127.0.0.1\n")
        wait(lambda: it.readies() == 2, f"{it.name}: now the reload is complete", it.text)
        wait(lambda: len(children(it.pid)) == 1, f"{it.name}: one worker runs")
        it.lives("after the reload")
        (worker,) = children(it.pid)
        hold(worker)
        it.silent("its worker stands still after a reload")
        os.kill(worker, signal.SIGCONT)
        write("  \n  acl known src 127.0.0.2")
        with open(config, encoding="ascii") as text:
            more = text.read().replace("nbthread 2", "nbthread 1")
        with open(config, "w", encoding="ascii") as out:
            out.write(more)
        os.kill(it.pid, signal.SIGUSR2)
        wait(lambda: it.readies() == 3 and children(it.pid) and worker not in children(it.pid), f"{it.name}: another worker runs", it.text)
        (another,) = children(it.pid)
        stops_and_goes(it, another, "the other worker")
    write()
    for usec, pid, why in (("1000000", "1", "another process is meant"), ("0", "$$", "0 is no time"), ("soon", "$$", "not a number")):
        with Watched("proxyd", folder, [program, "-db", "-f", config], usec, pid) as it:
            it.silent(why)
            check(it.pings == 0, f"proxyd: {why}: none came at all")


def keepalived(folder, programs):
    """In a network of its own. `programs`: a folder on the build's file system, for them to be beside each other as they are installed."""
    config = os.path.join(folder, "keepalived.conf")
    with open(config, "w", encoding="ascii") as out:
        out.write("global_defs {\n  router_id watched\n}\n")

    def words(program):
        path = os.path.join(programs, program)
        return ["unshare", "-n", path, "-n", "-l", "-D", "-f", config, "-p", f"{folder}/{program}.pid", "-r", f"{folder}/{program}.vrrp.pid", "-c", f"{folder}/{program}.checkers.pid"]

    for program, place in (("vrrpd", "vrrpd/vrrpd"), ("checkerd", "checkerd/checkerd"), ("keepalived", "keepalived/parent/keepalived")):
        os.link(os.path.join(BUILD, place), os.path.join(programs, program))  # hundreds of MiB
    for program in ("vrrpd", "checkerd"):
        with Watched(program, folder, words(program)) as it:
            stops_and_goes(it, it.pid, "it")
    with Watched("keepalived", folder, [*words("keepalived"), "--all"], "2000000") as it:
        it.lives("at work")
        before = wait(lambda: len(now := children(it.pid)) == 2 and now, "keepalived: two children run", it.text)
        for child in before:
            hold(child)
            pings = it.pings
            wait(lambda: child not in (now := children(it.pid)) and len(now) == 2, "keepalived: a child that stands still is replaced", it.text)
            check(re.search(rf"child process\({child}\) gives no sign of life - killing it", it.text()), "keepalived: the log says why", it.text())
            check(it.pings > pings, "keepalived: pings came meanwhile")
        now = set(children(it.pid))
        it.lives("with others", 6)
        check(set(children(it.pid)) == now, "keepalived: those who live are left alone", it.text())
        stops_and_goes(it, it.pid, "the parent")
        it.lives("and it did not take its children's words, which waited, for silence", 6)
        check(set(children(it.pid)) == now, "keepalived: the same children", it.text())


def main():
    with tempfile.TemporaryDirectory(prefix="watchdog.") as folder, tempfile.TemporaryDirectory(prefix="watchdog.", dir=BUILD) as programs:
        proxyd(folder)
        if os.geteuid() != 0 or subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode != 0:
            print("skipped: keepalived's daemons need to be root")
        else:
            keepalived(folder, programs)
    print(f"{COUNT[0]} checks")


if __name__ == "__main__":
    main()
