#include "keepalived/event_line.h"

#include <fmt/format.h>

#include "lib/base/time.h"
#include "lib/metrics/render.h"

namespace keepalived {

EventLine::EventLine(std::string_view type) {
  const std::int64_t micros = lib::base::wall_now().time_since_epoch().count();
  out_ = fmt::format("{{\"time\":{}.{:06},\"type\":\"{}\"", micros / 1'000'000, micros % 1'000'000, type);
}

EventLine& EventLine::text(std::string_view name, std::string_view value) {
  out_ += fmt::format(",\"{}\":", name);
  lib::metrics::append_json_string(out_, value);
  return *this;
}

EventLine& EventLine::number(std::string_view name, unsigned value) {
  out_ += fmt::format(",\"{}\":{}", name, value);
  return *this;
}

}  // namespace keepalived
