// Scripts as a configuration names them: their words, their user, and whether they may run (vrrp-behaviour section 8).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

/// The words of a command: blanks part them, single quotes group, a backslash takes the next character as it is; double
/// quotes inside are ordinary.
std::vector<std::string> split_command(std::string_view text);

/// KEYWORD CMD|"CMD ARGS" [USER [GROUP]]. Whether it may run is checked by vet_commands(), when script_user is known.
Command read_command(Reader& in);
/// KEYWORD "CMD ARGS" | KEYWORD CMD ARGS: without a user.
Command read_script(Reader& in);
/// USER [GROUP] from word `index` on; complains.
bool read_user(Reader& in, std::size_t index, Command& to);

/// The scripts around the whole run.
void vet_global_commands(Context& context);
/// Looks at every script of VRRP: users, files, permissions; drops what cannot run, says the original's lines.
void vet_commands(Context& context);
/// The same for the scripts of virtual servers, of their real servers and checkers.
void vet_check_commands(Context& context);

}  // namespace parsers::keepalived
