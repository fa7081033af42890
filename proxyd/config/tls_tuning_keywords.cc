// What "global" says of listeners' TLS beside the defaults of their options: sessions, files beside certificates, parameters.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/outside.h"
#include "lib/base/text.h"
#include "lib/tls/agreement.h"
#include "lib/tls/issuer_chains.h"
#include "proxyd/config/draft.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/tls_tuning.h"

namespace proxyd::config {
namespace {

/// Kept as written, among the defaults of "bind" lines: see tuning_of().
void keep(Line& line, std::string_view name, std::string_view value) {
  line.global().tls.bind_options.push_back(fmt::format("{} {}", name, value));
}

/// A positive number; false after an alert.
bool read_count(Line& line, std::uint32_t& out) {
  if (!line.has(1)) {
    line.alert(0, fmt::format("'{}' expects an integer argument.", line.word(0)));
    return false;
  }
  const std::int64_t count = leading_number(line.word(1));
  if (count < 0) {
    line.alert(1, fmt::format("'{}' expects a positive numeric value.", line.word(0)));
    return false;
  }
  warn_unless_number(line, 1);
  out = static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return true;
}

void parse_number(Line& line) {
  std::uint32_t count = 0;
  if (read_count(line, count)) keep(line, line.word(0), fmt::format("{}", count));
}

void parse_lifetime(Line& line) {
  if (!line.has(1)) return line.alert(0, "'tune.ssl.lifetime' expects ssl sessions <lifetime> in seconds as argument.");
  const Delay delay = read_delay(line.word(1), lib::base::Duration{1'000'000});
  if (delay.fault == DelayFault::Overflow)
    return line.alert(1, fmt::format("timer overflow in argument '{}' to <tune.ssl.lifetime> (maximum value is 2147483647 s or ~68 years).",
                                     line.word(1)));
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert(1, fmt::format("unexpected character '{}' in argument to <tune.ssl.lifetime>.", delay.character));
  if (delay.trailing != '\0') warn_trailing(line, 1, delay);
  keep(line, line.word(0), fmt::format("{}", delay.value / lib::base::Duration{1'000'000}));
}

/// One process has one cache for all its threads.
void parse_private_cache(Line&) {}

void parse_dh_file(Line& line) {
  if (!line.has(1)) return line.alert(0, "'ssl-dh-param-file' expects a file path as an argument.");
  const std::string path{line.word(1)};
  if (!lib::tls::has_dh_parameters(path))
    return line.alert(1, fmt::format("'ssl-dh-param-file': unable to load DH parameters from file <{}>.", path));
  keep(line, line.word(0), path);
}

void parse_security_level(Line& line) {
  if (!line.has(1)) return line.alert(0, "'ssl-security-level' expects an integer argument.");
  const std::int64_t level = leading_number(line.word(1));
  if (level < 0 || level > 5) return line.alert(1, "'ssl-security-level' expects a value between 0 and 5.");
  keep(line, line.word(0), fmt::format("{}", level));
}

void parse_signatures(Line& line) {
  if (!line.has(1))
    return line.alert(0, fmt::format("global statement '{}' expects signature algorithms as an arguments.", line.word(0)));
  keep(line, line.word(0), line.word(1));
}

void parse_extra_files(Line& line) {
  constexpr std::string_view kExpects =
      "'ssl-load-extra-files' expects one or multiple arguments (none, all, bundle, sctl, ocsp, issuer).";
  if (!line.has(1)) return line.alert(0, kExpects);
  for (std::size_t i = 1; i < line.size(); ++i) {
    const std::string_view word = line.word(i);
    const bool is_alone = word == "none" || word == "all";
    if (is_alone && line.size() > 2) return line.alert(i, "'ssl-load-extra-files' 'none' and 'all' can be only used alone");
    constexpr auto kKinds = std::to_array<std::string_view>({"bundle", "sctl", "ocsp", "issuer", "key"});
    if (!is_alone && std::find(kKinds.begin(), kKinds.end(), word) == kKinds.end()) return line.alert(i, kExpects);
  }
  keep(line, line.word(0), line.joined(1));
}

/// Read here for what is to be said of its files, and again when the first certificate is.
void parse_issuers(Line& line) {
  const std::string path{line.word(1)};
  const lib::base::PathKind kind = lib::base::kind_of_path(path);
  if (path.empty() || kind == lib::base::PathKind::Nothing)
    return line.alert(0, "global statement 'issuers-chain-path' expects a directory path as an argument.");
  if (kind != lib::base::PathKind::Directory)
    return line.alert(1, fmt::format("global statement 'issuers-chain-path': {} is not a directory.", path));
  for (const std::string& each : lib::tls::IssuerChains{}.add_directory(path))
    line.draft.warning(line.place(1), fmt::format("config : unable to load issuers-chain {} : pem certificate not found.", each));
  keep(line, line.word(0), path);
}

/// Said without a value.
void parse_switch(Line& line) { keep(line, line.word(0), {}); }

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "tune.ssl.cachesize", .scope = kGlobal, .max_args = 1, .parse = parse_number, .usage = "<number>",
     .doc = "TLS sessions that a listener remembers; 0: none."},
    {.name = "tune.ssl.lifetime", .scope = kGlobal, .max_args = 1, .parse = parse_lifetime, .usage = "<time>",
     .doc = "How long a TLS session can be resumed."},
    {.name = "tune.ssl.maxrecord", .scope = kGlobal, .max_args = 1, .parse = parse_number, .usage = "<bytes>",
     .doc = "The largest record sent to clients."},
    {.name = "tune.ssl.hard-maxrecord", .scope = kGlobal, .max_args = 1, .parse = parse_number, .usage = "<bytes>",
     .doc = "The largest record sent to clients."},
    {.name = "tune.ssl.force-private-cache", .scope = kGlobal, .max_args = 0, .parse = parse_private_cache, .usage = "",
     .doc = "Sessions are not shared between processes, of which there is one."},
    {.name = "tune.ssl.ssl-ctx-cache-size", .scope = kGlobal, .max_args = 1, .parse = parse_number, .usage = "<number>",
     .doc = "Certificates that were made on the spot and are kept."},
    {.name = "ssl-dh-param-file", .scope = kGlobal, .max_args = 1, .parse = parse_dh_file, .usage = "<file>",
     .doc = "Diffie-Hellman parameters of listeners."},
    {.name = "ssl-security-level", .scope = kGlobal, .max_args = 1, .parse = parse_security_level, .usage = "<0-5>",
     .doc = "How weak OpenSSL lets keys and signatures be."},
    {.name = "ssl-default-bind-sigalgs", .scope = kGlobal, .max_args = 1, .parse = parse_signatures,
     .usage = "<list>", .doc = "Kinds of signatures that listeners make."},
    {.name = "ssl-default-bind-client-sigalgs", .scope = kGlobal, .max_args = 1,
     .parse = parse_signatures, .usage = "<list>", .doc = "Kinds of clients' signatures."},
    {.name = "ssl-load-extra-files", .scope = kGlobal, .parse = parse_extra_files, .usage = "none|all|bundle|sctl|ocsp|issuer|key...",
     .doc = "Files beside certificates that are looked at."},
    {.name = "ssl-load-extra-del-ext", .scope = kGlobal, .parse = parse_switch, .usage = "",
     .doc = "Files beside \"a.crt\" are \"a.key\" and so on."},
    {.name = "issuers-chain-path", .scope = kGlobal, .max_args = 1, .parse = parse_issuers, .usage = "<directory>",
     .doc = "Chains for certificates that come without."},
    {.name = "ssl-skip-self-issued-ca", .scope = kGlobal, .parse = parse_switch, .usage = "",
     .doc = "Authorities that signed themselves are not sent."},
});

}  // namespace

