#include "parsers/keepalived/load.h"

#include <cstdlib>

#include <algorithm>

#include "parsers/keepalived/address_line.h"
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/globals.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/lines.h"
#include "parsers/keepalived/lvs_blocks.h"
#include "parsers/keepalived/lvs_globals.h"
#include "parsers/keepalived/remembering_system.h"
#include "parsers/keepalived/route_line.h"
#include "parsers/keepalived/rule_line.h"
#include "parsers/keepalived/static_blocks.h"
#include "parsers/keepalived/tracking_blocks.h"
#include "parsers/keepalived/tree_builder.h"
#include "parsers/keepalived/vrrp_blocks.h"

namespace parsers::keepalived {
namespace {

struct Root {
  Context& context;
  std::vector<VirtualServerDraft> services;
};

void read_static_addresses(Root& root, Reader& in) {
  for (const Statement& line : in.statement().body) {
    Reader each{line, root.context};
    auto address = read_address_line(each, true);
    if (!address) continue;
    if (address->interface.empty()) address->interface = root.context.config.global.default_interface;
    if (!root.context.system.find_interface(address->interface) && !root.context.config.global.dynamic_interfaces) {
      each.complain("WARNING - interface " + address->interface + " for ip address " + each.text(0) + " doesn't exist", 0, Complaint::BadInterface);
      root.context.missing_interface = true;
      continue;
    }
    root.context.config.static_addresses.push_back(std::move(*address));
  }
}

void read_delays(Root& root, Reader& in) {
  for (const Statement& line : in.statement().body) {
    Reader each{line, root.context};
    UpDownDelay delay;
    delay.interface = each.text(0);
    if (each.size() < 2) {
      each.complain("No timeouts specified for " + delay.interface + " up/down delays", 0);
      continue;
    }
    if (const auto down = each.seconds(1, Duration{0}, Duration{255'000'000})) delay.down = *down;
    if (each.size() > 2)
      if (const auto up = each.seconds(2, Duration{0}, Duration{255'000'000})) delay.up = *up;
    root.context.config.up_down_delays.push_back(std::move(delay));
  }
}

/// IFACE [MII|ETHTOOL|IOCTL], one a line.
void read_polled_interfaces(Root& root, Reader& in) {
  using How = LinkbeatInterface::How;
  for (const Statement& line : in.statement().body) {
    Reader each{line, root.context};
    LinkbeatInterface polled{.interface = each.text(0)};
    if (!root.context.config.global.dynamic_interfaces && !root.context.system.find_interface(polled.interface)) {
      each.complain("unknown interface " + polled.interface + " specified for linkbeat interface", 0, Complaint::Fatal);
      continue;
    }
    const std::string_view how = each.word(1);
    if (how == "MII") polled.how = How::Mii;
    else if (how == "ETHTOOL") polled.how = How::Ethtool;
    else if (how == "IOCTL") polled.how = How::Ioctl;
    const std::size_t extra = polled.how == How::Detect ? 1 : 2;
    if (each.size() > extra) each.complain("extra characters " + each.text(1) + " in linkbeat interface", extra);
    root.context.config.linkbeat_interfaces.push_back(std::move(polled));
  }
}

template <void (*Read)(const Statement&, Context&)>
void read(Root& root, Reader& in) { Read(in.statement(), root.context); }

/// Blocks of checkerd; vrrpd only counts them.
template <void (*Read)(const Statement&, Context&)>
void read_of_checkers(Root& root, Reader& in) {
  if (root.context.options.reads != LoadOptions::Reads::Vrrp) Read(in.statement(), root.context);
}

void read_service(Root& root, Reader& in) {
  if (root.context.options.reads == LoadOptions::Reads::Vrrp) root.context.config.lvs.places.push_back(in.place(0));
  else read_virtual_server(in.statement(), root.context, root.services);
}

/// Blocks of vrrpd: checkerd reads them without a word.
template <void (*Row)(Root&, Reader&)>
void of_vrrp(Root& root, Reader& in) {
  Context& context = root.context;
  if (context.options.reads != LoadOptions::Reads::Checkers) return Row(root, in);
  context.findings.set_muted(true);
  Row(root, in);
  context.findings.set_muted(false);
  context.stopped = false;
}

void read_static_routes(Root& to, Reader& in) { read_routes(in.statement(), to.context, true, to.context.config.static_routes); }
void read_static_rules(Root& to, Reader& in) { read_rules(in.statement(), to.context, true, to.context.config.static_rules); }

void read_ipvs_namespace(Root& to, Reader& in) {
  auto& name = to.context.config.net_namespace_ipvs;
  if (name) return in.complain("Duplicate net_namespace_ipvs definition " + in.text(1) + " - ignoring");
  name = in.text(1);
}

constexpr auto kRootKeywords = std::to_array<Keyword<Root>>({
    {"global_defs", 0, &read<&read_global_defs>, "", "Settings of the whole program.", Form::Block},
    {"vrrp_instance", 0, &of_vrrp<&read<&read_vrrp_instance>>, "NAME", "A virtual router.", Form::Block},
    {"vrrp_sync_group", 0, &of_vrrp<&read<&read_sync_group>>, "NAME", "Instances that change state together.", Form::Block},
    {"vrrp_script", 1, &of_vrrp<&read<&read_vrrp_script>>, "NAME", "A script that instances may track; stands above them.", Form::Block},
    {"track_file", 1, &read<&read_track_file>, "NAME", "A file with a number that instances and real servers may track.", Form::Block},
    {"vrrp_track_file", 1, &read<&read_track_file>, "NAME", "Old name of track_file.", Form::Block},
    {"vrrp_track_process", 1, &of_vrrp<&read<&read_track_process>>, "NAME", "Processes whose number instances may track.", Form::Block},
    {"bfd_instance", 1, &read<&read_bfd_instance>, "NAME", "A BFD session, as fast as milliseconds, that instances and real servers may track; the name has at most 31 characters.", Form::Block},
    {"garp_group", 0, &of_vrrp<&read<&read_garp_group>>, "", "Interfaces that share one pace of gratuitous ARPs.", Form::Block},
    {"track_group", 0, &of_vrrp<&read<&read_track_group>>, "NAME", "Instances that go to FAULT while a static address, route or rule of the group is missing.", Form::Block},
    {"static_ipaddress", 0, &of_vrrp<&read_static_addresses>, "{ ADDRESS-LINE... }", "Addresses that are there in every state, from start to end.", Form::Block},
    {"static_routes", 0, &of_vrrp<&read_static_routes>, "{ ROUTE-LINE... }", "Routes that are there in every state.", Form::Block},
    {"static_rules", 0, &of_vrrp<&read_static_rules>, "{ RULE-LINE... }", "Policy rules that are there in every state.", Form::Block},
    {"interface_up_down_delays", 0, &of_vrrp<&read_delays>, "{ INTERFACE DOWN [UP]... }", "Seconds before a change of a link counts, 0 to 255. Default: 0.", Form::Block},
    {"net_namespace", 0, [](Root& to, Reader& in) {
       if (in.size() < 2) return in.complain("net_namespace name missing - ignoring", 0);
       auto& name = to.context.config.net_namespace;
       if (!name.empty()) return in.complain("Duplicate net_namespace definition " + in.text(1) + " - ignoring");
       name = in.text(1);
       to.context.config.use_pid_dir = true;
     }, "NAME", "The network namespace that the program works in."},
    {"net_namespace_ipvs", 0, &read_ipvs_namespace, "[NAME]", "The network namespace of the IPVS table. Without a name: the one of the start."},
    {"namespace_with_ipsets", 0, [](Root& to, Reader&) { to.context.config.namespace_with_ipsets = true; }, "", "Taken; there are no ipsets here."},
    {"instance", 0, [](Root& to, Reader& in) {
       if (in.size() < 2) return in.complain("instance name missing - ignoring", 0);
       auto& name = to.context.config.instance_name;
       if (!name.empty()) return in.complain("Duplicate instance definition " + in.text(1) + " - ignoring");
       name = in.text(1);
       to.context.config.use_pid_dir = true;
     }, "NAME", "Name of this copy, where several run on a host; part of the names of its files."},
    {"use_pid_dir", 0, [](Root& to, Reader&) { to.context.config.use_pid_dir = true; }, "", "Pid files stand in /run/keepalived."},
    {"linkbeat_use_polling", 0, [](Root& to, Reader&) { to.context.config.linkbeat_polling = true; }, "", "Ask interfaces for their link, every second, in place of hearing the kernel."},
    {"linkbeat_interfaces", 0, &of_vrrp<&read_polled_interfaces>, "{ INTERFACE [MII|ETHTOOL|IOCTL]... }", "The same for these interfaces, in this way. Default: whichever works.", Form::Block},
    {"child_wait_time", 1, [](Root& to, Reader& in) {
       if (const auto value = in.number(1, 0, 4294)) to.context.config.child_wait = *value * Duration{1'000'000};
       else in.complain("Invalid child_wait_time " + in.text(1));
     }, "SECONDS", "How long an end may take. Default: 5 in the parent process; else no limit."},
    {"SSL", 0, &read_of_checkers<&read_ssl>, "", "What SSL_GET shows to servers.", Form::Block},
    {"virtual_server_group", 1, &read_of_checkers<&read_virtual_server_group>, "NAME", "Addresses, ranges and firewall marks under one name. Lines: ADDRESS[-LAST] [PORT], ADDRESS/LENGTH [PORT], or fwmark NUMBER [inet|inet6].", Form::Block},
    {"virtual_server", 1, &read_service, "ADDRESS [PORT] | fwmark NUMBER | group NAME", "A service of the kernel's load balancer. Without a port, or with 0, it takes every port and needs persistence.", Form::Block},
});

/// What needs the whole configuration, in the original's order: its checker process speaks before its VRRP process.
void complete(Root& root) {
  Context& context = root.context;
  complete_globals(context);
  vet_global_commands(context);
  complete_virtual_servers(root.services, context);
  check_lvs_sync_daemon(context);
  context.findings.set_muted(context.options.reads == LoadOptions::Reads::Checkers);
  complete_vrrp(context);
  complete_track_groups(context);
  vet_commands(context);
  context.findings.set_muted(false);
}

Loaded load_from(const FileReader& files, const LoadOptions& options, const System& asked, std::string_view name,
                 std::string_view text) {
  const RememberingSystem system{asked};
  Loaded loaded;
  Findings findings;
  Tree tree;
  LineReader::Settings settings;
  settings.config_id = options.config_id;
  if (settings.config_id.empty()) {
    const std::string host = system.host_name();
    settings.config_id = host.substr(0, host.find('.'));
  }
  settings.strict_includes = options.strict_includes;
  settings.budget = options.budget;
  settings.environment = [](const char* variable) -> const char* { return std::getenv(variable); };
  LineReader reader{files, settings, tree, findings};
  if (name.empty()) reader.read_pattern(options.path);
  else reader.read_text(std::string{name}, std::string{text});
  build_tree(reader.take(), tree, findings);  // the lines are not kept beside the tree
  Context context{.findings = findings, .system = system, .options = options, .config = loaded.config};
  Root root{.context = context, .services = {}};
  for (const Statement& statement : tree.statements) {
    if (context.stopped) break;
    read_statement(kRootKeywords, root, statement, context);
  }
  if (!context.stopped) complete(root);
  loaded.config.sources = std::move(tree.sources);
  loaded.findings = findings.take();
  loaded.stopped = context.stopped;
  loaded.refused_vrrp = context.refused_vrrp || context.stopped;
  loaded.refused_lvs = context.refused_lvs || context.stopped;
  return loaded;
}

}  // namespace

int Loaded::test_status() const {
  if (stopped) return 2;
  Complaint worst = Complaint::Log;
  for (const Finding& finding : findings) worst = std::max(worst, finding.complaint);
  if (worst <= Complaint::Said) return 0;
  if (worst >= Complaint::Security) return 6;
  return worst <= Complaint::Fatal ? 4 : 5;
}

bool is_mistake(const Finding& finding) {
  const std::string& text = finding.diagnostic.message;
  if (text.starts_with("WARNING") || text.starts_with("Warning")) return false;
  return (finding.complaint >= Complaint::FileNotFound && finding.complaint <= Complaint::General) || finding.complaint == Complaint::StrictInclude;
}

bool Loaded::is_broken() const {
  return stopped || std::any_of(findings.begin(), findings.end(), is_mistake);
}

Loaded load(const LoadOptions& options, const System& system) { return load_from(DiskReader{}, options, system, {}, {}); }

Loaded load_with(const FileReader& files, const LoadOptions& options, const System& system) {
  return load_from(files, options, system, {}, {});
}

Loaded load_text(std::string name, std::string text, const LoadOptions& options, const System& system) {
  return load_from(NoFiles{}, options, system, name, text);
}

void list_root_keywords(KeywordList& list) {
  list_rows(list, "", kRootKeywords);
}

}  // namespace parsers::keepalived
