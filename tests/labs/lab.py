"""A network of its own for one test: nodes in namespaces on one bridge, and nothing left behind, also when killed.

The lab starts itself again under unshare(1) with its own mounts, network and process ids. When that first process ends,
however it ends, the kernel ends every process in it and takes the namespaces and mounts away. The host's files are
untouched: /run and /var/lib/haproxy are private folders of each node.
"""
import base64
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time

SKIP = 77
NOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "notes")
INSIDE = "TRIAD_LAB_INSIDE"
PROGRAM = os.environ.get("PROXYD", "proxyd/proxyd")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


WRAP = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]


def namespaces_impossible():
    """Why namespaces cannot be made here; None when they can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    probe = subprocess.run(WRAP + ["sh", "-c", "mount --make-rprivate / && mount -t tmpfs x /run && mkdir /run/netns && ip netns add x"],
                           capture_output=True, text=True)
    return f"namespaces are not allowed here: {probe.stderr.strip()[:200]}" if probe.returncode else None


def enter(*tools, keep=()):
    """Comes back only inside the private namespaces, with the descriptors of `keep` still open there. Ends the test with 77
    where namespaces are impossible."""
    if os.environ.get(INSIDE):
        subprocess.run("mount --make-rprivate / && mount -t tmpfs lab /run && mount -t tmpfs -o mode=755 lab /srv && "
                       "mkdir -p /run/netns && ip link set lo up", shell=True, check=True)
        return
    missing = [tool for tool in ("ip", "unshare", "curl", "nginx", *tools) if not shutil.which(tool)]
    if missing:
        skip(f"not installed: {' '.join(missing)}")
    if not shutil.which(PROGRAM):
        print(f"no such program: {PROGRAM} (set PROXYD)")
        sys.exit(1)
    if reason := namespaces_impossible():
        skip(reason)
    if subprocess.run(["id", "haproxy"], capture_output=True).returncode:
        skip("user haproxy does not exist (the package haproxy or contrib/quickstart makes it)")
    env = dict(os.environ, **{INSIDE: "1", "PROXYD": os.path.abspath(shutil.which(PROGRAM))})
    inside = subprocess.Popen(WRAP + [sys.executable, *sys.argv], env=env, preexec_fn=die_with_parent, pass_fds=keep)
    try:
        code = inside.wait()
    except KeyboardInterrupt:
        try:
            code = inside.wait(3)  # a Ctrl-C reached the inside too, and it says how it ended
        except subprocess.TimeoutExpired:
            inside.kill()  # unshare does not hear a milder one while its child runs
            inside.wait()
            code = 130
    sys.exit(code)


def die_with_parent():
    """Asks the kernel to kill this process when its parent ends, so that a killed test takes its lab along."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Node:
    """A machine: a network namespace with an address, and its own /run and /var/lib/haproxy."""

    def __init__(self, name, address, directory):
        self.name, self.address = name, address
        self.home = os.path.join(directory, name)
        for part in ("run", "varlib"):
            os.makedirs(os.path.join(self.home, part))
        sh(f"ip netns add {name}")
        sh(f"ip link add {name} type veth peer name eth0 netns {name} && ip link set {name} master lab0 up")
        sh(f"ip -n {name} link set lo up && ip -n {name} link set eth0 up && ip -n {name} addr add {address}/24 dev eth0")

    def command(self, words):
        mounts = f'mount --bind {self.home}/varlib /var/lib/haproxy && mount --bind {self.home}/run /run && exec "$@"'
        return ["ip", "netns", "exec", self.name, "unshare", "-m", "sh", "-c", mounts, "sh", *words]

    def run(self, *words, timeout=20, **more):
        return subprocess.run(self.command(words), capture_output=True, text=True, errors="replace", timeout=timeout, **more)

    def start(self, *words, **more):
        return subprocess.Popen(self.command(words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)

    def curl(self, url, *options):
        return self.run("curl", "-s", "--max-time", "5", *options, url).stdout

    def tcp(self, *counters):
        """The sum of these TCP counters of this node's kernel."""
        names, values = [line.split() for line in self.run("cat", "/proc/net/snmp").stdout.splitlines() if line.startswith("Tcp:")]
        return sum(int(values[names.index(counter)]) for counter in counters)

    def checks_accepted(self):
        """Connections that were accepted, also those that a checker reset without ever acknowledging the handshake."""
        return self.tcp("PassiveOpens", "AttemptFails")

    def socket(self, command):
        """One command on the runtime socket, the way the users do it."""
        return self.run("socat", "-t", "10", "stdio", "/var/lib/haproxy/stats", input=command + "\n").stdout


def has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as text:
            return text.read().rsplit(")", 1)[1].split()[0] == "Z"  # nobody collects orphans in here
    except (FileNotFoundError, ProcessLookupError):  # before it was opened, or while it was read
        return True


def sh(command):
    subprocess.run(command, shell=True, check=True)


NGINX = """worker_processes 1; daemon off; pid {home}/nginx.pid; error_log {home}/error.log crit; user root;
events {{ worker_connections 512; }}
http {{
  log_format seen '$remote_addr|$http_x_forwarded_for|$http_connection|$request'; access_log {home}/access.log seen;
  client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3; uwsgi_temp_path {home}/t4;
  scgi_temp_path {home}/t5;
  server {{ listen 80; default_type text/plain; location / {{ return 200 "{text}\\n"; }} }}
}}
"""


class WebServer:
    """nginx on a node; says its name."""

    def __init__(self, node, text):
        self.node, self.config = node, os.path.join(node.home, "nginx.conf")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(NGINX.format(home=node.home, text=text))
        self.start()

    def start(self):
        self.process = self.node.start("nginx", "-c", self.config)
        wait(lambda: "0.0.0.0:80" in self.node.run("ss", "-Hltn").stdout, 10, "nginx listens")

    def stop(self):
        # The process that we started is sh, then ip, which became nginx by exec: its own id is the master's.
        self.process.terminate()
        self.process.wait(10)

    def seen(self):
        path = os.path.join(self.node.home, "access.log")
        with open(path, encoding="utf-8") as log:
            return [line.rstrip("\n").split("|") for line in log if not line.startswith("127.0.0.1")]


SINK = """import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 514))
out = open(sys.argv[1], "a", buffering=1)
while True: out.write(s.recv(65536).decode("latin-1").rstrip("\\n") + "\\n")
"""


class Proxy:
    """The program under test on a node, started as the users start it: PROGRAM -f FILE, it daemonizes by itself."""

    def __init__(self, node, config):
        self.node, self.log = node, os.path.join(node.home, "syslog")
        open(self.log, "w", encoding="utf-8").close()
        self.sink = node.start(sys.executable, "-c", SINK, self.log)
        wait(lambda: "127.0.0.1:514" in node.run("ss", "-Hlun").stdout, 5, "log sink listens")
        begun = node.run(PROGRAM, "-f", config)
        self.messages = begun.stderr + begun.stdout
        check(begun.returncode == 0, "the program starts with the notes' file", self.messages)
        wait(lambda: node.socket("show info").find("Pid:") >= 0, 5, "the runtime socket answers")

    def stop(self):
        pid = int(re.search(r"^Pid: (\d+)", self.node.socket("show info"), re.M).group(1))
        os.kill(pid, 15)
        wait(lambda: has_ended(pid), 5, "the program ends on SIGTERM")
        self.sink.kill()
        self.sink.wait()

    def lines(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read().splitlines()

    def rows(self):
        """`show stat` as {(proxy, server): {column: value}}."""
        lines = self.node.socket("show stat").strip().splitlines()
        names = lines[0].lstrip("# ").split(",")
        return {tuple(row.split(",")[:2]): dict(zip(names, row.split(","))) for row in lines[1:] if row}

    def status(self, proxy, server):
        return self.rows().get((proxy, server), {}).get("status")


class Lab:
    def __init__(self, *tools, keep=()):
        enter(*tools, keep=keep)
        self.directory = "/srv"  # the lab's own, in memory
        sh("ip link add lab0 type bridge && ip link set lab0 up")

    def node(self, name, address):
        return Node(name, address, self.directory)

    def variant(self, config, *changes):
        """A copy of a notes' file with regular replacements, for the variants that the test asks for."""
        with open(os.path.join(NOTES, config), encoding="utf-8") as text:
            content = text.read()
        for old, new in changes:
            content, count = re.subn(old, new, content, count=1, flags=re.M)
            check(count == 1, f"variant of {config}: {old} is there")
        path = os.path.join(self.directory, f"variant-{len(os.listdir(self.directory))}.cfg")
        with open(path, "w", encoding="utf-8") as out:
            out.write(content)
        return path


def wait(condition, seconds, what):
    """Polls until the condition holds; ends the test when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    check(False, f"within {seconds} s: {what}")
    return None


PASSED = []


def check(holds, what, detail=""):
    if holds:
        PASSED.append(what)
        print(f"  ok    {what}", flush=True)
        return
    print(f"{detail}\n  FAIL  {what}", flush=True)  # last, where one looks first
    sys.exit(1)


def basic(user, password):
    return ["-H", "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()]


def is_original():
    """Whether the program under test is Debian's own haproxy (used to prove the labs themselves)."""
    return os.path.basename(PROGRAM) == "haproxy" and PROGRAM.startswith("/usr/sbin/")


STATISTICS_GROUPS = ("Queue", "Session rate", "Sessions", "Bytes", "Denied", "Errors", "Warnings", "Server")


def check_status_page(client, url, refresh, proxy_rows):
    """The statistics page as the notes want it: password, refresh, all groups of columns, a row for each thing."""
    refused = client.curl(url, "-i")
    check(refused.startswith("HTTP/1.1 401") and re.search(r'(?i)www-authenticate: basic realm="', refused), "the page asks for a password", refused[:300])
    check(client.curl(url, "-i", *basic("admin", "wrong")).startswith("HTTP/1.1 401"), "a wrong password is refused")
    page = client.curl(url, "-i", *basic("admin", "admin"))
    check(page.startswith("HTTP/1.1 200"), "admin/admin opens it", page[:300])
    check(re.search(rf"(?i)^refresh: {refresh}\r?$", page, re.M), f"it refreshes every {refresh} s", page[:400])
    for group in STATISTICS_GROUPS:
        check(re.search(rf"<th[^>]*>{group}</th>", page), f"it has the columns {group}")
    for proxy, row in proxy_rows:
        check(f'name="{proxy}/{row}"' in page, f"it has a row for {proxy}/{row}")
    csv = client.curl(url + ";csv", *basic("admin", "admin"))
    check(csv.startswith("# pxname,svname,qcur,qmax,scur,"), "the same as CSV", csv[:200])
