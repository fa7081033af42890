#include "parsers/keepalived/auth_hmac.h"

#include <algorithm>

#include "parsers/keepalived/keyword_list.h"

namespace parsers::keepalived {
namespace {

constexpr std::size_t kShortestKey = 32, kLongestKey = 64;
constexpr Duration kLeastWindow{5'000'000}, kMostWindow{300'000'000};
constexpr std::int64_t kIntervalsInWindow = 3;

/// The block with the instance's name, for messages.
struct Block {
  const std::string& name;
  AuthHmac& auth;
};

std::string named(const Block& to) { return '(' + to.name + ") auth_hmac "; }

std::optional<std::string> from_hex(std::string_view digits) {
  const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = value(digits[i]), low = value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

/// A key's value, never part of a message.
std::optional<std::string> secret_of(const Block& to, Reader& in) {
  const std::string_view written = in.word(2);
  if (written.starts_with("hex:")) {
    auto secret = from_hex(written.substr(4));
    if (!secret) in.complain_about(named(to) + "key " + in.text(1) + " is not an even number of hexadecimal digits", 1);
    return secret;
  }
  if (!written.starts_with("file:")) return std::string{written};
  const std::string path{written.substr(5)};
  const SecretFile file = in.context().system.read_secret(path);
  const char* const problem = file.found == SecretFile::Found::NotReadable ? "cannot be opened"
                              : file.found == SecretFile::Found::Open      ? "is readable by group or others"
                              : file.found == SecretFile::Found::TooLarge  ? "is too large"
                                                                           : nullptr;
  if (problem == nullptr) return file.text;
  in.complain_about(named(to) + "key file " + path + ' ' + problem, 2);
  return std::nullopt;
}

void read_key(Block& to, Reader& in) {
  const auto id = in.number(1, 1, 255);
  if (!id) return;
  const auto secret = secret_of(to, in);
  if (!secret) return;
  if (secret->size() < kShortestKey || secret->size() > kLongestKey)
    return in.complain_about(named(to) + "key " + in.text(1) + " length " + std::to_string(secret->size()) + " not in range [32, 64]", 1);
  const auto same = [&](const HmacKey& key) { return key.id == *id; };
  if (std::any_of(to.auth.keys.begin(), to.auth.keys.end(), same)) return in.complain_about('(' + to.name + ") duplicate auth_hmac key id " + in.text(1), 1);
  to.auth.keys.push_back({.id = static_cast<std::uint8_t>(*id), .secret = *secret});
}

constexpr auto kKeywords = std::to_array<Keyword<Block>>({
    {"key", 2, &read_key, "ID SECRET", "One key of the ring: a number from 1 to 255 and 32 to 64 bytes as text, as hex:DIGITS, or in a file as file:PATH. May be given several times."},
    {"active_key", 1, [](Block& to, Reader& in) {
       if (const auto id = in.number(1, 1, 255)) to.auth.active_key = static_cast<std::uint8_t>(*id);
     }, "ID", "The key that signs, 1 to 255. Needed."},
    {"time_window", 1, [](Block& to, Reader& in) {
       const auto micros = parse_decimal_micros(in.word(1));
       if (!micros || *micros < 1'000'000 || *micros > kMostWindow.count())
         return in.complain_about(named(to) + "time_window '" + in.text(1) + "' must be between 1 and 300 seconds");
       to.auth.time_window = Duration{*micros};
     }, "SECONDS", "How far the clocks may differ, 1 to 300. Default: three intervals, at least 5."},
    {"anti_replay", 1, [](Block& to, Reader& in) {
       if (in.word(1) != "time" && in.word(1) != "monotonic")
         return in.complain_about(named(to) + "anti_replay '" + in.text(1) + "' must be time or monotonic");
       to.auth.monotonic = in.word(1) == "monotonic";
     }, "time|monotonic", "What tells a new advert from a recorded one: the clock, or a number that only grows. Default: time."},
    {"mode", 1, [](Block& to, Reader& in) {
       if (in.word(1) == "enforce") to.auth.mode = AuthHmac::Mode::Enforce;
       else if (in.word(1) == "permissive") to.auth.mode = AuthHmac::Mode::Permissive;
       else if (in.word(1) == "receive-only") to.auth.mode = AuthHmac::Mode::ReceiveOnly;
       else in.complain_about(named(to) + "mode '" + in.text(1) + "' must be enforce, permissive or receive-only");
     }, "enforce|permissive|receive-only", "What happens with adverts without a good signature, for the change from one form to the other. Default: enforce."},
});

}  // namespace

void read_auth_hmac(VrrpInstance& to, Reader& in) {
  to.auth_hmac.emplace();
  Block block{.name = to.name, .auth = *to.auth_hmac};
  read_block(kKeywords, block, in.statement(), in.context());
}

void check_auth_hmac(VrrpInstance& to, Context& context) {
  if (!to.auth_hmac) return;
  AuthHmac& auth = *to.auth_hmac;
  const auto say = [&](const std::string& text) { context.findings.about(Complaint::General, to.place, '(' + to.name + ") " + text); };
  const auto active = [&](const HmacKey& key) { return key.id == auth.active_key; };
  if (std::none_of(auth.keys.begin(), auth.keys.end(), active)) {
    say("auth_hmac active_key " + std::to_string(unsigned{auth.active_key}) + " is not defined, disabling extension");
    to.auth_hmac.reset();
    return;
  }
  if (to.auth_type != AuthType::None) {
    say("auth_hmac cannot be combined with authentication, dropping legacy auth");
    to.auth_type = AuthType::None;
    to.auth_pass.clear();
  }
  if (to.strict) auth.mode = AuthHmac::Mode::Enforce;
  if (auth.time_window.count() == 0) auth.time_window = std::clamp(to.advert_interval * kIntervalsInWindow, kLeastWindow, kMostWindow);
}

void list_auth_hmac_keywords(KeywordList& list) {
  list_rows(list, "auth_hmac", kKeywords);
}

}  // namespace parsers::keepalived
