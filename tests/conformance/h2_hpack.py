"""HPACK (RFC 7541) for the tests: an encoder whose caller chooses each field's form, and a decoder that checks everything."""

# Length in bits of each symbol's code, the last one is EOS. The code of RFC 7541 appendix B is the canonical one of these lengths.
LENGTHS = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30]
EOS = 256

STATIC = [tuple(line.encode() for line in entry.partition("=")[::2]) for entry in """:authority
:method=GET
:method=POST
:path=/
:path=/index.html
:scheme=http
:scheme=https
:status=200
:status=204
:status=206
:status=304
:status=400
:status=404
:status=500
accept-charset
accept-encoding=gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate""".split("\n")]


class HpackError(Exception):
    """What a decoder must take for a COMPRESSION_ERROR."""


def canonical_codes():
    code, last, codes = 0, 0, {}
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(LENGTHS)):
        code <<= length - last
        codes[symbol], last = (code, length), length
        code += 1
    return codes


CODES = canonical_codes()
SYMBOLS = {(length, code): symbol for symbol, (code, length) in CODES.items()}


def huffman_encode(data, padding=1, more_bytes=b"", symbols=()):
    """Huffman form of `data`; `padding` 0, further bytes and further symbols (EOS) make forms that are wrong."""
    bits, count = 0, 0
    for symbol in list(data) + list(symbols):
        code, length = CODES[symbol]
        bits, count = bits << length | code, count + length
    rest = -count % 8
    bits = bits << rest | ((1 << rest) - 1 if padding else 0)
    return bits.to_bytes((count + rest) // 8, "big") + more_bytes


def huffman_decode(data):
    out, code, length = bytearray(), 0, 0
    for byte in data:
        for shift in range(7, -1, -1):
            code, length = code << 1 | byte >> shift & 1, length + 1
            symbol = SYMBOLS.get((length, code))
            if symbol == EOS:
                raise HpackError("EOS in a string")
            if symbol is not None:
                out.append(symbol)
                code, length = 0, 0
    if length > 7 or code != (1 << length) - 1:
        raise HpackError("bad padding")
    return bytes(out)


def integer(value, prefix, first=0, spare=0):
    """An integer with a prefix of so many bits; `spare` zero continuation bytes make it longer than needed."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([first | value])
    out, value = bytearray([first | most]), value - most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    for _ in range(spare):
        out[-1] |= 128
        out.append(0)
    return bytes(out)


def string(data, huffman=False):
    if huffman:
        data = huffman_encode(data)
    return integer(len(data), 7, 0x80 if huffman else 0) + data


def indexed(index):
    return integer(index, 7, 0x80)


def table_size(size):
    return integer(size, 5, 0x20)


FORMS = {"plain": (4, 0x00), "never": (4, 0x10), "index": (6, 0x40)}


def literal(name, value, form="plain", huffman=False):
    """`name` is bytes, or the index of a name in the tables."""
    prefix, first = FORMS[form]
    head = integer(name, prefix, first) if isinstance(name, int) else bytes([first]) + string(name, huffman)
    return head + string(value, huffman)


def encode(fields, form="plain", huffman=False):
    """A header block that needs no table: pairs become literals, bytes stay as they are."""
    return b"".join(each if isinstance(each, bytes) else literal(each[0], each[1], form, huffman) for each in fields)


class Table:
    """The dynamic table of one direction."""

    def __init__(self, most=4096):
        self.entries, self.most, self.size = [], most, 0

    def resize(self, most):
        self.most = most
        while self.size > self.most:
            self.size -= sum(map(len, self.entries.pop())) + 32

    def add(self, name, value):
        self.entries.insert(0, (name, value))
        self.size += len(name) + len(value) + 32
        self.resize(self.most)

    def at(self, index):
        if not 0 < index <= len(STATIC) + len(self.entries):
            raise HpackError(f"index {index}")
        return STATIC[index - 1] if index <= len(STATIC) else self.entries[index - len(STATIC) - 1]


class Encoder:
    """Uses the tables as a browser does: what is known by index, what is new with incremental indexing."""

    def __init__(self, most=4096, huffman=True):
        self.table, self.huffman = Table(most), huffman

    def encode(self, fields):
        out = b""
        for name, value in fields:
            known = STATIC + self.table.entries
            if (name, value) in known:
                out += indexed(known.index((name, value)) + 1)
                continue
            names = [each[0] for each in known]
            out += literal(names.index(name) + 1 if name in names else name, value, "index", self.huffman)
            self.table.add(name, value)
        return out


class Decoder:
    """`limit` is what our SETTINGS_HEADER_TABLE_SIZE allows."""

    def __init__(self, limit=4096):
        self.table, self.limit = Table(limit), limit
        self.never = set()   # names that came as never indexed

    def integer(self, data, at, prefix):
        most = (1 << prefix) - 1
        if at >= len(data):
            raise HpackError("cut")
        value, shift = data[at] & most, 0
        at += 1
        if value < most:
            return value, at
        while True:
            if at >= len(data) or shift > 28:
                raise HpackError("integer cut or too long")
            value += (data[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 128:
                return value, at

    def string(self, data, at):
        if at >= len(data):
            raise HpackError("cut")
        huffman = data[at] & 0x80
        length, at = self.integer(data, at, 7)
        if at + length > len(data):
            raise HpackError("string cut")
        text = bytes(data[at:at + length])
        return huffman_decode(text) if huffman else text, at + length

    def decode(self, data):
        fields, at = [], 0
        while at < len(data):
            first = data[at]
            if first & 0x80:
                index, at = self.integer(data, at, 7)
                fields.append(self.table.at(index))
                continue
            if first & 0xE0 == 0x20:
                size, at = self.integer(data, at, 5)
                if fields or size > self.limit:
                    raise HpackError("table size update too large or too late")
                self.table.resize(size)
                continue
            index, at = self.integer(data, at, 6 if first & 0x40 else 4)
            if index:
                name = self.table.at(index)[0]
            else:
                name, at = self.string(data, at)
            value, at = self.string(data, at)
            if first & 0x40:
                self.table.add(name, value)
            elif first & 0x10:
                self.never.add(name)
            fields.append((name, value))
        return fields
