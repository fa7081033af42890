#!/usr/bin/env python3
"""A browser opens the statistics page of the notes' webservers-status.cfg: what a person sees, not only what is sent."""
import os
import re
import struct
import time

from lab import NOTES, STATISTICS_GROUPS, Lab, Proxy, WebServer, check

lab = Lab("chromium", "socat", "ss")
node = lab.node("proxy", "192.168.88.77")
webs = [WebServer(lab.node(f"web{n}", f"192.168.88.{77 + n}"), f"Web{n}") for n in (1, 2)]
client = lab.node("client", "192.168.88.80")
proxy = Proxy(node, os.path.join(NOTES, "webservers-status.cfg"))
for _ in range(3):
    client.curl("http://192.168.88.77/")
PAGE = "http://admin:admin@192.168.88.77:8080/status"
shot = os.path.join(client.home, "page.png")


def browse(*options):
    home = os.path.join(client.home, f"profile{time.monotonic_ns()}")
    return client.run("env", f"HOME={home}", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                      "--disable-background-networking", "--no-first-run", f"--user-data-dir={home}", "--window-size=1400,900",
                      "--virtual-time-budget=2000", *options, PAGE, timeout=90)


seen = browse("--dump-dom").stdout
check("Statistics Report" in seen, "the page opens with the password in its address", seen[:500])
for group in STATISTICS_GROUPS:
    check(re.search(rf"<th[^>]*>{group}</th>", seen), f"the browser has the columns {group}")
for name in ("webservers/Frontend", "webservers/web1", "webservers/web2", "webservers/Backend", "status/Frontend"):
    check(f'name="{name}"' in seen, f"and a row {name}")
check(len(re.findall(r"\d+[smh]\d* UP|\bUP\b", seen)) >= 2, "which says that the servers are up")
browse(f"--screenshot={shot}")
with open(shot, "rb") as picture:
    data = picture.read()
width, height = struct.unpack(">II", data[16:24])
check(data.startswith(b"\x89PNG") and (width, height) == (1400, 900) and len(data) > 20000, "and it is drawn, in colours",
      f"{width}x{height}, {len(data)} bytes")
keep = os.environ.get("TRIAD_SCREENSHOT")
if keep:
    with open(keep, "wb") as out:
        out.write(data)
proxy.stop()
