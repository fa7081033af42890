#!/usr/bin/env python3
"""The tests' own HPACK against the examples of RFC 7541, appendix C, and against what a decoder must refuse."""
import ctypes
import ctypes.util
import random
import unittest

from h2_hpack import (CODES, EOS, STATIC, Decoder, Encoder, HpackError, huffman_decode, huffman_encode, indexed, integer, literal, table_size)


def pairs(*texts):
    return [tuple(part.encode() for part in text.split("|")) for text in texts]


GET = pairs(":method|GET", ":scheme|http", ":path|/", ":authority|www.example.com")
REQUESTS = [GET, GET + pairs("cache-control|no-cache"),
            pairs(":method|GET", ":scheme|https", ":path|/index.html", ":authority|www.example.com", "custom-key|custom-value")]
DATE = "date|Mon, 21 Oct 2013 20:13:2%d GMT"
LOCATION = "location|https://www.example.com"
RESPONSES = [pairs(":status|302", "cache-control|private", DATE % 1, LOCATION), pairs(":status|307", "cache-control|private", DATE % 1, LOCATION),
             pairs(":status|200", "cache-control|private", DATE % 2, LOCATION, "content-encoding|gzip",
                   "set-cookie|foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")]
# Appendix C.3 to C.6: the same lists plain and with Huffman codes.
C3 = ["828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865", "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"]
C4 = ["828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"]
C5 = ["4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
      "4803333037c1c0bf", "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50"
      "49554158515745"
      "4f49553b206d61782d6167653d333630303b2076657273696f6e3d31"]
C6 = ["488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3", "4883640effc1c0bf",
      "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003"
      "ed4ee5b1063d5007"]


class Examples(unittest.TestCase):
    def test_integers_c1(self):
        self.assertEqual(integer(10, 5), b"\x0a")
        self.assertEqual(integer(1337, 5), b"\x1f\x9a\x0a")
        self.assertEqual(integer(42, 8), b"\x2a")
        self.assertEqual(Decoder().integer(b"\x1f\x9a\x0a", 0, 5), (1337, 3))
        self.assertEqual(Decoder().integer(integer(1337, 5, spare=1), 0, 5), (1337, 4))

    def test_fields_c2(self):
        one = literal(b"custom-key", b"custom-header", "index")
        self.assertEqual(one.hex(), "400a637573746f6d2d6b65790d637573746f6d2d686561646572")
        decoder = Decoder()
        self.assertEqual(decoder.decode(one), pairs("custom-key|custom-header"))
        self.assertEqual(decoder.table.size, 55)
        self.assertEqual(literal(4, b"/sample/path").hex(), "040c2f73616d706c652f70617468")
        secret = literal(b"password", b"secret", "never")
        self.assertEqual(secret.hex(), "100870617373776f726406736563726574")
        decoder = Decoder()
        self.assertEqual(decoder.decode(secret), pairs("password|secret"))
        self.assertEqual((decoder.never, decoder.table.entries), ({b"password"}, []))
        self.assertEqual(Decoder().decode(indexed(2)), pairs(":method|GET"))

    def test_requests_c3_c4(self):
        for wire, huffman in ((C3, False), (C4, True)):
            encoder, decoder = Encoder(huffman=huffman), Decoder()
            for fields, block in zip(REQUESTS, wire):
                self.assertEqual(encoder.encode(fields).hex(), block)
                self.assertEqual(decoder.decode(bytes.fromhex(block)), fields)
            self.assertEqual(decoder.table.size, 164)

    def test_responses_c5_c6_with_evictions(self):
        for wire, huffman in ((C5, False), (C6, True)):
            encoder, decoder = Encoder(256, huffman), Decoder(256)
            for fields, block in zip(RESPONSES, wire):
                self.assertEqual(encoder.encode(fields).hex(), block)
                self.assertEqual(decoder.decode(bytes.fromhex(block)), fields)
            self.assertEqual(decoder.table.size, 215)
            self.assertEqual(encoder.table.entries, decoder.table.entries)


class Rules(unittest.TestCase):
    def test_the_code_is_complete_and_ends_with_eos(self):
        self.assertEqual(sum(1 << 30 - length for _, length in CODES.values()), 1 << 30)
        self.assertEqual(CODES[EOS], (0x3FFFFFFF, 30))
        self.assertEqual(len(STATIC), 61)

    def test_every_byte_survives(self):
        everything = bytes(range(256))
        self.assertEqual(huffman_decode(huffman_encode(everything)), everything)

    def test_what_a_decoder_refuses(self):
        for block in (b"\x80", indexed(62), literal(62, b"x"), b"\x00", b"\x00\x01", b"\x7f", b"\xff" + b"\xff" * 9, indexed(2) + table_size(5),
                      table_size(4097), b"\x00\x82" + huffman_encode(b"a", more_bytes=b"\xff") + b"\x00",
                      b"\x00\x81" + huffman_encode(b"a", padding=0) + b"\x00", b"\x00\x84" + huffman_encode(b"", symbols=[EOS]) + b"\x00"):
            with self.assertRaises(HpackError, msg=block.hex()):
                Decoder().decode(block)

    def test_a_smaller_table_forgets(self):
        decoder = Decoder()
        decoder.decode(literal(b"a", b"b", "index"))
        self.assertEqual(decoder.decode(indexed(62)), pairs("a|b"))
        decoder.decode(table_size(0) + table_size(4096))
        self.assertRaises(HpackError, decoder.decode, indexed(62))


class Pair(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p), ("name_size", ctypes.c_size_t), ("value_size", ctypes.c_size_t),
                ("flags", ctypes.c_uint8)]


class Neighbour(unittest.TestCase):
    def test_libnghttp2_writes_what_we_read(self):
        name = ctypes.util.find_library("nghttp2")
        if not name:
            self.skipTest("no libnghttp2")
        library = ctypes.CDLL(name)
        library.nghttp2_hd_deflate_hd.restype = ctypes.c_ssize_t
        deflater, decoder, dice = ctypes.c_void_p(), Decoder(), random.Random(7541)
        library.nghttp2_hd_deflate_new(ctypes.byref(deflater), ctypes.c_size_t(4096))
        for _ in range(50):
            fields = [(b"n%d" % dice.randrange(40), dice.randbytes(dice.randrange(60)).replace(b"\0", b"0")) for _ in range(20)]
            array = (Pair * 20)(*(Pair(name, value, len(name), len(value), 0) for name, value in fields))
            out = ctypes.create_string_buffer(1 << 16)
            length = library.nghttp2_hd_deflate_hd(deflater, out, ctypes.c_size_t(len(out)), array, ctypes.c_size_t(20))
            self.assertEqual(decoder.decode(out.raw[:length]), fields)
        library.nghttp2_hd_deflate_del(deflater)


if __name__ == "__main__":
    unittest.main()
