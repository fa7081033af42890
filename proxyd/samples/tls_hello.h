// A TLS ClientHello or ServerHello as it comes over the wire, looked into without decrypting anything (RFC 8446 §4.1). Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace proxyd::samples {

enum class HelloState : std::uint8_t { Complete, NeedMore, NotTls };

struct Hello {
  HelloState state = HelloState::NotTls;
  std::uint8_t type = 0;            // 1 client, 2 server
  std::uint16_t version = 0;        // as the hello's body says it: 0x0303 for TLS 1.2
  std::string_view session_ticket;  // data set: the extension is there
  std::string_view server_name, alpn, curves, point_formats, supported_versions;
  std::string_view ciphers, groups, signature_algorithms, key_shares;
};

/// Views into `bytes`. A record that is not all there yet is NeedMore.
Hello read_hello(std::string_view bytes);

}  // namespace proxyd::samples
