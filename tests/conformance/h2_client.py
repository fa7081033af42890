"""A client of HTTP/2 that works on frames: it sends what the test says, right or wrong, and notes everything that comes back.

It answers what every client must answer (SETTINGS, PING; window updates unless `auto_window` is off) and decodes every header
block, so that the tables stay in step. It never blocks longer than the caller's patience: `wait(condition)` drives it.
"""
import select
import socket
import ssl
import struct
import time
from typing import NamedTuple

from h2_hpack import Decoder, Encoder, encode

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY_FLAG = 1, 1, 4, 8, 0x20
(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL,
 COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED) = range(14)
CODE_NAMES = ("NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED FRAME_SIZE_ERROR REFUSED_STREAM CANCEL "
              "COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM INADEQUATE_SECURITY HTTP_1_1_REQUIRED").split()
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = range(1, 7)
ENABLE_CONNECT_PROTOCOL = 8
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATIENCE = 4.0


def code_name(code):
    return CODE_NAMES[code] if code < len(CODE_NAMES) else hex(code)


def frame(kind, flags, stream, payload=b"", length=None, reserved=0):
    """The bytes of a frame; `length` lies about the payload, `reserved` sets the reserved bit."""
    length = len(payload) if length is None else length
    return length.to_bytes(3, "big") + bytes([kind, flags]) + (stream | reserved << 31).to_bytes(4, "big") + payload


def settings_payload(values):
    pairs = values.items() if isinstance(values, dict) else values
    return b"".join(struct.pack("!HI", name, value) for name, value in pairs)


def fields_of(method=b"GET", path=b"/", *more, scheme=b"http", authority=b"example.com"):
    """A request's header list; a pseudo-field that is None is left out."""
    pseudo = [(b":method", method), (b":scheme", scheme), (b":authority", authority), (b":path", path)]
    return [each for each in pseudo if each[1] is not None] + list(more)


class Frame(NamedTuple):
    kind: int
    flags: int
    stream: int
    payload: bytes


class Stream:
    """What came back on one stream."""

    def __init__(self, window):
        self.informational, self.headers, self.trailers = [], None, None
        self.data, self.size = bytearray(), 0
        self.ended, self.reset = False, None
        self.window = window           # what we may still send
        self.pending, self.pending_end = bytearray(), False
        self.reset_by_us = False

    @property
    def status(self):
        return int(dict(self.headers).get(b":status", 0)) if self.headers else 0

    @property
    def over(self):
        return self.ended or self.reset is not None

    def field(self, name):
        return b", ".join(value for each, value in self.headers or [] if each == name) if any(
            each == name for each, _ in self.headers or []) else None


def tls_context(alpn=("h2",)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def connect(address, tls=None, receive_buffer=None):
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX)
    else:
        sock = socket.socket(socket.AF_INET)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(address)
    if not isinstance(address, str):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls.wrap_socket(sock, server_hostname="example.com") if tls else sock


