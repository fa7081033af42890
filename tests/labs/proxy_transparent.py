#!/usr/bin/env python3
"""Foreign addresses and namespaces: the proxy takes its client's address, listens where the client wanted to go, and opens
sockets in other namespaces. Proxy .77, web servers .78 and .79, client .80."""
import os
import subprocess
import time

from lab import PROGRAM, Lab, WebServer, check, wait

CONFIG = """global
  stats socket /run/lab.sock level admin
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
  retries 0
listen clientip
  bind 192.168.88.77:8001
  server web1 192.168.88.78:80 source 0.0.0.0 usesrc clientip
listen client
  bind 192.168.88.77:8002
  source 0.0.0.0 usesrc client
  server web1 192.168.88.78:80
listen header
  bind 192.168.88.77:8003
  server web1 192.168.88.78:80 source 192.168.88.77 usesrc hdr_ip(x-from)
listen fixed
  bind 192.168.88.77:8004
  server web1 192.168.88.78:80 source 0.0.0.0 usesrc 192.168.88.90
listen interface
  bind 192.168.88.77:8005 interface eth0
  server web1 192.168.88.78:80 source 0.0.0.0 interface eth0
listen everything
  bind 0.0.0.0:80 transparent
  option transparent
listen foreign
  bind 192.168.88.99:8006 transparent
  server web1 192.168.88.78:80
listen inside
  bind 127.0.0.1:8007 namespace client
  server web2 127.0.0.1:80 namespace web2
listen theirs
  bind 127.0.0.1:8008 namespace web2
  server web2 127.0.0.1:80 namespace *
listen own
  bind 192.168.88.77:8009
  server web1 192.168.88.78:80 namespace *
listen quick
  bind 192.168.88.77:8010 tfo
  server web1 192.168.88.78:80
listen quick-on
  bind 192.168.88.77:8011
  server quick 192.168.88.77:8010 tfo
"""

lab = Lab("ss")
proxy = lab.node("proxy", "192.168.88.77")
web1, web2 = (WebServer(lab.node(f"web{n}", f"192.168.88.{77 + n}"), f"Web{n}") for n in (1, 2))
client = lab.node("client", "192.168.88.80")

# What answers to foreign addresses must come back through the proxy, and stay in it.
for peer in (78, 80):
    subprocess.run(["ip", "-n", "proxy", "rule", "add", "from", f"192.168.88.{peer}", "iif", "eth0", "lookup", "100"], check=True)
for words in (["route", "add", "local", "0.0.0.0/0", "dev", "lo", "table", "100"],):
    subprocess.run(["ip", "-n", "proxy", *words], check=True)
for address in (80, 90, 91, 92):
    subprocess.run(["ip", "-n", "web1", "route", "add", f"192.168.88.{address}/32", "via", "192.168.88.77"], check=True)
for address in (78, 79, 99):
    subprocess.run(["ip", "-n", "client", "route", "add", f"192.168.88.{address}/32", "via", "192.168.88.77"], check=True)

# TCP fast open for those who ask for it, without cookies: as clients (1, 4) and as servers (2, 0x200).
for node in (proxy, client):
    node.run("sysctl", "-qw", f"net.ipv4.tcp_fastopen={1 | 2 | 4 | 0x200}")
path = os.path.join(lab.directory, "connecting.cfg")
with open(path, "w", encoding="utf-8") as out:
    out.write(CONFIG)
# With the lab's own /run, where the nodes' namespaces have their names.
log = open(os.path.join(lab.directory, "out"), "w+", encoding="utf-8")
process = subprocess.Popen(["ip", "netns", "exec", "proxy", PROGRAM, "-db", "-f", path], stdout=log, stderr=log)
wait(lambda: process.poll() is not None or ":8001" in proxy.run("ss", "-Hltn").stdout, 5, "it listens or ends")
log.seek(0)
check(process.poll() is None, "it starts", log.read())


def came_from(address):
    """Whether the web server saw that one last; its log may be a moment late."""
    end = time.monotonic() + 1
    while last() != address and time.monotonic() < end:
        time.sleep(0.02)
    return last() == address


def last():
    """Whom the web server saw last."""
    return (web1.seen() or [["nobody"]])[-1][0]


