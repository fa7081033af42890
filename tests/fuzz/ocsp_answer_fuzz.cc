// An OCSP responder's answer, at once and in pieces; a certificate's URI; the system's files about names. The first byte chooses the
// pieces' size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/probe/host_addresses.h"
#include "proxyd/ocsp/exchange_text.h"

namespace {

using namespace proxyd::ocsp;

void require(bool holds) {
  if (!holds) std::abort();
}

AnswerReader read(std::string_view text, std::size_t piece) {
  AnswerReader out;
  for (std::size_t at = 0; at < text.size(); at += piece) out.feed(std::string{text.substr(at, piece)});
  out.end();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string text{data + 1, data + size};
  if (const auto responder = read_responder(text)) {
    require(!responder->host.empty() && responder->path.starts_with('/'));
    const std::string request = request_text(*responder, "der", "ZGVy", false);
    require(request.find("\r\n") == request.find_first_of("\r\n"));
  }
  require(lib::probe::read_name_servers(text).size() <= 3);
  (void)lib::probe::find_known_host(text, "a.test");  // it must not break
  if (text.size() > AnswerReader::kMostBytes) return 0;  // where exactly it is given up depends on the pieces
  const AnswerReader whole = read(text, std::max<std::size_t>(text.size(), 1)), pieces = read(text, data[0] % 16U + 1U);
  require(whole.is_over() && whole.outcome() == pieces.outcome() && whole.status() == pieces.status());
  if (whole.outcome() == Outcome::Updated) require(whole.der() == pieces.der() && whole.status() == 200);
  return 0;
}
