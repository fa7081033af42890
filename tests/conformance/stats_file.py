#!/usr/bin/env python3
"""Counters that outlive the process: "guid", "guid-prefix", "stats-file" and "dump stats-file" of haproxy 3.0, which Debian's does not
have: what is expected is what the reference says, and that `show stat` shows after a start what it showed before the stop.

  stats_file.py [--case NAME]...
"""
import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from master import OURS, PATIENCE, until
from ports import free_ports
from reload_in_place import Client, Site, expect

HEAD = """global
  stats socket {folder}/stats.sock level admin
  stats-file {folder}/counters
  nbthread %(threads)d
  %(extra)s
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 1s
  retries 1
"""


def text(sections, threads=2, extra=""):
    return HEAD % {"threads": threads, "extra": extra} + sections


class Counted(Site):
    """proxyd alone in the foreground, unless a case asks for the unit."""

    def alone(self):
        """Starts, and waits until it answers."""
        self.said.clear()
        self.start("-db", "-f", self.config)
        until("the start", lambda: self.process.poll() is not None or self.answers())
        assert self.process.poll() is None, "ended at its start: " + "".join(self.said)

    def answers(self):
        try:
            return bool(self.ask("show info", "stats.sock"))
        except OSError:
            return False

    def stop(self):
        """At once; whoever asks from now on waits for the next start."""
        self.process.send_signal(signal.SIGTERM)
        expect("exit", self.process.wait(PATIENCE), -signal.SIGTERM)
        if os.path.exists(self.path("stats.sock")):
            os.unlink(self.path("stats.sock"))

    def dump(self):
        return self.ask("dump stats-file", "stats.sock")

    def keep(self, counters):
        with open(self.path("counters.new"), "w") as file:
            file.write(counters)
        os.rename(self.path("counters.new"), self.path("counters"))

    def settled(self):
        """The dump once nothing counts any more; without the age of the last session, which grows."""
        before = None
        for _ in range(100):
            now = ageless(self.dump())
            if now == before:
                return now
            before = now
            time.sleep(0.2)
        raise AssertionError("it never stops counting")

    def counters(self):
        """All that typed output calls a counter: {(proxy, object): {field: value}}."""
        names, found = {}, {}
        for line in self.ask("show stat typed", "stats.sock").splitlines():
            seen = re.match(r"(\w\.\d+\.\d+)\.\d+\.(\w+)\.\d+:(\w+):\w+:(.*)", line)
            if not seen:
                continue
            key, field, tags, value = seen.groups()
            if field in ("pxname", "svname"):
                names.setdefault(key, []).append(value)
            if tags[1] == "C":
                found.setdefault(key, {})[field] = int(value)
        return {tuple(names[key]): fields for key, fields in found.items()}

    def refusal(self, sections):
        """What -c says of a file that is refused."""
        self.files(sections if sections.startswith("global") else text(sections))
        done = subprocess.run([OURS, "-c", "-f", self.config], capture_output=True, text=True, timeout=PATIENCE)
        expect(f"of {sections!r}", done.returncode, 1)
        return done.stderr

    def warnings(self):
        return [re.sub(r".*?config : ", "", line).strip().replace(self.folder, "DIR") for line in self.said if "stats-file" in line]


def ageless(dump):
    """The dump as {(part, guid): {column: value}}."""
    rows, names, part = {}, [], ""
    for line in dump.splitlines():
        if line.startswith("#"):
            part, header = line.split(" ", 1)
            names = header.split(",")
        elif line:
            rows[part, line.split(",")[0]] = {name: value for name, value in zip(names, line.split(",")) if name != "lastsess"}
    return rows


def ask_raw(port, request):
    """Whatever comes back; nothing where the other side ends at once."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(request)
        answer = b""
        try:
            while piece := client.recv(65536):
                answer += piece
        except ConnectionError:
            pass
        return answer


ALL_KINDS = """frontend web
  guid fe:web
  option socket-stats
  bind 127.0.0.1:{port},127.0.0.1:%(second)d guid-prefix web-socket
  http-request deny if {{ path /denied }}
  http-request redirect location /elsewhere if {{ path /moved }}
  use_backend broken if {{ path /broken }}
  default_backend servers
backend servers
  guid be:servers
  option redispatch 1
  server one 127.0.0.1:%(one)d guid srv:one check inter 100ms
  server two 127.0.0.1:%(two)d guid srv:two
  server dead 127.0.0.1:%(dead)d guid srv:dead check inter 100ms fall 2
