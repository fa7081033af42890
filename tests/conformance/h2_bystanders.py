"""Honest clients beside an attack over HTTP/2."""
import socket
import threading
import time

from h2_client import Connection

DELAY = 4.0  # seconds that an answer may take: the machine may be busy with other tests


class Others:
    """Honest clients: what they waited, and what went wrong."""

    def __init__(self, ports):
        self.ports, self.stop, self.served, self.longest, self.wrong = ports, threading.Event(), 0, 0.0, []
        self.threads = [threading.Thread(target=self.run, args=(ask,), daemon=True) for ask in (self.h1, self.h2_new, self.h2_kept)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(8)

    def run(self, ask):
        self_state = {}
        while not self.stop.is_set():
            begin = time.monotonic()
            try:
                if wrong := ask(self_state):
                    self.wrong.append(wrong)
            except OSError as fault:
                self.wrong.append(f"{ask.__name__}: {fault}")
            self.served += 1
            self.longest = max(self.longest, time.monotonic() - begin)
            self.stop.wait(0.02)

    def h1(self, _):
        with socket.create_connection(("127.0.0.1", self.ports["h1"]), DELAY) as talk:
            talk.sendall(b"GET /b/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            text = b""
            while piece := talk.recv(4096):
                text += piece
        return None if text.startswith(b"HTTP/1.1 200") else f"h1: {text[:60]!r}"

    def h2_new(self, _):
        with Connection(("127.0.0.1", self.ports["h2"])) as talk:
            each = talk.answer(talk.request(path=b"/b/"), DELAY)
            return None if each.status == 200 and each.ended else f"h2, new connection: {each.status} {talk.goaways} {talk.ended}"

    def h2_kept(self, state):
        talk = state.get("talk")
        if talk is None or talk.ended or talk.goaways:
            state["talk"] = talk = Connection(("127.0.0.1", self.ports["h2"]))
        each = talk.answer(talk.request(path=b"/fine"), DELAY)
        talk.frames.clear()
        return None if each.status == 200 and each.ended else f"h2, kept connection: {each.status} {talk.goaways} {talk.ended}"
