#include "lib/probe/http_answer.h"

#include "lib/base/text.h"

namespace lib::probe {
namespace {

/// "HTTP/1.1 200 OK": the digits after the first blank.
unsigned status_of(std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  unsigned out = 0;
  std::size_t digits = 0;
  for (const char c : line.substr(blank + 1)) {
    if (!base::is_digit(c) || ++digits > 3) break;
    out = out * 10 + static_cast<unsigned>(c - '0');
  }
  return digits == 3 ? out : 0;
}

std::optional<std::uint64_t> length_of(std::string_view line) {
  constexpr std::string_view kName = "content-length:";
  if (line.size() < kName.size() || !base::equal_ignoring_case(line.substr(0, kName.size()), kName)) return std::nullopt;
  return base::parse_number<std::uint64_t>(base::trim(line.substr(kName.size())));
}

}  // namespace

void HttpAnswer::end_line() {
  const std::string_view line{line_.data(), used_};
  if (phase_ == Phase::StatusLine) {
    status_ = status_of(line);
    phase_ = Phase::Fields;
  } else if (line_size_ == 0) {
    phase_ = Phase::Body;
  } else if (line_size_ == used_ && !promised_) {  // a longer line is no number that we want
    promised_ = length_of(line);
  }
  used_ = 0;
  line_size_ = 0;
}

void HttpAnswer::take(char byte) {
  const bool ends = after_cr_ && byte == '\n';
  if (after_cr_ && !ends) {  // a CR within the line
    if (used_ < line_.size()) line_[used_++] = '\r';
    ++line_size_;
  }
  after_cr_ = byte == '\r';
  if (ends) return end_line();
  if (after_cr_) return;
  if (used_ < line_.size()) line_[used_++] = byte;
  ++line_size_;
}

std::string_view HttpAnswer::feed(std::string_view bytes) {
  any_ = any_ || !bytes.empty();
  while (phase_ != Phase::Body && !bytes.empty()) {
    take(bytes.front());
    bytes.remove_prefix(1);
  }
  body_ += bytes.size();
  return bytes;
}

}  // namespace lib::probe
