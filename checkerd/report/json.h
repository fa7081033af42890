// `show servers json` and `show checks json`, for programs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "checkerd/report/desk.h"

namespace checkerd::report {

/// An array with an object for each virtual server, its real servers among its members.
std::string servers_json(const Desk& desk);
/// An array with an object for each check and its last runs, the newest first; of one virtual server or one of its real servers
/// where these are given.
std::string checks_json(const Desk& desk, std::optional<std::size_t> virtual_server, std::optional<std::size_t> server);

}  // namespace checkerd::report
