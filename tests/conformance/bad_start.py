#!/usr/bin/env python3
"""Files and command lines that must not start, or only with a warning: proxyd beside Debian's haproxy.

Compared: the exit code, and that each ALERT and WARNING of the original is printed by proxyd too, word by word (process id
apart). proxyd adds a line with a caret under the place; a case with `caret` says what the caret stands under.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

OURS = os.environ.get("PROXYD", "proxyd/proxyd")
THEIRS = os.environ.get("HAPROXY", "/usr/sbin/haproxy")
PORT = int(os.environ.get("TRIAD_FRONT_PORT", "21080")) + 9

DEFAULTS = "defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n"
WEB = "listen web\n  bind 127.0.0.1:{port}\n"

# name, file, word under which our caret stands (None: no place in a file), further arguments, how to run
CASES = [
    ("valid", DEFAULTS + WEB, None),
    ("unknown keyword in a proxy", DEFAULTS + WEB + "  bogus-keyword 1\n", "bogus-keyword"),
    ("unknown keyword, nearly known", DEFAULTS + WEB + "  balanse roundrobin\n", "balanse"),
    ("unknown keyword in global", "global\n  maxcon 100\n" + DEFAULTS + WEB, "maxcon"),
    ("unknown keyword in defaults", DEFAULTS + "  timeot client 1s\n" + WEB, "timeot"),
    ("keyword before any section", "maxconn 100\n" + DEFAULTS + WEB, "maxconn"),
    ("unknown section", DEFAULTS + WEB + "fronted x\n", "fronted"),
    ("unknown option", DEFAULTS + WEB + "  option htplog\n", "htplog"),
    ("unknown timeout", DEFAULTS + WEB + "  timeout clientt 3s\n", "clientt"),
    ("bad time", DEFAULTS + WEB + "  timeout client 3y\n", "3y"),
    ("unknown balance", DEFAULTS + WEB + "  balance roundrobbin\n", "roundrobbin"),
    ("unknown mode", DEFAULTS + WEB + "  mode htttp\n", "htttp"),
    ("unknown server option", DEFAULTS + WEB + "  server s 127.0.0.1:1 chekc\n", "chekc"),
    ("unknown bind option", DEFAULTS + WEB + "  bind 127.0.0.1:1 sll\n", "sll"),
    ("bind without port", DEFAULTS + "listen web\n  bind 127.0.0.1\n", "127.0.0.1"),
    ("bind with a bad port", DEFAULTS + "listen web\n  bind 127.0.0.1:99999\n", "127.0.0.1:99999"),
    ("bind with port 0", DEFAULTS + "listen web\n  bind 127.0.0.1:0\n", "127.0.0.1:0"),
    ("bind with a bad address", DEFAULTS + "listen web\n  bind 300.1.1.1:80\n", "300.1.1.1:80"),
    ("bind with a backward range", DEFAULTS + "listen web\n  bind 127.0.0.1:8003-8000\n", "127.0.0.1:8003-8000"),
    ("server without address", DEFAULTS + WEB + "  server s\n", None),
    ("server with a bad address", DEFAULTS + WEB + "  server s 300.1.1.1:80\n", "300.1.1.1:80"),
    ("server with a bad port", DEFAULTS + WEB + "  server s 127.0.0.1:99999\n", "127.0.0.1:99999"),
    ("server in a frontend", DEFAULTS + "frontend f\n  bind 127.0.0.1:{port}\n  server s 127.0.0.1:1\n", "server"),
    ("bind in a backend", DEFAULTS + WEB + "backend b\n  bind 127.0.0.1:1\n", "bind"),
    ("duplicate server", DEFAULTS + WEB + "  server s 127.0.0.1:1\n  server s 127.0.0.1:2\n", "s"),
    ("duplicate proxy", DEFAULTS + WEB + WEB, "web"),
    ("a listen section named as a backend above it", DEFAULTS + "backend web\n  server s 127.0.0.1:1\n" + WEB, None),
    ("a backend named as a listen section above it", DEFAULTS + WEB + "backend web\n  server s 127.0.0.1:1\n", "web"),
    ("a listen section named as a frontend above it",
     DEFAULTS + "frontend web\n  bind 127.0.0.1:1\n  default_backend b\nbackend b\n" + WEB, "web"),
    ("unknown default_backend", DEFAULTS + "frontend f\n  bind 127.0.0.1:{port}\n  default_backend nope\n", None),
    ("unknown backend in use_backend", DEFAULTS + "frontend f\n  bind 127.0.0.1:{port}\n  use_backend nope if TRUE\n", None),
    ("unknown ACL", DEFAULTS + "frontend f\n  bind 127.0.0.1:{port}\n  use_backend web if nope\n" + WEB.replace("{port}", "1"), "nope"),
    ("missing timeouts", "defaults\n  mode http\n" + WEB + "  server s 127.0.0.1:1\n", None),
    ("frontend without bind", DEFAULTS + "frontend f\n  default_backend b\nbackend b\n  server s 127.0.0.1:1\n" + WEB, None),
    ("nothing listens", DEFAULTS + "backend b\n  server s 127.0.0.1:1\n", None),
    ("empty file", "", None),
    ("no newline at the end", (DEFAULTS + WEB).rstrip("\n"), None),
    ("unmatched quote", DEFAULTS + WEB + "  description 'abc\n", "'abc"),
    ("several mistakes at once", DEFAULTS + WEB + "  bogus 1\n  option htplog\n  balance nope\n", "bogus"),
    ("empty argument", DEFAULTS + WEB + '  server s "" check\n', '""'),
    ("log without facility", "global\n  log 127.0.0.1\n" + DEFAULTS + WEB, None),
    ("log with unknown facility", "global\n  log 127.0.0.1 nonsense\n" + DEFAULTS + WEB, "nonsense"),
    ("maxconn is no number", "global\n  maxconn abc\n" + DEFAULTS + WEB, None),
    ("unknown user", "global\n  user nobody-of-that-name\n" + DEFAULTS + WEB, "nobody-of-that-name"),
    ("http log in TCP mode", DEFAULTS + WEB + "  mode tcp\n  option httplog\n  log 127.0.0.1 local0\n", None),
    ("errorfile that is missing", DEFAULTS + WEB + "  errorfile 503 /nonexistent/503.http\n", "/nonexistent/503.http"),
    ("section with a slip at the beginning", "fronted x\n  bind 127.0.0.1:{port}\n" + DEFAULTS + WEB, "fronted"),
    ("50 wrong lines", DEFAULTS + WEB + "  bogus 1\n" * 50, "bogus"),
    ("51 wrong lines", DEFAULTS + WEB + "  bogus 1\n" * 51, "bogus"),
    ("50 wrong lines and a comment", DEFAULTS + WEB + "  bogus 1\n" * 50 + "# end\n  maxconn 1\n", "bogus"),
    ("60 wrong lines before any section", "bogus 1\n" * 60 + DEFAULTS + WEB, "bogus"),
    ("60 lines that cannot be read", DEFAULTS + WEB + "  description 'abc\n" * 60, "'abc"),
    (".if without end", DEFAULTS + ".if streq(a,a)\n" + WEB, None),
    (".alert", '.alert "no way"\n' + DEFAULTS + WEB, None),
    (".warning", '.warning "mind this"\n' + DEFAULTS + WEB, None),
]

# Where we say more or other things than 2.6 on purpose.
EXPLAINED = {
}


def run(program, arguments, directory, seconds=3):
    """Exit code ("running" if it still runs after a moment) and what was printed."""
    out = os.path.join(directory, "out")
    with open(out, "wb") as sink:
        process = subprocess.Popen([program, *arguments], stdout=sink, stderr=sink, cwd=directory)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            code = "running"
    with open(out, encoding="utf-8", errors="replace") as text:
        return code, text.read()


def statements(text):
    """The ALERT and WARNING lines without process id and program path."""
    out = []
    for line in text.splitlines():
        found = re.match(r"\[(ALERT|WARNING)\]\s+\(\d+\) : (.*)", line)
        if found:
            what = re.sub(r"\[\S*\.main\(\)\]", "[main]", found.group(2))
            # haproxy 3.4 names the protocol of a listener that cannot be bound, and ends with a full stop; we do too.
            what = re.sub(r"protocol \w+: (cannot bind .*)\.$", r"\1", what).replace("socket (No such file or directory) for [", "socket (No such file or directory) [")
            out.append(f"{found.group(1)} {what.strip()}")
    return out


def caret_word(text):
    """The words over which our carets stand: the rest of the shown line from the caret's column on."""
    lines = text.splitlines()
    return [shown[len(marks) - len(marks.lstrip()):] for shown, marks in zip(lines, lines[1:])
            if re.fullmatch(r"[\s|0-9]*\^[~^]*\s*(\S.*)?", marks)]


