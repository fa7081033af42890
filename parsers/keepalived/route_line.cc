#include "parsers/keepalived/route_line.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <array>

#include "lib/base/text.h"

namespace parsers::keepalived {
namespace {

using lib::net::Prefix;

constexpr std::int64_t kMostUnsigned = 4294967295;

struct RouteType {
  std::string_view name;
  std::uint8_t value;
};
constexpr auto kRouteTypes = std::to_array<RouteType>({{"unicast", RTN_UNICAST}, {"local", RTN_LOCAL}, {"broadcast", RTN_BROADCAST},
    {"anycast", RTN_ANYCAST}, {"multicast", RTN_MULTICAST}, {"blackhole", RTN_BLACKHOLE}, {"unreachable", RTN_UNREACHABLE},
    {"prohibit", RTN_PROHIBIT}, {"throw", RTN_THROW}, {"nat", RTN_NAT}});

std::optional<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address || !address->is_ip()) return std::nullopt;
  const unsigned most = address->is_ipv6() ? 128 : 32;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const auto given = lib::base::parse_number<unsigned>(text.substr(slash + 1));
    if (!given || *given > most) return std::nullopt;
    bits = *given;
  }
  Prefix prefix;
  prefix.base = *address;
  prefix.bits = static_cast<std::uint8_t>(bits);
  return prefix;
}

std::string joined(const Statement& line) {
  std::string out;
  for (const Word& word : line.words) out += (out.empty() ? "" : " ") + word.text;
  return out;
}

/// Both families in one line are an error.
bool take_family(std::uint8_t& family, const Address& address, Reader& in, const char* what) {
  if (family == 0) family = static_cast<std::uint8_t>(address.family());
  if (family == address.family()) return true;
  in.complain(std::string{"Cannot mix IPv4 and IPv6 addresses for "} + what, 0);
  return false;
}

/// One route line while it is read: where we are, and whether it still counts.
struct RouteLine {
  IpRoute route;
  bool good = true;
  std::size_t at = 0;
};

void fail(RouteLine& line, Reader& in, std::string message) {
  in.complain(std::move(message), line.at);
  line.good = false;
}

void read_route_destination(RouteLine& line, Reader& in) {
  const std::string_view word = in.word(line.at);
  if (word == "default" || word == "default6") {
    if (word == "default6") line.route.family = AF_INET6;
    return;
  }
  const auto prefix = parse_prefix(word);
  if (!prefix) {
    in.complain("VRRP parsed invalid IP " + std::string{word} + ". skipping IP...", line.at);
    line.good = false;
    return;
  }
  line.good = take_family(line.route.family, prefix->base, in, "route") && line.good;
  line.route.destination = prefix->base;
  line.route.destination_length = prefix->bits;
}

void read_via(RouteLine& line, Reader& in, std::optional<Address>& to) {
  if (in.word(line.at) == "inet" || in.word(line.at) == "inet6") ++line.at;
  const auto address = Address::parse(in.word(line.at));
  if (!address || !address->is_ip()) return fail(line, in, "invalid route via address " + in.text(line.at));
  to = *address;
  line.good = take_family(line.route.family, *address, in, "route") && line.good;
}

std::optional<std::uint32_t> named_number(Reader& in, std::size_t index, const char* file) {
  return in.context().system.find_route_name(file, in.word(index));
}

bool known_interface(RouteLine& line, Reader& in, const char* what) {
  if (in.context().config.global.dynamic_interfaces || in.context().system.find_interface(in.word(line.at))) return true;
  in.complain("WARNING - interface " + in.text(line.at) + " for " + what + " doesn't exist", line.at, Complaint::BadInterface);
  in.context().missing_interface = true;
  line.good = false;
  return false;
}

void read_next_hops(RouteLine& line, Reader& in) {
  while (line.at < in.size() && line.good) {
    const std::string_view word = in.word(line.at);
    if (word == "nexthop") {
      line.route.next_hops.emplace_back();
    } else if (word == "via" && ++line.at < in.size()) {
      read_via(line, in, line.route.next_hops.back().via);
    } else if (word == "dev" && ++line.at < in.size()) {
      if (known_interface(line, in, "VROUTE nexthop")) line.route.next_hops.back().interface = in.text(line.at);
    } else if (word == "weight" && ++line.at < in.size()) {
      if (const auto value = in.number(line.at, 1, 256)) line.route.next_hops.back().weight = static_cast<std::uint8_t>(*value - 1);
    } else if (word == "onlink") {
      line.route.next_hops.back().onlink = true;
    } else {
      fail(line, in, "unknown route nexthop keyword " + std::string{word});
    }
    ++line.at;
  }
}

