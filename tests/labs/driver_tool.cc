// A driver of checkerd in the hands of a lab: puts a keepalived.conf's virtual servers into the kernel as they begin, then does
// what the lines on its standard input say, and answers each with "ok" or what is wrong:
//   down N, up N, drain N    server N of the first virtual server is overruled
//   usage                    what `ipvsadm -Ln --stats` would show: a line for each service and server
//   quit                     the end; nftables' rules go, IPVS's stay
#include <cstdio>
#include <iostream>
#include <sstream>

#include "checkerd/core/pool.h"
#include "checkerd/core/reconcile.h"
#include "checkerd/driver/driver.h"
#include "keepalived/host_system.h"
#include "parsers/keepalived/load.h"

using namespace checkerd;

namespace {

class Tool {
 public:
  Tool(std::unique_ptr<driver::Driver> driver, const parsers::keepalived::VirtualServers& conf) : driver_{std::move(driver)} {
    Actions ignored;
    for (std::size_t i = 0; i < conf.servers.size(); ++i) pools_.emplace_back(conf.servers[i], conf.groups, i).start(ignored);
  }

  std::string follow() {
    Table wanted;
    for (const Pool& pool : pools_)
      for (TableEntry& entry : pool.wanted()) wanted.entries.push_back(std::move(entry));
    const auto actual = driver_->read();
    if (!actual) return actual.error().message;
    const auto changes = reconcile(*actual, wanted, owned_);
    const auto results = driver_->apply(changes);
    std::string out;
    std::vector<Change> done;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (results[i]) done.push_back(changes[i]);
      else out += results[i].error().message + '\n';
    }
    owned_.update(wanted, done);
    return out.empty() ? "ok" : out;
  }

  std::string usage() {
    const auto all = driver_->usage();
    if (!all) return all.error().message;
    std::ostringstream out;
    const auto row = [&out](const driver::Traffic& traffic) {
      out << " conns " << traffic.connections << " in " << traffic.packets_in << ' ' << traffic.bytes_in << " out " << traffic.packets_out << ' ' << traffic.bytes_out << '\n';
    };
    for (const auto& service : *all) {
      out << "service " << service.service.key.text();
      row(service.traffic);
      for (const auto& each : service.destinations) {
        out << "server " << each.destination.address.text() << " weight " << each.destination.weight << " active " << each.active << " inactive " << each.inactive;
        row(each.traffic);
      }
    }
    return out.str() + "ok";
  }

  std::string command(const std::string& line) {
    std::istringstream words{line};
    std::string what;
    std::size_t number = 0;
    words >> what >> number;
    if (what == "usage") return usage();
    if (pools_.empty()) return "no virtual server";
    Actions ignored;
    if (what == "down") pools_.front().override_state(number, Override::Down, ignored);
    else if (what == "drain") pools_.front().override_state(number, Override::Drain, ignored);
    else if (what == "up") pools_.front().override_state(number, Override::None, ignored);
    else return "unknown command";
    return follow();
  }

 private:
  std::unique_ptr<driver::Driver> driver_;
  std::vector<Pool> pools_;
  Owned owned_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: driver_tool ipvs|nftables FILE\n";
    return 2;
  }
  parsers::keepalived::LoadOptions options;
  options.path = argv[2];
  const keepalived::HostSystem system;
  const auto loaded = parsers::keepalived::load(options, system);
  auto opened = std::string{argv[1]} == "ipvs" ? driver::open_ipvs() : driver::open_nftables("checkerd_lab");
  if (!opened) {
    std::cerr << opened.error().message << '\n';
    return 1;
  }
  Tool tool{std::move(*opened), loaded.config.lvs};
  std::cout << tool.follow() << std::endl;
  for (std::string line; std::getline(std::cin, line) && line != "quit";) std::cout << tool.command(line) << std::endl;
  return 0;
}
