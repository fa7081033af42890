#include "keepalived/event_follower.h"

#include <nlohmann/json.hpp>

#include "lib/net/socket.h"
#include "lib/runtime/connection.h"

namespace keepalived {
namespace {

constexpr lib::base::Duration kAgainAfter{1'000'000};
constexpr lib::base::Duration kSilence{25'000'000};  // a feed says that it is alive every ten seconds
constexpr std::size_t kLongestLine = 16 * 1024;

class JsonEvent final : public EventFollower::Event {
 public:
  explicit JsonEvent(nlohmann::json json) : json_(std::move(json)) {}
  std::string text(const char* name) const override {
    const auto found = json_.find(name);
    return found != json_.end() && found->is_string() ? found->get<std::string>() : std::string{};
  }

 private:
  nlohmann::json json_;
};

}  // namespace

std::unique_ptr<EventFollower::Event> read_event(std::string_view line) {
  auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return nullptr;
  return std::make_unique<JsonEvent>(std::move(json));
}

EventFollower::EventFollower(lib::event::Loop& loop, std::string socket_path, OnEvent on_event, OnPresence on_presence)
    : loop_{loop}, path_{std::move(socket_path)}, on_event_{std::move(on_event)}, on_presence_{std::move(on_presence)} {
  tasks_.spawn(follow());
}

void EventFollower::on_line(const std::string& line) {
  const auto event = read_event(line);
  if (!event) return;
  if (!std::exchange(is_there_, true)) on_presence_(true, {});
  has_told_ = false;
  on_event_(*event);
}

/// Until the connection ends. What ended it.
lib::event::Task<std::string> EventFollower::read_events() {
  lib::net::Endpoint where;
  where.kind = lib::net::Endpoint::Kind::UnixPath;
  where.path = path_;
  auto socket = lib::net::start_connect(where, lib::net::ConnectOptions{});
  if (!socket) co_return socket.error().message;
  lib::runtime::Settings settings;
  settings.timeout = kSilence;
  lib::runtime::Connection connection{loop_, std::move(*socket), settings};
  const bool asked = co_await connection.send("subscribe\n");
  std::string line;
  while (asked) {
    const auto read = co_await connection.read_line(line, kLongestLine);
    if (read != lib::runtime::Connection::Read::Line) break;
    on_line(line);
  }
  co_return std::string{"it ended"};
}

lib::event::Task<void> EventFollower::follow() {
  lib::event::Waiter waiter{loop_};
  while (true) {
    const std::string why = co_await read_events();
    is_there_ = false;
    if (!std::exchange(has_told_, true)) on_presence_(false, why);
    const lib::base::Instant next = waiter.now() + kAgainAfter;
    co_await waiter.until(next);
  }
}

}  // namespace keepalived
