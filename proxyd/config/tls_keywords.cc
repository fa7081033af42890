// Defaults for TLS in "global": checked and kept for `bind ... ssl` and `server ... ssl` to come.
// "PROFILE=SYSTEM" is the way of some distributions to say "the system's cipher list".
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

template <std::string TlsDefaults::*Field>
void parse_list(Line& line, std::string_view expects) {
  if (!line.has(1))
    return line.alert(
        1, fmt::format("global statement '{}' expects {} as an argument.", line.word(0), expects));
  line.global().tls.*Field = line.word(1);
}

template <std::string TlsDefaults::*Field>
void parse_ciphers(Line& line) {
  parse_list<Field>(line, "a cipher suite");
}

template <std::string TlsDefaults::*Field>
void parse_curves(Line& line) {
  parse_list<Field>(line, "a curves suite");
}

template <std::string TlsDefaults::*Field>
void parse_base(Line& line) {
  if (!(line.global().tls.*Field).empty())
    return line.alert(0, fmt::format("'{}' already specified.", line.word(0)));
  parse_list<Field>(line, "a directory path");
}

constexpr auto kVersions =
    std::to_array<std::string_view>({"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"});
constexpr auto kCommonOptions = std::to_array<std::string_view>(
    {"no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv12", "no-tlsv13", "force-sslv3", "force-tlsv10",
     "force-tlsv11", "force-tlsv12", "force-tlsv13", "no-tls-tickets"});
constexpr auto kBindOptions =
    std::to_array<std::string_view>({"prefer-client-ciphers", "strict-sni"});

bool contains(std::span<const std::string_view> list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

template <std::vector<std::string> TlsDefaults::*Field, bool ForBind>
void parse_options(Line& line) {
  const std::string_view keyword = line.word(0);
  if (!line.has(1))
    return line.alert(
        1, fmt::format("global statement '{}' expects an option as an argument.", keyword));
  std::vector<std::string>& kept = line.global().tls.*Field;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const std::string_view option = line.word(i);
    if (option == "ssl-min-ver" || option == "ssl-max-ver") {
      if (!line.has(i + 1))
        return line.alert(
            i, fmt::format("'{}' : missing the ssl/tls version on global statement '{}'.", option,
                           keyword));
      if (!contains(kVersions, line.word(i + 1)))
        return line.alert(i + 1,
                          fmt::format("'{}' : unknown ssl/tls version on global statement '{}'.",
                                      line.word(i + 1), keyword));
      kept.push_back(fmt::format("{} {}", option, line.word(i + 1)));
      ++i;
      continue;
    }
    if (!contains(kCommonOptions, option) && !(ForBind && contains(kBindOptions, option)))
      return line.alert(
          i, fmt::format("unknown option '{}' on global statement '{}'.", option, keyword));
    kept.emplace_back(option);
  }
}

void parse_server_verify(Line& line) {
  if (!line.has(1)) return line.alert(1, "'ssl-server-verify' expects an integer argument.");
  if (line.word(1) != "none" && line.word(1) != "required")
    return line.alert(1, "'ssl-server-verify' expects 'none' or 'required' as argument.");
  line.global().tls.verifies_servers = line.word(1) == "required";
}

void parse_dh_param(Line& line) {
  if (!line.has(1))
    return line.alert(1, "'tune.ssl.default-dh-param' expects an integer argument.");
  const std::int64_t bits = leading_number(line.word(1));
  if (bits < 1024) return line.alert(1, "'tune.ssl.default-dh-param' expects a value >= 1024.");
  line.global().tls.dh_bits = static_cast<std::uint32_t>(std::min<std::int64_t>(bits, INT32_MAX));
}

