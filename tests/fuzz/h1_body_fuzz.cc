// Chunked bodies: at once and in pieces the outcome is the same, and what is forwarded is chunked
// framing that carries the same payload and needs no more changes. The first byte chooses the mode
// and the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "lib/http/h1_body.h"

namespace {

using namespace lib::http;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::string forwarded;
  std::size_t consumed = 0, position = 0;
  std::uint64_t payload = 0;
  bool finished = false;
  BodyFault fault = BodyFault::None;
  bool operator==(const Outcome&) const = default;
};

Outcome run(std::string_view text, ChunkMode mode, std::size_t step) {
  ChunkScanner scanner{mode};
  Outcome result;
  std::size_t received = 0;
  while (received < text.size() && !result.finished && result.fault == BodyFault::None) {
    received = std::min(text.size(), received + step);
    const std::size_t size = received - result.consumed;
    const auto bytes =
        std::make_unique<char[]>(size);  // exactly what is there: reading past it is noticed
    text.copy(bytes.get(), size, result.consumed);
    const ChunkScan found = scanner.scan(bytes.get(), size);
    require(found.forward <= found.consumed && found.consumed <= size);
    result.forwarded.append(bytes.get(), found.forward);
    if (found.fault != BodyFault::None) result.position = result.consumed + found.position;
    result.consumed += found.consumed;
    result.finished = found.finished;
    result.fault = found.fault;
  }
  result.payload = scanner.payload();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1,
                              size - 1};  // bytes are text here
  const ChunkMode mode = (data[0] & 1) != 0 ? ChunkMode::Strip : ChunkMode::Keep;
  const Outcome whole = run(text, mode, text.size());
  require(run(text, mode, 1U + (data[0] >> 3)) == whole);
  if (mode == ChunkMode::Strip) {
    require(whole.forwarded.size() == whole.payload);
    return 0;
  }
  if (!whole.finished) return 0;
  const Outcome again = run(whole.forwarded, mode, whole.forwarded.size());
  require(again.finished && again.consumed == whole.forwarded.size());
  require(again.payload == whole.payload && again.forwarded == whole.forwarded);
  const Outcome payload = run(text, ChunkMode::Strip, text.size());
  require(payload.finished && payload.payload == whole.payload);
  return 0;
}
