// A keepalived.conf of one or several files: whatever the bytes are, reading ends soon, every complaint has a place that
// exists, indexes stay inside their lists, and a second reading gives the same. A line "%% NAME" begins another file,
// which an include of that name finds; an asterisk finds all of them.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/keepalived/files.h"
#include "parsers/keepalived/load.h"

namespace {

using namespace parsers::keepalived;

void require(bool holds) {
  if (!holds) std::abort();
}

class MemoryFiles : public FileReader {
 public:
  explicit MemoryFiles(std::string_view text) {
    files_.push_back({.name = "main.conf", .text = {}, .problem = {}});
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      if (line.starts_with("%% ")) files_.push_back({.name = std::string{line.substr(3)}, .text = {}, .problem = {}});
      else files_.back().text += std::string{line} + '\n';
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  Match read(std::string_view pattern, std::string_view) const override {
    Match match;
    match.has_wildcard = pattern.find('*') != std::string_view::npos;
    for (const FileText& file : files_)
      if (match.has_wildcard || file.name == pattern) match.files.push_back(file);
    return match;
  }

 private:
  std::vector<FileText> files_;
};

/// A host with eth0, eth1 and lo; a name with an 'x' in it is unknown, whatever it is the name of.
class FakeSystem : public System {
 public:
  std::optional<InterfaceFacts> find_interface(std::string_view name) const override {
    if (name != "eth0" && name != "eth1" && name != "lo") return std::nullopt;
    InterfaceFacts facts;
    facts.name = name;
    facts.is_loopback = name == "lo";
    return facts;
  }
  std::optional<UserFacts> find_user(std::string_view name) const override {
    if (name.find('x') != std::string_view::npos) return std::nullopt;
    return UserFacts{.uid = static_cast<uid_t>(name.size()), .gid = 1, .supplementary = {1, 2}};
  }
  std::optional<gid_t> find_group(std::string_view name) const override {
    if (name.find('x') != std::string_view::npos) return std::nullopt;
    return static_cast<gid_t>(name.size());
  }
  ScriptFacts check_script(std::string_view command, uid_t, gid_t) const override {
    ScriptFacts facts;
    facts.path = "/bin/" + std::string{command};
    facts.found = static_cast<ScriptFacts::Found>(command.size() % 5);
    facts.error_code = ENOENT;
    facts.searched = command.find('/') == std::string_view::npos;
    facts.is_insecure = command.size() % 2 != 0;
    facts.is_text = command.size() % 3 == 0;
    return facts;
  }
  std::optional<std::uint32_t> find_route_name(std::string_view, std::string_view name, const NameFolders&) const override {
    if (name.empty() || name.find('x') != std::string_view::npos) return std::nullopt;
    return static_cast<std::uint32_t>(name[0]);
  }
  std::string host_name() const override { return "lb1.example.com"; }
  std::optional<std::string> resolve(std::string_view host) const override {
    return host == "localhost" ? std::optional<std::string>{"127.0.0.1"} : std::nullopt;
  }
  SecretFile read_secret(const std::string& path) const override {
    return {.found = static_cast<SecretFile::Found>(path.size() % 4), .text = std::string(path.size(), 'k')};
  }
  bool is_root() const override { return true; }
};

void check_place(const Place& place, const KeepalivedConfig& config) {
  if (place.source == nullptr) return;
  const auto& sources = config.sources;
  require(std::any_of(sources.begin(), sources.end(), [&](const auto& each) { return each.get() == place.source; }));
  if (place.column != 0) require(place.column - 1 + place.length <= place.source->line(place.line).size());
}

void check_tracks(const std::vector<Track>& tracks, std::size_t size) {
  for (const Track& track : tracks) require(track.index < size && std::abs(track.weight.value) <= 254);
}

template <class Tracker>
void check_tracker(const Tracker& it, const KeepalivedConfig& config) {
  check_tracks(it.track_scripts, config.scripts.size());
  check_tracks(it.track_files, config.track_files.size());
  check_tracks(it.track_processes, config.track_processes.size());
  check_tracks(it.track_bfds, config.bfds.size());
}

void check_route(const IpRoute& route) {
  const unsigned most = route.family == AF_INET6 ? 128 : 32;
  require(route.family == AF_INET || route.family == AF_INET6);
  require(route.destination_length <= most && route.source_length <= most);
  if (route.destination) require(route.destination->family() == route.family);
  if (route.source) require(route.source->family() == route.family);
  if (route.preferred_source) require(route.preferred_source->family() == route.family);
}

void check_rule(const IpRule& rule) {
  require(rule.family == AF_INET || rule.family == AF_INET6);
  if (rule.from) require(rule.from->family() == rule.family && rule.from_length <= (rule.family == AF_INET6 ? 128 : 32));
  if (rule.to) require(rule.to->family() == rule.family && rule.to_length <= (rule.family == AF_INET6 ? 128 : 32));
}

void check_instance(const VrrpInstance& it, const KeepalivedConfig& config) {
  require(!it.name.empty());
  check_tracker(it, config);
  if (it.group) require(*it.group < config.groups.size());
  for (const IpAddress& address : it.addresses) require(address.address.is_ip() && address.prefix_length <= (address.address.is_ipv6() ? 128 : 32));
  for (const IpRoute& route : it.routes) check_route(route);
  for (const IpRule& rule : it.rules) check_rule(rule);
}

void check_checker(const Checker& checker, const KeepalivedConfig& config) {
  require(checker.keyword() != nullptr && checker.times.delay_loop.count() > 0);
  if (const auto* const http = std::get_if<HttpCheck>(&checker.what)) {
    require(!http->urls.empty());
    for (const HttpUrl& url : http->urls) require(!url.path.empty() && !url.status_codes.empty());
  } else if (const auto* const bfd = std::get_if<BfdCheck>(&checker.what)) {
    require(bfd->bfd < config.bfds.size());
  } else if (const auto* const file = std::get_if<FileCheck>(&checker.what)) {
    require(file->file < config.track_files.size());
  } else if (const auto* const udp = std::get_if<UdpCheck>(&checker.what)) {
    require(udp->reply.size() == udp->reply_mask.size());
  } else if (const auto* const misc = std::get_if<MiscCheck>(&checker.what)) {
    require(!misc->command.argv.empty() && misc->timeout.count() > 0);
  }
  const bool connects = checker.what.index() != 4 && checker.what.index() != 5 && checker.what.index() != 8;
  if (!connects) return;
  require(checker.target.to.is_ip() && checker.target.timeout.count() > 0);
  if (checker.target.from) require(checker.target.from->family() == checker.target.to.family());
}

void check_services(const KeepalivedConfig& config) {
  for (const VirtualServerGroup& group : config.lvs.groups) {
    require(!group.entries.empty());
    for (const GroupEntry& each : group.entries)
      if (each.kind == GroupEntry::Kind::Addresses) require(each.first.is_ip() && each.first.family() == each.last.family());
  }
  for (const VirtualServer& service : config.lvs.servers) {
    require(!service.real_servers.empty() && !service.name.empty());
    require(service.family == AF_INET || service.family == AF_INET6);
    require(service.quorum == 0 ? service.hysteresis == 0 : service.hysteresis < service.quorum);
    if (service.kind == VirtualServer::Kind::Group) require(service.group < config.lvs.groups.size());
    for (const RealServer& server : service.real_servers) {
      require(server.address.is_ip());
      for (const Checker& checker : server.checkers) check_checker(checker, config);
    }
  }
}

void check(const Loaded& loaded) {
  const int status = loaded.test_status();
  require(status == 0 || status == 2 || (status >= 4 && status <= 6));
  for (const Finding& finding : loaded.findings) {
    require(!finding.diagnostic.message.empty());
    check_place(finding.diagnostic.place, loaded.config);
  }
  if (loaded.stopped) return;  // nothing was completed
  check_services(loaded.config);
  for (const VrrpInstance& it : loaded.config.instances) check_instance(it, loaded.config);
  for (const IpRoute& route : loaded.config.static_routes) check_route(route);
  for (const IpRule& rule : loaded.config.static_rules) check_rule(rule);
  for (const SyncGroup& group : loaded.config.groups) {
    check_tracker(group, loaded.config);
    for (const std::size_t member : group.members) require(member < loaded.config.instances.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};  // bytes are text here
  const MemoryFiles files{text};
  const FakeSystem system;
  const LoadOptions options{.path = "main.conf", .config_id = {}, .strict_includes = size % 2 != 0, .testing = size % 3 != 0, .budget = 200,
                            .reads = static_cast<LoadOptions::Reads>(size % 5 % 3)};
  const Loaded first = load_with(files, options, system);
  check(first);
  const Loaded second = load_with(files, options, system);
  require(first.test_status() == second.test_status() && first.findings.size() == second.findings.size());
  for (std::size_t i = 0; i < first.findings.size(); ++i)
    require(first.findings[i].diagnostic.message == second.findings[i].diagnostic.message);
  return 0;
}
