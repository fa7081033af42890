// Dates as log lines write them, remembered per second: the time zone is asked once a second, not once a line.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lib::log {

/// Belongs to one thread. The views live until 64 other seconds were asked for.
class Dates {
 public:
  /// "Nov 20 23:03:43", day padded with a blank, local time.
  std::string_view syslog(std::int64_t second) { return local(second).syslog(); }
  /// "20/Nov/2026:23:03:43", local time.
  std::string_view common(std::int64_t second) { return local(second).common(); }
  /// "20/Nov/2026:23:03:43 +0100", local time.
  std::string_view common_zoned(std::int64_t second) { return local(second).common_zoned(); }
  /// "2026-11-20T23:03:43", local time; the zone "+01:00" apart, since microseconds may stand between.
  std::string_view iso(std::int64_t second) { return local(second).iso(); }
  std::string_view iso_zone(std::int64_t second) { return local(second).iso_zone(); }
  /// "20/Nov/2026:22:03:43 +0000", UTC.
  std::string_view common_utc(std::int64_t second);

 private:
  struct Entry {
    std::int64_t second = INT64_MIN;
    std::array<char, 16> syslog_text;
    std::array<char, 32> common_text;
    std::array<char, 32> iso_text;
    std::string_view syslog() const { return {syslog_text.data(), 15}; }
    std::string_view common() const { return {common_text.data(), 20}; }
    std::string_view common_zoned() const { return {common_text.data(), 26}; }
    std::string_view iso() const { return {iso_text.data(), 19}; }
    std::string_view iso_zone() const { return {iso_text.data() + 19, 6}; }
  };
  static constexpr std::size_t kEntries = 64;
  const Entry& local(std::int64_t second) {
    Entry& entry = local_[static_cast<std::size_t>(second) % kEntries];
    if (entry.second != second) render(entry, second);
    return entry;
  }
  static void render(Entry& entry, std::int64_t second);

  std::array<Entry, kEntries> local_;
  Entry utc_;
};

}  // namespace lib::log
