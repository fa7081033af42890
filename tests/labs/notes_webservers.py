#!/usr/bin/env python3
"""The notes' webservers-status.cfg, unchanged: proxy .77, web servers .78 and .79, client .80."""
import os
import re
import time

from lab import NOTES, Lab, Proxy, WebServer, check, check_status_page, wait

lab = Lab("socat", "ss")
proxy_node = lab.node("proxy", "192.168.88.77")
web1, web2 = (WebServer(lab.node(f"web{n}", f"192.168.88.{77 + n}"), f"Web{n}") for n in (1, 2))
client = lab.node("client", "192.168.88.80")
URL = "http://192.168.88.77/"


def six():
    return [client.curl(URL).strip() for _ in range(6)]


def alternates(answers):
    return len(answers) == 6 and set(answers) == {"Web1", "Web2"} and all(a != b for a, b in zip(answers, answers[1:]))


print("several threads")
proxy = Proxy(proxy_node, lab.variant("webservers-status.cfg", (r"^global$", "global\n    nbthread 4")))
answers = six()
check(alternates(answers), "six curls meet the servers in turn with nbthread 4", str(answers))
answers = six() + six()
check(alternates(answers[:6]) and alternates(answers[6:]), "and twelve more", str(answers))
proxy.stop()

print("the file as it stands")
proxy = Proxy(proxy_node, os.path.join(NOTES, "webservers-status.cfg"))
answers = six()
check(answers == ["Web1", "Web2"] * 3, "six curls answer Web1 Web2 Web1 Web2 Web1 Web2", str(answers))
with open(os.path.join(proxy_node.home, "run", "haproxy.pid"), encoding="ascii") as text:
    pid = int(text.read())
check(f"Pid: {pid}\n" in proxy_node.socket("show info"), "the pid file names the process")
status = open(f"/proc/{pid}/status", encoding="ascii").read()
uid = int(re.search(r"^Uid:\s+(\d+)", status, re.M).group(1))
check(uid != 0, "it runs as user haproxy")
check(os.readlink(f"/proc/{pid}/root") == "/var/lib/haproxy", "in /var/lib/haproxy", os.readlink(f"/proc/{pid}/root"))

print("fields")
check(web1.seen()[-1][1] == "192.168.88.80", "X-Forwarded-For carries the client", str(web1.seen()[-1]))
local = proxy_node.curl("http://127.0.0.1/") + proxy_node.curl("http://127.0.0.1/")
check("Web1" in local and web1.seen()[-1][1] == "-" and web2.seen()[-1][1] == "-",
      "but not a client in 127.0.0.0/8", str((web1.seen()[-1], web2.seen()[-1])))

print("logs")
line = wait(lambda: [text for text in proxy.lines() if "192.168.88.80:" in text], 3, "a line for the client's requests")[0]
check(re.match(r"<150>\w{3} [ \d]\d \d\d:\d\d:\d\d (haproxy|proxyd)\[\d+\]: 192\.168\.88\.80:\d+ \[\d\d/\w{3}/\d{4}:[\d:.]+\] webservers "
               r"webservers/web1 \d+/0/\d+/\d+/\d+ 200 \d+ - - ---- \d+/\d+/\d+/\d+/0 0/0 \"GET / HTTP/1\.1\"$", line),
      "in HTTP log format, facility local2", line)

print("status page")
check_status_page(client, "http://192.168.88.77:8080/status", 60,
                  [("webservers", "Frontend"), ("webservers", "web1"), ("webservers", "web2"), ("webservers", "Backend"),
                   ("status", "Frontend"), ("status", "Backend")])

print("runtime socket")
check("CurrConns:" in proxy_node.socket("show info"), "show info")
rows = proxy.rows()
check({("webservers", "FRONTEND"), ("webservers", "web1"), ("webservers", "web2"), ("webservers", "BACKEND")} <= set(rows), "show stat", str(rows))
check(rows[("webservers", "web1")]["stot"] == "4" and rows[("webservers", "web2")]["stot"] == "4", "it counts the sessions",
      str([rows[("webservers", name)]["stot"] for name in ("web1", "web2")]))
check("Permission denied" in proxy_node.socket("disable server webservers/web1"), "a socket without `level admin` changes nothing")

print("checks")
# A server begins one failed check away from DOWN; its first good one brings it to full health.
wait(lambda: proxy.rows()[("webservers", "web2")]["check_status"].strip("* ") == "L4OK", 5, "the first check has passed")
before = web2.node.tcp("OutRsts")
down_from = time.monotonic()
web2.stop()
settled = web2.node.tcp("OutRsts") - before      # what nginx itself reset when it ended
wait(lambda: proxy.status("webservers", "web2") == "DOWN", 15, "a stopped web server leaves")
refused = web2.node.tcp("OutRsts") - before - settled
check(refused == 5, "after exactly 5 failed checks", f"{refused} refused connections")
check(7.5 < time.monotonic() - down_from < 12.5, "two seconds apart", f"{time.monotonic() - down_from:.1f} s")
answers = six()
check(answers == ["Web1"] * 6, "all answers come from the other", str(answers))
check(any("<145>" in text and "Server webservers/web2 is DOWN" in text for text in proxy.lines()), "and the log says so, as an alert",
      "\n".join(proxy.lines()[-12:]))
opened = web2.node.checks_accepted()
web2.start()
wait(lambda: proxy.status("webservers", "web2").startswith("UP") and "/" not in proxy.status("webservers", "web2"), 10, "it returns when it runs again")
passed = web2.node.checks_accepted() - opened
check(passed == 2, "after exactly 2 good checks", f"{passed} accepted connections")
answers = six()
check(alternates(answers), "and the servers answer in turn again", str(answers))
proxy.stop()
