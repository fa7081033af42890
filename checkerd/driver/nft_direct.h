// Direct routing as rules of nftables: a packet to a service is sent on to its server at the netdev ingress of each interface, as
// it came but for its Ethernet header. Pure: text out, nothing runs here.
//
// No connection tracking is there: flows are remembered by a timed map of the service (client's address and port, or its masked
// address with persistence) to the server's number, read and renewed by each packet. IPv6 without persistence has no such map
// (libnftables 1.0.6 aborts on it): a hash of the client's address and port chooses for each packet anew, the same as long as the
// server is there. Only the way there passes: clients on this host itself do not, nor do fragments after the first.
#pragma once

#include <string>
#include <vector>

#include "checkerd/driver/nft_rules.h"

namespace checkerd::driver {

/// A service of direct routing with what its rules need to know.
struct DirectService {
  NftService service;
  std::vector<std::uint32_t> numbers;  // of each destination; stay while the service does
  std::string device;                  // where the servers are
};

std::string empty_direct_table(const std::string& table);
/// The base chain on these interfaces; `again`: in place of the one that is there.
std::string direct_ingress(const std::string& table, const std::vector<std::string>& devices, bool again);
std::string make_direct(const std::string& table, const DirectService& service);
std::string fill_direct(const std::string& table, const DirectService& service, const std::vector<std::uint32_t>& gone);
std::string drop_direct(const std::string& table, const DirectService& service);

}  // namespace checkerd::driver
