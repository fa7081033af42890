// show info, show stat and their schema, dump stats-file.
#include "lib/base/text.h"
#include "lib/metrics/render.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/stats/fields.h"
#include "proxyd/stats/gather.h"
#include "proxyd/stats/info.h"
#include "proxyd/stats/kept.h"

namespace proxyd::cli {

using lib::event::Task;
using lib::metrics::Detail;

namespace {

/// Answers are sent when they have grown this large, so that memory stays bounded.
constexpr std::size_t kPiece = 64 * 1024;

void show_info(Context& context, Call& call) {
  bool json = false;
  bool typed = false;
  bool precise = false;
  Detail detail = Detail::Plain;
  for (const std::string& word : call.args) {
    json = json || word == "json";
    typed = typed || word == "typed";
    precise = precise || word == "float";
    if (word == "desc") detail = Detail::WithMeaning;
  }
  const stats::InfoFacts facts = stats::gather_info(*context.process.site, call.waiter.now());
  const std::vector<lib::metrics::Value> values = stats::info_values(facts, precise);
  if (json) {
    lib::metrics::append_json(call.out, {}, stats::info_fields(), values);
    call.out += '\n';
  } else if (typed) {
    lib::metrics::append_typed(call.out, "", stats::info_fields(), values, detail);
  } else {
    lib::metrics::append_plain(call.out, stats::info_fields(), values, detail);
  }
}

struct StatRequest {
  stats::Selection selection;
  stats::StatFormat format = stats::StatFormat::Csv;
  Detail detail = Detail::Plain;
};

/// False when a proxy is named that does not exist.
bool read_selectors(Context& context, Call& call, stats::Selection& selection) {
  // all three must be there, else words are only words
  if (call.args.size() < 3) return true;
  const auto number = [&](std::size_t i) {
    return lib::base::parse_number<std::int64_t>(call.arg(i)).value_or(0);
  };
  const std::string_view which = call.arg(0);
  const std::optional<std::int64_t> id = lib::base::parse_number<std::int64_t>(which);
  const bool only_words = !id && (which == "desc" || which == "json" || which == "no-maint" || which == "typed" ||
                                  which == "up");
  if (only_words) return true;
  if (id) {
    selection.proxy_id = *id;
  } else {
    const config::Proxy* found = nullptr;
    for (const auto& proxy : context.process.site->config->proxies)
      if (found == nullptr && proxy->name == which) found = proxy.get();
    if (found == nullptr) return false;
    selection.proxy_id = found->id;
  }
  selection.types = number(1);
  selection.server_id = number(2);
  return true;
}

bool read_request(Context& context, Call& call, StatRequest& request) {
  if (!read_selectors(context, call, request.selection)) return false;
  for (const std::string& word : call.args) {
    if (word == "json") request.format = stats::StatFormat::Json;
    if (word == "typed") request.format = stats::StatFormat::Typed;
    if (word == "desc") request.detail = Detail::WithMeaning;
    if (word == "up") request.selection.hide_down = true;
    if (word == "no-maint") request.selection.hide_maintenance = true;
  }
  return true;
}

Task<void> show_stat(Context& context, Call& call) {
  StatRequest request;
  if (!read_request(context, call, request)) {
    call.error("No such proxy.");
    co_return;
  }
  stats::StatWriter writer{request.format, request.detail, stats::Legends::Shown};
  writer.begin(call.out);
  const auto& proxies = context.process.site->config->proxies;
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    const bool wanted = request.selection.proxy_id < 0 || proxies[i]->id == request.selection.proxy_id;
    if (!wanted || proxies[i]->disabled) continue;
    stats::ProxyFacts proxy = stats::gather_proxy(*context.process.site, i, call.waiter.now());
    narrow(proxy, request.selection);
    writer.proxy(call.out, proxy);
    if (call.out.size() < kPiece) continue;
    const bool sent = co_await call.flush();
    if (!sent) co_return;
    co_await call.waiter.yield();
  }
  writer.end(call.out);
  if (request.format == stats::StatFormat::Json) call.out += '\n';
}

/// Frontends and their sockets, then backends and their servers.
Task<void> dump_stats_file(Context& context, Call& call) {
  const session::Site& site = *context.process.site;  // held while the command runs
  for (const config::StatsDomain domain : {config::StatsDomain::Front, config::StatsDomain::Back}) {
    stats::append_kept_header(call.out, domain);
    const auto& proxies = site.config->proxies;
    for (std::size_t i = 0; i < proxies.size(); ++i) {
      const bool has_half = domain == config::StatsDomain::Front ? proxies[i]->is_frontend : proxies[i]->is_backend;
      if (!has_half || proxies[i]->disabled) continue;
      append_kept_rows(call.out, domain, stats::gather_proxy(site, i, call.waiter.now()));
      if (call.out.size() < kPiece) continue;
      const bool sent = co_await call.flush();
      if (!sent) co_return;
      co_await call.waiter.yield();
    }
  }
}

void show_schema(Context&, Call& call) {
  call.out += stats::json_schema();
  call.out += '\n';
}

}  // namespace

std::vector<Command> statistics_commands(Context& context) {
  return {
      bind(context, {"show info", Level::User, "show info [desc|json|typed|float]*", "tell about the process"},
           show_info),
      bind(context,
           {"show stat", Level::User, "show stat [<id> <type> <sid>] [<how>]*",
            "counters of proxies and servers (how: desc, json, no-maint, typed, up)"},
           show_stat),
      bind(context, {"dump stats-file", Level::User, "dump stats-file", "counters by GUID, for the global keyword stats-file"}, dump_stats_file),
      bind(context, {"show schema json", Level::User, "show schema json", "JSON schema of info and stat"},
           show_schema),
  };
}

}  // namespace proxyd::cli
