// A running frontend: its counters, its limit and whether it takes connections now.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/unique_fd.h"
#include "proxyd/config/model.h"
#include "proxyd/servers/backend.h"
#include "proxyd/servers/counters.h"

namespace proxyd::logs {
class ProxyLogger;
}

namespace proxyd::listen {

/// One listening socket, shared by all threads.
struct Listener {
  const config::Bind* conf = nullptr;
  lib::base::UniqueFd fd;
  std::string label;  // see socket_label()
  servers::Gauge sessions;
  std::unique_ptr<servers::Cells> counters;  // only with "option socket-stats"
};

enum class FrontendStatus : std::uint8_t { Open, Full, Paused, Stopped };

class Frontend {
 public:
  Frontend(const config::Proxy& configuration, unsigned threads);

  const config::Proxy& conf;
  servers::Backend* own_backend = nullptr;      // a listen section's own; else null
  servers::Backend* default_backend = nullptr;  // may be null
  std::vector<servers::Backend*> use_backends;  // parallel to conf.use_backend
  std::vector<std::unique_ptr<Listener>> listeners;
  const logs::ProxyLogger* logger = nullptr;    // set before the threads start; owned by the process

  servers::Gauge sessions;       // scur, smax: client connections
  servers::Cells counters;
  servers::Rate connection_rate, session_rate, request_rate;
  std::atomic<std::uint32_t> maxconn{0};        // changed by `set maxconn frontend`
  std::atomic<FrontendStatus> status{FrontendStatus::Open};
  lib::base::Instant last_change{};
};

/// What is logged when a proxy stops for good. Either half may be null.
std::string stopped_text(const config::Proxy& proxy, const Frontend* frontend, const servers::Backend* backend);

}  // namespace proxyd::listen
