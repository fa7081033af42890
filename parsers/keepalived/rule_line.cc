// Lines of virtual_rules and static_rules (keepalived.conf(5), ip-rule(8)).
#include "parsers/keepalived/rule_line.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstdlib>

#include "lib/base/text.h"
#include "parsers/keepalived/address_line.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/line_words.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;
constexpr std::uint8_t kOurs = 18;               // RTPROT_KEEPALIVED

struct Action {
  std::string_view name;
  std::uint8_t value;  // FR_ACT_*, which are RTN_* for these
};
constexpr auto kActions = std::to_array<Action>({{"blackhole", FR_ACT_BLACKHOLE}, {"unreachable", FR_ACT_UNREACHABLE}, {"prohibit", FR_ACT_PROHIBIT}});

struct IpProtocol {
  std::string_view name;
  std::uint8_t number;
};
constexpr auto kIpProtocols = std::to_array<IpProtocol>({{"icmp", 1}, {"igmp", 2}, {"ipip", 4}, {"tcp", 6}, {"udp", 17}, {"dccp", 33}, {"ipv6", 41},
    {"gre", 47}, {"esp", 50}, {"ah", 51}, {"ipv6-icmp", 58}, {"icmpv6", 58}, {"ospf", 89}, {"vrrp", 112}, {"l2tp", 115}, {"sctp", 132}, {"udplite", 136}});

/// One line while it is read.
struct RuleLine {
  LineWords words;
  IpRule rule;
  bool has_action = false, has_priority = false;

  Reader& in() { return words.in; }
  /// One action a rule.
  void act(std::uint8_t action) {
    if (has_action) return words.fail("Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule");
    has_action = true;
    rule.action = action;
  }
};

// ---- selectors

void read_address(RuleLine& line, std::optional<Address>& to, std::uint8_t& length) {
  const std::string_view word = line.words.word();
  if (word == "default" || word == "any" || word == "all") return;
  const auto prefix = read_prefix(line.in(), line.words.at);
  if (!prefix) return line.words.fail("Invalid rule " + line.in().text(line.words.at - 1) + " address " + line.words.text());
  if (line.rule.family != 0 && line.rule.family != prefix->base.family()) return line.words.fail("rule specification has mixed IPv4 and IPv6");
  line.rule.family = static_cast<std::uint8_t>(prefix->base.family());
  to = prefix->base;
  length = prefix->bits;
}