void parse_hello_bytes(Line& line) {
  const std::string_view name = line.word(0);
  if (name == "tune.ssl.capture-cipherlist-size")
    line.warning_tight(0, "'tune.ssl.capture-cipherlist-size' is deprecated and will be removed in version 2.7. Please use "
                          "'tune.ssl.capture-buffer-size' instead.");
  if (!line.has(1)) return line.alert(1, fmt::format("'{}' expects an integer argument.", name));
  const std::int64_t bytes = leading_number(line.word(1));
  if (bytes < 0) return line.alert(1, fmt::format("'{}' expects a positive numeric value.", name));
  line.global().tls.hello_bytes = static_cast<std::uint32_t>(std::min<std::int64_t>(bytes, INT32_MAX));
}

void parse_keylog(Line& line) {
  if (line.word(1) != "on" && line.word(1) != "off")
    return line.alert(1, fmt::format("'tune.ssl.keylog' expects either 'on' or 'off' but got '{}'.", line.word(1)));
  line.global().tls.keeps_secrets = line.word(1) == "on";
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "ssl-default-bind-ciphers",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_ciphers<&TlsDefaults::bind_ciphers>,
     .usage = "<list>",
     .doc = "Ciphers of TLS listeners up to TLS 1.2."},
    {.name = "ssl-default-bind-ciphersuites",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_ciphers<&TlsDefaults::bind_ciphersuites>,
     .usage = "<list>",
     .doc = "Ciphers of TLS listeners in TLS 1.3."},
    {.name = "ssl-default-bind-curves",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_curves<&TlsDefaults::bind_curves>,
     .usage = "<list>",
     .doc = "Key exchange groups of TLS listeners."},
    {.name = "ssl-default-bind-options",
     .scope = kGlobal,
     .parse = parse_options<&TlsDefaults::bind_options, true>,
     .usage = "<option>...",
     .doc = "TLS options of listeners."},
    {.name = "ssl-default-server-ciphers",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_ciphers<&TlsDefaults::server_ciphers>,
     .usage = "<list>",
     .doc = "Ciphers to TLS servers up to TLS 1.2."},
    {.name = "ssl-default-server-ciphersuites",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_ciphers<&TlsDefaults::server_ciphersuites>,
     .usage = "<list>",
     .doc = "Ciphers to TLS servers in TLS 1.3."},
    {.name = "ssl-default-server-curves",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_curves<&TlsDefaults::server_curves>,
     .usage = "<list>",
     .doc = "Key exchange groups to TLS servers."},
    {.name = "ssl-default-server-options",
     .scope = kGlobal,
     .parse = parse_options<&TlsDefaults::server_options, false>,
     .usage = "<option>...",
     .doc = "TLS options to servers."},
    {.name = "ssl-server-verify",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_server_verify,
     .usage = "none|required",
     .doc = "Whether TLS servers' certificates are verified where their lines do not say."},
    {.name = "ca-base",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_base<&TlsDefaults::ca_base>,
     .usage = "<directory>",
     .doc = "Where relative CA and CRL files are."},
    {.name = "crt-base",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_base<&TlsDefaults::crt_base>,
     .usage = "<directory>",
     .doc = "Where relative certificate files are."},
    {.name = "key-base",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_base<&TlsDefaults::key_base>,
     .usage = "<directory>",
     .doc = "Where relative files of keys are that are named apart from their certificates."},
    {.name = "tune.ssl.capture-buffer-size",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_hello_bytes,
     .usage = "<bytes>",
     .doc = "How much of a client's TLS hello is kept for fetches."},
    {.name = "tune.ssl.capture-cipherlist-size",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_hello_bytes,
     .usage = "<bytes>",
     .doc = "The same, in older files."},
    {.name = "tune.ssl.keylog",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_keylog,
     .usage = "on|off",
     .doc = "Keep TLS keys, for whoever is to decrypt a recording."},
    {.name = "tune.ssl.default-dh-param",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_dh_param,
     .usage = "<bits>",
     .doc = "Size of ephemeral Diffie-Hellman keys."},
});

}  // namespace

const KeywordTable& tls_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
