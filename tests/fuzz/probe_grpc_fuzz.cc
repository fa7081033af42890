// What a checked gRPC server's answer becomes behind HTTP/2, at once and in pieces. The first byte chooses the pieces' size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/probe/grpc_health.h"

namespace {

using lib::probe::GrpcHealthAnswer;

void require(bool holds) {
  if (!holds) std::abort();
}

GrpcHealthAnswer read(std::string_view text, std::size_t piece) {
  GrpcHealthAnswer out;
  for (std::size_t at = 0; at < text.size(); at += piece) out.feed(std::string{text.substr(at, piece)});
  out.end();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string text{data + 1, data + size};
  if (text.size() > GrpcHealthAnswer::kMostBytes) return 0;  // where exactly it is given up depends on the pieces
  const GrpcHealthAnswer whole = read(text, std::max<std::size_t>(text.size(), 1)), pieces = read(text, data[0] % 16U + 1U);
  require(whole.is_decided() && whole.verdict() == pieces.verdict() && whole.code() == pieces.code() && whole.info() == pieces.info());
  require((whole.verdict() == GrpcHealthAnswer::Verdict::Serving) == whole.info().empty());
  require(std::all_of(whole.info().begin(), whole.info().end(), [](char c) { return c >= 0x20 && c <= 0x7e && c != '"'; }));
  return 0;
}
