#include "proxyd/rules/condition.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/samples/compile.h"

namespace proxyd::rules {

namespace {

using samples::Sample;
using samples::Type;
using Match = AclTerm::Match;

bool equal(std::string_view text, std::string_view pattern, bool ignore_case) {
  if (text.size() != pattern.size()) return false;
  if (!ignore_case) return text == pattern;
  return lib::base::equal_ignoring_case(text, pattern);
}

/// Where `pattern` occurs in `text` from `from` on.
std::size_t find_in(std::string_view text, std::string_view pattern, std::size_t from,
                    bool ignore_case) {
  if (!ignore_case) return text.find(pattern, from);
  for (std::size_t at = from; at + pattern.size() <= text.size(); ++at)
    if (equal(text.substr(at, pattern.size()), pattern, true)) return at;
  return std::string_view::npos;
}

/// `pattern` as one or more whole pieces between delimiters.
bool has_piece(std::string_view text, std::string_view pattern, std::string_view delimiters,
               bool ignore_case) {
  const auto is_delimiter = [delimiters](char c) {
    return delimiters.find(c) != std::string_view::npos;
  };
  while (!pattern.empty() && is_delimiter(pattern.front())) pattern.remove_prefix(1);
  while (!pattern.empty() && is_delimiter(pattern.back())) pattern.remove_suffix(1);
  if (pattern.empty()) return false;
  for (std::size_t at = 0; (at = find_in(text, pattern, at, ignore_case)) != std::string_view::npos;
       ++at) {
    const std::size_t end = at + pattern.size();
    const bool begins = at == 0 || is_delimiter(text[at - 1]);
    const bool ends = end == text.size() || is_delimiter(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

bool text_matches(const AclTerm& term, std::string_view text, std::string_view pattern) {
  const bool fold = term.ignore_case;
  switch (term.match) {
    case Match::Str:
      return equal(text, pattern, fold);
    case Match::Beg:
      return text.size() >= pattern.size() && equal(text.substr(0, pattern.size()), pattern, fold);
    case Match::End:
      return text.size() >= pattern.size() &&
             equal(text.substr(text.size() - pattern.size()), pattern, fold);
    case Match::Sub:
      return find_in(text, pattern, 0, fold) != std::string_view::npos;
    case Match::Dir:
      return has_piece(text, pattern, "/?", fold);
    case Match::Dom:
      return has_piece(text, pattern, "/?.:", fold);
    default:
      return false;
  }
}

std::int64_t number_of(const Sample& sample) {
  if (sample.type == Type::Bool || sample.type == Type::Int) return sample.number;
  std::int64_t number = 0;
  std::from_chars(sample.text.data(), sample.text.data() + sample.text.size(), number);
  return number;  // 0 when it does not begin with a number, as the original casts
}

bool in_ranges(const AclTerm& term, std::int64_t number) {
  return std::any_of(term.ranges.begin(), term.ranges.end(), [number](const AclTerm::Range& each) {
    return each.low <= number && number <= each.high;
  });
}

/// The other family's way of writing an address: IPv4 as ::ffff:a.b.c.d and back; nothing when
/// there is none.
std::optional<lib::net::Address> mapped(const lib::net::Address& address) {
  if (address.is_ipv4()) {
    const std::uint32_t bits = address.ipv4_bits();
    sockaddr_in6 raw{};
    raw.sin6_family = AF_INET6;
    raw.sin6_addr.s6_addr[10] = raw.sin6_addr.s6_addr[11] = 0xff;
    for (unsigned i = 0; i < 4; ++i)
      raw.sin6_addr.s6_addr[12 + i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
    sockaddr_storage storage{};
    std::memcpy(&storage, &raw, sizeof raw);
    return lib::net::Address::from_sockaddr(
        *static_cast<const sockaddr*>(static_cast<const void*>(&storage)), sizeof raw);
  }
  if (!address.is_ipv6() || !IN6_IS_ADDR_V4MAPPED(&address.ipv6_bits())) return std::nullopt;
  const in6_addr& wide = address.ipv6_bits();
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 4; ++i) bits = bits << 8 | wide.s6_addr[12 + i];
  return lib::net::Address::ipv4(bits);
}

bool in_networks(const AclTerm& term, const Sample& sample) {
  lib::net::Address address = sample.address;
  if (sample.type != Type::Address) {
    const auto parsed = lib::net::Address::parse(sample.text);
    if (!parsed.has_value()) return false;
    address = *parsed;
  }
  return std::any_of(term.networks.begin(), term.networks.end(),
                     [&address](const lib::net::Prefix& each) {
                       if (each.base.family() == address.family()) return each.contains(address);
                       const auto other = mapped(address);
                       return other.has_value() && each.contains(*other);
                     });
}

struct Asking {
  const AclTerm* term;
  std::string* scratch;
};

bool ask(const void* context, const Sample& sample) {
  const Asking& asking = *static_cast<const Asking*>(context);
  const AclTerm& term = *asking.term;
  if (sample.type == Type::None) return false;
  switch (term.match) {
    case Match::Found:
      return true;
    case Match::Bool:
      return number_of(sample) != 0;
    case Match::Int:
      return in_ranges(term, number_of(sample));
    case Match::Ip:
      return in_networks(term, sample);
    case Match::Len:
      return in_ranges(term,
                       static_cast<std::int64_t>(samples::text_of(sample, *asking.scratch).size()));
    default:
      break;
  }
  const std::string_view text = samples::text_of(sample, *asking.scratch);
  return std::any_of(term.texts.begin(), term.texts.end(),
                     [&](const std::string& pattern) { return text_matches(term, text, pattern); });
}

}  // namespace

bool AclTerm::matches(const samples::Subject& subject, std::string& scratch) const {
  const Asking asking{this, &scratch};
  return expression->any(subject, scratch, ask, &asking);
}

bool Acl::matches(const samples::Subject& subject, std::string& scratch) const {
  return std::any_of(terms.begin(), terms.end(),
                     [&](const AclTerm& each) { return each.matches(subject, scratch); });
}

bool Condition::holds(const samples::Subject& subject, std::string& scratch) const {
  const auto term_holds = [&](const std::vector<Operand>& term) {
    return std::all_of(term.begin(), term.end(), [&](const Operand& each) {
      return each.acl->matches(subject, scratch) != each.negated;
    });
  };
  const bool any =
      alternatives.empty() || std::any_of(alternatives.begin(), alternatives.end(), term_holds);
  return any != unless;
}

}  // namespace proxyd::rules
