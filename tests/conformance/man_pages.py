#!/usr/bin/env python3
"""The manual: it renders without a warning, lists what the programs take and nothing else, and its examples are accepted.

Usage: man_pages.py    (PROXYD, VRRPD, CHECKERD: the programs; WRITE_PAGE: the program that writes the pages; MAN_BUILT: their folder)
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILT = pathlib.Path(os.environ.get("MAN_BUILT", "man"))
WRITE_PAGE = os.environ.get("WRITE_PAGE", "man/write_page")
PROGRAMS = {name: os.path.abspath(os.environ.get(name.upper(), f"{name}/{name}")) for name in ("proxyd", "vrrpd", "checkerd")}
REFERENCE = {"keepalived.conf": BUILT / "keepalived.conf.5", "haproxy.cfg": BUILT / "haproxy.cfg.5", "runtime-api": BUILT / "runtime-api.7"}
PAGES = [*REFERENCE.values(), *sorted((ROOT / "man").glob("*.[1-8]"))]
checks, complaints = 0, []


def check(good, text):
    global checks
    checks += 1
    if not good:
        complaints.append(text)


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def plain(text):
    """The page's text without roff's signs, a line each."""
    text = text.replace("\\%", "").replace("\\-", "-").replace("\\e", "\\").replace("\\&", "").replace("\\(aq", "'").replace("\\(ha", "^").replace("\\(ti", "~")
    return re.sub(r"\\f[BIPR]", "", text)


def rows():
    listed = run(WRITE_PAGE, str(ROOT / "man/samples.tsv"), "--list").stdout.splitlines()
    return [line.split("\t") for line in listed]


def render():
    if shutil.which("groff") is None:
        print("no groff here: pages are not rendered")
        return
    for page in PAGES:
        said = run("groff", "-man", "-Tutf8", "-ww", "-rLL=100n", str(page))
        check(said.returncode == 0 and not said.stderr, f"{page.name}: {said.stderr[:300]}")
        check(len(said.stdout) > 500, f"{page.name}: renders to {len(said.stdout)} bytes")


def completeness(listed):
    """Every row of the tables stands on its page with a meaning, and every heading of a list on the page is a row's."""
    for page, path in REFERENCE.items():
        lines = plain(path.read_text(encoding="utf-8")).splitlines()
        heads = [lines[i + 1] for i, line in enumerate(lines[:-1]) if line == ".TP"]
        text = set(heads)
        names = re.split(r",\n|\n", "\n".join(lines))
        for _, section, name, usage, where, meaning in (row for row in listed if row[0] == page):
            check(meaning != "", f"{page}: {section}: {name} has no meaning")
            if section == "refused" and page != "keepalived.conf":
                check(any(one.rstrip(".") == name for one in names), f"{page}: {name} ({where}) is not on the page")
                continue
            head = name + ("" if not usage or usage.startswith("(") else " ") + usage
            check(any(one == head or one.startswith(head + "  [") for one in text), f"{page}: {section}: '{head}' is not on the page")
    check(len(listed) > 1500, f"only {len(listed)} rows")


def refused(listed):
    """What the page calls not built is refused by that name, and nothing that it lists as working is."""
    before = {"global": "global\n", "proxy": "defaults\n mode http\nlisten l\n bind :8080\n", "bind": "listen l\n", "server": "backend b\n"}
    line = {"global": " {}", "proxy": " {}", "bind": " bind :8080 {}", "server": " server s{number} 127.0.0.1:1 {}"}
    for built in (False, True):
        for kind, head in before.items():
            names = [row[2] for row in listed if row[0] == "haproxy.cfg" and (row[1] == kind if built else row[1] == "refused" and row[4] == kind)]
            for at in range(0, len(names), 40):  # more than 50 mistakes and a file is given up
                some = names[at:at + 40]
                text = head + "".join(line[kind].format(name, number=number) + "\n" for number, name in enumerate(some))
                with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
                    file.write(text)
                    file.flush()
                    said = run(PROGRAMS["proxyd"], "-c", "-f", file.name)
                for number, name in enumerate(some):
                    place = rf":{head.count(chr(10)) + number + 1}\]"
                    is_refused = any(re.search(place, one) and "known but not built yet" in one for one in said.stderr.splitlines())
                    check(is_refused != built, f"{kind}: {name} is {'' if is_refused else 'not '}refused as not built: {said.stderr[:200]}")


def keyword_dump(listed):
    """proxyd -dK against the rows, both ways."""
    own = {(row[2], row[3]) for row in listed if row[0] == "haproxy.cfg" and row[1] not in ("fetch", "converter", "refused")}
    dumped = run(PROGRAMS["proxyd"], "-dKdoc").stdout
    for name, usage in own:
        check(f"{name} {usage}".strip() + " [" in dumped, f"proxyd -dK does not have {name} {usage}")
    for line in dumped.splitlines():
        words = re.sub(r"^(bind <address>|server <name> <address>|load crt <file>) (?!\[)", "", line).rsplit(" # ", 1)[0]
        words = re.sub(r" \[no\]$", "", words)
        words = words[:words.rindex(" [")]
        if re.match(r"(option|timeout|stats) <|stats (socket\||<what>)", words):
            continue
        check(any(f"{name} {usage}".strip() in (words, line.split(" [")[0]) for name, usage in own) or
              any(words.startswith(name) for name, _ in own), f"the manual does not have {words}")


