#!/usr/bin/env python3
"""What `explain` says is what happens: generated requests are explained by the runtime command of a running proxyd and then
really sent to it; backend, server, status and the headers that rules make must be the same.

  explain_twin.py [--prog PROXYD] [--requests 2000] [--seed N]

Exits 0, 1 for differences.
"""
import argparse
import dataclasses
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_ports

CONFIG = """global
  nbthread 1
  stats socket {folder}/socket level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  timeout queue 2s
frontend web
  bind 127.0.0.1:{web}
  option forwardfor
  acl api path_beg /api
  acl old path_reg ^/old/[0-9]+
  acl office src 127.0.0.8/29
  acl shop hdr(host) -i shop.example.org www.shop.example.org
  acl mobile hdr_sub(user-agent) -i phone
  acl post method POST PUT
  tcp-request content set-var(txn.from) src,ipmask(30)
  http-request set-var(txn.made) path,lower,crc32
  http-request set-var(txn.kind) str(api) if api
  http-request set-var(txn.kind) str(shop) if shop !api
  http-request set-header X-Kind %[var(txn.kind)]-%[req.hdr(host),lower] if api or shop
  capture request header Host len 12
  unique-id-format %[path,crc32,hex]
  unique-id-header X-Id
  http-request reject if old !office
  http-request return status 201 hdr X-Made %[capture.req.hdr(0)] if shop post {{ path_beg /a/ }}
  http-request deny if {{ path_beg /x }} {{ method OPTIONS }}
  redirect prefix http://other.test code 303 if mobile shop
  http-response set-header X-Timer %[cur_server_timeout]
  http-response set-header X-Made %[capture.req.hdr(0)]-%[unique-id]-%[var(txn.made)]-%[var(txn.from)]-%[var(txn.kind)]
  http-response set-header X-Office yes if {{ var(txn.from) -m ip 127.0.0.8/29 }}
  http-after-response set-header X-Way %b-%s
  use_backend bk_%[path,field(3,/)] if api {{ path_beg /api/b }}
  use_backend rotate if mobile
  use_backend sticky if shop !post
  use_backend least if post || office
  use_backend none if {{ url_param(x) -m int gt 7 }}
  default_backend hashed
backend hashed
  balance uri whole
  hash-type consistent
  http-request set-timeout server 1500ms if {{ path_beg /old }}
{servers}
backend rotate
  option http-restrict-req-hdr-names reject
  balance roundrobin
  use-server s3 if {{ req.hdr(x_kind) -m found }}
  use-server s%[path,length] if {{ path_beg /a }} !{{ path_beg /api }}
{weighted}
backend sticky
  cookie SRV insert indirect nocache
  ignore-persist if {{ path_beg /api }}
  force-persist if {{ path_beg /old }}
  use-server s2 if {{ path /A }}
  balance hdr(x-user)
{servers}
backend least
  balance leastconn
{servers}
backend none
backend bk_one
  http-request set-var(txn.made) req.hdr(x-kind)
  balance source
{servers}
"""
RELAY = """frontend relay
  mode tcp
  bind 127.0.0.1:{relay}
  tcp-request session reject if {{ src 127.0.0.2 }}
  tcp-request content reject if {{ src 127.0.0.3 }}
  use_backend relay_first if {{ src 127.0.0.4/30 }}
  default_backend relay_hashed
backend relay_first
  mode tcp
  balance first
  use-server s3 if {{ src 127.0.0.5 }}
{servers}
backend relay_hashed
  mode tcp
  balance source
  tcp-request content reject if {{ src 127.0.0.19 }}
{servers}
"""
ORIGIN = """frontend origin{number}
  bind 127.0.0.1:{port}
  errorfile 503 {folder}/origin{number}.http
"""
HOSTS = ("shop.example.org", "WWW.shop.example.org", "example.org", "other.test:8080", "h")
AGENTS = ("curl/8", "a-Phone/1", "PHONE", "x")
PATHS = ("/", "/api", "/api/b/one", "/api/b/one/more", "/api/b/gone", "/old/12", "/old/x", "/a/b/c", "/A", "/x%41", "/shop")
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE")


def draw_request(draw):
    fields = [("Host", draw.choice(HOSTS))]
    if draw.random() < 0.5:
        fields.append(("User-Agent", draw.choice(AGENTS)))
    if draw.random() < 0.5:
        fields.append(("X-User", f"u{draw.randrange(50)}"))
    if draw.random() < 0.2:
        fields.append((draw.choice(("X_Kind", "X-Odd", "x!y")), "1"))
    if draw.random() < 0.4:
        fields.append(("Cookie", f"a=b;SRV={draw.choice(('s1', 's2', 's3', 's4', 'nobody'))}"))
    path = draw.choice(PATHS) + draw.choice(("", "", f"?x={draw.randrange(12)}", f"?y={draw.randrange(1000)}"))
    return draw.choice(METHODS), path, fields, f"127.0.0.{draw.randrange(2, 20)}"


