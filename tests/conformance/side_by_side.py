#!/usr/bin/env python3
"""Runs proxyd and Debian's haproxy with the same files and the same requests, and compares what can be seen.

  side_by_side.py [--prog PROXYD] [--reference /usr/sbin/haproxy] [--case TEXT ...] [--verbose] [--list]

Compared for each case: every byte that the client receives (chunk sizes apart), how its connection ends, every byte that
each server receives and how its connections end, and the log lines (dates, ports and process ids apart; timers within a
tolerance). A difference that stands in EXPLAINED, with its reason, is counted; any other is a failure, and so is a row
of EXPLAINED whose case no longer differs. Exits 0, 1 for differences, 77 where the reference is not installed.
"""
import argparse
import asyncio
import contextlib
import os
import re
import shutil
import socket
import signal
import sys
import tempfile
import time

import cases_answers, cases_bodies, cases_changes, cases_connecting, cases_connections, cases_engine, cases_expressions, cases_facts, cases_fetches, cases_headers, cases_hints, cases_lists, cases_logs, cases_messages, cases_options, cases_persistence, cases_requests, cases_servers, cases_tcp_rules  # noqa: F401,E401 (they fill CASES)
import second_look
from case import CASES
from explained import EXPLAINED
from stage import FRONT_PORT, ORIGIN_PORT, LogSink, Origin, Program, chunked_end, field, play_client

AT_ONCE = 32
TIMER_SLACK_MS, TIMER_SLACK_PART = 150, 0.3

GLOBAL = """global
  log 127.0.0.1:{log} len 8192 local2
  stats socket {dir}/runtime.sock mode 600 level admin
  maxconn 6000
  nbthread 1
{options}
defaults
  mode http
  log global
  option httplog
  balance roundrobin
  timeout connect 1s
  timeout client 3s
  timeout server 3s
  timeout http-request 2s
  timeout http-keep-alive 2s
listen ready
  bind {ready}
  no log
"""
ERROR_FILES = {
    "503.http": b"HTTP/1.0 503 Sorry\r\nCache-Control: no-cache\r\nContent-Type: text/plain\r\n\r\nsorry page\n",
    "400.http": b"HTTP/1.1 400 Odd\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nodd\n",
    # Pattern files and maps of the conditions.
    "paths.lst": b"# a comment\n\n  /DIR/file.html\n/other\n", "nets.lst": b"10.0.0.0/8\n127.0.0.1\n", "words.lst": b"nope\nd\n",
    "regs.lst": b"^/nope$\n^/dir\n", "ints.lst": b"1\n5:9\n", "one.map": b"text/html yes\nk1 v\nfoo bar baz\n",
    "beg.map": b"/foo A\n/foo/ B\nbar C\n", "reg.map": b"^ab.$ reg\n^([a-z]+)-([0-9]+)$ \\2:\\1\n",
    "ip.map": b"10.0.0.0/8 big\n10.1.0.0/16 mid\n10.1.2.0/24 small\n", "int.map": b"10:20 mid\n5 five\n", "num.map": b"a 5\n",
}
ERROR_FILES.update(cases_lists.FILES)


class Place:
    """The loopback addresses of a case: 127.A.B.1 in front, .11 and up for its servers. A depends on our pid."""

    def __init__(self, number):
        first = 20 + 2 * (os.getpid() % 100)
        self.net = f"127.{first + number // 250}.{number % 250}"
        self.name = f"c{number:03d}"
        self.front = (f"{self.net}.1", FRONT_PORT)

    def origin(self, index):
        return f"{self.net}.{11 + index}"


def section(case, place, directory, log_port):
    words = {"name": place.name, "bind": "%s:%d" % place.front, "dead": f"{place.net}.9:{ORIGIN_PORT + 1}", "dir": directory,
             "log": f"127.0.0.1:{log_port}"}
    for index in range(4):
        words[f"s{index + 1}"] = f"{place.origin(index)}:{ORIGIN_PORT}"

    def fill(text):
        return re.sub(r"\{(%s)\}" % "|".join(words), lambda found: words[found.group(1)], text)

    if case.text:
        return fill(case.text)
    text = "listen {name}\n  bind {bind}\n" + (f"  {case.conf}\n" if case.conf else "")
    if not re.search(r"^\s*server ", "  " + case.conf, re.M):
        for index in range(len(case.servers)):
            text += f"  server s{index + 1} {{s{index + 1}}} {case.server_options}".rstrip() + "\n"
    return fill(text)


