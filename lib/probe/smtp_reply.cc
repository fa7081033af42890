#include "lib/probe/smtp_reply.h"

#include "lib/base/text.h"

namespace lib::probe {

SmtpReply::State SmtpReply::feed(std::string_view bytes, std::size_t& used) {
  used = 0;
  for (const char byte : bytes) {
    ++used;
    if (++total_ > kMostBytes) return State::Bad;
    if (byte == '\n') {
      if (column_ < 3) return State::Bad;
      if (is_last_ || column_ == 3) return State::Complete;  // "220" alone, too
      column_ = 0;
      line_code_ = 0;
      continue;
    }
    if (byte == '\r') continue;
    if (column_ < 3) {
      if (!base::is_digit(byte)) return State::Bad;
      line_code_ = line_code_ * 10 + static_cast<unsigned>(byte - '0');
      if (column_ == 2) {
        if (line_code_ < 100 || line_code_ > 599 || (code_ != 0 && code_ != line_code_)) return State::Bad;
        code_ = line_code_;
      }
    } else if (column_ == 3) {
      is_last_ = byte != '-';
    }
    ++column_;
  }
  return State::Reading;
}

}  // namespace lib::probe
