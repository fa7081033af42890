#include "parsers/haproxy/sample_lexer.h"

#include "parsers/haproxy/arguments.h"

namespace parsers::haproxy {

namespace {

/// Names of fetches may have a plus inside: "base32+src".
std::size_t call_name_length(std::string_view text) {
  std::size_t length = name_length(text);
  while (length != 0 && length + 1 < text.size() && text[length] == '+') {
    const std::size_t more = name_length(text.substr(length + 1));
    if (more == 0) break;
    length += 1 + more;
  }
  return length;
}

}  // namespace

void SampleLexer::fail(std::size_t offset, std::size_t length, std::string message) {
  if (!fault_) fault_ = TextFault{std::move(message), offset, length};
}

SampleToken SampleLexer::next(SampleCall& call) {
  const std::string_view rest = text_.substr(at_);
  // Two calls side by side want a comma: the second is no part of the expression.
  const std::size_t length = last_.empty() ? call_name_length(rest) : 0;
  if (length != 0) return read_call(length, call);
  if (expects_fetch_) {
    fail(at_, rest.empty() ? 0 : 1, "missing fetch method");
    return SampleToken::Faulty;
  }
  if (!rest.starts_with(',')) return end_or_fault();
  ++at_;
  last_.clear();
  return SampleToken::Comma;
}

SampleToken SampleLexer::end_or_fault() {
  const bool is_after_comma = last_.empty() && at_ != 0;
  const bool is_at_end = at_ == text_.size();
  if (end_ == SampleEnd::Anywhere ? !is_after_comma : is_at_end) return SampleToken::End;
  fail(at_, is_at_end ? 0 : 1,
       last_.empty() ? "unknown converter ''" : "missing comma after " + last_);
  return SampleToken::Faulty;
}

SampleToken SampleLexer::read_call(std::size_t length, SampleCall& call) {
  call = {};
  call.name = text_.substr(at_, length);
  call.offset = static_cast<std::uint32_t>(at_);
  const std::size_t begin = at_;
  at_ += length;
  const bool is_fetch = expects_fetch_;
  expects_fetch_ = false;
  if (at_ < text_.size() && text_[at_] == '(') {
    ArgumentList list = read_arguments(text_, at_ + 1);
    at_ = list.end;
    if (!list.is_closed) {
      const std::string where = is_fetch
                                    ? "fetch method '" + call.name + "'"
                                    : "invalid arg " + std::to_string(list.arguments.size() + 1) +
                                          " in converter '" + call.name + "'";
      fail(begin, at_ - begin, where + " : expected ')'");
      return SampleToken::Faulty;
    }
    ++at_;
    const bool is_empty = list.arguments.size() == 1 && list.arguments[0].length == 0;
    if (!is_empty) call.arguments = std::move(list.arguments);
  }
  call.length = static_cast<std::uint32_t>(at_ - begin);
  last_ = (is_fetch ? "fetch keyword '" : "converter '") + call.name + "'";
  return SampleToken::Call;
}

}  // namespace parsers::haproxy
