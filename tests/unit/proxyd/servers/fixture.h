// A backend "be" with servers s1, s2, ... and the lines it logs.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "proxyd/servers/backend.h"

struct Fixture {
  using Adjust = std::function<void(proxyd::config::Proxy&)>;

  explicit Fixture(std::size_t count, const Adjust& adjust = nullptr, unsigned threads = 1) {
    conf.name = "be";
    conf.is_backend = true;
    for (std::size_t at = 0; at < count; ++at) {
      proxyd::config::Server server;
      server.name = "s" + std::to_string(at + 1);
      server.id = static_cast<std::uint32_t>(at + 1);
      conf.servers.push_back(server);
    }
    if (adjust) adjust(conf);
    backend = std::make_shared<proxyd::servers::Backend>(
        nullptr, conf, threads, [this](const proxyd::servers::StateEvent& event) {
          lines.push_back("<" + std::to_string(event.level) + "> " + event.text);
          console.push_back(event.console_text.empty() ? event.text : event.console_text);
        });
    backend->become_newest();
  }

  proxyd::servers::Server& server(std::size_t at) { return *backend->servers[at]; }
  proxyd::servers::Server* pick() {
    bool must_queue = false;
    return backend->pick({}, now, nullptr, must_queue);
  }
  /// Names of the servers picked one after the other; each is released at once.
  std::string order(int picks) { return names(picks, true); }
  std::string order_kept(int picks) { return names(picks, false); }
  /// The lines logged since the last call.
  std::vector<std::string> logged() { return std::exchange(lines, {}); }

  proxyd::config::Proxy conf;
  std::shared_ptr<proxyd::servers::Backend> backend;
  lib::base::Instant now = lib::base::monotonic_now();
  std::vector<std::string> lines, console;

 private:
  std::string names(int picks, bool released) {
    std::string text;
    for (int at = 0; at < picks; ++at) {
      proxyd::servers::Server* const picked = pick();
      text += (at == 0 ? "" : " ") + (picked == nullptr ? std::string{"-"} : picked->conf.name);
      if (picked != nullptr && released) backend->release(*picked, now);
    }
    return text;
  }
};
