#!/usr/bin/env python3
"""The runtime API beside Debian's haproxy: the same commands in the same order on both, and the same answers. Then the
commands that end sessions, with the same sessions open: what clients receive and what is logged must agree.

PROXYD names the program under test. Skipped (77) without /usr/sbin/haproxy.
"""
import difflib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import runtime_sessions

ORIGINAL = "/usr/sbin/haproxy"
CONFIGURATION = """
global
  stats socket {folder}/api.sock level admin
  stats socket {folder}/user.sock level user
  node twin
  maxconn 2000
  log 127.0.0.1:{log} local2
ring events
  description "a ring of lines"
  format raw
ring plain
defaults
  mode http
  log global
  option httplog
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend fe
  bind 127.0.0.1:{port}
  option socket-stats
  default_backend be
backend be
  balance roundrobin
  server s1 127.0.0.1:{origin} check inter 10s weight 10
  server s2 127.0.0.1:{closed} backup
  server s3 127.0.0.1:{closed} disabled
  server s4 127.0.0.1:{closed}
frontend victim
  bind 127.0.0.1:{victim_port}
  bind {folder}/victim.sock
  default_backend waiting
backend waiting
  server s1 127.0.0.1:{origin}
  server s2 127.0.0.1:{closed} weight 0
listen relay
  mode tcp
  option tcplog
  bind 127.0.0.1:{relay_port}
  server t1 127.0.0.1:{origin}
backend dead
  server d1 127.0.0.1:{closed}
  server d2 127.0.0.1:{closed}
backend fixed
  balance source
  server x1 127.0.0.1:{closed} weight 10
backend fixed2
  balance static-rr
  server x1 127.0.0.1:{closed} weight 10 check port {origin} inter 10s
  server x2 127.0.0.1:{closed} weight 20 check addr 127.0.0.1 port {origin} inter 10s
backend tcpb
  mode tcp
  balance leastconn
  server t1 127.0.0.1:{origin} maxconn 5 maxqueue 7
.notice "from the file"
.warning "from the file, too"
"""
COMMANDS = """
show startup-logs
user;show startup-logs
show events
user;show events plain
show events plain -n
show events plain -w -x
show events nope
show events stdout
show events stderr -x
show events -w
show backend
show cli level
show servers state
disable server be/s1
show servers state be
enable server be/s1
set server be/s1 weight 5
get weight be/s1
set server be/s1
set server be/s1 foo
set server be/s1 state
set server be/s1 state foo
set server be/s1 state drain
show stat be 4 1 typed
set server be/s1 state maint
set server be/s1 state ready
set server be/s1 weight 300
set server be/s1 weight -1
set server be/s1 weight 50%
set server be/s1 weight 5000%
get weight be/s1
set weight be/s1 -5%
set weight fixed/x1 3
set weight fixed/x1 0%
set weight fixed/x1 50%
set weight fixed/x1 100%
set weight fixed/x1 10
set weight fixed/x1 0
get weight fixed/x1
set weight fixed2/x2 3
set weight fixed2/x2 200%
set weight fixed2/x2 0
set server fixed2/x2 weight 30
set server fixed2/x2 weight 100%
get weight fixed2/x2
show servers state fixed2
set server fixed2/x2 check-addr
set server fixed2/x2 check-addr foo
set server fixed2/x2 check-addr 127.0.0.1:80
set server fixed2/x2 check-addr 127.0.0.2 port
set server fixed2/x2 check-addr 127.0.0.2 port x
set server fixed2/x2 check-addr 127.0.0.2 port 65536
set server fixed2/x2 check-addr 127.0.0.2 foo
show servers state fixed2
set server fixed2/x2 check-addr ::1 port 81
set server fixed2/x1 check-addr 127.0.0.3
set server fixed2/x1 check-port
set server fixed2/x1 check-port x
set server fixed2/x1 check-port +5
set server fixed2/x1 check-port 5x
set server fixed2/x1 check-port -1
set server fixed2/x1 check-port 65536
set server fixed2/x1 check-port 82
show servers state fixed2
set server fixed2/x1 check-port 0
show servers state fixed2
set server be/s4 check-port 80
set server be/s4 check-addr 127.0.0.1
set server be/s4 check-addr
shutdown session
shutdown session foo
shutdown session 0
shutdown session 0x1
shutdown sessions server
shutdown sessions server be
shutdown sessions server nope/s1
shutdown sessions server be/nope
shutdown sessions server be/s1
shutdown frontend
shutdown frontend nope
shutdown frontend be
operator;shutdown frontend fe
user;shutdown session 0x1
user;shutdown sessions server be/s1
set weight be/s1 0
set weight be/s1
get weight
get weight be
get weight be/nope
get weight nope/s1
set weight be/s1 100%
set server be/s4 addr 127.0.0.2
set server be/s4 addr 127.0.0.2
set server be/s4 addr 127.0.0.1 port 20591
set server be/s4 addr 127.0.0.1 port
set server be/s4 addr 127.0.0.1 port x
set server be/s4 addr
set server be/s4 addr foo
set server be/s4 addr ::1
set server be/s4 health
set server be/s4 health down
show stat be 6 -1 typed
set server be/s4 health up
set server be/s4 agent up
set server be/s4 fqdn foo
set server be/s4 ssl on
disable frontend fe
disable frontend nope
disable frontend
disable frontend fe
show stat fe 9 -1 typed
enable frontend fe
enable frontend fe
disable health be/s1
show servers state be
enable health be/s1
disable health be/s4
enable health be/s4
disable agent be/s1
enable agent be/s1
set maxconn frontend
set maxconn frontend fe
set maxconn frontend fe 10
set maxconn frontend fe -1
set maxconn frontend nope 1
set maxconn server be/s1 10
set maxconn server be/s1
set maxconn server be/nope 1
set maxconn global 1000
set maxconn global 5000
set maxconn global
set timeout cli 5s
set timeout cli
set timeout
set timeout cli abc
set severity-output
set severity-output none
set severity-output number;get weight be/nope;set weight be/s1
set severity-output string;get weight be/nope;show cli level
clear counters
clear counters all
show stat nope 4 1
show stat be x y
show stat 99 4 1
show stat
show stat up
show stat no-maint
show stat typed
show errors nope
show servers state nope
show env NO_SUCH_VARIABLE
show sess 0x1
operator
operator;show cli level
user;operator
user;show env
user;set weight be/s1 1
user;show errors
prompt;show cli level;prompt
"""
# haproxy forgets the empty line that ends an answer here.
UNFRAMED = {
    "set server fixed2/x2 check-addr foo", "set server fixed2/x2 check-addr 127.0.0.1:80",
    "set server fixed2/x2 check-addr 127.0.0.2 port", "set server fixed2/x2 check-addr 127.0.0.2 port x",
    "set server fixed2/x2 check-addr 127.0.0.2 port 65536", "set server fixed2/x1 check-port x",
    "set server fixed2/x1 check-port +5", "set server fixed2/x1 check-port 5x", "set server fixed2/x1 check-port -1",
    "set server fixed2/x1 check-port 65536", "set server be/s4 check-port 80", "set server be/s4 check-addr 127.0.0.1",
}
# Columns whose values need not agree: time, and what one counts and the other does not.
LOOSE = {"lastchg", "downtime", "check_duration", "last_chk", "need_conn_est", "srv_icur", "idle_conn_cur", "h1_open_streams",
         "h1_total_connections", "h1_total_streams", "h1_bytes_in", "h1_bytes_out", "connect"}
