// Rows that virtual and real servers share.
#include "parsers/keepalived/command.h"
#include "parsers/keepalived/virtual_server_draft.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;
constexpr Duration kLongestTimeout{4'294'967'295};

/// "type TYPE [port N]" from word `at` on; false: complained.
bool read_tunnel_type(Reader& in, std::size_t& at, std::string_view whose, Forwarding& to) {
  const std::string end = " for " + std::string{whose} + " server.";
  if (at + 1 >= in.size()) {
    in.complain("Missing tunnel type" + end, at);
    return false;
  }
  const std::string_view type = in.word(++at);
  if (type == "ipip") to.tunnel = Forwarding::Tunnel::IpIp;
  else if (type == "gue") to.tunnel = Forwarding::Tunnel::Gue;
  else if (type == "gre") to.tunnel = Forwarding::Tunnel::Gre;
  else {
    in.complain("Unknown tunnel type " + std::string{type} + end, at);
    return false;
  }
  return true;
}

bool read_tunnel_port(Reader& in, std::size_t& at, std::string_view whose, Forwarding& to) {
  const std::string begin = " for " + std::string{whose} + " server";
  if (at + 1 >= in.size()) {
    in.complain("Missing port" + begin + " gue tunnel.", at);
    return false;
  }
  const auto port = in.number(++at, 1, 65535);
  if (!port) in.complain("Invalid gue tunnel port " + in.text(at) + begin + '.', at);
  to.tunnel_port = static_cast<std::uint16_t>(port.value_or(0));
  return port.has_value();
}

bool read_tunnel(Reader& in, std::string_view whose, Forwarding& to) {
  for (std::size_t at = 2; at < in.size(); ++at) {
    if (in.word(at) == "type") {
      if (!read_tunnel_type(in, at, whose, to)) return false;
    } else if (in.word(at) == "port") {
      if (!read_tunnel_port(in, at, whose, to)) return false;
    } else if (in.word(at) == "nocsum") {
      to.checksum = Forwarding::Checksum::None;
    } else if (in.word(at) == "csum") {
      to.checksum = Forwarding::Checksum::Plain;
    } else if (in.word(at) == "remcsum") {
      to.checksum = Forwarding::Checksum::Remote;
    } else {
      in.complain("Invalid tunnel option " + in.text(at) + " for " + std::string{whose} + " server.", at);
      return false;
    }
  }
  const char* wrong = nullptr;
  if ((to.tunnel == Forwarding::Tunnel::Gue) != (to.tunnel_port != 0)) wrong = "gue tunnels require port, otherwise cannot have port.";
  else if (to.tunnel == Forwarding::Tunnel::IpIp && to.checksum != Forwarding::Checksum::None) wrong = "ipip tunnels do not support checksum option.";
  else if (to.tunnel == Forwarding::Tunnel::Gre && to.checksum == Forwarding::Checksum::Remote) wrong = "gre tunnels do not support remote checksum option.";
  if (wrong != nullptr) in.complain(wrong);
  return wrong == nullptr;
}

}  // namespace

std::optional<Forwarding> read_forwarding(Reader& in, std::string_view whose) {
  Forwarding to;
  if (in.word(1) == "NAT") to.method = Forwarding::Method::Nat;
  else if (in.word(1) == "DR") to.method = Forwarding::Method::Direct;
  else if (in.word(1) == "TUN") to.method = Forwarding::Method::Tunnel;
  else {
    in.complain_with_hint("PARSER : unknown [" + in.text(1) + "] routing method for " + std::string{whose} + " server.", "NAT, DR or TUN, in capitals");
    return std::nullopt;
  }
  // Options of tunnels are read behind NAT and DR, too.
  if (!read_tunnel(in, whose, to)) return std::nullopt;
  return to;
}

std::optional<std::uint16_t> read_port(Reader& in, std::size_t index) {
  if (in.word(index) == "0") return 0;
  const auto port = in.number(index, 1, 65535);
  if (!port) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

void read_given_retry(CheckDefaults& to, Reader& in) {
  if (const auto value = in.number(1, 1, kMostUnsigned)) to.retry = static_cast<unsigned>(*value);
  else in.complain("retry value invalid - " + in.text(1));
}

void read_given_delay_before_retry(CheckDefaults& to, Reader& in, const char* whose) {
  if (const auto value = in.seconds(1, Duration{0}, kNoLimit)) to.delay_before_retry = *value;
  else in.complain(std::string{whose} + " delay before retry '" + in.text(1) + "' invalid - ignoring");
}

void read_given_warmup(CheckDefaults& to, Reader& in, const char* whose) {
  if (const auto value = in.seconds(1, Duration{0}, kNoLimit)) to.warmup = *value;
  else in.complain(std::string{whose} + " warmup '" + in.text(1) + "' invalid - ignoring");
}

void read_given_delay_loop(CheckDefaults& to, Reader& in, const char* whose) {
  const char* const name = std::string_view{whose} == "virtual server" ? " delay loop '" : " delay_loop '";
  if (const auto value = in.seconds(1, Duration{1}, kNoLimit)) to.delay_loop = *value;
  else in.complain(whose + (name + in.text(1)) + "' invalid - ignoring");
}

void read_given_connect_timeout(CheckDefaults& to, Reader& in, const char* whose) {
  if (const auto value = in.seconds(1, Duration{1}, kLongestTimeout)) to.connect_timeout = *value;
  else in.complain(std::string{whose} + " connect_timeout " + in.text(1) + " invalid - ignoring");
}

void read_name(std::string& to, Reader& in, const char* whose) {
  const bool is_label = in.word(0) == "snmp_name";
  if (in.size() < 2 || (is_label && in.size() > 2))
    return in.complain(std::string{whose} + ' ' + in.text(0) + (is_label ? " missing or extra parameters" : " missing"), 0);
  to = in.text(1);
}

void read_check_script(std::optional<Command>& to, Reader& in, const std::string& owner) {
  if (to) return in.complain('(' + owner + ") " + in.text(0) + " script already specified - ignoring " + in.text(1));
  to = read_command(in);
}

}  // namespace parsers::keepalived
