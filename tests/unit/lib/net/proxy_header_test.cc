#include "lib/net/proxy_header.h"

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>

#include "lib/base/hash.h"

using namespace lib::net;
using namespace std::string_literals;

namespace {

const std::string kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
const std::string kIpv4Block = "\x01\x02\x03\x04\x05\x06\x07\x08\x04\x57\x08\xae"s;  // 1.2.3.4:1111 to 5.6.7.8:2222

std::string tlv(unsigned type, const std::string& value) {
  return std::string{static_cast<char>(type), static_cast<char>(value.size() >> 8), static_cast<char>(value.size())} + value;
}

std::string binary(unsigned command, unsigned family, const std::string& payload) {
  return kSignature + std::string{static_cast<char>(command), static_cast<char>(family), static_cast<char>(payload.size() >> 8),
                                  static_cast<char>(payload.size())} + payload;
}

struct Read {
  HeaderStatus status;
  ProxyHeader header;
};

Read read(std::string_view text) {
  Read out{};
  out.status = decode_proxy_header(text, out.header);
  return out;
}

HeaderStatus status_of(std::string_view text) { return read(text).status; }

}  // namespace

TEST_CASE("a line of version 1 names both ends", "[net][proxy]") {
  const Read four = read("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\nGET / HTTP/1.1\r\n");
  REQUIRE(four.status == HeaderStatus::Complete);
  CHECK(four.header.source.text() == "1.2.3.4:1111");
  CHECK(four.header.destination.text() == "5.6.7.8:2222");
  CHECK(four.header.size == 38);
  const Read six = read("PROXY TCP6 1::2 ::ffff:5.6.7.8 0 65535\r\n");
  REQUIRE(six.status == HeaderStatus::Complete);
  CHECK(six.header.source.text() == "[1::2]:0");
  CHECK(six.header.destination.port() == 65535);
}

TEST_CASE("an unknown protocol of version 1 leaves the connection's own addresses", "[net][proxy]") {
  for (const char* const text : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN 1 2 3 4 what ever\r\n"}) {
    const Read unknown = read(text);
    CHECK(unknown.status == HeaderStatus::Complete);
    CHECK_FALSE(unknown.header.source.is_ip());
    CHECK(unknown.header.size == std::string_view{text}.size());
  }
}

