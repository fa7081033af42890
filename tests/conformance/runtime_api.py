#!/usr/bin/env python3
"""The runtime API beside Debian's haproxy: the same commands in the same order on both, and the same answers.

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

ORIGINAL = "/usr/sbin/haproxy"
CONFIGURATION = """
global
  stats socket {folder}/api.sock level admin
  stats socket {folder}/user.sock level user
  node twin
  maxconn 2000
defaults
  mode http
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
backend fixed
  balance source
  server x1 127.0.0.1:{closed} weight 10
backend tcpb
  mode tcp
  balance leastconn
  server t1 127.0.0.1:{origin} maxconn 5 maxqueue 7
"""
COMMANDS = """
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
set weight fixed/x1 100%
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


def comparable(answer):
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


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    if not os.path.exists(ORIGINAL):
        print("Debian's haproxy is not installed")
        return 77
    failures = 0
    with tempfile.TemporaryDirectory() as folder, socket.socket() as origin:
        origin.bind(("127.0.0.1", 0))
        origin.listen(64)
        values = {"origin": origin.getsockname()[1], "closed": free_port()}
        sides, answers = [], []
        for name, binary in (("original", ORIGINAL), ("ours", program)):
            home = os.path.join(folder, name)
            os.mkdir(home)
            port = free_port()
            path = os.path.join(home, "twin.cfg")
            with open(path, "w", encoding="utf-8") as text:
                text.write(CONFIGURATION.format(folder=home, port=port, **values))
            sides.append(start(binary, path, os.path.join(home, "api.sock")))
            answers.append((os.path.join(home, "api.sock"), str(port)))
        try:
            for command in COMMANDS.strip().splitlines():
                theirs, ours = [comparable(ask(api, command).replace(port, "PORT")) for api, port in answers]
                if theirs == ours:
                    print(f"ok    {command}")
                    continue
                failures += 1
                print(f"FAIL  {command}")
                for line in list(difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "haproxy", "proxyd", lineterm="",
                                                      n=0))[:12]:
                    print("      " + line[:300])
        finally:
            for side in sides:
                side.terminate()
            for side in sides:
                side.wait(10)
    print(f"{failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
