#!/usr/bin/env python3
"""proxyd takes other files over without another process: under a master (Debian's unit command line) and alone. What runs goes on:
counters, health, weights set at run time, idle connections, WebSockets, downloads. What cannot change in place gets a new worker.

  reload_in_place.py [--case NAME]... [--rounds N] [--all-good] [--sandbox]

rounds: reloads under load, 20 unless told otherwise; all good: none of them with a broken file; sandbox: "sandbox seccomp kill" in all files,
so that a system call too many is the worker's end.
"""
import argparse
import hashlib
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

from master import OURS, PATIENCE, Stage, until
from ports import free_ports

ROUNDS, ALL_GOOD, SANDBOX = 20, False, False
LONG = 1000  # rounds from which on memory is judged


class Site(Stage):
    """proxyd with files of the case's own; a plain HTTP server or two behind it."""

    def __init__(self):
        super().__init__(OURS)
        self.backs = []

    def files(self, text):
        if SANDBOX:
            text = text.replace("  nbthread", "  sandbox seccomp kill\n  nbthread", 1)
        with open(self.config + ".new", "w") as file:
            file.write(text.replace("{folder}", self.folder).replace("{port}", str(self.port)))
        os.rename(self.config + ".new", self.config)

    def back(self, name):
        self.backs.append(Back(name))
        return self.backs[-1]

    def reload_now(self, failed=0):
        """USR2 until the master has told of the end. Returns the worker's pid."""
        reloads = self.show_proc()[0][0]
        os.kill(self.process.pid, signal.SIGUSR2)
        until("the reload", lambda: (seen := self.show_proc()) and seen[0][0] == reloads + 1 and self.readies() > reloads + 1)
        seen = until("the worker", lambda: (seen := self.show_proc()) and seen[1] and seen)
        assert seen[0][1] == failed, f"failed reloads: {seen[0][1]}\n" + "".join(self.said)
        return seen[1][0][0]

    def stat(self, proxy, server):
        lines = self.ask("show stat", "stats.sock").splitlines()
        names = lines[0].lstrip("# ").split(",")
        for line in lines[1:]:
            row = dict(zip(names, line.split(",")))
            if row.get("pxname") == proxy and row.get("svname") == server:
                return row
        return None

    def close(self):
        super().close()
        for each in self.backs:
            each.close()


class Back:
    """Answers every request with its name, and how many connections it has seen. "/large" is slow and long; "Upgrade" echoes."""

    def __init__(self, name):
        self.name, self.connections, self.is_open = name, 0, True
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    piece = client.recv(65536)
                    if not piece:
                        return
                    data += piece
                head, data = data.split(b"\r\n\r\n", 1)
                if b"pgrade: websocket" in head:
                    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                   b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" + data)
                    while piece := client.recv(65536):
                        client.sendall(piece)
                    return
                if head.startswith(b"GET /large"):
                    self.send_slowly(client)
                    continue
                body = self.name.encode()
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except OSError:
            pass
        finally:
            client.close()

    PIECE = bytes(range(256)) * 16
    PIECES = 100

    def send_slowly(self, client):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(self.PIECE) * self.PIECES))
        for _ in range(self.PIECES):
            client.sendall(self.PIECE)
            time.sleep(0.02)

    def close(self):
        self.listener.close()
        for each in self.open:
            each.close()


class Client:
    """A connection that is kept."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.data = b""

    def get(self, path="/", headers=""):
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n".encode())
        while b"\r\n\r\n" not in self.data:
            self.more()
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(self.data) < length:
            self.more()
        body, self.data = self.data[:length], self.data[length:]
        return int(head.split()[1]), body.decode("latin-1")

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("closed early")
        self.data += piece

    def is_closed(self):
        self.socket.settimeout(PATIENCE)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True


class WebSocket(Client):
    def __init__(self, port):
        super().__init__(port)
        self.socket.sendall(b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        while b"\r\n\r\n" not in self.data:
            self.more()
        assert b" 101 " in self.data.split(b"\r\n")[0] + b" ", self.data
        self.data = self.data.split(b"\r\n\r\n", 1)[1]

    def echo(self, text):
        self.socket.sendall(text)
        while len(self.data) < len(text):
            self.more()
        got, self.data = self.data[:len(text)], self.data[len(text):]
        assert got == text, (got, text)


BASE = """global
  nbthread 2
  stats socket {folder}/stats.sock level admin
  %(extra)s
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  timeout tunnel 10m
frontend web
  bind 127.0.0.1:{port}
  %(front)s
  default_backend servers
