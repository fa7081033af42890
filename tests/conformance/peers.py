#!/usr/bin/env python3
"""Other people's servers behind proxyd: nginx and nghttpd with HTTP/2, openssl's s_server with odd versions, ciphers and groups.

  peers.py [--prog PROXYD]

Each server is asked by a client of HTTP/1 and one of HTTP/2, and checked. Exits 0, 1 for failures, 77 where a program is missing.
"""
import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from h2_stage import free_ports

LARGE = os.urandom(3_000_000)
SMALL = b"a page\n"
CONNECT = "ssl verify none"
# what openssl's server is told, and whether that can work at all
ODD = [("-tls1_2", True), ("-tls1_3", True), ("-tls1_2 -cipher ECDHE-RSA-AES128-SHA", True), ("-tls1_2 -cipher AES128-GCM-SHA256", True),
       ("-tls1_2 -cipher DHE-RSA-AES256-GCM-SHA384", True), ("-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305", True),
       ("-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", True), ("-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", True), ("-groups P-521", True),
       ("-groups X448", True), ("-tls1_3 -groups P-384", True), ("-no_ticket", True), ("-num_tickets 0", True), ("-tls1_3 -num_tickets 5", True),
       ("-serverpref -no_etm", True), ("-max_send_frag 512", True), ("-Verify 1 -verify_return_error -CAfile {d}/c", False)]


def start_servers(folder, ports, running):
    """Returns what each listens to, with the options of its "server" line."""
    site = f"{folder}/site"
    nginx_tls, nginx_clear, daemon_tls, daemon_clear = ports[:4]
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as file:
        file.write(f"""daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 100; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{nginx_tls} ssl http2;
    listen 127.0.0.1:{nginx_clear} http2;
    ssl_certificate {folder}/c; ssl_certificate_key {folder}/k;
    root {site};
  }}
}}
""")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL, "cwd": site}
    running.append(subprocess.Popen(["nginx", "-p", folder, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/nginx.log"], **quiet))
    running.append(subprocess.Popen(["nghttpd", "-a", "127.0.0.1", "-d", site, str(daemon_tls), f"{folder}/k", f"{folder}/c"], **quiet))
    running.append(subprocess.Popen(["nghttpd", "-a", "127.0.0.1", "-d", site, "--no-tls", str(daemon_clear)], **quiet))
    servers = [("nginx, TLS, HTTP/2", nginx_tls, f"{CONNECT} alpn h2"), ("nginx, TLS, either", nginx_tls, f"{CONNECT} alpn h2,http/1.1"),
               ("nginx, TLS, HTTP/1", nginx_tls, CONNECT), ("nginx, clear, HTTP/2", nginx_clear, "proto h2"),
               ("nghttpd, TLS", daemon_tls, f"{CONNECT} alpn h2"), ("nghttpd, clear", daemon_clear, "proto h2")]
    servers = [each + (True,) for each in servers]
    for port, (words, works) in zip(ports[4:], ODD):
        command = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-cert", f"{folder}/c", "-key", f"{folder}/k", "-WWW"]
        running.append(subprocess.Popen(command + words.format(d=folder).split(), **quiet))
        servers.append((f"openssl {words}", port, f"{CONNECT} ciphers ALL:@SECLEVEL=1", works))
    return servers


def wait_open(port, process=None):
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process is not None and process.poll() is not None:
                break
            time.sleep(0.05)
    return sys.exit(f"nothing listens on {port}")


def fetch(port, words, path="/small"):
    run = subprocess.run(["curl", "-s", "-k", "-m", "5", "-w", "%{stderr}%{http_code} %{http_version}", *words, f"http://127.0.0.1:{port}{path}"],
                         capture_output=True, timeout=20, check=False)
    return run.stderr.decode(), run.stdout


def digest(data):
    return hashlib.sha256(data).hexdigest()


def ask(name, port, works, fail):
    """One server through proxyd: by HTTP/1 and HTTP/2, small, large, missing."""
    is_odd = name.startswith("openssl")  # which speaks HTTP/1.0 and knows two answers
    for version, words in (("1" if is_odd else "1.1", []), ("2", ["--http2-prior-knowledge"])):
        said, body = fetch(port, words)
        if not works:
            if not said.startswith("50"):
                fail(name, version, "small", said)
            continue
        if said != f"200 {version}" or body != SMALL:
            fail(name, version, "small", said, body[:60])
        said, body = fetch(port, words, "/large")
        if said != f"200 {version}" or digest(body) != digest(LARGE):
            fail(name, version, "large", said, len(body))
        if is_odd:
            continue
        for path, more, wanted in (("/missing", [], f"404 {version}"), ("/small", ["-I"], f"200 {version}")):
            said, _ = fetch(port, words + more, path)
            if said != wanted:
                fail(name, version, path, more, said)


def command(path, words):
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(path)
        talk.sendall(words.encode() + b"\n")
        text = b""
        while piece := talk.recv(65536):
            text += piece
    return text.decode()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options = options.parse_args()
    for program in ("nginx", "nghttpd", "openssl", "curl"):
        if shutil.which(program) is None:
            print(f"{program} is not installed")
            return 77
    failures, running = [], []

    def fail(*what):
        failures.append(what)
        print("FAIL", *what)

    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        os.chmod(folder, 0o755)  # nginx's worker is another user
        os.mkdir(f"{folder}/site")
        for name, data in (("small", SMALL), ("large", LARGE)):
            with open(f"{folder}/site/{name}", "wb") as file:
                file.write(data)
        subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=a.test", "-keyout", f"{folder}/k", "-out", f"{folder}/c",
                        "-days", "30"], check=True, stderr=subprocess.DEVNULL)
        ports = free_ports(4 + len(ODD) + 6 + len(ODD))
        backs, fronts = ports[:4 + len(ODD)], ports[4 + len(ODD):]
        try:
            servers = start_servers(folder, backs, running)
            text = (f"global\n  nbthread 1\n  stats socket {folder}/sock level admin\ndefaults\n  mode http\n  retries 0\n  timeout connect 2s\n"
                    "  timeout client 5s\n  timeout server 5s\n  timeout check 1s\n  default-server inter 500ms fall 1 rise 1\n")
            for (name, port, words, works), front in zip(servers, fronts):
                # s_server serves one connection at a time: a check beside it would be in its way
                check = "" if name.startswith("openssl") else "check"
                text += f"listen l{front}\n  bind 127.0.0.1:{front}\n  option httpchk GET /small HTTP/1.1 a.test\n  server s 127.0.0.1:{port} {words} {check}\n"
            with open(f"{folder}/cfg", "w", encoding="ascii") as file:
                file.write(text)
            for port in backs[:4]:
                wait_open(port)
            daemon = subprocess.Popen([options.prog, "-db", "-f", f"{folder}/cfg"], stdout=subprocess.DEVNULL)
            running.append(daemon)
            wait_open(fronts[-1], daemon)
            for (name, _, _, works), front in zip(servers, fronts):
                ask(name, front, works, fail)
            state = command(f"{folder}/sock", "show stat")
            for (name, *_), front in zip(servers, fronts):
                row = next(line for line in state.splitlines() if line.startswith(f"l{front},s,"))
                if not name.startswith("openssl") and (",UP," not in row or "L7OK" not in row):
                    fail(name, "check", row)
        finally:
            for each in reversed(running):
                each.terminate()
            for each in running:
                each.wait(10)
    print(f"{6 + len(ODD)} servers, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
