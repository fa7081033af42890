#!/usr/bin/env python3
"""Early data (TLS 1.3's 0-RTT) on both sides of proxyd: openssl s_client says its first words before the handshake is over, to a proxyd
whose servers are another proxyd and haproxy that take them too. What is asked, what is told to servers, what a recording is worth. One thread: each keeps sessions of its own.

  tls_early.py [--prog PROXYD] [--reference HAPROXY]

Exits 0, 1 for what is not as it should be.
"""
import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_ports
from tls_side_by_side import make_certificate

ORIGIN = """global
  tune.bufsize 65536
defaults
  mode http
  timeout client 3s
  timeout server 3s
  timeout connect 1s
frontend f
  bind 127.0.0.1:{port} ssl crt {d}/a.pem allow-0rtt{more}
  {rules}
  http-request return status 200 content-type text/plain lf-string "early=%[{fetch}] told=%[req.hdr(early-data)] %[req.body_len]\\n"
"""
FRONT = """global
  nbthread 1
  tune.bufsize 65536
defaults
  mode http
  timeout client 3s
  timeout server 3s
  timeout connect 1s
frontend f
  bind 127.0.0.1:{http} ssl crt {d}/a.pem allow-0rtt alpn h2,http/1.1
  bind 127.0.0.1:{clear}
  http-request return status 200 content-type text/plain string "plain\\n" if !{{ ssl_fc }}
  http-request set-var(txn.early) ssl_fc_has_early
  http-request wait-for-handshake if {{ path_beg /wait }}
  http-request set-var(txn.then) ssl_fc_has_early
  http-request return status 200 content-type text/plain lf-string "%[var(txn.early)] %[var(txn.then)] %[ssl_fc_early_rcvd] %[ssl_fc_is_resumed] %[req.ver]\\n" if {{ path /facts }} || {{ path /wait/facts }}
  use_backend %[path,word(1,/)]
listen relay
  mode tcp
  bind 127.0.0.1:{tcp} ssl crt {d}/a.pem allow-0rtt
  server s 127.0.0.1:{clear}
listen plain
  bind 127.0.0.1:{plain} ssl crt {d}/a.pem
  http-request return status 200 content-type text/plain lf-string "plain\\n"
listen listed
  bind 127.0.0.1:{listed} ssl crt-list {d}/list
  http-request return status 200 content-type text/plain lf-string "%[ssl_fc_early_rcvd]\\n"
backend early
  server s 127.0.0.1:{origin} ssl verify none allow-0rtt
backend never
  server s 127.0.0.1:{origin} ssl verify none
backend always
  retry-on 0rtt-rejected
  server s 127.0.0.1:{origin} ssl verify none allow-0rtt
backend cautious
  retry-on 0rtt-rejected
  server s 127.0.0.1:{cautious} ssl verify none allow-0rtt
backend refusing
  server s 127.0.0.1:{cautious} ssl verify none allow-0rtt
backend other
  retry-on 0rtt-rejected
  server s 127.0.0.1:{other} ssl verify none allow-0rtt
"""


class Failures:
    def __init__(self):
        self.cases, self.wrong = 0, 0

    def check(self, name, got, wanted):
        self.cases += 1
        if got != wanted:
            self.wrong += 1
            print(f"FAIL {name}\n  got    {got!r}\n  wanted {wanted!r}")


class Running:
    """A program with a file of its own."""

    def __init__(self, program, text, folder, name, ports):
        self.arguments, self.ports = [program, "-db", "-f", f"{folder}/{name}.cfg"], ports
        with open(f"{folder}/{name}.cfg", "w", encoding="ascii") as out:
            out.write(text)
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in self.ports:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if self.process.poll() is not None:
                        sys.exit(f"{' '.join(self.arguments)} did not start")
                    time.sleep(0.05)

    def end(self):
        self.process.terminate()
        self.process.wait(10)

    def restart(self):
        self.end()
        self.start()


def get(path, close=True, body=b""):
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: a.test\r\n"
    head += f"Content-Length: {len(body)}\r\n" if body else ""
    return head.encode() + (b"Connection: close\r\n" if close else b"") + b"\r\n" + body


def client(folder, port, *arguments, early=None, then=b"", resume=None, keep=None, alpn=None):
    """What openssl s_client prints: early words from `early`, later ones `then`; the session from `resume`, a new one to `keep`."""
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3", "-servername", "a.test", "-ign_eof", *arguments]
    if alpn:
        words += ["-alpn", alpn]
    if resume:
        words += ["-sess_in", f"{folder}/{resume}"]
    if keep:
        words += ["-sess_out", f"{folder}/{keep}"]
    if early is not None:
        with open(f"{folder}/early", "wb") as out:
            out.write(early)
        words += ["-early_data", f"{folder}/early"]
    done = subprocess.run(words, input=then, capture_output=True, timeout=20, check=False)
    return done.stdout.decode("latin-1")


def answers(text):
    """The bodies of ours, and whether early data was accepted."""
    found = re.search(r"Early data was (not sent|rejected|accepted)", text)
    return found[1] if found else None, re.findall(r"^(?:[01] [01] [01] [01] \d\.\d|early=.*|plain|[01])$", text.replace("\r", ""), re.M)


def new_session(folder, port, name, alpn=None):
    client(folder, port, keep=name, then=get("/facts"), alpn=alpn)


