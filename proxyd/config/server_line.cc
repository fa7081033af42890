#include "proxyd/config/server_line.h"

#include <fmt/format.h>

#include <array>
#include <span>

#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/ring_section.h"
#include "proxyd/config/server_options.h"
#include "proxyd/config/server_state.h"

namespace proxyd::config {

namespace {

void complain(const ServerContext& context, std::size_t word, std::string_view message) {
  context.line.draft.alert(context.line.place(word),
                           server_message_beginning(context) + std::string{message});
}

void complain_unknown(const ServerContext& context) {
  const std::string_view option = context.option();
  if (is_known(KeywordPlace::Server, option))
    return complain(context, context.at, not_built_text(option));
  std::vector<std::string_view> candidates = known_words(KeywordPlace::Server, "");
  for (const ServerOption& each : server_options()) candidates.push_back(each.name);
  std::string text = fmt::format("unknown keyword '{}'{}", option, maybe(option, candidates));
  if (!text.ends_with('?')) text += '.';
  if (context.name.empty()) text += " Hint: no address was expected for this server.";
  complain(context, context.at, text);
}

/// Options from context.at on; false after an alert.
bool read_options(ServerContext& context) {
  for (; context.at < context.line.size(); ++context.at) {
    const ServerOption* option = find_server_option(context.option());
    if (option == nullptr) {
      complain_unknown(context);
      return false;
    }
    if (option->server_line_only && context.name.empty()) {
      complain(context, context.at,
               fmt::format("'{}' option is not accepted in default-server sections", option->name));
      return false;
    }
    if (context.line.target->is_ring && !matters_in_ring(option->name))
      context.line.draft.diagnostics.notice(
          context.line.place(context.at),
          fmt::format("{}'{}' says nothing to a ring's server.", server_message_beginning(context), option->name));
    const std::string fault = option->parse(context);
    if (!fault.empty()) {
      complain(context, context.at + (option->takes_value ? 1 : 0), fault + ".");
      return false;
    }
    if (option->takes_value) ++context.at;
  }
  return true;
}

/// False after an alert: the section has no servers.
bool servers_allowed(Line& line, bool in_defaults_allowed) {
  if (line.target->is_back() || (in_defaults_allowed && line.in_defaults())) return true;
  if (line.in_defaults())
    line.draft.alert(line.place(0),
                     fmt::format("config : [{}] : '{}' not allowed in 'defaults' section.",
                                 line.at(), line.word(0)));
  else
    line.draft.alert(
        line.place(0),
        fmt::format(
            "config : [{}] : parsing [{}] : '{}' not allowed because {} has no backend capability.",
            line.at(), line.at(), line.word(0), line.target->title()));
  return false;
}

char bad_character(std::string_view name) {
  for (const char c : name) {
    const char low = lib::base::to_lower(c);
    if (!((low >= 'a' && low <= 'z') || lib::base::is_digit(c) ||
          std::string_view{"-_.:"}.find(c) != std::string_view::npos))
      return c;
  }
  return '\0';
}

/// The address of the line's third word; false after an alert.
bool read_server_address(ServerContext& context, std::size_t word, UnresolvedServer& unresolved) {
  AddressRules rules;
  rules.offset_allowed = true;
  rules.environment = context.line.draft.options.environment;
  rules.resolve = context.line.target->is_ring;  // the original looks a ring's servers up at once
  auto address = parse_address(context.line.word(word), rules);
  if (!address.has_value()) {
    complain(context, word, address.error().message);
    return false;
  }
  Server& server = context.server;
  server.where = std::move(address->where);
  if (server.where.kind != lib::net::Endpoint::Kind::Ip) return true;
  server.port_is_mapped = !address->has_port || address->is_offset;
  server.port_offset = address->offset;
  server.hostname = address->hostname;
  if (server.hostname.empty()) return true;
  // The port waits in a wildcard address until the name is known.
  server.where.ip = lib::net::Address::any(AF_INET, address->high_port);
  unresolved.family = address->family;
  return true;
}

}  // namespace

void read_server(Line& line) {
  if (!servers_allowed(line, false)) return;
  if (!line.has(2))
    return line.draft.alert(
        line.place(0),
        fmt::format("config : [{}] : 'server' expects <name> and <addr>[:<port>] as arguments.",
                    line.at()));
  const std::string_view name = line.word(1);
  if (const char bad = bad_character(name); bad != '\0')
    return line.draft.alert(
        line.place(1),
        fmt::format("config : [{}] : character '{}' is not permitted in server name '{}'.",
                    line.at(), bad, name));
  Proxy& proxy = line.proxy();
  Server server = line.target->default_server;
  ServerDraft wish = line.target->default_wish;
  server.place = line.draft.keep(line.statement.whole());
  server.name = name;
  server.text += line.joined(0);
  UnresolvedServer unresolved{};
  ServerContext context{line, server, wish, name, 3};
  if (!read_server_address(context, 2, unresolved)) return;
  if (!read_options(context)) return;
  if (!server.hostname.empty()) {
    unresolved.proxy = line.draft.config->proxies.size() - 1;
    unresolved.server = proxy.servers.size();
    unresolved.place = line.place(2);
    unresolved.wish = std::move(wish);
    line.draft.unresolved.push_back(std::move(unresolved));
  }
  proxy.servers.push_back(std::move(server));
  line.target->server_places.push_back(line.place(1));
}

void read_default_server(Line& line) {
  if (!servers_allowed(line, true)) return;
  ServerContext context{line, line.target->default_server, line.target->default_wish, {}, 1};
  context.server.text += line.joined(0) + '\n';
  (void)read_options(context);  // it has complained
}

void resolve_servers(Draft& draft) {
  bool missed = false;
  for (const UnresolvedServer& each : draft.unresolved) {
    Proxy& proxy = *draft.config->proxies[each.proxy];
    Server& server = proxy.servers[each.server];
    constexpr auto kUsual = std::to_array<InitAddress>({InitAddress::Last, InitAddress::Libc});
    const std::span<const InitAddress> methods = each.wish.init_address.empty()
                                                     ? std::span<const InitAddress>{kUsual}
                                                     : std::span{each.wish.init_address};
    const std::uint16_t port = server.where.ip.port();
    const std::string where =
        fmt::format("config : [{}] : 'server {}/{}' : could not resolve address '{}'",
                    server.place.text(), proxy.name, server.name, server.hostname);
    bool settled = false;
    for (const InitAddress method : methods) {
      if (settled) break;
      if (method == InitAddress::Last) {
        if (server.remembered != nullptr && server.remembered->address) {
          server.where.ip = *server.remembered->address;
          settled = true;
        }
      } else if (method == InitAddress::Libc) {
        if (const auto address = resolve_host(server.hostname, each.family)) {
          server.where.ip = *address;
          settled = true;
        }
      } else if (method == InitAddress::Ip) {
        server.where.ip = each.wish.init_ip;
        draft.warning(each.place, where + ", falling back to configured address.");
        settled = true;
      } else if (method == InitAddress::None) {
        server.where.ip = lib::net::Address::any(AF_INET);
        server.disabled = true;
        settled = true;
      }
    }
    server.where.ip.set_port(port);
    if (settled) continue;
    draft.alert(each.place, where + ".", "use 'init-addr none' to start without it");
    missed = true;
  }
  if (missed) draft.alert(Place{}, "config : Failed to initialize server(s) addr.");
}

}  // namespace proxyd::config
