#include "proxyd/config/tls_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/tls/agreement.h"

namespace proxyd::config {
namespace {

constexpr auto kVersionNames = std::to_array<std::string_view>({"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"});
// As "no-" and "force-" options spell them.
constexpr auto kVersionWords = std::to_array<std::string_view>({"sslv3", "tlsv10", "tlsv11", "tlsv12", "tlsv13"});

std::optional<TlsVersion> version_of(std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<TlsVersion>(found - names.begin());
}

lib::tls::Version spoken(TlsVersion version) {
  return static_cast<lib::tls::Version>(0x0300 + static_cast<unsigned>(version));
}

}  // namespace

bool TlsVersions::allows(TlsVersion version) const {
  return version != TlsVersion::Ssl3 && version >= min_version && version <= max_version &&
         std::find(disabled.begin(), disabled.end(), version) == disabled.end();
}

std::string TlsVersions::limit(std::string_view option, std::string_view value) {
  if (value.empty()) return fmt::format("'{}' : missing the ssl/tls version", option);
  const auto version = version_of(kVersionNames, value);
  if (!version) return fmt::format("'{}' : unknown ssl/tls version", value);
  const bool is_min = option == "ssl-min-ver";
  (is_min ? min_version : max_version) = *version;
  (is_min ? has_min : has_max) = true;
  return {};
}

void TlsVersions::exclude(std::string_view option) {
  if (const auto version = version_of(kVersionWords, option.substr(std::string_view{"no-"}.size()))) disabled.push_back(*version);
}

void TlsVersions::restrict_to(std::string_view option) {
  const auto version = version_of(kVersionWords, option.substr(std::string_view{"force-"}.size()));
  if (!version) return;
  min_version = max_version = *version;
  has_min = has_max = true;
}

bool TlsVersions::take_default(std::string_view option) {
  const std::size_t blank = option.find(' ');
  const std::string_view name = option.substr(0, blank);
  if (name == "ssl-min-ver" || name == "ssl-max-ver") {
    const auto version = version_of(kVersionNames, option.substr(blank + 1));
    if (version && !(name == "ssl-min-ver" ? has_min : has_max)) (name == "ssl-min-ver" ? min_version : max_version) = *version;
    return true;
  }
  if (name.starts_with("force-")) {
    const auto version = version_of(kVersionWords, name.substr(std::string_view{"force-"}.size()));
    if (version && !has_min && !has_max) min_version = max_version = *version;
    return true;
  }
  if (!name.starts_with("no-tlsv") && name != "no-sslv3") return false;
  exclude(name);
  return true;
}

bool TlsVersions::settle(lib::tls::Version& lowest, lib::tls::Version& highest, std::vector<lib::tls::Version>& holes) const {
  std::vector<TlsVersion> left;
  for (const TlsVersion each : {TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13})
    if (allows(each)) left.push_back(each);
  if (left.empty()) return false;
  lowest = spoken(left.front());
  highest = spoken(left.back());
  for (const TlsVersion each : disabled)
    if (each > left.front() && each < left.back()) holes.push_back(spoken(each));
  return true;
}

std::string_view name_of(TlsVersion version) { return kVersionNames[static_cast<std::size_t>(version)]; }

std::string path_in(const std::string& base, std::string_view name) {
  return base.empty() || name.starts_with('/') ? std::string{name} : base + "/" + std::string{name};
}

}  // namespace proxyd::config