def towards_clients(check, folder, ports):
    port = ports["http"]
    for path, wanted in (("/facts", "1 1 1 1 1.1"), ("/wait/facts", "1 0 1 1 1.1")):
        new_session(folder, port, "s")
        check(f"{path} early, another behind it", answers(client(folder, port, early=get(path, False), then=get("/facts"), resume="s")),
              ("accepted", [wanted, "0 0 1 1 1.1"]))
        check(f"{path}, the same recording again", answers(client(folder, port, early=get(path, False), then=get("/facts"), resume="s"))[0], "rejected")
    new_session(folder, port, "s")
    check("early, closing", answers(client(folder, port, early=get("/facts"), resume="s")), ("accepted", ["1 1 1 1 1.1"]))
    new_session(folder, port, "s")
    half = get("/facts", False)
    check("a request of two halves", answers(client(folder, port, early=half[:20], then=half[20:-2] + b"Connection: close\r\n\r\n", resume="s"))[0], "accepted")
    new_session(folder, port, "s")
    check("no early words", answers(client(folder, port, then=get("/facts"), resume="s")), ("not sent", ["0 0 0 1 1.1"]))
    new_session(folder, ports["plain"], "s")
    check("not allowed", answers(client(folder, ports["plain"], early=get("/"), then=get("/"), resume="s"))[1], ["plain"])
    new_session(folder, ports["tcp"], "s")
    check("a relay waits", answers(client(folder, ports["tcp"], early=get("/facts"), resume="s")), ("accepted", ["plain"]))
    new_session(folder, ports["listed"], "s")
    check("allowed in a list", answers(client(folder, ports["listed"], early=get("/"), resume="s")), ("accepted", ["1"]))
    new_session(folder, port, "s", "h2")
    hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
    fields = b"\x82\x87\x04\x06/facts\x41\x06a.test"
    goaway = b"\0\0\x08\x07\0\0\0\0\0" + bytes(8)
    text = client(folder, port, early=hello + len(fields).to_bytes(3, "big") + b"\1\5\0\0\0\1" + fields, then=goaway, resume="s", alpn="h2")
    check("HTTP/2", ("Early data was accepted" in text, "0 0 1 1 2.0\n" in text), (True, True))


def towards_servers(check, folder, ports, origins):
    port = ports["http"]

    def ask(path, early, body=b""):
        """Through proxyd, as the client's first words or behind the handshake."""
        if not early:
            text = client(folder, port, then=get(path, body=body))
        else:
            new_session(folder, port, "c")
            text = client(folder, port, early=get(path, body=body), resume="c")
        status = re.search(r"^HTTP/1.1 (\d+)", text, re.M)
        return (status and status[1], *answers(text)[1])

    def renew(path):
        """So that there is a session towards the server, and no idle connection."""
        check(f"{path} at first", ask(path, False)[0], "200")
        time.sleep(0.1)

    def ask_resumed(path, early, body=b""):
        """An answer to early words may come, and its connection end, before the next session does: then the next time does not
        resume. Not twice."""
        renew(path)
        first = ask(path, early, body)
        return first if "early=1" in first[-1] else ask(path, early, body)

    for path, early, wanted in (("/early", True, "early=1 told=1 0"), ("/early", False, "early=0 told= 0"), ("/never", True, "early=0 told=1 0"),
                                ("/always", False, "early=1 told= 0"), ("/always", True, "early=1 told=1 0")):
        check(f"{path} {'early' if early else 'late'}", ask_resumed(path, early), ("200", wanted))
    check("with a body", ask_resumed("/always", False, b"x" * 5000), ("200", "early=1 told= 5000"))
    check("more than may be early", ask_resumed("/always", False, b"y" * 40000), ("200", "early=1 told= 40000"))
    renew("/always")
    origins[0].restart()
    check("the server knows the session no more", ask("/always", False, b"z" * 5000), ("200", "early=0 told= 5000"))
    renew("/cautious")
    check("425, asked again", ask("/cautious", False), ("200", "early=0 told= 0"))
    renew("/refusing")
    check("425 is the client's", ask("/refusing", True), ("425",))
    renew("/other")
    check("haproxy as the server", ask("/other", False, b"w" * 3000)[0], "200")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options = options.parse_args()
    if not os.access(options.reference, os.X_OK):
        print(f"{options.reference} is not installed")
        return 77
    failures = Failures()
    names = ("http", "clear", "tcp", "plain", "listed", "origin", "cautious", "other")
    ports = dict(zip(names, free_ports(len(names))))
    running = []
    with tempfile.TemporaryDirectory(prefix="tls-early-") as folder:
        make_certificate(folder, "a.pem", "a.test", "DNS:a.test")
        with open(f"{folder}/list", "w", encoding="ascii") as out:
            out.write(f"{folder}/a.pem [allow-0rtt]\n")
        try:
            for name, program, fetch, rules in (("origin", options.prog, "ssl_fc_early_rcvd", ""),
                                                ("cautious", options.prog, "ssl_fc_early_rcvd", "http-request deny deny_status 425 if { ssl_fc_early_rcvd }"),
                                                ("other", options.reference, "ssl_fc_has_early", "")):
                text = ORIGIN.format(port=ports[name], d=folder, fetch=fetch, rules="option httpclose\n  http-request wait-for-body time 2s\n  " + rules, more="")
                running.append(Running(program, text, folder, name, [ports[name]]))
            running.append(Running(options.prog, FRONT.format(d=folder, **ports), folder, "front", [ports["http"], ports["listed"]]))
            towards_clients(failures.check, folder, ports)
            towards_servers(failures.check, folder, ports, running)
        finally:
            for each in running:
                each.end()
    print(f"{failures.cases} cases, {failures.wrong} wrong")
    return 1 if failures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
