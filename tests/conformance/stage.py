"""The stage of the conformance tests: scripted clients, scripted web servers, a log sink and the program under test.

Everything runs on one asyncio loop over plain sockets, so that a script says exactly which bytes leave when, who closes
first and how (FIN or RST), and sees the same of the other side. Each case owns two loopback addresses, so that hundreds
of cases run at once on one program and none sees the traffic of another.
"""
import asyncio
import os
import re
import signal
import socket
import struct
import subprocess
import time

FRONT_PORT = int(os.environ.get("TRIAD_FRONT_PORT", "21080"))
ORIGIN_PORT = int(os.environ.get("TRIAD_ORIGIN_PORT", "21081"))
PATIENCE = float(os.environ.get("TRIAD_PATIENCE", "4"))  # seconds that a script waits for what must come

# Steps of a script. A bytes object in a script is sent as it stands.
HEAD = ("head",)      # origin: read a request head
BODY = ("body",)      # origin: read the body that the last head announced
FIN = ("fin",)        # shut down writing, keep reading
CLOSE = ("close",)    # close both directions
RESET = ("reset",)    # close with RST
EAT = ("eat",)        # read until the other side ends
ECHO = ("echo",)      # send back whatever comes, until the end
AGAIN = ("again",)    # origin: start the script again on the same connection


def pause(seconds):
    return ("pause", seconds)


def read(count=1, methods=None):
    """Client: read until `count` final responses are complete, or the connection ends."""
    return ("read", count, methods)


def until(marker):
    """Read until these bytes have been received since the last such step."""
    return ("until", marker)


class Ended(Exception):
    """The other side ended the connection."""


def listener(address, port, backlog=64):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(backlog)
    sock.setblocking(False)
    return sock


def close_with_reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Wire:
    """One connection as a script sees it: what was received, and how the other side ended it."""

    def __init__(self, loop, sock):
        self.loop, self.sock = loop, sock
        self.received = b""
        self.fate = "kept"          # kept, closed or reset, by the other side
        self.ended_here = False
        self.mark = 0               # until() looks behind this place
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.peer_port = sock.getpeername()[1]
        except OSError:
            self.peer_port = 0

    async def more(self, timeout):
        """Receives something; raises Ended at the end and TimeoutError when nothing comes."""
        if self.fate != "kept":
            raise Ended
        try:
            data = await asyncio.wait_for(self.loop.sock_recv(self.sock, 1 << 18), timeout)
        except (ConnectionResetError, BrokenPipeError):
            self.fate = "reset"
            raise Ended from None
        if not data:
            self.fate = "closed"
            raise Ended
        self.received += data

    async def send(self, data):
        try:
            await asyncio.wait_for(self.loop.sock_sendall(self.sock, data), PATIENCE)
        except (ConnectionResetError, BrokenPipeError):
            # What the other side had sent before is still to be read; its end shows there.
            pass

    async def linger(self, seconds):
        """Collects whatever still comes within `seconds`, or until the end."""
        end = time.monotonic() + seconds
        try:
            while (left := end - time.monotonic()) > 0:
                await self.more(left)
        except (Ended, asyncio.TimeoutError, OSError):
            pass

    async def plain_step(self, step):
        """The steps that both sides share. False when the step is not one of them."""
        kind = step if isinstance(step, bytes) else step[0]
        if isinstance(kind, bytes):
            await self.send(kind)
        elif kind == "pause":
            await asyncio.sleep(step[1])
        elif kind == "fin":
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        elif kind == "close":
            self.ended_here = True
            self.sock.close()
        elif kind == "reset":
            self.ended_here = True
            close_with_reset(self.sock)
        elif kind == "until":
            while self.received.find(step[1], self.mark) < 0:
                await self.more(PATIENCE)
            self.mark = self.received.find(step[1], self.mark) + len(step[1])
        elif kind == "eat":
            while True:
                await self.more(PATIENCE)
        elif kind == "echo":
            done = len(self.received)
            while True:
                await self.more(PATIENCE)
                await self.send(self.received[done:])
                done = len(self.received)
        else:
            return False
        return True


class Origin:
    """A web server that follows a script on each connection; the last script serves all further connections."""

    def __init__(self, address, scripts, port=ORIGIN_PORT, backlog=64):
        self.scripts, self.wires, self.tasks = scripts, [], []
        self.sock = listener(address, port, backlog)

    def start(self, loop):
        self.loop = loop
        self.tasks.append(loop.create_task(self.accept()))

    async def accept(self):
        while True:
            sock, _ = await self.loop.sock_accept(self.sock)
            sock.setblocking(False)
            script = self.scripts[min(len(self.wires), len(self.scripts) - 1)]
            wire = Wire(self.loop, sock)
            self.wires.append(wire)
            self.tasks.append(self.loop.create_task(self.serve(wire, script)))

    async def serve(self, wire, script):
        try:
            place = 0
            while place < len(script):
                step = script[place]
                place += 1
                if step == HEAD:
                    while b"\r\n\r\n" not in wire.received[wire.mark:]:
                        await wire.more(60)
                    end = wire.received.index(b"\r\n\r\n", wire.mark) + 4
                    head, wire.mark = wire.received[wire.mark:end], end
                elif step == BODY:
                    while (end := body_end(head, wire.received, wire.mark)) is None:
                        await wire.more(60)
                    wire.mark = end
                elif step == AGAIN:
                    place = 0
                else:
                    await wire.plain_step(step)
            if not wire.ended_here:
                await wire.linger(60)
        except (Ended, asyncio.TimeoutError, OSError):
            pass
        if wire.fate != "kept":
            wire.sock.close()

    def stop(self):
        for task in self.tasks:
            task.cancel()
        self.sock.close()
        for wire in self.wires:
            wire.sock.close()