class Connection:
    def __init__(self, address, tls=None, settings=(), hello=True, keep_data=True, receive_buffer=None):
        """`address` may be a socket that is connected already."""
        self.sock = address if isinstance(address, socket.socket) else connect(address, tls, receive_buffer)
        self.alpn = self.sock.selected_alpn_protocol() if tls else None
        self.scheme = b"https" if tls else b"http"
        self.sock.setblocking(False)
        self.out, self.inbox = bytearray(), bytearray()
        self.ended = ""                       # "closed" or "reset" by the other side
        self.frames, self.streams = [], {}    # frames: all but DATA when keep_data is off
        self.goaways, self.pongs = [], set()
        self.peer_settings, self.settings_acks = None, 0
        self.peer_window, self.peer_initial = 65535, 65535
        self.auto_window, self.auto_answer, self.keep_data = True, True, keep_data
        self.decoder, self.encoder = Decoder(), Encoder()
        self.block, self.block_stream, self.block_flags = b"", 0, 0
        self.corked = False                   # what is sent waits, to leave in one piece
        self.paused = False                   # a slow reader: nothing is read
        self.next_id, self.ping_number = 1, 0
        self.broken = ""                      # what the other side did that no server may do
        if hello:
            self.raw(PREFACE + frame(SETTINGS, 0, 0, settings_payload(settings)))

    # ---- what goes out -------------------------------------------------------------------------------------------
    def raw(self, data):
        self.out += data
        self.flush()
        return self

    def frame(self, kind, flags, stream, payload=b"", length=None, reserved=0):
        return self.raw(frame(kind, flags, stream, payload, length, reserved))

    def settings(self, values):
        return self.frame(SETTINGS, 0, 0, settings_payload(values))

    def window_update(self, stream, amount):
        return self.frame(WINDOW_UPDATE, 0, stream, struct.pack("!I", amount))

    def reset(self, stream, code=CANCEL):
        if stream in self.streams:
            self.streams[stream].reset_by_us = True
        return self.frame(RST_STREAM, 0, stream, struct.pack("!I", code))

    def goaway(self, last=0, code=NO_ERROR, text=b""):
        return self.frame(GOAWAY, 0, 0, struct.pack("!II", last, code) + text)

    def priority(self, stream, parent=0, weight=15, exclusive=0):
        return self.frame(PRIORITY, 0, stream, struct.pack("!IB", parent | exclusive << 31, weight))

    def headers(self, stream, fields, end=True, end_headers=True, padding=None, priority=None, form="plain", huffman=False):
        """A HEADERS frame; `fields` is a block (bytes) or a list for encode()."""
        block = fields if isinstance(fields, bytes) else encode(fields, form, huffman)
        flags = (END_STREAM if end else 0) | (END_HEADERS if end_headers else 0)
        if priority is not None:
            flags |= PRIORITY_FLAG
            block = struct.pack("!IB", *priority) + block
        if padding is not None:
            flags |= PADDED
            block = bytes([padding]) + block + bytes(padding)
        self.stream(stream)
        self.next_id = max(self.next_id, stream + 2)
        return self.frame(HEADERS, flags, stream, block)

    def data(self, stream, payload=b"", end=False, padding=None):
        """A DATA frame, whatever the windows say."""
        flags = END_STREAM if end else 0
        if padding is not None:
            flags |= PADDED
            payload = bytes([padding]) + payload + bytes(padding)
        self.peer_window -= len(payload)
        self.stream(stream).window -= len(payload)
        return self.frame(DATA, flags, stream, payload)

    def request(self, method=b"GET", path=b"/", *more, body=None, trailers=None, **options):
        """Sends a good request on the next stream; the body goes as the windows allow. Returns the stream's number."""
        number = self.next_id
        options.setdefault("scheme", self.scheme)
        self.corked = True
        self.headers(number, fields_of(method, path, *more, **options), end=body is None and trailers is None)
        if body is not None or trailers is not None:
            self.send_body(number, body or b"", end=trailers is None)
        if trailers is not None:
            self.headers(number, list(trailers))
        self.corked = False
        self.flush()
        return number

    def send_body(self, stream, body, end=True):
        each = self.stream(stream)
        each.pending += body
        each.pending_end = end
        self.move_bodies()

    def move_bodies(self):
        for number, each in list(self.streams.items()):
            while (each.pending or each.pending_end) and not each.reset_by_us and each.reset is None and len(self.out) < 1 << 18:
                room = min(len(each.pending), 16384, self.peer_window, each.window)
                if room <= 0 and each.pending:
                    break
                part = bytes(each.pending[:room])
                del each.pending[:room]
                last = each.pending_end and not each.pending
                self.data(number, part, end=last)
                if not each.pending:
                    each.pending_end = False

    def flush(self):
        while self.out and not self.ended and not self.corked:
            try:
                sent = self.sock.send(memoryview(self.out)[:1 << 18])
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return
            except OSError:
                # What the other side had said before is still to be read; its end shows there.
                self.out.clear()
                return
            del self.out[:sent]

    # ---- what comes back -----------------------------------------------------------------------------------------
    def stream(self, number):
        if number not in self.streams:
            self.streams[number] = Stream(self.peer_initial)
        return self.streams[number]

    def pump(self, timeout):
        """One round of sending and receiving; False when nothing happened in time or the connection is over."""
        if self.ended:
            return False
        self.move_bodies()
        self.flush()
        if not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() and not self.paused):
            poll = select.poll()  # select() knows no descriptor above 1023
            poll.register(self.sock, (0 if self.paused else select.POLLIN) | (select.POLLOUT if self.out else 0))
            happened = sum(event for _, event in poll.poll(max(timeout, 0) * 1000))
            if happened & select.POLLOUT:
                self.flush()
            if self.paused or not happened & ~select.POLLOUT:
                return bool(happened)
        try:
            piece = self.sock.recv(1 << 18)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except ssl.SSLError:
            piece = b""
        except OSError:
            self.ended = "reset"
            return False
        if not piece:
            self.ended = "closed"
            return False
        self.inbox += piece
        self.take_frames()
        return True

    def wait(self, condition, patience=PATIENCE):
        """Works until the condition holds, the connection ends or patience does. Returns the condition's last value."""
        end = time.monotonic() + patience
        while not (value := condition()):
            left = end - time.monotonic()
            if self.ended or left <= 0:
                return value
            self.pump(left)
        return value

    def take_frames(self):
        at, inbox = 0, self.inbox
        while len(inbox) - at >= 9:
            length = int.from_bytes(inbox[at:at + 3], "big")
            if len(inbox) - at - 9 < length:
                break
            number = int.from_bytes(inbox[at + 5:at + 9], "big") & 0x7FFFFFFF
            each = Frame(inbox[at + 3], inbox[at + 4], number, bytes(inbox[at + 9:at + 9 + length]))
            at += 9 + length
            if self.keep_data or each.kind != DATA:
                self.frames.append(each)
            self.take(each)
        del inbox[:at]

    def take(self, each):
        kind, flags, number, payload = each
        if kind == DATA:
            self.take_data(each)
        elif kind in (HEADERS, CONTINUATION):
            if kind == HEADERS:
                start = (1 if flags & PADDED else 0) + (5 if flags & PRIORITY_FLAG else 0)
                self.block, self.block_stream, self.block_flags = b"", number, flags
                payload = payload[start:len(payload) - (payload[0] if flags & PADDED else 0)]
            self.block += payload
            if flags & END_HEADERS:
                self.take_fields(self.stream(number), self.decoder.decode(self.block))
        elif kind == RST_STREAM:
            self.stream(number).reset = int.from_bytes(payload, "big")
        elif kind == SETTINGS and not flags & ACK:
            self.take_settings(dict(struct.iter_unpack("!HI", payload)))
        elif kind == SETTINGS:
            self.settings_acks += 1
        elif kind == PING and flags & ACK:
            self.pongs.add(payload)
        elif kind == PING and self.auto_answer:
            self.frame(PING, ACK, 0, payload)
        elif kind == GOAWAY:
            last, code = struct.unpack("!II", payload[:8])
            self.goaways.append((last, code, payload[8:]))
        elif kind == WINDOW_UPDATE:
            amount = int.from_bytes(payload, "big")
            if number:
                self.stream(number).window += amount
            else:
                self.peer_window += amount
        elif kind == PUSH_PROMISE:
            self.broken = "PUSH_PROMISE"

    def take_data(self, each):
        stream = self.stream(each.stream)
        body = each.payload
        if each.flags & PADDED:
            body = body[1:len(body) - body[0]]
        if stream.headers is None or stream.ended:
            self.broken = "DATA outside a response"
        stream.size += len(body)
        if self.keep_data:
            stream.data += body
        if each.payload and self.auto_window:
            update = struct.pack("!I", len(each.payload))
            more = b"" if each.flags & END_STREAM else frame(WINDOW_UPDATE, 0, each.stream, update)
            self.out += frame(WINDOW_UPDATE, 0, 0, update) + more
        stream.ended = stream.ended or bool(each.flags & END_STREAM)

    def take_fields(self, stream, fields):
        if stream.headers is not None:
            stream.trailers = fields
        elif any(name == b":status" and value.startswith(b"1") for name, value in fields):
            stream.informational.append(fields)
        else:
            stream.headers = fields
        stream.ended = stream.ended or bool(self.block_flags & END_STREAM)

    def take_settings(self, values):
        if INITIAL_WINDOW_SIZE in values:
            for stream in self.streams.values():
                stream.window += values[INITIAL_WINDOW_SIZE] - self.peer_initial
            self.peer_initial = values[INITIAL_WINDOW_SIZE]
        self.peer_settings = {**(self.peer_settings or {}), **values}
        if self.auto_answer:
            self.frame(SETTINGS, ACK, 0)

    # ---- common conversations ------------------------------------------------------------------------------------
    def ready(self):
        """Both SETTINGS are exchanged and acknowledged."""
        return self.wait(lambda: self.peer_settings is not None and self.settings_acks)

    def ping(self, patience=PATIENCE):
        """True when the other side answers: it has then read everything that we had sent before."""
        self.ping_number += 1
        token = b"ping%04x" % (self.ping_number % 65536)  # eight bytes always
        self.pongs.discard(token)
        self.frame(PING, 0, 0, token)
        return self.wait(lambda: token in self.pongs, patience)

    def answer(self, stream, patience=PATIENCE):
        """The stream once its response is complete or it is reset (or patience ends)."""
        each = self.stream(stream)
        self.wait(lambda: each.over or self.goaways and self.ended, patience)
        return each

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def vanish(self):
        """Ends with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.ended = "by us"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
