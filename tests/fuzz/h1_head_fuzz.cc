// Message heads: at once and in pieces the outcome is the same, a refused head is untouched, and
// what we forward is read the same way again. The first byte chooses the direction, leniency and
// the size of the pieces.
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "lib/http/h1_connection.h"
#include "lib/http/h1_head.h"
#include "lib/http/h1_writer.h"

namespace {

using namespace lib::http;

struct Choice {
  bool lenient, websocket;
  std::size_t piece;  // 0: at once
};

void require(bool holds) {
  if (!holds) std::abort();
}

HeadStatus parse(std::span<char> bytes, const Choice& choice, HeadState& state, RequestHead& head) {
  return parse_request_head(bytes, {.accept_invalid = choice.lenient}, state, head);
}
HeadStatus parse(std::span<char> bytes, const Choice& choice, HeadState& state,
                 ResponseHead& head) {
  const Asked request{.upgrade = choice.websocket, .websocket = choice.websocket};
  return parse_response_head(bytes, {.accept_invalid = choice.lenient}, request, state, head);
}
bool connect(HeadWriter& writer, RequestHead& head) {
  return forward_connection(writer, head, Persistence::KeepAlive);
}
bool connect(HeadWriter& writer, ResponseHead& head) {
  return forward_connection(writer, head, Persistence::KeepAlive, {});
}

struct Outcome {
  HeadStatus status = HeadStatus::NeedMore;
  HeadFault fault = HeadFault::None;
  std::uint32_t position = 0, size = 0;
  BodyKind body = BodyKind::None;
  std::uint64_t body_length = 0;
  std::string forwarded;
  bool operator==(const Outcome&) const = default;
};

template <class Head>
std::string forward(Head& head) {
  static std::array<char, 1 << 16> area;
  HeadWriter writer{head, area};
  if (!connect(writer, head)) return {};
  std::string flat(writer.total(), '\0');
  require(writer.flatten(flat) == flat.size());
  static std::array<iovec, 1 << 12> pieces;
  const std::size_t count = writer.gather(pieces);
  std::string gathered;
  for (std::size_t i = 0; i < count; ++i)
    gathered.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  require(count == 0 || gathered == flat);
  return flat;
}

template <class Head>
Outcome run(std::string_view text, const Choice& choice) {
  HeadState state;
  Head head;
  Outcome result;
  const std::size_t step = choice.piece == 0 ? text.size() : choice.piece;
  std::unique_ptr<char[]> bytes;
  for (std::size_t size = 0; result.status == HeadStatus::NeedMore && size < text.size();) {
    size = std::min(text.size(), size + step);
    bytes =
        std::make_unique<char[]>(size);  // exactly what was received: reading past it is noticed
    text.copy(bytes.get(), size);
    result.status = parse({bytes.get(), size}, choice, state, head);
    if (result.status == HeadStatus::Fault) {
      require(state.fault() != HeadFault::None && state.fault_position() <= size);
      result.fault = state.fault();
      result.position = state.fault_position();
    }
  }
  if (result.status == HeadStatus::Complete) {
    result.size = head.size;
    result.body = head.body;
    result.body_length = head.body_length;
    result.forwarded = forward(head);
  }
  return result;
}

template <class Head>
void exercise(std::string_view text, Choice choice) {
  const Outcome pieces = run<Head>(text, choice);
  choice.piece = 0;
  const Outcome whole = run<Head>(text, choice);
  require(pieces == whole);
  if (whole.status != HeadStatus::Complete || whole.forwarded.empty()) return;
  const Outcome again = run<Head>(whole.forwarded, choice);
  if (again.fault == HeadFault::TooManyFields) return;  // Connection was added to a head that was full
  require(again.status == HeadStatus::Complete && again.size == whole.forwarded.size());
  require(again.body == whole.body && again.body_length == whole.body_length);
  require(again.forwarded == whole.forwarded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1,
                              size - 1};  // bytes are text here
  const Choice choice{
      .lenient = (data[0] & 2) != 0, .websocket = (data[0] & 4) != 0, .piece = 1U + (data[0] >> 4)};
  if ((data[0] & 1) != 0) {
    exercise<ResponseHead>(text, choice);
  } else {
    exercise<RequestHead>(text, choice);
  }
  return 0;
}