void read_route_word(RouteLine& line, Reader& in) {
  IpRoute& route = line.route;
  const std::string word = in.text(line.at);
  const auto flag = [&](std::string_view name) { return word == name; };
  if (flag("onlink")) route.onlink = true;
  else if (flag("no_track")) route.tracked = false;
  else if (flag("add")) route.how = IpRoute::How::Add;
  else if (flag("append")) route.how = IpRoute::How::Append;
  else if (flag("prepend")) route.how = IpRoute::How::Prepend;
  else if (flag("nexthop")) return read_next_hops(line, in);
  else if (line.at + 1 >= in.size()) return fail(line, in, "unknown route keyword " + word);
  else {
    ++line.at;
    if (flag("via") || flag("gw")) {
      if (flag("gw")) in.complain("\"gw\" for routes is deprecated. Please use \"via\"", line.at - 1, Complaint::Deprecated);
      read_via(line, in, route.via);
    } else if (flag("dev") || flag("oif")) {
      if (known_interface(line, in, "VROUTE")) route.interface = in.text(line.at);
    } else if (flag("src")) {
      const auto address = Address::parse(in.word(line.at));
      if (!address || !address->is_ip()) return fail(line, in, "invalid route src address " + in.text(line.at));
      route.preferred_source = *address;
      line.good = take_family(route.family, *address, in, "route") && line.good;
    } else if (flag("metric") || flag("priority") || flag("preference")) {
      if (const auto value = in.number(line.at, 0, kMostUnsigned)) route.metric = static_cast<std::uint32_t>(*value);
      else in.complain("Invalid metric " + in.text(line.at) + " specified for route", line.at);
    } else if (flag("table")) {
      const auto table = named_number(in, line.at, "rt_tables");
      if (!table) return fail(line, in, "Routing table " + in.text(line.at) + " not found for route");
      route.table = *table;
    } else if (flag("scope")) {
      const auto scope = named_number(in, line.at, "rt_scopes");
      if (!scope || *scope > 255) return fail(line, in, "Scope " + in.text(line.at) + " not found or invalid for route");
      route.scope = static_cast<std::uint8_t>(*scope);
      route.scope_given = true;
    } else if (flag("protocol")) {
      const auto protocol = named_number(in, line.at, "rt_protos");
      if (!protocol || *protocol > 255) return fail(line, in, "Protocol " + in.text(line.at) + " not found or invalid for route");
      route.protocol = static_cast<std::uint8_t>(*protocol);
    } else if (flag("tos") || flag("dsfield")) {
      const auto tos = named_number(in, line.at, "rt_dsfield");
      if (!tos || *tos > 255) return fail(line, in, "TOS value " + in.text(line.at) + " is invalid");
      route.tos = static_cast<std::uint8_t>(*tos);
    } else if (flag("to")) {
      read_route_destination(line, in);
    } else if (flag("mtu") || flag("advmss")) {
      bool locked = false;
      if (in.word(line.at) == "lock") {
        locked = true;
        ++line.at;
      }
      if (const auto value = in.number(line.at, 0, kMostUnsigned))
        route.metrics.push_back({.kind = static_cast<std::uint16_t>(flag("mtu") ? RTAX_MTU : RTAX_ADVMSS), .value = static_cast<std::uint32_t>(*value), .locked = locked});
    } else if (flag("or")) {
      in.complain("\"or\" for routes is deprecated. Please use \"nexthop\"", line.at - 1, Complaint::Deprecated);
      if (route.next_hops.empty() && route.via) {
        route.next_hops.emplace_back();
        route.next_hops.back().via = route.via;
        route.via.reset();
      }
      route.next_hops.emplace_back();
      read_via(line, in, route.next_hops.back().via);
    } else if (flag("track_group")) {
      route.track_group = in.text(line.at);
    } else {
      --line.at;
      return fail(line, in, "unknown route keyword " + word);
    }
  }
  ++line.at;
}

// ---- rules

void read_rule_prefix(Reader& in, std::size_t at, IpRule& rule, std::optional<Address>& to, std::uint8_t& length, bool& good) {
  const std::string_view word = in.word(at);
  if (word == "default" || word == "any" || word == "all") return;
  const auto prefix = parse_prefix(word);
  if (!prefix) {
    in.complain("Invalid rule " + in.text(at - 1) + " address " + in.text(at), at);
    good = false;
    return;
  }
  if (rule.family != 0 && rule.family != prefix->base.family()) {
    in.complain("rule specification has mixed IPv4 and IPv6", at);
    good = false;
  }
  rule.family = static_cast<std::uint8_t>(prefix->base.family());
  to = prefix->base;
  length = prefix->bits;
}

