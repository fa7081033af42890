#include "vrrpd/core/auth_trailer.h"

#include <algorithm>

#include "lib/base/bytes.h"

namespace vrrpd {

namespace {

using lib::base::ByteReader;
using lib::base::ByteWriter;

constexpr std::uint8_t kSha256Cut = 1;         // the only type
constexpr std::size_t kSignedHead = 12, kPseudoHeader = 20, kChecksumAt = 6;
constexpr std::int64_t kMicros = 1'000'000;

/// Seconds, then 1/65536 of a second, then a counter: 32, 16 and 16 bits.
std::uint64_t sequence_at(WallTime now) {
  const std::int64_t micros = now.time_since_epoch().count();
  const auto seconds = static_cast<std::uint64_t>(micros / kMicros);
  const auto fraction = static_cast<std::uint64_t>(micros % kMicros * 65536 / kMicros);
  return seconds << 32 | fraction << 16;
}

std::int64_t micros_of(std::uint64_t sequence) {
  return static_cast<std::int64_t>(sequence >> 32) * kMicros + static_cast<std::int64_t>((sequence >> 16 & 0xffff) * kMicros / 65536);
}

}  // namespace

const TrailerKey* TrailerGuard::find_key(std::uint8_t id) const {
  const auto found = std::find_if(rules_.keys.begin(), rules_.keys.end(), [id](const TrailerKey& key) { return key.id == id; });
  return found == rules_.keys.end() ? nullptr : &*found;
}

std::uint64_t TrailerGuard::next_sequence(WallTime now) {
  last_sent_ = std::max(sequence_at(now), last_sent_ + 1);  // also while the clock is set back
  return last_sent_;
}

TrailerDigest TrailerGuard::digest(const TrailerScope& scope, Bytes message, Bytes head, const TrailerKey& key) const {
  std::vector<std::uint8_t> text(kPseudoHeader, 0);
  const bool six = scope.source.is_ipv6();
  text[0] = six ? 6 : 4;
  text[1] = scope.version;
  text[2] = scope.vrid;
  if (six) {
    std::copy_n(scope.source.ipv6_bits().s6_addr, 16, text.begin() + 4);
  } else {
    const std::uint32_t bits = scope.source.ipv4_bits();
    for (std::size_t i = 0; i < 4; ++i) text[4 + i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
  }
  text.insert(text.end(), message.begin(), message.end());
  if (message.size() >= kChecksumAt + 2) text[kPseudoHeader + kChecksumAt] = text[kPseudoHeader + kChecksumAt + 1] = 0;  // IPv6: filled in after us
  text.insert(text.end(), head.begin(), head.end());
  text.insert(text.end(), sizeof(TrailerDigest), 0);
  return rules_.hmac(key.secret, text);
}

std::array<std::uint8_t, kTrailerSize> TrailerGuard::sign(const TrailerScope& scope, Bytes message, std::uint64_t sequence) const {
  std::array<std::uint8_t, kTrailerSize> out{};
  ByteWriter writer;
  writer.u8(kSha256Cut);
  writer.u8(rules_.active_key);
  writer.u16(0);
  writer.u32(static_cast<std::uint32_t>(sequence >> 32));
  writer.u32(static_cast<std::uint32_t>(sequence));
  const auto head = writer.release();
  const TrailerKey* const key = find_key(rules_.active_key);
  if (key == nullptr) return out;  // the configuration has it always
  const TrailerDigest value = digest(scope, message, head, *key);
  std::copy(head.begin(), head.end(), out.begin());
  std::copy(value.begin(), value.end(), out.begin() + kSignedHead);
  return out;
}

bool TrailerGuard::is_replay(const Address& sender, std::uint64_t sequence) {
  const auto known = std::find_if(heard_.begin(), heard_.end(), [&](const Heard& each) { return each.sender.same_host(sender); });
  if (known != heard_.end()) {
    if (sequence <= known->sequence) return true;
    known->sequence = sequence;
    known->used = ++uses_;
    return false;
  }
  if (!heard_.empty() && heard_.size() >= rules_.most_senders)
    heard_.erase(std::min_element(heard_.begin(), heard_.end(), [](const Heard& a, const Heard& b) { return a.used < b.used; }));
  heard_.push_back({.sender = sender, .sequence = sequence, .used = ++uses_});
  return false;
}

TrailerGuard::Verdict TrailerGuard::verify(const TrailerScope& scope, Bytes message, Bytes trailer, WallTime now) {
  Verdict out;
  const auto refuse = [&out](TrailerFault fault) {
    out.fault = fault;
    return out;
  };
  if (trailer.empty()) return refuse(needs() ? TrailerFault::Missing : TrailerFault::None);
  ByteReader in{trailer};
  const std::uint8_t type = in.u8();
  out.key_id = in.u8();
  const std::uint16_t reserved = in.u16();
  const std::uint64_t seconds = in.u32();
  const std::uint64_t sequence = seconds << 32 | in.u32();
  if (trailer.size() != kTrailerSize || type != kSha256Cut || reserved != 0) return refuse(TrailerFault::Malformed);
  const TrailerKey* const key = find_key(out.key_id);
  if (key == nullptr) return refuse(TrailerFault::UnknownKey);
  const TrailerDigest expected = digest(scope, message, trailer.first(kSignedHead), *key);
  std::uint8_t difference = 0;  // all bytes are looked at, whatever the first says
  for (std::size_t i = 0; i < expected.size(); ++i) difference = static_cast<std::uint8_t>(difference | (expected[i] ^ trailer[kSignedHead + i]));
  if (difference != 0) return refuse(TrailerFault::InvalidHmac);
  out.skew = Duration{micros_of(sequence) - now.time_since_epoch().count()};
  if (!rules_.monotonic && (out.skew > rules_.window || out.skew < -rules_.window)) return refuse(TrailerFault::Stale);
  if (is_replay(scope.source, sequence)) return refuse(TrailerFault::Replay);
  return out;
}

}  // namespace vrrpd
