#include "parsers/keepalived/lvs_globals.h"

#include <algorithm>

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;
constexpr std::size_t kMostTableName = 254;

bool is_multicast(const Address& address) {
  return address.is_ipv6() ? address.ipv6_bits().s6_addr[0] == 0xff : (address.ipv4_bits() >> 28U) == 0xe;
}

/// One option of lvs_sync_daemon, whose value is the word at `at`.
template <class T>
void read_sync_number(T& to, Reader& in, std::size_t at, std::int64_t most) {
  if (const auto value = in.number(at, 1, most)) to = static_cast<T>(*value);
  else in.complain("Invalid lvs_sync_daemon " + in.text(at - 1) + " (" + in.text(at) + ") - ignoring", at);
}

void read_sync_id(LvsSyncDaemon& to, Reader& in, std::size_t at) {
  if (const auto value = in.number(at, 0, 255)) to.id = static_cast<std::uint8_t>(*value);
  else in.complain("Invalid syncid (" + in.text(at) + ") - defaulting to vrid", at);
}

void read_sync_group(LvsSyncDaemon& to, Reader& in, std::size_t at) {
  const auto address = Address::parse(in.word(at));
  if (!address || !address->is_ip()) return in.complain("Invalid lvs_sync_daemon group (" + in.text(at) + ") - ignoring", at);
  if (!is_multicast(*address)) return in.complain("lvs_sync_daemon group address " + in.text(at) + " is not multicast - ignoring", at);
  to.group = *address;
}

bool read_sync_option(LvsSyncDaemon& to, Reader& in, std::size_t at) {
  const std::string_view option = in.word(at);
  if (option == "id") read_sync_id(to, in, at + 1);
  else if (option == "inst") to.instance = in.text(at + 1);
  else if (option == "maxlen") read_sync_number(to.max_length, in, at + 1, 65507);
  else if (option == "port") read_sync_number(to.port, in, at + 1, 65535);
  else if (option == "ttl") read_sync_number(to.ttl, in, at + 1, 255);
  else if (option == "group") read_sync_group(to, in, at + 1);
  else return false;
  return true;
}

bool is_sync_option(std::string_view word) {
  constexpr std::array<std::string_view, 6> kOptions{"id", "inst", "maxlen", "port", "ttl", "group"};
  return std::find(kOptions.begin(), kOptions.end(), word) != kOptions.end();
}

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

void read_lvs_timeouts(GlobalDefs& to, Reader& in) {
  constexpr std::int64_t kMost = 2'678'400;
  if (in.size() < 3) return in.complain("lvs_timeouts requires at least one option", 0);
  for (std::size_t at = 1; at < in.size(); ++at) {
    std::optional<std::uint32_t>* const timeout = in.word(at) == "tcp"      ? &to.lvs_tcp_timeout_s
                                                  : in.word(at) == "tcpfin" ? &to.lvs_tcpfin_timeout_s
                                                  : in.word(at) == "udp"    ? &to.lvs_udp_timeout_s
                                                                            : nullptr;
    if (timeout == nullptr) {
      in.complain("Unknown option " + in.text(at) + " specified for lvs_timeouts", at);
      continue;
    }
    if (at + 1 >= in.size()) return in.complain("No value specified for lvs_timeouts " + in.text(at) + " - ignoring", at);
    if (const auto value = in.number(at + 1, 0, kMost)) *timeout = static_cast<std::uint32_t>(*value);
    else in.complain("Invalid lvs_timeout " + in.text(at) + " (" + in.text(at + 1) + ") - ignoring", at + 1);
    ++at;
  }
}

void read_lvs_flush_on_stop(GlobalDefs& to, Reader& in) {
  using Flush = GlobalDefs::FlushOnStop;
  if (in.size() < 2) to.lvs_flush_on_stop = Flush::All;
  else if (in.word(1) == "VS") to.lvs_flush_on_stop = Flush::OwnServers;
  else in.complain("Unknown lvs_flush_on_stop type " + in.text(1));
}

void read_lvs_sync_daemon(GlobalDefs& to, Reader& in) {
  if (in.size() < 2) return in.complain("lvs_sync_daemon requires interface", 0);
  if (to.lvs_sync_daemon)
    return in.complain("lvs_sync_daemon has already been specified as " + to.lvs_sync_daemon->interface + ' ' + to.lvs_sync_daemon->instance + " - ignoring", 0);
  LvsSyncDaemon daemon;
  daemon.interface = in.text(1);
  std::size_t at = 2;
  if (at < in.size() && !is_sync_option(in.word(at))) daemon.instance = in.text(at++);
  if (at < in.size() && is_number(in.word(at))) {
    in.complain("Please use keyword \"id\" before lvs_sync_daemon SYNCID", at);
    read_sync_id(daemon, in, at++);
  }
  for (; at < in.size(); ++at) {
    if (!is_sync_option(in.word(at))) {
      in.complain("Unknown option " + in.text(at) + " specified for lvs_sync_daemon", at);
    } else if (at + 1 >= in.size()) {
      in.complain("No value specified for lvs_sync_daemon " + in.text(at) + (in.word(at) == "id" ? ", defaulting to vrid" : " - ignoring"), at);
    } else {
      (void)read_sync_option(daemon, in, at++);  // it is one
    }
  }
  to.lvs_sync_daemon = std::move(daemon);
}

void read_lvs_driver(GlobalDefs& to, Reader& in) {
  using Driver = GlobalDefs::LvsDriver;
  if (in.word(1) == "auto") to.lvs_driver = Driver::Auto;
  else if (in.word(1) == "ipvs") to.lvs_driver = Driver::Ipvs;
  else if (in.word(1) == "nftables") to.lvs_driver = Driver::Nftables;
  else in.complain("Unknown lvs_driver '" + in.text(1) + "' - ignoring");
}

void read_nftables_ipvs(GlobalDefs& to, Reader& in) {
  if (!to.nftables_ipvs_table.empty()) return in.complain("ipvs nftables already specified - ignoring", 0);
  if (in.word(1).size() > kMostTableName) return in.complain("ipvs nftables table name too long - ignoring");
  to.nftables_ipvs_table = in.size() > 1 ? in.text(1) : "keepalived_ipvs";
}

void read_nftables_ipvs_priority(GlobalDefs& to, Reader& in) {
  if (const auto value = in.number(1, -2147483648LL, 2147483647LL)) to.nftables_ipvs_priority = static_cast<std::int32_t>(*value);
  else in.complain("invalid ipvs nftables chain priority '" + in.text(1) + '\'');
}

void read_nftables_ipvs_mark(GlobalDefs& to, Reader& in) {
  if (const auto value = in.number(1, 1, kMostUnsigned)) to.nftables_ipvs_start_mark = static_cast<std::uint32_t>(*value);
  else in.complain("invalid ipvs nftables start_fwmark priority '" + in.text(1) + '\'');
}

void check_lvs_sync_daemon(Context& context) {
  auto& daemon = context.config.global.lvs_sync_daemon;
  if (!daemon || daemon->instance.empty()) return;
  const auto& all = context.config.instances;
  if (std::any_of(all.begin(), all.end(), [&](const VrrpInstance& each) { return each.name == daemon->instance; })) return;
  context.findings.about(Complaint::Log, {}, "Unable to find vrrp instance " + daemon->instance + " for lvs_syncd - clearing lvs_syncd config");
  daemon.reset();
}

}  // namespace parsers::keepalived
