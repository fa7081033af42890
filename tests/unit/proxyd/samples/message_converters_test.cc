// Converters of packets and other protocols' messages.
#include <catch2/catch.hpp>

#include "fake_subject.h"
#include "proxyd/samples/compile.h"

using namespace proxyd::samples;

namespace {

/// What the expression yields, or "(none)", or why it does not compile.
std::string eval(const std::string& expression) {
  Environment environment;
  const auto compiled = compile(expression, environment);
  if (!compiled) return compiled.error().message;
  FakeSubject subject;
  Scratch scratch;
  Context context{subject, scratch, Place::FrontBody};
  Sample sample;
  if (!(*compiled)->evaluate(context, sample)) return "(none)";
  return std::string{text_of(sample, context.arena())};
}

std::string of(std::string_view hex, std::string_view converters) {
  return eval("bin(" + std::string{hex} + ")," + std::string{converters});
}

constexpr std::string_view kFix = "383d4649582e342e3401393d33300133353d410134393d53454e4445520135363d5441524745540133343d310131303d31343801";
constexpr std::string_view kFixBadSum = "383d4649582e342e3401393d31350133353d410134393d53454e4445520131303d30303701";
constexpr std::string_view kConnect = "104b00044d51545405c6003c171100000e10210014150005504c41494e2600016b00017600046669766512180000000503000a746578742f706c61696e00027774000277700002753500027035";
constexpr std::string_view kConnAck = "201000870d11000000631f00037768792401";
constexpr std::string_view kRectangle = "820314da0311089aa68cc30110969f989cfdffffffff018a0307da030408051006";
constexpr std::string_view kFields = "08990111fbffffffffffffff1dfaffffff2100000000008029402d000060c0320361626338013203646566";
// Ethernet with a VLAN tag, IPv4 with "don't fragment", TCP SYN with MSS, SACK, timestamp, nop, window scale.
constexpr std::string_view kEthernet = "0102030405060a0b0c0d0e0f8100000508004500003c1c4640004006b1e6c0a80068c0a80001";
constexpr std::string_view kSyn =
    "a0b400500a0b0c0d00000000a0027210e60b0000020405b40402080a00000bb8000000000103030a";
constexpr std::string_view kIpv6 = "6a500000000006402001" "0db8000000000000000000000001" "20010db8000000000000000000000002";

}  // namespace

TEST_CASE("FIX messages are checked and give their tags", "[samples]") {
  CHECK(of(kFix, "fix_is_valid") == "1");
  CHECK(of(kFixBadSum, "fix_is_valid") == "0");
  CHECK(of(kFix.substr(0, 40), "fix_is_valid") == "(none)");
  CHECK(of(kFix, "fix_tag_value(35)") == "A");
  CHECK(of(kFix, "fix_tag_value(TargetCompID)") == "TARGET");
  CHECK(of(kFix, "fix_tag_value(99)") == "(none)");
  CHECK(eval("str(x),fix_tag_value(Nope)").find("Unknown FIX tag name 'Nope'") != std::string::npos);
}

TEST_CASE("MQTT's first messages are checked and give their fields and properties", "[samples]") {
  CHECK(of(kConnect, "mqtt_is_valid") == "1");
  CHECK(of(kConnect.substr(0, kConnect.size() - 2), "mqtt_is_valid") == "(none)");
  CHECK(of(kConnect, "mqtt_field_value(connect,client_identifier)") == "five");
  CHECK(of(kConnect, "mqtt_field_value(1,PassWord)") == "p5");
  CHECK(of(kConnect, "mqtt_field_value(connect,keepalive)") == "60");
  CHECK(of(kConnect, "mqtt_field_value(connect,17)") == "3600");
  CHECK(of(kConnect, "mqtt_field_value(connect,3)") == "text/plain");
  CHECK(of(kConnect, "mqtt_field_value(connect,39)") == "0");
  CHECK(of(kConnAck, "mqtt_field_value(connack,reason_code)") == "135");
  CHECK(of(kConnAck, "mqtt_field_value(connack,31)") == "why");
  CHECK(of(kConnAck, "mqtt_field_value(connect,flags)") == "(none)");
  CHECK(of("300400016178", "mqtt_is_valid") == "0");
}

TEST_CASE("fields of protocol buffers are found by their path and read by their type", "[samples]") {
  CHECK(of(kRectangle, "protobuf(48.59.1,int32)") == "409146138");
  CHECK(of(kRectangle, "protobuf(48.59.2,int32)") == "-746188906");
  CHECK(of(kRectangle, "protobuf(49.59.2,uint64)") == "6");
  CHECK(of(kRectangle, "protobuf(49.59),hex") == "08051006");
  CHECK(of(kRectangle, "protobuf(48.60.1,int32)") == "(none)");
  CHECK(of(kFields, "protobuf(1,sint64)") == "-77");
  CHECK(of(kFields, "protobuf(2,sfixed64)") == "-5");
  CHECK(of(kFields, "protobuf(3,sfixed32)") == "-6");
  CHECK(of(kFields, "protobuf(4,double)") == "12");
  CHECK(of(kFields, "protobuf(5,float)") == "-3");
  CHECK(of(kFields, "protobuf(6)") == "abc");
  CHECK(of("0000000002" "0805", "ungrpc(1,int32)") == "5");
  CHECK(of("0100000002" "0805", "ungrpc(1,int32)") == "(none)");
  CHECK(of("ffffffffffffffffffffff", "protobuf(1)") == "(none)");
  CHECK(eval("str(x),protobuf(1,foo)").find("Wrong protocol buffer type 'foo'") != std::string::npos);
}

