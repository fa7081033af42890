// VRRP adverts as a peer may send them. What decodes encodes to the same bytes; the receiver takes or drops each packet
// with its counter, and says a cause once. The first two bytes choose what the instance expects; with the highest bit of
// the first the advert is given its right checksum, which no fuzzer finds.
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "vrrpd/core/packet.h"
#include "vrrpd/core/receive.h"

namespace {

using namespace vrrpd;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Choice {
  std::uint8_t family = AF_INET, version = 2;
  bool unicast = false, check_source = false, right_checksum = false, with_destination = false;
  ChecksumRule rule = ChecksumRule::Standard;
};

Choice choose(std::uint8_t a, std::uint8_t b) {
  Choice out;
  out.family = (a & 1) != 0 ? AF_INET6 : AF_INET;
  out.version = (a & 2) != 0 || out.family == AF_INET6 ? 3 : 2;
  out.unicast = (a & 4) != 0;
  out.check_source = (a & 8) != 0;
  out.with_destination = (a & 16) != 0;
  out.rule = static_cast<ChecksumRule>(b % 3);
  out.right_checksum = (a & 128) != 0;
  return out;
}

/// What both checksums and reserved bits leave of the message.
void blank(std::vector<std::uint8_t>& message) {
  message[6] = message[7] = 0;
  if (message[0] >> 4 == 3) message[4] &= 0x0f;
}

void round_trip(Bytes message, std::uint8_t family, const Address& source, const Address& destination) {
  const auto advert = decode_advert(message, family);
  if (!advert) return require(advert.error() != AdvertFault::None);
  std::vector<std::uint8_t> before{message.begin(), message.end()};
  std::vector<std::uint8_t> after = encode_advert(*advert, source, destination, ChecksumRule::Standard);
  require(checksum_is_right(after, advert->version, source, destination, ChecksumRule::Standard));
  blank(before);
  blank(after);
  require(before == after);
}

std::uint64_t errors(const InstanceCounters& all) {
  return all.length_errors + all.ttl_errors + all.type_errors + all.interval_errors + all.invalid_auth_type + all.auth_mismatch +
         all.auth_failures + all.checksum_errors + all.version_errors + all.source_errors;
}

Expectation expect(const Choice& choice, Bytes message, const Address& peer) {
  Expectation out;
  out.name = "VI_1";
  out.version = choice.version;
  out.family = choice.family;
  out.unicast = choice.unicast;
  out.check_source = choice.check_source;
  out.checksum_as_v2 = choice.rule == ChecksumRule::AsVersion2;
  if (choice.check_source) out.peers.push_back({.address = peer, .min_ttl = 250, .max_ttl = {}});
  if (const auto advert = decode_advert(message, choice.family)) {  // an instance that this advert could be for
    out.interval = advert->interval;
    out.auth_type = advert->auth_type & 1;
    out.auth_data = advert->auth_data;
    out.addresses = advert->addresses;
    if (!out.addresses.empty() && choice.check_source) out.addresses.pop_back();
  }
  return out;
}

void receive(const Choice& choice, Bytes packet, Bytes message, const Address& source, const Address& destination, int ttl) {
  Receiver receiver{expect(choice, message, source)};
  std::size_t lines = 0;
  for (int i = 0; i < 3; ++i) {
    const InstanceCounters before = receiver.counters();
    HeardPacket heard{.packet = packet, .source = source, .destination = {}, .ttl = ttl};
    if (choice.with_destination) heard.destination = destination;
    const Receiver::Outcome outcome = receiver.receive(heard);
    const InstanceCounters& after = receiver.counters();
    require(after.received == before.received + (outcome.advert ? 1U : 0U));
    require(errors(after) == errors(before) + (outcome.advert ? 0U : 1U));
    if (!outcome.line.empty()) ++lines;
  }
  require(lines <= 1);
  (void)vrid_of(packet, choice.family);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Choice choice = choose(data[0], data[1]);
  const bool v6 = choice.family == AF_INET6;
  const Address source = *Address::parse(v6 ? "fe80::1" : "10.0.0.2");
  const Address multicast = *Address::parse(v6 ? "ff02::12" : "224.0.0.18");
  const Address destination = choice.unicast ? *Address::parse(v6 ? "fe80::2" : "10.0.0.1") : multicast;
  const int ttl = data[2] < 128 ? 255 : data[2];
  std::vector<std::uint8_t> message{data + 3, data + size};
  message.shrink_to_fit();  // exactly what is there: reading past it is noticed
  round_trip(message, choice.family, source, destination);
  if (const auto advert = decode_advert(message, choice.family); advert && choice.right_checksum)
    message = encode_advert(*advert, source, destination, choice.rule);
  std::vector<std::uint8_t> packet = message;
  if (!v6 && (data[2] & 1) == 0) packet = encode_ipv4({.source = source, .destination = destination}, message);
  packet.shrink_to_fit();
  if (!v6) {
    if (const auto header = decode_ipv4(packet)) require(header->header_length <= packet.size() && header->total_length >= header->header_length);
  }
  receive(choice, packet, message, source, destination, ttl);
  return 0;
}
