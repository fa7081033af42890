// How a server's state reads in pages, in `show stat` and in logs. The backend's lock is held while these look at it.
#pragma once

#include <string>
#include <string_view>

#include "proxyd/servers/server.h"

namespace proxyd::servers {

/// "status" column: "UP", "UP 1/3", "DOWN", "DOWN 1/2", "NOLB", "DRAIN", "MAINT", "no check".
std::string status_text(const Server& server);

/// The server has a health check and it is enabled: only then check columns (chkfail, chkdown too) have values.
bool is_checked(const Server& server);
/// Checked and not in maintenance: only then check_status, check_code, check_duration and last_chk have values.
bool shows_check(const Server& server);

/// "L4OK", "L7STS", ...
std::string_view check_status_name(CheckStatus status);
/// check_status column: the name, after "* " while a check runs; empty unless shows_check().
std::string check_status_text(const Server& server);
/// check_desc column: "Layer7 wrong status".
std::string_view check_description(CheckStatus status);
/// The status says something about layer 5 to 7 data: check_code is shown, and written as "code: 200" in logs.
bool has_code(CheckStatus status);
bool is_passed(CheckStatus status);
/// srv_check_status of `show servers state`, and back; Unknown for what none of our checks says.
unsigned check_status_number(CheckStatus status);
CheckStatus check_status_of(unsigned number);
/// srv_check_state of `show servers state`: 1 in progress, 2 configured, 4 enabled, 8 paused.
unsigned check_state_bits(const Server& server);

/// "Server be/s1", "Backup Server be/b1".
std::string title(const Server& server);
/// `, reason: Layer7 wrong status, code: 503, info: "Service Unavailable", check duration: 0ms`.
std::string check_reason(const CheckReport& report);

}  // namespace proxyd::servers
