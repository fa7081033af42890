// A checked SMTP server's reply, at once and in pieces. The first byte chooses the pieces' size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/probe/smtp_reply.h"

namespace {

using namespace lib::probe;
using State = SmtpReply::State;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  State state = State::Reading;
  unsigned code = 0;
  std::size_t used = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view bytes, std::size_t piece) {
  SmtpReply reply;
  Outcome out;
  while (!bytes.empty() && out.state == State::Reading) {
    const std::string part{bytes.substr(0, piece)};
    std::size_t used = 0;
    out.state = reply.feed(part, used);
    require(used <= part.size() && (out.state != State::Reading || used == part.size()));
    out.used += used;
    bytes.remove_prefix(part.size());
  }
  out.code = reply.code();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string bytes{data + 1, data + size};
  const Outcome whole = read(bytes, std::max<std::size_t>(bytes.size(), 1)), pieces = read(bytes, data[0] % 16U + 1U);
  require(whole == pieces);
  if (whole.state == State::Complete) require(whole.code >= 100 && whole.code <= 599 && bytes[whole.used - 1] == '\n');
  return 0;
}
