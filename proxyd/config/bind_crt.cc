// The certificates of a "bind" line: "crt" names a file, a bundle or a directory, "crt-list" a list of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "lib/base/outside.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/config/crt_store.h"
#include "proxyd/config/model.h"

namespace proxyd::config {
namespace {

/// What stands beside certificates in a directory and is none.
bool is_companion(std::string_view name) {
  constexpr auto kSuffixes = std::to_array<std::string_view>({".issuer", ".ocsp", ".sctl", ".key"});
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](std::string_view each) { return name.ends_with(each); });
}

/// A certificate on its way to a line, which says all but its name.
struct Wanted {
  BindCertificate which;
  lib::tls::NamedFiles parts{};  // where the line names any
};

bool exists(const std::string& path) { return lib::base::kind_of_path(path) != lib::base::PathKind::Nothing; }
bool is_directory(const std::string& path) { return lib::base::kind_of_path(path) == lib::base::PathKind::Directory; }

/// `path` is its name, too.
std::string add_certificate(TlsReading& reading, BindTls& tls, const std::string& path, const Wanted& wanted) {
  const auto loaded = reading.library.load(path, wanted.parts);
  if (!loaded) return loaded.error().message;
  tls.certificates.push_back(wanted.which);
  tls.certificates.back().name = path;
  return {};
}

/// All files of a directory in the order of their names.
std::string add_directory(TlsReading& reading, BindTls& tls, const std::string& path) {
  const auto names = lib::base::files_in(path);
  if (!names) return fmt::format("unable to scan directory '{}' : {}.", path, std::strerror(errno));
  std::vector<std::string> files;
  for (const std::string& name : *names) {
    std::string file = path + (path.ends_with('/') ? "" : "/") + name;
    if (!is_companion(file) && lib::base::kind_of_path(file) == lib::base::PathKind::File) files.push_back(std::move(file));
  }
  std::vector<certificates::ListEntry> entries;
  for (const std::string& each : files) {
    Wanted wanted;
    wanted.which.is_default = tls.certificates.empty();
    wanted.which.origin.list = path;
    if (std::string fault = add_certificate(reading, tls, each, wanted); !fault.empty()) return fault;
    entries.push_back({each, 0, false, {}, {}});
  }
  reading.library.entries.emplace(path, std::move(entries));
  tls.lists.push_back(path);
  return {};
}

/// What is loaded already, a file, or where there is none of that name "foo.pem.rsa", "foo.pem.ecdsa" and "foo.pem.dsa" for "foo.pem". What a line
/// names first is the default, the whole bundle of it.
std::string add_named(TlsReading& reading, BindTls& tls, const std::string& path, Wanted wanted) {
  wanted.which.is_default = tls.certificates.empty();
  errno = 0;
  const bool is_known = reading.library.find(path) != nullptr;
  if (is_known || (!path.starts_with('@') && exists(path))) return add_certificate(reading, tls, path, wanted);
  const int code = errno != 0 ? errno : ENOENT;
  bool found = false;
  for (const std::string_view kind : {".ecdsa", ".rsa", ".dsa"}) {
    if (!reading.library.tuning.has_bundles) break;
    const std::string each = path + std::string{kind};
    if (!exists(each)) continue;
    found = true;
    if (std::string fault = add_certificate(reading, tls, each, wanted); !fault.empty()) return fault;
  }
  if (found) return {};
  return fmt::format("unable to stat SSL certificate from file '{}' : {}.", path, std::strerror(code));
}

/// Those of a "load" line, taken out of `settings`. Options of a "bind" line are read when the context is made, on top of what
/// that line says then; whether they are right is asked here, where the place is known.
std::string check_settings(TlsReading& reading, std::vector<certificates::CrtListLine::Setting>& settings, lib::tls::NamedFiles& parts) {
  if (std::string fault = take_load_options(reading.defaults, settings, parts); !fault.empty()) return fault;
  BindTls trial;
  for (const auto& each : settings)
    if (std::string fault = find_bind_tls_option(each.option)->parse(reading, trial, each.option, each.value); !fault.empty()) return fault;
  return {};
}

}  // namespace

std::string parse_crt(TlsReading& reading, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'crt' : missing certificate location";
  const std::string path = certificate_name(reading.library, reading.defaults, value);
  return is_directory(path) ? add_directory(reading, tls, path) : add_named(reading, tls, path, {});
}

std::string parse_default_crt(TlsReading& reading, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'default-crt' : missing certificate location";
  const std::string path = certificate_name(reading.library, reading.defaults, value);
  if (is_directory(path)) return fmt::format("'default-crt' : '{}' is a directory, not a certificate.", path);
  Wanted wanted;
  wanted.which.is_for_others = true;
  return add_named(reading, tls, path, std::move(wanted));
}

std::string parse_crt_list(TlsReading& reading, BindTls& tls, std::string_view, std::string_view value) {
  if (value.empty()) return "'crt-list' : missing certificate location";
  std::string fault;
  const certificates::CrtList* const list = reading.library.read_list(std::string{value}, crt_list_options(), fault);
  if (list == nullptr) return "'crt-list' : " + fault;
  for (const std::string& each : list->warnings) reading.warnings.push_back("'crt-list' : " + each);
  std::vector<certificates::ListEntry> entries;
  for (const certificates::CrtListLine& each : list->lines) {
    Wanted wanted{{{}, each.filters, each.settings, false, false, {std::string{value}, each.number}}};
    fault = check_settings(reading, wanted.which.settings, wanted.parts);
    const std::size_t before = tls.certificates.size();
    if (fault.empty()) fault = add_named(reading, tls, certificate_name(reading.library, reading.defaults, each.certificate), std::move(wanted));
    if (!fault.empty()) return "'crt-list' : " + fault;
    for (std::size_t i = before; i < tls.certificates.size(); ++i)
      entries.push_back({tls.certificates[i].name, each.number, each.has_brackets, each.settings, each.filters});
  }
  reading.library.entries.emplace(std::string{value}, std::move(entries));
  tls.lists.emplace_back(value);
  return list->fault.empty() ? std::string{} : "'crt-list' : " + list->fault;
}

}  // namespace proxyd::config
