#include "lib/http/h1_meaning.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/text.h"
#include "lib/http/list.h"
#include "lib/http/scan.h"
#include "lib/http/uri.h"

namespace lib::http {

namespace {

using lib::base::equal_ignoring_case;

/// What was met on the way through the fields.
struct Notes {
  Field* length = nullptr;  // the Content-Length that stays
  Field* coding = nullptr;  // the last Transfer-Encoding
  Field* host = nullptr;
  Field* te = nullptr;
  bool upgrade = false;
  bool names_websocket = false;
  bool websocket_key = false;
  bool websocket_accept = false;
  bool chunked = false;  // seen
  bool chunked_last = false;
  bool other_coding = false;  // a coding before chunked
  std::uint64_t length_value = 0;
};

Refusal refuse(HeadFault fault, const Field& field) { return {fault, field.value.offset}; }

/// A decimal number below 2^63.
bool parse_length(std::string_view text, std::uint64_t& value) {
  if (text.empty()) return false;
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (INT64_MAX - digit) / 10) return false;
    value = value * 10 + digit;
  }
  return true;
}

/// RFC 9110 §8.6: a list of equal numbers counts as one; anything else is an attack or a mistake.
Refusal note_length(const MessageHead& head, Field& field, Notes& notes) {
  std::string_view rest = head.value(field);
  if (notes.length == nullptr && parse_length(rest, notes.length_value)) {
    notes.length = &field;
    return {};
  }
  std::uint32_t first_length = 0;
  bool is_first = true;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = lib::base::trim(rest.substr(0, comma));
    std::uint64_t value = 0;
    if (!parse_length(item, value)) return refuse(HeadFault::BadContentLength, field);
    if (notes.length != nullptr || !is_first) {
      if (value != notes.length_value) return refuse(HeadFault::ConflictingContentLength, field);
    }
    notes.length_value = value;
    if (is_first) first_length = static_cast<std::uint32_t>(item.size());
    is_first = false;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (notes.length != nullptr) {
    field.dropped = true;
    return {};
  }
  notes.length = &field;
  if (first_length != field.value.length) {
    field.value.length = first_length;
    field.verbatim = false;
  }
  return {};
}

/// RFC 9112 §6.1. Only "chunked" is understood; its value is cut down to that word, so that a peer
/// reads nothing else.
Refusal note_coding(const MessageHead& head, Field& field, Notes& notes) {
  const std::string_view whole = head.value(field);
  std::string_view word;
  bool any = false;
  for (ListReader items{whole, ListReader::KeepEmpty::Yes}; items.next(word);) {
    if (word.empty()) {
      if (!notes.chunked)
        notes.other_coding = true;  // haproxy takes an empty word for a coding it lacks
      continue;
    }
    any = true;
    const bool is_chunked = equal_ignoring_case(word, "chunked");
    if (is_chunked && notes.chunked) return refuse(HeadFault::BadTransferEncoding, field);
    notes.chunked_last = is_chunked;
    if (is_chunked) {
      notes.chunked = true;
      if (word.size() != whole.size() && !notes.other_coding) {
        field.value = {field.value.offset + static_cast<std::uint32_t>(word.data() - whole.data()),
                       7};
        field.verbatim = false;
      }
    } else {
      notes.other_coding = true;
    }
  }
  if (!any) return refuse(HeadFault::BadTransferEncoding, field);
  notes.coding = &field;
  return {};
}

void note_connection(MessageHead& head, Field& field) {
  std::string_view word;
  bool any = false;
  for (ListReader words{head.value(field)}; words.next(word);) {
    any = true;
    if (equal_ignoring_case(word, "close")) {
      head.connection_close = true;
    } else if (equal_ignoring_case(word, "keep-alive")) {
      head.connection_keep_alive = true;
    } else {
      head.connection_other = true;
      if (equal_ignoring_case(word, "upgrade")) head.connection_upgrade = true;
    }
  }
  if (!any) field.dropped = true;
}

