// Lines of virtual_routes and static_routes (keepalived.conf(5), ip-route(8)).
#include "parsers/keepalived/route_line.h"

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

#include <array>

#include "lib/base/text.h"
#include "parsers/keepalived/address_line.h"
#include "parsers/keepalived/line_words.h"
#include "parsers/keepalived/route_encapsulation.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;
constexpr std::uint8_t kOurs = 18;  // RTPROT_KEEPALIVED

struct RouteType {
  std::string_view name;
  std::uint8_t value;
};
constexpr auto kRouteTypes = std::to_array<RouteType>({{"unicast", RTN_UNICAST}, {"local", RTN_LOCAL}, {"broadcast", RTN_BROADCAST},
    {"anycast", RTN_ANYCAST}, {"multicast", RTN_MULTICAST}, {"blackhole", RTN_BLACKHOLE}, {"unreachable", RTN_UNREACHABLE},
    {"prohibit", RTN_PROHIBIT}, {"throw", RTN_THROW}, {"nat", RTN_NAT}});

std::string joined(const Statement& line) {
  std::string out;
  for (const Word& word : line.words) out += (out.empty() ? "" : " ") + word.text;
  return out;
}

/// One line while it is read.
struct RouteLine {
  LineWords words;
  IpRoute route;
  bool has_destination = false;
  std::string destination;  // as written

  Reader& in() { return words.in; }
  const System& system() { return words.in.context().system; }
  /// Both families in one line are an error.
  bool take_family(const Address& address) {
    if (route.family == 0) route.family = static_cast<std::uint8_t>(address.family());
    if (route.family == address.family()) return true;
    words.fail("Cannot mix IPv4 and IPv6 addresses for route");
    return false;
  }
};

// ---- addresses

/// False: it is no destination.
bool take_destination(RouteLine& line) {
  if (line.words.word() == "default6") {
    line.in().log("'default6' is deprecated - please replace with 'inet6 default'");
    line.route.family = AF_INET6;
  } else if (line.words.word() != "default") {
    const auto prefix = read_prefix(line.in(), line.words.at);
    if (!prefix) return false;
    if (!line.take_family(prefix->base)) return true;
    line.route.destination = prefix->base;
    line.route.destination_length = prefix->bits;
  }
  line.has_destination = true;
  line.destination = line.words.text();
  return true;
}

void read_destination(RouteLine& line) {
  if (!take_destination(line)) line.words.fail("invalid route destination " + line.words.text());
}

void read_from(RouteLine& line) {
  const auto prefix = read_prefix(line.in(), line.words.at);
  if (!prefix) return line.words.fail("invalid route from address " + line.words.text());
  if (!prefix->base.is_ipv6()) return line.words.fail("route from address only supported with IPv6 (" + line.words.text() + ')');
  if (!line.take_family(prefix->base)) return;
  line.route.source = prefix->base;
  line.route.source_length = prefix->bits;
}

void read_source(RouteLine& line) {
  const auto address = read_prefix(line.in(), line.words.at);
  if (!address) return line.words.fail("invalid route src address " + line.words.text());
  if (line.take_family(address->base)) line.route.preferred_source = address->base;
}

void read_gateway(RouteLine& line) {
  if (line.words.word() == "inet" || line.words.word() == "inet6") {
    if (!line.words.take_value()) return;
  }
  const auto address = read_prefix(line.in(), line.words.at);
  if (!address) return line.words.fail("invalid route via address " + line.words.text());
  if (line.take_family(address->base)) line.route.via = address->base;
}

// ---- next hops

using NextHopWord = LineWord<RouteLine>;
NextHop& last_hop(RouteLine& line) { return line.route.next_hops.back(); }

void read_hop_gateway(RouteLine& line) {
  const bool is_named = line.words.word() == "inet" || line.words.word() == "inet6";
  if (is_named && !line.words.take_value()) return;
  const auto address = read_prefix(line.in(), line.words.at);
  if (!address) return line.words.fail("invalid nexthop address " + line.words.text());
  if (line.route.family == 0) line.route.family = static_cast<std::uint8_t>(address->base.family());
  if (line.route.family != address->base.family()) return line.words.fail(is_named ? "IPv4/6 mismatch for nexthop" : "Address family mismatch for next hop");
  last_hop(line).via = address->base;
}

