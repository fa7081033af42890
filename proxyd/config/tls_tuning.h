// What "global" says of listeners' TLS beside the defaults of their options.
#pragma once

#include "proxyd/certificates/library.h"
#include "proxyd/config/keyword.h"

namespace proxyd::config {

class Draft;
struct TlsDefaults;

const KeywordTable& tls_tuning_keywords();
/// The configuration's, made with what "global" has said when the first line needs it.
certificates::Library& library_of(Draft& draft);
/// Of the lines that were kept.
certificates::Tuning tuning_of(const TlsDefaults& defaults);
/// Reads the files. Null: none were said.
std::shared_ptr<const lib::tls::IssuerChains> issuers_of(const TlsDefaults& defaults);

}  // namespace proxyd::config
