#!/usr/bin/env python3
"""Four threads speak TLS and HTTP/2 on both sides while all that they share changes: certificates and authorities are replaced, lists of
certificates grow and shrink, ticket keys rotate, OCSP answers come, servers go and return, sessions are ended.

  tls_threads_under_load.py [--prog PROXYD] [--seconds N]

Every handshake ends with one of the certificates that its name may have, no honest request fails, the program lives and ends when it is
told to. With a build for it (configure --enable-sanitizers=thread) a race ends it with a report.
"""
import argparse
import asyncio
import base64
import contextlib
import os
import random
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from ports import free_ports
from threads_under_load import Runtime, start
from tls_side_by_side import make_certificate

CONFIG = """global
  stats socket {dir}/api.sock level admin
  nbthread 4
  maxconn 2000
  tune.ssl.cachesize 200
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  option httplog
  log 127.0.0.1:{sink} local0
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:{port} ssl crt {dir}/default.pem crt-list {dir}/list tls-ticket-keys {dir}/keys alpn h2,http/1.1 allow-0rtt
  log-format "%ci %sslv %sslc %[ssl_fc_sni] %[ssl_fc_is_resumed] %HU"
  http-response set-header X-Cert %[ssl_f_s_dn(cn)]
  use_backend old if {{ path_beg /old }}
  default_backend new
backend new
  http-reuse always
  server s1 127.0.0.1:{back} ssl crt {dir}/client.pem ca-file {dir}/ca.pem verify required verifyhost back.test sni str(back.test) alpn h2,http/1.1 check check-ssl inter 100ms
  server s2 127.0.0.1:{back} ssl verify none alpn h2 check inter 150ms
backend old
  server s1 127.0.0.1:{back} ssl ca-file {dir}/ca.pem verify required verifyhost back.test alpn http/1.1
frontend back
  bind 127.0.0.1:{back} ssl crt {dir}/back.pem ca-file {dir}/ca.pem verify optional alpn h2,http/1.1
  http-request return status 200 content-type text/plain lf-string "%[path] %[ssl_c_used]"
"""
COMMANDS = [
    "set ssl cert {dir}/default.pem <<\n{default};commit ssl cert {dir}/default.pem", "set ssl cert {dir}/a.pem <<\n{a};commit ssl cert {dir}/a.pem",
    "set ssl cert {dir}/back.pem <<\n{back};commit ssl cert {dir}/back.pem", "set ssl cert {dir}/client.pem <<\n{client};commit ssl cert {dir}/client.pem",
    "set ssl cert {dir}/a.pem <<\n{a};abort ssl cert {dir}/a.pem", "set ssl ca-file {dir}/ca.pem <<\n{ca};commit ssl ca-file {dir}/ca.pem",
    "new ssl cert {dir}/more.pem;set ssl cert {dir}/more.pem <<\n{b};commit ssl cert {dir}/more.pem;add ssl crt-list {dir}/list {dir}/more.pem;"
    "del ssl crt-list {dir}/list {dir}/more.pem;del ssl cert {dir}/more.pem",
    "set ssl tls-key {dir}/keys {key}", "show ssl cert;show ssl cert {dir}/a.pem;show ssl crt-list {dir}/list;show ssl ca-file;show ssl sni",
    "show stat;show info;show sess;show servers state;show tls-keys", "disable server new/s2;enable server new/s2",
    "set server new/s1 state drain;set server new/s1 state ready", "shutdown sessions server new/s2", "set server new/s2 ssl on;set server new/s1 weight 50",
]
NAMES = {"a.test": {"a.test"}, "b.test": {"b.test"}, "other.test": {"default.test"}}


def payload_commands(text):
    """Commands of a line of COMMANDS; a payload goes with its own."""
    return re.split(r";(?=[a-z])", text)


def change(runtime, facts, end, seed, counts):
    dice = random.Random(seed)
    mine = [each for each in COMMANDS if seed == 0 or "more.pem" not in each]  # one of them adds and takes away
    with contextlib.suppress(OSError):  # it has ended: its exit code says why
        while time.monotonic() < end:
            key = base64.b64encode(dice.randbytes(48)).decode()
            for each in payload_commands(dice.choice(mine).format(key=key, **facts)):
                runtime.ask(each + ("\n" if "<<" in each else ""))
                counts["changes"] += 1