backend broken
  guid be:broken
  server junk 127.0.0.1:%(junk)d guid srv:junk
listen raw
  mode tcp
  guid li:raw
  bind 127.0.0.1:%(raw)d
  server one 127.0.0.1:%(one)d guid srv:raw
frontend nameless
  bind 127.0.0.1:%(nameless)d
  default_backend servers
"""


class Junk:
    """A server that speaks no HTTP."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
                client.recv(65536)
                client.sendall(b"nonsense\r\n\r\n")
                client.close()
            except OSError:
                return


def get(port, path="/"):
    return ask_raw(port, f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())


def traffic(site, ports):
    for port in (site.port, ports["second"], ports["nameless"]):
        for path in ("/", "/denied", "/moved", "/broken"):
            get(port, path)
        ask_raw(port, b"BAD REQUEST\r\n\r\n")
    client = Client(site.port)
    for _ in range(5):
        expect("answer", client.get()[0], 200)
    client.socket.close()
    client = Client(ports["raw"])
    expect("answer", client.get()[0], 200)
    client.socket.close()


def differ(before, after):
    """Where counters are not what they were; the dead server's checks and time go on."""
    wrong = []
    for name, fields in before.items():
        for field, value in fields.items():
            if name[1] in ("dead", "BACKEND") and field in ("chkfail", "chkdown", "downtime"):
                if after[name].get(field, 0) < value:
                    wrong.append((name, field, value, after[name].get(field)))
            elif after[name].get(field) != value:
                wrong.append((name, field, value, after[name].get(field)))
    return wrong


# ---- cases


def a_round_trip(site):
    """Start, traffic of all kinds, dump, stop, start: `show stat` shows the counters as before, and goes on from there."""
    for threads in (1, 4):
        ports = dict(zip(("second", "dead", "raw", "nameless"), free_ports(4)))
        ports.update(one=site.back("one").port, two=site.back("two").port, junk=Junk().port)
        site.files(text((ALL_KINDS % ports).replace("{{", "{").replace("}}", "}"), threads))
        site.keep("")
        site.alone()
        expect("no word of an empty file", site.warnings(), [])
        until("the dead server is down", lambda: site.stat("servers", "dead")["status"] == "DOWN")
        traffic(site, ports)
        dumped = site.settled()
        before = {name: fields for name, fields in site.counters().items() if name[0] != "nameless"}
        for name, field in ((("web", "FRONTEND"), "ereq"), (("web", "FRONTEND"), "dreq"), (("web", "FRONTEND"), "hrsp_3xx"), (("servers", "BACKEND"), "hrsp_2xx"),
                            (("servers", "one"), "lbtot"), (("broken", "junk"), "eresp"), (("servers", "dead"), "chkdown"), (("raw", "one"), "bout"),
                            (("web", "sock-2"), "bin"), (("raw", "FRONTEND"), "conn_tot"), (("web", "FRONTEND"), "h1req")):
            assert before[name][field] > 0, f"nothing of {field} at {name}: the traffic shows too little"
        expect("rows", len(dumped), 4 + 3 + 5)
        age = int(site.stat("servers", "two")["lastsess"])
        site.keep(site.dump())
        site.stop()
        site.alone()
        expect("warnings", site.warnings(), [])
        after = site.counters()
        expect(f"differences with {threads} threads", differ(before, after), [])
        expect("what has no GUID begins anew", site.stat("nameless", "FRONTEND")["req_tot"], "0")
        assert int(site.stat("servers", "two")["lastsess"]) >= age, "the age of the last session"
        traffic(site, ports)
        twice = site.settled()
        for key, column in ((("#fe", "fe:web"), "req_tot"), (("#fe", "fe:web"), "hrsp_3xx"), (("#fe", "web-socket-2"), "stot"), (("#be", "li:raw"), "stot")):
            expect(f"twice the {column} of {key[1]}", int(twice[key][column]), 2 * int(dumped[key][column]))
        site.ask("clear counters all", "stats.sock")
        expect("cleared", {value for key, row in site.settled().items() if key[1] != "srv:dead" for name, value in row.items()
                           if name not in ("guid", "downtime", "chkfail")} - {"", "0"}, set())
        site.stop()


PLAIN = """frontend web
  guid fe
  bind 127.0.0.1:{port}
  default_backend servers
backend servers
  guid be
  server one 127.0.0.1:1 guid srv
"""


