// "crt-store" sections: certificates whose parts stand in files of any name, loaded before anyone presents them. And the options
// of their "load" lines, which lines of a crt-list take as well.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/tls/certificate.h"
#include "parsers/haproxy/tree.h"
#include "proxyd/certificates/library.h"
#include "proxyd/config/draft.h"

namespace proxyd::config {

void read_crt_store(Draft& draft, const parsers::haproxy::Section& section);

/// Names of those options that stand between the brackets of a crt-list's line; each has a value.
std::vector<std::string_view> load_options_of_lists();

/// The options of `settings` that are a "load" line's go to `files` and out of `settings`. What is wrong with them, or an empty text.
std::string take_load_options(const TlsDefaults& defaults, std::vector<certificates::CrtListLine::Setting>& settings,
                              lib::tls::NamedFiles& files);

/// What the library calls the certificate of that word in a line: "@store/name", or a file beside "crt-base".
std::string certificate_name(const certificates::Library& library, const TlsDefaults& defaults, std::string_view word);

}  // namespace proxyd::config