/// Bytes that end a host for one reader or another. Not quite RFC 3986: names with 8-bit bytes or
/// underscores are in use.
constexpr auto kNoHostByte = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c <= ' '; ++c) table[c] = true;
  for (const char c : std::string_view{"/\\?#@<>\"{}|^`\x7f"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

Refusal note_host(const MessageHead& head, Field& field, Notes& notes, const HeadOptions& options) {
  const std::string_view host = head.value(field);
  if (!options.accept_invalid) {
    for (std::uint32_t i = 0; i < host.size(); ++i)
      if (kNoHostByte[static_cast<unsigned char>(host[i])])
        return {HeadFault::BadHost, field.value.offset + i};
  }
  if (notes.host == nullptr) {
    notes.host = &field;
    return {};
  }
  if (!equal_ignoring_case(head.value(*notes.host), host))
    return refuse(HeadFault::ConflictingHost, field);
  field.dropped = true;
  return {};
}

/// TE is a hop's own affair: only an exact "trailers" goes on, once (as haproxy).
void note_te(MessageHead& head, Field& field, Notes& notes) {
  const std::string_view whole = head.value(field);
  std::string_view word;
  for (ListReader words{whole}; words.next(word);) {
    if (word != "trailers" || notes.te != nullptr) continue;
    notes.te = &field;
    if (word.size() != whole.size()) {
      field.value = {field.value.offset + static_cast<std::uint32_t>(word.data() - whole.data()),
                     8};
      field.verbatim = false;
    }
  }
  if (notes.te != &field) field.dropped = true;
}

void note_upgrade(const MessageHead& head, const Field& field, Notes& notes) {
  notes.upgrade = true;
  std::string_view word;
  for (ListReader words{head.value(field)}; words.next(word);)
    if (equal_ignoring_case(word, "websocket")) notes.names_websocket = true;
}

/// What both directions look at.
Refusal note(MessageHead& head, Field& field, Notes& notes) {
  switch (field.id) {
    case FieldId::ContentLength:
      return note_length(head, field, notes);
    case FieldId::TransferEncoding:
      return note_coding(head, field, notes);
    case FieldId::Connection:
      note_connection(head, field);
      break;
    case FieldId::Te:
      note_te(head, field, notes);
      break;
    case FieldId::Upgrade:
      note_upgrade(head, field, notes);
      break;
    default:
      break;
  }
  return {};
}

void clear(MessageHead& head) {
  head.body = BodyKind::None;
  head.body_length = 0;
  head.connection_close = head.connection_keep_alive = head.connection_upgrade =
      head.connection_other = false;
  head.upgrade = head.websocket = head.length_ignored = head.keep_alive = false;
}

/// RFC 9112 §5.2: each CR and LF of an obsolete line folding becomes a blank.
void join_folded(MessageHead& head, Field& field) {
  char* from = head.data + field.name.offset + field.name.length + 1;
  char* to = head.data + field.line_end;
  while (to != from && (to[-1] == '\r' || to[-1] == '\n' || lib::base::is_blank(to[-1]))) --to;
  std::replace_if(
      from, to, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  while (from != to && lib::base::is_blank(*from)) ++from;
  field.value = {static_cast<std::uint32_t>(from - head.data),
                 static_cast<std::uint32_t>(to - from)};
}

void drop_all(MessageHead& head, FieldId id) {
  for (Field& field : head.fields)
    if (field.id == id) field.dropped = true;
}

/// Transfer-Encoding over Content-Length (RFC 9112 §6.3); with both, or in an old version, the
/// connection must not be used again: the two ends may disagree on where this message ends.
Refusal decide_coding(MessageHead& head, const Notes& notes) {
  if (!notes.chunked_last) return refuse(HeadFault::BadTransferEncoding, *notes.coding);
  if (notes.other_coding) return refuse(HeadFault::UnsupportedTransferEncoding, *notes.coding);
  head.body = BodyKind::Chunked;
  if (notes.length != nullptr) {
    head.length_ignored = true;
    drop_all(head, FieldId::ContentLength);
  }
  if (head.length_ignored || !head.is_http11()) head.keep_alive = false;
  return {};
}

void decide_persistence(MessageHead& head) {
  head.keep_alive = !head.connection_close && (head.is_http11() || head.connection_keep_alive);
}

/// The bytes as they are forwarded. Later versions share HTTP/1.1's syntax, which is what we speak.
void prepare_bytes(MessageHead& head) {
  for (const Field& field : head.fields)
    lower_case(head.data + field.name.offset, field.name.length, head.size - field.name.offset);
  if (head.is_http11() && (head.major != 1 || head.minor != 1))
    std::memcpy(head.data + head.version.offset, "HTTP/1.1", head.version.length);
}

/// RFC 9112 §3.2.
bool know_target(RequestHead& head) {
  const std::string_view target = head.target_text();
  if (head.method == Method::Connect) {
    head.target_kind = TargetKind::Authority;
    const HostPort parts = split_authority(target);
    return !parts.host.empty() && !parts.port.empty() &&
           parts.host.size() + 1 + parts.port.size() == target.size() &&
           target.find_first_of("/?@") == std::string_view::npos;
  }
  if (target[0] == '/') {
    head.target_kind = TargetKind::Origin;
    return true;
  }
  if (target[0] == '*') {
    head.target_kind = TargetKind::Asterisk;
    return target.size() == 1 && head.method == Method::Options;
  }
  head.target_kind = TargetKind::Absolute;
  const UriParts parts = split_target(target);
  return !parts.scheme.empty() && parts.authority.find('?') == std::string_view::npos;
}

/// Takes `count` bytes out of the target at `end` (an offset) by moving the start line's beginning
/// up.
void cut_target(RequestHead& head, std::uint32_t end, std::uint32_t count) {
  char* const line = head.data + head.begin;
  std::memmove(line + count, line, end - count - head.begin);
  head.begin += count;
  head.method_name.offset += count;
  head.target.offset += count;
  head.target.length -= count;
}

/// Length of ":80" at the end of `authority` when it is the scheme's default port (or a bare
/// colon), else 0.
std::uint32_t default_port_length(std::string_view scheme, std::string_view authority) {
  const HostPort parts = split_authority(authority);
  const bool has_colon = !authority.empty() && parts.port.data() != nullptr;
  if (!has_colon || !is_default_port(scheme, parts.port)) return 0;
  return static_cast<std::uint32_t>(parts.port.size() + 1);
}

/// haproxy forwards absolute targets without a default port, and Host of CONNECT likewise.
void leave_out_default_port(RequestHead& head, Field* host) {
  if (head.target_kind == TargetKind::Absolute) {
    const UriParts parts = split_target(head.target_text());
    const std::uint32_t count = default_port_length(parts.scheme, parts.authority);
    const char* const end = parts.authority.data() + parts.authority.size();
    if (count != 0) cut_target(head, static_cast<std::uint32_t>(end - head.data), count);
  } else if (head.target_kind == TargetKind::Authority && host != nullptr) {
    const std::uint32_t count = default_port_length({}, head.value(*host));
    if (count == 0) return;
    host->value.length -= count;
    host->verbatim = false;
  }
}

Refusal check_host(const RequestHead& head, const Notes& notes) {
  if (notes.host == nullptr) return {};
  const std::string_view host = head.value(*notes.host);
  const UriParts parts = split_target(head.target_text());
  const std::string_view authority =
      head.target_kind == TargetKind::Authority ? head.target_text() : parts.authority;
  if (authority.empty() || same_authority(parts.scheme, authority, host)) return {};
  return refuse(HeadFault::HostDisagrees, *notes.host);
}

Refusal decide_request_body(RequestHead& head, const Notes& notes) {
  if (head.method == Method::Connect) {
    // What follows is the tunnel's. Whoever sends a body with it means something else by it than
    // the server would.
    if (notes.length != nullptr || notes.coding != nullptr) head.keep_alive = false;
    drop_all(head, FieldId::ContentLength);
    drop_all(head, FieldId::TransferEncoding);
    return {};
  }
  if (notes.coding != nullptr) {
    if (const Refusal refusal = decide_coding(head, notes); refusal.fault != HeadFault::None)
      return refusal;
  } else if (notes.length != nullptr && notes.length_value != 0) {
    head.body = BodyKind::Length;
    head.body_length = notes.length_value;
  }
  const bool is_bodiless =
      head.method == Method::Get || head.method == Method::Head || head.method == Method::Delete;
  if (head.body != BodyKind::None && !head.is_http11() && is_bodiless)
    return refuse(HeadFault::BodyNotAllowed,
                  notes.coding != nullptr ? *notes.coding : *notes.length);
  return {};
}

/// Another protocol begins behind the head or not at all: with a body in between, the two ends could disagree on where.
Refusal decide_upgrade(RequestHead& head, const Notes& notes, const HeadOptions& options) {
  head.upgrade = head.connection_upgrade && notes.upgrade;
  if (head.upgrade && head.body != BodyKind::None) {
    head.upgrade = false;
    drop_all(head, FieldId::Upgrade);
  }
  head.websocket = head.upgrade && notes.names_websocket;
  if (head.websocket && !options.from_http2 && !notes.websocket_key) return {HeadFault::MissingWebSocketKey, head.begin};
  return {};
}

/// Bodies of responses, RFC 9112 §6.3 in its order.
Refusal decide_response_body(ResponseHead& head, const Asked& request, const Notes& notes) {
  if (head.status < 200 || head.status == 204 ||
      (request.method == Method::Connect && head.status < 300)) {
    drop_all(head, FieldId::ContentLength);
    drop_all(head, FieldId::TransferEncoding);
    if (head.status == 101 || head.status >= 200)
      head.body = head.status == 204 ? BodyKind::None : BodyKind::Tunnel;
    return {};
  }
  if (notes.coding != nullptr)
    if (const Refusal refusal = decide_coding(head, notes); refusal.fault != HeadFault::None)
      return refusal;
  if (request.method == Method::Head || head.status == 304) {
    head.body = BodyKind::None;
  } else if (notes.coding == nullptr && notes.length == nullptr) {
    head.body = BodyKind::UntilClose;
    head.keep_alive = false;
  } else if (notes.coding == nullptr && notes.length_value != 0) {
    head.body = BodyKind::Length;
    head.body_length = notes.length_value;
  }
  return {};
}

}  // namespace

Refusal understand(RequestHead& head, const HeadOptions& options) {
  clear(head);
  head.expect_continue = head.te_trailers = false;
  if (!know_target(head)) return {HeadFault::BadTargetForm, head.target.offset};
  Notes notes;
  Refusal refusal;
  for (Field& field : head.fields) {
    if (field.folded) join_folded(head, field);
    if (field.id == FieldId::Other) continue;
    if (field.id == FieldId::Host) {
      refusal = note_host(head, field, notes, options);
    } else if (field.id == FieldId::Expect) {
      head.expect_continue = equal_ignoring_case(head.value(field), "100-continue");
    } else if (field.id == FieldId::SecWebSocketKey) {
      notes.websocket_key = notes.websocket_key || field.value.length == 24;  // 16 bytes in base64
    } else {
      refusal = note(head, field, notes);
    }
    if (refusal.fault != HeadFault::None) return refusal;
  }
  head.te_trailers = notes.te != nullptr;
  head.expect_continue = head.expect_continue && head.is_http11();
  decide_persistence(head);
  if (head.target_kind == TargetKind::Absolute || head.target_kind == TargetKind::Authority)
    refusal = check_host(head, notes);
  if (refusal.fault == HeadFault::None) refusal = decide_request_body(head, notes);
  if (refusal.fault == HeadFault::None) refusal = decide_upgrade(head, notes, options);
  if (refusal.fault != HeadFault::None) return refusal;
  const bool keeps_port = options.from_http2 && head.method == Method::Connect;
  if (head.target_kind != TargetKind::Origin && !keeps_port) leave_out_default_port(head, notes.host);
  prepare_bytes(head);
  return {};
}

Refusal understand(ResponseHead& head, const Asked& request, const HeadOptions&) {
  clear(head);
  Notes notes;
  for (Field& field : head.fields) {
    if (field.folded) join_folded(head, field);
    if (field.id == FieldId::Other) continue;
    if (field.id == FieldId::SecWebSocketAccept) {
      notes.websocket_accept = true;
    } else if (const Refusal refusal = note(head, field, notes); refusal.fault != HeadFault::None) {
      return refusal;
    }
  }
  decide_persistence(head);
  head.upgrade = head.status == 101;
  head.websocket = head.upgrade && request.websocket;
  if (head.upgrade && !request.upgrade)
    return {HeadFault::UnexpectedUpgrade, head.status_text.offset};
  if (head.websocket && !notes.websocket_accept)
    return {HeadFault::MissingWebSocketAccept, head.status_text.offset};
  if (const Refusal refusal = decide_response_body(head, request, notes);
      refusal.fault != HeadFault::None)
    return refusal;
  prepare_bytes(head);
  return {};
}

}  // namespace lib::http
