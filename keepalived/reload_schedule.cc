#include "keepalived/reload_schedule.h"

#include <unistd.h>

#include <array>
#include <fstream>

#include "lib/event/wait.h"

namespace keepalived {

namespace {

constexpr lib::base::Duration kLookEvery{1'000'000};

std::string date_text(std::time_t when) {
  std::tm local{};
  ::localtime_r(&when, &local);
  std::array<char, 32> out{};
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &local)};
}

}  // namespace

std::optional<std::time_t> parse_reload_time(std::string_view text, std::time_t now) {
  const std::string line{text};
  std::tm given{};
  ::localtime_r(&now, &given);
  given.tm_isdst = -1;
  for (const char* const form : {"%Y-%m-%d %H:%M:%S", "%y-%m-%d %H:%M:%S", "%H:%M:%S"}) {
    std::tm fields = given;
    const char* const end = ::strptime(line.c_str(), form, &fields);
    const bool four_digits = line.find('-') == 4;
    if (end == nullptr || *end != '\0' || (form[1] == 'Y') != (form[1] == 'H' ? false : four_digits)) continue;
    fields.tm_isdst = -1;
    std::time_t when = std::mktime(&fields);
    if (form[1] == 'H' && when <= now) {
      ++fields.tm_mday;
      when = std::mktime(&fields);
    }
    return when;
  }
  return std::nullopt;
}

ReloadSchedule::ReloadSchedule(lib::event::Loop& loop, std::function<void()> reload, Log log)
    : loop_{loop}, reload_{std::move(reload)}, log_{std::move(log)} {}

void ReloadSchedule::use(std::string path, bool repeats) {
  repeats_ = repeats;
  if (path == path_) return;
  path_ = std::move(path);
  text_.clear();
  when_.reset();
  has_file_ = false;
  if (!path_.empty() && tasks_.empty()) tasks_.spawn(run());
}

void ReloadSchedule::forget(const char* why) {
  if (when_) log_(Level::Always, why + date_text(*when_));
  when_.reset();
  text_.clear();
}

void ReloadSchedule::look() {
  std::ifstream in{path_};
  std::string line;
  if (!in || !std::getline(in, line)) return forget("Cancelling reload scheduled for ");
  if (line == text_) return;
  text_ = line;
  const std::time_t now = std::time(nullptr);
  const auto when = parse_reload_time(line, now);
  if (!when) return log_(Level::Always, "Invalid reload time '" + line + "' specified - ignoring");
  if (*when <= now) return log_(Level::Always, "Reload date/time is in the past - ignoring");
  log_(Level::Always, when_ ? "Reload time updated from " + date_text(*when_) + " to " + date_text(*when) : "Scheduling reload for " + date_text(*when));
  when_ = when;
}

lib::event::Task<void> ReloadSchedule::run() {
  lib::event::Waiter waiter{loop_};
  while (!path_.empty()) {
    look();
    if (when_ && std::time(nullptr) >= *when_) {
      if (!repeats_) (void)::unlink(path_.c_str());  // somebody took it away: as wanted
      when_.reset();
      text_.clear();
      reload_();
    }
    const lib::base::Instant next = waiter.now() + kLookEvery;
    co_await waiter.until(next);
  }
}

}  // namespace keepalived