const KeywordTable& tls_tuning_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

namespace {

void take_extra_files(certificates::Tuning& tuning, std::string_view words) {
  const auto has = [&](std::string_view kind) {
    const auto all = lib::base::split(words, ' ');
    return std::find(all.begin(), all.end(), kind) != all.end() || words == "all";
  };
  lib::tls::CompanionFiles& files = tuning.companions;
  files.key = has("key");
  files.ocsp = has("ocsp");
  files.issuer = has("issuer");
  files.sctl = has("sctl");
  tuning.has_bundles = has("bundle");
}

}  // namespace

certificates::Tuning tuning_of(const TlsDefaults& defaults) {
  certificates::Tuning tuning;
  tuning.makes_dh = defaults.dh_bits != 0;
  for (const std::string_view each : defaults.bind_options) {
    const std::string_view name = each.substr(0, each.find(' '));
    const std::string_view value = name.size() == each.size() ? std::string_view{} : each.substr(name.size() + 1);
    const auto number = static_cast<std::uint32_t>(leading_number(value));
    if (name == "tune.ssl.cachesize") tuning.cached_sessions = number;
    else if (name == "tune.ssl.lifetime") tuning.lifetime_s = number;
    else if (name == "tune.ssl.maxrecord" || name == "tune.ssl.hard-maxrecord")
      tuning.max_record = tuning.max_record == 0 || (number != 0 && number < tuning.max_record) ? number : tuning.max_record;
    else if (name == "ssl-security-level") tuning.security_level = static_cast<int>(number);
    else if (name == "tune.ssl.ssl-ctx-cache-size") tuning.forged_certificates = number;
    else if (name == "ssl-dh-param-file") tuning.dh_file = value;
    else if (name == "ssl-default-bind-sigalgs") tuning.bind_signatures = value;
    else if (name == "ssl-default-bind-client-sigalgs") tuning.bind_client_signatures = value;
    else if (name == "ssl-load-extra-files") take_extra_files(tuning, value);
    else if (name == "ssl-skip-self-issued-ca") tuning.companions.skips_self_issued = true;
    else if (name == "ssl-load-extra-del-ext") tuning.companions.in_place_of_extension = true;
  }
  return tuning;
}

certificates::Library& library_of(Draft& draft) {
  std::shared_ptr<certificates::Library>& library = draft.config->certificates;
  if (library == nullptr) {
    library = std::make_shared<certificates::Library>();
    library->tuning = tuning_of(draft.config->global.tls);
    library->tuning.companions.issuers = issuers_of(draft.config->global.tls);
  }
  return *library;
}

std::shared_ptr<const lib::tls::IssuerChains> issuers_of(const TlsDefaults& defaults) {
  std::shared_ptr<lib::tls::IssuerChains> chains;
  for (const std::string_view each : defaults.bind_options) {
    constexpr std::string_view kName = "issuers-chain-path ";
    if (!each.starts_with(kName)) continue;
    if (chains == nullptr) chains = std::make_shared<lib::tls::IssuerChains>();
    (void)chains->add_directory(std::string{each.substr(kName.size())});  // what is wrong with it was said
  }
  return chains;
}

}  // namespace proxyd::config