void read_weight(RouteLine& line) {
  const auto value = line.in().number(line.words.at, 0, 256);
  if (!value || *value == 0) return line.words.fail("Invalid weight " + line.words.text() + " specified for route");
  last_hop(line).weight = static_cast<std::uint8_t>(*value);  // 256 is 0 here, and 255 on the wire
}

constexpr auto kNextHopWords = std::to_array<NextHopWord>({
    {"via", true, &read_hop_gateway, "gateway"},
    {"dev", true, [](RouteLine& line) { if (is_known_interface(line.words, "VROUTE nexthop")) last_hop(line).interface = line.words.text(); }, "interface"},
    {"oif", true, [](RouteLine& line) { if (is_known_interface(line.words, "VROUTE nexthop")) last_hop(line).interface = line.words.text(); }, "interface"},
    {"weight", true, &read_weight, "1-256"},
    {"onlink", false, [](RouteLine& line) { last_hop(line).onlink = true; }, "the gateway is on the link"},
    {"encap", false, [](RouteLine& line) { last_hop(line).encapsulation = read_encapsulation(line.words); }, "tunnel"},
    {"realms", true, [](RouteLine& line) {
       if (const auto realms = read_realms(line.words)) last_hop(line).realms = *realms;
       else line.words.fail("Invalid realms " + line.words.text() + " for nexthop");
     }, "A or A/B"},
});

void read_next_hops(RouteLine& line) {
  while (!line.words.is_done()) {
    if (line.words.word() == "nexthop") {
      line.route.next_hops.emplace_back();
      ++line.words.at;
    } else if (!read_line_word(kNextHopWords, line)) {
      line.words.fail("Route has trailing nonsense after nexthops - " + line.words.text());
    }
  }
}

void read_second_gateway(RouteLine& line) {
  line.in().complain("\"or\" for routes is deprecated. Please use \"nexthop\"", line.words.at - 1, Complaint::Deprecated);
  if (line.route.next_hops.empty() && line.route.via) {
    line.route.next_hops.emplace_back();
    line.route.next_hops.back().via = line.route.via;
    line.route.via.reset();
  }
  line.route.next_hops.emplace_back();
  read_hop_gateway(line);
}

// ---- metrics

