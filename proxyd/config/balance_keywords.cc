// "balance", "hash-type", "hash-balance-factor": how a server is chosen.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/samples/compile.h"

namespace proxyd::config {

namespace {

/// "random", "random(2)".
void parse_random(Line& line) {
  Proxy& proxy = line.proxy();
  std::string_view arguments = line.word(1).substr(std::string_view{"random"}.size());
  proxy.random_draws = 2;
  if (arguments.empty()) return;
  arguments.remove_prefix(1);
  const std::size_t end = arguments.find(')');
  if (end == std::string_view::npos)
    return line.alert(1, "balance random : missing closing parenthesis.");
  const std::string_view number = arguments.substr(0, end);
  if (number.empty()) return;
  const std::size_t digits = number.front() == '-' ? 1 : 0;
  const std::size_t bad = number.find_first_not_of("0123456789", digits);
  if (bad != std::string_view::npos)
    return line.alert(
        1, fmt::format("balance random : unexpected character '{}' after argument.", number[bad]));
  const std::int64_t draws = leading_number(number);
  if (draws <= 0) return line.alert(1, "balance random : number of draws must be at least 1.");
  proxy.random_draws = static_cast<std::uint32_t>(std::min<std::int64_t>(draws, INT32_MAX));
}

void parse_uri(Line& line) {
  balance::UriKey& uri = line.proxy().balance_key.uri;
  uri = balance::UriKey{};
  for (std::size_t at = 2; at < line.size(); ++at) {
    const std::string_view word = line.word(at);
    if (word == "whole") {
      uri.whole = true;
    } else if (word == "path-only") {
      uri.path_only = true;
    } else if (word == "len" || word == "depth") {
      const std::int64_t number = leading_number(line.word(++at));
      if (number <= 0)
        return line.alert(at, fmt::format("balance uri : '{}' expects a positive integer (got '{}').", word, line.word(at)));
      (word == "len" ? uri.length : uri.depth) = static_cast<std::uint32_t>(std::min<std::int64_t>(number, INT32_MAX));
    } else {
      return line.alert(
          at, fmt::format("balance uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got '{}').", word));
    }
  }
}

void parse_url_param(Line& line) {
  BalanceKey& key = line.proxy().balance_key;
  if (!line.has(2)) return line.alert(2, "balance url_param requires an URL parameter name.");
  key.name = line.word(2);
  key.check_post = line.word(3) == "check_post";
  if (line.has(3) && !key.check_post)
    line.alert(3, fmt::format("balance url_param only accepts 'check_post' modifier (got '{}').", line.word(3)));
}

/// What stands between the parentheses of "hdr(x)"; empty without a closing one.
std::string_view between_parentheses(std::string_view text) {
  const std::size_t open = text.find('('), close = text.find(')');
  return close == std::string_view::npos || close < open ? std::string_view{} : text.substr(open + 1, close - open - 1);
}

void parse_hdr(Line& line) {
  BalanceKey& key = line.proxy().balance_key;
  key.name = between_parentheses(line.word(1));
  if (key.name.empty()) return line.alert(1, "balance hdr requires an http header field name.");
  key.domain_only = line.word(2) == "use_domain_only";
  if (line.has(2) && !key.domain_only)
    line.alert(2, fmt::format("balance hdr({}) only accepts 'use_domain_only' modifier (got '{}').", key.name, line.word(2)));
  for (char& c : key.name) c = lib::base::to_lower(c);
}

void parse_rdp_cookie(Line& line) {
  BalanceKey& key = line.proxy().balance_key;
  key.name = "mstshash";
  if (line.word(1).find('(') == std::string_view::npos) return;
  key.name = between_parentheses(line.word(1));
  if (key.name.empty()) line.alert(1, "balance rdp-cookie : missing cookie name.");
}

void parse_hash(Line& line) {
  if (!line.has(2)) return line.alert(2, "balance hash requires a sample expression.");
  const std::string_view text = line.word(2);
  auto expression = samples::compile(text, environment_of(line));
  if (!expression.has_value())
    return line.draft.alert(line.place(2), fmt::format("config : {} [{}]: failed to parse 'balance hash' expression '{}' in : {}.",
                                                       line.target->title(), Draft::at(line.target->place), text,
                                                       expression.error().message));
  const std::string unusable = samples::unusable_text(**expression, text, samples::Place::BackSet);
  if (!unusable.empty())
    return line.draft.alert(line.place(2), fmt::format("config : {} [{}]: {}", line.target->title(),
                                                       Draft::at(line.target->place), unusable));
  line.proxy().balance_key.expression = std::move(*expression);
}

/// One "balance" word, what it chooses, and how its arguments are read.
struct Row {
  std::string_view name;
  Algorithm algorithm;
  void (*parse)(Line& line) = nullptr;
  enum class Parentheses : std::uint8_t { No, May, Must } parentheses = Parentheses::No;
};
constexpr auto kAlgorithms = std::to_array<Row>({
    {"roundrobin", Algorithm::RoundRobin},
    {"static-rr", Algorithm::StaticRr},
    {"leastconn", Algorithm::LeastConn},
    {"first", Algorithm::First},
    {"source", Algorithm::Source},
    {"random", Algorithm::Random, parse_random, Row::Parentheses::May},
    {"uri", Algorithm::Uri, parse_uri},
    {"url_param", Algorithm::UrlParam, parse_url_param},
    {"hdr", Algorithm::Header, parse_hdr, Row::Parentheses::Must},
    {"rdp-cookie", Algorithm::RdpCookie, parse_rdp_cookie, Row::Parentheses::May},
    {"hash", Algorithm::Hash, parse_hash},
});

bool is_named(const Row& row, std::string_view text) {
  if (!text.starts_with(row.name)) return false;
  const std::string_view rest = text.substr(row.name.size());
  const bool opens = rest.starts_with('(');
  if (row.parentheses == Row::Parentheses::Must) return opens;
  return rest.empty() || (opens && row.parentheses == Row::Parentheses::May);
}

void parse_balance(Line& line) {
  const std::string_view text = line.word(1);
  Proxy& proxy = line.proxy();
  proxy.balance_given = true;
  if (text.empty()) {
    proxy.algorithm = Algorithm::RoundRobin;
    return;
  }
  for (const Row& row : kAlgorithms) {
    if (!is_named(row, text)) continue;
    proxy.algorithm = row.algorithm;
    proxy.balance_key = BalanceKey{};
    if (row.parse != nullptr) row.parse(line);
    return;
  }
  if (text == "log-hash" || text == "sticky") return line.not_built(1, fmt::format("balance {}", text));
  line.alert(1,
             "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', "
             "'url_param', 'hdr(name)' "
             "and 'rdp-cookie(name)' options.");
}

constexpr auto kFunctions = std::to_array<std::pair<std::string_view, balance::HashFunction>>({
    {"sdbm", balance::HashFunction::Sdbm},
    {"djb2", balance::HashFunction::Djb2},
    {"wt6", balance::HashFunction::Wt6},
    {"crc32", balance::HashFunction::Crc32},
    {"none", balance::HashFunction::None},
});

void parse_hash_type(Line& line) {
  balance::HashType type;
  const std::string_view method = line.word(1), function = line.word(2);
  type.consistent = method == "consistent";
  if (!type.consistent && method != "map-based")
    return line.alert(1, "'hash-type' only supports 'consistent' and 'map-based'.");
  if (function.empty()) {
    type.avalanche = type.consistent;
    line.proxy().hash_type = type;
    return;
  }
  const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                         [&](const auto& each) { return each.first == function; });
  if (found == kFunctions.end())
    return line.alert(2, "'hash-type' only supports 'sdbm', 'djb2', 'crc32', or 'wt6' hash functions.");
  type.function = found->second;
  type.avalanche = line.word(3) == "avalanche";
  if (line.has(3) && !type.avalanche)
    return line.alert(3, "'hash-type' only supports 'avalanche' as a modifier for hash functions.");
  line.proxy().hash_type = type;
}

void parse_hash_balance_factor(Line& line) {
  if (!line.has(1)) return line.alert(1, "'hash-balance-factor' expects an integer argument.");
  warn_unless_number(line, 1);
  const std::int64_t factor = leading_number(line.word(1));
  if (factor != 0 && factor <= 100)
    return line.alert(1, "'hash-balance-factor' must be 0 or greater than 100.");
  line.proxy().hash_balance_factor = static_cast<std::uint32_t>(std::min<std::int64_t>(factor, INT32_MAX));
}

constexpr auto kAffinities = std::to_array<std::pair<std::string_view, balance::HashAffinity>>({
    {"always", balance::HashAffinity::Always},
    {"maxconn", balance::HashAffinity::MaxConn},
    {"maxqueue", balance::HashAffinity::MaxQueue},
});

void parse_hash_affinity(Line& line) {
  if (!line.has(1)) return line.alert(1, "'hash-preserve-affinity' expects 'always', 'maxconn' or 'maxqueue' as argument.");
  const auto* const found = std::find_if(kAffinities.begin(), kAffinities.end(),
                                         [&](const auto& each) { return each.first == line.word(1); });
  if (found == kAffinities.end())
    return line.alert(1, fmt::format("'hash-preserve-affinity' only supports 'always', 'maxconn' and 'maxqueue' (got '{}').", line.word(1)));
  line.proxy().hash_affinity = found->second;
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "balance",
     .scope = kDefaults | kBack,
     .parse = parse_balance,
     .usage = "roundrobin|static-rr|leastconn|first|source|random[(<draws>)]|uri ...|url_param <name> "
              "[check_post]|hdr(<name>) [use_domain_only]|rdp-cookie[(<name>)]|hash <expression>",
     .doc = "How a server is chosen."},
    {.name = "hash-type",
     .scope = kDefaults | kBack,
     .parse = parse_hash_type,
     .usage = "map-based|consistent [sdbm|djb2|wt6|crc32|none] [avalanche]",
     .doc = "How hashes become servers."},
    {.name = "hash-balance-factor",
     .scope = kDefaults | kBack,
     .parse = parse_hash_balance_factor,
     .usage = "<percent>",
     .doc = "Most streams of a server, of the mean, with consistent hashing."},
    {.name = "hash-preserve-affinity",
     .scope = kDefaults | kBack,
     .max_args = 1,
     .parse = parse_hash_affinity,
     .usage = "always|maxconn|maxqueue",
     .doc = "Whether a key waits for its server when that is full."},
});

}  // namespace

const KeywordTable& balance_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
