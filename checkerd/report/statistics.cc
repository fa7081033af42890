#include "checkerd/report/statistics.h"

#include "checkerd/core/service.h"
#include "checkerd/report/names.h"
#include "lib/metrics/render.h"

namespace checkerd::report {
namespace {

using driver::DestinationUse;
using driver::ServiceUse;
using lib::metrics::Field;
using lib::metrics::Nature;
using lib::metrics::Origin;
using lib::metrics::Tags;
using lib::metrics::text;
using lib::metrics::u64;
using lib::metrics::Value;

struct Row {
  std::string virtual_server, server;  // no server: the virtual server itself
  std::string state;
  bool is_up = false;
  std::uint64_t weight = 0, active = 0, inactive = 0, persistent = 0, checks = 0, checks_failed = 0;
  driver::Traffic traffic;
};

constexpr Tags kName{.origin = Origin::Key, .nature = Nature::Name}, kState{.origin = Origin::Status, .nature = Nature::Output};
constexpr Tags kGauge{.nature = Nature::Gauge}, kCounter{.nature = Nature::Counter};

constexpr auto kFields = std::to_array<Field<Row>>({
    {{"virtual_server", "virtual server", kName}, [](const Row& of) { return text(of.virtual_server); }},
    {{"server", "real server; VIRTUAL: the virtual server itself", kName}, [](const Row& of) { return text(of.server.empty() ? "VIRTUAL" : of.server); }},
    {{"status", "up, down or drain; of a virtual server: up, down (no quorum) or sorry", kState}, [](const Row& of) { return text(of.state); }},
    {{"up", "1 while it takes connections", kGauge}, [](const Row& of) { return u64(of.is_up ? 1 : 0); }},
    {{"weight", "effective weight; of a virtual server: of all servers that are up", kGauge}, [](const Row& of) { return u64(of.weight); }},
    {{"active_connections", "connections at work", kGauge}, [](const Row& of) { return u64(of.active); }},
    {{"inactive_connections", "connections that end", kGauge}, [](const Row& of) { return u64(of.inactive); }},
    {{"persistent_connections", "templates of persistence", kGauge}, [](const Row& of) { return u64(of.persistent); }},
    {{"checks", "health checks", kGauge}, [](const Row& of) { return u64(of.checks); }},
    {{"checks_failed", "health checks that say down", kGauge}, [](const Row& of) { return u64(of.checks_failed); }},
    {{"connections_total", "connections so far", kCounter}, [](const Row& of) { return u64(of.traffic.connections); }},
    {{"packets_in_total", "packets from clients", kCounter}, [](const Row& of) { return u64(of.traffic.packets_in); }},
    {{"packets_out_total", "packets to clients that pass here", kCounter}, [](const Row& of) { return u64(of.traffic.packets_out); }},
    {{"bytes_in_total", "bytes from clients", kCounter}, [](const Row& of) { return u64(of.traffic.bytes_in); }},
    {{"bytes_out_total", "bytes to clients that pass here", kCounter}, [](const Row& of) { return u64(of.traffic.bytes_out); }},
});
constexpr auto kAbout = lib::metrics::descriptions_of(kFields);

void add(driver::Traffic& to, const driver::Traffic& more) {
  to.connections += more.connections;
  to.packets_in += more.packets_in, to.packets_out += more.packets_out;
  to.bytes_in += more.bytes_in, to.bytes_out += more.bytes_out;
}

void add(Row& to, const DestinationUse& use) {
  to.active += use.active, to.inactive += use.inactive, to.persistent += use.persistent;
  add(to.traffic, use.traffic);
}

class Rows {
 public:
  explicit Rows(Desk& desk) : desk_{desk}, lvs_{desk.config().lvs} {
    if (auto usage = desk.usage())
      for (ServiceUse& each : *usage) use_.emplace(each.service.key, std::move(each));
    for (std::size_t i = 0; i < lvs_.servers.size(); ++i) add_virtual(i);
  }
  std::vector<Row> take() { return std::move(rows_); }