def compare(name, arguments, directory, caret):
    ours, mine = run(OURS, arguments, directory)
    theirs, other = run(THEIRS, arguments, directory)
    wrong = []
    if ours != theirs:
        wrong.append(f"exit code {ours}, the original {theirs}")
    said = statements(mine)
    for line in statements(other):
        if line not in said:
            wrong.append(f"not said: {line}\n          but: {said}")
    for line in sorted(set(said)):
        if said.count(line) > max(1, statements(other).count(line)):
            wrong.append(f"said {said.count(line)} times: {line}")
    if ("Usage : " in mine) != ("Usage : " in other):
        wrong.append(f"usage: {mine}")
    if caret and os.path.basename(OURS) != "haproxy" and not any(word.startswith(caret) for word in caret_word(mine)):
        wrong.append(f"no caret under {caret!r}:\n{mine}")
    if wrong and name in EXPLAINED:
        return "explained"
    for text in wrong:
        print(f"  DIFFERS  {name}: {text}")
    return "failed" if wrong else "ok"


def main():
    if not shutil.which(THEIRS):
        print(f"no such program: {THEIRS}")
        return 77
    results = []
    with tempfile.TemporaryDirectory(prefix="start-") as directory:
        def write(text):
            with open(os.path.join(directory, "t.cfg"), "w", encoding="utf-8") as out:
                out.write(text.replace("{port}", str(PORT)))

        for name, text, caret in CASES:
            write(text)
            results.append(compare(name, ["-c", "-f", "t.cfg"], directory, caret))
        write(DEFAULTS + WEB)
        os.mkdir(os.path.join(directory, "empty"))
        for name, arguments in (("missing file", ["-f", "missing.cfg"]), ("missing file, checked", ["-c", "-f", "missing.cfg"]),
                                ("missing folder for -C", ["-C", "nope", "-f", "t.cfg"]), ("-c -V", ["-c", "-V", "-f", "t.cfg"]),
                                ("-c -q", ["-c", "-q", "-f", "t.cfg"]), ("-f without a value", ["-f"]),
                                ("-f with an empty folder", ["-f", "empty"]),
                                ("-f with an empty folder, checked", ["-c", "-f", "empty"]),
                                ("-f with an empty folder, quiet", ["-c", "-q", "-f", "empty"]),
                                ("an empty folder behind --", ["-c", "--", "empty"]),
                                ("an empty folder and a file", ["-c", "-f", "empty", "-f", "t.cfg"]),
                                ("it runs", ["-db", "-f", "t.cfg"])):
            results.append(compare(name, arguments, directory, None))
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", PORT))
            holder.listen()
            results.append(compare("port in use", ["-db", "-f", "t.cfg"], directory, None))
        write(DEFAULTS + "listen web\n  bind 192.0.2.1:80\n")
        results.append(compare("address of another machine", ["-db", "-f", "t.cfg"], directory, None))
        write(DEFAULTS + "listen web\n  bind 192.0.2.1:80\n  bind 192.0.2.2:80\nlisten more\n  bind 192.0.2.3:80\n")
        results.append(compare("several addresses of other machines", ["-db", "-f", "t.cfg"], directory, None))
        write(DEFAULTS + "listen web\n  bind /nonexistent/dir/x.sock\n")
        results.append(compare("UNIX socket in a missing folder", ["-db", "-f", "t.cfg"], directory, None))
        write(DEFAULTS + "backend b\n  server s 127.0.0.1:1\n")
        results.append(compare("start without any listener", ["-db", "-f", "t.cfg"], directory, None))
        write("global\n  chroot /nonexistent\n" + DEFAULTS + WEB)
        results.append(compare("missing chroot folder", ["-db", "-f", "t.cfg"], directory, None))
    print(f"{len(results)} cases, {results.count('explained')} explained differences, {results.count('failed')} unexplained")
    return 1 if "failed" in results else 0


if __name__ == "__main__":
    OURS, THEIRS = (os.path.abspath(shutil.which(program) or program) for program in (OURS, THEIRS))
    sys.exit(main())
