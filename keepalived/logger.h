// The daemon's log: syslog as keepalived writes it, and the terminal with -l.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/log/sender.h"
#include "keepalived/level.h"

namespace keepalived {

class Logger {
 public:
  struct Settings {
    std::string ident = "Keepalived_vrrp";
    int facility = 3;            // daemon
    bool syslog = true;
    bool console = false;        // stderr, with a time stamp
    bool details = false;        // -D
  };
  explicit Logger(const Settings& settings);
  void write(Level level, std::string_view line);
  void flush() { sender_->flush(); }
  bool has_details() const { return settings_.details; }
  void leave_console() { settings_.console = false; }

 private:
  Settings settings_;
  lib::log::TargetTable targets_;
  lib::log::TargetId target_ = 0;
  std::unique_ptr<lib::log::Sender> sender_;
};

}  // namespace keepalived
