// Configurations in memory, a listener that writes down what it hears, and a loop that runs until something is so.
#pragma once

#include <catch2/catch.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "checkerd/checkers/checkers.h"
#include "lib/net/socket.h"

namespace bench {

using namespace checkerd::checkers;
using namespace parsers::keepalived;
using namespace std::chrono_literals;
using lib::event::Loop;
using lib::net::Address;

inline Checker checker(Checker::What what, const Address& to = {}) {
  Checker out;
  out.what = std::move(what);
  out.target.to = to;
  out.target.timeout = 300ms;
  out.times.delay_loop = 20ms;
  out.times.delay_before_retry = 10ms;
  out.times.warmup = 0us;
  out.times.retry = 0;
  return out;
}

/// Virtual servers that each have one real server with these checkers.
inline KeepalivedConfig config_of(const std::vector<std::vector<Checker>>& servers) {
  KeepalivedConfig out;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    VirtualServer& server = out.lvs.servers.emplace_back();
    server.name = "[VS" + std::to_string(i) + "]:tcp:80";
    RealServer& real = server.real_servers.emplace_back();
    real.name = "[RS" + std::to_string(i) + "]:tcp:80";
    real.checkers = servers[i];
  }
  return out;
}

class Ears final : public Listener {
 public:
  void on_verdict(const CheckerId& id, bool up) override { add("verdict", id, up ? "up" : "down"); }
  void on_weight(const CheckerId& id, std::int64_t addition) override { add("weight", id, std::to_string(addition)); }
  void on_mail(const CheckerId& id, bool, std::string_view body) override { add("mail", id, body); }
  void on_log(checkerd::Level, std::string_view line) override { heard.emplace_back(line); }

  std::vector<std::string> heard;
  std::size_t count(const std::string& line) const { return static_cast<std::size_t>(std::count(heard.begin(), heard.end(), line)); }
  bool has(const std::string& line) const { return count(line) > 0; }

 private:
  void add(const char* what, const CheckerId& id, std::string_view value) {
    heard.push_back(std::string{what} + ' ' + std::to_string(id.virtual_server) + '.' + std::to_string(id.checker) + ' ' + std::string{value});
  }
};

inline Settings quick(bool shares = true) {
  Settings out;
  out.shares_checks = shares;
  out.first_delay = 5ms;
  out.seed = 42;
  return out;
}

/// Runs the loop until `done`, at most `patience`.
inline bool until(Loop& loop, const std::function<bool()>& done, lib::base::Duration patience = 5s) {
  const auto end = lib::base::monotonic_now() + patience;
  loop.refresh_now();
  while (!done()) {
    if (lib::base::monotonic_now() >= end) return false;
    loop.run_once(5ms);
  }
  return true;
}

inline void spend(Loop& loop, lib::base::Duration time) {
  (void)until(loop, [] { return false; }, time);
}

}  // namespace bench