async def play(case, place, directory):
    """Plays one case; returns what was seen."""
    loop = asyncio.get_running_loop()
    target = os.path.join(directory, case.target) if case.target else place.front

    async def one(script):
        if script and isinstance(script[0], (int, float)):
            await asyncio.sleep(script[0])
            script = script[1:]
        methods = case.methods or [found.group(1) for step in script if isinstance(step, bytes)
                                   for found in [re.match(rb"([A-Z]+) ", step)] if found]
        return await play_client(loop, target, script, methods if all(m == methods[0] for m in methods) else [b"GET"], case.linger)

    return await asyncio.gather(*(one(script) for script in case.clients))


async def settled_ends(servers):
    """How the servers' connections ended while the client's are still as they were: looked at until nothing moves any more,
    because a busy machine brings a reset or a FIN late."""
    def look():
        return [[wire.fate if not wire.ended_here else "we ended" for wire in server] for server in servers]

    last, ends = None, look()
    for _ in range(40):
        if ends == last:
            break
        await asyncio.sleep(0.03)
        last, ends = ends, look()
    return ends


async def play_all(numbered, command, directory, log_port, config, sink):
    """Runs one program over its cases. Returns {number: what was seen} and the program's own output on failure."""
    loop = asyncio.get_running_loop()
    seen, origins = {}, {}
    for number, case, place in numbered:
        origins[number] = [Origin(place.origin(index), scripts) for index, scripts in enumerate(case.servers)]
        for origin in origins[number]:
            origin.start(loop)
    ready = re.search(r"listen ready\n  bind (\S+):(\d+)", open(config).read())
    program = Program(command, config, directory, (ready.group(1), int(ready.group(2))))
    try:
        if not await loop.run_in_executor(None, program.wait_ready):
            return None, program.text()
        started = time.monotonic()
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number, case, place):
            await asyncio.sleep(max(0.0, started + case.settle - time.monotonic()))
            async with gate:
                wires = await play(case, place, directory)
                servers = [list(origin.wires) for origin in origins[number]]
                ends = await settled_ends(servers)
                for wire in wires:
                    if not wire.ended_here:
                        wire.sock.close()
                await asyncio.sleep(0.1)
                seen[number] = dict(wires=wires, servers=servers, ends=ends)

        await asyncio.gather(*(one(*item) for item in numbered))
        await asyncio.sleep(0.3)
        crashed = program.process.poll()
        for number in seen:
            seen[number]["log"] = list(sink.lines.get(f"c{number:03d}", []))
        return seen, "" if crashed is None else f"ended by itself with {crashed}: " + program.text()[-600:]
    finally:
        await loop.run_in_executor(None, program.stop)
        for group in origins.values():
            for origin in group:
                origin.stop()
        sink.lines.clear()


def canonical(data):
    """The bytes with each chunked body written as its content, so that where chunks were cut does not matter."""
    out, place = b"", 0
    while True:
        end = data.find(b"\r\n\r\n", place)
        if end < 0:
            return out + data[place:]
        end += 4
        head = data[place:end]
        out += head
        place = end
        if (field(head, b"transfer-encoding") or b"").lower().endswith(b"chunked") and place < len(data):
            stop = chunked_end(data, place)
            whole = stop is not None and stop > 0
            out += b"<chunked:" + decode_chunks(data[place:stop if whole else None]) + (b">" if whole else b"...")
            place = stop if whole else len(data)
        elif (length := field(head, b"content-length")) and length.isdigit():
            step = min(int(length), len(data) - place)
            out += data[place:place + step]
            place += step


def decode_chunks(data):
    out = b""
    while True:
        line = data.find(b"\r\n")
        size = re.match(rb"[0-9a-fA-F]+", data[:max(line, 0)])
        if not size:
            return out + data
        length = int(size.group(), 16)
        if length == 0:
            return out + b" END " + data[line + 2:]
        out += data[line + 2:line + 2 + length]
        data = data[line + 2 + length + 2:]