# Ours alone, from haproxy 3.4: they stand at the end.
OURS = {"h1sess", "h1req"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(path, line):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(path)
        client.sendall(line.encode() + b"\n")
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer.decode("utf-8", "replace")


def plain_csv(text):
    """CSV as "proxy/object column=value" lines, without what may differ."""
    lines = text.splitlines()
    names = lines[0][2:].split(",")
    out = [",".join(name for name in names if name not in OURS)]
    for row in lines[1:]:
        cells = row.split(",")
        out += [f"{cells[0]}/{cells[1] if len(cells) > 1 else ''} {name}={value}" for name, value in zip(names, cells)
                if name and name not in LOOSE | OURS]
    return "\n".join(out)


def plain_logs(text):
    """Start messages without pid, the program's own facts and the caret lines that are ours alone."""
    text = re.sub(r"\(\d+\)", "(PID)", text)
    text = re.sub(r"(haproxy|proxyd) version is .*", "VERSION", text)
    text = re.sub(r"path to executable is .*", "PATH", text)
    text = re.sub(r"\[\S*/twin.cfg:(\d+)\]", r"[twin.cfg:\1]", text)
    return "\n".join(line for line in text.splitlines() if line.startswith("[") or line.startswith("   | "))


def comparable(answer):
    if answer.startswith("[NOTICE]"):
        return plain_logs(answer)
    if answer.startswith("# pxname"):
        return plain_csv(answer)
    out = []
    for line in answer.splitlines():
        field = re.match(r"[FBSL]\.\d+\.\d+\.\d+\.([a-z0-9_]+)\.1:", line)
        if field and field[1] in LOOSE | OURS:
            continue
        # seconds since the last change of a server's state
        out.append(re.sub(r"^((?:\S+ ){9})\d+ (\d+ \d \d+ \d+ 0 )", r"\1N \2", line))
    return "\n".join(out)


def start(program, path, api):
    process = subprocess.Popen([program, "-db", "-f", path], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if "L4OK" in ask(api, "show stat"):
                return process
        except OSError:
            pass
        time.sleep(0.05)
    process.kill()
    sys.exit(f"{program} does not answer on {api}")


def compare(what, theirs, ours):
    """Prints the verdict; 1 for a difference."""
    if theirs == ours:
        print(f"ok    {what}")
        return 0
    print(f"FAIL  {what}")
    for line in list(difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "haproxy", "proxyd", lineterm="", n=0))[:12]:
        print("      " + line[:300])
    return 1


class Side:
    """One of the two programs, running."""

    def __init__(self, binary, home, values, configuration=None, files=()):
        os.mkdir(home)
        for name in files:
            with open(os.path.join(home, name), "w", encoding="utf-8") as text:
                text.write(files[name])
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind(("127.0.0.1", 0))
        self.ports = {"port": free_port(), "victim_port": free_port(), "relay_port": free_port(),
                      "log": self.sink.getsockname()[1]}
        self.victim_path = os.path.join(home, "victim.sock")
        path = os.path.join(home, "twin.cfg")
        with open(path, "w", encoding="utf-8") as text:
            text.write((configuration or CONFIGURATION).format(folder=home, **self.ports, **values))
        self.api = os.path.join(home, "api.sock")
        self.process = start(binary, path, self.api)

    def ask(self, command):
        answer = ask(self.api, command)
        for name in ("port", "victim_port", "relay_port"):
            answer = answer.replace(str(self.ports[name]), name.upper())
        return comparable(answer)

    def observe(self, origin):
        return runtime_sessions.observe(self.ask, origin, self.sink, self.ports["victim_port"], self.victim_path,
                                        self.ports["relay_port"])


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    if not os.path.exists(ORIGINAL):
        print("Debian's haproxy is not installed")
        return 77
    failures = 0
    origin = runtime_sessions.Origin()
    values = {"origin": origin.port, "closed": free_port()}
    with tempfile.TemporaryDirectory() as folder:
        sides = []
        try:
            for name, binary in (("original", ORIGINAL), ("ours", program)):
                sides.append(Side(binary, os.path.join(folder, name), values))
            for command in COMMANDS.strip().splitlines():
                theirs, ours = [side.ask(command) for side in sides]
                if command in UNFRAMED:
                    theirs += "\n"
                failures += compare(command, theirs, ours)
            for (step, theirs), (_, ours) in zip(*[side.observe(origin) for side in sides], strict=True):
                failures += compare(step, theirs, ours)
        finally:
            for side in sides:
                side.process.terminate()
            for side in sides:
                side.process.wait(10)
    print(f"{failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
