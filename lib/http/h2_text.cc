#include "lib/http/h2_text.h"

#include <algorithm>
#include <charconv>

#include "lib/base/text.h"
#include "lib/http/h2_fields.h"
#include "lib/http/list.h"
#include "lib/http/uri.h"

namespace lib::http {
namespace {

constexpr std::size_t kMostHead = 1U << 20, kMostLine = 16384;

}  // namespace

H2Text::Event H2Text::next(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  if (phase_ == Phase::Done) return Event::End;
  if (phase_ == Phase::Raw && left_ == 0) {
    phase_ = Phase::Done;
    return Event::End;
  }
  if (bytes.empty()) return Event::NeedMore;
  switch (phase_) {
    case Phase::Head: return read_head(bytes, taken);
    case Phase::Raw: return read_raw(bytes, taken);
    default: return read_chunks(bytes, taken);
  }
}

H2Text::Event H2Text::end() {
  const bool is_whole = phase_ == Phase::Done || (phase_ == Phase::Raw && (left_ == 0 || body_ == BodyKind::UntilClose || body_ == BodyKind::Tunnel));
  phase_ = Phase::Done;
  return is_whole ? Event::End : Event::Fault;
}

H2Text::Event H2Text::read_head(std::string_view bytes, std::size_t& taken) {
  if (std::exchange(has_whole_head_, false)) head_.clear();  // of an interim response
  // The end may have begun in what is kept already.
  const std::size_t kept = head_.size();
  const std::size_t from = kept < 3 ? 0 : kept - 3;
  head_ += bytes;
  const std::size_t end = head_.find("\r\n\r\n", from);
  if (end == std::string::npos) {
    taken = bytes.size();
    return head_.size() > kMostHead ? Event::Fault : Event::NeedMore;
  }
  taken = end + 4 - kept;
  head_.resize(end + 4);
  has_whole_head_ = true;
  fields_.clear();
  bool is_interim = false;
  return take_head(head_, is_interim) ? Event::Head : Event::Fault;
}

void H2Text::follow_with(BodyKind body, std::uint64_t length) {
  body_ = body;
  phase_ = body == BodyKind::Chunked ? Phase::SizeLine : Phase::Raw;
  left_ = body == BodyKind::None ? 0 : body == BodyKind::Length ? length : UINT64_MAX;
}

std::vector<H2Field> H2Text::trailers() const {
  std::vector<H2Field> list;
  for (const auto& [name, value] : trailers_) list.push_back({name, value});
  return list;
}

H2Text::Event H2Text::read_raw(std::string_view bytes, std::size_t& taken) {
  taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  payload_ = bytes.substr(0, taken);
  if (left_ != UINT64_MAX) left_ -= taken;
  return Event::Data;
}

bool H2Text::read_line(std::string_view bytes, std::size_t& taken) {
  const std::size_t end = bytes.find('\n', taken);
  const std::size_t stop = end == std::string_view::npos ? bytes.size() : end + 1;
  line_ += bytes.substr(taken, stop - taken);
  taken = stop;
  return end != std::string_view::npos;
}

/// A line without its end, in the phase that it belongs to. NeedMore: nothing to tell of it.
H2Text::Event H2Text::take_line() {
  std::string line;
  line.swap(line_);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  switch (phase_) {
    case Phase::SizeLine: {
      const auto [at, fault] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
      if (fault != std::errc{} || at == line.data()) return Event::Fault;
      phase_ = left_ == 0 ? Phase::Trailers : Phase::Payload;
      return Event::NeedMore;
    }
    case Phase::PayloadEnd:
      if (!line.empty()) return Event::Fault;
      phase_ = Phase::SizeLine;
      return Event::NeedMore;
    default: break;
  }
  return take_trailer(line);
}

H2Text::Event H2Text::take_trailer(std::string_view line) {
  if (line.empty()) {
    phase_ = Phase::Done;
    return trailers_.empty() ? Event::End : Event::Trailers;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return Event::Fault;
  std::string name{line.substr(0, colon)};
  std::transform(name.begin(), name.end(), name.begin(), base::to_lower);
  const std::size_t begin = std::min(line.size(), line.find_first_not_of(" \t", colon + 1));
  if (!is_h2_connection_field(name)) trailers_.emplace_back(std::move(name), line.substr(begin));
  return Event::NeedMore;
}

H2Text::Event H2Text::read_chunks(std::string_view bytes, std::size_t& taken) {
  while (taken < bytes.size()) {
    if (phase_ == Phase::Payload) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken));
      payload_ = bytes.substr(taken, size);
      taken += size;
      left_ -= size;
      if (left_ == 0) phase_ = Phase::PayloadEnd;
      return Event::Data;
    }
    if (!read_line(bytes, taken)) break;
    const Event event = take_line();
    if (event != Event::NeedMore) return event;
  }
  return line_.size() > kMostLine ? Event::Fault : Event::NeedMore;
}

namespace {

/// A field that a Connection field says is for the next hop only, RFC 9110 section 7.6.1.
bool is_nominated(const MessageHead& head, std::string_view name) {
  if (!head.connection_other) return false;
  for (const Field* each = head.find(FieldId::Connection); each != nullptr; each = head.find(FieldId::Connection, each)) {
    ListReader words{head.value(*each)};
    for (std::string_view word; words.next(word);)
      if (base::equal_ignoring_case(word, name)) return true;
  }
  return false;
}

bool goes_on(const MessageHead& head, const Field& field) {
  const std::string_view name = head.name(field);
  return !field.dropped && !is_h2_connection_field(name) && !is_nominated(head, name);
}

}  // namespace

bool H2Answer::take_head(std::string& text, bool& is_interim) {
  ResponseHead head;
  HeadState state;
  if (parse_response_head({text.data(), text.size()}, {.accept_invalid = true}, asked_, state, head) != HeadStatus::Complete)
    return false;
  status_ = head.status;
  const bool accepts_websocket = head.body == BodyKind::Tunnel && status_ == 101;
  if (accepts_websocket) status_ = 200;
  fields_.reserve(head.fields.size());
  for (const Field& field : head.fields) {
    const std::string_view name = head.name(field);
    if (goes_on(head, field) && !(accepts_websocket && name == "sec-websocket-accept"))
      fields_.push_back({name, head.value(field)});
  }
  is_interim = status_ < 200;
  if (!is_interim) follow_with(head.body, head.body_length);
  return true;
}

bool H2Question::take_head(std::string& text, bool&) {
  RequestHead head;
  HeadState state;
  if (parse_request_head({text.data(), text.size()}, {.accept_invalid = true}, state, head) != HeadStatus::Complete) return false;
  asked_ = http::asked(head);
  method_ = head.method_text();
  const UriParts parts = split_target(head.target_text());
  scheme_ = parts.scheme;
  path_ = parts.path_and_query;
  authority_ = parts.authority.empty() ? head.value_of(FieldId::Host) : parts.authority;
  fields_.reserve(head.fields.size());
  for (const Field& field : head.fields) {
    const std::string_view name = head.name(field);
    if (name == "sec-websocket-key" && asked_.websocket) key_ = head.value(field);
    else if (goes_on(head, field) && name != "host" && (name != "te" || head.value(field) == "trailers"))
      fields_.push_back({name, head.value(field)});
  }
  follow_with(is_tunnel() ? BodyKind::Tunnel : head.body, head.body_length);
  return true;
}

}  // namespace lib::http
