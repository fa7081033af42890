#!/usr/bin/env python3
"""State files beside Debian's haproxy: what each says of a file, and the state in which its servers start.

PROXYD names the program under test. Skipped (77) without /usr/sbin/haproxy.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_ports

ORIGINAL = "/usr/sbin/haproxy"
NAMES = ("be_id be_name srv_id srv_name srv_addr op admin uweight iweight since status result health bits agent bf sf fqdn port srv ssl check_port check_addr "
         "agent_addr agent_port").split()
PLAIN = "3 be 1 s1 127.0.0.1 2 0 10 10 100 6 3 4 6 0 0 0 - {p1} - 0 0 - - 0".split()
HEAD = "1\n# be_id be_name srv_id srv_name ...\n"
CONFIGURATION = """global
  stats socket {dir}/api level admin
  server-state-base {dir}
  server-state-file {file}
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  load-server-state-from-file {mode}
backend be
  {more}
  server s1 {host}:{p1} check inter 100s weight 10
  server s2 127.0.0.1:{p2} weight 20
  server s3 127.0.0.1:{p3} disabled
  server s4 127.0.0.1:{p4} check inter 100s rise 3 fall 4 slowstart 200s
frontend f
  bind 127.0.0.1:{listen}
  default_backend be
"""


def row(count=25, **changed):
    return " ".join((list({**dict(zip(NAMES, PLAIN)), **changed}.values()) + ["x"] * count)[:count]) + "\n"


def s2(**changed):
    return row(**{"srv_id": "2", "srv_name": "s2", "uweight": "20", "iweight": "20", "bits": "0", "port": "{p2}", **changed})


def s3(**changed):
    return row(**{"srv_id": "3", "srv_name": "s3", "uweight": "1", "iweight": "1", "port": "{p3}", **changed})


def s4(**changed):
    return row(**{"srv_id": "4", "srv_name": "s4", "uweight": "1", "iweight": "1", "port": "{p4}", **changed})


# name: (text of the file or None, words of the configuration)
CASES = {"no file": (None, {}), "as it is": (HEAD + row(), {})}


def files(**texts):
    for name, text in texts.items():
        CASES[name.replace("_", " ")] = (text, {})


files(
    down=HEAD + row(op="0", result="2", health="0"), maintenance=HEAD + row(op="0", admin="1"), drain=HEAD + row(admin="8"), weight=HEAD + row(uweight="5"),
    weight_of_another_configuration=HEAD + row(uweight="5", iweight="7"), weight_0=HEAD + row(uweight="0"), address_of_a_number=HEAD + row(srv_addr="127.0.0.9"),
    another_id=HEAD + row(srv_id="7"), another_name=HEAD + row(srv_name="x"), another_backend=HEAD + row(be_name="nope"), s2_down=HEAD + s2(op="0"),
    s2_maintenance=HEAD + s2(op="0", admin="1"), s2_drain=HEAD + s2(admin="8"), s3_as_it_was=HEAD + s3(op="0", admin="5"), s3_was_enabled=HEAD + s3(),
    s1_was_disabled=HEAD + row(op="0", admin="5"), s4_stopping=HEAD + s4(op="3", since="5"), s4_down=HEAD + s4(op="0"),
    version_2="2\n" + row(), no_version=row(), empty="", garbage="hello\n", no_end_of_line=HEAD + row().strip(), crlf=(HEAD + row()).replace("\n", "\r\n"),
    short=HEAD + row(10), words_18=HEAD + row(18), words_20=HEAD + row(20, uweight="3"), words_26=HEAD + row(26, uweight="3"), comments="1\n#\n\n# x\nfoo bar\n",
    good_bad_good=HEAD + row(uweight="3") + "x y\n" + s2(uweight="3"), blanks=" 1\n\n" + row(uweight="3").replace(" ", "\t"), twice=HEAD + row(uweight="3") + row(uweight="4"),
    health_2=HEAD + row(health="2"), health_99=HEAD + row(health="99"), down_health_1=HEAD + row(op="0", health="1"), checks_disabled=HEAD + row(bits="2"),
    checks_paused=HEAD + row(bits="14"), check_target=HEAD + row(check_port="99", check_addr="127.0.0.5"), inherited_maintenance=HEAD + row(op="0", admin="2"),
    inherited_drain=HEAD + row(admin="16"), resolver_maintenance=HEAD + row(op="0", admin="32"), long_ago=HEAD + row(since="99990"), address_none=HEAD + row(srv_addr="-"),
    all_down=HEAD + row(op="0") + s2(op="0") + s3(op="0") + s4(op="0"), all_drain=HEAD + row(admin="8") + s2(admin="8") + s3(op="0") + s4(admin="8"),
    several=HEAD + row(uweight="1") + s2(uweight="2") + s3() + s4(op="0"), long_line=HEAD + row(be_name="b" * 3000))
for column, values in {"op": "9 x -1", "admin": "9 11 15 999 x", "uweight": "257 x", "iweight": "257 x", "since": "x", "status": "21 x", "result": "9 x", "health": "x", "bits": "99 x",
                       "agent": "99 x", "bf": "x 2", "sf": "x 2", "port": "99999", "check_port": "x", "check_addr": "x", "agent_addr": "127.0.0.1"}.items():
    for value in values.split():
        CASES[f"{column} {value}"] = (HEAD + row(**{column: value}), {})
CASES["op, admin and weight"] = (HEAD + row(op="9", admin="999", uweight="999"), {})
LOCAL = {"mode": "local", "file": "common", "more": "server-state-file-name state"}
CASES.update({
    "a name": (HEAD + row(srv_addr="127.0.0.9", fqdn="localhost"), {"host": "localhost"}), "a name, no address": (HEAD + row(srv_addr="-"), {"host": "localhost"}),
    "a name nobody knows": (HEAD + row(srv_addr="127.0.0.9"), {"host": "nosuch.invalid"}), "none": (HEAD + row(uweight="3"), {"mode": "none"}),
    "local": (HEAD + row(be_id="2", uweight="3"), {**LOCAL, "file": "state"}), "local, missing": (None, LOCAL), "local, version": ("2\n", {**LOCAL, "file": "state"}),
    "local, broken": (HEAD + "x\n", {**LOCAL, "file": "state"}), "local, by the backend's name": (HEAD + row(uweight="3"), {**LOCAL, "more": ""}),
})

# Ours shows the checks of a server in maintenance as paused, however it came there; haproxy not where a state file says so of a server without checks.
PAUSED = {"s2 maintenance"}
# Ours says, once, that nothing serves any more; haproxy leaves that to the reader.
NOTHING_SERVES, OURS_SAYS = {"all down", "all drain"}, "config : backend 'be' has no server available!"


def ask(path, line):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(path)
        client.sendall(line.encode() + b"\n")
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer.decode()


def states(api):
    rows = [line.split() for line in ask(api, "show servers state be").splitlines() if " be " in line]
    for each in rows:
        if len(each) > 9 and each[9].lstrip("-").isdigit():
            each[9] = str(int(each[9]) // 20)  # seconds go by
    return [" ".join(each) for each in rows]


def settled(process, api):
    """The states once the first checks are over and nothing changes any more."""
    before, end = None, time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        try:
            now = states(api)
        except OSError:
            now = None
        if now is not None and now == before and not any(line.split()[13] in ("7", "15") for line in now):
            return now
        before = now
        time.sleep(0.25)
    return before or ["it did not start"]


def run(program, text, words, numbers):
    with tempfile.TemporaryDirectory(prefix="states.") as folder:
        if text is not None:
            with open(f"{folder}/state", "w", encoding="ascii", newline="") as file:
                file.write(text.format(**numbers))
        with open(f"{folder}/t.cfg", "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(**{"dir": folder, "file": "state", "mode": "global", "more": "", "host": "127.0.0.1", **words, **numbers}))
        process = subprocess.Popen([program, "-db", "-f", f"{folder}/t.cfg"], stderr=subprocess.PIPE, text=True)
        seen = settled(process, f"{folder}/api")
        process.terminate()
        said = process.communicate()[1].replace(folder, "DIR")
    # Of checks while it runs nothing is compared here.
    said = re.findall(r"^\[(?:WARNING|ALERT)\] +\(\d+\) : (config : .*)", said, re.M)
    return seen + said


def main():
    program = os.path.abspath(os.environ.get("PROXYD", "proxyd/proxyd"))
    if not os.path.exists(ORIGINAL):
        print(f"SKIP: {ORIGINAL} is not installed")
        return 77
    ports = free_ports(5)
    numbers = dict(zip(("p1", "p2", "p3", "p4", "listen"), ports))
    differ = 0
    for name, (text, words) in CASES.items():
        for _ in range(2):  # a check may come late: then once more
            theirs, ours = (run(each, text, words, numbers) for each in (ORIGINAL, program))
            if name in PAUSED:
                ours = [re.sub(r"^((?:\S+ ){13})8 ", r"\g<1>0 ", line) if " s2 " in line else line for line in ours]
            if name in NOTHING_SERVES and ours.count(OURS_SAYS) == 1:
                ours.remove(OURS_SAYS)
            if theirs == ours:
                break
        if theirs != ours:
            differ += 1
            print(f"FAIL  {name}")
            for line in theirs:
                print("      - " * (line not in ours) + line * (line not in ours))
            for line in ours:
                print("      + " * (line not in theirs) + line * (line not in theirs))
    print(f"{len(CASES)} state files, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