TEST_CASE("lines of version 1 that are none are refused", "[net][proxy]") {
  CHECK(status_of("GET / HTTP/1.1\r\n") == HeaderStatus::NotAHeader);
  CHECK(status_of("PROXX TCP4") == HeaderStatus::NotAHeader);
  for (const char* const text : {"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "PROXY \r\n",
                                 "PROXY UNKNOWNX\r\n"})
    CHECK(status_of(text) == HeaderStatus::Unhandled);
  for (const char* const text :
       {"PROXY TCP4 1.2.3.400 5.6.7.8 1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7 1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 70000\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1x 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", "PROXY TCP4 1::2 3::4 1 2\r\n", "PROXY TCP6 fe80::1%lo 3::4 1 2\r\n",
        "PROXY TCP4 1.2.3.4  5.6.7.8 1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
        "PROXY TCP4\r\n"})
    CHECK(status_of(text) == HeaderStatus::Invalid);
  CHECK(status_of("PROXY UNKNOWN " + std::string(93, 'x')) == HeaderStatus::Invalid);  // 107 bytes and no end
  CHECK(status_of("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == HeaderStatus::Complete);
}

TEST_CASE("a header of version 2 names both ends", "[net][proxy]") {
  const Read four = read(binary(0x21, 0x11, kIpv4Block) + "GET");
  REQUIRE(four.status == HeaderStatus::Complete);
  CHECK(four.header.source.text() == "1.2.3.4:1111");
  CHECK(four.header.destination.text() == "5.6.7.8:2222");
  CHECK(four.header.size == 28);
  const std::string six_block = std::string(15, '\0') + "\1"s + std::string(15, '\0') + "\2\0\x0b\0\x16"s;
  const Read six = read(binary(0x21, 0x21, six_block));
  REQUIRE(six.status == HeaderStatus::Complete);
  CHECK(six.header.source.text() == "[::1]:11");
  CHECK(six.header.destination.text() == "[::2]:22");
}

TEST_CASE("a header of version 2 without usable addresses leaves the connection's own", "[net][proxy]") {
  for (const std::string& text : {binary(0x20, 0, ""), binary(0x20, 0x11, kIpv4Block), binary(0x20, 0, tlv(3, "junk")),
                                  binary(0x21, 0, ""), binary(0x21, 0x31, std::string(216, 'u'))}) {
    const Read local = read(text);
    CHECK(local.status == HeaderStatus::Complete);
    CHECK_FALSE(local.header.source.is_ip());
    CHECK(local.header.size == text.size());
  }
}

TEST_CASE("headers of version 2 that are none are refused", "[net][proxy]") {
  CHECK(status_of(binary(0x31, 0x11, kIpv4Block)) == HeaderStatus::NotAHeader);
  for (const std::string& text :
       {binary(0x22, 0x11, kIpv4Block), binary(0x21, 0x12, kIpv4Block), binary(0x21, 0x41, kIpv4Block),
        binary(0x21, 0x21, kIpv4Block), binary(0x21, 0x11, kIpv4Block.substr(0, 11)), binary(0x21, 0x31, "short"),
        binary(0x21, 0x11, kIpv4Block + "\x02"), binary(0x21, 0x11, kIpv4Block + "\x02\x00\x09""abc"s),
        binary(0x21, 0x11, kIpv4Block + tlv(2, std::string(256, 'a'))), binary(0x21, 0x11, kIpv4Block + tlv(5, std::string(129, 'a'))),
        binary(0x21, 0x11, kIpv4Block + tlv(3, "abcd")), binary(0x21, 0x11, kIpv4Block + tlv(3, "abc"))})
    CHECK(status_of(text) == HeaderStatus::Invalid);
}

TEST_CASE("the last TLV of a type counts, and an empty one is there", "[net][proxy]") {
  const std::string text =
      binary(0x21, 0x11, kIpv4Block + tlv(2, "one") + tlv(4, "noop") + tlv(2, "two") + tlv(5, "") + tlv(0xe0, "own"));
  const Read found = read(text);
  REQUIRE(found.status == HeaderStatus::Complete);
  CHECK(found.header.tlv(TlvType::Authority) == "two");
  CHECK(found.header.tlv(0xe0) == "own");
  CHECK(found.header.tlv(TlvType::UniqueId).empty());
  CHECK(found.header.tlv(TlvType::UniqueId).data() != nullptr);
  CHECK(found.header.tlv(TlvType::Alpn).data() == nullptr);
}

TEST_CASE("in any pieces a header reads the same, and more is asked for until it is whole", "[net][proxy]") {
  const std::array<std::string, 3> whole{"PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n", binary(0x21, 0x11, kIpv4Block + tlv(2, "a.example")),
                                         binary(0x20, 0, "")};
  for (const std::string& text : whole) {
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto exact = std::make_unique<char[]>(size + 1);  // reading past it is noticed
      text.copy(exact.get(), size);
      CHECK(status_of({exact.get(), size}) == HeaderStatus::NeedMore);
    }
    CHECK(status_of(text) == HeaderStatus::Complete);
  }
  CHECK(announced_size(whole[1]) == whole[1].size());
  CHECK(announced_size(whole[1].substr(0, 15)) == 0);
  CHECK(announced_size(whole[0]) == 0);
}

TEST_CASE("what is encoded reads back", "[net][proxy]") {
  Address from = *Address::parse("10.1.2.3"), to = *Address::parse("10.9.8.7"), six = *Address::parse("2001:db8::1");
  from.set_port(40000);
  to.set_port(80);
  six.set_port(443);
  std::string line;
  encode_proxy_v1(from, to, line);
  CHECK(line == "PROXY TCP4 10.1.2.3 10.9.8.7 40000 80\r\n");
  line.clear();
  encode_proxy_v1(six, six, line);
  CHECK(line == "PROXY TCP6 2001:db8::1 2001:db8::1 443 443\r\n");
  line.clear();
  encode_proxy_v1(from, six, line);
  CHECK(line == "PROXY TCP6 ::ffff:10.1.2.3 2001:db8::1 40000 443\r\n");
  line.clear();
  encode_proxy_v1(Address{}, to, line);
  CHECK(line == "PROXY UNKNOWN\r\n");
  const std::array<ProxyTlv, 2> tlvs{{{2, "host.example"}, {5, "id"}}};
  std::string wire;
  encode_proxy_v2(from, to, tlvs, Checksum::Crc32c, wire);
  const Read back = read(wire);
  REQUIRE(back.status == HeaderStatus::Complete);
  CHECK(back.header.source == from);
  CHECK(back.header.destination == to);
  CHECK(back.header.tlv(TlvType::Authority) == "host.example");
  CHECK(back.header.size == wire.size());
  wire[20] ^= 1;
  CHECK(status_of(wire) == HeaderStatus::Invalid);
  wire.clear();
  encode_proxy_v2(from, six, {}, Checksum::None, wire);
  const Read mixed = read(wire);
  CHECK(mixed.header.source.text() == "[::ffff:10.1.2.3]:40000");
  CHECK(mixed.header.destination == six);
  wire.clear();
  encode_proxy_v2(Address{}, to, {}, Checksum::None, wire);
  CHECK(wire == binary(0x20, 0, ""));
}

TEST_CASE("a TLV that does not fit is left out", "[net][proxy]") {
  const std::string large(65000, 'x');
  const std::array<ProxyTlv, 3> tlvs{{{0xe0, large}, {0xe1, large}, {0xe2, "small"}}};
  std::string wire;
  encode_proxy_v2(Address::ipv4(1, 1), Address::ipv4(2, 2), tlvs, Checksum::None, wire);
  const Read back = read(wire);
  REQUIRE(back.status == HeaderStatus::Complete);
  CHECK(back.header.tlv(0xe0).size() == large.size());
  CHECK(back.header.tlv(0xe1).data() == nullptr);
  CHECK(back.header.tlv(0xe2) == "small");
}

namespace {

const std::string kIp4 = "\x45\0\0\x28\0\0\0\0\x40\x06\0\0\x01\x02\x03\x04\x05\x06\x07\x08"s;
const std::string kTcp = "\x04\x57\x08\xae"s + std::string(16, '\0');
const std::string kMagic = "\0\0\x04\xd2"s;  // 1234

std::string inserted(const std::string& packet) {
  return kMagic + std::string{0, 0, 0, static_cast<char>(packet.size())} + packet;
}

HeaderStatus netscaler(std::string_view text, ProxyHeader& header) { return decode_netscaler_header(text, 1234, header); }

}  // namespace

TEST_CASE("a NetScaler's header names both ends", "[net][netscaler]") {
  ProxyHeader header;
  REQUIRE(netscaler(inserted(kIp4 + kTcp) + "GET", header) == HeaderStatus::Complete);
  CHECK(header.source.text() == "1.2.3.4:1111");
  CHECK(header.destination.text() == "5.6.7.8:2222");
  CHECK(header.size == 48);
  const std::string with_options = "\x46"s + kIp4.substr(1) + std::string(4, '\1') + kTcp;
  REQUIRE(netscaler(inserted(with_options), header) == HeaderStatus::Complete);
  CHECK(header.source.port() == 1111);
  const std::string six = "\x60\0\0\0\0\x14\x06\x40"s + std::string(15, '\0') + "\1" + std::string(15, '\0') + "\2" + kTcp;
  REQUIRE(netscaler(inserted(six), header) == HeaderStatus::Complete);
  CHECK(header.source.text() == "[::1]:1111");
}

TEST_CASE("a NetScaler's newer form has its length behind a type", "[net][netscaler]") {
  ProxyHeader header;
  const std::string text = kMagic + "\0\0\0\x34\0\x07\0\x28"s + kIp4 + kTcp;
  REQUIRE(netscaler(text + "GET", header) == HeaderStatus::Complete);
  CHECK(header.source.text() == "1.2.3.4:1111");
  CHECK(header.size == 52);
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(netscaler(text.substr(0, size), header) == HeaderStatus::NeedMore);
}

TEST_CASE("a NetScaler's header that is none is refused", "[net][netscaler]") {
  ProxyHeader header;
  CHECK(netscaler("GET / HTTP/1.1\r\n", header) == HeaderStatus::NotAHeader);
  CHECK(netscaler(inserted("\x55"s + kIp4.substr(1) + kTcp), header) == HeaderStatus::Unhandled);
  std::string udp = kIp4;
  udp[9] = 17;
  CHECK(netscaler(inserted(udp + kTcp), header) == HeaderStatus::Unhandled);
  CHECK(netscaler(inserted(kIp4.substr(0, 12)), header) == HeaderStatus::Invalid);
  CHECK(netscaler(inserted("\x44"s + kIp4.substr(1) + kTcp), header) == HeaderStatus::Invalid);
  const std::string whole = inserted(kIp4 + kTcp);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto exact = std::make_unique<char[]>(size + 1);
    whole.copy(exact.get(), size);
    CHECK(netscaler({exact.get(), size}, header) == HeaderStatus::NeedMore);
  }
}
