"""Header compression: RFC 7541, and what RFC 9113 section 4.3 makes of its errors."""
from h2_case import IGNORED, MALFORMED, SERVED, case, goaway
from h2_client import COMPRESSION_ERROR, CONTINUATION, END_HEADERS, ENHANCE_YOUR_CALM, HEADER_TABLE_SIZE, HEADERS
from h2_hpack import EOS, encode, huffman_encode, indexed, integer, literal, string, table_size

BAD = goaway(COMPRESSION_ERROR)


def got(name, value, at=-1):
    """The server received the field."""
    def check(talk, _):
        found = talk.seen()[at].field(name) if talk.seen() else None
        return None if found == value else f"{name} came as {found!r}"
    return check


def block(section, name, make, *allowed, **more):
    """A request whose header block is a good one followed by what `make` returns (or what it is, as bytes)."""
    def script(talk):
        number = talk.next_id
        talk.headers(number, encode(talk.fields()) + (make(talk) if callable(make) else make))
    more.setdefault("focus", 0 if allowed[0] == BAD else 1)
    case(section, name, script, *allowed, **more)


def before(section, name, start, *allowed, **more):
    """A request whose header block begins with these bytes."""
    case(section, name, lambda c: c.headers(1, start + encode(c.fields())), *allowed, **{"focus": 0 if allowed[0] == BAD else 1, **more})


# ---- representations (6.1, 6.2), strings (5.2) and integers (5.1)
for form in ("plain", "never", "index"):
    for huffman in (False, True):
        word = "Huffman" if huffman else "raw"
        block("7541 6.2", f"a literal, {form}, {word}", literal(b"x-lit", b"some value; \xc3\xa9~", form, huffman), SERVED,
              check=got(b"x-lit", b"some value; \xc3\xa9~"))
    block("7541 6.2", f"a literal with a name of the static table, {form}", literal(58, b"agent", form), SERVED, check=got(b"user-agent", b"agent"))
block("7541 6.1", "a field of the static table", indexed(16), SERVED, check=got(b"accept-encoding", b"gzip, deflate"))
block("7541 6.1", "a field of the static table without value", indexed(19), SERVED, check=got(b"accept", b""))
block("7541 6.2.1", "an entry of the dynamic table in the same block", literal(b"x-d", b"1", "index") + indexed(62), SERVED,
      check=got(b"x-d", b"1, 1"))
block("7541 6.2.1", "a name of the dynamic table", literal(b"x-d", b"1", "index") + literal(62, b"2"), SERVED, check=got(b"x-d", b"1, 2"))
block("7541 2.3.3", "the newest entry is the first", literal(b"x-a", b"1", "index") + literal(b"x-b", b"2", "index") + indexed(63), SERVED,
      check=got(b"x-a", b"1, 1"))
block("7541 6.2.2", "what is not to be indexed is not", literal(b"x-a", b"1", "plain") + indexed(62), BAD)
block("7541 6.2.3", "what is never to be indexed is not", literal(b"x-a", b"1", "never") + indexed(62), BAD)
block("7541 2.1", "an entry twice is two entries", literal(b"x-a", b"1", "index") * 2 + indexed(63), SERVED, check=got(b"x-a", b"1, 1, 1"))
case("7541 2.3.2", "an entry is known to the next request",
     lambda c: c.headers(1, encode(c.fields()) + literal(b"x-kept", b"k", "index")).headers(3, encode(c.fields()) + indexed(62)) and None,
     SERVED, focus=3, check=lambda c, _: None if [each.field(b"x-kept") for each in c.seen()] == [b"k", b"k"] else "not twice")
block("7541 5.2", "an empty value", literal(b"x-empty", b""), SERVED, check=got(b"x-empty", b""))
block("7541 5.2", "an empty value in Huffman form", b"\x00" + string(b"x-empty") + b"\x80", SERVED, check=got(b"x-empty", b""))
block("7541 5.2", "a string of 127 bytes", literal(b"x-l", b"v" * 127), SERVED, check=got(b"x-l", b"v" * 127))
block("7541 5.2", "a string of 5000 bytes", literal(b"x-l", b"v" * 5000), SERVED, check=got(b"x-l", b"v" * 5000))
block("7541 5.2", "every printable character in Huffman form", literal(b"x-all", bytes(range(33, 127)), huffman=True), SERVED,
      check=got(b"x-all", bytes(range(33, 127))))
