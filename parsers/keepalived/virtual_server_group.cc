// virtual_server_group: lists of addresses and marks; and the SSL block.
#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/lvs_blocks.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;

using Bits = std::array<std::uint8_t, 16>;

unsigned length_of(const Address& address) { return address.is_ipv6() ? 16 : 4; }

/// An address as bytes in network order; IPv4 has four.
Bits bits_of(const Address& address) {
  Bits out{};
  if (address.is_ipv6()) {
    std::copy_n(std::begin(address.ipv6_bits().s6_addr), 16, out.begin());
  } else {
    for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(address.ipv4_bits() >> (24 - 8 * i));
  }
  return out;
}

Address address_of(const Bits& bits, const Address& like) {
  if (!like.is_ipv6()) return Address::ipv4(std::uint32_t{bits[0]} << 24U | std::uint32_t{bits[1]} << 16U | std::uint32_t{bits[2]} << 8U | bits[3]);
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 2) text += fmt::format("{}{:x}", i == 0 ? "" : ":", bits[i] << 8U | bits[i + 1]);
  return *Address::parse(text);  // eight groups of hex: always an address
}

/// "10.0.0.5-9", "2001:db8::1-5" (the last 16 bits, hex). False: complained.
bool read_short_end(Reader& in, std::string_view end, GroupEntry& to) {
  const bool v6 = to.first.is_ipv6();
  std::uint64_t value = 0;
  const auto [stop, fault] = std::from_chars(end.data(), end.data() + end.size(), value, v6 ? 16 : 10);
  const std::string begin = "Virtual server group range '" + in.text(0) + '\'';
  if (stop != end.data() + end.size() && fault != std::errc::result_out_of_range) {
    in.complain(begin + " has extra characters at end '" + std::string{end} + '\'', 0);
    return false;
  }
  if (fault == std::errc::result_out_of_range || value > (v6 ? 0xffffU : 0xffU)) {
    in.complain(begin + " end '" + std::string{end} + "' too large", 0);
    return false;
  }
  Bits bits = bits_of(to.first);
  const unsigned last = length_of(to.first) - 1;
  const std::uint64_t from = v6 ? std::uint64_t{bits[last - 1]} << 8U | bits[last] : bits[last];
  if (value <= from) {
    in.complain("Address range end is not greater than address range start - " + in.text(0) + " - skipping", 0);
    return false;
  }
  bits[last] = static_cast<std::uint8_t>(value);
  if (v6) bits[last - 1] = static_cast<std::uint8_t>(value >> 8U);
  to.last = address_of(bits, to.first);
  return true;
}

bool read_full_end(Reader& in, const Address& end, GroupEntry& to) {
  if (bits_of(end) < bits_of(to.first)) {
    in.complain("Address range end is less than address range start - " + in.text(0) + " - skipping", 0);
    return false;
  }
  to.last = end;
  return true;
}

/// "10.0.0.4/30": all addresses of the net.
bool read_mask(Reader& in, std::string_view mask, GroupEntry& to) {
  const unsigned most = 8 * length_of(to.first);
  const auto length = lib::base::parse_number<unsigned>(mask);
  if (!length || *length == 0 || *length > most) {
    in.complain("Invalid netmask - " + in.text(0) + " - skipping", 0);
    return false;
  }
  Bits bits = bits_of(to.first);
  bool empty = true;
  for (unsigned bit = *length; bit < most; ++bit) {
    const auto one = static_cast<std::uint8_t>(0x80U >> bit % 8);
    empty &= (bits[bit / 8] & one) == 0;
    bits[bit / 8] |= one;
  }
  if (!empty) in.complain("Address mask bits not empty - " + in.text(0) + " - skipping", 0);
  to.last = address_of(bits, to.first);
  return empty;
}

