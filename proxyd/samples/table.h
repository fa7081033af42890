// Rows of fetches and converters: each is declared once, beside its code.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/samples/environment.h"
#include "proxyd/samples/expression.h"

namespace proxyd::samples {

/// Looks at arguments that need more than their type; empty, or what is wrong with them.
using CheckFunction = std::string (*)(Arguments& arguments, Environment& environment);

struct Fetch {
  std::string_view name;
  Type type = Type::None;
  Source source = Source::Constant;
  /// A letter for each argument: i integer, s string, 4 and 6 addresses, m and M masks, b backend, f frontend, v server,
  /// u userlist, r regular expression, n variable; those behind '?' may be missing.
  std::string_view arguments{};
  FetchFunction function = nullptr;
  EachFunction each = nullptr;
  CheckFunction check = nullptr;
  Fact fact = Fact::None;
  bool has_derivatives = false;  // "path" has path_beg, path_end, ...
};

struct Converter {
  std::string_view name;
  Type in = Type::Any;
  Type out = Type::Same;
  std::string_view arguments{};
  ConvertFunction function = nullptr;
  CheckFunction check = nullptr;
};

// The tables, by topic.
std::span<const Fetch> constant_fetches();
std::span<const Fetch> fact_fetches();
std::span<const Fetch> request_fetches();
std::span<const Fetch> parameter_fetches();
std::span<const Fetch> response_fetches();
std::span<const Fetch> inspect_fetches();
std::span<const Fetch> distcc_fetches();
std::span<const Fetch> named_fetches();
std::span<const Converter> debug_converters();
std::span<const Fetch> tls_fetches();
std::span<const Fetch> certificate_fetches();
std::span<const Fetch> server_tls_fetches();
std::span<const Converter> text_converters();
std::span<const Converter> piece_converters();
std::span<const Converter> number_converters();
std::span<const Converter> coding_converters();
std::span<const Converter> digest_converters();
std::span<const Converter> date_converters();
std::span<const Converter> network_converters();
std::span<const Converter> variable_converters();
std::span<const Converter> map_converters();
std::span<const Converter> json_converters();
std::span<const Converter> fix_converters();
std::span<const Converter> mqtt_converters();
std::span<const Converter> protobuf_converters();
std::span<const Converter> packet_converters();
std::span<const Converter> rfc7239_converters();
std::span<const Converter> stream_converters();

/// Null when there is none of that name.
const Fetch* find_fetch(std::string_view name);
const Converter* find_converter(std::string_view name);
/// All rows, in the order of the tables.
std::vector<const Fetch*> all_fetches();
std::vector<const Converter*> all_converters();

}  // namespace proxyd::samples
