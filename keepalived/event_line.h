// One event as a JSON line, for `show events` and for those who subscribed.
#pragma once

#include <string>
#include <string_view>

namespace keepalived {

/// One JSON object, its members in the order of calls; "time" (seconds since 1970) and "type" come first.
class EventLine {
 public:
  explicit EventLine(std::string_view type);
  EventLine& text(std::string_view name, std::string_view value);
  EventLine& number(std::string_view name, unsigned value);
  std::string end() { return std::move(out_) + '}'; }

 private:
  std::string out_;
};

}  // namespace keepalived
