// How people name virtual and real servers in commands.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/keepalived/virtual_server.h"

namespace checkerd::report {

/// A name without spaces that find_virtual_server() understands: "10.0.0.1:80/tcp", "fwmark:5", "group:web/tcp".
std::string short_name(const parsers::keepalived::VirtualServers& all, std::size_t virtual_server);
/// "10.0.0.2:80".
std::string short_name(const parsers::keepalived::RealServer& server);

/// By short_name() with or without its protocol, or as the log names it ("[10.0.0.1]:tcp:80"); the first one.
std::optional<std::size_t> find_virtual_server(const parsers::keepalived::VirtualServers& all, std::string_view name);
std::optional<std::size_t> find_real_server(const parsers::keepalived::VirtualServer& of, std::string_view name);

}  // namespace checkerd::report
