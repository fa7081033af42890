#!/usr/bin/env python3
"""What `explain` says is what happens: generated requests are explained by the runtime command of a running proxyd and then
really sent to it; backend, server, status and the headers that rules make must be the same.

  explain_twin.py [--prog PROXYD] [--requests 2000] [--seed N]

Exits 0, 1 for differences.
"""
import argparse
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
  http-request reject if old !office
  http-response set-header X-Made %[var(txn.made)]-%[var(txn.from)]-%[var(txn.kind)]
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
{servers}
backend rotate
  balance roundrobin
{weighted}
backend sticky
  cookie SRV insert indirect nocache
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


def told(text):
    """(status, headers that rules made) as explain's text has them; None: closed without an answer."""
    if "none: the connection ends" in text:
        return None
    plain = re.search(r"^answer\n    (\d+): ", text, re.M)
    if plain:
        return int(plain.group(1)), None
    head = re.search(r"^answer[^\n]*\n    HTTP/1\.\d (\d+)[^\n]*\n((?:    .*\n)*)", text, re.M)
    if head is None:
        return "?", text
    return int(head.group(1)), made_headers(head.group(2))


def made_headers(text):
    return sorted(line.strip().lower() for line in text.splitlines() if re.match(r"\s*(x-made|x-office|x-way|set-cookie)\s*:", line, re.I))


def really(port, request):
    method, path, fields, source = request
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    with socket.socket() as talk:
        talk.settimeout(10)
        talk.bind((source, 0))
        talk.connect(("127.0.0.1", port))
        talk.sendall((head + "Connection: close\r\n\r\n").encode())
        text = b""
        try:
            while piece := talk.recv(65536):
                text += piece
        except ConnectionResetError:
            pass  # a rejected connection may end so
    if not text:
        return None
    head = text.decode("latin-1").partition("\r\n\r\n")[0]
    status = int(head.split(" ", 2)[1])
    return status, made_headers(head)


def agree(explained, answer):
    if explained is None or answer is None:
        return explained == answer
    return explained[0] == answer[0] and explained[1] in (None, answer[1])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--seed", type=int, default=int(os.environ.get("SEED", random.randrange(10**6))))
    options = options.parse_args()
    print(f"seed {options.seed}")
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="explain-") as folder:
        web, *origins = free_ports(5)
        servers = "".join(f"  server s{i} 127.0.0.1:{port} cookie s{i}\n" for i, port in enumerate(origins, 1))
        weighted = "".join(f"  server s{i} 127.0.0.1:{port} weight {i}\n" for i, port in enumerate(origins, 1))
        text = CONFIG.format(folder=folder, web=web, servers=servers, weighted=weighted)
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
                text = explain(folder, web, request)
                explained, answer = told(text), really(web, request)
                way = answer and next((line for line in answer[1] if line.startswith("x-way")), answer[0])
                seen[way] = seen.get(way, 0) + 1
                if agree(explained, answer):
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
