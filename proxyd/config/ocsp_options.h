// Keeping responses about certificates' status fresh: "ocsp-update" of "bind" lines and "ocsp-update.*" of "global".
#pragma once

#include <string>
#include <string_view>

#include "proxyd/config/bind_tls.h"
#include "proxyd/config/keyword.h"

namespace proxyd::config {

const KeywordTable& ocsp_keywords();

/// Of a "bind" line for all its certificates, or of a line of a list for its own, which counts more.
std::string parse_ocsp_update(TlsReading& reading, BindTls& tls, std::string_view option, std::string_view value);

/// Before a "bind" line's context is made: what it says of its certificates, and who signed those that are to be asked about.
/// What is wrong, or an empty text.
std::string settle_ocsp_updates(const Draft& draft, certificates::Library& library, const BindTls& tls);

/// When the whole file is known: the delays, and certificates that nobody can be asked about.
void check_ocsp_updates(Draft& draft);

}  // namespace proxyd::config
