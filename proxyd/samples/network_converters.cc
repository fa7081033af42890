// Addresses, Host values, names of proxies and servers.
#include <array>
#include <cstring>

#include "lib/base/text.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

lib::net::Address ipv6_of(const in6_addr& bits) {
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  raw.sin6_addr = bits;
  sockaddr_storage storage{};
  std::memcpy(&storage, &raw, sizeof raw);
  return lib::net::Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&storage)), sizeof raw);
}

bool mask_address(const Arguments& arguments, Context&, Sample& sample) {
  if (sample.address.is_ipv4()) {
    const auto mask = static_cast<std::uint32_t>(arguments.number(0));
    sample.address = lib::net::Address::ipv4(sample.address.ipv4_bits() & mask);
    return true;
  }
  if (!arguments.has(1)) return false;
  const Argument& mask = arguments.list[1];
  in6_addr bits = sample.address.ipv6_bits();
  for (unsigned i = 0; i < 16; ++i) {
    const std::int64_t kept = mask.number - 8 * static_cast<std::int64_t>(i);
    const unsigned byte = mask.number < 0 ? mask.address.ipv6_bits().s6_addr[i]
                          : kept >= 8     ? 0xffU
                          : kept <= 0     ? 0U
                                          : (0xff00U >> kept) & 0xffU;
    bits.s6_addr[i] = static_cast<std::uint8_t>(bits.s6_addr[i] & byte);
  }
  sample.address = ipv6_of(bits);
  return true;
}

/// Where the port's colon is in a Host value, or npos: "[::1]:80", "a:80".
std::size_t colon_of(std::string_view host) {
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return bracket;
  return host.find(':', bracket);
}

bool host_only(const Arguments&, Context&, Sample& sample) {
  sample.text = sample.text.substr(0, colon_of(sample.text));
  return true;
}

bool port_only(const Arguments&, Context&, Sample& sample) {
  const std::size_t colon = colon_of(sample.text);
  const auto port = colon == std::string_view::npos
                        ? std::nullopt
                        : lib::base::parse_number<std::uint16_t>(sample.text.substr(colon + 1));
  return sample.set_number(port.value_or(0));
}

template <Fact Which>
bool named(const Arguments&, Context& context, Sample& sample) {
  const std::string_view name = sample.text;
  return context.subject.named_fact(Which, name, sample);
}

constexpr auto kRows = std::to_array<Converter>({
    {"fe_exists", Type::Text, Type::Bool, "", named<Fact::FrontendExists>},
    {"host_only", Type::Text, Type::Text, "", host_only},
    {"ipmask", Type::Address, Type::Address, "m?M", mask_address},
    {"nbsrv", Type::Text, Type::Int, "", named<Fact::UsableServers>},
    {"port_only", Type::Text, Type::Int, "", port_only},
    {"srv_is_up", Type::Text, Type::Bool, "", named<Fact::ServerIsUp>},
    {"srv_queue", Type::Text, Type::Int, "", named<Fact::ServerQueue>},
});

}  // namespace

std::span<const Converter> network_converters() { return kRows; }

}  // namespace proxyd::samples
