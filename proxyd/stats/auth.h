// Who may see a statistics page: "stats auth" against an Authorization header. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxyd/config/model.h"

namespace proxyd::stats {

/// True when the page asks for nobody's name, or `authorization` (the header's value) has a user's name and password.
bool check_auth(const config::StatsPage& conf, std::string_view authorization);

/// Base64 with or without padding (RFC 4648 §4); nothing when there is anything else in it.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace proxyd::stats
