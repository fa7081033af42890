#include "parsers/keepalived/address_line.h"

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/keepalived/keyword_list.h"

namespace parsers::keepalived {
namespace {

constexpr std::size_t kLongestLabel = 15;  // IFNAMSIZ without its end

/// The address with all host bits set (+) or cleared (-).
Address derive_broadcast(const IpAddress& from, char sign) {
  const std::uint32_t mask = from.prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - from.prefix_length);
  const std::uint32_t bits = from.address.ipv4_bits();
  return Address::ipv4(sign == '+' ? bits | ~mask : bits & mask);
}

/// A word that stands alone.
struct AddressFlag {
  std::string_view name;
  void (*set)(IpAddress& to);
  std::string_view usage, meaning;
};
constexpr auto kAddressFlags = std::to_array<AddressFlag>({
    {"home", [](IpAddress& to) { to.home = to.address.is_ipv6(); }, "", "IPv6: a mobile host's home address."},
    {"-nodad", [](IpAddress& to) { to.no_dad = false; }, "", "IPv6: the kernel looks for duplicates first. Default: it does not, so that a take-over need not wait."},
    {"mngtmpaddr", [](IpAddress& to) { to.managed_temporary = to.address.is_ipv6(); }, "", "IPv6: the kernel makes temporary addresses of it."},
    {"noprefixroute", [](IpAddress& to) { to.no_prefix_route = true; }, "", "No route to its network."},
    {"autojoin", [](IpAddress& to) { to.autojoin = true; }, "", "The interface joins this multicast group."},
    {"no_track", [](IpAddress& to) { to.tracked = false; }, "", "Its loss does not matter. Default: it faults the instance."},
    {"use_vmac", [](IpAddress& to) { to.use_vmac = true; }, "", "It gets a macvlan of its own, over its interface."},
});

/// False: it is none of them.
bool read_flag(std::string_view word, IpAddress& to) {
  const auto known = std::find_if(kAddressFlags.begin(), kAddressFlags.end(), [&](const AddressFlag& each) { return each.name == word; });
  if (known == kAddressFlags.end()) return false;
  known->set(to);
  return true;
}

}  // namespace

std::optional<lib::net::Prefix> read_prefix(Reader& in, std::size_t index) {
  const std::string_view text = in.word(index);
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address || !address->is_ip()) {
    in.complain("VRRP parsed invalid IP " + in.text(index) + ". skipping IP...", index);
    return std::nullopt;
  }
  lib::net::Prefix prefix;
  prefix.base = *address;
  const unsigned most = address->is_ipv6() ? 128 : 32;
  prefix.bits = static_cast<std::uint8_t>(most);
  if (slash == std::string_view::npos) return prefix;
  const std::string length{text.substr(slash + 1)};
  const auto bits = lib::base::parse_number<unsigned>(length);
  if (bits && *bits <= most) {
    prefix.bits = static_cast<std::uint8_t>(*bits);
    return prefix;
  }
  const std::string number = '\'' + length + '\'';
  in.complain(bits ? "number " + number + " outside range [0, " + std::to_string(most) + ']' : "invalid number " + number, index, Complaint::Number);
  in.complain("Invalid address prefix len " + length + " for address " + in.text(index) + " - using " + std::to_string(most), index);
  return prefix;
}

