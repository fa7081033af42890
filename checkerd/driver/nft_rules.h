// Virtual servers as rules of nftables, in nft(8)'s language. Pure: text out, nothing runs here.
//
// A packet to a service finds the service's chain by a map (by_port4: address, protocol, port; by_host4: services of any port;
// by_mark4: firewall marks; the same with 6), and the chain translates its destination: the first packet of a connection only, the
// connection tracking does the rest. The source stays, as with IPVS. Persistence is a timed map from client to server, read
// by the chain, written after the translation (chain learn). Counters are elements of sets: new_, in_ and out_ with by_'s endings.
#pragma once

#include <string>
#include <vector>

#include "checkerd/driver/slots.h"

namespace checkerd::driver {

/// How a service's packets are told from others.
enum class Style : std::uint8_t { Port, Host, Mark };
Style style_of(const ServiceKey& key);

/// A service and what names its chains and maps.
struct NftService {
  unsigned number = 0;
  Service service;
  std::vector<Destination> destinations;
  bool is_direct() const;             // by its servers; a service has servers of one kind only
};

struct Element {
  std::string set, key;
  auto operator<=>(const Element&) const = default;
};

/// "new", "in", "out" with the style and family: "in_port4".
std::string set_name(const char* what, const ServiceKey& key);
/// The key of the service in by_* and learn_*: "10.3.0.100 . 6 . 80", "0x00000007".
std::string service_key(const ServiceKey& key);
/// What counts one server of a service: the elements of new_*, in_* and out_*, in this order.
std::vector<Element> counter_elements(const ServiceKey& key, const Destination& server);
/// How maps name this server: "10.1.0.11 . 80"; persistence maps of IPv6 have the address only.
std::string server_key(const ServiceKey& key, const Destination& server);
std::string remembered_key(const ServiceKey& key, const Destination& server);
/// Whether all servers have one port, without which IPv6 persistence cannot be had.
bool has_one_port(const NftService& service);

/// The table with its sets, maps and base chains, empty.
std::string empty_table(const std::string& table);
/// Commands that make the service's chain and what belongs to it, that fill the chain anew, that remove it all.
std::string make_service(const std::string& table, const NftService& service);
std::string fill_service(const std::string& table, const NftService& service);
std::string drop_service(const std::string& table, const NftService& service);

/// Shared with the rules of direct routing.
const char* ip_word(const ServiceKey& key);        // "ip", "ip6"
const char* address_type(const ServiceKey& key);   // "ipv4_addr", "ipv6_addr"
std::string client_expression(const Service& service);  // "ip saddr & 255.255.255.0"
/// "numgen inc mod 3"; the service's Draw.
std::string draw_expression(const Service& service, const Slots& slots);

}  // namespace checkerd::driver
