#include "vrrpd/core/receive.h"

#include <algorithm>

namespace vrrpd {
namespace {

constexpr int kFullTtl = 255;
constexpr std::uint8_t kAuthAh = 2;
const Address kAllRouters4 = Address::ipv4(0xe0000012);

bool is_multicast(const Address& address) {
  return address.is_ipv6() ? address.ipv6_bits().s6_addr[0] == 0xff : (address.ipv4_bits() >> 28) == 0xe;
}

/// The message behind the IP header; Ethernet's padding is cut off by the header's own length.
std::optional<Bytes> message_of(Bytes packet, std::uint8_t family) {
  if (family == AF_INET6) return packet;
  const auto header = decode_ipv4(packet);
  if (!header) return std::nullopt;
  const std::size_t end = std::min<std::size_t>(header->total_length, packet.size());
  const std::size_t begin = header->header_length + (header->protocol == kAhProtocol ? kAhSize : 0);
  if (begin > end) return std::nullopt;
  return packet.subspan(begin, end - begin);
}

std::string number(std::size_t value) { return std::to_string(value); }

}  // namespace

std::optional<std::uint8_t> vrid_of(Bytes packet, std::uint8_t family) {
  const auto message = message_of(packet, family);
  if (!message || message->size() < 2) return std::nullopt;
  return (*message)[1];
}

ChecksumRule Receiver::sending_rule() const {
  if (expect_.checksum_as_v2) return ChecksumRule::AsVersion2;
  return old_checksum_ || expect_.old_checksum == Expectation::OldChecksum::Force ? ChecksumRule::OldUnicast
                                                                                  : ChecksumRule::Standard;
}

void Receiver::note(Cause cause, std::string line, Outcome& outcome) {
  const std::uint32_t bit = 1U << cause;
  if ((said_ & bit) != 0) return;  // a peer must not fill the log
  said_ |= bit;
  outcome.line = '(' + expect_.name + ") " + std::move(line);
}

Receiver::Outcome Receiver::drop(Cause cause, std::uint64_t& counter, std::string line) {
  ++counter;
  Outcome outcome;
  note(cause, std::move(line), outcome);
  return outcome;
}

/// Nothing when the header is there as it must be.
std::optional<Receiver::Outcome> Receiver::check_ah(const HeardPacket& heard) {
  const auto header = decode_ipv4(heard.packet);
  if (!header) return std::nullopt;  // it has been read before
  const bool is_wanted = expect_.auth_type == kAuthAh;
  const std::string from = heard.source.host();
  if ((header->protocol == kAhProtocol) != is_wanted)
    return drop(Auth, counters_.auth_mismatch, std::string{"received a packet "} + (is_wanted ? "without" : "with") + " AH from " + from + (is_wanted ? ", expecting it" : ", expecting none"));
  if (!is_wanted) return std::nullopt;
  const auto ah = decode_ah(heard.packet.subspan(header->header_length));
  if (!ah || !is_authentic(heard.packet, *header, *ah, expect_.auth_data, expect_.ah_digest))
    return drop(Auth, counters_.auth_failures, "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !");
  if (ah->spi != heard.source.ipv4_bits()) return drop(Auth, counters_.auth_failures, "IPSEC-AH : invalid IPSEC SPI value from " + from);
  if (ah->sequence <= sequence_)
    return drop(Replay, counters_.auth_failures,
                "IPSEC-AH : sequence number " + number(ah->sequence) + " already processed. Packet dropped. Local(" + number(sequence_) + ')');
  sequence_ = ah->sequence;
  return std::nullopt;
}

void Receiver::expect(Expectation expectation) {
  expect_ = std::move(expectation);
  if (!expect_.trailer) guard_.reset();
  else if (guard_) guard_->use(*expect_.trailer);
  else guard_.emplace(*expect_.trailer);
}

/// Nothing when the advert may pass.
std::optional<Receiver::Outcome> Receiver::check_trailer(Bytes message, Bytes trailer, const HeardPacket& heard) {
  const TrailerScope scope{.family = expect_.family, .version = expect_.version, .vrid = expect_.vrid, .source = heard.source};
  const auto verdict = guard_->verify(scope, message, trailer, heard.when);
  const std::string from = heard.source.host();
  const std::string clock = std::to_string(lib::base::to_ms(verdict.skew)) + " ms from ours";
  switch (verdict.fault) {
    case TrailerFault::None: return std::nullopt;
    case TrailerFault::Missing: return drop(Missing, counters_.trailer_missing, "auth_hmac: advert from " + from + " has no trailer");
    case TrailerFault::Malformed: return drop(Malformed, counters_.trailer_malformed, "auth_hmac: malformed trailer from " + from);
    case TrailerFault::UnknownKey:
      return drop(UnknownKey, counters_.trailer_unknown_key, "auth_hmac: unknown key id " + number(verdict.key_id) + " from " + from);
    case TrailerFault::InvalidHmac: return drop(InvalidHmac, counters_.trailer_invalid, "auth_hmac: invalid HMAC from " + from);
    case TrailerFault::Stale: return drop(Stale, counters_.trailer_stale, "auth_hmac: stale advert from " + from + ", its clock is " + clock);
    case TrailerFault::Replay: return drop(TrailerReplay, counters_.trailer_replay, "auth_hmac: replayed advert from " + from);
  }
  return std::nullopt;
}

bool Receiver::checksum_fits(Bytes message, const Advert& advert, const HeardPacket& heard, Outcome& outcome) {
  if (advert.family == AF_INET6 && !heard.destination) return true;  // the kernel has looked already
  const Address destination = heard.destination.value_or(kAllRouters4);
  if (checksum_is_right(message, advert.version, heard.source, destination, sending_rule())) return true;
  const bool may_be_old = expect_.unicast && advert.version == 3 && expect_.old_checksum == Expectation::OldChecksum::Detect && !old_checksum_;
  if (!may_be_old || !checksum_is_right(message, advert.version, heard.source, destination, ChecksumRule::OldUnicast)) return false;
  old_checksum_ = outcome.switched_checksum = true;
  outcome.line = '(' + expect_.name + ") Setting unicast VRRPv3 checksum to old version";
  return true;
}

void Receiver::compare_addresses(const Advert& advert, const Address& sender, Outcome& outcome) {
  if (expect_.skip_check_addresses && last_sender_.same_host(sender)) return;
  if (advert.addresses.size() != expect_.addresses.size()) {
    ++counters_.address_list_errors;
    return note(Count, "expected " + number(expect_.addresses.size()) + " VIPs but received " + number(advert.addresses.size()), outcome);
  }
  for (const Address& ours : expect_.addresses) {
    const bool there = std::any_of(advert.addresses.begin(), advert.addresses.end(), [&](const Address& each) { return each.same_host(ours); });
    if (there) continue;
    ++counters_.address_list_errors;
    return note(List, "ip address associated with VRID " + number(expect_.vrid) + " not present in advert from " + sender.host() + ": " + ours.host(), outcome);
  }
}

Receiver::Outcome Receiver::receive(const HeardPacket& heard) {
  const std::string from = heard.source.host();
  auto message = message_of(heard.packet, expect_.family);
  if (!message) return drop(Length, counters_.length_errors, "vrrp packet from " + from + " too short");
  const Bytes whole = *message;
  Bytes trailer;
  if (const auto size = advert_size(*message, expect_.family); guard_ && size && *size < message->size()) {
    trailer = message->subspan(*size);
    message = message->first(*size);
  }
  const auto decoded = decode_advert(*message, expect_.family);
  const AdvertFault fault = decoded ? AdvertFault::None : decoded.error();
  if (fault == AdvertFault::TooShort || fault == AdvertFault::TooLong) {
    const std::size_t wanted = 8 + expect_.addresses.size() * (expect_.family == AF_INET6 ? 16 : 4) +
                               (expect_.version == 2 && expect_.family == AF_INET ? 8 : 0);
    return drop(Length, counters_.length_errors,
                "vrrp packet from " + from + (fault == AdvertFault::TooShort ? " too short" : " too long") + ", length " + number(message->size()) + " and expect " + number(wanted));
  }
  if (!expect_.unicast && heard.ttl >= 0 && heard.ttl != kFullTtl)
    return drop(Ttl, counters_.ttl_errors, "invalid TTL/HL from " + from + ". Received " + std::to_string(heard.ttl) + " and expect 255");
  if (fault == AdvertFault::BadVersion || (decoded && decoded->version != expect_.version))
    return drop(Version, counters_.version_errors, "wrong VRRP version from " + from + ". Received " + number((*message)[0] >> 4) + " and expect " + number(expect_.version));
  if (guard_)
    if (auto refused = check_trailer(*message, trailer, heard)) return std::move(*refused);
  if (fault == AdvertFault::BadType) return drop(Type, counters_.type_errors, "Invalid packet type from " + from);
  if (!decoded) return drop(Length, counters_.length_errors, "vrrp packet from " + from + " is broken");
  const Advert& advert = *decoded;
  if (expect_.version == 2 && expect_.family == AF_INET) {
    if (advert.auth_type > 2) return drop(Auth, counters_.invalid_auth_type, "received an invalid auth type from " + from);
    if (advert.auth_type != expect_.auth_type)
      return drop(Auth, counters_.auth_mismatch, "received a " + number(advert.auth_type) + " auth from " + from + ", expecting " + number(expect_.auth_type) + '!');
    if (auto refused = check_ah(heard)) return std::move(*refused);
    if (expect_.auth_type == 1 && advert.auth_data != expect_.auth_data)
      return drop(Auth, counters_.auth_failures, "received an invalid passwd from " + from + '!');
  }
  if (expect_.version == 2 && advert.interval != expect_.interval)
    return drop(Interval, counters_.interval_errors,
                "advertisement interval mismatch mine=" + number(static_cast<std::size_t>(expect_.interval.count() / 1'000'000)) + " sec rcved=" + number(static_cast<std::size_t>(advert.interval.count() / 1'000'000)) + " sec from " + from);
  Outcome outcome;
  // The kernel makes and checks IPv6 checksums over all that it sends.
  if (!checksum_fits(expect_.family == AF_INET6 ? whole : *message, advert, heard, outcome)) return drop(Checksum, counters_.checksum_errors, "Invalid VRRPv" + number(expect_.version) + " checksum from " + from);
  if (heard.destination && is_multicast(*heard.destination) == expect_.unicast)
    return drop(Mode, counters_.source_errors, expect_.unicast ? "Expected unicast packet but received multicast packet from " + from : "Expected multicast packet but received unicast packet from " + from);
  if (expect_.unicast && expect_.check_source) {
    const auto peer = std::find_if(expect_.peers.begin(), expect_.peers.end(), [&](const auto& each) { return each.address.same_host(heard.source); });
    if (peer == expect_.peers.end()) return drop(Peer, counters_.source_errors, "unicast source address " + from + " not a unicast peer");
    const bool too_far = heard.ttl >= 0 && ((peer->min_ttl && heard.ttl < *peer->min_ttl) || (peer->max_ttl && heard.ttl > *peer->max_ttl));
    if (too_far) return drop(Ttl, counters_.ttl_errors, "invalid TTL/HL from " + from + ". Received " + std::to_string(heard.ttl));
  }
  ++counters_.received;
  if (advert.version == 3 && advert.interval != expect_.interval)
    note(Interval, "advertisement interval from " + from + " differs from ours", outcome);
  compare_addresses(advert, heard.source, outcome);
  if (!last_sender_.same_host(heard.source)) last_sender_ = heard.source;
  if (advert.priority == 0) ++counters_.priority_zero_received;
  outcome.advert = HeardAdvert{.priority = advert.priority, .interval = advert.interval, .sender = heard.source};
  return outcome;
}

}  // namespace vrrpd
