#!/usr/bin/env python3
"""What is counted, beside Debian's haproxy: answers of our own, refusals, clients and servers that fail, connections to servers
that several clients use, and bytes of what is still on its way (`option contstats`). The same is done to both programs, and
then every number of `show stat` is the same, too.

PROXYD names the program under test. Skipped (77) without /usr/sbin/haproxy.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import runtime_api
import runtime_sessions
from ports import free_ports

HEAD = """global
  stats socket {folder}/api.sock level admin
  nbthread 1
defaults
  mode http
  timeout connect 500ms
  timeout client 2s
  timeout server 2s
  timeout tarpit 50ms
  retries 1
userlist people
  user u insecure-password p
"""
SERVER = "server s1 127.0.0.1:{origin}"


def get(path="/ok", *fields, method="GET"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: h", *fields, "", ""]).encode()


TWO = [[get(), get()]]
REUSE = [[get(), get(), "keep"], [get(), get(), "keep"], [get()], [get(), get()]]
HALF = [[get("/half"), "keep"]]
RAW = [[b"/ok\r\n\r\n", "keep"]]

# Name, the lines of a listen section, what clients do one after the other: texts to send, "keep" leaves the connection open.
# A line that begins with "backend:" goes into a backend of its own, and so do the servers then.
CASES = [
    ("plain", "", TWO), ("HEAD and POST", "", [[get(method="HEAD"), get("/ok", "Content-Length: 3", method="POST") + b"abc"]]),
    ("deny", "http-request deny", TWO), ("deny with a status", "http-request deny deny_status 429", TWO),
    ("deny, one of two", "http-request deny if {{ path /no }}", [[get(), get("/no"), get()]]),
    ("tarpit", "http-request tarpit", [[get()]]), ("reject", "http-request reject", [[get()]]),
    ("return", "http-request return status 200 content-type text/plain string hello", TWO), ("return 503", "http-request return status 503", TWO),
    ("redirect", "http-request redirect location /x", TWO), ("redirect line", "redirect location /x code 303", TWO),
    ("auth", "http-request auth unless {{ http_auth(people) }}", [[get(), get("/ok", "Authorization: Basic dTpw")]]),
    ("allow", "http-request allow\nhttp-request deny", TWO),
    ("statistics", "stats enable\nstats uri /s", [[get("/s"), get("/s;csv"), get()]]),
    ("statistics denied", "stats enable\nstats uri /s\nstats http-request deny", [[get("/s")]]),
    ("statistics, password", "stats enable\nstats uri /s\nstats auth u:p", [[get("/s"), get("/s", "Authorization: Basic dTpw")]]),
    ("monitor", "monitor-uri /alive", [[get("/alive"), get()]]), ("monitor fails", "monitor-uri /alive\nmonitor fail if TRUE", [[get("/alive")]]),
    ("response deny", "http-response deny", TWO), ("response return", "http-response return status 200 content-type a/b string x", TWO),
    ("response redirect", "http-response redirect location /y", TWO),
    ("after-response", "http-after-response set-header X y\nhttp-request return status 200 if {{ path /r }}", [[get(), get("/r")]]),
    ("connection reject", "tcp-request connection reject", [[get()]]), ("session reject", "tcp-request session reject", [[get()]]),
    ("content reject", "tcp-request content reject", [[get()]]), ("tcp-response reject", "tcp-response content reject", [[get()]]),
    ("tcp, content reject", "mode tcp\ntcp-request inspect-delay 5s\ntcp-request content reject if {{ req.len gt 0 }}", [[get()]]), ("tcp, connection reject", "mode tcp\ntcp-request connection reject", [[get()]]),
    ("tcp, response reject", "mode tcp\ntcp-response inspect-delay 5s\ntcp-response content reject if {{ res.len gt 0 }}", [[get()]]), ("tcp", "mode tcp", [[get(), get()]]),
    ("bad request", "", [[b"GET /\x01 HTTP/1.1\r\n\r\n"]]), ("bad version", "", [[b"GET / HTTP/3\r\n\r\n"]]), ("no request", "", [[]]),
    ("half a request", "", [[b"GET / HT"]]), ("half a request, late", "timeout http-request 100ms", [[b"GET / HT", "end"]]),
    ("body too late", "timeout http-request 100ms\noption http-buffer-request", [[get("/ok", "Content-Length: 9", method="POST") + b"abc", "end"]]),
    ("wait-for-body", "http-request wait-for-body time 50ms", [[get("/ok", "Content-Length: 9", method="POST") + b"abc"]]),
    ("no server", "server d1 127.0.0.1:{closed} disabled", TWO), ("connection refused", "server d1 127.0.0.1:{closed}", TWO),
    ("refused, redispatched", "option redispatch\nbalance first\nserver d1 127.0.0.1:{closed}\n" + SERVER, TWO),
    ("server is silent", "timeout server 100ms", [[get("/slow")]]), ("server stops within", "timeout server 100ms", [[get("/half"), "end"]]),
    ("silent, retried", "timeout server 100ms\nretry-on response-timeout", [[get("/slow")]]),
    ("queue too long", "timeout queue 100ms\ntimeout server 20s\nserver s1 127.0.0.1:{origin} maxconn 1", [[get("/slow"), "keep"], [get()]]),
    ("silent-drop", "http-request silent-drop", [[get(), "keep"]]),
    ("front: deny", "http-request deny\nbackend:", TWO), ("back: deny", "backend:http-request deny", TWO), ("back: return", "backend:http-request return status 200", TWO),
    ("back: redirect", "backend:http-request redirect location /z", TWO), ("back: auth", "backend:http-request auth unless {{ http_auth(people) }}", [[get()]]),
    ("back: statistics", "backend:stats enable\nbackend:stats uri /s", [[get("/s")]]), ("back: response deny", "backend:http-response deny", TWO),
    ("front: response deny", "http-response deny\nbackend:", TWO), ("back: content reject", "backend:tcp-request content reject", [[get()]]),
    ("back: tarpit", "backend:http-request tarpit deny_status 404", [[get()]]), ("no backend", "use_backend nobody-%[path] if TRUE\nbackend:", [[get()]]),
    *((f"reuse: {mode}", f"http-reuse {mode}", REUSE) for mode in ("never", "safe", "aggressive", "always")),
    ("reuse: pool of none", "http-reuse always\nserver s1 127.0.0.1:{origin} pool-max-conn 0", REUSE), ("reuse: server closes", "option http-server-close", REUSE),
    ("reuse: once", "http-reuse always\nserver s1 127.0.0.1:{origin} max-reuse 1", REUSE),
    ("on its way", "", HALF), ("on its way, contstats", "option contstats", HALF),
    ("on its way, tcp", "mode tcp", RAW), ("on its way, tcp, contstats", "mode tcp\noption contstats", RAW),
]

# Name of a case: columns that differ, and why they do.
PAGE = "the page is another one"
TWICE = "2.6 answers a refused statistics page, too, as a bad request of a client that left"
EXPLAINED = {
    "statistics": ({"bout"}, PAGE), "back: statistics": ({"bout"}, PAGE),
    "statistics denied": ({"bout", "cli_abrt"}, TWICE), "statistics, password": ({"bout", "cli_abrt"}, TWICE),
    "refused, redispatched": ({"connect", "reuse"}, "ours connects anew after an attempt that failed"),
    "silent, retried": ({"wretr"}, "2.6 counts a request that is repeated twice"),
    "reuse: once": ({"connect", "reuse"}, "2.6 keeps to max-reuse for HTTP/2 alone"),
}
LOOSE = runtime_api.LOOSE - {"connect"} | {"qtime", "ctime", "rtime", "ttime", "qtime_max", "ctime_max", "rtime_max", "ttime_max", "lastsess", "rate_max",
                                         "req_rate_max", "conn_rate_max", "rate", "req_rate", "conn_rate", "iid", "safe_conn_cur", "smax",
                                         "used_conn_cur"}


def address(at):
    return f"127.91.{at // 200}.{1 + at % 200}"


def sections(port, values):
    text = ""
    for at, (_, lines, _) in enumerate(CASES):
        front = [line for line in lines.split("\n") if line and not line.startswith("backend:")]
        back = [line[len("backend:"):] for line in lines.split("\n") if line.startswith("backend:")]
        servers = [] if "server d1" in lines or "server s1" in lines else [SERVER]
        kind = "frontend" if back else "listen"
        text += f"{kind} c{at}\n  bind {address(at)}:{port}\n" + "".join(f"  {line}\n" for line in front)
        if back:
            text += f"  default_backend b{at}\nbackend b{at}\n" + "".join(f"  {line}\n" for line in back)
        text += "".join(f"  {line}\n" for line in servers)
    return text.format(**values)


def read_answer(client, method):
    """One answer as far as it comes: what more is to come shows when nothing came for a while."""
    got = b""
    try:
        while piece := client.recv(65536):
            got += piece
            head, _, body = got.partition(b"\r\n\r\n")
            size = re.search(rb"content-length: *(\d+)", head, re.I)
            if b"\r\n\r\n" in got and (method == b"HEAD" or size and len(body) >= int(size[1]) or body.endswith(b"0\r\n\r\n")):
                return True
    except OSError:
        return not isinstance(sys.exc_info()[1], ConnectionResetError)
    return False


def play(where, script):
    """What one client does; the connection if it stays open."""
    try:
        client = socket.create_connection(where, 2)
    except ConnectionResetError:
        return None
    client.settimeout(0.3)
    for step in script:
        if step == "keep":
            return client
        if step == "end":
            client.settimeout(2)
            while read_answer(client, b""):
                pass
            break
        try:
            client.sendall(step)
        except OSError:
            break
        if not read_answer(client, step.split(b" ")[0]):
            break
    client.close()
    return None


class Side:
    def __init__(self, program, folder, values):
        os.mkdir(folder)
        self.port, = free_ports(1)
        self.api = os.path.join(folder, "api.sock")
        path = os.path.join(folder, "t.cfg")
        with open(path, "w", encoding="utf-8") as text:
            text.write(HEAD.format(folder=folder) + sections(self.port, values))
        self.process = subprocess.Popen([program, "-db", "-f", path], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not os.path.exists(self.api) and time.monotonic() < end:
            time.sleep(0.05)

    def play(self):
        """All cases; their rows of the statistics, with clients that wait still there."""
        waiting = []
        for at, (_, _, clients) in enumerate(CASES):
            waiting += filter(None, [play((address(at), self.port), script) for script in clients])
        time.sleep(0.5)
        lines = runtime_api.ask(self.api, "show stat").splitlines()
        for each in waiting:
            each.close()
        names = lines[0][2:].split(",")
        rows = {}
        for line in lines[1:]:
            cells = line.split(",")
            if len(cells) > 1 and cells[0][1:].isdigit():
                rows.setdefault(int(cells[0][1:]), {})[f"{cells[0][0]} {cells[1]}"] = dict(zip(names, cells))
        return rows


def differences(theirs, ours):
    """"row.column: theirs, ours" of one case."""
    out = []
    for row in theirs.keys() | ours.keys():
        for column, value in theirs.get(row, {}).items():
            own = ours.get(row, {}).get(column)
            if column and column not in LOOSE and value != own:
                out.append(f"{row}.{column}: {value}, {own}")
    return sorted(out)


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    if not os.path.exists(runtime_api.ORIGINAL):
        print("Debian's haproxy is not installed")
        return 77
    origin = runtime_sessions.Origin()
    values = {"origin": origin.port, "closed": free_ports(1)[0]}
    failures = 0
    with tempfile.TemporaryDirectory(prefix="counters.") as folder:
        sides = [Side(binary, os.path.join(folder, name), values) for name, binary in (("original", runtime_api.ORIGINAL), ("ours", program))]
        try:
            theirs, ours = [side.play() for side in sides]
        finally:
            for side in sides:
                side.process.terminate()
            for side in sides:
                side.process.wait(10)
    for at, (name, _, _) in enumerate(CASES):
        found = differences(theirs.get(at, {}), ours.get(at, {}))
        columns, reason = EXPLAINED.get(name, (set(), ""))
        seen = {each.split(":")[0].split(".")[-1] for each in found}
        if seen == columns and theirs.get(at):
            continue
        failures += 1
        print(f"FAIL  {name}{f' (expected: {sorted(columns)}, {reason})' if reason else ''}: theirs, ours")
        print("".join(f"      {each}\n" for each in found), end="")
    print(f"{len(CASES)} cases, {len(EXPLAINED)} explained, {failures} differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