def broken_lines(site):
    """They are told with their numbers; the rest counts and the start goes on."""
    site.files(text(PLAIN))
    site.keep("oops,1\n#fe guid,stot,bin\nfe,1\nfe,x,2\nfe,7,\n#zz guid\nfe,1,2\n#be guid,stot\nb e,1\nbe,99999999999999999999\nbe,8\nsrv,9")
    site.alone()
    expect("warnings", site.warnings(), [
        "stats-file 'DIR/counters', line 1: values before the first header ('#fe guid,...' or '#be guid,...').",
        "stats-file 'DIR/counters', line 3: 2 columns where the header has 3.",
        "stats-file 'DIR/counters', line 4: 'x' is not a number ('stot').",
        "stats-file 'DIR/counters', line 6: '#fe' or '#be' is expected, not 'zz guid': the lines below are not read.",
        "stats-file 'DIR/counters', line 9: character ' ' is not permitted in GUID 'b e': only letters, digits and '.:_-' are.",
        "stats-file 'DIR/counters', line 10: '99999999999999999999' is not a number ('stot').",
        "stats-file 'DIR/counters', line 12: the file ends within this line."])
    expect("the good ones", [site.stat(*which)["stot"] for which in (("web", "FRONTEND"), ("servers", "BACKEND"), ("servers", "one"))], ["7", "8", "0"])
    site.stop()
    site.keep("#fe guid,stot\n" + "fe,x\n" * 5000 + "fe,3\n")
    site.alone()
    said = site.warnings()
    expect("ten of five thousand", (len(said), said[-1]), (11, "stats-file 'DIR/counters': 4990 more lines are broken."))
    expect("and the last", site.stat("web", "FRONTEND")["stot"], "3")
    site.stop()
    with open(site.path("counters"), "wb") as file:
        file.write(os.urandom(100_000))
    site.alone()
    assert site.warnings(), "not a word"
    site.stop()


def no_file(site):
    """A first start has none: one warning, with the reason. A directory is none either."""
    site.files(text(PLAIN))
    site.alone()
    expect("said", site.warnings(), ["Can't open stats-file 'DIR/counters': No such file or directory"])
    site.stop()
    os.mkdir(site.path("counters"))
    site.alone()
    expect("said", site.warnings(), ["Can't open stats-file 'DIR/counters': Is a directory"])
    site.stop()
    os.rmdir(site.path("counters"))
    done = subprocess.run([OURS, "-c", "-f", site.config], capture_output=True, text=True, timeout=PATIENCE)
    expect("a check", done.returncode, 0)


def another_configuration(site):
    """GUIDs that nobody has, columns that nobody knows and what became something else are passed over; names of proxies do not matter."""
    site.keep("// by hand\n#fe guid,h3req,stot,rate,\nold,1,2,3,\nfe,what,5,ever,\nbe,1,77,3,\n\n#be bin\n#be guid,bin,stot\r\nbe,700,6\r\nfe,1,78\r\nsrv,,7\r\nsrv,701,\r\n")
    site.files(text(PLAIN.replace("frontend web", "frontend other").replace("servers", "elsewhere").replace("server one", "server uno")))
    site.alone()
    expect("warnings", site.warnings(), ["stats-file 'DIR/counters', line 7: 'guid' has to be the first column of '#be': the lines below are not read."])
    expect("front", site.stat("other", "FRONTEND")["stot"], "5")
    expect("back", [site.stat("elsewhere", "BACKEND")[each] for each in ("stot", "bin")], ["6", "700"])
    expect("server", [site.stat("elsewhere", "uno")[each] for each in ("stot", "bin")], ["7", "701"])
    site.stop()