bool read_addresses(Reader& in, GroupEntry& to) {
  const std::string_view text = in.word(0);
  const std::size_t mark = text.find_first_of("-/");
  const auto first = Address::parse(text.substr(0, mark));
  const std::string_view rest = mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
  const auto full_end = mark != std::string_view::npos && text[mark] == '-' ? Address::parse(rest) : std::nullopt;
  const bool mixed = first && full_end && full_end->is_ip() && full_end->family() != first->family();
  const auto port = first && !mixed && in.size() > 1 ? read_port(in, 1) : 0;
  if (!first || !first->is_ip() || mixed || !port) {
    in.complain("Invalid virtual server group IP address " + in.text(0) + (in.size() > 1 ? " /port/" + in.text(1) : " ") + " - skipping", 0);
    return false;
  }
  to.first = to.last = *first;
  to.family = static_cast<std::uint8_t>(first->family());
  if (mark != std::string_view::npos) {
    const bool good = text[mark] == '/' ? read_mask(in, rest, to)
                      : full_end && full_end->is_ip() && rest.find_first_of(".:") != std::string_view::npos ? read_full_end(in, *full_end, to)
                                                                                                         : read_short_end(in, rest, to);
    if (!good) return false;
  }
  to.first.set_port(*port);
  to.last.set_port(*port);
  return true;
}

bool read_mark(Reader& in, const std::string& group, GroupEntry& to) {
  to.kind = GroupEntry::Kind::Fwmark;
  if (!has_arguments(in.statement(), 1, in.context())) return false;
  const auto mark = in.number(1, 0, kMostUnsigned);
  if (!mark) {
    in.complain('(' + group + "): fwmark '" + in.text(1) + "' must be in [0, 4294967295] - ignoring");
    return false;
  }
  to.fwmark = static_cast<std::uint32_t>(*mark);
  if (in.size() < 3) return true;
  if (in.word(2) == "inet") to.family = AF_INET;
  else if (in.word(2) == "inet6") to.family = AF_INET6;
  else in.complain('(' + group + "): fwmark '" + in.text(1) + "' family " + in.text(2) + " unknown - ignoring", 2);
  return to.family != 0;
}

// ---- SSL

template <std::string TlsClient::* Field>
void read_tls(TlsClient& to, Reader& in) {
  if (in.size() < 2) return in.complain("SSL " + in.text(0) + " missing", 0);
  std::string& value = to.*Field;
  if (!value.empty()) in.complain("Duplicate SSL - overwriting " + value + " with " + in.text(1));
  value = in.text(1);
}

constexpr auto kSslKeywords = std::to_array<Keyword<TlsClient>>({
    {"password", 0, &read_tls<&TlsClient::password>, "TEXT", "Password of the key."},
    {"ca", 0, &read_tls<&TlsClient::ca>, "PATH", "File of authorities; with it servers' certificates are verified."},
    {"certificate", 0, &read_tls<&TlsClient::certificate>, "PATH", "Our certificate."},
    {"key", 0, &read_tls<&TlsClient::key>, "PATH", "Its key."},
});

}  // namespace

void read_virtual_server_group(const Statement& block, Context& context) {
  VirtualServerGroup group;
  group.name = block.word(1);
  group.place = block.place(1);
  for (const Statement& line : block.body) {
    if (context.stopped) return;
    Reader in{line, context};
    GroupEntry entry;
    entry.place = in.place(0);
    if (in.word(0) == "fwmark" ? read_mark(in, group.name, entry) : read_addresses(in, entry)) group.entries.push_back(std::move(entry));
  }
  const std::string begin = "virtual server group " + group.name;
  if (group.entries.empty()) return context.findings.at_end(Complaint::General, block, begin + " has no entries - removing");
  const auto has = [&](std::uint8_t family) {
    return std::any_of(group.entries.begin(), group.entries.end(), [&](const GroupEntry& each) { return each.family == family; });
  };
  if (has(AF_INET) && has(AF_INET6) && has(0))
    return context.findings.at_end(Complaint::General, block, begin + " cannot have IPv4, IPv6 and fwmark without family - removing");
  // A mark without a family is of the one that the addresses have.
  for (GroupEntry& each : group.entries)
    if (each.family == 0 && has(AF_INET) != has(AF_INET6)) each.family = has(AF_INET6) ? AF_INET6 : AF_INET;
  context.config.lvs.groups.push_back(std::move(group));
}

void read_ssl(const Statement& block, Context& context) {
  TlsClient& tls = context.config.lvs.tls;
  if (!tls.password.empty() || !tls.ca.empty() || !tls.certificate.empty() || !tls.key.empty()) {
    context.findings.at(Complaint::General, block.whole(), "SSL context already specified - replacing");
    tls = TlsClient{};
  }
  read_block(kSslKeywords, tls, block, context);
}

void list_tls_keywords(KeywordList& list) {
  list_rows(list, "SSL", kSslKeywords);
}

}  // namespace parsers::keepalived
