#include "parsers/common/diagnostic.h"

namespace parsers::common {

std::string_view Source::line(std::uint32_t number) const {
  if (number < found_line_) {
    found_line_ = 1;
    found_offset_ = 0;
  }
  while (found_line_ < number) {
    const std::size_t end = text_.find('\n', found_offset_);
    if (end == std::string::npos) return {};
    found_offset_ = end + 1;
    ++found_line_;
  }
  std::string_view line = std::string_view{text_}.substr(found_offset_);
  line = line.substr(0, line.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace parsers::common
