// The rooms that the command table is made of: each gives its rows. Only commands.cc and those rooms need this.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/runtime/command_table.h"
#include "proxyd/cli/commands.h"

namespace proxyd::certificates {
class Library;
}

namespace proxyd::cli {

using lib::runtime::Call;
using lib::runtime::Command;
using lib::runtime::Level;
using lib::runtime::Severity;

using Plain = void (*)(Context& context, Call& call);
using OnServer = void (*)(Call& call, servers::Server& server);
using Waiting = lib::event::Task<void> (*)(Context& context, Call& call);

/// What a row says of its command.
struct Row {
  std::string_view words;
  Level level;
  std::string_view usage, help;
};
/// The table's form of a row, with the context bound to its handler.
Command bind(Context& context, const Row& row, Plain run);
Command bind(Context& context, const Row& row, Waiting converse);
/// Of a command whose first word names a server: the handler gets it, and is not called when there is none.
Command bind(Context& context, const Row& row, OnServer run);

/// show info, show stat, show schema json, dump stats-file.
std::vector<Command> statistics_commands(Context& context);
/// show servers state, show servers conn, show backend, get weight.
std::vector<Command> show_servers_commands(Context& context);
/// show sess, show errors.
std::vector<Command> session_commands(Context& context);
/// show version, show env, show cli sockets, show startup-logs, show pools, show activity.
std::vector<Command> process_commands(Context& context);
/// set server, set weight, enable/disable server, enable/disable health, agent.
std::vector<Command> set_server_commands(Context& context);
/// set maxconn, enable/disable frontend, clear counters.
std::vector<Command> limit_commands(Context& context);
/// shutdown frontend, shutdown session, shutdown sessions server.
std::vector<Command> shutdown_commands(Context& context);
/// show, get, add, set, del, clear, prepare, commit: acl and map.
std::vector<Command> pattern_commands(Context& context);
/// show events.
std::vector<Command> event_commands(Context& context);
/// explain.
std::vector<Command> explain_commands(Context& context);
/// show, dump, set, commit, abort, new, del: ssl cert, ocsp-response.
std::vector<Command> certificate_commands(Context& context);
/// show ssl sni.
std::vector<Command> certificate_name_commands(Context& context);
/// add and del ssl crt-list, tls-keys.
std::vector<Command> certificate_list_commands(Context& context);
/// show, set, commit, abort, new, del: ssl ca-file, crl-file.
std::vector<Command> authority_commands(Context& context);
/// reload, reload plan.
std::vector<Command> reload_commands(Context& context);
/// haproxy's commands that are not built yet.
std::vector<Command> missing_commands();

/// Certificates, authorities and ticket keys; empty where no line says anything of TLS.
std::shared_ptr<certificates::Library> held_library(Context& context);
/// The server named "backend/server" in `words`; else answers with what is wrong and returns null.
servers::Server* find_server(Context& context, Call& call, std::string_view words);
/// Null without an answer when there is none of that name.
listen::Frontend* find_frontend(Context& context, std::string_view name);
servers::Backend* find_backend(Context& context, std::string_view name);
/// The frontend named by the command's first word; else answers with what is wrong and returns null.
listen::Frontend* named_frontend(Context& context, Call& call);

}  // namespace proxyd::cli
