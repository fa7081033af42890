#include <catch2/catch.hpp>

#include "lib/crypto/hmac.h"
#include "vrrpd/core/receive.h"

using namespace vrrpd;
using namespace std::chrono_literals;

namespace {

const WallTime kNow{std::chrono::seconds{0x65432100}};
const Address kPeer = *Address::parse("10.0.0.5");

TrailerRules rules() {
  TrailerRules out;
  out.keys.push_back({.id = 7, .secret = std::vector<std::uint8_t>(32, 'k')});
  out.keys.push_back({.id = 8, .secret = std::vector<std::uint8_t>(32, 'n')});
  out.active_key = 7;
  out.hmac = &lib::crypto::hmac_sha256_128;
  return out;
}

TrailerScope scope(const Address& source = kPeer) { return {.family = AF_INET, .version = 3, .vrid = 51, .source = source}; }

const std::vector<std::uint8_t> kMessage{0x31, 0x33, 0x64, 0x01, 0x00, 0x64, 0xab, 0xcd, 0x0a, 0x00, 0x00, 0x96};

}  // namespace

TEST_CASE("a trailer is what the manual describes: made once with Python's hmac") {
  const TrailerGuard guard{rules()};
  const auto trailer = guard.sign(scope(), kMessage, 0x65432100'80000001);
  const std::array<std::uint8_t, kTrailerSize> expected{1, 7, 0, 0, 0x65, 0x43, 0x21, 0x00, 0x80, 0x00, 0x00, 0x01, 0x56, 0x7e, 0x94, 0xf2, 0x24, 0x02, 0x1f, 0x4a, 0x60, 0x99, 0xe6, 0x23, 0xb4, 0xdf, 0x39, 0x2b};
  CHECK(trailer == expected);
}

TEST_CASE("signed adverts are accepted once, in order, and never after a change") {
  TrailerGuard sender{rules()}, receiver{rules()};
  const auto stamp = sender.next_sequence(kNow);
  const auto trailer = sender.sign(scope(), kMessage, stamp);
  CHECK(receiver.verify(scope(), kMessage, trailer, kNow).fault == TrailerFault::None);
  CHECK(receiver.verify(scope(), kMessage, trailer, kNow).fault == TrailerFault::Replay);
  for (std::size_t i = 0; i < kMessage.size(); ++i) {
    if (i == 6 || i == 7) continue;  // the checksum is made after the signature
    auto changed = kMessage;
    changed[i] ^= 1;
    CHECK(receiver.verify(scope(), changed, trailer, kNow).fault == TrailerFault::InvalidHmac);
  }
  for (std::size_t i = 4; i < trailer.size(); ++i) {
    auto changed = trailer;
    changed[i] ^= 1;
    CHECK(receiver.verify(scope(), kMessage, changed, kNow).fault == TrailerFault::InvalidHmac);
  }
  CHECK(receiver.verify(scope(*Address::parse("10.0.0.6")), kMessage, trailer, kNow).fault == TrailerFault::InvalidHmac);
}

TEST_CASE("numbers grow also within one moment and while the clock is set back") {
  TrailerGuard guard{rules()};
  const auto first = guard.next_sequence(kNow);
  CHECK(guard.next_sequence(kNow) == first + 1);
  CHECK(guard.next_sequence(kNow - 1h) == first + 2);
  CHECK(guard.next_sequence(kNow + 1s) == first + (1ULL << 32));
}

TEST_CASE("an advert whose clock is outside the window is stale, unless only the order counts") {
  TrailerGuard sender{rules()};
  const auto trailer = sender.sign(scope(), kMessage, sender.next_sequence(kNow));
  for (const Duration away : {Duration{6s}, Duration{-6s}}) {
    TrailerGuard receiver{rules()};
    const auto verdict = receiver.verify(scope(), kMessage, trailer, kNow + away);
    CHECK(verdict.fault == TrailerFault::Stale);
    CHECK(verdict.skew == -away);
    TrailerRules lax = rules();
    lax.monotonic = true;
    TrailerGuard other{lax};
    CHECK(other.verify(scope(), kMessage, trailer, kNow + away).fault == TrailerFault::None);
  }
}

TEST_CASE("an unknown key, a wrong type or length is told apart") {
  TrailerRules other = rules();
  other.keys[0].id = 9;
  other.active_key = 9;
  TrailerGuard stranger{other}, receiver{rules()};
  auto trailer = stranger.sign(scope(), kMessage, stranger.next_sequence(kNow));
  CHECK(receiver.verify(scope(), kMessage, trailer, kNow).fault == TrailerFault::UnknownKey);
  trailer[0] = 2;
  CHECK(receiver.verify(scope(), kMessage, trailer, kNow).fault == TrailerFault::Malformed);
  CHECK(receiver.verify(scope(), kMessage, Bytes{trailer}.first(20), kNow).fault == TrailerFault::Malformed);
}

TEST_CASE("who has to sign depends on the mode") {
  for (const auto mode : {TrailerRules::Mode::Enforce, TrailerRules::Mode::Permissive, TrailerRules::Mode::ReceiveOnly}) {
    TrailerRules one = rules();
    one.mode = mode;
    TrailerGuard guard{one};
    const bool enforces = mode == TrailerRules::Mode::Enforce;
    CHECK((guard.verify(scope(), kMessage, {}, kNow).fault == TrailerFault::Missing) == enforces);
    CHECK(guard.signs() == (mode != TrailerRules::Mode::ReceiveOnly));
  }
}

TEST_CASE("the last number of four senders is remembered, of the ones heard last") {
  TrailerGuard receiver{rules()};
  const auto hear = [&](int host, std::uint64_t stamp) {
    const Address source = *Address::parse("10.0.0." + std::string(1, static_cast<char>('0' + host)));
    const TrailerGuard sender{rules()};
    return receiver.verify(scope(source), kMessage, sender.sign(scope(source), kMessage, stamp), kNow).fault;
  };
  const std::uint64_t stamp = 0x65432100ULL << 32;
  for (int host = 1; host <= 5; ++host) CHECK(hear(host, stamp) == TrailerFault::None);
  CHECK(hear(5, stamp) == TrailerFault::Replay);
  CHECK(hear(2, stamp) == TrailerFault::Replay);
  CHECK(hear(1, stamp) == TrailerFault::None);  // forgotten for the fifth
}

TEST_CASE("a receiver with keys takes the trailer off, one without refuses the length") {
  Expectation expect;
  expect.name = "VI_1";
  expect.version = 3;
  expect.family = AF_INET;
  expect.vrid = 51;
  expect.addresses = {*Address::parse("10.0.0.150")};
  Advert advert;
  advert.version = 3;
  advert.family = AF_INET;
  advert.vrid = 51;
  advert.priority = 100;
  advert.addresses = expect.addresses;
  const Address group = *Address::parse("224.0.0.18");
  auto message = encode_advert(advert, kPeer, group, ChecksumRule::Standard);
  TrailerGuard sender{rules()};
  const auto trailer = sender.sign(scope(), message, sender.next_sequence(kNow));
  const auto bare = encode_ipv4({.source = kPeer, .destination = group}, message);
  message.insert(message.end(), trailer.begin(), trailer.end());
  const auto packet = encode_ipv4({.source = kPeer, .destination = group}, message);
  const auto hear = [&](Receiver& receiver, const std::vector<std::uint8_t>& bytes) {
    return receiver.receive({.packet = bytes, .source = kPeer, .destination = group, .ttl = 255, .when = kNow});
  };
  Receiver without{expect};
  CHECK_FALSE(hear(without, packet).advert);
  CHECK(without.counters().length_errors == 1);
  expect.trailer = rules();
  Receiver with{expect};
  CHECK(hear(with, packet).advert);
  CHECK_FALSE(hear(with, packet).advert);
  CHECK(with.counters().trailer_replay == 1);
  const auto missing = hear(with, bare);
  CHECK_FALSE(missing.advert);
  CHECK(missing.line == "(VI_1) auth_hmac: advert from 10.0.0.5 has no trailer");
  CHECK(with.counters().trailer_missing == 1);
}
