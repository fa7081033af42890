#include "lib/log/dates.h"

#include <ctime>

#include <cstdlib>
#include <cstring>

namespace lib::log {
namespace {

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_two(char* out, int value) {
  out[0] = static_cast<char>('0' + value / 10 % 10);
  out[1] = static_cast<char>('0' + value % 10);
  return out + 2;
}

char* put_year(char* out, int years_since_1900) {
  const int year = years_since_1900 + 1900;
  return put_two(put_two(out, year / 100), year % 100);
}

char* put_clock(char* out, const tm& time) {
  out = put_two(out, time.tm_hour);
  *out++ = ':';
  out = put_two(out, time.tm_min);
  *out++ = ':';
  return put_two(out, time.tm_sec);
}

std::string_view month(const tm& time) { return kMonths.substr(static_cast<std::size_t>(time.tm_mon) * 3, 3); }

/// "+0100", or "+01:00" with a colon.
char* put_zone(char* out, const tm& time, bool colon) {
  const int minutes = static_cast<int>(std::labs(time.tm_gmtoff) / 60);
  *out++ = time.tm_gmtoff < 0 ? '-' : '+';
  out = put_two(out, minutes / 60);
  if (colon) *out++ = ':';
  return put_two(out, minutes % 60);
}

void put_common(char* out, const tm& time) {
  out = put_two(out, time.tm_mday);
  *out++ = '/';
  out = put(out, month(time));
  *out++ = '/';
  out = put_year(out, time.tm_year);
  *out++ = ':';
  out = put_clock(out, time);
  *out++ = ' ';
  put_zone(out, time, false);
}

}  // namespace

void Dates::render(Entry& entry, std::int64_t second) {
  tm time{};
  const std::time_t when = second;
  ::localtime_r(&when, &time);
  entry.second = second;

  char* out = put(entry.syslog_text.data(), month(time));
  *out++ = ' ';
  out = put_two(out, time.tm_mday);
  if (time.tm_mday < 10) out[-2] = ' ';
  *out++ = ' ';
  put_clock(out, time);

  put_common(entry.common_text.data(), time);

  out = put_year(entry.iso_text.data(), time.tm_year);
  *out++ = '-';
  out = put_two(out, time.tm_mon + 1);
  *out++ = '-';
  out = put_two(out, time.tm_mday);
  *out++ = 'T';
  out = put_clock(out, time);
  put_zone(out, time, true);
}

std::string_view Dates::common_utc(std::int64_t second) {
  if (utc_.second != second) {
    tm time{};
    const std::time_t when = second;
    ::gmtime_r(&when, &time);
    put_common(utc_.common_text.data(), time);
    utc_.second = second;
  }
  return utc_.common_zoned();
}

}  // namespace lib::log
