#include "parsers/keepalived/address_line.h"

#include "lib/base/text.h"

namespace parsers::keepalived {
namespace {

constexpr std::size_t kLongestLabel = 15;  // IFNAMSIZ without its end

/// The address with all host bits set (+) or cleared (-).
Address derive_broadcast(const IpAddress& from, char sign) {
  const std::uint32_t mask = from.prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - from.prefix_length);
  const std::uint32_t bits = from.address.ipv4_bits();
  return Address::ipv4(sign == '+' ? bits | ~mask : bits & mask);
}

/// Words that stand alone.
bool read_flag(std::string_view word, IpAddress& to) {
  const bool v6 = to.address.is_ipv6();
  if (word == "home") to.home = v6;
  else if (word == "-nodad") to.no_dad = false;
  else if (word == "mngtmpaddr") to.managed_temporary = v6;
  else if (word == "noprefixroute") to.no_prefix_route = true;
  else if (word == "autojoin") to.autojoin = true;
  else if (word == "no_track") to.tracked = false;
  else if (word == "use_vmac") to.use_vmac = true;
  else return false;
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

std::optional<IpAddress> read_address_line(Reader& in, bool is_static) {
  IpAddress out;
  out.place = in.place(0);
  const std::string shown = in.text(0);
  const auto host = read_prefix(in, 0);
  if (!host) return std::nullopt;
  out.address = host->base;
  out.prefix_length = host->bits;
  const bool v6 = out.address.is_ipv6();
  out.no_dad = v6;  // adding an address that just left another node must not wait for a probe
  bool lifetime_given = false;
  char derive = 0;
  for (std::size_t i = 1; i < in.size(); ++i) {
    const std::string_view word = in.word(i);
    if (read_flag(word, out)) continue;
    const bool known = word == "dev" || word == "label" || word == "brd" || word == "broadcast" || word == "scope" ||
                       word == "peer" || word == "preferred_lft" || (word == "track_group" && is_static);
    if (!known) {
      in.complain("Unknown configuration entry '" + std::string{word} + "' for ip address - ignoring", i);
      continue;
    }
    if (i + 1 >= in.size()) {
      in.complain("No " + std::string{word} + " parameter specified for " + shown, i);
      return std::nullopt;
    }
    const std::string_view value = in.word(++i);
    if (word == "dev") {
      if (!out.interface.empty()) {
        in.complain("Cannot specify ipaddress interface twice - " + shown, i);
        return std::nullopt;
      }
      out.interface = value;
    } else if (word == "label") {
      if (v6) {
        in.complain("Cannot specify label for IPv6 addresses (" + shown + ") - ignoring label", i);
      } else if (value.size() > kLongestLabel) {
        in.complain("Address label " + std::string{value} + " is longer than maximum length 15 - removing address", i);
        return std::nullopt;
      } else {
        out.label = value;
      }
    } else if (word == "brd" || word == "broadcast") {
      if (v6) {
        in.complain("VRRP is trying to assign a broadcast " + std::string{value} + " to the IPv6 address " + shown +
                        " !!?? WTF... skipping VIP...", i);
        return std::nullopt;
      }
      if (value == "+" || value == "-") derive = value[0];
      else out.broadcast = Address::parse(value);
      if (derive == 0 && (!out.broadcast || !out.broadcast->is_ipv4())) {
        in.complain("VRRP is trying to assign invalid broadcast " + std::string{value} + ". skipping VIP...", i);
        return std::nullopt;
      }
    } else if (word == "scope") {
      const auto scope = in.find_route_name("rt_scopes", value);
      if (v6) in.complain("Cannot specify scope for IPv6 addresses (" + shown + ") - ignoring scope", i);
      else if (!scope || *scope > 255) in.complain("Invalid scope '" + std::string{value} + "' specified for " + shown + " - ignoring", i);
      else {
        out.scope = static_cast<std::uint8_t>(*scope);
        out.scope_given = true;
      }
    } else if (word == "peer") {
      const auto peer = read_prefix(in, i);
      if (!peer || peer->base.family() != out.address.family()) {
        in.complain("Invalid peer address " + std::string{value}, i);
        return std::nullopt;
      }
      if (shown.find('/') != std::string::npos)
        in.complain("Cannot specify address prefix when specifying peer address - ignoring", i);
      out.peer = peer->base;
      out.peer_prefix_length = peer->bits;
      out.prefix_length = peer->bits;
    } else if (word == "preferred_lft") {
      lifetime_given = true;
      const auto lifetime = lib::base::parse_number<std::uint32_t>(value);
      if (value == "forever") out.preferred_lifetime_s.reset();
      else if (lifetime) out.preferred_lifetime_s = *lifetime;
      else in.complain("preferred_lft " + std::string{value} + " is invalid", i);
    } else {
      out.track_group = value;
    }
  }
  if (derive != 0) out.broadcast = derive_broadcast(out, derive);
  if (out.peer) out.broadcast.reset();
  if (v6 && out.prefix_length == 128 && !lifetime_given) out.preferred_lifetime_s = 0;  // never used as a source
  return out;
}

}  // namespace parsers::keepalived
