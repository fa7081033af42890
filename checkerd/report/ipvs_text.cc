#include "checkerd/report/ipvs_text.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>

namespace checkerd::report {
namespace {

using driver::DestinationUse;
using driver::ServiceUse;

const char* protocol_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::Tcp: return "TCP";
    case Protocol::Udp: return "UDP";
    case Protocol::Sctp: return "SCTP";
    case Protocol::None: break;
  }
  return "FWM";
}

const char* method_word(const Forwarding& forwarding) {
  switch (forwarding.method) {
    case Forwarding::Method::Nat: return "Masq";
    case Forwarding::Method::Tunnel: return "Tunnel";
    case Forwarding::Method::Direct: break;
  }
  return "Route";
}

/// " (sh-fallback,flag-3)"
std::string flag_words(const Service& service) {
  const bool hashes = service.scheduler == "sh" || service.scheduler == "mh";
  std::string out;
  for (const auto& [bit, plain, of_hash] : {std::tuple{1, "flag-1", "-fallback"}, {2, "flag-2", "-port"}, {4, "flag-3", ""}}) {
    if ((service.scheduler_flags & bit) == 0) continue;
    out += out.empty() ? " (" : ",";
    out += hashes && *of_hash != '\0' ? service.scheduler + of_hash : plain;
  }
  return out.empty() ? out : out + ')';
}

std::string service_line(const Service& service) {
  const bool is_mark = service.key.fwmark != 0, is_v6 = service.key.family == AF_INET6;
  std::string out = is_mark ? fmt::format("FWM  {}{} {}", service.key.fwmark, is_v6 ? " IPv6" : "", service.scheduler)
                            : fmt::format("{:<4} {} {}", protocol_word(service.key.protocol), service.key.address.text(), service.scheduler);
  out += flag_words(service);
  if (service.persistence_timeout_s != 0) {
    out += fmt::format(" persistent {}", service.persistence_timeout_s);
    if (is_v6 && service.persistence_prefix != 128) out += fmt::format(" mask {}", service.persistence_prefix);
    if (!is_v6 && service.persistence_mask != 0xffffffff) out += " mask " + lib::net::Address::ipv4(service.persistence_mask).host();
    if (!service.persistence_engine.empty()) out += " pe " + service.persistence_engine;
  }
  if (service.one_packet) out += " ops";
  return out + '\n';
}

int compare(const Address& one, const Address& other) {
  if (one.is_ipv6() && other.is_ipv6()) {
    if (const int by_bits = std::memcmp(&one.ipv6_bits(), &other.ipv6_bits(), sizeof(in6_addr)); by_bits != 0) return by_bits;
  } else if (one.ipv4_bits() != other.ipv4_bits()) {
    return one.ipv4_bits() < other.ipv4_bits() ? -1 : 1;
  }
  return int{one.port()} - int{other.port()};
}

/// ipvsadm's order.
bool comes_before(const ServiceUse& one, const ServiceUse& other) {
  const ServiceKey &a = one.service.key, &b = other.service.key;
  return std::tuple{a.fwmark, a.family, static_cast<int>(a.protocol), compare(a.address, b.address)} < std::tuple{b.fwmark, b.family, static_cast<int>(b.protocol), 0};
}

std::vector<DestinationUse> sorted(std::vector<DestinationUse> all) {
  std::stable_sort(all.begin(), all.end(), [](const DestinationUse& one, const DestinationUse& other) {
    const Address &a = one.destination.address, &b = other.destination.address;
    return std::tuple{a.family(), compare(a, b)} < std::tuple{b.family(), 0};
  });
  return all;
}

}  // namespace

std::string ipvs_text(std::string_view first_line, std::vector<ServiceUse> all) {
  std::stable_sort(all.begin(), all.end(), &comes_before);
  std::string out = fmt::format("{}\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n", first_line);
  for (const ServiceUse& each : all) {
    out += service_line(each.service);
    for (const DestinationUse& one : sorted(each.destinations))
      fmt::format_to(std::back_inserter(out), "  -> {:<28} {:<7} {:<6} {:<10} {:<10}\n", one.destination.address.text(), method_word(one.destination.forwarding), one.destination.weight, one.active, one.inactive);
  }
  return out;
}

std::string ipvs_first_line(std::string_view driver_name) {
  std::string line;
  if (driver_name == "ipvs") std::getline(std::ifstream{"/proc/net/ip_vs"}, line);
  return line.empty() ? fmt::format("Virtual servers by {}", driver_name) : line;
}

}  // namespace checkerd::report
