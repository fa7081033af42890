// A checked server's answer, at once and in pieces: status, length, body and pattern are the same. The first byte chooses
// the pieces' size, the second the pattern.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "lib/probe/body_pattern.h"
#include "lib/probe/http_answer.h"

namespace {

using namespace lib::probe;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  HttpAnswer answer;
  std::string body;
  bool matched = false;
};

using PatternPtr = std::shared_ptr<const BodyPattern>;

/// Without look-behind or anchors at the start a search may begin anywhere: bounded texts must give equal verdicts.
PatternPtr pattern(std::uint8_t choice) {
  constexpr std::uint32_t kUtf = 0x00080000U, kMultiline = 0x00000400U;
  static const std::array<PatternPtr, 6> all = [] {
    std::array<PatternPtr, 6> out;
    const std::array<BodyPattern::Settings, 6> settings{{
        {.expression = "ab+c", .options = 0, .min_offset = 0, .max_offset = {}},
        {.expression = "(?<=x)[a-z]{2,4}$", .options = 0, .min_offset = 0, .max_offset = {}},
        {.expression = "^GET", .options = kMultiline, .min_offset = 0, .max_offset = {}},
        {.expression = ".\\x{20ac}.", .options = kUtf, .min_offset = 0, .max_offset = {}},
        {.expression = "\\bword\\b", .options = 0, .min_offset = 3, .max_offset = 20},
        {.expression = "a(?!b)", .options = 0, .min_offset = 2, .max_offset = {}},
    }};
    for (std::size_t i = 0; i < out.size(); ++i) {
      auto made = BodyPattern::make(settings[i]);
      require(made.has_value());
      out[i] = *made;
    }
    return out;
  }();
  return all[choice % all.size()];
}

Outcome read(std::string_view bytes, std::size_t piece, const PatternPtr& which) {
  Outcome out;
  BodyScan scan{which};
  while (!bytes.empty()) {
    const std::string part{bytes.substr(0, piece)};  // exactly what is there: reading past it is noticed
    bytes.remove_prefix(part.size());
    const std::string_view body = out.answer.feed(part);
    out.body += body;
    scan.add(body);
    require(scan.kept() <= BodyScan::kMostKept + 4096);
  }
  scan.finish();
  require(scan.is_decided());
  out.matched = scan.matched();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const PatternPtr which = pattern(data[1]);
  const std::string bytes{data + 2, data + size};
  const Outcome whole = read(bytes, std::max<std::size_t>(bytes.size(), 1), which), pieces = read(bytes, data[0] % 32U + 1U, which);
  require(whole.answer.has_head() == pieces.answer.has_head());
  require(whole.answer.has_any() == pieces.answer.has_any());
  require(whole.answer.status() == pieces.answer.status() && whole.answer.status() <= 999);
  require(whole.answer.promised() == pieces.answer.promised());
  require(whole.answer.body_size() == whole.body.size() && whole.body == pieces.body);
  require(whole.matched == pieces.matched);
  return 0;
}