/// How a metric's number is written and what the kernel counts in.
enum class Unit : std::uint8_t { Number, EighthsOfMs, QuartersOfMs, Ms };
struct Metric {
  std::string_view name;
  std::uint16_t kind;
  const char* complaint;   // before and after the word
  const char* tail;
  std::int64_t most = kMostUnsigned;
  bool may_lock = true;
  Unit unit = Unit::Number;
};
constexpr auto kMetrics = std::to_array<Metric>({
    {"mtu", RTAX_MTU, "MTU", " specified"},
    {"advmss", RTAX_ADVMSS, "advmss", " specified"},
    {"rtt", RTAX_RTT, "rtt", "", kMostUnsigned, true, Unit::EighthsOfMs},
    {"rttvar", RTAX_RTTVAR, "rttvar", "", kMostUnsigned, true, Unit::QuartersOfMs},
    {"rto_min", RTAX_RTO_MIN, "rto_min value", " specified", kMostUnsigned, true, Unit::Ms},
    {"reordering", RTAX_REORDERING, "reordering value", " specified"},
    {"cwnd", RTAX_CWND, "cwnd value", " specified"},
    {"ssthresh", RTAX_SSTHRESH, "ssthresh value", " specified"},
    {"hoplimit", RTAX_HOPLIMIT, "hoplimit", " specified", 255, false},
    {"window", RTAX_WINDOW, "window value", " specified", kMostUnsigned, false},
    {"initcwnd", RTAX_INITCWND, "initcwnd value", " specified", kMostUnsigned, false},
    {"initrwnd", RTAX_INITRWND, "initrwnd value", " specified", kMostUnsigned, false},
    {"quickack", RTAX_QUICKACK, "quickack value", " specified", 1, false},
    {"fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, "fastopen_no_cookie value", " specified", 1, false},
});

/// 1.5s, 300ms, or a bare number in the kernel's own unit; the original raises what is below 200 ms.
std::optional<std::uint32_t> read_time(RouteLine& line, const Metric& metric) {
  constexpr std::int64_t kLeastMs = 200, kMostMs = 120'000;
  const std::int64_t scale = metric.unit == Unit::EighthsOfMs ? 8 : metric.unit == Unit::QuartersOfMs ? 4 : 1;
  std::string_view text = line.words.word();
  const bool in_ms = text.ends_with("ms"), in_seconds = !in_ms && text.ends_with('s');
  text.remove_suffix(in_ms ? 2 : in_seconds ? 1 : 0);
  const auto value = parse_decimal_micros(text);  // millionths of what is written
  if (!value) {
    line.in().complain("invalid number '" + line.words.text() + '\'', line.words.at, Complaint::Number);
    return std::nullopt;
  }
  const std::int64_t written = *value / 1000;     // thousandths
  std::int64_t ticks = in_seconds ? written * scale : written * (in_ms ? scale : 1) / 1000;
  const std::string name = line.words.text();
  if (ticks < kLeastMs * scale) line.in().log(std::string{metric.name} + " value " + name + " below minimum 200ms, resetting");
  if (ticks > kMostMs * scale) line.in().log(std::string{metric.name} + " value " + name + " above maximum 120s, resetting");
  ticks = std::clamp(ticks, kLeastMs * scale, kMostMs * scale);
  return static_cast<std::uint32_t>(ticks);
}

bool read_metric(RouteLine& line) {
  const Metric* metric = nullptr;
  for (const Metric& each : kMetrics)
    if (each.name == line.words.word()) metric = &each;
  if (metric == nullptr) return false;
  RouteMetric out;
  out.kind = metric->kind;
  if (!line.words.take_value()) return true;
  if (metric->may_lock && line.words.word() == "lock") {
    out.locked = true;
    if (!line.words.take_value()) return true;
  }
  std::optional<std::uint32_t> value;
  if (metric->unit != Unit::Number) value = read_time(line, *metric);
  else if (const auto number = line.in().number(line.words.at, 0, metric->most)) value = static_cast<std::uint32_t>(*number);
  if (!value) {
    line.words.fail(std::string{"Invalid "} + metric->complaint + ' ' + line.words.text() + metric->tail + " for route");
    return true;
  }
  out.value = *value;
  line.route.metrics.push_back(out);
  ++line.words.at;
  return true;
}

void read_congestion_control(RouteLine& line) {
  if (line.words.word() == "lock") {
    if (!line.words.take_value()) return;
    line.route.metrics.push_back({.kind = RTAX_LOCK, .value = 1U << RTAX_CC_ALGO, .locked = false});
  }
  line.route.congestion_control = line.words.text();
}

void read_features(RouteLine& line) {
  if (line.words.word() != "ecn") return line.words.fail("feature " + line.words.text() + " not supported");
  line.route.metrics.push_back({.kind = RTAX_FEATURES, .value = RTAX_FEATURE_ECN, .locked = false});
}

// ---- everything else

/// A name of one of iproute2's files, or a number up to `most`.
std::optional<std::uint32_t> named_number(RouteLine& line, const char* file, std::uint32_t most) {
  const auto value = line.in().find_route_name(file, line.words.word());
  return value && *value <= most ? value : std::nullopt;
}

void read_priority(RouteLine& line) {
  if (const auto value = line.in().number(line.words.at, 0, kMostUnsigned)) line.route.metric = static_cast<std::uint32_t>(*value);
  else line.words.fail("Invalid metric " + line.words.text() + " specified for route");
}

void read_tos(RouteLine& line) {
  if (const auto tos = named_number(line, "rt_dsfield", 255)) line.route.tos = static_cast<std::uint8_t>(*tos);
  else line.words.fail("TOS value " + line.words.text() + " is invalid");
}

void read_router_preference(RouteLine& line) {
  const std::string_view word = line.words.word();
  if (word == "low" || word == "3") line.route.router_preference = std::uint8_t{ICMPV6_ROUTER_PREF_LOW};
  else if (word == "medium" || word == "0") line.route.router_preference = std::uint8_t{ICMPV6_ROUTER_PREF_MEDIUM};
  else if (word == "high" || word == "1") line.route.router_preference = std::uint8_t{ICMPV6_ROUTER_PREF_HIGH};
  else line.words.fail("Invalid pref value " + line.words.text() + " specified for route");
}

void read_interface(RouteLine& line) {
  if (is_known_interface(line.words, "VROUTE nexthop")) line.route.interface = line.words.text();
}

constexpr auto kRouteWords = std::to_array<LineWord<RouteLine>>({
    {"to", true, &read_destination, "destination"},
    {"inet", false, [](RouteLine& line) { line.route.family = AF_INET; }, "IPv4"},
    {"inet6", false, [](RouteLine& line) { line.route.family = AF_INET6; }, "IPv6"},
    {"via", true, &read_gateway, "gateway"},
    {"gw", true, [](RouteLine& line) {
       line.in().complain("\"gw\" for routes is deprecated. Please use \"via\"", line.words.at - 1, Complaint::Deprecated);
       read_gateway(line);
     }, "gateway"},
    {"dev", true, &read_interface, "interface"},
    {"oif", true, &read_interface, "interface"},
    {"src", true, &read_source, "preferred source"},
    {"from", true, &read_from, "source of packets, IPv6"},
    {"metric", true, &read_priority, "lowest wins"},
    {"priority", true, &read_priority, "lowest wins"},
    {"preference", true, &read_priority, "lowest wins"},
    {"table", true, [](RouteLine& line) {
       if (const auto table = named_number(line, "rt_tables", 0xffffffff)) line.route.table = *table;
       else line.words.fail("Routing table " + line.words.text() + " not found for route");
     }, "routing table"},
    {"vrf", true, [](RouteLine& line) {
       if (const auto table = line.system().find_vrf_table(line.words.word())) line.route.table = *table;
       else line.words.fail("VRF " + line.words.text() + " not found for route");
     }, "the table of a VRF"},
    {"scope", true, [](RouteLine& line) {
       const auto scope = named_number(line, "rt_scopes", 255);
       if (!scope) return line.words.fail("Scope " + line.words.text() + " not found or invalid for route");
       line.route.scope = static_cast<std::uint8_t>(*scope);
       line.route.scope_given = true;
     }, "how far away the destination is"},
    {"protocol", true, [](RouteLine& line) {
       if (const auto protocol = named_number(line, "rt_protos", 255)) line.route.protocol = static_cast<std::uint8_t>(*protocol);
       else line.words.fail("Protocol " + line.words.text() + " not found or invalid for route");
     }, "who made the route"},
    {"tos", true, &read_tos, "type of service"},
    {"dsfield", true, &read_tos, "type of service"},
    {"congctl", true, &read_congestion_control, "[lock] congestion control"},
    {"features", true, &read_features, "ecn"},
    {"realms", true, [](RouteLine& line) {
       if (const auto realms = read_realms(line.words)) line.route.realms = *realms;
       else line.words.fail("Invalid realms " + line.words.text() + " for route");
     }, "A or A/B"},
    {"expires", true, [](RouteLine& line) {
       if (const auto value = line.in().number(line.words.at, 0, kMostUnsigned)) line.route.expires_s = static_cast<std::uint32_t>(*value);
       else line.words.fail("Invalid expires time " + line.words.text() + " specified for route");
     }, "seconds, IPv6"},
    {"pref", true, &read_router_preference, "low, medium, high: IPv6"},
    {"ttl-propagate", true, [](RouteLine& line) {
       if (line.words.word() == "enabled") line.route.ttl_propagate = std::uint8_t{1};
       else if (line.words.word() == "disabled") line.route.ttl_propagate = std::uint8_t{0};
       else line.words.fail("ttl-propagate value " + line.words.text() + " not recognised");
     }, "enabled or disabled: MPLS"},
    {"encap", false, [](RouteLine& line) { line.route.encapsulation = read_encapsulation(line.words); }, "mpls, ip, ip6, ila"},
    {"onlink", false, [](RouteLine& line) { line.route.onlink = true; }, "the gateway is on the link"},
    {"or", true, &read_second_gateway, "old form of a second gateway"},
    {"as", true, [](RouteLine& line) {
       if (line.words.word() == "to" && !line.words.take_value()) return;
       line.in().complain("\"as to\" for MPLS only - ignoring", line.words.at);
     }, "of MPLS routes"},
    {"add", false, [](RouteLine& line) { line.route.how = IpRoute::How::Add; }, "only when there is none"},
    {"append", false, [](RouteLine& line) { line.route.how = IpRoute::How::Append; }, "behind the others"},
    {"prepend", false, [](RouteLine& line) { line.route.how = IpRoute::How::Prepend; }, "before the others"},
    {"no_track", false, [](RouteLine& line) { line.route.tracked = false; }, "its loss is no matter"},
    {"track_group", true, [](RouteLine& line) { line.route.track_group = line.words.text(); }, "static: instances that its loss faults"},
});

void read_type(RouteLine& line) {
  const auto number = lib::base::parse_number<unsigned>(line.words.word());
  if (number && *number <= RTN_MAX) line.route.type = static_cast<std::uint8_t>(*number);
  bool found = number && *number <= RTN_MAX;
  for (const RouteType& type : kRouteTypes) {
    if (type.name != line.words.word()) continue;
    line.route.type = type.value;
    found = true;
  }
  if (found) (void)line.words.take_value();  // a type alone is no route
}

/// A word of the table, a metric, or else the destination.
void read_word(RouteLine& line) {
  if (line.words.word() == "nexthop") return read_next_hops(line);
  if (read_line_word(kRouteWords, line) || read_metric(line)) return;
  if (take_destination(line)) {
    ++line.words.at;
    return;
  }
  std::array<std::string_view, kRouteWords.size() + kMetrics.size()> names;
  for (std::size_t i = 0; i < kRouteWords.size(); ++i) names[i] = kRouteWords[i].name;
  for (std::size_t i = 0; i < kMetrics.size(); ++i) names[kRouteWords.size() + i] = kMetrics[i].name;
  line.words.fail_unknown("unknown route keyword " + line.words.text(), names);
}

/// What only the whole line tells.
void complete(RouteLine& line, bool is_static) {
  IpRoute& route = line.route;
  Reader& in = line.in();
  const auto fail = [&](std::string message) {
    in.complain(std::move(message), 0);
    line.words.good = false;
  };
  if (!line.has_destination) return fail("Route must have a destination");
  if (route.family == 0) route.family = AF_INET;
  if (route.family != AF_INET6 && route.expires_s) return fail("expires is only valid for IPv6");
  if (route.family != AF_INET6 && route.router_preference) return fail("pref is only valid for IPv6");
  if (is_static && !route.track_group.empty() && route.interface.empty()) {
    in.complain("Static route cannot have track group if no oif specified", 0);
    route.track_group.clear();
  }
  if (!route.tracked) return;
  if (route.protocol != kOurs) {
    in.complain("Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol", 0);
    route.protocol = kOurs;
  }
  if (!route.interface.empty()) return;
  in.complain("Warning - cannot track route " + line.destination + " with no interface specified, not tracking", 0, Complaint::Warning);
  route.tracked = false;
}

}  // namespace

void read_routes(const Statement& block, Context& context, bool are_static, std::vector<IpRoute>& to) {
  for (const Statement& statement : block.body) {
    if (context.stopped) return;
    Reader in{statement, context};
    RouteLine line{.words = LineWords{in}, .route = {}, .destination = {}};
    line.route.place = in.place(0);
    line.route.text = joined(statement);
    read_type(line);
    while (!line.words.is_done()) read_word(line);
    if (line.words.good) complete(line, are_static);
    if (line.words.good) to.push_back(std::move(line.route));
  }
}

}  // namespace parsers::keepalived