def normal_log(line, ports):
    """A log line without what differs from run to run, and its timers."""
    line = re.sub(r"(?<=^)(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d ", r"\1DATE ", line)
    line = re.sub(r"^(<\d+>DATE (?:\S+ )?)(?:haproxy|proxyd)\[", r"\1PROG[", line)
    pid = re.search(r"^<\d+>DATE (?:\S+ )?\S+?\[(\d+)\]:|^<\d+>1 \S+ \S+ \S+ (\d+) - ", line)
    if pid and line.endswith("aaaaa"):  # cut at a length: what a shorter process id leaves room for does not count
        line = line[:len(line) - (7 - len(pid.group(1) or pid.group(2)))]
    line = re.sub(r"^(<\d+>DATE (?:\S+ )?\S+?)\[\d+\]:", r"\1:", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d", "ISO", line)
    line = re.sub(r"( ISO \S+) (?:haproxy|proxyd) ", r"\1 PROG ", line)
    line = re.sub(r"( ISO \S+ \S+) \d+ - ", r"\1 PID - ", line)
    line = re.sub(r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d(\.\d{3}| [+-]\d{4})", "TIME", line)
    for port in ports:
        line = re.sub(rf"\b{port}\b", "PORT", line)
    timers = []

    def timer(found):
        timers.extend(int(part.lstrip("+")) for part in found.group(1).split("/"))
        return " " + "/".join("-1" if part.startswith("-") else "t" for part in found.group(1).split("/")) + " "

    line = re.sub(r" ((?:-?\d+/){4}\+?-?\d+) (?=-?\d{1,3} )", timer, line, count=1)
    if not timers:
        line = re.sub(r" ((?:-?\d+/){2}\+?-?\d+) (?=\+?\d+ )", timer, line, count=1)
    line = re.sub(r"(check duration: )\d+ms", r"\1t", line)
    line = re.sub(r"(<STATS> \S+ 200) \d+ ", r"\1 BYTES ", line)  # the page shows the run's own numbers
    line = re.sub(r'PORT \d{3} ("c\d+" .*"s1") [\d ]* ---- \d+ ', r"PORT MS \1 TIMERS ---- A ", line)  # option httplog clf
    return re.sub(r" \d+(/\d+/\d+/\d+/\+?\d+ \d+/\d+)", r" A\1", line, count=1), timers


def aspects(case, seen, front):
    """What is compared, by name: each a list of printable things."""
    ports = [str(wire.port) for wire in seen["wires"]] + [str(wire.peer_port) for server in seen["servers"] for wire in server]
    ports = [port for port in ports if port != "0"]
    view = case.view or canonical
    server_view = case.origin_view or (lambda wires: wires)

    def tidy(data):
        for port in ports:
            data = re.sub(rb"\b%s\b" % port.encode(), b"PORT", data)
        return data

    logs = sorted(normal_log(line, ports) for line in seen["log"])
    out = {
        "client": [view(wire.received) for wire in seen["wires"]],
        "fate": [wire.fate if not wire.ended_here else "client ended" for wire in seen["wires"]],
        "origin": [[tidy(canonical(wire.received)) for wire in server_view(server)] for server in seen["servers"]],
        "origin fate": [server_view(ends) for ends in seen["ends"]],
        "log": [text for text, _ in logs],
        "timers": [timers for _, timers in logs],
    }
    for name in case.ignore:
        out.pop(name, None)
        if name == "origin":
            out.pop("origin fate", None)
        if name == "log":
            out.pop("timers", None)
    return out


def timers_agree(left, right):
    if len(left) != len(right) or any(len(a) != len(b) for a, b in zip(left, right)):
        return False
    return all((a < 0) == (b < 0) and abs(a - b) <= max(TIMER_SLACK_MS, TIMER_SLACK_PART * max(a, b))
               for one, two in zip(left, right) for a, b in zip(one, two))


def differences(ours, theirs):
    return [name for name in theirs
            if (not timers_agree(ours[name], theirs[name]) if name == "timers" else ours[name] != theirs[name])]


def short(value, limit=700):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit // 2]} ... {text[-limit // 2:]} ({len(text)} characters)"


def write_config(path, numbered, options, directory, log_port):
    ready = Place(max(number for number, _, _ in numbered)).net + f".2:{FRONT_PORT}"
    with open(path, "w", encoding="latin-1") as out:
        out.write(GLOBAL.format(log=log_port, dir=directory, options=f"  {options}" if options else "", ready=ready))
        for _, case, place in numbered:
            out.write(section(case, place, directory, log_port))


def refused_alone(command, numbered, options, directory, log_port):
    """Which cases' sections the program refuses, each checked in a file of its own."""
    import subprocess
    out = {}
    for item in numbered:
        path = os.path.join(directory, "alone.cfg")
        write_config(path, [item], options, directory, log_port)
        done = subprocess.run(command.split() + ["-c", "-f", path], capture_output=True, text=True, errors="replace", timeout=20)
        if done.returncode != 0:
            out[item[0]] = " ".join((done.stderr or done.stdout).split("\n")[:4])[-300:]
    return out


async def run_programs(commands, chosen, directory):
    """Runs all cases on both programs. Returns {program: {number: what was seen}} and {number: why it was refused}."""
    loop = asyncio.get_running_loop()
    transport, sink = await loop.create_datagram_endpoint(LogSink, local_addr=("127.0.0.1", 0))
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    log_port = transport.get_extra_info("sockname")[1]
    results, refused, troubles = {name: {} for name in commands}, {}, []
    groups = {}
    for item in chosen:
        groups.setdefault(item[1].options, []).append(item)
    for options, numbered in groups.items():
        for name, command in commands.items():
            config = os.path.join(directory, "twin.cfg")
            write_config(config, numbered, options, directory, log_port)
            seen, trouble = await play_all(numbered, command, directory, log_port, config, sink)
            if seen is None:
                out = refused_alone(command, numbered, options, directory, log_port)
                refused.update({number: f"{name} refuses the section: {why}" for number, why in out.items()})
                rest = [item for item in numbered if item[0] not in out]
                if rest and out:
                    write_config(config, rest, options, directory, log_port)
                    seen, trouble = await play_all(rest, command, directory, log_port, config, sink)
            if trouble:
                troubles.append(f"{name}: {trouble.strip()[-1500:]}")
            results[name].update(seen or {})
    transport.close()
    return results, refused, troubles


async def run_twice(commands, chosen, directory, args):
    """As run_programs; cases that differ are run once more, by themselves: on a busy machine one may come too late, for either program."""
    results, refused, troubles = await run_programs(commands, chosen, directory)
    with contextlib.redirect_stdout(None):
        wrong = report(chosen, results, refused, args)[2]
    if troubles or not 0 < len(wrong) <= second_look.MOST:
        return results, refused, troubles
    print("run again: " + ", ".join(case.name for _, case, _ in wrong))
    again, refused_again, troubles = await run_programs(commands, wrong, directory)
    for name, seen in again.items():
        results[name].update(seen)
    return results, {**refused, **refused_again}, troubles


def report(chosen, results, refused, args):
    """Prints the differences. Returns the number of unexplained and of explained ones, and which cases are not as they should be."""
    explained, failed = 0, []
    for number, case, place in chosen:
        if number in refused:
            wrong, detail = ["refused"], {"refused": (refused[number], "runs it")}
        elif number not in results["ours"] or number not in results["theirs"]:
            wrong, detail = ["not run"], {"not run": (number in results["ours"], number in results["theirs"])}
        else:
            ours = aspects(case, results["ours"][number], place.front)
            theirs = aspects(case, results["theirs"][number], place.front)
            wrong = differences(ours, theirs)
            detail = {name: (ours[name], theirs[name]) for name in wrong}
            if args.verbose and args.case:
                for name, value in theirs.items():
                    print(f"     {name}: {short(value, 4000)}")
        known = EXPLAINED.get(case.name)
        if wrong and known and set(wrong) <= set(known[0]):
            explained += 1
            if args.verbose:
                print(f"  explained  {case.name}: {', '.join(wrong)}: {known[1]}")
            continue
        if known and not wrong and args.stale:
            failed.append((number, case, place))
            print(f"  no longer differs (drop its row from EXPLAINED): {case.name}")
        if wrong:
            failed.append((number, case, place))
            print(f"  DIFFERS    {case.name}: {', '.join(wrong)}")
            for name, (mine, other) in detail.items():
                print(f"     {name}\n       ours   {short(mine)}\n       theirs {short(other)}")
    return len(failed), explained, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    parser.add_argument("--reference", default=os.environ.get("HAPROXY", "/usr/sbin/haproxy"))
    parser.add_argument("--case", action="append", help="only cases whose name contains this")
    parser.add_argument("--verbose", "-v", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--no-stale", dest="stale", action="store_false", help="rows of EXPLAINED without a difference are fine")
    args = parser.parse_args()
    names = [case.name for case in CASES]
    doubles = {name for name in names if names.count(name) > 1}
    unknown = set(EXPLAINED) - set(names)
    if doubles or unknown:
        sys.exit(f"side_by_side: used twice: {sorted(doubles)}; explained but not there: {sorted(unknown)}")
    chosen = [(number, case, Place(number)) for number, case in enumerate(CASES)
              if not args.case or any(text in case.name for text in args.case)]
    if args.list:
        print("\n".join(case.name for _, case, _ in chosen))
        return 0
    commands = {"ours": args.prog, "theirs": args.reference}
    for role, command in commands.items():
        if not shutil.which(command.split()[0]):
            print(f"side_by_side: no such program: {command}")
            return 77 if role == "theirs" else 1
    commands = {role: os.path.abspath(shutil.which(c.split()[0])) + c[len(c.split()[0]):] for role, c in commands.items()}
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the programs are ended when this is
    with tempfile.TemporaryDirectory(prefix="twin-") as directory:
        for name, data in ERROR_FILES.items():
            with open(os.path.join(directory, name), "wb") as out:
                out.write(data)
        results, refused, troubles = asyncio.run(run_twice(commands, chosen, directory, args))
    for trouble in troubles:
        print(f"  TROUBLE    {trouble}")
    failed, explained, _ = report(chosen, results, refused, args)
    print(f"{len(chosen)} cases, {explained} explained differences, {failed} unexplained, {time.monotonic() - began:.0f} s")
    return 1 if failed or troubles else 0


if __name__ == "__main__":
    sys.exit(main())
