// Status codes in words. Pure.
#pragma once

#include <string_view>

namespace lib::http {

/// The reason that haproxy 2.6 writes for a status when it makes up the response (`return status
/// 404`); for unknown ones the name of their class ("Client Error"). Redirects and built-in pages
/// have words of their own.
std::string_view reason_phrase(int status);

}  // namespace lib::http
