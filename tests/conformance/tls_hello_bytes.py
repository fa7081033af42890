"""Hellos of TLS made by hand, for cases that no library's client can make."""
import struct


def sixteen(*values):
    """A list of 16-bit numbers behind its length of two bytes."""
    return struct.pack("!H", 2 * len(values)) + b"".join(struct.pack("!H", value) for value in values)


def eight(*values):
    """The same behind a length of one byte."""
    return bytes([2 * len(values)]) + b"".join(struct.pack("!H", value) for value in values)


def sni(name, kind=0):
    name = name.encode()
    return 0, struct.pack("!HBH", len(name) + 3, kind, len(name)) + name


def alpn(*names):
    words = b"".join(bytes([len(name)]) + name for name in names)
    return 16, struct.pack("!H", len(words)) + words


def message(kind, body):
    return bytes([kind]) + struct.pack("!I", len(body))[1:] + body


def record(content, version=0x0301, kind=22):
    return struct.pack("!BHH", kind, version, len(content)) + content


def hello_body(ciphers, extensions, version=0x0303, session=b""):
    lists = b"".join(struct.pack("!H", cipher) for cipher in ciphers)
    body = struct.pack("!H", version) + bytes(range(32)) + bytes([len(session)]) + session + struct.pack("!H", len(lists)) + lists + b"\x01\x00"
    if extensions is None:
        return body
    pieces = b"".join(struct.pack("!HH", kind, len(data)) + data for kind, data in extensions)
    return body + struct.pack("!H", len(pieces)) + pieces


def hello(ciphers=(0x1301, 0xc02f), extensions=(), version=0x0303, outer=0x0301, session=b""):
    return record(message(1, hello_body(ciphers, extensions, version, session)), outer)


def server_hello(version=0x0303):
    return record(message(2, struct.pack("!H", version) + bytes(32) + b"\0\x13\x01\0" + b"\0\x06\0\x2b\0\x02\x03\x04"), 0x0303)


# Values that mean nothing (RFC 8701) in every list, and one extension that nobody knows.
GREASED = [(0x0a0a, b""), sni("b.test"), (10, sixteen(0x1a1a, 29, 23)), (11, b"\x02\x00\x01"), (13, sixteen(0x0403, 0x0804, 0x2a2a)),
           (0x9999, b"xyz"), (43, eight(0x3a3a, 0x0304, 0x0303)), (0xfafa, b"\0")]