std::optional<IpRule> read_rule(Reader& in, std::uint32_t& next_priority) {
  IpRule rule;
  rule.place = in.place(0);
  rule.text = joined(in.statement());
  bool good = true, priority_given = false, action_given = false;
  for (std::size_t i = 0; i < in.size() && good; ++i) {
    const std::string word = in.text(i);
    const auto has_value = [&] { return i + 1 < in.size(); };
    if (word == "not") rule.inverted = true;
    else if (word == "inet6") rule.family = AF_INET6;
    else if (word == "inet") rule.family = AF_INET;
    else if (word == "no_track") rule.tracked = false;
    else if (word == "blackhole" || word == "unreachable" || word == "prohibit" || word == "nop") {
      rule.action = word == "blackhole" ? FR_ACT_BLACKHOLE : word == "unreachable" ? FR_ACT_UNREACHABLE : word == "prohibit" ? FR_ACT_PROHIBIT : FR_ACT_NOP;
      action_given = true;
    } else if (!has_value()) {
      in.complain("unknown rule keyword " + word, i);
      good = false;
    } else if (word == "from") read_rule_prefix(in, ++i, rule, rule.from, rule.from_length, good);
    else if (word == "to") read_rule_prefix(in, ++i, rule, rule.to, rule.to_length, good);
    else if (word == "table" || word == "lookup") {
      const auto table = named_number(in, ++i, "rt_tables");
      good = table.has_value();
      if (!good) in.complain("Routing table " + in.text(i) + " not found for rule", i);
      else if (*table == 0) in.complain("Table 0 is not valid", i);
      else rule.table = *table;
      action_given = true;
    } else if (word == "preference" || word == "order" || word == "priority") {
      const auto value = in.number(++i, 0, kMostUnsigned);
      priority_given = value.has_value();
      rule.priority = static_cast<std::uint32_t>(value.value_or(0));
    } else if (word == "fwmark") {
      const std::string_view text = in.word(++i);
      const std::size_t slash = text.find('/');
      char* end = nullptr;
      const std::string mark{text.substr(0, slash)};
      rule.fwmark = static_cast<std::uint32_t>(std::strtoul(mark.c_str(), &end, 0));
      good = !mark.empty() && *end == '\0';
      if (good && slash != std::string_view::npos) {
        const std::string mask{text.substr(slash + 1)};
        rule.fwmark_mask = static_cast<std::uint32_t>(std::strtoul(mask.c_str(), &end, 0));
        good = *end == '\0';
      }
      if (!good) in.complain("Invalid rule fwmark " + std::string{text} + " specified", i);
    } else if (word == "iif" || word == "dev" || word == "oif") {
      ++i;
      if (!in.context().config.global.dynamic_interfaces && !in.context().system.find_interface(in.word(i))) {
        in.complain("WARNING - interface " + in.text(i) + " for rule doesn't exist", i, Complaint::BadInterface);
        in.context().missing_interface = true;
        good = false;
      }
      (word == "oif" ? rule.out_interface : rule.in_interface) = in.text(i);
    } else if (word == "goto") {
      if (const auto value = in.number(++i, 0, kMostUnsigned)) rule.goto_priority = static_cast<std::uint32_t>(*value);
      rule.action = FR_ACT_GOTO;
      action_given = true;
    } else if (word == "track_group") {
      rule.track_group = in.text(++i);
    } else {
      in.complain("unknown rule keyword " + word, i);
      good = false;
    }
  }
  if (!good) return std::nullopt;
  if (rule.family == 0) rule.family = AF_INET;
  if (!action_given) {
    in.complain("No action specified for rule - ignoring", 0);
    return std::nullopt;
  }
  if (!priority_given) {
    rule.priority = next_priority--;
    in.complain("Rule has no preference specified - setting to " + std::to_string(rule.priority) + ". This is probably not what you want.", 0);
  }
  return rule;
}

}  // namespace

void read_routes(const Statement& block, Context& context, bool are_static, std::vector<IpRoute>& to) {
  for (const Statement& statement : block.body) {
    Reader in{statement, context};
    RouteLine line;
    line.route.place = in.place(0);
    line.route.text = joined(statement);
    for (const RouteType& type : kRouteTypes) {
      if (type.name != in.word(0)) continue;
      line.route.type = type.value;
      ++line.at;
    }
    if (in.word(line.at) == "to") ++line.at;
    read_route_destination(line, in);
    ++line.at;
    while (line.at < in.size() && line.good) read_route_word(line, in);
    if (!line.good) continue;
    if (line.route.family == 0) line.route.family = AF_INET;
    if (line.route.tracked && line.route.protocol != 18) {
      in.complain("Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol", 0);
      line.route.protocol = 18;
    }
    if (are_static && !line.route.track_group.empty() && line.route.interface.empty())
      in.complain("Static route cannot have track group if no oif specified", 0);
    to.push_back(std::move(line.route));
  }
}

void read_rules(const Statement& block, Context& context, bool, std::vector<IpRule>& to) {
  std::uint32_t next_priority = 16384;
  for (const Statement& statement : block.body) {
    Reader in{statement, context};
    if (auto rule = read_rule(in, next_priority)) to.push_back(std::move(*rule));
  }
}

}  // namespace parsers::keepalived
