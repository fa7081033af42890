// Status codes in words. Pure.
#pragma once

#include <string_view>

namespace lib::http {

/// The reason that haproxy writes for a status ("Gateway Time-out"); "Other" style text for unknown ones.
std::string_view reason_phrase(int status);

}  // namespace lib::http
