// A TLS ClientHello or ServerHello as it comes over the wire, looked into without decrypting anything (RFC 8446 §4.1). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace lib::net {

enum class HelloState : std::uint8_t { Complete, NeedMore, NotTls };

struct Hello {
  HelloState state = HelloState::NotTls;
  std::uint8_t type = 0;            // 1 client, 2 server
  std::uint16_t version = 0;        // as the hello's body says it: 0x0303 for TLS 1.2
  std::string_view session_ticket;  // data set: the extension is there
  std::string_view server_name, alpn, point_formats, supported_versions;
  std::string_view ciphers, groups, signature_algorithms, key_shares;
  bool has_groups = false;          // whatever they are
  std::string_view extensions;      // data set: there are some; all of them, as they came: see next_extension()
};

/// Views into `bytes`. A record that is not all there yet is NeedMore.
Hello read_hello(std::string_view bytes);
/// The same of the handshake's message alone, without a record around it.
Hello read_hello_message(std::string_view message);

/// The version that a hello in the form of SSL 2 offers (RFC 5246 appendix E.2).
HelloState read_ssl2_version(std::string_view bytes, std::uint16_t& version);

/// The number of the first extension in `rest`, which is cut off; false when there is none.
bool next_extension(std::string_view& rest, std::uint16_t& type);
/// One of the values that mean nothing and that clients send to see whether servers ignore them (RFC 8701).
constexpr bool is_grease(std::uint16_t value) { return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff); }

}  // namespace lib::net