namespace {

/// The line while it is read. Each function takes one word's value; false: the whole line is dropped.
struct AddressLine {
  Reader& in;
  std::string shown;
  IpAddress out{};
  bool lifetime_given = false;
  char derive = 0;  // of the broadcast address: '+' or '-'
  bool is_ipv6() const { return out.address.is_ipv6(); }
  bool drop(std::string message, std::size_t index) {
    in.complain(std::move(message), index);
    return false;
  }
};

bool read_interface(AddressLine& line, std::string_view value, std::size_t at) {
  if (!line.out.interface.empty()) return line.drop("Cannot specify ipaddress interface twice - " + line.shown, at);
  line.out.interface = value;
  return true;
}

bool read_label(AddressLine& line, std::string_view value, std::size_t at) {
  if (line.is_ipv6()) {
    line.in.complain("Cannot specify label for IPv6 addresses (" + line.shown + ") - ignoring label", at);
    return true;
  }
  if (value.size() > kLongestLabel) return line.drop("Address label " + std::string{value} + " is longer than maximum length 15 - removing address", at);
  line.out.label = value;
  return true;
}

bool read_broadcast(AddressLine& line, std::string_view value, std::size_t at) {
  if (line.is_ipv6())
    return line.drop("VRRP is trying to assign a broadcast " + std::string{value} + " to the IPv6 address " + line.shown + " !!?? WTF... skipping VIP...", at);
  if (value == "+" || value == "-") line.derive = value[0];
  else line.out.broadcast = Address::parse(value);
  if (line.derive == 0 && (!line.out.broadcast || !line.out.broadcast->is_ipv4()))
    return line.drop("VRRP is trying to assign invalid broadcast " + std::string{value} + ". skipping VIP...", at);
  return true;
}

bool read_scope(AddressLine& line, std::string_view value, std::size_t at) {
  const auto scope = line.in.find_route_name("rt_scopes", value);
  if (line.is_ipv6()) {
    line.in.complain("Cannot specify scope for IPv6 addresses (" + line.shown + ") - ignoring scope", at);
  } else if (!scope || *scope > 255) {
    line.in.complain("Invalid scope '" + std::string{value} + "' specified for " + line.shown + " - ignoring", at);
  } else {
    line.out.scope = static_cast<std::uint8_t>(*scope);
    line.out.scope_given = true;
  }
  return true;
}

bool read_peer(AddressLine& line, std::string_view value, std::size_t at) {
  const auto peer = read_prefix(line.in, at);
  if (!peer || peer->base.family() != line.out.address.family()) return line.drop("Invalid peer address " + std::string{value}, at);
  if (line.shown.find('/') != std::string::npos) line.in.complain("Cannot specify address prefix when specifying peer address - ignoring", at);
  line.out.peer = peer->base;
  line.out.peer_prefix_length = peer->bits;
  line.out.prefix_length = peer->bits;
  return true;
}

bool read_lifetime(AddressLine& line, std::string_view value, std::size_t at) {
  line.lifetime_given = true;
  const auto lifetime = lib::base::parse_number<std::uint32_t>(value);
  if (value == "forever") line.out.preferred_lifetime_s.reset();
  else if (lifetime) line.out.preferred_lifetime_s = *lifetime;
  else line.in.complain("preferred_lft " + std::string{value} + " is invalid", at);
  return true;
}

bool read_track_group(AddressLine& line, std::string_view value, std::size_t) {
  line.out.track_group = value;
  return true;
}

struct AddressWord {
  std::string_view name;
  bool (*read)(AddressLine& line, std::string_view value, std::size_t at);
  std::string_view usage, meaning;
  bool only_static = false;
};
constexpr auto kAddressWords = std::to_array<AddressWord>({
    {"dev", &read_interface, "INTERFACE", "Where it lives; tracked. Default: the instance's interface."},
    {"label", &read_label, "INTERFACE:TEXT", "IPv4: its label, at most 15 characters."},
    {"brd", &read_broadcast, "ADDRESS|+|-", "IPv4: the broadcast address; +: host bits set, -: host bits clear."},
    {"broadcast", &read_broadcast, "ADDRESS|+|-", "The same as brd."},
    {"scope", &read_scope, "SCOPE", "IPv4: how far it is valid, by name or number. Default: global."},
    {"peer", &read_peer, "ADDRESS[/LENGTH]", "The other end of a point-to-point link."},
    {"preferred_lft", &read_lifetime, "SECONDS|forever", "How long it may be a source of connections. Default: forever, for IPv6 with length 128 not at all."},
    {"track_group", &read_track_group, "NAME", "Of static_ipaddress: the track_group that its loss faults.", true},
});

}  // namespace

std::optional<IpAddress> read_address_line(Reader& in, bool is_static) {
  const auto host = read_prefix(in, 0);
  if (!host) return std::nullopt;
  AddressLine line{.in = in, .shown = in.text(0)};
  IpAddress& out = line.out;
  out.place = in.place(0);
  out.address = host->base;
  out.prefix_length = host->bits;
  out.no_dad = line.is_ipv6();  // adding an address that just left another node must not wait for a probe
  for (std::size_t i = 1; i < in.size(); ++i) {
    const std::string word = in.text(i);
    if (read_flag(word, out)) continue;
    const auto known = std::find_if(kAddressWords.begin(), kAddressWords.end(), [&](const AddressWord& each) { return each.name == word && (is_static || !each.only_static); });
    if (known == kAddressWords.end()) {
      in.complain("Unknown configuration entry '" + word + "' for ip address - ignoring", i);
      continue;
    }
    if (i + 1 >= in.size()) {
      in.complain("No " + word + " parameter specified for " + line.shown, i);
      return std::nullopt;
    }
    ++i;
    if (!known->read(line, in.word(i), i)) return std::nullopt;
  }
  if (line.derive != 0) out.broadcast = derive_broadcast(out, line.derive);
  if (out.peer) out.broadcast.reset();
  if (line.is_ipv6() && out.prefix_length == 128 && !line.lifetime_given) out.preferred_lifetime_s = 0;  // never used as a source
  return std::move(line.out);
}

void list_address_words(KeywordList& list) {
  list_rows(list, "ADDRESS-LINE", kAddressWords);
  list_rows(list, "ADDRESS-LINE", kAddressFlags);
}

}  // namespace parsers::keepalived