block("7541 5.1", "an integer with bytes that add nothing", b"\x00" + string(b"x-i") + integer(200, 7, spare=1) + b"v" * 200, SERVED, BAD, focus=1)
block("7541 5.1", "an integer beyond 32 bits", b"\x00" + string(b"x-i") + b"\x7f" + b"\xff" * 8 + b"\x01", BAD)
block("7541 5.1", "an index beyond 64 bits", b"\xff" + b"\xff" * 12 + b"\x01", BAD)
block("7541 5.1", "an integer that does not end", b"\xff" + b"\x80" * 20, BAD)

# ---- errors
block("7541 6.1", "index 0", b"\x80", BAD)
block("7541 2.3.3", "an index behind an empty dynamic table", indexed(62), BAD)
block("7541 2.3.3", "an index behind the dynamic table", literal(b"x-a", b"1", "index") + indexed(63), BAD)
block("7541 2.3.3", "a large index", indexed(10 ** 6), BAD)
block("7541 2.3.3", "a name behind the dynamic table", literal(62, b"x"), BAD)
block("7541 2.3.3", "a name of a large index", literal(10 ** 6, b"x", "index"), BAD)
block("7541 5.2", "EOS within a string", b"\x00" + string(b"x-h") + bytes([0x80 | 5]) + huffman_encode(b"a", symbols=[EOS]), BAD)
block("7541 5.2", "padding of a whole byte", b"\x00" + string(b"x-h") + b"\x82" + huffman_encode(b"a", more_bytes=b"\xff"), BAD)
block("7541 5.2", "padding of zeros", b"\x00" + string(b"x-h") + b"\x81" + huffman_encode(b"a", padding=0), BAD)
block("7541 5.2", "a code that is cut", b"\x00" + string(b"x-h") + b"\x82\xff\xfe", BAD)
block("7541 5.2", "a string longer than the block", b"\x00" + string(b"x-c") + b"\x7e" + b"abc", BAD)
block("7541 6.2", "a field cut behind its name", b"\x00" + string(b"x-c"), BAD)
block("7541 6.2", "a field cut within its name", b"\x00\x05ab", BAD)
block("7541 6.2", "a field that is one byte", b"\x40", BAD)
case("9113 4.3", "a block cut over two frames",
     lambda c: c.headers(1, encode(c.fields()) + b"\x00\x05a", end_headers=False).frame(CONTINUATION, END_HEADERS, 1, b"b"), BAD, focus=0)
case("9113 4.3", "a bad block in trailers", lambda c: c.post() and c.frame(HEADERS, 5, 1, b"\x80"), BAD, focus=0)
case("9113 4.3", "a bad block on a stream that cannot be", lambda c: c.frame(HEADERS, 5, 1, b"\xbf"), BAD, focus=0)

# ---- the table's size (4.2, 4.3, 4.4, 6.3)
before("7541 6.3", "a size of 0", table_size(0), SERVED)
before("7541 6.3", "a size of 4096", table_size(4096), SERVED)
before("7541 4.2", "a size of 0, then 4096", table_size(0) + table_size(4096), SERVED)
before("7541 4.2", "three sizes", table_size(0) + table_size(100) + table_size(4096), SERVED, BAD, focus=1)
before("7541 6.3", "a size beyond the limit", table_size(4097), BAD)
before("7541 6.3", "a huge size", table_size(1 << 30), BAD)
block("7541 4.2", "a size behind the fields", table_size(100), BAD)
case("7541 4.2", "a size between fields", lambda c: c.headers(1, encode(c.fields()[:2]) + table_size(100) + encode(c.fields()[2:])), BAD, focus=0)


def forgets(talk):
    talk.headers(1, encode(talk.fields()) + literal(b"x-a", b"1", "index"))
    talk.headers(3, table_size(0) + table_size(4096) + encode(talk.fields()) + indexed(62))


def too_large(talk):
    """4.4: an entry that does not fit empties the table, and is no error."""
    talk.headers(1, encode(talk.fields()) + literal(b"x-a", b"1", "index"))
    talk.headers(3, encode(talk.fields()) + literal(b"x-large", b"v" * 4100, "index"))
    talk.headers(5, encode(talk.fields()) + indexed(62))


def evicts(last):
    """Entries of 100 bytes: 40 of them fit into 4096, the 41st and all before are gone."""
    def script(talk):
        talk.headers(1, encode(talk.fields()) + b"".join(literal(b"x-%02d" % n, b"v" * 64, "index") for n in range(45)))
        talk.headers(3, encode(talk.fields()) + indexed(61 + last))
    return script


case("7541 4.3", "an entry is gone after size 0", forgets, BAD, focus=0)
case("7541 4.4", "an entry larger than the table is served", lambda c: c.headers(1, encode(c.fields()) + literal(b"x-large", b"v" * 4100, "index")),
     SERVED,
     check=got(b"x-large", b"v" * 4100))