TEST_CASE("headers of packets are read as far as they reach", "[samples]") {
  CHECK(of(kEthernet, "eth.dst,hex") == "010203040506");
  CHECK(of(kEthernet, "eth.src,hex") == "0A0B0C0D0E0F");
  CHECK(of(kEthernet, "eth.proto") == "2048");
  CHECK(of(kEthernet, "eth.vlan") == "5");
  CHECK(of(kEthernet, "eth.hdr,hex") == "0102030405060A0B0C0D0E0F810000050800");
  CHECK(of(kEthernet, "eth.data,ip.src") == "192.168.0.104");
  CHECK(of(kEthernet, "eth.data,ip.dst") == "192.168.0.1");
  CHECK(of(kEthernet, "eth.data,ip.proto") == "6");
  CHECK(of(kEthernet, "eth.data,ip.ttl") == "64");
  CHECK(of(kEthernet, "eth.data,ip.df") == "1");
  CHECK(of(kEthernet, "eth.data,ip.ver") == "4");
  CHECK(of(kEthernet, "eth.data,ip.hdr,hex") == "4500003C1C4640004006B1E6C0A80068C0A80001");
  CHECK(of(kEthernet.substr(0, 20), "eth.proto") == "(none)");
  CHECK(of(kIpv6, "ip.src") == "2001:db8::1");
  CHECK(of(kIpv6, "ip.dst") == "2001:db8::2");
  CHECK(of(kIpv6, "ip.tos") == "165");
  CHECK(of(kIpv6, "ip.data,length") == "0");
  CHECK(of(kSyn, "tcp.src") == "41140");
  CHECK(of(kSyn, "tcp.dst") == "80");
  CHECK(of(kSyn, "tcp.seq") == "168496141");
  CHECK(of(kSyn, "tcp.flags") == "2");
  CHECK(of(kSyn, "tcp.win") == "29200");
  CHECK(of(kSyn, "tcp.options.mss") == "1460");
  CHECK(of(kSyn, "tcp.options.sack") == "1");
  CHECK(of(kSyn, "tcp.options.tsval") == "3000");
  CHECK(of(kSyn, "tcp.options.wscale") == "10");
  CHECK(of(kSyn, "tcp.options_list,hex") == "0204080103");
  CHECK(of(kSyn.substr(0, 38), "tcp.options.mss") == "(none)");
}

TEST_CASE("AES-CBC encrypts and decrypts", "[samples]") {
  // NIST SP 800-38A, F.2.1: the first block; padding follows.
  const std::string key = "aes_cbc_enc(128,AAECAwQFBgcICQoLDA0ODw==,K34VFiiu0qar9xWICc9PPA==)";
  CHECK(of("6bc1bee22e409f96e93d7e117393172a", key + ",hex,bytes(0,32)") == "7649ABAC8119B246CEE98E9B12E9197D");
  const std::string back = "aes_cbc_dec(128,AAECAwQFBgcICQoLDA0ODw==,K34VFiiu0qar9xWICc9PPA==)";
  CHECK(eval("str(secret)," + key + "," + back) == "secret");
  CHECK(eval("str(secret)," + back) == "(none)");
  CHECK(eval("str(x),aes_cbc_enc(128,AAAA,AAAA)") == "(none)");
}

TEST_CASE("a value passes when the stream fares so", "[samples]") {
  CHECK(eval("str(a),when(error)") == "(none)");
  CHECK(eval("str(a),when(normal)") == "a");
  CHECK(eval("str(a),when(!error)") == "a");
  CHECK(eval("str(a),when(forwarded)") == "(none)");
  CHECK(eval("str(a),when(!stopping)") == "a");
  CHECK(eval("str(a),when(foo)").find("'!' before it") != std::string::npos);
}

TEST_CASE("a Forwarded element is checked and taken apart", "[samples]") {
  CHECK(eval("str('for=127.0.0.1;proto=http'),rfc7239_is_valid") == "1");
  CHECK(eval("str('proto=custom'),rfc7239_is_valid") == "0");
  CHECK(eval("str('for=127.0.0.1;for=127.0.0.2'),rfc7239_is_valid") == "0");
  CHECK(eval("str('for=127.0.0.1:80'),rfc7239_is_valid") == "0");
  CHECK(eval("str('by=_secret;host=a.example'),rfc7239_field(host)") == "a.example");
  CHECK(eval("str('by=_secret;host=a.example'),rfc7239_field(for)") == "(none)");
  CHECK(eval("str(127.0.0.1:9999),rfc7239_n2nn") == "127.0.0.1");
  CHECK(eval("str(127.0.0.1:9999),rfc7239_n2np") == "9999");
  CHECK(eval("str([ab:cd::1]:_name),rfc7239_n2nn") == "ab:cd::1");
  CHECK(eval("str([ab:cd::1]:_name),rfc7239_n2np") == "_name");
  CHECK(eval("str(_hidden),rfc7239_n2nn") == "_hidden");
  CHECK(eval("str([ab:cd::1]x),rfc7239_n2nn") == "(none)");
  CHECK(eval("str(127.0.0.1),rfc7239_n2np") == "(none)");
  CHECK(eval("src,rfc7239_nn") == "127.0.0.1");
  CHECK(eval("ipv6(2001:db8::1),rfc7239_nn") == "[2001:db8::1]");
  CHECK(eval("src_port,rfc7239_np") == "40000");
}
