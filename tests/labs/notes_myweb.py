#!/usr/bin/env python3
"""The notes' myweb-stats.cfg, unchanged: proxy .5, web servers .100 and .200."""
import os

from lab import NOTES, Lab, Proxy, WebServer, check, check_status_page

lab = Lab("socat", "ss")
node = lab.node("proxy", "192.168.88.5")
webs = [WebServer(lab.node(f"web{n}", f"192.168.88.{n}00"), f"Web{n}") for n in (1, 2)]
client = lab.node("client", "192.168.88.80")
proxy = Proxy(node, os.path.join(NOTES, "myweb-stats.cfg"))
answers = [client.curl("http://192.168.88.5/").strip() for _ in range(6)]
check(answers == ["Web1", "Web2"] * 3, "six curls answer Web1 Web2 Web1 Web2 Web1 Web2", str(answers))
check_status_page(client, "http://192.168.88.5:1080/stats", 30,
                  [("myweb", "Frontend"), ("myweb", "web1"), ("myweb", "web2"), ("myweb", "Backend"), ("stats", "Frontend")])
check(client.curl("http://192.168.88.5:1080/other", "-i").startswith("HTTP/1.1 503"), "another path there has no server")
proxy.stop()
