#include "checkerd/report/json.h"

#include <fmt/format.h>

#include <algorithm>

#include "checkerd/report/names.h"
#include "checkerd/report/statistics.h"
#include "lib/metrics/render.h"

namespace checkerd::report {
namespace {

/// One object while it is written; members in the order of calls.
class Object {
 public:
  Object& text(std::string_view name, std::string_view value) {
    begin(name);
    lib::metrics::append_json_string(out_, value);
    return *this;
  }
  /// Numbers, true and false, and what is JSON already.
  template <class T>
  Object& plain(std::string_view name, const T& value) {
    begin(name);
    out_ += fmt::format("{}", value);
    return *this;
  }
  std::string end() { return std::move(out_) + '}'; }

 private:
  void begin(std::string_view name) {
    out_ += out_.size() == 1 ? "\"" : ",\"";
    out_ += name;
    out_ += "\":";
  }
  std::string out_ = "{";
};

class Array {
 public:
  void add(std::string_view element, std::string_view separator = ",") {
    if (out_.size() > 1) out_ += separator;
    out_ += element;
  }
  std::string end() { return std::move(out_) + ']'; }

 private:
  std::string out_ = "[";
};

std::string server_json(const parsers::keepalived::RealServer& conf, const ServerState& now) {
  Object out;
  out.text("server", short_name(conf)).text("name", conf.name).text("state", state_word(now)).plain("weight", now.weight).plain("configured_weight", conf.weight);
  out.plain("in_table", now.is_in_table).plain("checks", now.checkers.size());
  out.plain("checks_passed", std::count_if(now.checkers.begin(), now.checkers.end(), [](const CheckerState& each) { return each.up; }));
  if (now.override_state != Override::None) out.text("state_by_hand", state_word(now));
  if (now.override_weight) out.plain("weight_by_hand", *now.override_weight);
  return out.end();
}

std::string run_json(const checkers::RunRecord& run) {
  const std::int64_t micros = run.when.time_since_epoch().count();
  Object out;
  out.plain("time", fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000)).plain("took_ms", fmt::format("{:.3f}", static_cast<double>(run.took.count()) / 1000)).plain("passed", run.passed);
  if (!run.passed) out.text("detail", run.detail);
  return out.end();
}

std::string check_json(const Desk& desk, const checkers::CheckerId& id) {
  const auto& lvs = desk.config().lvs;
  const auto& server = lvs.servers[id.virtual_server].real_servers[id.server];
  const checkers::CheckStatus now = desk.check_status(id);
  Array history;
  for (auto run = now.history.rbegin(); run != now.history.rend(); ++run) history.add(run_json(*run));
  Object out;
  out.text("virtual_server", short_name(lvs, id.virtual_server)).text("server", short_name(server)).text("check", server.checkers[id.checker].keyword());
  out.plain("up", now.up).plain("enabled", now.is_enabled).plain("has_run", now.has_run).plain("running", now.is_running).plain("failures", now.failures);
  out.plain("shared_with", now.shared_with).plain("history", history.end());
  return out.end();
}

}  // namespace

std::string servers_json(const Desk& desk) {
  const auto& lvs = desk.config().lvs;
  Array out;
  for (std::size_t i = 0; i < lvs.servers.size(); ++i) {
    const auto& conf = lvs.servers[i];
    const Pool& pool = desk.pool(i);
    Array servers;
    for (std::size_t k = 0; k < conf.real_servers.size(); ++k) servers.add(server_json(conf.real_servers[k], pool.server(k)), ",\n  ");
    Object each;
    each.text("virtual_server", short_name(lvs, i)).text("name", conf.name).text("state", pool.has_quorum() ? "up" : pool.is_sorry() ? "sorry" : "down");
    each.plain("quorum", conf.quorum).plain("hysteresis", conf.hysteresis).plain("live_weight", pool.live_weight()).text("scheduler", conf.scheduler);
    if (conf.sorry_server) each.text("sorry_server", conf.sorry_server->address.text());
    each.plain("servers", servers.end());
    out.add(each.end(), ",\n");
  }
  return out.end() + '\n';
}

std::string checks_json(const Desk& desk, std::optional<std::size_t> virtual_server, std::optional<std::size_t> server) {
  const auto& lvs = desk.config().lvs;
  Array out;
  for (std::size_t v = 0; v < lvs.servers.size(); ++v) {
    if (virtual_server && *virtual_server != v) continue;
    for (std::size_t r = 0; r < lvs.servers[v].real_servers.size(); ++r) {
      if (server && *server != r) continue;
      for (std::size_t c = 0; c < lvs.servers[v].real_servers[r].checkers.size(); ++c) out.add(check_json(desk, {v, r, c}), ",\n");
    }
  }
  return out.end() + '\n';
}

}  // namespace checkerd::report