def what_is_refused(site):
    """Twice the same GUID, with both places; GUIDs that are none; where none can be."""
    front = "frontend web\n  bind 127.0.0.1:{port}%s\n  guid same\n"
    for sections, words in {
        "backend a\n  guid same\nbackend b\n  guid same\n": "[F:15] : 'guid' : GUID 'same' is already that of backend 'a' (declared at F:13).",
        (front % "") + "backend b\n  server s 127.0.0.1:1 guid same\n": "'server b/s' : 'guid' : GUID 'same' is already that of frontend 'web' (declared at F:14).",
        "backend b\n  server s 127.0.0.1:1 guid x\n  server t 127.0.0.1:1 guid x\n": "'server b/t' : 'guid' : GUID 'x' is already that of server 'b/s' (declared at F:13).",
        "listen web\n  guid p-2\n  bind 127.0.0.1:{port},127.0.0.1:1 guid-prefix p\n": "'guid-prefix' : GUID 'p-2' is already that of proxy 'web' (declared at F:13).",
        "listen a\n  bind 127.0.0.1:1 guid-prefix p\nlisten b\n  bind 127.0.0.1:2 guid-prefix p\n": "GUID 'p-1' is already that of 'bind 127.0.0.1:1' (declared at F:13).",
        "backend b\n  guid\n": "'guid' expects a globally unique ID as argument.",
        "backend b\n  server s 127.0.0.1:1 guid\n": "'guid' : expects a globally unique ID as argument.",
        "frontend f\n  bind 127.0.0.1:1 guid-prefix\n": "'guid-prefix' : expects the beginning of globally unique IDs as argument",
        "backend b\n  guid a/b\n": "character '/' is not permitted in GUID 'a/b'",
        "backend b\n  guid a b\n": "'guid' cannot handle unexpected argument 'b'",
        "backend b\n  guid " + "x" * 128 + "\n": "a GUID has at most 127 characters",
        "frontend f\n  bind 127.0.0.1:1 guid-prefix " + "x" * 126 + "\n": "a GUID has at most 127 characters",
        "defaults\n  guid x\n": "'guid' not allowed in 'defaults' section",
        "backend b\n  default-server guid x\n": "'guid' option is not accepted in default-server sections",
        "frontend f\n  bind 127.0.0.1:1 guid x\n": "unknown keyword 'guid'",
        "backend b\n  server s 127.0.0.1:1 hash-key gui\n": "'hash-key' expects 'id', 'id32', 'guid', 'addr' or 'addr-port' (got 'gui')",
        "global\n  stats-file\n": "'stats-file' expects one argument: a file path.",
    }.items():
        said = site.refusal(sections).replace(site.config, "F")
        assert words in said, f"{sections!r} gives\n{said}\nwithout {words!r}"
    site.files(text("backend b\n  guid " + "x" * 127 + "\n  server s 127.0.0.1:1 guid a.B:c_d-9\nlisten l\n  bind 127.0.0.1:1 guid-prefix l\n  guid l\n"))
    done = subprocess.run([OURS, "-c", "-f", site.config], capture_output=True, text=True, timeout=PATIENCE)
    expect("accepted", done.returncode, 0)


def reloads_in_place(site):
    """What lives on keeps what it has counted, whatever the file says by now; what is new begins with the file."""
    one = site.back("one")
    base = f"""frontend web
  guid fe
  bind 127.0.0.1:{{port}}
  default_backend servers
backend servers
  guid be
  server one 127.0.0.1:{one.port} guid srv
"""
    stot = lambda proxy, server: int((site.stat(proxy, server) or {"stot": -1})["stot"])
    site.keep("#fe guid,stot\nfe,100\nnew,40\n#be guid,stot\nbe,200\nsrv,300\nsecond,50\nnew,60\n")
    site.files(text(base))
    site.unit()
    worker = site.worker()
    Client(site.port).get()
    counted = lambda: (stot("web", "FRONTEND"), stot("servers", "BACKEND"), stot("servers", "one"))
    until("the session is counted", lambda: counted() == (101, 201, 301))
    site.files(text(base + "  option httpchk\n"))
    expect("worker", site.reload_now(), worker)
    expect("not loaded again", counted(), (101, 201, 301))
    site.keep("#fe guid,stot\nfe,1\nnew,40\n#be guid,stot\nbe,2\nsrv,3\nsecond,50\nnew,60\n")
    more = base + f"  server second 127.0.0.1:{one.port} guid second\nlisten new\n  guid new\n  bind 127.0.0.1:{free_ports(1)[0]}\n  server s 127.0.0.1:{one.port}\n"
    site.files(text(more))
    expect("worker", site.reload_now(), worker)
    expect("those that live on", counted(), (101, 201, 301))
    expect("those that are new", (stot("servers", "second"), stot("new", "FRONTEND"), stot("new", "BACKEND"), stot("new", "s")), (50, 40, 60, 0))
    expect("the dump", {key[1]: row["stot"] for key, row in ageless(site.dump()).items() if key[0] == "#be"},
           {"be": "201", "srv": "301", "second": "50", "new": "60"})
    site.files(text(more.replace("guid srv", "guid other")))  # another name, the same server
    expect("worker", site.reload_now(), worker)
    expect("another GUID", counted(), (101, 201, 301))


