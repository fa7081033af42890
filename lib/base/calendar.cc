#include "lib/base/calendar.h"

#include <ctime>

#include <array>
#include <string>

namespace lib::base {

std::size_t format_date(std::int64_t second, Zone zone, const char* format, std::span<char> out) {
  const std::time_t when = second;
  std::tm parts{};
  const std::tm* const known = zone == Zone::Utc ? ::gmtime_r(&when, &parts) : ::localtime_r(&when, &parts);
  return known == nullptr ? 0 : std::strftime(out.data(), out.size(), format, &parts);
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::array<const char*, 3> kForms{"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                              "%a %b %d %H:%M:%S %Y"};
  const std::string ended{text};
  for (const char* const form : kForms) {
    std::tm parts{};
    const char* const end = ::strptime(ended.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return ::timegm(&parts);
  }
  return std::nullopt;
}

}  // namespace lib::base
