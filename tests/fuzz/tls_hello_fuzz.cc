// TLS hellos: a longer prefix never takes a verdict back, what is read lies within what came, and the lists of extensions end.
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include "lib/net/tls_hello.h"

namespace {

using namespace lib::net;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_within(std::string_view piece, std::string_view whole) {
  if (piece.empty()) return;
  const std::less_equal<const char*> before;
  require(before(whole.data(), piece.data()) && before(piece.data() + piece.size(), whole.data() + whole.size()));
}

void check(const Hello& hello, std::string_view bytes) {
  for (const std::string_view each : {hello.server_name, hello.alpn, hello.point_formats, hello.supported_versions, hello.ciphers,
                                      hello.groups, hello.signature_algorithms, hello.key_shares, hello.extensions, hello.session_ticket})
    check_within(each, bytes);
  std::string_view rest = hello.extensions;
  std::uint16_t type = 0;
  for (std::size_t had = rest.size(); next_extension(rest, type); had = rest.size()) require(rest.size() < had);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};  // bytes are text here
  Hello before;
  before.state = HelloState::NeedMore;
  std::unique_ptr<char[]> bytes;
  const std::size_t step = size > 300 ? 37 : 1;
  for (std::size_t had = 0; had <= size; had += step) {
    bytes = std::make_unique<char[]>(had);  // exactly what was received: reading past it is noticed
    text.copy(bytes.get(), had);
    const Hello hello = read_hello({bytes.get(), had});
    require(before.state == HelloState::NeedMore || hello.state == before.state);
    if (hello.state == HelloState::Complete) check(hello, {bytes.get(), had});
    before.state = hello.state;
  }
  check(read_hello_message(text), text);
  std::uint16_t version = 0;
  (void)read_ssl2_version(text, version);
  return 0;
}
