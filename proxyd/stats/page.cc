#include "proxyd/stats/page.h"

#include <fmt/format.h>

#include "proxyd/session/worker.h"
#include "proxyd/stats/admin.h"
#include "proxyd/stats/auth.h"
#include "proxyd/stats/fields.h"
#include "proxyd/stats/gather.h"
#include "proxyd/stats/html.h"
#include "proxyd/stats/page_options.h"

namespace proxyd::stats {

using lib::base::Instant;

namespace {

constexpr std::string_view kUnauthorized =
    "<html><body><h1>401 Unauthorized</h1>\n"
    "You need a valid user and password to access this content.\n"
    "</body></html>\n";

PageAnswer ask_for_password(const config::StatsPage& conf) {
  PageAnswer page;
  page.status = 401;
  page.headers = {{"cache-control", "no-cache"},
                  {"content-type", "text/html"},
                  {"www-authenticate", fmt::format("Basic realm=\"{}\"", conf.realm)}};
  page.body = kUnauthorized;
  return page;
}

bool may_change(const config::StatsPage& conf, const PageRequest& request) {
  if (request.subject == nullptr)
    return std::any_of(conf.admin.begin(), conf.admin.end(), [](const auto& rule) { return !rule.condition; });
  samples::Scratch scratch;  // forms are rare
  samples::Context context{*request.subject, scratch, samples::Place::FrontRequest};
  return std::any_of(conf.admin.begin(), conf.admin.end(),
                     [&](const auto& rule) { return !rule.condition || rule.condition->holds(context); });
}

/// After a form the browser is sent back to the page, which then tells what came of it.
PageAnswer redirect(const config::StatsPage& conf, const PageOptions& options, std::string_view result) {
  PageAnswer page;
  page.status = 303;
  page.headers = {{"cache-control", "no-cache"},
                  {"content-type", "text/plain"},
                  {"location", fmt::format("{};st={}{}", conf.uri, result, link_suffix(options))}};
  return page;
}

/// Calls `each` with the facts of every proxy in scope, in declaration order.
template <class Each>
void for_each_proxy(const session::Site& site, const config::Proxy& owner, const PageOptions& options,
                    Instant now, Each each) {
  Selection selection;
  selection.hide_down = options.hide_down;
  selection.hide_maintenance = options.hide_maintenance;
  for (std::size_t i = 0; i < site.config->proxies.size(); ++i) {
    const config::Proxy& conf = *site.config->proxies[i];
    if (conf.disabled || !in_scope(owner.stats, options, owner.name, conf.name)) continue;
    ProxyFacts proxy = gather_proxy(site, i, now);
    narrow(proxy, selection);
    each(proxy);
  }
}

std::string html_page(const session::Site& site, const config::Proxy& owner, const PageOptions& options,
                      bool admin, Instant now) {
  const InfoFacts info = gather_info(site, now);
  const PageView view{owner.stats, options, info, admin};
  std::string out;
  append_page_head(out, view);
  for_each_proxy(site, owner, options, now,
                 [&](const ProxyFacts& proxy) { append_page_proxy(out, view, proxy); });
  append_page_end(out);
  return out;
}

std::string listing(const session::Site& site, const config::Proxy& owner, const PageOptions& options,
                    StatFormat format, Instant now) {
  const Legends legends = owner.stats.show_legends ? Legends::Shown : Legends::Hidden;
  StatWriter writer{format, lib::metrics::Detail::Plain, legends};
  std::string out;
  writer.begin(out);
  for_each_proxy(site, owner, options, now, [&](const ProxyFacts& proxy) { writer.proxy(out, proxy); });
  writer.end(out);
  return out;
}

}  // namespace

bool is_stats_request(const config::StatsPage& conf, std::string_view uri) {
  return conf.enabled && local_part(uri).starts_with(conf.uri);
}

bool takes_method(std::string_view method) { return method == "GET" || method == "HEAD" || method == "POST"; }

PageAnswer answer(const PageRequest& request, session::Site& site, const config::Proxy& owner, Instant now) {
  const config::StatsPage& conf = owner.stats;
  if (!check_auth(conf, request.authorization)) return ask_for_password(conf);
  const PageOptions options = parse_page_options(conf, request.uri);
  const bool admin = may_change(conf, request);
  if (request.method == "POST") {
    if (!admin) return redirect(conf, options, "DENY");
    return redirect(conf, options, apply_admin_form(parse_admin_form(request.body), site, now));
  }
  PageAnswer page;
  std::string_view type = "text/plain";
  switch (options.format) {
    case PageFormat::Html:
      type = "text/html";
      page.body = html_page(site, owner, options, admin, now);
      break;
    case PageFormat::Csv: page.body = listing(site, owner, options, StatFormat::Csv, now); break;
    case PageFormat::Typed: page.body = listing(site, owner, options, StatFormat::Typed, now); break;
    case PageFormat::Json:
      type = "application/json";
      page.body = listing(site, owner, options, StatFormat::Json, now);
      break;
    case PageFormat::JsonSchema:
      type = "application/json";
      page.body = json_schema();
      break;
  }
  page.headers = {{"cache-control", "no-cache"}, {"content-type", std::string{type}}};
  if (conf.refresh_s != 0 && !options.no_refresh)
    page.headers.emplace_back("refresh", fmt::format("{}", conf.refresh_s));
  if (request.method == "HEAD") page.body.clear();
  return page;
}

}  // namespace proxyd::stats