async def handshakes(port, end, dice, seen):
    """New connections with names, versions and tickets of before, HTTP/1.1 or HTTP/2 by ALPN; a request on those of HTTP/1.1."""
    contexts = {}
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["http/1.1"])
        contexts[version] = context
    while time.monotonic() < end:
        name, path = dice.choice(sorted(NAMES)), dice.choice(["/new", "/old"])
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=contexts[dice.choice(sorted(contexts))], server_hostname=name)
            for _ in range(dice.randrange(1, 5)):
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
                head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).decode()
                body = await reader.readexactly(int(re.search(r"content-length: (\d+)", head, re.I)[1]))
                common = (re.search(r"x-cert: (\S+)", head, re.I) or [None, ""])[1]
                what = (head[9:12], "right" if common in NAMES[name] or head[9] == "5" else f"{name} was shown {common}", body.decode().split(" ")[0] if head[9] == "2" else "")
                seen[what] = seen.get(what, 0) + 1
            writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as fault:
            what = ("", f"{type(fault).__name__}: {fault}", "")
            seen[what] = seen.get(what, 0) + 1


async def all_handshakes(port, end, seen):
    await asyncio.gather(*(handshakes(port, end, random.Random(at), seen) for at in range(8)))


def judge(seen, h2load):
    wrong = [f"{count} times {what}" for what, count in seen.items() if what[1] != "right"]
    total, ended = sum(seen.values()), sum(count for what, count in seen.items() if what[0].startswith("5"))
    # A server may be away for a moment, and sessions are ended by a command.
    if total < 50 or ended * 4 > total:
        wrong.append(f"{ended} of {total} requests were ended")
    done = re.search(r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", h2load)
    if not done or int(done[2]) < 100 or int(done[5]) * 4 > int(done[2]):
        wrong.append(f"h2load: {h2load[-1500:]}")
    return total, wrong, int(done[2]) if done else 0


def run(program, folder, seconds):
    port, back, sink = free_ports(3)
    with open(f"{folder}/t.cfg", "w", encoding="ascii") as file:
        file.write(CONFIG.format(dir=folder, port=port, back=back, sink=sink))
    daemon = start(os.path.abspath(program), folder, port)
    runtime, seen, counts = Runtime(folder), {}, {"changes": 0}
    facts = {"dir": folder, **{name: open(f"{folder}/{name}.pem", encoding="ascii").read().strip() for name in ("default", "a", "b", "back", "client", "ca")}}
    end = time.monotonic() + seconds
    changers = [threading.Thread(target=change, args=(runtime, facts, end, at, counts)) for at in range(2)]
    load = subprocess.Popen(["h2load", "-c", "16", "-m", "8", "-t", "2", "-D", str(max(1, int(seconds))), f"https://127.0.0.1:{port}/new"], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    for each in changers:
        each.start()
    asyncio.run(all_handshakes(port, end, seen))
    for each in changers:
        each.join()
    try:
        said = load.communicate(timeout=60)[0]
    except subprocess.TimeoutExpired:
        load.kill()
        said = load.communicate()[0] + "h2load did not end"
    total, wrong, streams = judge(seen, said)
    alive = daemon.poll() is None
    daemon.send_signal(signal.SIGTERM)
    try:
        code = daemon.wait(timeout=30)
    except subprocess.TimeoutExpired:
        daemon.kill()
        code = "none: it did not end"
    with open(f"{folder}/stderr", encoding="utf-8", errors="replace") as file:
        said = file.read()
    if not alive or code not in (0, 143, -signal.SIGTERM) or "Sanitizer" in said:
        wrong.append(f"exit code {code}, {'lived' if alive else 'ended by itself'}\n{said[:6000]}")
    print(f"{total} requests over HTTP/1.1 and {streams} over HTTP/2, {counts['changes']} changes, {len(wrong)} complaints")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    parser.add_argument("--seconds", type=float, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tls-threads.") as folder:
        make_certificate(folder, "ca.pem", "authority")
        for name in ("default", "a", "b"):
            make_certificate(folder, f"{name}.pem", f"{name}.test", key="ec")
        for name in ("back", "client"):
            make_certificate(folder, f"{name}.pem", f"{name}.test", ca="ca.pem")
        with open(f"{folder}/list", "w", encoding="ascii") as file:
            file.write(f"{folder}/a.pem [ssl-min-ver TLSv1.2]\n{folder}/b.pem b.test\n")
        with open(f"{folder}/keys", "w", encoding="ascii") as file:
            file.writelines(base64.b64encode(bytes([n]) * 48).decode() + "\n" for n in (1, 2, 3))
        wrong = run(args.prog, folder, args.seconds)
    for each in wrong:
        print(f"FAIL {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
