#include "checkerd/instance_follower.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/net/socket.h"
#include "lib/runtime/connection.h"

namespace checkerd {
namespace {

constexpr lib::base::Duration kAgainAfter{1'000'000};
constexpr lib::base::Duration kSilence{25'000'000};  // vrrpd says that it is alive every ten seconds
constexpr std::size_t kLongestLine = 16 * 1024;

}  // namespace

int master_by(std::string_view event, std::string_view instance) {
  const auto json = nlohmann::json::parse(event, nullptr, false);
  if (!json.is_object()) return -1;
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
  };
  if (text("instance") != instance) return -1;
  const std::string type = text("type");
  if (type == "present") return text("state") == "MASTER" ? 1 : 0;
  if (type == "state") return text("to") == "MASTER" ? 1 : 0;
  return -1;
}

InstanceFollower::InstanceFollower(lib::event::Loop& loop, std::string socket_path, std::string instance, OnState on_state, Log log)
    : loop_{loop}, path_{std::move(socket_path)}, instance_{std::move(instance)}, on_state_{std::move(on_state)}, log_{std::move(log)} {
  tasks_.spawn(follow());
}

void InstanceFollower::set_master(bool is_master) {
  if (is_master != std::exchange(is_master_, is_master)) on_state_(is_master);
}

lib::event::Task<std::string> InstanceFollower::read_events() {
  lib::net::Endpoint vrrpd;
  vrrpd.kind = lib::net::Endpoint::Kind::UnixPath;
  vrrpd.path = path_;
  auto socket = lib::net::start_connect(vrrpd, {});
  if (!socket) co_return socket.error().message;
  lib::runtime::Settings settings;
  settings.timeout = kSilence;
  lib::runtime::Connection connection{loop_, std::move(*socket), settings};
  const bool asked = co_await connection.send("subscribe\n");
  std::string line;
  while (asked) {
    const auto read = co_await connection.read_line(line, kLongestLine);
    if (read != lib::runtime::Connection::Read::Line) break;
    if (std::exchange(is_absent_, false)) log_(fmt::format("vrrpd answers at {}", path_));
    const int is_master = master_by(line, instance_);
    if (is_master >= 0) set_master(is_master > 0);
  }
  co_return std::string{"it ended"};
}

lib::event::Task<void> InstanceFollower::follow() {
  lib::event::Waiter waiter{loop_};
  while (true) {
    const std::string why = co_await read_events();
    set_master(false);
    if (!std::exchange(is_absent_, true)) log_(fmt::format("vrrpd does not answer at {} ({}): {} counts as backup until it does", path_, why, instance_));
    const lib::base::Instant next = waiter.now() + kAgainAfter;
    co_await waiter.until(next);
  }
}

}  // namespace checkerd
