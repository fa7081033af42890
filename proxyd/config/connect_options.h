// Options of "server" lines about how its connections are opened and what is said first on them.
#pragma once

#include <span>

#include "proxyd/config/server_options.h"

namespace proxyd::config {

std::span<const ServerOption> connect_options();

/// The namespace of that name, opened once for all that name it; null where the system has none.
std::shared_ptr<const lib::net::Namespace> find_namespace(Config& config, std::string_view name);

/// A delay for TCP_USER_TIMEOUT; returns what is wrong, or an empty text.
std::string read_user_timeout(Line& line, std::size_t at, std::uint32_t& milliseconds);

}  // namespace proxyd::config
