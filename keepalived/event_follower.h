// Follows the events that another daemon publishes on its runtime socket.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lib/event/loop.h"
#include "lib/event/task.h"

namespace keepalived {

/// Connects to a runtime socket and subscribes, again each second while nobody answers.
class EventFollower {
 public:
  /// One event: its type and its other texts ("instance", "state", ...), empty where it has none of that name.
  class Event {
   public:
    virtual ~Event() = default;
    virtual std::string text(const char* name) const = 0;
  };
  using OnEvent = std::function<void(const Event& event)>;
  /// Once when nobody is there (`why` says it), once when somebody is again.
  using OnPresence = std::function<void(bool is_there, std::string_view why)>;

  EventFollower(lib::event::Loop& loop, std::string socket_path, OnEvent on_event, OnPresence on_presence);
  EventFollower(const EventFollower&) = delete;
  EventFollower& operator=(const EventFollower&) = delete;

 private:
  lib::event::Task<void> follow();
  lib::event::Task<std::string> read_events();
  void on_line(const std::string& line);

  lib::event::Loop& loop_;
  const std::string path_;
  const OnEvent on_event_;
  const OnPresence on_presence_;
  bool is_there_ = false, has_told_ = false;
  lib::event::TaskGroup tasks_;
};

/// Null: the line is no event (a prompt, an error text). Pure.
std::unique_ptr<EventFollower::Event> read_event(std::string_view line);

}  // namespace keepalived
