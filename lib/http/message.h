// The head of an HTTP request or response: an index of slices over the received bytes, with edits
// kept beside it. Pure.
//
// A head does not own its bytes. `data` points at the buffer it was parsed from, which must stay as
// it is (or be moved, updating `data`) while the head is used; `edits` points at an area for what
// rules add (see h1_writer.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/http/field.h"

namespace lib::http {

enum class Method : std::uint8_t {
  Other,
  Get,
  Head,
  Post,
  Put,
  Delete,
  Options,
  Trace,
  Connect,
  Patch
};

/// The method that this exact (case-sensitive) word names.
Method method_of(std::string_view word);

enum class TargetKind : std::uint8_t { Origin, Absolute, Authority, Asterisk };

/// How a message's body ends (RFC 9112 §6.3).
enum class BodyKind : std::uint8_t {
  None,        // no body at all
  Length,      // body_length bytes, more than 0
  Chunked,     // see h1_body.h
  UntilClose,  // responses only
  Tunnel,      // no HTTP any more: 101, or 2xx to CONNECT
};

/// What requests and responses have in common.
struct MessageHead {
  char* data = nullptr;         // the received bytes, from the first byte of the parse on
  const char* edits = nullptr;  // what slices above kEditBase count from
  std::uint32_t begin = 0;      // of the start line: empty lines before it are skipped
  std::uint32_t size =
      0;  // bytes of `data` that the head takes, empty lines before and after it included
  std::uint32_t fields_begin = 0;  // just after the start line's LF
  Slice version;                   // as forwarded: "HTTP/1.1" for all above it, too
  std::uint8_t major;              // as received
  std::uint8_t minor;
  BodyKind body;
  bool start_line_verbatim;  // ends in CRLF, one blank between its words
  bool start_line_edited;    // by h1_writer.h: to be built from its slices
  bool connection_close;     // tokens of Connection
  bool connection_keep_alive;
  bool connection_upgrade;
  bool connection_other;  // any other token, kept when forwarding
  bool keep_alive;        // the sender can keep the connection after this message
  bool upgrade;           // Connection: upgrade together with an Upgrade field
  bool websocket;         // that upgrade is to websocket
  bool length_ignored;  // Content-Length came with Transfer-Encoding: it is dropped, the connection
                        // must close
  std::uint64_t body_length;  // BodyKind::Length; for a response to HEAD what it announced is only
                              // in the field
  FieldList fields;

  /// HTTP/1.1 or later: persistent unless said otherwise, knows chunks and 100-continue.
  bool is_http11() const { return major > 1 || (major == 1 && minor >= 1); }

  /// "HTTP/1.2".
  std::array<char, 8> received_version() const {
    return {'H', 'T', 'T', 'P', '/', static_cast<char>('0' + major), '.', static_cast<char>('0' + minor)};
  }

  std::string_view text(Slice slice) const {
    return (slice.offset & kEditBase) == 0
               ? std::string_view{data + slice.offset, slice.length}
               : std::string_view{edits + (slice.offset & ~kEditBase), slice.length};
  }
  std::string_view name(const Field& field) const { return text(field.name); }
  std::string_view value(const Field& field) const { return text(field.value); }

  /// The first field of that kind that was not dropped, after `after` when given; null: none.
  Field* find(FieldId id, const Field* after = nullptr);
  const Field* find(FieldId id, const Field* after = nullptr) const;
  /// By name in either case.
  Field* find(std::string_view name, const Field* after = nullptr);
  const Field* find(std::string_view name, const Field* after = nullptr) const;
  /// The value of the first field of that kind, or empty.
  std::string_view value_of(FieldId id) const;
};

struct RequestHead : MessageHead {
  Slice method_name;
  Slice target;
  Method method;
  TargetKind target_kind;
  bool expect_continue;  // Expect: 100-continue, and the client speaks HTTP/1.1
  bool te_trailers;      // TE lists trailers

  std::string_view method_text() const { return text(method_name); }
  std::string_view target_text() const { return text(target); }
};

struct ResponseHead : MessageHead {
  Slice status_text;  // the three digits
  Slice reason;
  std::uint16_t status;

  /// 1xx other than 101: another response follows.
  bool is_interim() const { return status < 200 && status != 101; }
};

}  // namespace lib::http
