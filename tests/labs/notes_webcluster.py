#!/usr/bin/env python3
"""The notes' webcluster.cfg, unchanged, on two directors .100 and .200, web servers .10 and .20; and el-base.cfg."""
import os
import re
import time

from lab import NOTES, Lab, Proxy, WebServer, check, is_original, wait

lab = Lab("socat", "ss")
directors = [lab.node(f"director{n}", f"192.168.67.{n}00") for n in (1, 2)]
webs = [WebServer(lab.node(f"web{n}", f"192.168.67.{n}0"), f"Web{n}") for n in (1, 2)]
client = lab.node("client", "192.168.67.80")

print("both directors")
proxies = [Proxy(node, os.path.join(NOTES, "webcluster.cfg")) for node in directors]
for node in directors:
    answers = [client.curl(f"http://{node.address}/").strip() for _ in range(6)]
    check(answers in (["Web1", "Web2"] * 3, ["Web2", "Web1"] * 3), f"{node.name} answers in turn", str(answers))

print("inter 3")
before, began = webs[0].node.checks_accepted(), time.monotonic()
time.sleep(1)
rate = (webs[0].node.checks_accepted() - before) / (time.monotonic() - began)
check(200 < rate < 700, "checks come every 3 ms from each director", f"{rate:.0f} checks a second from both")
if not is_original():
    said = proxies[0].messages
    check(re.search(r"\[WARNING\].*webcluster\.cfg:33\] .*'inter 3' means 3 milliseconds.*'inter 3s'", said),
          "a warning says where, that 3 means 3 ms, and what was very likely meant", said)
webs[1].stop()
wait(lambda: proxies[0].status("webcluster", "web2") == "DOWN", 3, "a stopped server leaves within milliseconds")
webs[1].start()
wait(lambda: proxies[0].status("webcluster", "web2") == "UP", 3, "and returns")

print("runtime socket")
refused = directors[0].socket("disable server webcluster/web1")
check("Permission denied" in refused, "a socket without `level admin` changes nothing", refused)
for proxy in proxies:
    proxy.stop()
admin = Proxy(directors[0], lab.variant("webcluster.cfg", (r"^(stats socket .*)$", r"\1 level admin")))
check(directors[0].socket("disable server webcluster/web1").strip() == "", "disable server webcluster/web1")
check(admin.status("webcluster", "web1") == "MAINT", "web1 is in maintenance", str(admin.status("webcluster", "web1")))
answers = [client.curl("http://192.168.67.100/").strip() for _ in range(4)]
check(answers == ["Web2"] * 4, "and gets no requests", str(answers))
check(directors[0].socket("enable server webcluster/web1").strip() == "", "enable server webcluster/web1")
wait(lambda: admin.status("webcluster", "web1") == "UP", 3, "web1 is back")
answers = {client.curl("http://192.168.67.100/").strip() for _ in range(4)}
check(answers == {"Web1", "Web2"}, "and answers again", str(answers))
check("1 web1" in directors[0].socket("show servers state"), "show servers state")
check("Unknown command" in directors[0].socket("nonsense"), "an unknown command is answered with help")
admin.stop()

print("the base file, which listens on its runtime socket alone")
base = Proxy(directors[0], os.path.join(NOTES, "el-base.cfg"))
check("Maxconn: 4000" in directors[0].socket("show info"), "it runs, with the file's maxconn")
base.stop()
