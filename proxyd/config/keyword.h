// What a keyword's row says, and the tables that hold the rows. A keyword outside a table does not
// exist.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxyd/config/model.h"

namespace proxyd::config {

class Line;

/// Where a keyword may stand, as bits.
using Scope = std::uint8_t;  // one bit left
inline constexpr Scope kGlobal = 1, kAnonymousDefaults = 2, kNamedDefaults = 4, kFrontend = 8,
                       kListen = 16, kBackend = 32, kRing = 64;
inline constexpr Scope kDefaults = kAnonymousDefaults | kNamedDefaults;
inline constexpr Scope kFront = kFrontend | kListen, kBack = kListen | kBackend;
inline constexpr Scope kAnyProxy = kFrontend | kListen | kBackend;

/// haproxy writes places in two ways: "parsing [f:1] : text" and "parsing [f:1]: text".
enum class Style : std::uint8_t { Spaced, Tight };

/// How many arguments: more than this is an alert.
inline constexpr std::int8_t kAnyNumber = -1;

/// One keyword of a section.
struct Keyword {
  std::string_view name;  // the word that selects the row, after the table's prefix
  Scope scope = 0;
  std::int8_t max_args = kAnyNumber;
  void (*parse)(Line&) = nullptr;
  bool Proxy::*flag = nullptr;  // for options that only set one
  bool negatable = false;       // takes "no" and "default"
  std::string_view usage{};
  std::string_view doc{};
  std::string_view misplaced_hint{};  // what else to write in the wrong kind of proxy
  Style style = Style::Spaced;        // of the message about a wrong section
};

/// Rows that share the words before them ("option", "timeout", or none).
struct KeywordTable {
  std::string_view prefix;
  std::span<const Keyword> rows;
};

/// All tables of sections, and those of lines with options of their own.
const KeywordTable& global_keywords();
const KeywordTable& tuning_keywords();
const KeywordTable& tls_keywords();
const KeywordTable& http2_keywords();
const KeywordTable& global_log_keywords();
const KeywordTable& global_variable_keywords();
const KeywordTable& header_case_keywords();
const KeywordTable& sandbox_keywords();
const KeywordTable& global_stats_keywords();
const KeywordTable& proxy_keywords();
const KeywordTable& balance_keywords();
const KeywordTable& persist_keywords();
const KeywordTable& acl_keywords();
const KeywordTable& rule_keywords();
const KeywordTable& error_keywords();
const KeywordTable& filter_keywords();
const KeywordTable& log_keywords();
const KeywordTable& line_keywords();  // bind, server, default-server
const KeywordTable& option_keywords();
const KeywordTable& timeout_keywords();
const KeywordTable& stats_keywords();
const KeywordTable& ring_keywords();

/// Keywords by name, hashed.
class KeywordIndex {
 public:
  void add(const KeywordTable& table);
  const Keyword* find(std::string_view name) const;
  /// Names, for did-you-mean.
  std::vector<std::string_view> names() const;

 private:
  std::unordered_map<std::string_view, const Keyword*> rows_;
};

}  // namespace proxyd::config
