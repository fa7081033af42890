#include "checkerd/daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include "checkerd/report/dumps.h"
#include "checkerd/report/statistics.h"
#include "keepalived/dump_file.h"
#include "keepalived/event_line.h"

namespace checkerd {

using keepalived::EventLine;

// ---- by people

void Daemon::override_state(std::size_t virtual_server, std::size_t server, Override state) {
  Actions actions;
  pools_[virtual_server]->override_state(server, state, actions);
  run_later(std::move(actions));
  run_pending();  // whoever asked looks at once
}

void Daemon::override_weight(std::size_t virtual_server, std::size_t server, std::optional<std::uint32_t> weight) {
  Actions actions;
  pools_[virtual_server]->override_weight(server, weight, actions);
  run_later(std::move(actions));
  run_pending();  // whoever asked looks at once
}

void Daemon::enable_checks(std::size_t virtual_server, std::size_t server, bool enabled) { checkers_->set_enabled(virtual_server, server, enabled); }

// ---- for reports

std::string Daemon::present_states() const {
  std::string out;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const auto& conf = config_->lvs.servers[i];
    out += EventLine{"quorum"}.text("virtual_server", conf.name).text("state", pools_[i]->has_quorum() ? "UP" : "DOWN").end() + '\n';
    for (std::size_t k = 0; k < conf.real_servers.size(); ++k)
      out += EventLine{"server"}.text("virtual_server", conf.name).text("server", conf.real_servers[k].name).text("state", pools_[i]->server(k).is_alive ? "UP" : "DOWN").end() + '\n';
  }
  return out;
}

void Daemon::dump(keepalived::Dump what) {
  // Keepalived's checker process knows the data alone; statistics and JSON are ours.
  const bool is_json = what == keepalived::Dump::Json, is_data = what == keepalived::Dump::Data;
  const char* const extension = is_json ? "json" : is_data ? "data" : "stats";
  logger_.write(Level::Always, fmt::format("Printing checker {} for process({}) on signal", is_json ? "json" : is_data ? "data" : "stats", ::getpid()));
  const std::string& place = is_json ? config_->global.json_dump_file : is_data ? config_->global.state_dump_file : config_->global.stats_dump_file;
  const std::string text = is_json ? report::statistics_json(*this) : is_data ? report::data_text(*this) : report::statistics_csv(*this);
  const auto written = keepalived::write_dump(keepalived::dump_path(*config_, place, "_check", extension), text);
  if (!written) logger_.write(Level::Always, written.error().message);
}

}  // namespace checkerd
