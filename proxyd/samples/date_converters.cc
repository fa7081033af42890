// Seconds, milliseconds and microseconds since 1970 as dates, and back.
#include <array>
#include <charconv>

#include "lib/base/calendar.h"
#include "lib/base/text.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by != 0 && value < 0 ? 1 : 0);
}

void put_digits(std::int64_t value, unsigned digits, TextOutput& out) {
  std::int64_t unit = 1;
  for (unsigned i = 1; i < digits; ++i) unit *= 10;
  for (; unit != 0; unit /= 10) out.put(static_cast<char>('0' + value / unit % 10));
}

/// "%N" and "%3N" are the fraction of a second, in so many digits; the calendar knows the rest.
template <lib::base::Zone Zone, std::int64_t UnitsPerSecond>
bool show_date(const Arguments& arguments, Context& context, Sample& sample) {
  const std::int64_t second = floor_divide(sample.number, UnitsPerSecond) + arguments.number(1);
  const std::int64_t fraction = sample.number - floor_divide(sample.number, UnitsPerSecond) * UnitsPerSecond;
  const std::string_view format = arguments.text(0);
  TextOutput filled{context.arena(), format.size() + 64};
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (UnitsPerSecond == 1 || format[i] != '%' || i + 1 == format.size()) {
      filled.put(format[i]);
      continue;
    }
    const std::string_view rest = format.substr(i + 1);
    unsigned digits = UnitsPerSecond == 1000 ? 3 : 6;
    if (rest.starts_with('%')) {
      filled.put("%%");
      ++i;
    } else if (rest.starts_with('N')) {
      put_digits(fraction, digits, filled);
      ++i;
    } else if (rest.size() > 1 && lib::base::is_digit(rest[0]) && rest[1] == 'N' && rest[0] != '0') {
      const auto wanted = static_cast<unsigned>(rest[0] - '0');
      std::int64_t shown = fraction;
      for (; digits > wanted; --digits) shown /= 10;
      put_digits(shown, digits, filled);
      for (; digits < wanted; ++digits) filled.put('0');
      i += 2;
    } else {
      filled.put('%');
    }
  }
  filled.put('\0');
  const std::string_view text = filled.finish();
  const std::span<char> room = context.arena().take(1024);
  const std::size_t size = lib::base::format_date(second, Zone, text.data(), room);
  context.arena().shrink(room.size() - size);
  return sample.set_text({room.data(), size});
}


std::string check_http_date(Arguments& arguments, Environment&) {
  const std::string_view unit = arguments.text(1);
  if (arguments.list.size() < 2) return {};
  arguments.list[1].given = true;
  if (unit.empty() || unit == "s") arguments.list[1].number = 1;
  else if (unit == "ms") arguments.list[1].number = 1000;
  else if (unit == "us") arguments.list[1].number = 1000000;
  else return "expects 's', 'ms' or 'us', got '" + std::string{unit} + "'";
  return {};
}

bool http_date(const Arguments& arguments, Context& context, Sample& sample) {
  const std::int64_t units = arguments.number(1, 1);
  const std::int64_t value = sample.number + arguments.number(0);
  const std::int64_t second = floor_divide(value, units), fraction = value - second * units;
  TextOutput out{context.arena(), 64};
  std::array<char, 64> date{};
  const std::size_t size = lib::base::format_date(second, lib::base::Zone::Utc, "%a, %d %b %Y %H:%M:%S", date);
  if (size == 0) return false;
  out.put(std::string_view{date.data(), size});
  if (fraction != 0) {
    out.put('.');
    std::array<char, 24> digits{};
    const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), fraction).ptr;
    out.put(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  out.put(" GMT");
  return sample.set_text(out.finish());
}

bool read_date(const Arguments&, Context&, Sample& sample) {
  const auto second = lib::base::parse_http_date(sample.text);
  return second.has_value() && sample.set_number(*second);
}

constexpr auto kLocal = lib::base::Zone::Local;
constexpr auto kUtc = lib::base::Zone::Utc;

constexpr auto kRows = std::to_array<Converter>({
    {"date", Type::Text, Type::Int, "", read_date},
    {"http_date", Type::Int, Type::Text, "?is", http_date, check_http_date},
    {"ltime", Type::Int, Type::Text, "s?i", show_date<kLocal, 1>},
    {"ms_ltime", Type::Int, Type::Text, "s?i", show_date<kLocal, 1000>},
    {"ms_utime", Type::Int, Type::Text, "s?i", show_date<kUtc, 1000>},
    {"us_ltime", Type::Int, Type::Text, "s?i", show_date<kLocal, 1000000>},
    {"us_utime", Type::Int, Type::Text, "s?i", show_date<kUtc, 1000000>},
    {"utime", Type::Int, Type::Text, "s?i", show_date<kUtc, 1>},
});

}  // namespace

std::span<const Converter> date_converters() { return kRows; }

}  // namespace proxyd::samples
