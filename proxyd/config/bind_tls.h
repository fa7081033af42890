// TLS of "bind" lines: what the options say, and the contexts made of them when the whole file is known.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tls/server_context.h"
#include "proxyd/certificates/library.h"
#include "proxyd/config/tls_text.h"

namespace proxyd::config {

class Draft;
struct ProxyDraft;
struct TlsDefaults;

/// A certificate that a line presents, in the order of its words.
struct BindCertificate {
  std::string name;  // in the library
  std::vector<std::string> filters{};
  std::vector<certificates::CrtListLine::Setting> settings{};  // of its line in a list
  bool is_default = false;
  bool is_for_others = false;  // "default-crt"
  certificates::Origin origin{};
};

struct BindTls {
  bool is_on = false;  // "ssl"
  lib::tls::ServerSettings settings;
  // As said; the context's settings are made of them and of global's defaults.
  TlsVersions versions;
  bool generates = false;  // "generate-certificates"
  std::string ca_sign_file, ca_sign_pass;
  std::vector<BindCertificate> certificates;
  std::vector<std::string> lists;  // and directories
  std::optional<bool> keeps_ocsp_fresh;  // "ocsp-update"; nothing: as "ocsp-update.mode" says
  std::shared_ptr<const lib::tls::ServerContext> context;  // set by make_tls_contexts() where TLS is on
};

/// What options are read with: of a "bind" line, of a list's line when the file is loaded or at run time.
struct TlsReading {
  const TlsDefaults& defaults;
  certificates::Library& library;
  std::vector<std::string> alerts{}, warnings{};  // beside what is wrong with the option itself; alerts are whole
};

/// One option of TLS on a "bind" line.
struct BindTlsOption {
  std::string_view name;
  bool takes_value;
  /// What is wrong, or an empty text.
  std::string (*parse)(TlsReading& reading, BindTls& tls, std::string_view option, std::string_view value);
  std::string_view usage;
  std::string_view doc;
  bool is_for_lists = false;  // also in the brackets of a crt-list's line
};
std::span<const BindTlsOption> bind_tls_options();
/// Null: there is none of that name.
const BindTlsOption* find_bind_tls_option(std::string_view name);
std::vector<certificates::CrtListOption> crt_list_options();

// "crt", "default-crt" and "crt-list"
std::string parse_default_crt(TlsReading& reading, BindTls& tls, std::string_view option, std::string_view value);
std::string parse_crt(TlsReading& reading, BindTls& tls, std::string_view option, std::string_view value);
std::string parse_crt_list(TlsReading& reading, BindTls& tls, std::string_view option, std::string_view value);

/// For each line with "ssl": alerts name the proxy, the line and the option, as the original's.
void make_tls_contexts(Draft& draft, ProxyDraft& about);

}  // namespace proxyd::config
