#!/usr/bin/env python3
"""A browser opens the statistics page of a proxyd on loopback: groups, rows and colours as a person sees them, and a
form that puts a server into maintenance. PROXYD names the program. Skipped (77) only without chromium."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

CONFIGURATION = """
global
  maxconn 100
  node browser-test
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 1s
listen web
  bind 127.0.0.1:{front}
  option socket-stats
  server s1 127.0.0.1:{origin} check inter 200ms
  server s2 127.0.0.1:{closed} check inter 200ms
  server spare 127.0.0.1:{origin} backup
  server out 127.0.0.1:{origin} disabled
listen status
  bind 127.0.0.1:{page}
  stats uri /status
  stats refresh 60s
  stats show-legends
  stats show-node
  stats admin if TRUE
  stats auth admin:admin
"""
GROUPS = ["Queue", "Session rate", "Sessions", "Bytes", "Denied", "Errors", "Warnings", "Server"]
failures = 0


def check(holds, what, detail=""):
    global failures
    print(("ok    " if holds else "FAIL  ") + what)
    if not holds:
        failures += 1
        if detail:
            print("      " + str(detail)[:2000])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds=5):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def get(url, body=None):
    """Status and text, without following redirections."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(Stay)
    request = urllib.request.Request(url, data=body, headers={"Authorization": "Basic YWRtaW46YWRtaW4="})
    try:
        with opener.open(request, timeout=5) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers
    except OSError as error:
        return 0, str(error), {}


def browse(folder, url, *options):
    profile = tempfile.mkdtemp(dir=folder)
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               "--disable-background-networking", f"--user-data-dir={profile}", "--window-size=1500,900",
               "--virtual-time-budget=2000", *options, url]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=90, check=False,
                          env={**os.environ, "HOME": profile})
    return done.stdout.decode("utf-8", "replace")


def rows(page):
    """Row class by the row's anchor."""
    return {name: kind for kind, name in re.findall(r'<tr class="?([a-z_]+)"?>(?:(?!<tr).)*?name="([^"/]+/[^"]+)"', page, re.S)}


def examine(folder, page_port):
    address = f"http://127.0.0.1:{page_port}/status"
    check(wait_for(lambda: get(address)[0] == 200), "the page answers", get(address))
    check(wait_for(lambda: "active_down" in rows(get(address)[1]).values()), "the closed port is found down")
    check(wait_for(lambda: rows(get(address)[1]).get("web/s1") == "active_up"), "the open one up")
    seen = browse(folder, f"http://admin:admin@127.0.0.1:{page_port}/status", "--dump-dom")
    check("Statistics Report" in seen and "browser-test" in seen, "the browser opens it with its password", seen)
    for group in GROUPS:
        check(re.search(rf"<th[^>]*>{group}</th>", seen), f"it has the columns {group}")
    found = rows(seen)
    for name, kind in {"web/Frontend": "frontend", "web/+sock-1": "socket", "web/s1": "active_up", "web/s2": "active_down",
                       "web/spare": "backup_no_check", "web/out": "maintain", "web/Backend": "backend",
                       "status/Frontend": "frontend"}.items():
        check(found.get(name) == kind, f"row {name} is {kind}", found)
    check(f"IPv4: 127.0.0.1:" in seen and "cap: proxy, mode: http" in seen, "with its legends")
    check('name="action"' in seen and "Set state to MAINT" in seen, "and its form")
    backend = re.search(r'name="?b"? value="(#\d+)"', seen)
    check(backend, "which says whose it is")
    form = urllib.parse.urlencode([("s", "s1"), ("action", "maint"), ("b", backend.group(1) if backend else "")]).encode()
    status, _, headers = get(address, form)
    check(status == 303 and headers.get("location") == "/status;st=DONE", "the form is taken", (status, dict(headers)))
    after = browse(folder, f"http://admin:admin@127.0.0.1:{page_port}/status;st=DONE", "--dump-dom")
    check("Action processed successfully" in after, "the page tells the outcome")
    check(rows(after).get("web/s1") == "maintain", "the server is in maintenance", rows(after))
    shot = os.environ.get("TRIAD_SCREENSHOT") or os.path.join(folder, "page.png")
    browse(folder, f"http://admin:admin@127.0.0.1:{page_port}/status", f"--screenshot={shot}")
    drawn = os.path.exists(shot) and os.path.getsize(shot) > 20000
    check(drawn, "and all that is drawn", os.path.exists(shot) and os.path.getsize(shot))


def main():
    if shutil.which("chromium") is None:
        print("chromium is not installed")
        return 77
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    front, closed, page = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as origin:
        origin.bind(("127.0.0.1", 0))  # connects, which is all that the check wants
        origin.listen(64)
        path = os.path.join(folder, "page.cfg")
        with open(path, "w", encoding="utf-8") as text:
            text.write(CONFIGURATION.format(front=front, page=page, closed=closed, origin=origin.getsockname()[1]))
        proxy = subprocess.Popen([program, "-db", "-f", path], stderr=subprocess.DEVNULL)
        try:
            examine(folder, page)
        finally:
            proxy.terminate()
            proxy.wait(10)
    print(f"{failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
