// What the daemon says on stderr, in haproxy's shape. A terminal that is gone is no reason to fail.
#pragma once

#include <string>
#include <string_view>

namespace proxyd {

/// "[ALERT]    (pid) : text"
void say_alert(std::string_view text);
/// From now on what is said is also added to `into`, which lives as long; null: no more.
void also_keep(std::string* into);
/// "[WARNING]  (pid) : text", which it returns.
std::string say_warning(std::string_view text);

}  // namespace proxyd
