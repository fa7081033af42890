#include "keepalived/logger.h"

#include <unistd.h>

#include <array>
#include <ctime>

namespace keepalived {

Logger::Logger(const Settings& settings) : settings_{settings} {
  lib::log::Target target;
  target.where.kind = lib::net::Endpoint::Kind::UnixPath;
  target.where.path = "/dev/log";
  target.style = lib::log::Style::Local;
  target.facility = static_cast<std::uint8_t>(settings.facility);
  target.tag = settings.ident;
  target_ = targets_.add(target);
  sender_ = std::make_unique<lib::log::Sender>(targets_);
}

void Logger::write(Level level, std::string_view line) {
  if (level == Level::Detail && !settings_.details) return;
  if (settings_.syslog) {
    const std::array to{target_};
    sender_->send(to, level == Level::Alert ? lib::log::Level::Alert : lib::log::Level::Info, line);
  }
  if (!settings_.console) return;
  // "Fri Nov 20 22:54:27 2026: text"
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  std::array<char, 64> stamp{};
  const std::size_t size = std::strftime(stamp.data(), stamp.size(), "%a %b %e %H:%M:%S %Y: ", &local);
  std::string text{stamp.data(), size};
  text += line;
  text += '\n';
  (void)!::write(STDERR_FILENO, text.data(), text.size());  // a terminal that is gone ends nothing
}

}  // namespace keepalived
