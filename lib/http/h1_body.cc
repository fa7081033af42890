#include "lib/http/h1_body.h"

#include <cstring>

#include "lib/base/bug.h"
#include "lib/http/field.h"
#include "lib/http/scan.h"

namespace lib::http {

namespace {

constexpr unsigned kChunkSizeBits = 60;  // of the largest size

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

/// One call of scan(): `at` is the next byte to look at, `out` where the next byte to forward goes.
/// They are the same place until something was left out.
struct ChunkScanner::Cursor {
  char* const begin;
  char* const end;
  char* at;
  char* out;
  BodyFault fault = BodyFault::None;

  std::size_t left() const { return static_cast<std::size_t>(end - at); }
  void keep(std::size_t count) {
    if (out != at) std::memmove(out, at, count);
    out += count;
    at += count;
  }
  void leave_out(std::size_t count) { at += count; }
  bool refuse(BodyFault why, char* where) {
    fault = why;
    at = where;
    return false;
  }
};

void ChunkScanner::skip(std::uint64_t count) {
  if (lib::base::bug_if(count > left_ || phase_ != Phase::Payload)) return;
  left_ -= count;
  payload_ += count;
  if (left_ == 0) phase_ = Phase::PayloadEnd;
}

/// Finds the end of the line at `at`: its LF. Null when it is not there yet (or too far: a fault).
char* ChunkScanner::find_line_end(Cursor& at, std::size_t most, BodyFault too_long) {
  char* const lf = static_cast<char*>(std::memchr(at.at + looked_, '\n', at.left() - looked_));
  const std::size_t length = lf != nullptr ? static_cast<std::size_t>(lf - at.at) + 1 : at.left();
  if (length > most) {
    at.refuse(too_long, at.at + most);
    return nullptr;
  }
  looked_ = lf != nullptr ? 0 : static_cast<std::uint32_t>(at.left());
  return lf;
}

/// "<hex>[ blanks][;extension]CRLF". Leading zeros, blanks and the extension are left out: peers
/// that read them otherwise than we do cannot be led astray (RFC 9112 §7.1.1 wants unknown
/// extensions ignored).
bool ChunkScanner::take_size_line(Cursor& at) {
  char* digit = at.at;
  std::uint64_t size = 0;
  // Digits are judged as they come: garbage is refused before its line ends.
  for (; digit != at.end && hex_value(*digit) >= 0; ++digit) {
    if (size >> (kChunkSizeBits - 4) != 0) return at.refuse(BodyFault::ChunkTooLarge, digit);
    size = size << 4 | static_cast<std::uint64_t>(hex_value(*digit));
  }
  if (digit != at.end && (digit == at.at || !(*digit == '\r' || *digit == ';' || is_blank(*digit))))
    return at.refuse(
        *digit == '\n' && digit != at.at ? BodyFault::BadChunkLineEnd : BodyFault::BadChunkSize,
        digit);
  char* const lf = find_line_end(at, kMaxLine, BodyFault::ChunkLineTooLong);
  if (lf == nullptr) return false;
  if (lf[-1] != '\r') return at.refuse(BodyFault::BadChunkLineEnd, lf);
  char* rest = digit;
  while (is_blank(*rest)) ++rest;
  if (rest != lf - 1 && *rest != ';') return at.refuse(BodyFault::BadChunkSize, rest);
  if (const char* stop = skip_value(rest, lf - 1); stop != lf - 1)
    return at.refuse(BodyFault::BadChunkExtension, at.at + (stop - at.at));

  left_ = size;
  phase_ = size != 0 ? Phase::Payload : Phase::Trailers;
  if (mode_ == ChunkMode::Strip) {
    at.leave_out(static_cast<std::size_t>(lf + 1 - at.at));
    return true;
  }
  while (digit - at.at > 1 && *at.at == '0') at.leave_out(1);
  at.keep(static_cast<std::size_t>(digit - at.at));
  at.leave_out(static_cast<std::size_t>(lf - 1 - digit));
  at.keep(2);
  return true;
}

bool ChunkScanner::take_payload(Cursor& at) {
  const std::size_t count = left_ < at.left() ? static_cast<std::size_t>(left_) : at.left();
  at.keep(count);
  left_ -= count;
  payload_ += count;
  if (left_ == 0) phase_ = Phase::PayloadEnd;
  return left_ == 0;
}

bool ChunkScanner::take_payload_end(Cursor& at) {
  if (at.left() == 0) return false;
  if (at.at[0] != '\r') return at.refuse(BodyFault::BadChunkDataEnd, at.at);
  if (at.left() == 1) return false;
  if (at.at[1] != '\n') return at.refuse(BodyFault::BadChunkDataEnd, at.at + 1);
  if (mode_ == ChunkMode::Strip) {
    at.leave_out(2);
  } else {
    at.keep(2);
  }
  phase_ = Phase::SizeLine;
  return true;
}

/// A trailer line, or the empty line that ends the body. Fields that the proxy itself goes by
/// (framing, routing, connection, cookies) have no business here and are left out, RFC 9110 §6.5.1.
bool ChunkScanner::take_trailer(Cursor& at) {
  char* const lf = find_line_end(at, kMaxTrailers - trailers_, BodyFault::TrailersTooLarge);
  if (lf == nullptr) return false;
  const std::size_t length = static_cast<std::size_t>(lf - at.at) + 1;
  if (length < 2 || lf[-1] != '\r') return at.refuse(BodyFault::BadTrailer, lf);
  trailers_ += static_cast<std::uint32_t>(length);
  if (length == 2) {
    if (mode_ == ChunkMode::Strip) {
      at.leave_out(2);
    } else {
      at.keep(2);
    }
    phase_ = Phase::Done;
    return false;
  }
  char* const colon = at.at + (skip_token(at.at, lf) - at.at);
  if (*colon != ':' || colon == at.at) return at.refuse(BodyFault::BadTrailer, colon);
  if (const char* stop = skip_value(colon + 1, lf - 1); stop != lf - 1)
    return at.refuse(BodyFault::BadTrailer, at.at + (stop - at.at));
  const std::size_t name_length = static_cast<std::size_t>(colon - at.at);
  const FieldId id = identify({at.at, name_length});
  if (id == FieldId::TransferEncoding) return at.refuse(BodyFault::BadTrailer, at.at);
  if (id != FieldId::Other || mode_ != ChunkMode::Keep) {
    at.leave_out(length);
  } else {
    lower_case(at.at, name_length, length);
    at.keep(length);
  }
  return true;
}

ChunkScan ChunkScanner::scan(char* data, std::size_t size) {
  Cursor at{data, data + size, data, data};
  bool goes_on = phase_ != Phase::Done;
  while (goes_on) {
    switch (phase_) {
      case Phase::SizeLine:
        goes_on = take_size_line(at);
        break;
      case Phase::Payload:
        goes_on = take_payload(at);
        break;
      case Phase::PayloadEnd:
        goes_on = take_payload_end(at);
        break;
      case Phase::Trailers:
        goes_on = take_trailer(at);
        break;
      case Phase::Done:
        goes_on = false;
        break;
    }
  }
  ChunkScan found;
  found.forward = static_cast<std::size_t>(at.out - data);
  found.fault = at.fault;
  found.position = static_cast<std::size_t>(at.at - data);
  found.consumed = found.position;
  found.finished = phase_ == Phase::Done;
  return found;
}

ChunkSizeLine chunk_size_line(std::uint64_t size) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  ChunkSizeLine line{};
  unsigned digits = 1;
  while (digits < 16 && size >> (4 * digits) != 0) ++digits;
  for (unsigned i = 0; i < digits; ++i)
    line.bytes[i] = kDigits[size >> (4 * (digits - 1 - i)) & 15];
  line.bytes[digits] = '\r';
  line.bytes[digits + 1] = '\n';
  line.length = static_cast<std::uint8_t>(digits + 2);
  return line;
}

}  // namespace lib::http