def field(head, name):
    found = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)[ \t]*\r?$", head)
    return found.group(1) if found else None


def chunked_end(data, start):
    """Where a chunked body that starts at `start` ends; None while it is incomplete, -1 if it is not chunked at all."""
    place = start
    while True:
        line = data.find(b"\r\n", place)
        if line < 0:
            return None
        size = re.match(rb"[0-9a-fA-F]+", data[place:line])
        if not size:
            return -1
        place = line + 2
        length = int(size.group(), 16)
        if length == 0:
            while True:  # trailers
                line = data.find(b"\r\n", place)
                if line < 0:
                    return None
                if line == place:
                    return line + 2
                place = line + 2
        if len(data) < place + length + 2:
            return None
        place += length + 2


def body_end(head, data, start):
    if (field(head, b"transfer-encoding") or b"").lower().endswith(b"chunked"):
        return chunked_end(data, start)
    end = start + int(field(head, b"content-length") or 0)
    return end if len(data) >= end else None


def response_ends(data, methods):
    """The places where the final responses in `data` end. One that lasts until the close is not counted."""
    ends, place = [], 0
    while True:
        head_end = data.find(b"\r\n\r\n", place)
        if head_end < 0:
            return ends
        head_end += 4
        head = data[place:head_end]
        found = re.match(rb"HTTP/\d\.\d (\d{3})", head)
        if not found:
            return ends
        code = int(found.group(1))
        if 100 <= code < 200 and code != 101:
            place = head_end
            continue
        method = methods[min(len(ends), len(methods) - 1)] if methods else b"GET"
        if method == b"HEAD" or code in (204, 304, 101) or (method == b"CONNECT" and code == 200):
            end = head_end
        elif field(head, b"transfer-encoding"):
            end = chunked_end(data, head_end)
        elif (length := field(head, b"content-length")) is not None and length.isdigit():
            end = head_end + int(length)
            end = end if len(data) >= end else None
        else:
            end = None
        if end is None or end < 0:
            return ends
        ends.append(end)
        place = end


async def play_client(loop, target, script, methods, linger):
    """Runs a client script; returns the wire, closed."""
    if isinstance(target, tuple):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    else:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.wait_for(loop.sock_connect(sock, target), PATIENCE)
    except (OSError, asyncio.TimeoutError) as why:
        sock.close()
        wire = Wire.__new__(Wire)
        wire.sock, wire.received, wire.fate, wire.port = sock, b"", f"no connection ({type(why).__name__})", 0
        wire.ended_here = not isinstance(why, ConnectionResetError)  # accepted and reset before we looked
        if not wire.ended_here:
            wire.fate, wire.sock = "reset", sock
        return wire
    if isinstance(target, tuple):
        wire = Wire(loop, sock)
        wire.port = sock.getsockname()[1]
    else:
        wire = Wire.__new__(Wire)
        wire.loop, wire.sock, wire.received, wire.fate = loop, sock, b"", "kept"
        wire.ended_here, wire.mark, wire.port, wire.peer_port = False, 0, 0, 0
    try:
        for step in script:
            if isinstance(step, tuple) and step[0] == "read":
                while len(response_ends(wire.received, step[2] or methods)) < step[1]:
                    await wire.more(PATIENCE)
            else:
                await wire.plain_step(step)
    except (Ended, asyncio.TimeoutError, OSError):
        pass
    if not wire.ended_here:
        await wire.linger(linger)
    return wire


class LogSink(asyncio.DatagramProtocol):
    """Takes syslog datagrams and files them under the first word that looks like a case's proxy name."""

    def __init__(self):
        self.lines = {}

    def datagram_received(self, data, addr):
        text = data.decode("latin-1").rstrip("\n")
        name = re.search(r"\bc\d{3,}\b", text)
        self.lines.setdefault(name.group() if name else "", []).append(text)


class Program:
    """A proxy in the foreground."""

    def __init__(self, command, config, directory, ready):
        self.output = os.path.join(directory, os.path.basename(config) + ".out")
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(command.split() + ["-f", config, "-db"], stdout=out, stderr=out,
                                            cwd=directory, start_new_session=True)
        self.ready = ready

    def wait_ready(self, seconds=8):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(self.ready) == 0:
                    return True
            time.sleep(0.02)
        return False

    def text(self):
        with open(self.output, encoding="utf-8", errors="replace") as out:
            return out.read()

    def stop(self, sig=signal.SIGTERM):
        """Ends the program. Returns its exit code, or None if it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return None
        return self.process.returncode