backend servers
  %(back)s
"""


def text(back, front="", extra=""):
    return BASE % {"extra": extra, "front": front, "back": back}


def expect(name, got, wanted):
    assert got == wanted, f"{name}: {got!r}, not {wanted!r}"


# ---- cases


def what_runs_goes_on(site):
    """Counters, health, weight and maintenance set at run time, idle connections, a client's connection, a WebSocket."""
    one, two = site.back("one"), site.back("two")
    servers = f"server one 127.0.0.1:{one.port} check inter 200ms\n  server two 127.0.0.1:{two.port} weight 10"
    site.files(text(servers))
    site.unit()
    worker = site.worker()
    client, websocket = Client(site.port), WebSocket(site.port)
    for _ in range(4):
        expect("answer", client.get()[0], 200)
    site.ask("set server servers/two weight 50%", "stats.sock")
    site.ask("set server servers/one state drain", "stats.sock")
    before = site.stat("servers", "BACKEND"), site.stat("web", "FRONTEND"), site.stat("servers", "two")
    connections = two.connections
    site.files(text(servers, front="http-response set-header X-New yes"))
    expect("worker", site.reload_now(), worker)
    after = site.stat("servers", "BACKEND"), site.stat("web", "FRONTEND"), site.stat("servers", "two")
    for old, new in zip(before, after):
        for field in ("stot", "bin", "bout", "hrsp_2xx", "lbtot", "req_tot", "weight", "scur"):
            expect(field, new[field], old[field])
    expect("weight", after[2]["weight"], "5")
    expect("state", site.stat("servers", "one")["status"], "DRAIN")
    expect("answer", client.get(), (200, "two"))
    expect("no new connection to the server", two.connections, connections)
    expect("the new rule, on the old connection", b"x-new: yes" in raw_head(site.port), True)
    websocket.echo(b"still here")
    site.files(text(servers.replace("weight 10", "weight 20")))
    expect("worker", site.reload_now(), worker)
    expect("a weight that the file changed", site.stat("servers", "two")["weight"], "20")
    websocket.echo(b"and here")