case("7541 4.4", "an entry larger than the table empties it", too_large, BAD, focus=0)
case("7541 4.4", "the oldest entry that fits", evicts(40), SERVED, focus=3, check=lambda c, _: got(b"x-05", b"v" * 64)(c, _))
case("7541 4.4", "the youngest entry that was evicted", evicts(41), BAD, focus=0)
case("7541 4.4", "an entry made of the one that it evicts",
     lambda c: c.headers(1, table_size(60) + encode(c.fields()) + literal(b"x-long-name", b"v" * 10, "index") + literal(62, b"w" * 10,
         "index") + indexed(62)), SERVED,
     check=got(b"x-long-name", b"v" * 10 + b", " + b"w" * 10 + b", " + b"w" * 10))
case("7541 2.3.2", "a small table of our own choice",
     lambda c: c.headers(1, table_size(40) + encode(c.fields()) + literal(b"x-a", b"12345", "index") + indexed(62)), SERVED,
     check=got(b"x-a", b"12345, 12345"))


# ---- the server's own encoder
def table_of_none(talk):
    talk.decoder.limit = 0
    talk.settings({HEADER_TABLE_SIZE: 0})
    talk.wait(lambda: talk.settings_acks == 2)
    first = len(talk.frames)
    talk.answer(talk.get())
    talk.decoder.table.resize(0)
    talk.answer(talk.get())
    blocks = [each for each in talk.frames[first:] if each.kind == HEADERS]
    talk.first_block = blocks[0].payload if blocks else b""


case("7541 4.2", "the server's table obeys HEADER_TABLE_SIZE 0", table_of_none, SERVED, focus=3)
case("7541 4.2", "the server says that its table shrank", table_of_none, SERVED, focus=3,
     check=lambda c, _: None if c.first_block[:1] == b"\x20" else f"the first block begins with {c.first_block[:4].hex()}")
case("7541 4.2", "the server's table under a large HEADER_TABLE_SIZE",
     lambda c: setattr(c.decoder, "limit", 1 << 20) or c.settings({HEADER_TABLE_SIZE: 1 << 20}) and
     [c.answer(c.get(b"/trailers")) for _ in range(5)] and c.get() and None, SERVED, focus=-1)
case("7541 2.3", "a hundred answers keep the server's table in step",
     lambda c: [c.answer(c.get(b"/status/%d" % (200 + n))) for n in range(100)] and c.get() and None, SERVED, focus=-1,
     check=lambda c, _: None if [c.stream(1 + 2 * n).status for n in range(100)] == [200 + n for n in range(100)] else "a status is wrong")

# ---- more than one would take
block("9113 10.5.1", "a header list of 1 MiB by references", literal(b"x-bomb", b"v" * 4000, "index") + indexed(62) * 260,
      "431", "400", "414", *MALFORMED, *goaway(ENHANCE_YOUR_CALM, COMPRESSION_ERROR), "RST_STREAM ENHANCE_YOUR_CALM", "RST_STREAM INTERNAL_ERROR",
      "RST_STREAM REFUSED_STREAM")
case("9113 10.5.1", "after a list that is too large the connection works on, or says why not",
     lambda c: c.answer(1 if c.headers(1, encode(c.fields()) + literal(b"x-bomb", b"v" * 4000, "index") + indexed(62) * 100) else 0) and c.get()
     and None,
     SERVED, *goaway(ENHANCE_YOUR_CALM, COMPRESSION_ERROR), focus=3)
case("7541 7.1.3", "never indexed fields are served",
     lambda c: c.headers(1, encode(c.fields()) + literal(b"authorization", b"Basic eDp5", "never", True)), SERVED,
     check=got(b"authorization", b"Basic eDp5"))
case("7541 2.2", "the directions have tables of their own",
     lambda c: c.headers(1, encode(c.fields()) + literal(b"x-mine", b"1", "index")) and c.answer(1) and None, SERVED,
     check=lambda c, s: "it came back" if s.field(b"x-mine") else None)
case("9113 4.3", "a block without fields", lambda c: c.headers(1, b""), MALFORMED)
case("9113 4.3", "sizes alone", lambda c: c.headers(1, table_size(0)), MALFORMED)
case("9113 4.3", "PING between two blocks", lambda c: c.get() and c.ping() and c.get() and None, SERVED, focus=3)
case("7541 6.2", "a request of one block and no literal name",
     lambda c: c.headers(1, indexed(2) + indexed(6) + literal(4, c.root + b"/", "never") + literal(1, b"a", "plain", True)), SERVED)
case("9113 4.3", "the connection is fine with none of it", lambda c: None, IGNORED, focus=0)
