// A running frontend: its counters, its limit and whether it takes connections now.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/unique_fd.h"
#include "proxyd/config/model.h"
#include "proxyd/servers/backend.h"
#include "proxyd/servers/counters.h"

namespace proxyd::logs {
class ProxyLogger;
}

namespace proxyd::listen {

/// What of a listening socket lives on when a reload brings another configuration.
struct ListenerState {
  lib::base::UniqueFd fd;
  std::string label;  // see socket_label()
  servers::Gauge sessions;
  std::unique_ptr<servers::Cells> counters;  // only with "option socket-stats"
  std::atomic<bool> is_closed{false};        // by a reload: its connections end with their present response
};

/// One listening socket, shared by all threads, as one configuration has it.
struct Listener {
  explicit Listener(const config::Bind& configuration, std::shared_ptr<ListenerState> shared = std::make_shared<ListenerState>())
      : conf{&configuration}, state{std::move(shared)} {}

  const config::Bind* const conf;
  const std::shared_ptr<ListenerState> state;
  lib::base::UniqueFd& fd = state->fd;
  std::string& label = state->label;
  servers::Gauge& sessions = state->sessions;
  std::unique_ptr<servers::Cells>& counters = state->counters;
};

enum class FrontendStatus : std::uint8_t { Open, Full, Paused, Stopped };

/// What of a frontend lives on when a reload brings another configuration.
struct FrontendState {
  explicit FrontendState(unsigned threads) : counters{threads} {}

  servers::Gauge sessions;       // scur, smax: client connections
  servers::Cells counters;
  servers::Rate connection_rate, session_rate, request_rate;
  std::atomic<std::uint32_t> maxconn{0};        // changed by `set maxconn frontend`
  std::atomic<FrontendStatus> status{FrontendStatus::Open};
  lib::base::Instant last_change{};
};

/// A frontend as one configuration has it.
class Frontend {
 public:
  /// `before`: the same frontend in the configuration before; null: it is new.
  Frontend(const config::Proxy& configuration, unsigned threads, const Frontend* before = nullptr);

  const config::Proxy& conf;
  servers::Backend* own_backend = nullptr;      // a listen section's own; else null
  servers::Backend* default_backend = nullptr;  // may be null
  std::vector<servers::Backend*> use_backends;  // parallel to conf.use_backend
  std::vector<std::unique_ptr<Listener>> listeners;
  const logs::ProxyLogger* logger = nullptr;    // set before it is used; owned by the site

  const std::shared_ptr<FrontendState> state;
  // The state's, by their names.
  servers::Gauge& sessions = state->sessions;
  servers::Cells& counters = state->counters;
  servers::Rate &connection_rate = state->connection_rate, &session_rate = state->session_rate, &request_rate = state->request_rate;
  std::atomic<std::uint32_t>& maxconn = state->maxconn;
  std::atomic<FrontendStatus>& status = state->status;
  lib::base::Instant& last_change = state->last_change;
};

/// What is logged when a proxy stops for good. Either half may be null.
std::string stopped_text(const config::Proxy& proxy, const Frontend* frontend, const servers::Backend* backend);

}  // namespace proxyd::listen
