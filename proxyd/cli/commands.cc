#include "proxyd/cli/commands.h"

#include "proxyd/cli/rooms.h"

namespace proxyd::cli {

Command bind(Context& context, const Row& row, Plain run) {
  return {std::string{row.words}, row.level, std::string{row.usage}, std::string{row.help},
          [&context, run](Call& call) { run(context, call); }, {}};
}

namespace {

/// A reload may come while the command waits: what it looks at stays until it has ended.
lib::event::Task<void> hold_site(Context& context, Call& call, Waiting converse) {
  const std::shared_ptr<const session::Site> site = context.process.site;
  co_await converse(context, call);
}

}  // namespace

Command bind(Context& context, const Row& row, Waiting converse) {
  return {std::string{row.words}, row.level, std::string{row.usage}, std::string{row.help}, {},
          [&context, converse](Call& call) { return hold_site(context, call, converse); }};
}

Command bind(Context& context, const Row& row, OnServer run) {
  return {std::string{row.words}, row.level, std::string{row.usage}, std::string{row.help},
          [&context, run](Call& call) {
            if (servers::Server* const server = find_server(context, call, call.arg(0))) run(call, *server);
          }, {}};
}

servers::Backend* find_backend(Context& context, std::string_view name) {
  for (const auto& backend : context.process.site->backends)
    if (backend->conf.name == name) return backend.get();
  return nullptr;
}

listen::Frontend* find_frontend(Context& context, std::string_view name) {
  for (const auto& frontend : context.process.site->frontends)
    if (frontend->conf.name == name) return frontend.get();
  return nullptr;
}

listen::Frontend* named_frontend(Context& context, Call& call) {
  if (call.arg(0).empty()) {
    call.error("A frontend name is expected.");
    return nullptr;
  }
  listen::Frontend* frontend = find_frontend(context, call.arg(0));
  if (frontend == nullptr) call.error("No such frontend.");
  return frontend;
}

servers::Server* find_server(Context& context, Call& call, std::string_view words) {
  const std::size_t slash = words.find('/');
  if (slash == std::string_view::npos || slash + 1 == words.size()) {
    call.error("Require 'backend/server'.");
    return nullptr;
  }
  servers::Backend* backend = find_backend(context, words.substr(0, slash));
  if (backend == nullptr) {
    call.error("No such backend.");
    return nullptr;
  }
  servers::Server* server = backend->find_server(words.substr(slash + 1));
  if (server == nullptr) call.error("No such server.");
  return server;
}

lib::runtime::CommandTable commands(Context& context) {
  lib::runtime::CommandTable table;
  table.add(missing_commands());
  table.add(statistics_commands(context));
  table.add(show_servers_commands(context));
  table.add(session_commands(context));
  table.add(process_commands(context));
  table.add(set_server_commands(context));
  table.add(limit_commands(context));
  table.add(shutdown_commands(context));
  table.add(pattern_commands(context));
  table.add(event_commands(context));
  table.add(certificate_commands(context));
  table.add(certificate_list_commands(context));
  table.add(certificate_name_commands(context));
  table.add(authority_commands(context));
  table.add(explain_commands(context));
  table.add(reload_commands(context));
  return table;
}

}  // namespace proxyd::cli
