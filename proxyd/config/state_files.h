// "server-state-file", "server-state-base", "load-server-state-from-file", "server-state-file-name": which files are read, and which servers
// they are about.
#pragma once

namespace proxyd::config {

class Draft;

/// Reads the files that the configuration names and hands each server what they say of it. Files that are missing or broken
/// are warned of: the servers start as if there were none.
void load_server_states(Draft& draft);

}  // namespace proxyd::config