def another_worker(site):
    """What needs a new worker begins with the file, as a start does."""
    site.keep("#fe guid,stot\nfe,100\n")
    site.files(text(PLAIN))
    site.unit()
    worker = site.worker()
    expect("at the start", site.stat("web", "FRONTEND")["stot"], "100")
    site.keep("#fe guid,stot\nfe,500\n")
    site.files(text(PLAIN, threads=3))
    assert site.reload_now() != worker, "threads cannot change in place"
    expect("of the new worker", until("it answers", lambda: site.stat("web", "FRONTEND"))["stot"], "500")


def behind_a_chroot(site):
    """The file is read before the worker locks itself in; at a reload by the reader, with the rights to do so."""
    if os.geteuid() != 0:
        return
    os.chmod(site.folder, 0o711)
    jail = site.path("jail")
    os.mkdir(jail)
    rights = f"chroot {jail}\n  user nobody\n  group nogroup"
    site.keep("#fe guid,stot\nfe,100\nnew,40\n")
    os.chmod(site.path("counters"), 0o600)
    site.files(text(PLAIN, extra=rights))
    site.unit()
    worker = site.worker()
    expect("at the start", site.stat("web", "FRONTEND")["stot"], "100")
    site.files(text(PLAIN + f"frontend new\n  guid new\n  bind 127.0.0.1:{free_ports(1)[0]}\n", extra=rights))
    expect("worker", site.reload_now(), worker)
    expect("of what is new", (site.stat("web", "FRONTEND")["stot"], site.stat("new", "FRONTEND")["stot"]), ("100", "40"))


def many(site):
    """Thousands of rows, which leave in pieces; users of the lowest level may have them."""
    count = 3000
    sections = PLAIN + "".join(f"backend b{i}\n  guid many:{i}\n  server s 127.0.0.1:1 guid many:{i}:s\n" for i in range(count))
    site.files(text(sections).replace("level admin", "level user"))
    site.keep("#be guid,stot,bin\n" + "".join(f"many:{i},{i + 1},7\nmany:{i}:s,{i + 2},8\n" for i in range(count)))
    site.alone()
    expect("warnings", site.warnings(), [])
    rows = ageless(site.dump())
    expect("rows", len(rows), 2 * count + 3)
    for i in (0, 1, 1500, count - 1):
        expect("backend", (rows["#be", f"many:{i}"]["stot"], rows["#be", f"many:{i}"]["bin"]), (str(i + 1), "7"))
        expect("server", (rows["#be", f"many:{i}:s"]["stot"], rows["#be", f"many:{i}:s"]["bin"]), (str(i + 2), "8"))
    kept = site.dump()
    site.stop()
    site.keep(kept)
    site.alone()
    expect("again", ageless(site.dump()), rows)
    site.stop()


def places_on_the_ring(site):
    """"hash-key guid": a key's server is found by its GUID, whatever its number and address; without one by its number."""
    names = ["a", "b", "c", "d", "e"]
    backs = {name: site.back(name) for name in names}
    spread = []
    for order, keyed in ((names, True), (names[::-1], True), (names[::-1], False)):
        servers = "".join(f"  server {name} 127.0.0.1:{backs[name].port}" + (f" guid ring:{name}" if keyed else "") + " hash-key guid\n" for name in order)
        site.files(text("listen web\n  bind 127.0.0.1:{port}\n  balance uri\n  hash-type consistent\n" + servers))
        site.keep("")
        site.alone()
        client = Client(site.port)
        spread.append([client.get(f"/{i}")[1] for i in range(60)])
        client.socket.close()
        site.stop()
    expect("in another order", spread[1], spread[0])
    assert len(set(spread[0])) > 2, spread[0]
    assert spread[2] != spread[0], "numbers place them otherwise"


CASES = [a_round_trip, broken_lines, no_file, another_configuration, what_is_refused, reloads_in_place, another_worker, behind_a_chroot, many, places_on_the_ring]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append")
    options = parser.parse_args()
    failures = 0
    for case in [each for each in CASES if not options.case or each.__name__ in options.case]:
        site, problem = Counted(), None
        try:
            case(site)
        except (AssertionError, OSError, TypeError, KeyError, subprocess.TimeoutExpired) as error:
            problem = f"  {error!r}\n  " + "  ".join(site.said[-12:])
        finally:
            site.close()
        print(f"{'FAIL' if problem else 'ok  '} {case.__name__}" + (f"\n{problem}" if problem else ""), flush=True)
        failures += problem is not None
    print(f"{failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