print("whose address")
check(client.curl("http://192.168.88.77:8001/") == "Web1\n" and came_from("192.168.88.80"), "usesrc clientip: the client's own", last())
check(client.curl("http://192.168.88.77:8002/", "--local-port", "20000") == "Web1\n" and came_from("192.168.88.80"), "usesrc client: with its port", last())
for address in ("192.168.88.91", "192.168.88.92"):
    got = client.curl("http://192.168.88.77:8003/", "-H", f"X-From: {address}")
    check(got == "Web1\n" and came_from(address), "usesrc hdr_ip: a header's", f"{got} {last()}")
two = client.run("curl", "-s", "-H", "X-From: 192.168.88.91", "http://192.168.88.77:8003/", "--next", "-s", "-H", "X-From: 192.168.88.92",
                 "http://192.168.88.77:8003/").stdout
check(two == "Web1\nWeb1\n" and [each[0] for each in web1.seen()[-2:]] == ["192.168.88.91", "192.168.88.92"],
      "on one client connection each address gets a connection of its own", str(web1.seen()[-2:]))
check(client.curl("http://192.168.88.77:8003/", "-o", "/dev/null", "-w", "%{http_code}") == "500", "and 500 without the header")
check(client.curl("http://192.168.88.77:8004/") == "Web1\n" and came_from("192.168.88.90"), "usesrc with an address", last())
check(client.curl("http://192.168.88.77:8005/") == "Web1\n" and came_from("192.168.88.77"), "an interface", last())

print("whose destination")
check(client.curl("http://192.168.88.78/") == "Web1\n" and came_from("192.168.88.77"), "option transparent: where the client wanted to go", last())
check(client.curl("http://192.168.88.79/") == "Web2\n", "the other one, too")
check(client.curl("http://192.168.88.99:8006/") == "Web1\n", "bind transparent: an address of nobody")

print("namespaces")
check(client.curl("http://127.0.0.1:8007/") == "Web2\n", "listening in one, connecting in another")
check("8007" not in proxy.run("ss", "-Hltn").stdout, "and not in the proxy's own")
check(web2.node.curl("http://127.0.0.1:8008/") == "Web2\n", "namespace *: connecting in the client's own")
check(client.curl("http://192.168.88.77:8009/") == "Web1\n" and came_from("192.168.88.77"), "and in ours for who came to us", last())

print("TCP fast open")


def fast_opens(node, counter):
    names, values = [line.split() for line in node.run("cat", "/proc/net/netstat").stdout.splitlines() if line.startswith("TcpExt:")]
    return int(values[names.index(counter)])


check(client.curl("http://192.168.88.77:8010/", "--tcp-fastopen") == "Web1\n" and fast_opens(proxy, "TCPFastOpenPassive") == 1,
      "bind tfo: a request comes with its SYN", str(fast_opens(proxy, "TCPFastOpenPassive")))
check(client.curl("http://192.168.88.77:8001/", "--tcp-fastopen") == "Web1\n" and fast_opens(proxy, "TCPFastOpenPassive") == 1, "not without it")
check(client.curl("http://192.168.88.77:8011/") == "Web1\n" and fast_opens(proxy, "TCPFastOpenActive") == 1, "server tfo: ours goes out so",
      str(fast_opens(proxy, "TCPFastOpenActive")))
bad = os.path.join(lab.directory, "bad.cfg")
with open(bad, "w", encoding="utf-8") as out:
    out.write(CONFIG.replace("namespace web2", "namespace web3"))
refused = subprocess.run(["ip", "netns", "exec", "proxy", PROGRAM, "-c", "-f", bad], capture_output=True, text=True)
check(refused.returncode == 1 and "Cannot open namespace 'web3'" in refused.stderr, "a namespace that is none is refused by name", refused.stderr)
with open(bad, "w", encoding="utf-8") as out:
    out.write(CONFIG.replace("global\n", "global\n  user nobody\n"))
refused = subprocess.run(["ip", "netns", "exec", "proxy", PROGRAM, "-db", "-f", bad], capture_output=True, text=True, timeout=20)
check(refused.returncode == 1 and "require full privileges" in refused.stderr, "so is a user who may not do all that", refused.stderr)

process.terminate()
process.wait(10)
