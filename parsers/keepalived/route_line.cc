// Lines of virtual_routes and static_routes (keepalived.conf(5), ip-route(8)).
#include "parsers/keepalived/route_line.h"

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>

#include <array>

#include "lib/base/text.h"
#include "parsers/keepalived/address_line.h"
#include "parsers/keepalived/keyword_list.h"
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
    {"via", true, &read_hop_gateway, "ADDRESS", "Of a nexthop: the gateway."},
    {"dev", true, [](RouteLine& line) { if (is_known_interface(line.words, "VROUTE nexthop")) last_hop(line).interface = line.words.text(); }, "INTERFACE", "Of a nexthop: the interface to send by."},
    {"oif", true, [](RouteLine& line) { if (is_known_interface(line.words, "VROUTE nexthop")) last_hop(line).interface = line.words.text(); }, "INTERFACE", "The same as dev."},
    {"weight", true, &read_weight, "NUMBER", "Of a nexthop: its share, 1 to 256."},
    {"onlink", false, [](RouteLine& line) { last_hop(line).onlink = true; }, "", "Of a nexthop: the gateway is on the link."},
    {"encap", false, [](RouteLine& line) { last_hop(line).encapsulation = read_encapsulation(line.words); }, "mpls|ip|ip6|ila ...", "Of a nexthop: packets go into a tunnel."},
    {"realms", true, [](RouteLine& line) {
       if (const auto realms = read_realms(line.words)) last_hop(line).realms = *realms;
       else line.words.fail("Invalid realms " + line.words.text() + " for nexthop");
     }, "REALM[/REALM]", "Of a nexthop: its realms."},
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
  std::string_view usage, meaning;
  const char* complaint;   // before and after the word
  const char* tail;
  std::int64_t most = kMostUnsigned;
  bool may_lock = true;
  Unit unit = Unit::Number;
};
constexpr auto kMetrics = std::to_array<Metric>({
    {"mtu", RTAX_MTU, "[lock] BYTES", "Largest packet.", "MTU", " specified"},
    {"advmss", RTAX_ADVMSS, "[lock] BYTES", "TCP segment size that is announced.", "advmss", " specified"},
    {"rtt", RTAX_RTT, "[lock] TIME", "First guess of the round trip: a number with s or ms, or bare in eighths of milliseconds.", "rtt", "", kMostUnsigned, true, Unit::EighthsOfMs},
    {"rttvar", RTAX_RTTVAR, "[lock] TIME", "First guess of its variation: a number with s or ms, or bare in quarters of milliseconds.", "rttvar", "", kMostUnsigned, true, Unit::QuartersOfMs},
    {"rto_min", RTAX_RTO_MIN, "[lock] TIME", "Shortest retransmission timeout: a number with s or ms, or bare in milliseconds.", "rto_min value", " specified", kMostUnsigned, true, Unit::Ms},
    {"reordering", RTAX_REORDERING, "[lock] NUMBER", "Packets by which TCP expects reordering at first.", "reordering value", " specified"},
    {"cwnd", RTAX_CWND, "[lock] PACKETS", "Limit of the congestion window.", "cwnd value", " specified"},
    {"ssthresh", RTAX_SSTHRESH, "[lock] PACKETS", "First slow start threshold.", "ssthresh value", " specified"},
    {"hoplimit", RTAX_HOPLIMIT, "0-255", "Hop limit of its packets.", "hoplimit", " specified", 255, false},
    {"window", RTAX_WINDOW, "BYTES", "Largest TCP window that is announced.", "window value", " specified", kMostUnsigned, false},
    {"initcwnd", RTAX_INITCWND, "PACKETS", "First congestion window.", "initcwnd value", " specified", kMostUnsigned, false},
    {"initrwnd", RTAX_INITRWND, "PACKETS", "First receive window.", "initrwnd value", " specified", kMostUnsigned, false},
    {"quickack", RTAX_QUICKACK, "0|1", "Whether acknowledgements are sent at once.", "quickack value", " specified", 1, false},
    {"fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, "0|1", "TCP fast open without a cookie.", "fastopen_no_cookie value", " specified", 1, false},
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
    {"to", true, &read_destination, "DESTINATION", "The destination, also without this word: ADDRESS/LENGTH or default; a type may stand before it (unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit, throw, nat)."},
    {"inet", false, [](RouteLine& line) { line.route.family = AF_INET; }, "", "IPv4, before a destination that does not tell."},
    {"inet6", false, [](RouteLine& line) { line.route.family = AF_INET6; }, "", "IPv6, before a destination that does not tell."},
    {"via", true, &read_gateway, "ADDRESS", "The gateway."},
    {"gw", true, [](RouteLine& line) {
       line.in().complain("\"gw\" for routes is deprecated. Please use \"via\"", line.words.at - 1, Complaint::Deprecated);
       read_gateway(line);
     }, "ADDRESS", "Old name of via."},
    {"dev", true, &read_interface, "INTERFACE", "The interface to send by; tracked."},
    {"oif", true, &read_interface, "INTERFACE", "The same as dev."},
    {"src", true, &read_source, "ADDRESS", "Source of packets of our own."},
    {"from", true, &read_from, "ADDRESS/LENGTH", "IPv6: only packets from there."},
    {"metric", true, &read_priority, "NUMBER", "Of several routes the lowest wins."},
    {"priority", true, &read_priority, "NUMBER", "The same as metric."},
    {"preference", true, &read_priority, "NUMBER", "The same as metric."},
    {"table", true, [](RouteLine& line) {
       if (const auto table = named_number(line, "rt_tables", 0xffffffff)) line.route.table = *table;
       else line.words.fail("Routing table " + line.words.text() + " not found for route");
     }, "TABLE", "The routing table, by name or number. Default: main."},
    {"vrf", true, [](RouteLine& line) {
       if (const auto table = line.system().find_vrf_table(line.words.word())) line.route.table = *table;
       else line.words.fail("VRF " + line.words.text() + " not found for route");
     }, "INTERFACE", "The table of that VRF."},
    {"scope", true, [](RouteLine& line) {
       const auto scope = named_number(line, "rt_scopes", 255);
       if (!scope) return line.words.fail("Scope " + line.words.text() + " not found or invalid for route");
       line.route.scope = static_cast<std::uint8_t>(*scope);
       line.route.scope_given = true;
     }, "SCOPE", "How far away the destination is, by name or number."},
    {"protocol", true, [](RouteLine& line) {
       if (const auto protocol = named_number(line, "rt_protos", 255)) line.route.protocol = static_cast<std::uint8_t>(*protocol);
       else line.words.fail("Protocol " + line.words.text() + " not found or invalid for route");
     }, "PROTOCOL", "Who made the route, by name or number. Default: keepalived (18); another one only with no_track."},
    {"tos", true, &read_tos, "TOS", "Type of service of its packets."},
    {"dsfield", true, &read_tos, "TOS", "The same as tos."},
    {"congctl", true, &read_congestion_control, "[lock] NAME", "Congestion control of its connections."},
    {"features", true, &read_features, "ecn", "Explicit congestion notification."},
    {"realms", true, [](RouteLine& line) {
       if (const auto realms = read_realms(line.words)) line.route.realms = *realms;
       else line.words.fail("Invalid realms " + line.words.text() + " for route");
     }, "REALM[/REALM]", "Source and destination realm."},
    {"expires", true, [](RouteLine& line) {
       if (const auto value = line.in().number(line.words.at, 0, kMostUnsigned)) line.route.expires_s = static_cast<std::uint32_t>(*value);
       else line.words.fail("Invalid expires time " + line.words.text() + " specified for route");
     }, "SECONDS", "IPv6: the route goes by itself."},
    {"pref", true, &read_router_preference, "low|medium|high", "IPv6: a router's preference."},
    {"ttl-propagate", true, [](RouteLine& line) {
       if (line.words.word() == "enabled") line.route.ttl_propagate = std::uint8_t{1};
       else if (line.words.word() == "disabled") line.route.ttl_propagate = std::uint8_t{0};
       else line.words.fail("ttl-propagate value " + line.words.text() + " not recognised");
     }, "enabled|disabled", "Whether MPLS takes the packet's TTL."},
    {"encap", false, [](RouteLine& line) { line.route.encapsulation = read_encapsulation(line.words); }, "mpls|ip|ip6|ila ...", "Packets go into a tunnel, as ip-route(8) writes it."},
    {"onlink", false, [](RouteLine& line) { line.route.onlink = true; }, "", "The gateway is on the link, whatever its address says."},
    {"or", true, &read_second_gateway, "ADDRESS", "Old form of a second gateway."},
    {"as", true, [](RouteLine& line) {
       if (line.words.word() == "to" && !line.words.take_value()) return;
       line.in().complain("\"as to\" for MPLS only - ignoring", line.words.at);
     }, "...", "As ip-route(8) has it, of MPLS routes."},
    {"add", false, [](RouteLine& line) { line.route.how = IpRoute::How::Add; }, "", "Fail where such a route is there already."},
    {"append", false, [](RouteLine& line) { line.route.how = IpRoute::How::Append; }, "", "Behind such routes."},
    {"prepend", false, [](RouteLine& line) { line.route.how = IpRoute::How::Prepend; }, "", "Before such routes. Default."},
    {"no_track", false, [](RouteLine& line) { line.route.tracked = false; }, "", "Its loss does not matter. Default: it faults the instance."},
    {"track_group", true, [](RouteLine& line) { line.route.track_group = line.words.text(); }, "NAME", "Of static_routes: the track_group that its loss faults."},
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

void list_route_words(KeywordList& list) {
  list_rows(list, "ROUTE-LINE", kRouteWords);
  list_rows(list, "ROUTE-LINE", kMetrics);
  list_rows(list, "nexthop", kNextHopWords);
}

}  // namespace parsers::keepalived
