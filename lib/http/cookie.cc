#include "lib/http/cookie.h"

#include <algorithm>

namespace lib::http {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Where a pair ends: at a separator outside quotes.
std::size_t pair_end(std::string_view line, std::size_t at, std::string_view separators) {
  bool quoted = false;
  for (; at < line.size(); ++at) {
    if (line[at] == '"') {
      quoted = !quoted;
    } else if (line[at] == '\\' && quoted) {
      ++at;
    } else if (!quoted && separators.find(line[at]) != std::string_view::npos) {
      return at;
    }
  }
  return line.size();
}

}  // namespace

bool CookiePairs::next() {
  if (next_ > line_.size()) return false;
  begin_ = next_;
  while (begin_ < line_.size() && is_blank(line_[begin_])) ++begin_;
  if (begin_ == line_.size()) return false;
  separator_ = next_ == 0 ? '\0' : line_[next_ - 1];
  before_ = next_ == 0 ? 0 : next_ - 1;
  while (before_ > 0 && is_blank(line_[before_ - 1])) --before_;
  end_ = pair_end(line_, begin_, ";,");
  next_ = end_ + 1;
  const std::string_view pair = line_.substr(begin_, end_ - begin_);
  const std::size_t equals = pair.find('=');
  name_ = without_blanks(pair.substr(0, equals));
  value_ = equals == std::string_view::npos ? std::string_view{} : without_blanks(pair.substr(equals + 1));
  if (equals != std::string_view::npos && value_.empty()) value_ = pair.substr(equals + 1, 0);
  return true;
}

CookiePairs::Cut CookiePairs::cut() const {
  std::size_t end = std::min(end_ + 1, line_.size());
  while (end < line_.size() && is_blank(line_[end])) ++end;
  if (separator_ == '\0') return {.begin = 0, .end = end, .glue = {}};
  const std::string_view glue = separator_ == ',' ? ", " : "; ";
  return {.begin = before_, .end = end, .glue = end == line_.size() ? std::string_view{} : glue};
}

SetCookie split_set_cookie(std::string_view line) {
  const std::string_view pair = line.substr(0, pair_end(line, 0, ";"));
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return {without_blanks(pair), {}};
  std::string_view value = without_blanks(pair.substr(equals + 1));
  if (value.empty()) value = pair.substr(equals + 1, 0);
  return {without_blanks(pair.substr(0, equals)), value};
}

}  // namespace lib::http