def explain(folder, port, request):
    method, path, fields, source = request
    words = ["explain", method, path, "--src", source, "--dst", f"127.0.0.1:{port}"]
    for name, value in fields:
        words += ["-H", f"{name}:{value}".replace(";", "\\;")]
    with socket.socket(socket.AF_UNIX) as talk:
        talk.settimeout(10)
        talk.connect(f"{folder}/socket")
        talk.sendall(" ".join(words).encode() + b"\n")
        text = b""
        while piece := talk.recv(65536):
            text += piece
    return text.decode()


@dataclasses.dataclass
class Answer:
    """What a client gets: nothing but the end of its connection, or a status, the headers that rules made, and from whom."""
    status: int = 0
    made: tuple = ()
    origin: str = ""

    def way(self):
        return next((line for line in self.made if line.startswith("x-way")), str(self.status)) + (self.origin and f" s{self.origin}")


MADE = re.compile(r"\s*(x-made|x-office|x-way|x-timer|location|set-cookie)\s*:", re.I)


def read_head(text):
    status = re.match(r"\s*HTTP/1\.\d (\d+)", text)
    return int(status.group(1)), tuple(sorted(line.strip().lower() for line in text.splitlines() if MADE.match(line)))


def told(text):
    server = re.search(r"^server s(\d) ", text, re.M)
    origin = server.group(1) if server else ""
    if "none: the connection ends" in text:
        return Answer()
    head = re.search(r"^answer[^\n]*\n((?:    .*\n)+)", text, re.M)
    return Answer(*read_head(head.group(1)), origin) if head else Answer(200, (), origin)


def timers_agree(text, answer):
    """The timer that the answer's header tells is the one that is explained."""
    timer = next((line.split()[1] for line in answer.made if line.startswith("x-timer")), None)
    return timer is None or f" server {timer} ms" in text


def really(port, request):
    method, path, fields, source = request
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    with socket.socket() as talk:
        talk.settimeout(10)
        talk.bind((source, 0))
        talk.connect(("127.0.0.1", port))
        text = b""
        try:
            talk.sendall((head + "Connection: close\r\n\r\n").encode())
            while piece := talk.recv(65536):
                text += piece
        except (ConnectionResetError, BrokenPipeError):
            pass  # a rejected connection may end so
    if not text:
        return Answer()
    head = text.decode("latin-1").partition("\r\n\r\n")[0]
    origin = re.search(r"^X-Origin: (\d)", head, re.M | re.I)
    return Answer(*read_head(head), origin.group(1) if origin else "")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED", random.randrange(10**6))))
    options = options.parse_args()
    print(f"seed {options.seed}")
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="explain-") as folder:
        web, relay, *origins = free_ports(6)
        servers = "".join(f"  server s{i} 127.0.0.1:{port} cookie s{i}\n" for i, port in enumerate(origins, 1))
        weighted = "".join(f"  server s{i} 127.0.0.1:{port} weight {i}\n" for i, port in enumerate(origins, 1))
        text = CONFIG.format(folder=folder, web=web, servers=servers, weighted=weighted) + RELAY.format(relay=relay, servers=re.sub(" cookie .*", "", servers))
        for number, port in enumerate(origins, 1):
            text += ORIGIN.format(folder=folder, port=port, number=number)
            with open(f"{folder}/origin{number}.http", "w", encoding="ascii", newline="") as page:
                page.write(f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Origin: {number}\r\n\r\n")
        with open(f"{folder}/t.cfg", "w", encoding="ascii") as file:
            file.write(text)
        daemon = subprocess.Popen([options.prog, "-db", "-f", f"{folder}/t.cfg"])
        try:
            for _ in range(100):
                if os.path.exists(f"{folder}/socket") or daemon.poll() is not None:
                    break
                time.sleep(0.05)
            differ = 0
            seen = {}
            for _ in range(options.requests):
                request = draw_request(draw)
                port = relay if draw.random() < 0.15 else web
                text = explain(folder, port, request)
                explained, answer = told(text), really(port, request)
                way = answer.way()
                seen[way] = seen.get(way, 0) + 1
                if explained == answer and timers_agree(text, answer):
                    continue
                differ += 1
                if differ <= 5:
                    print(f"DIFFERS {request}\n  explained {explained}\n  was       {answer}\n{text}")
        finally:
            daemon.terminate()
            daemon.wait(10)
    for way, count in sorted(seen.items(), key=str):
        print(f"  {count:6} {way}")
    print(f"{options.requests} requests, {differ} differ")
    return 1 if differ or len(seen) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
