#include "lib/http/h1_settle.h"

#include <array>
#include <charconv>
#include <optional>

#include "lib/base/text.h"
#include "lib/http/h1_connection.h"
#include "lib/http/list.h"

namespace lib::http {
namespace {

using lib::base::equal_ignoring_case;

std::optional<std::uint64_t> length_of(std::string_view value) {
  std::uint64_t length = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), length);
  if (read.ec != std::errc{} || read.ptr != value.data() + value.size()) return std::nullopt;
  return length;
}

/// What is said of lengths when `length` bytes follow; nothing: no length is known.
struct Framing {
  std::optional<std::uint64_t> length;
  bool chunked = false;
  bool must_say = false;  // else silence means the same
  bool forgiving = false;  // another length is left out, not refused
};

Framing framing_of(const MessageHead& head, bool is_request) {
  Framing framing;
  switch (head.body) {
    case BodyKind::None:
      framing.length = 0;
      framing.must_say = !is_request;
      framing.forgiving = true;
      break;
    case BodyKind::Length:
      framing.length = head.body_length;
      framing.must_say = true;
      break;
    case BodyKind::Chunked: framing.chunked = framing.must_say = true; break;
    case BodyKind::UntilClose:
    case BodyKind::Tunnel: framing.forgiving = true; break;
  }
  return framing;
}

/// Leaves one field that says it, if there is one. False: a field contradicts.
bool sift(MessageHead& head, const Framing& framing, bool& said) {
  for (Field& field : head.fields) {
    if (field.dropped) continue;
    if (field.id == FieldId::TransferEncoding) {
      if (framing.chunked && !said && equal_ignoring_case(head.value(field), "chunked")) said = true;
      else field.dropped = true;
    } else if (field.id == FieldId::ContentLength) {
      const auto length = length_of(head.value(field));
      if (length && !said && length != framing.length && !framing.forgiving) return false;
      if (length && !said && length == framing.length) said = true;
      else field.dropped = true;
    }
  }
  return true;
}

}  // namespace

bool hide_connection(HeadWriter& writer) {
  MessageHead& head = writer.head();
  if (!strip_connection(writer, head)) return false;
  head.connection_close = head.connection_keep_alive = false;
  return true;
}

void reread_connection(MessageHead& head) {
  head.connection_close = head.connection_keep_alive = head.connection_upgrade = head.connection_other = false;
  for (const Field* field = head.find(FieldId::Connection); field != nullptr; field = head.find(FieldId::Connection, field)) {
    std::string_view word;
    for (ListReader words{head.value(*field)}; words.next(word);) {
      if (equal_ignoring_case(word, "close")) head.connection_close = true;
      else if (equal_ignoring_case(word, "keep-alive")) head.connection_keep_alive = true;
      else if (equal_ignoring_case(word, "upgrade")) head.connection_upgrade = true;
      else head.connection_other = true;
    }
  }
}

Settling settle_framing(HeadWriter& writer, Method method) {
  MessageHead& head = writer.head();
  const ResponseHead* const response = writer.response();
  if (response != nullptr && (method == Method::Head || response->status == 304)) return Settling::Done;
  const bool is_silent = response != nullptr && (response->status == 204 || response->status < 200);
  Framing framing = framing_of(head, response == nullptr);
  if (is_silent) framing = {.length = {}, .chunked = false, .must_say = false, .forgiving = true};
  bool said = false;
  if (!sift(head, framing, said)) return Settling::Contradiction;
  if (said || !framing.must_say) return Settling::Done;
  if (framing.chunked) return writer.add("transfer-encoding", "chunked") ? Settling::Done : Settling::NoRoom;
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *framing.length).ptr;
  const std::string_view text{digits.data(), static_cast<std::size_t>(end - digits.data())};
  return writer.add("content-length", text) ? Settling::Done : Settling::NoRoom;
}

}  // namespace lib::http
