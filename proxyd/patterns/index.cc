#include "proxyd/patterns/index.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "lib/base/text.h"

namespace proxyd::patterns {
namespace {

constexpr std::size_t kFew = 4;
constexpr std::string_view kDirectories = "/?", kLabels = "/?.:";

AddressBits bits_of(const lib::net::Address& address) {
  AddressBits bits{};
  if (address.is_ipv4()) {
    const std::uint32_t host = address.ipv4_bits();
    for (unsigned i = 0; i < 4; ++i) bits[i] = static_cast<std::uint8_t>(host >> (24 - 8 * i));
  } else if (address.is_ipv6()) {
    std::memcpy(bits.data(), address.ipv6_bits().s6_addr, bits.size());
  }
  return bits;
}

/// "616263" as bytes. Empty, or why not.
std::string decode_hex(std::string_view text, std::string& out) {
  const auto value = [](char c) {
    const char low = lib::base::to_lower(c);
    if (lib::base::is_digit(low)) return low - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0) return "an even number of hex digit is expected";
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value(text[i]), low = value(text[i + 1]);
    if (high < 0 || low < 0) return fmt::format("an hex digit is expected (found '{}')", high < 0 ? text[i] : text[i + 1]);
    out += static_cast<char>(high * 16 + low);
  }
  return {};
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = lib::base::to_lower(c);
  return out;
}

std::string_view strip(std::string_view text, std::string_view delimiters) {
  while (!text.empty() && delimiters.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (!text.empty() && delimiters.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

/// So many texts are compared one by one.
std::size_t few_at_most(Method method) {
  switch (method) {
    case Method::Str:
    case Method::Bin: return kFew;
    case Method::Beg:
    case Method::End: return 1;
    case Method::Sub: return SIZE_MAX;
    default: return 0;
  }
}

/// "10.0.2.0/255.0.255.0": a mask with holes.
std::optional<std::pair<std::uint32_t, std::uint32_t>> parse_masked(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto base = lib::net::Address::parse(text.substr(0, slash));
  const auto mask = lib::net::Address::parse(text.substr(slash + 1));
  if (!base || !mask || !base->is_ipv4() || !mask->is_ipv4()) return std::nullopt;
  return std::pair{base->ipv4_bits() & mask->ipv4_bits(), mask->ipv4_bits()};
}

}  // namespace

std::optional<lib::net::Address> mapped(const lib::net::Address& address) {
  if (address.is_ipv4()) {
    const std::uint32_t bits = address.ipv4_bits();
    sockaddr_in6 raw{};
    raw.sin6_family = AF_INET6;
    raw.sin6_addr.s6_addr[10] = raw.sin6_addr.s6_addr[11] = 0xff;
    for (unsigned i = 0; i < 4; ++i) raw.sin6_addr.s6_addr[12 + i] = static_cast<std::uint8_t>(bits >> (24 - 8 * i));
    sockaddr_storage storage{};
    std::memcpy(&storage, &raw, sizeof raw);
    return lib::net::Address::from_sockaddr(*static_cast<const sockaddr*>(static_cast<const void*>(&storage)), sizeof raw);
  }
  if (!address.is_ipv6() || !IN6_IS_ADDR_V4MAPPED(&address.ipv6_bits())) return std::nullopt;
  const in6_addr& wide = address.ipv6_bits();
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < 4; ++i) bits = bits << 8 | wide.s6_addr[12 + i];
  return lib::net::Address::ipv4(bits);
}

std::string Index::add(std::string_view text, std::uint32_t entry, Names& names) {
  ++size_;
  if (compares_numbers(method_)) {
    const auto range = parse_range(text, Operator::Eq);
    if (!range) return fmt::format("'{}' is not a number", text);
    ranges_.add(*range, entry);
    return {};
  }
  if (method_ == Method::Ip) return add_network(text, entry, names);
  if (compares_text(method_)) return add_text(text, entry);
  return {};
}

void Index::reserve(std::size_t count) {
  if (count > kFew && compares_text(method_) && method_ != Method::Sub && method_ != Method::Reg) texts_.reserve(count);
}

bool Index::can_remove() const {
  if (method_ == Method::Reg) return true;
  if (method_ == Method::Ip) return masked_.empty() && !v4_.has_equals() && !v6_.has_equals();
  return compares_text(method_) && method_ != Method::Sub && size_ > few_at_most(method_) && !texts_.has_equals();
}

void Index::remove(std::string_view text, std::uint32_t entry, Names& names) {
  if (method_ == Method::Reg) {
    if (entry < regexes_.size()) regexes_[entry] = nullptr;
  } else if (method_ == Method::Ip) {
    if (const auto network = names.network(text)) (network->base.is_ipv4() ? v4_ : v6_).remove(bits_of(network->base), network->bits);
  } else {
    std::string own;
    if (method_ == Method::Bin) {
      (void)decode_hex(text, own);  // it was decoded before
      text = own;
    } else if (fold_ == Case::Ignored) {
      own = lower(text);
      text = own;
    }
    if (method_ == Method::Dir || method_ == Method::Dom) text = strip(text, method_ == Method::Dir ? kDirectories : kLabels);
    texts_.remove(text);
  }
}

bool Index::is_in_tree(std::uint32_t entry) const {
  if (method_ == Method::Ip)
    return std::none_of(masked_.begin(), masked_.end(), [entry](const MaskedNetwork& each) { return each.entry == entry; });
  return (method_ == Method::Str || method_ == Method::Beg) && fold_ == Case::Kept;
}

std::optional<lib::net::Prefix> Names::network(std::string_view text) {
  const auto network = lib::net::Prefix::parse(text);
  if (network) return *network;
  const auto of = [](const lib::net::Address& address) {
    return lib::net::Prefix{address, static_cast<std::uint8_t>(address.is_ipv4() ? 32 : 128)};
  };
  if (const auto found = known_.find(text); found != known_.end()) return of(found->second);
  const bool is_name = !text.empty() && !lib::base::is_digit(text.front()) && text.find_first_of(":/") == text.npos;
  const auto address = is_name && resolve != nullptr ? resolve(text) : std::nullopt;
  if (!address) return std::nullopt;
  known_.emplace(text, *address);
  return of(*address);
}

std::string Index::add_network(std::string_view text, std::uint32_t entry, Names& names) {
  if (const auto network = names.network(text)) {
    (network->base.is_ipv4() ? v4_ : v6_).add(bits_of(network->base), network->bits, entry);
    return {};
  }
  const auto masked = parse_masked(text);
  if (!masked) return fmt::format("'{}' is not a valid IPv4 or IPv6 address", text);
  masked_.push_back({masked->first, masked->second, entry});
  return {};
}

std::string Index::add_text(std::string_view text, std::uint32_t entry) {
  if (method_ == Method::Reg) {
    auto regex = Regex::compile(text, fold_);
    if (!regex) return regex.error();
    regexes_.resize(std::max<std::size_t>(regexes_.size(), entry + 1));
    regexes_[entry] = std::move(*regex);
    return {};
  }
  if (method_ == Method::Bin) {
    if (std::string fault = decode_hex(text, own_.emplace_front()); !fault.empty()) return fault;
    text = own_.front();
  } else if (fold_ == Case::Ignored) {
    text = own_.emplace_front(lower(text));
  }
  if (method_ == Method::Dir || method_ == Method::Dom) {
    text = strip(text, method_ == Method::Dir ? kDirectories : kLabels);
    if (text.empty()) return {};  // nothing but delimiters: matches nothing
  }
  const std::size_t few = few_at_most(method_);
  if (size_ <= few) {
    few_.push_back({text, entry});
    return {};
  }
  if (size_ == few + 1)
    for (const Piece& each : few_) texts_.add(each.text, each.entry);
  texts_.add(text, entry);
  return {};
}

std::uint32_t Index::find(const lib::net::Address& address) const {
  PrefixTrie const& own = address.is_ipv4() ? v4_ : v6_;
  std::uint32_t found = own.find(bits_of(address), address.is_ipv4() ? 32 : 128);
  if (found != kNoEntry) return found;
  const auto other = mapped(address);
  if (address.is_ipv4() || other)
    for (const MaskedNetwork& each : masked_)
      if (((address.is_ipv4() ? address : *other).ipv4_bits() & each.mask) == each.base) return each.entry;
  if (!other) return kNoEntry;
  return (other->is_ipv4() ? v4_ : v6_).find(bits_of(*other), other->is_ipv4() ? 32 : 128);
}

std::uint32_t Index::find(std::string_view text, Workspace& workspace) const {
  if (fold_ == Case::Ignored && method_ != Method::Reg && method_ != Method::Bin) {
    workspace.folded.assign(text);
    for (char& c : workspace.folded) c = lib::base::to_lower(c);
    text = workspace.folded;
  }
  return find_text(text, workspace);
}

std::uint32_t Index::find_text(std::string_view text, Workspace& workspace) const {
  switch (method_) {
    case Method::Bin:
    case Method::Str: return size_ <= kFew ? find_few(text) : texts_.find(text);
    case Method::Beg: return find_beginning(text);
    case Method::End: return find_end(text);
    case Method::Sub: return find_inside(text);
    case Method::Dir: return find_pieces(text, kDirectories);
    case Method::Dom: return find_pieces(text, kLabels);
    case Method::Reg: return find_regex(text, workspace);
    default: return kNoEntry;
  }
}

std::uint32_t Index::find_few(std::string_view text) const {
  for (const Piece& each : few_)
    if (each.text == text) return each.entry;
  return kNoEntry;
}

std::uint32_t Index::find_beginning(std::string_view text) const {
  if (size_ == 1) return text.starts_with(few_.front().text) ? few_.front().entry : kNoEntry;
  const auto& lengths = texts_.lengths();
  for (auto each = lengths.rbegin(); each != lengths.rend(); ++each) {
    if (*each > text.size()) continue;
    const std::uint32_t found = texts_.find(text.substr(0, *each));
    if (found != kNoEntry) return found;
  }
  return kNoEntry;
}

std::uint32_t Index::find_end(std::string_view text) const {
  if (size_ == 1) return text.ends_with(few_.front().text) ? few_.front().entry : kNoEntry;
  std::uint32_t first = kNoEntry;
  for (const std::uint32_t length : texts_.lengths()) {
    if (length > text.size()) break;
    first = std::min(first, texts_.find(text.substr(text.size() - length)));
  }
  return first;
}

std::uint32_t Index::find_inside(std::string_view text) const {
  for (const Piece& each : few_)
    if (text.find(each.text) != std::string_view::npos) return each.entry;
  return kNoEntry;
}

std::uint32_t Index::find_pieces(std::string_view text, std::string_view delimiters) const {
  const auto is_delimiter = [&](std::size_t at) { return delimiters.find(text[at]) != std::string_view::npos; };
  std::uint32_t first = kNoEntry;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at != 0 && !is_delimiter(at - 1)) continue;
    for (const std::uint32_t length : texts_.lengths()) {
      const std::size_t end = at + length;
      if (end > text.size()) break;
      if (end == text.size() || is_delimiter(end)) first = std::min(first, texts_.find(text.substr(at, length)));
    }
  }
  return first;
}

std::uint32_t Index::find_regex(std::string_view text, Workspace& workspace) const {
  for (std::uint32_t i = 0; i < regexes_.size(); ++i)
    if (regexes_[i] != nullptr && regexes_[i]->find(text, workspace.groups)) return i;
  return kNoEntry;
}

}  // namespace proxyd::patterns