/// A number in any base, all of the text.
std::optional<std::uint32_t> any_base(std::string_view text) {
  const std::string digits{text};
  char* end = nullptr;
  const unsigned long value = std::strtoul(digits.c_str(), &end, 0);
  if (digits.empty() || *end != '\0' || digits[0] == '-' || value > 0xffffffffUL) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

void read_mark(RuleLine& line) {
  const std::string_view text = line.words.word();
  const std::size_t slash = text.find('/');
  const auto mark = any_base(text.substr(0, slash));
  const auto mask = slash == std::string_view::npos ? std::optional<std::uint32_t>{0} : any_base(text.substr(slash + 1));
  if (!mark || !mask) return line.words.fail("Invalid rule fwmark " + line.words.text() + " specified");
  line.rule.fwmark = *mark;
  if (slash != std::string_view::npos) line.rule.fwmark_mask = *mask;
}

void read_tos(RuleLine& line) {
  const auto tos = line.in().find_route_name("rt_dsfield", line.words.word());
  if (!tos || *tos > 255) return line.words.fail("TOS value " + line.words.text() + " is invalid");
  line.rule.tos = static_cast<std::uint8_t>(*tos);
}

void read_in_interface(RuleLine& line) {
  if (is_known_interface(line.words, "rule")) line.rule.in_interface = line.words.text();
}

/// A-B. The original takes an end before the begin, and the kernel refuses it: so do we, here.
template <class Number>
std::optional<std::pair<Number, Number>> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = lib::base::parse_number<Number>(text.substr(0, dash));
  const auto last = lib::base::parse_number<Number>(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair{*first, *last};
}

void read_ports(RuleLine& line, std::optional<std::pair<std::uint16_t, std::uint16_t>>& to) {
  to = parse_range<std::uint16_t>(line.words.word());
  if (!to) line.words.fail("invalid " + line.in().text(line.words.at - 1) + " range " + line.words.text());
}

void read_ip_protocol(RuleLine& line) {
  std::string name;
  for (const char c : line.words.word()) name += lib::base::to_lower(c);
  if (const auto number = lib::base::parse_number<std::uint8_t>(name)) line.rule.ip_protocol = *number;
  for (const IpProtocol& each : kIpProtocols)
    if (each.name == name) line.rule.ip_protocol = each.number;
  if (line.rule.ip_protocol == 0) line.words.fail("Invalid ipproto " + line.words.text());
}

// ---- actions

void read_table(RuleLine& line) {
  const auto table = line.in().find_route_name("rt_tables", line.words.word());
  if (!table) return line.words.fail("Routing table " + line.words.text() + " not found for rule");
  if (*table == 0) return line.words.fail("Table 0 is not valid");
  line.act(FR_ACT_TO_TBL);
  line.rule.table = *table;
}

void read_goto(RuleLine& line) {
  const auto target = line.in().number(line.words.at, 0, kMostUnsigned);
  if (!target) return line.words.fail("Invalid target goto specified");
  line.act(FR_ACT_GOTO);
  line.rule.goto_priority = static_cast<std::uint32_t>(*target);
}

void read_type(RuleLine& line) {
  const auto number = lib::base::parse_number<std::uint8_t>(line.words.word());
  for (const Action& each : kActions)
    if (each.name == line.words.word() || each.value == number) return line.act(each.value);
  line.words.fail("Invalid rule action " + line.words.text());
}

// ---- everything else

void read_priority(RuleLine& line) {
  const auto value = line.in().number(line.words.at, 0, kMostUnsigned);
  if (!value) return line.words.fail("Invalid rule preference " + line.in().text(line.words.at - 1) + " specified");
  line.rule.priority = static_cast<std::uint32_t>(*value);
  line.has_priority = true;
}

void read_suppressed_length(RuleLine& line) {
  const auto value = line.in().number(line.words.at, 0, 2147483647);
  if (!value) return line.words.fail("Invalid suppress_prefixlength " + line.in().text(line.words.at - 1) + " specified");
  line.rule.suppress_prefix_length = static_cast<std::uint32_t>(*value);
}

void read_suppressed_group(RuleLine& line) {
  const auto group = line.in().find_route_name("group", line.words.word());
  if (!group) return line.words.fail("suppress_group " + line.words.text() + " is invalid");
  line.rule.suppress_interface_group = *group;
}

constexpr auto kRuleWords = std::to_array<LineWord<RuleLine>>({
    {"inet", false, [](RuleLine& line) { line.rule.family = AF_INET; }, "", "IPv4."},
    {"inet6", false, [](RuleLine& line) { line.rule.family = AF_INET6; }, "", "IPv6."},
    {"not", false, [](RuleLine& line) { line.rule.inverted = true; }, "", "Packets that do not match."},
    {"from", true, [](RuleLine& line) { read_address(line, line.rule.from, line.rule.from_length); }, "ADDRESS[/LENGTH]|all|any", "Their source."},
    {"to", true, [](RuleLine& line) { read_address(line, line.rule.to, line.rule.to_length); }, "ADDRESS[/LENGTH]|all|any", "Their destination."},
    {"tos", true, &read_tos, "TOS", "Their type of service."},
    {"dsfield", true, &read_tos, "TOS", "The same as tos."},
    {"fwmark", true, &read_mark, "MARK[/MASK]", "Their firewall mark."},
    {"iif", true, &read_in_interface, "INTERFACE", "Where they came in."},
    {"dev", true, &read_in_interface, "INTERFACE", "The same as iif."},
    {"oif", true, [](RuleLine& line) { if (is_known_interface(line.words, "rule")) line.rule.out_interface = line.words.text(); }, "INTERFACE", "What their socket is bound to."},
    {"uidrange", true, [](RuleLine& line) {
       line.rule.uid_range = parse_range<std::uint32_t>(line.words.word());
       if (!line.rule.uid_range) line.words.fail("Invalid uidrange " + line.in().text(line.words.at - 1) + " specified");
     }, "LOW-HIGH", "Users whose sockets sent them."},
    {"tunnel-id", true, [](RuleLine& line) {
       const auto id = line.in().number(line.words.at, 0, kMostUnsigned);
       if (id) line.rule.tunnel_id = static_cast<std::uint64_t>(*id);
       else line.words.fail("Invalid tunnel-id " + line.in().text(line.words.at - 1) + " specified");
     }, "NUMBER", "The tunnel that they came through."},
    {"ipproto", true, &read_ip_protocol, "PROTOCOL", "Their protocol, by name or number."},
    {"sport", true, [](RuleLine& line) { read_ports(line, line.rule.source_ports); }, "LOW-HIGH", "Their source port."},
    {"dport", true, [](RuleLine& line) { read_ports(line, line.rule.destination_ports); }, "LOW-HIGH", "Their destination port."},
    {"table", true, &read_table, "TABLE", "Action: look into that table, by name or number, not 0."},
    {"lookup", true, &read_table, "TABLE", "The same as table."},
    {"goto", true, &read_goto, "PRIORITY", "Action: go on at that rule."},
    {"nop", false, [](RuleLine& line) { line.act(FR_ACT_NOP); }, "", "Action: none."},
    {"blackhole", false, [](RuleLine& line) { line.act(FR_ACT_BLACKHOLE); }, "", "Action: drop without a word."},
    {"unreachable", false, [](RuleLine& line) { line.act(FR_ACT_UNREACHABLE); }, "", "Action: refuse as unreachable."},
    {"prohibit", false, [](RuleLine& line) { line.act(FR_ACT_PROHIBIT); }, "", "Action: refuse as forbidden."},
    {"type", true, &read_type, "ACTION", "Action by its name or number."},
    {"l3mdev", false, [](RuleLine& line) {
       line.act(FR_ACT_TO_TBL);
       line.rule.l3mdev = true;
     }, "", "Action: look into the table of the interface's VRF."},
    {"realms", true, [](RuleLine& line) {
       if (const auto realms = read_realms(line.words)) line.rule.realms = *realms;
       else line.words.fail("invalid realms " + line.words.text() + " for rule");
     }, "REALM[/REALM]", "Realms that they get."},
    {"suppress_prefixlength", true, &read_suppressed_length, "LENGTH", "Routes of at most this prefix length do not count."},
    {"sup_pl", true, &read_suppressed_length, "LENGTH", "The same as suppress_prefixlength."},
    {"suppress_ifgroup", true, &read_suppressed_group, "GROUP", "Routes by interfaces of this group do not count."},
    {"sup_group", true, &read_suppressed_group, "GROUP", "The same as suppress_ifgroup."},
    {"preference", true, &read_priority, "NUMBER", "The lowest rule is first. Default: from 16384 downwards."},
    {"order", true, &read_priority, "NUMBER", "The same as preference."},
    {"priority", true, &read_priority, "NUMBER", "The same as preference."},
    {"protocol", true, [](RuleLine& line) {
       const auto value = line.in().number(line.words.at, 0, 255);
       if (value) line.rule.protocol = static_cast<std::uint8_t>(*value);
       else line.words.fail("Invalid protocol " + line.words.text());
     }, "PROTOCOL", "Who made the rule. Default: keepalived (18)."},
    {"no_track", false, [](RuleLine& line) { line.rule.tracked = false; }, "", "Its loss does not matter. Default: it faults the instance."},
    {"track_group", true, [](RuleLine& line) { line.rule.track_group = line.words.text(); }, "NAME", "Of static_rules: the track_group that its loss faults."},
});

/// What only the whole line tells.
void complete(RuleLine& line, bool is_static) {
  IpRule& rule = line.rule;
  Reader& in = line.in();
  const auto fail = [&](std::string message) {
    in.complain(std::move(message), 0);
    line.words.good = false;
  };
  if (rule.family == 0) rule.family = AF_INET;
  if (!line.has_action) return fail("No action specified for rule - ignoring");
  const bool is_suppressed = rule.suppress_prefix_length || rule.suppress_interface_group || rule.realms;
  if (is_suppressed && rule.action != FR_ACT_TO_TBL) return fail("suppressor/realm specified for non table action - skipping");
  if (rule.goto_priority && line.has_priority && rule.priority >= *rule.goto_priority)
    return fail("Invalid rule - preference " + std::to_string(rule.priority) + " >= goto target " + std::to_string(*rule.goto_priority));
  if (rule.tracked && rule.protocol != kOurs) {
    in.complain("Rule cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol", 0);
    rule.protocol = kOurs;
  }
  if (!is_static || rule.track_group.empty() || !rule.in_interface.empty()) return;
  in.complain("Static rule cannot have track_group if dev/iif not specified", 0);
  rule.track_group.clear();
}

std::optional<IpRule> read_rule(Reader& in, bool is_static) {
  RuleLine line{.words = LineWords{in}, .rule = {}};
  line.rule.place = in.place(0);
  for (const Word& word : in.statement().words) line.rule.text += (line.rule.text.empty() ? "" : " ") + word.text;
  std::array<std::string_view, kRuleWords.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kRuleWords[i].name;
  while (!line.words.is_done())
    if (!read_line_word(kRuleWords, line)) line.words.fail_unknown("Unknown rule option " + line.words.text(), names);
  if (line.words.good) complete(line, is_static);
  if (!line.words.good) return std::nullopt;
  if (!line.has_priority) {
    Context& context = in.context();
    line.rule.priority = (line.rule.family == AF_INET6 ? context.next_rule_priority6 : context.next_rule_priority4)--;
    in.complain("Rule has no preference specified - setting to " + std::to_string(line.rule.priority) + ". This is probably not what you want.", 0);
  }
  return line.rule;
}

}  // namespace

void read_rules(const Statement& block, Context& context, bool are_static, std::vector<IpRule>& to) {
  for (const Statement& statement : block.body) {
    if (context.stopped) return;
    Reader in{statement, context};
    if (auto rule = read_rule(in, are_static)) to.push_back(std::move(*rule));
  }
}

void list_rule_words(KeywordList& list) {
  list_rows(list, "RULE-LINE", kRuleWords);
}

}  // namespace parsers::keepalived
