// TLS of "server" lines: what the options say, and the contexts made of them when the whole file is known.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "lib/tls/client_context.h"
#include "proxyd/config/connecting.h"
#include "proxyd/config/server_options.h"
#include "proxyd/config/tls_text.h"
#include "proxyd/samples/expression.h"

namespace proxyd::config {

/// Never changed once the file was read; the lines that inherit it share it until they say something of their own.
struct ServerTls {
  bool is_on = false;      // "ssl"
  bool is_refused = false; // "no-ssl"
  bool may_be_on = false;  // "no-ssl" against an inherited "ssl": "set server ssl" can turn it on
  /// "check-ssl", "no-check-ssl": else checks do as the traffic, unless they go elsewhere.
  enum class Checks : std::uint8_t { AsTraffic, Yes, No } checks = Checks::AsTraffic;
  enum class Verify : std::uint8_t { Default, None, Required } verify = Verify::Default;
  lib::tls::BackSettings settings;
  TlsVersions versions{.min_version = TlsVersion::Tls10};
  bool may_use_tickets = true, knows_tickets = false;  // "no-tls-tickets", "tls-tickets"
  bool resumes = true;     // "no-ssl-reuse"
  bool sends_early = false;  // "allow-0rtt"
  std::string verify_host; // "verifyhost"; empty: the name that is sent
  std::string check_sni;   // "check-sni"; empty: checks send no name
  std::string check_alpn;  // "check-alpn" as the extension has it; empty: what traffic offers
  std::string sni_text;
  std::shared_ptr<const samples::Expression> sni;  // "sni"; null: no name is sent
  std::shared_ptr<const lib::tls::ClientContext> context;  // null: it speaks no TLS
};

std::span<const ServerOption> server_tls_options();

/// For each server that speaks TLS or is checked so. Alerts name the server, as the original's.
void make_server_contexts(Draft& draft, ProxyDraft& about);

}  // namespace proxyd::config
