// The formats of a proxy compiled, when its mode is known.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

/// Alerts about each that cannot be compiled.
void compile_formats(Draft& draft, ProxyDraft& about);
/// The same for those of its servers.
void compile_server_formats(Draft& draft, ProxyDraft& about);
/// The same for a backend's name that is a format.
void compile_backend_name(Draft& draft, const ProxyDraft& about, UseBackendRule& rule);

}  // namespace proxyd::config