def raw_head(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer.split(b"\r\n\r\n")[0].lower()


def servers_come_and_go(site):
    one, two, three = site.back("one"), site.back("two"), site.back("three")
    line = lambda back: f"server {back.name} 127.0.0.1:{back.port}\n  "
    site.files(text(line(one) + line(two)))
    site.unit()
    worker = site.worker()
    websocket, client = WebSocket(site.port), Client(site.port)
    expect("both", {client.get()[1] for _ in range(4)}, {"one", "two"})
    site.files(text(line(two) + line(three)))
    expect("worker", site.reload_now(), worker)
    expect("the new ones", {client.get()[1] for _ in range(6)}, {"two", "three"})
    websocket.echo(b"its server is gone from the file, not from the connection")
    expect("rows", site.stat("servers", "one"), None)
    site.files(text(line(one)))
    expect("worker", site.reload_now(), worker)
    expect("the first again", {client.get()[1] for _ in range(3)}, {"one"})
    websocket.echo(b"yes")


def source_ports_are_given_back(site):
    """Connections that were lent a port give it back to where it came from, whatever range the server has by then."""
    one = site.back("one")
    ports = free_ports(2)
    line = "server one 127.0.0.1:%d source 127.0.0.1:%d-%d pool-purge-delay 1s"
    low, high = sorted(ports)
    site.files(text(line % (one.port, low, low)))
    site.unit()
    worker = site.worker()
    client = Client(site.port)
    expect("answer", client.get(), (200, "one"))
    site.files(text(line % (one.port, high, high)))
    expect("worker", site.reload_now(), worker)
    expect("a port of the new range", client.get(), (200, "one"))
    site.files(text(line % (one.port, low, low)))
    expect("worker", site.reload_now(), worker)
    until("the first port again", lambda: client.get() == (200, "one"))
    until("that idle ones are gone", lambda: site.stat("servers", "one")["idle_conn_cur"] == "0")
    expect("answer", Client(site.port).get(), (200, "one"))


def sockets_come_and_go(site):
    one = site.back("one")
    other = free_ports(1)[0]
    server = f"server one 127.0.0.1:{one.port}"
    site.files(text(server, front=f"bind 127.0.0.1:{other}"))
    site.unit()
    worker = site.worker()
    kept, idle, ends = Client(site.port), Client(other), Client(other)
    for each in (kept, idle, ends):
        each.get()
    download = Client(other)
    download.socket.sendall(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
    download.more()
    site.files(text(server))
    expect("worker", site.reload_now(), worker)
    expect("an idle connection of a socket that is gone", idle.is_closed(), True)
    until("that nobody listens", lambda: is_refused(other))
    expect("others", kept.get(), (200, "one"))
    while len(download.data.split(b"\r\n\r\n", 1)[-1]) < len(Back.PIECE) * Back.PIECES:
        download.more()
    third = free_ports(1)[0]
    site.files(text(server, front=f"bind 127.0.0.1:{third}") + f"frontend more\n  bind 127.0.0.1:{other}\n  default_backend servers\n")
    expect("worker", site.reload_now(), worker)
    for port in (site.port, third, other):
        expect("answer", Client(port).get(), (200, "one"))
    expect("answer", kept.get(), (200, "one"))


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        return False
    except OSError:
        return True


def broken_files_change_nothing(site):
    one = site.back("one")
    server = f"server one 127.0.0.1:{one.port}"
    site.files(text(server))
    site.unit()
    worker = site.worker()
    client, websocket = Client(site.port), WebSocket(site.port)
    client.get()
    site.ask("set server servers/one weight 42", "stats.sock")
    taken = socket.create_server(("127.0.0.1", 0))
    for number, broken in enumerate((text("servr one 127.0.0.1:1"), "bogus\n", text(server, front="bind 127.0.0.1:%d" % taken.getsockname()[1])), 1):
        site.files(broken)
        expect("worker", site.reload_now(failed=number), worker)
        expect("answer", client.get(), (200, "one"))
        websocket.echo(b"here")
        expect("weight", site.stat("servers", "one")["weight"], "42")
    assert any("Binding [" in each and "ddress already in use" in each for each in site.said), "".join(site.said)
    os.remove(site.config)
    site.reload_now(failed=4)
    expect("answer", client.get(), (200, "one"))
    site.files(text(server))
    expect("worker", site.reload_now(), worker)
    taken.close()


def what_needs_a_new_worker_gets_one(site):
    one = site.back("one")
    server = f"server one 127.0.0.1:{one.port}"
    site.files(text(server))
    site.unit()
    worker = site.worker()
    websocket = WebSocket(site.port)
    site.files(text(server).replace("nbthread 2", "nbthread 1"))
    newer = site.reload_now()
    assert newer != worker, "nbthread changed in place"
    assert any("nbthread 2 -> 1" in each for each in site.said), "".join(site.said)
    websocket.echo(b"on the worker of before")
    expect("answer", Client(site.port).get(), (200, "one"))
    site.files(text(server, front="maxconn 500").replace("nbthread 2", "nbthread 1"))
    expect("the next in place", site.reload_now(), newer)
    websocket.echo(b"still")


def hard_reload(site):
    """The master's command for who does not want to wait for what is open: a new worker, and the end of all others."""
    one = site.back("one")
    server = f"server one 127.0.0.1:{one.port}"
    site.files(text(server))
    site.unit()
    worker = site.worker()
    websocket = WebSocket(site.port)
    site.files("bogus\n")
    assert "Success=0" in site.ask("hard-reload")
    expect("worker", site.worker(), worker)
    websocket.echo(b"the files were refused")
    site.files(text(server))
    assert "Success=1" in site.ask("hard-reload")
    assert site.worker() != worker, "the worker stayed"
    try:
        websocket.socket.settimeout(PATIENCE)
        expect("the old worker's stream", websocket.socket.recv(1), b"")
    except ConnectionResetError:
        pass
    expect("answer", Client(site.port).get(), (200, "one"))
    until("the end of the old one", lambda: len(site.show_proc()[1]) == 1 and not site.show_proc()[2])
    newer = site.worker()
    site.files(text(server, front="maxconn 500"))
    expect("the next in place", site.reload_now(), newer)


def alone(site):
    """Without a master: HUP and USR2."""
    one = site.back("one")
    server = f"server one 127.0.0.1:{one.port}"
    site.files(text(server))
    site.start("-f", site.config)
    until("the start", lambda: not is_refused(site.port))
    client, websocket = Client(site.port), WebSocket(site.port)
    expect("answer", client.get(), (200, "one"))
    for number, (signal_number, answer) in enumerate(((signal.SIGHUP, "first"), (signal.SIGUSR2, "second"), (signal.SIGHUP, "third"))):
        site.files(text(server, front=f"http-request return status 200 content-type text/plain string {answer}"))
        os.kill(site.process.pid, signal_number)
        until("the other answer", lambda: client.get() == (200, answer))
        websocket.echo(b"here")
        site.files("bogus\n")
        os.kill(site.process.pid, signal_number)
        until("the complaint", lambda: sum("Reload failed" in each for each in site.said) == number + 1)
        expect("answer", client.get(), (200, answer))
    expect("the same process", site.process.poll(), None)
    os.kill(site.process.pid, signal.SIGTERM)
    site.process.wait(PATIENCE)


def in_a_chroot(site):
    """The worker may not open a single file, nor bind a port below 1024 (which root's master does for it)."""
    one = site.back("one")
    server = f"server one 127.0.0.1:{one.port}"
    os.chmod(site.folder, 0o755)
    jail = site.path("jail")
    os.mkdir(jail)
    answer = site.path("503.http")
    rights = f"chroot {jail}\n  user nobody\n  group nogroup"
    errors = lambda words: open(answer, "w").write(f"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\n{words}")
    hosts = site.path("hosts.lst")
    rules = f"errorfile 503 {answer}\n  acl known hdr(host) -f {hosts}\n  http-request return status 200 content-type text/plain string known if known"
    errors("first")
    open(hosts, "w").write("one.example\n")
    site.files(text(server + "\n  http-request deny deny_status 503", front=rules, extra=rights))
    site.unit()
    worker = site.worker()
    expect("unprivileged", os.stat(f"/proc/{worker}").st_uid != 0, True)
    expect("in its jail", os.readlink(f"/proc/{worker}/root"), jail)
    client = Client(site.port)
    ask = lambda name: body_of(site.port, name)
    expect("page", ask("x"), "first")
    expect("list", ask("two.example"), "first")
    errors("second")
    open(hosts, "w").write("two.example\n")
    expect("worker", site.reload_now(), worker)
    expect("page", ask("x"), "second")
    expect("list", ask("two.example"), "known")
    low = next(port for port in range(900, 1000) if is_refused(port))
    site.files(text(server, front=f"bind 127.0.0.1:{low}", extra=rights))
    expect("worker", site.reload_now(), worker)
    expect("a low port", Client(low).get(), (200, "one"))
    expect("the first", client.get(), (200, "one"))


def body_of(port, host):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    return answer.split(b"\r\n\r\n", 1)[1].decode()


def memory_of(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(re.search(r"^Pss: +(\d+)", file.read(), re.M)[1])


NGINX = """worker_processes 1; daemon off; pid %(folder)s/nginx.pid; error_log %(folder)s/nginx.err crit;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path %(folder)s/n1; proxy_temp_path %(folder)s/n2; fastcgi_temp_path %(folder)s/n3;
  uwsgi_temp_path %(folder)s/n4; scgi_temp_path %(folder)s/n5; keepalive_requests 100000;
  server { listen 127.0.0.1:%(port)d; location / { return 200 "fast\\n"; } } }
"""


class Wrk:
    """Two threads with 20 connections each that ask nginx behind the proxy as fast as they can, until `end`."""

    def __init__(self, site):
        self.port = free_ports(1)[0]
        with open(site.path("nginx.conf"), "w") as file:
            file.write(NGINX % {"folder": site.folder, "port": self.port})
        self.nginx = subprocess.Popen(["nginx", "-c", site.path("nginx.conf")], stderr=subprocess.DEVNULL)
        self.process = None

    def start(self, port):
        until("nginx", lambda: not is_refused(self.port))
        self.process = subprocess.Popen(["wrk", "-t2", "-c40", "-d7200", "--timeout", f"{PATIENCE}s", f"http://127.0.0.1:{port}/fast"],
                                        stdout=subprocess.PIPE, text=True)

    def end(self):
        """How many requests were answered, and what wrk says of those that were not."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=PATIENCE)[0]
        done = re.search(r"(\d+) requests in", said)
        return int(done[1]) if done else 0, re.findall(r"Socket errors.*|Non-2xx.*", said)

    def close(self):
        for each in (self.process, self.nginx):
            if each and each.poll() is None:
                each.terminate()  # nginx ends its worker before itself
                each.wait()


def under_load(site):
    """Reloads in a row, each second one of a broken file, while wrk and clients that look at each answer ask without pause;
    WebSockets and downloads go on."""
    one, two, wrk = site.back("one"), site.back("two"), Wrk(site)
    site.backs.append(wrk)
    fast = "use_backend fast if { path /fast }"
    servers = f"server one 127.0.0.1:{one.port}\n  server two 127.0.0.1:{two.port}\nbackend fast\n  server nginx 127.0.0.1:{wrk.port}"
    site.files(text(servers, front=fast))
    site.unit()
    worker = site.worker()
    stop, faults, answers = threading.Event(), [], [0]
    sockets = [WebSocket(site.port) for _ in range(50)]

    def ask():
        client, count = Client(site.port), 0
        try:
            while not stop.is_set():
                status, body = client.get()
                if status != 200 or body not in ("one", "two"):
                    faults.append((status, body))
                count += 1
                if count % 50 == 0:
                    client.socket.close()
                    client = Client(site.port)
        except (OSError, TypeError) as error:
            faults.append(repr(error))
        answers[0] += count

    def load():
        try:
            while not stop.is_set():
                expect("download", hashlib.md5(Client(site.port).get("/large")[1].encode("latin-1")).digest(),
                       hashlib.md5(Back.PIECE * Back.PIECES).digest())
        except (OSError, AssertionError, TypeError) as error:
            faults.append(repr(error))

    clients = [threading.Thread(target=ask) for _ in range(4)] + [threading.Thread(target=load) for _ in range(20)]
    for each in clients:
        each.start()
    wrk.start(site.port)
    memory, totals = [], 0
    try:
        for number in range(ROUNDS):
            is_broken = number % 2 == 1 and not ALL_GOOD
            if is_broken:
                site.files(text("bogus line"))
            else:
                site.files(text(servers, front=f"http-response set-header X-Round {number}\n  {fast}"))
            expect("worker", site.reload_now(failed=1 if is_broken else 0), worker)
            row = site.stat("web", "FRONTEND")
            assert int(row["req_tot"]) >= totals, f"counters went back: {row['req_tot']} after {totals}"
            totals = int(row["req_tot"])
            sockets[number % len(sockets)].echo(b"round %d" % number)
            memory.append(memory_of(worker))
            assert not faults, faults[:3]
    finally:
        stop.set()
        for each in clients:
            each.join()
    asked, unanswered = wrk.end()
    for each in sockets:
        each.echo(b"the end")
    # Buffers in flight come and go: medians of a tenth of the rounds each, behind a first quarter in which caches fill.
    tenth = max(1, ROUNDS // 10)
    warm, end = statistics.median(memory[ROUNDS // 4:ROUNDS // 4 + tenth]), statistics.median(memory[-tenth:])
    print(f"      {ROUNDS} reloads, {answers[0]} answers looked at, {asked} requests of wrk, {totals} counted, memory {warm:.0f} -> {end:.0f} KiB"
          f" ({(end / warm - 1) * 100:+.1f} %)")
    assert ROUNDS < LONG or end <= warm * 1.05, "memory grows"
    assert not faults, faults[:3]
    expect("wrk", unanswered, [])
    assert asked > 0 and int(site.stat("web", "FRONTEND")["req_tot"]) >= answers[0] + asked


def plans(site):
    """What a reload would change, asked of the master, of a process without one, and of --plan; nothing changes by the question."""
    one = site.back("one")
    server = f"server one 127.0.0.1:{one.port}"
    site.files(text(server))
    site.unit()
    worker = site.worker()
    ask = lambda: site.ask("reload plan").rstrip("\n")
    expect("plan", ask(), "= nothing changes")
    before = site.path("before.cfg")
    with open(before, "w") as file:
        file.write(open(site.config).read())
    site.files(text(server + " weight 7", front="maxconn 77"))
    wanted = f"~ frontend web: + maxconn 77\n~ server one of backend servers: line 127.0.0.1:{one.port} -> 127.0.0.1:{one.port} weight 7"
    expect("plan", ask(), wanted)
    done = subprocess.run([OURS, "-f", before, "--plan", site.config], capture_output=True, text=True, timeout=PATIENCE)
    expect("--plan", (done.returncode, done.stdout.rstrip("\n")), (0, wanted))
    expect("weight", site.stat("servers", "one")["weight"], "1")
    assert "commands of its socket" in site.ask("reload plan", "stats.sock")
    site.files(text(server).replace("nbthread 2", "nbthread 1"))
    assert "! global: nbthread 2 -> 1" in ask(), ask()
    site.files("bogus\n")
    assert "unknown keyword 'bogus'" in ask(), ask()
    done = subprocess.run([OURS, "-f", before, "--plan", site.config], capture_output=True, text=True, timeout=PATIENCE)
    expect("--plan", done.returncode, 1)
    expect("reloads", site.show_proc()[0], (0, 0))
    expect("worker", site.worker(), worker)
    site.files(text(server + " weight 7"))
    expect("worker", site.reload_now(), worker)
    expect("plan", ask(), "= nothing changes")
    site.end(signal.SIGTERM)
    site.start("-f", site.config)
    until("the start", lambda: not is_refused(site.port))
    site.files(text(server + " weight 8"))
    assert f"-> 127.0.0.1:{one.port} weight 8" in site.ask("reload plan", "stats.sock")
    expect("weight", site.stat("servers", "one")["weight"], "7")
    assert "weight 8" in site.ask("reload", "stats.sock")
    expect("weight", site.stat("servers", "one")["weight"], "8")
    os.kill(site.process.pid, signal.SIGTERM)
    site.process.wait(PATIENCE)


CASES = [what_runs_goes_on, servers_come_and_go, source_ports_are_given_back, sockets_come_and_go, broken_files_change_nothing, what_needs_a_new_worker_gets_one, hard_reload,
         alone, in_a_chroot, plans, under_load]


def main():
    global ROUNDS, ALL_GOOD, SANDBOX
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--all-good", action="store_true")
    parser.add_argument("--sandbox", action="store_true")
    options = parser.parse_args()
    ROUNDS, ALL_GOOD, SANDBOX = options.rounds, options.all_good, options.sandbox
    failures = 0
    for case in [each for each in CASES if not options.case or each.__name__ in options.case]:
        site, problem = Site(), None
        try:
            case(site)
        except (AssertionError, OSError, TypeError, subprocess.TimeoutExpired) as error:
            problem = f"  {error!r}\n  " + "  ".join(site.said[-12:])
        finally:
            site.close()
        print(f"{'FAIL' if problem else 'ok  '} {case.__name__}" + (f"\n{problem}" if problem else ""), flush=True)
        failures += problem is not None
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
