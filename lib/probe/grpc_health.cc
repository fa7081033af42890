#include "lib/probe/grpc_health.h"

#include <fmt/format.h>

#include <utility>

#include "lib/base/text.h"

namespace lib::probe {
namespace {

using Event = http::H2Text::Event;

constexpr std::size_t kPrefix = 5;  // whether it is compressed, and the message's length
constexpr std::size_t kMostInfo = 128;
constexpr unsigned kServing = 1;

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7fU) | 0x80U);
  out += static_cast<char>(value);
}

std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

std::uint32_t length_in(std::string_view prefix) {
  std::uint32_t length = 0;
  for (const char c : prefix.substr(1, 4)) length = length << 8U | byte_of(c);
  return length;
}

/// Takes a number off the front; nothing when it is not whole or beyond 64 bits.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned at = 0; at < 10 && at < bytes.size(); ++at) {
    const std::uint8_t byte = byte_of(bytes[at]);
    if (at == 9 && byte > 1) return std::nullopt;
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << 7U * at;
    if (byte >= 0x80) continue;
    bytes.remove_prefix(at + 1);
    return value;
  }
  return std::nullopt;
}

/// Field 1 of a HealthCheckResponse, 0 where it is left out; nothing when this is no such message.
std::optional<std::uint64_t> read_health_response(std::string_view bytes) {
  std::uint64_t status = 0;
  while (!bytes.empty()) {
    const auto tag = take_varint(bytes);
    if (!tag || *tag >> 3U == 0 || *tag > UINT32_MAX) return std::nullopt;
    const bool is_status = *tag >> 3U == 1;
    std::size_t skipped = 0;
    switch (*tag & 7U) {
      case 0: {
        const auto value = take_varint(bytes);
        if (!value) return std::nullopt;
        if (is_status) status = *value;
        continue;
      }
      case 1: skipped = 8; break;
      case 2: {
        const auto length = take_varint(bytes);
        if (!length || *length > bytes.size()) return std::nullopt;
        skipped = static_cast<std::size_t>(*length);
        break;
      }
      case 5: skipped = 4; break;
      default: return std::nullopt;
    }
    if (is_status || skipped > bytes.size()) return std::nullopt;
    bytes.remove_prefix(skipped);
  }
  return status;
}

std::string serving_status_text(std::uint64_t status) {
  switch (status) {
    case 0: return "UNKNOWN";
    case 2: return "NOT_SERVING";
    case 3: return "SERVICE_UNKNOWN";
    default: return fmt::format("serving status {}", status);
  }
}

int hex_digit(char c) {
  const char lower = base::to_lower(c);
  if (base::is_digit(c)) return c - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// What was percent-encoded, for a log line: what is not printable ASCII, and the quote that would end it, become a '?'.
std::string decode_message(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size() && out.size() < kMostInfo; ++at) {
    char c = text[at];
    if (c == '%' && at + 2 < text.size()) {
      const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        at += 2;
      }
    }
    out += c < 0x20 || c > 0x7e || c == '"' ? '?' : c;
  }
  return out;
}

bool is_grpc_type(std::string_view type) {
  constexpr std::string_view kType = "application/grpc";
  if (!base::equal_ignoring_case(type.substr(0, kType.size()), kType)) return false;
  return type.size() == kType.size() || type[kType.size()] == '+' || type[kType.size()] == ';';
}

}  // namespace

std::string encode_grpc_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    message += '\x0a';  // field 1, a string
    append_varint(message, service.size());
    message += service;
  }
  std::string out(1, '\0');  // not compressed
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(message.size() >> shift & 0xffU);
  return out + message;
}

std::string grpc_health_text(std::string_view authority, std::string_view service) {
  const std::string body = encode_grpc_health_request(service);
  // Chunks, since clients of gRPC say no length.
  return fmt::format("POST /grpc.health.v1.Health/Check HTTP/1.1\r\nhost: {}\r\ncontent-type: application/grpc\r\nte: trailers\r\n"
                     "user-agent: triad\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                     authority, body.size(), body);
}

std::string_view grpc_status_name(unsigned code) {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
       "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"});
  return code < kNames.size() ? kNames[code] : std::string_view{};
}

void GrpcHealthAnswer::refuse(std::string why) {
  verdict_ = Verdict::Invalid;
  info_ = std::move(why);
}

void GrpcHealthAnswer::feed(std::string_view text) {
  while (!is_decided()) {
    std::size_t taken = 0;
    const Event event = text_.next(text, taken);
    total_ += taken;
    text.remove_prefix(taken);
    if (event != Event::NeedMore) take(event);
    else if (text.empty()) break;
    if (!is_decided() && total_ > kMostBytes) refuse("answer too long");
  }
}

void GrpcHealthAnswer::end() {
  if (!is_decided()) refuse(has_any() ? "answer was cut" : "no answer");
}

void GrpcHealthAnswer::take(Event event) {
  switch (event) {
    case Event::NeedMore: return;
    case Event::Head: return take_head();
    case Event::Data: return take_payload(text_.payload());
    case Event::Trailers:
      for (const auto& [name, value] : text_.trailers()) take_field(name, value);
      return judge();
    case Event::End: return judge();
    case Event::Fault: return refuse("invalid response");
  }
}

void GrpcHealthAnswer::take_head() {
  const int status = text_.status();
  if (status < 200) return;
  if (status != 200) {
    code_ = static_cast<unsigned>(status);
    verdict_ = Verdict::NotServing;
    info_ = fmt::format("HTTP status {}", status);
    return;
  }
  for (const auto& [name, value] : text_.fields()) take_field(name, value);
  if (!is_decided() && !is_grpc_) refuse("content-type is not application/grpc");
}

void GrpcHealthAnswer::take_field(std::string_view name, std::string_view value) {
  if (name == "content-type") {
    is_grpc_ = is_grpc_type(value);
  } else if (name == "grpc-message") {
    status_message_ = decode_message(value);
  } else if (name == "grpc-status") {
    status_ = base::parse_number<unsigned>(value);
    if (!status_) refuse("odd grpc-status");
  }
}

void GrpcHealthAnswer::take_payload(std::string_view bytes) {
  if (message_.size() + bytes.size() > kPrefix + kMostMessage) return refuse("message too long");
  message_ += bytes;
  if (message_.size() < kPrefix) return;
  const std::uint32_t length = length_in(message_);
  if (message_[0] != 0) refuse(message_[0] == 1 ? "message is compressed" : "odd message");
  else if (length > kMostMessage) refuse("message too long");
  else if (message_.size() > kPrefix + length) refuse("more than one message");
}

void GrpcHealthAnswer::judge() {
  if (is_decided()) return;
  if (!status_) return refuse("no grpc-status");
  code_ = *status_;
  if (code_ == 0) return judge_message();
  verdict_ = Verdict::NotServing;
  info_ = grpc_status_name(code_);
  if (info_.empty()) info_ = fmt::format("grpc-status {}", code_);
  if (!status_message_.empty()) info_ += ": " + status_message_;
}

void GrpcHealthAnswer::judge_message() {
  if (message_.empty()) return refuse("no message");
  if (message_.size() < kPrefix || message_.size() != kPrefix + length_in(message_)) return refuse("message was cut");
  const auto status = read_health_response(std::string_view{message_}.substr(kPrefix));
  if (!status) return refuse("odd message");
  verdict_ = *status == kServing ? Verdict::Serving : Verdict::NotServing;
  if (verdict_ != Verdict::Serving) info_ = serving_status_text(*status);
}

}  // namespace lib::probe
