#include "lib/net/tls_hello.h"

namespace lib::net {
namespace {

/// Reads numbers and pieces in order; past the end yields nothing and is remembered.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_{bytes} {}
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const char c : take(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  /// A piece behind its length of `size` bytes.
  std::string_view piece(std::size_t size) { return take(number(size)); }
  bool empty() const { return rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

constexpr std::uint32_t kServerName = 0, kGroups = 10, kPointFormats = 11, kSignatureAlgorithms = 13, kAlpn = 16,
                        kSessionTicket = 35, kSupportedVersions = 43, kKeyShare = 51;

void read_extension(std::uint32_t type, std::string_view data, Hello& hello) {
  Reader in{data};
  switch (type) {
    case kServerName: {
      Reader names{in.piece(2)};
      while (!names.empty()) {
        const std::uint32_t kind = names.number(1);
        const std::string_view name = names.piece(2);
        if (kind == 0 && !names.failed() && hello.server_name.empty()) hello.server_name = name;
      }
      break;
    }
    case kAlpn: {
      Reader protocols{in.piece(2)};
      hello.alpn = protocols.piece(1);  // the first is the one wanted most
      break;
    }
    case kGroups:
      hello.has_groups = true;
      hello.groups = in.piece(2);
      break;
    case kPointFormats: hello.point_formats = in.piece(1); break;
    case kSignatureAlgorithms: hello.signature_algorithms = in.piece(2); break;
    case kSupportedVersions: hello.supported_versions = in.piece(1); break;
    case kKeyShare: hello.key_shares = in.piece(2); break;
    case kSessionTicket: hello.session_ticket = data.data() == nullptr ? std::string_view{"", 0} : data; break;
    default: break;
  }
}

void read_body(std::string_view body, Hello& hello) {
  Reader in{body};
  hello.version = static_cast<std::uint16_t>(in.number(2));
  (void)in.take(32);  // the random
  (void)in.piece(1);  // the session
  if (hello.type == 1) {
    hello.ciphers = in.piece(2);
    (void)in.piece(1);  // compression
  } else {
    (void)in.take(3);
  }
  hello.extensions = in.empty() ? std::string_view{} : in.piece(2);
  Reader extensions{hello.extensions};
  while (!extensions.empty()) {
    const std::uint32_t type = extensions.number(2);
    const std::string_view data = extensions.piece(2);
    if (extensions.failed()) return;
    read_extension(type, data, hello);
  }
}

Hello need_more() {
  Hello hello;
  hello.state = HelloState::NeedMore;
  return hello;
}

}  // namespace

Hello read_hello(std::string_view bytes) {
  constexpr std::size_t kRecordHead = 5, kHandshakeHead = 4;
  constexpr std::uint32_t kHandshake = 22;
  Hello hello;
  Reader record{bytes};
  if (bytes.empty()) return need_more();
  if (static_cast<unsigned char>(bytes.front()) != kHandshake) return hello;
  if (bytes.size() > 1 && bytes[1] != 3) return hello;
  if (bytes.size() < kRecordHead + kHandshakeHead) return need_more();
  (void)record.number(3);
  const std::uint32_t record_size = record.number(2);
  const std::uint32_t type = record.number(1), size = record.number(3);
  if ((type != 1 && type != 2) || record_size < kHandshakeHead) return hello;
  hello.type = static_cast<std::uint8_t>(type);
  const std::string_view body = record.take(size);
  if (record.failed()) return need_more();
  hello.state = HelloState::Complete;
  read_body(body, hello);
  return hello;
}

Hello read_hello_message(std::string_view message) {
  Hello hello;
  Reader in{message};
  const std::uint32_t type = in.number(1), size = in.number(3);
  if (in.failed()) return need_more();
  if (type != 1 && type != 2) return hello;
  hello.type = static_cast<std::uint8_t>(type);
  const std::string_view body = in.take(size);
  if (in.failed()) return need_more();
  hello.state = HelloState::Complete;
  read_body(body, hello);
  return hello;
}

HelloState read_ssl2_version(std::string_view bytes, std::uint16_t& version) {
  constexpr std::uint32_t kClientHello = 1, kHead = 9;
  if (bytes.empty()) return HelloState::NeedMore;
  if ((static_cast<unsigned char>(bytes.front()) & 0x80) == 0) return HelloState::NotTls;
  if (bytes.size() < 2 + kHead) return HelloState::NeedMore;
  Reader in{bytes};
  const std::uint32_t size = in.number(2) & 0x7fff;
  if (in.number(1) != kClientHello) return HelloState::NotTls;
  version = static_cast<std::uint16_t>(in.number(2));
  const std::uint32_t ciphers = in.number(2), session = in.number(2), challenge = in.number(2);
  if (size != kHead + ciphers + session + challenge) return HelloState::NotTls;
  (void)in.take(ciphers + session + challenge);
  return in.failed() ? HelloState::NeedMore : HelloState::Complete;
}

bool next_extension(std::string_view& rest, std::uint16_t& type) {
  constexpr std::size_t kHead = 4;
  Reader in{rest};
  type = static_cast<std::uint16_t>(in.number(2));
  const std::size_t size = in.piece(2).size();
  if (in.failed()) return false;
  rest.remove_prefix(kHead + size);
  return true;
}

}  // namespace lib::net