 private:
  void add_virtual(std::size_t number) {
    const auto& conf = lvs_.servers[number];
    const Pool& pool = desk_.pool(number);
    Row row{.virtual_server = short_name(lvs_, number), .server = {}, .state = pool.has_quorum() ? "up" : pool.is_sorry() ? "sorry" : "down", .is_up = pool.has_quorum(), .weight = pool.live_weight(), .traffic = {}};
    const std::size_t place = rows_.size();
    rows_.push_back({});
    for (std::size_t i = 0; i < conf.real_servers.size(); ++i) {
      const Row& server = add_server(number, i, row.virtual_server);
      row.active += server.active, row.inactive += server.inactive, row.persistent += server.persistent;
      row.checks += server.checks, row.checks_failed += server.checks_failed;
    }
    for (const Service& service : pool.services())
      if (const auto found = use_.find(service.key); found != use_.end()) add(row.traffic, found->second.traffic);
    rows_[place] = std::move(row);
  }

  const Row& add_server(std::size_t number, std::size_t index, const std::string& of) {
    const Pool& pool = desk_.pool(number);
    const ServerState& state = pool.server(index);
    const auto& conf = lvs_.servers[number].real_servers[index];
    Row row{.virtual_server = of, .server = short_name(conf), .state = state_word(state), .is_up = state.is_alive && state.weight != 0, .weight = state.weight, .traffic = {}};
    for (const CheckerState& each : state.checkers) ++row.checks, row.checks_failed += each.up ? 0u : 1u;
    for (const Service& service : pool.services()) {
      const auto found = use_.find(service.key);
      const auto address = address_in(service.key, conf.address, conf.forwarding);
      if (found == use_.end() || !address) continue;
      for (const DestinationUse& one : found->second.destinations)
        if (one.destination.address == *address) add(row, one);
    }
    rows_.push_back(std::move(row));
    return rows_.back();
  }

  Desk& desk_;
  const parsers::keepalived::VirtualServers& lvs_;
  std::unordered_map<ServiceKey, ServiceUse, ServiceKeyHash> use_;
  std::vector<Row> rows_;
};

}  // namespace

const char* state_word(const ServerState& state) {
  if (state.override_state == Override::Drain) return "drain";
  return state.is_alive ? "up" : "down";
}

std::string statistics_csv(Desk& desk) {
  std::string out;
  lib::metrics::append_csv_header(out, kAbout);
  for (const Row& row : Rows{desk}.take()) lib::metrics::append_csv_row(out, lib::metrics::read_all(kFields, row));
  return out;
}

std::string statistics_json(Desk& desk) {
  std::string out = "[";
  for (const Row& row : Rows{desk}.take()) {
    out += out.size() == 1 ? "\n{" : ",\n{";
    const auto values = lib::metrics::read_all(kFields, row);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out += ',';
      lib::metrics::append_json_string(out, kAbout[i].name);
      out += ':';
      if (values[i].is_number()) out += values[i].to_text();
      else lib::metrics::append_json_string(out, values[i].text);
    }
    out += '}';
  }
  return out + "\n]\n";
}

std::string statistics_prometheus(Desk& desk) {
  std::vector<lib::metrics::LabelledRow> rows, services;
  for (const Row& row : Rows{desk}.take()) {
    lib::metrics::LabelledRow out;
    out.labels = {{"virtual_server", row.virtual_server}};
    if (!row.server.empty()) out.labels.emplace_back("server", row.server);
    out.values = lib::metrics::read_all(kFields, row);
    (row.server.empty() ? services : rows).push_back(std::move(out));
  }
  std::string out;
  lib::metrics::append_prometheus(out, "checkerd_virtual_server_", kAbout, services);
  lib::metrics::append_prometheus(out, "checkerd_server_", kAbout, rows);
  return out;
}

}  // namespace checkerd::report