def reference_keywords(listed):
    """Every name of the originals' lists is on a page, as working or as refused."""
    known = {(row[1], row[2]) for row in listed}
    tables = pathlib.Path("/work/shared/reference/haproxy")
    if not tables.is_dir():
        return
    for file, kind in (("sample-fetches.tsv", "fetch"), ("converters.tsv", "converter")):
        for line in (tables / file).read_text(encoding="utf-8").splitlines():
            for name in line.split("\t")[0].split(" / "):
                if re.fullmatch(r"[a-z][A-Za-z0-9_.+-]+", name.strip()) and name != "name":
                    check((kind, name.strip()) in known or ("refused", name.strip()) in known, f"{file}: {name} is nowhere")


def examples():
    for page, path in REFERENCE.items():
        for program, text in re.findall(r'^\.\\" example: (\w+)\n(.*?)^\.\\" end\n', path.read_text(encoding="utf-8"), re.S | re.M):
            with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
                file.write(plain(text))
                file.flush()
                # "eth0" is one of a network namespace of the test's own.
                own_eth0 = ["unshare", "-n" if os.geteuid() == 0 else "-rn", "sh", "-c", 'ip link add eth0 type veth peer name eth1 && ip link set eth0 up && exec "$@"', "sh"]
                said = run(PROGRAMS["proxyd"], "-c", "-f", file.name) if program == "proxyd" else run(*own_eth0, PROGRAMS[program], "-t", "-f", file.name)
                check(said.returncode == 0, f"{page}: {program} refuses the example: {said.stdout}{said.stderr}")
                if program == "proxyd":
                    check("WARNING" not in said.stderr, f"{page}: {said.stderr}")


def ask(path, line):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(path)
    client.sendall(line.encode() + b"\n")
    answer = b""
    while chunk := client.recv(65536):
        answer += chunk
    return answer.decode()


def commands_of(text):
    return {line[2:42].rstrip() if len(line) > 42 and line[42:44] == ": " else line[2:].split(" : ")[0].split(": ")[0].rstrip()
            for line in text.splitlines() if line.startswith("  ")}


def same_commands(listed, program, sections, path):
    """What the daemon's help lists is what the page has, word for word."""
    live = commands_of(ask(path, "help"))
    wanted = set()
    for row in listed:
        if row[0] == "runtime-api" and (row[1] in sections or row[1] == "refused" and program == "proxyd"):
            wanted.add(f"{row[2]} {row[3]}".strip())
    check(live <= wanted, f"{program}: not on the page: {sorted(live - wanted)}")
    check(wanted <= live, f"{program}: only on the page: {sorted(wanted - live)}")


def wait_for(path, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if os.path.exists(path):
            return True
        time.sleep(0.05)
    return False


def live(listed):
    with tempfile.TemporaryDirectory(prefix="triad-man-") as folder:
        conf, path = os.path.join(folder, "p.cfg"), os.path.join(folder, "p.sock")
        pathlib.Path(conf).write_text(f"global\n stats socket {path} level admin\ndefaults\n mode http\n timeout connect 5s\n timeout client 5s\n"
                                      f" timeout server 5s\nfrontend f\n bind unix@{folder}/f.sock\n", encoding="utf-8")
        own = [("proxyd", ["-db", "-f", conf], path, {"proxyd", "every"})]
        if os.geteuid() == 0:
            conf2 = os.path.join(folder, "k.conf")
            pathlib.Path(conf2).write_text("global_defs {\n lvs_driver nftables\n}\n", encoding="utf-8")
            for name in ("vrrpd", "checkerd"):
                runtime = os.path.join(folder, name + ".sock")
                own.append((name, ["-n", "-G", "-l", "--all", "-f", conf2, "--runtime-socket", runtime, "-p", f"{folder}/{name}.pid", "-r", f"{folder}/v.pid",
                                   "-c", f"{folder}/c.pid", "-b", f"{folder}/b.pid"], runtime, {name, "both", "every"}))
        for program, arguments, where, sections in own:
            # vrrpd and checkerd in a network namespace of their own: they change nothing of the machine's
            before = [] if program == "proxyd" else ["unshare", "-n"]
            process = subprocess.Popen([*before, PROGRAMS[program], *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                if wait_for(where, process):
                    same_commands(listed, program, sections, where)
                else:
                    process.kill()
                    check(False, f"{program} does not start: {process.stderr.read()[-600:]}")
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                process.communicate(timeout=60)


def main():
    listed = rows()
    check(all(len(row) == 6 for row in listed), "rows have six fields")
    render()
    completeness(listed)
    keyword_dump(listed)
    refused(listed)
    reference_keywords(listed)
    examples()
    live(listed)
    for text in complaints[:60]:
        print("FAIL", text)
    print(f"man_pages: {checks} checks, {len(complaints)} failures")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
