#include <catch2/catch.hpp>

#include "proxyd/stats/admin_form.h"
#include "proxyd/stats/auth.h"
#include "proxyd/stats/html.h"
#include "proxyd/stats/page_options.h"

using namespace proxyd::stats;
using proxyd::config::StatsPage;
using proxyd::servers::Operation;

namespace {

StatsPage page_at(std::string uri) {
  StatsPage page;
  page.enabled = true;
  page.uri = std::move(uri);
  return page;
}

ObjectFacts server(std::uint32_t health) {
  ObjectFacts facts;
  facts.kind = ObjectKind::Server;
  facts.proxy = "be";
  facts.name = "s1";
  facts.status = "UP";
  facts.active = 1;
  facts.check = {.active = true, .shown = true, .status = "L4OK", .meaning = "m", .rise = 2, .fall = 3, .health = health};
  return facts;
}

ProxyFacts backend_with_server() {
  ProxyFacts proxy;
  proxy.name = "be";
  proxy.id = 3;
  proxy.is_backend = true;
  proxy.servers.push_back(server(4));
  proxy.backend = server(4);
  proxy.backend->kind = ObjectKind::Backend;
  return proxy;
}

std::string render(const PageView& view, const ProxyFacts& proxy) {
  std::string out;
  append_page_head(out, view);
  append_page_proxy(out, view, proxy);
  append_page_end(out);
  return out;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a page without users is open, one with users wants a name and its password", "[stats]") {
  StatsPage page;
  CHECK(check_auth(page, ""));
  page.users = {"admin:admin", "u:p:q"};
  CHECK(check_auth(page, "Basic YWRtaW46YWRtaW4="));
  CHECK(check_auth(page, "basic   YWRtaW46YWRtaW4= "));
  CHECK(check_auth(page, "Basic dTpwOnE="));
  CHECK(!check_auth(page, ""));
  CHECK(!check_auth(page, "Basic"));
  CHECK(!check_auth(page, "Basic YWRtaW46YWRtaW4x"));  // admin:admin1
  CHECK(!check_auth(page, "Basic YWRtaW46YWRtaQ=="));  // admin:admi
  CHECK(!check_auth(page, "Bearer YWRtaW46YWRtaW4="));
  CHECK(!check_auth(page, "BasicYWRtaW46YWRtaW4="));
  CHECK(!check_auth(page, "Basic ***"));
  CHECK(!check_auth(page, "Basic ="));
}

TEST_CASE("base64 is decoded as RFC 4648's examples say", "[stats][rfc4648]") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("Zg==") == "f");
  CHECK(decode_base64("Zm8=") == "fo");
  CHECK(decode_base64("Zm9vYmFy") == "foobar");
  CHECK(decode_base64("Zm9vYg") == "foob");
  CHECK(!decode_base64("Z"));
  CHECK(!decode_base64("Zm9 v"));
}

TEST_CASE("options stand behind the page's address", "[stats]") {
  const StatsPage page = page_at("/status");
  const PageOptions none = parse_page_options(page, "/status");
  CHECK(none.format == PageFormat::Html);
  CHECK(!none.hide_down);
  const PageOptions some = parse_page_options(page, "/status;up;norefresh;st=DONE?scope=web");
  CHECK((some.hide_down && some.no_refresh && !some.hide_maintenance));
  CHECK(some.result == "DONE");
  CHECK(some.scope == "web");
  CHECK(parse_page_options(page, "/status;csv").format == PageFormat::Csv);
  CHECK(parse_page_options(page, "/status;json;norefresh").format == PageFormat::Json);
  CHECK(parse_page_options(page, "/status;json-schema").format == PageFormat::JsonSchema);
  CHECK(parse_page_options(page, "/status;typed").format == PageFormat::Typed);
  CHECK(parse_page_options(page, "/status;no-maint").hide_maintenance);
  CHECK(parse_page_options(page, "http://host:80/status;csv").format == PageFormat::Csv);
  CHECK(parse_page_options(page_at("/haproxy?stats"), "/haproxy?stats;csv").format == PageFormat::Csv);
  CHECK(link_suffix(some) == ";up;norefresh?scope=web");
}

TEST_CASE("a scope cannot carry markup and is at most twenty characters", "[stats]") {
  CHECK(parse_page_options(page_at("/s"), "/s;scope=<script>").scope.empty());
  CHECK(parse_page_options(page_at("/s"), "/s;scope=a%22b").scope == "a");
  CHECK(parse_page_options(page_at("/s"), "/s;scope=" + std::string(50, 'x')).scope.size() == 20);
}

TEST_CASE("a proxy is shown when the page's scope and the request's let it", "[stats]") {
  StatsPage page = page_at("/s");
  CHECK(in_scope(page, {}, "own", "other"));
  CHECK(in_scope(page, {.scope = "OTH"}, "own", "other"));
  CHECK(!in_scope(page, {.scope = "x"}, "own", "other"));
  page.scope = {".", "web"};
  CHECK(in_scope(page, {}, "own", "own"));
  CHECK(in_scope(page, {}, "own", "web"));
  CHECK(!in_scope(page, {}, "own", "other"));
}

TEST_CASE("rows have the class that tells their state", "[stats]") {
  CHECK(row_class(server(4)) == "active_up");
  CHECK(row_class(server(3)) == "active_going_down");
  ObjectFacts down = server(0);
  down.operation = Operation::Stopped;
  CHECK(row_class(down) == "active_down");
  down.check.health = 1;
  CHECK(row_class(down) == "active_going_up");
  ObjectFacts backup = server(4);
  backup.active = 0;
  backup.backup = 1;
  CHECK(row_class(backup) == "backup_up");
  backup.operation = Operation::Stopping;
  CHECK(row_class(backup) == "backup_nolb");
  ObjectFacts unchecked = server(2);
  unchecked.check = {};
  CHECK(row_class(unchecked) == "active_no_check");
  unchecked.admin = proxyd::servers::kForcedMaint;
  CHECK(row_class(unchecked) == "maintain");
  ObjectFacts draining = server(4);
  draining.admin = proxyd::servers::kForcedDrain;
  CHECK(row_class(draining) == "active_draining");
}

TEST_CASE("the page shows what its configuration asks for", "[stats]") {
  StatsPage conf = page_at("/status");
  conf.refresh_s = 5;
  PageOptions options;
  InfoFacts info;
  info.version = "9.8";
  info.node = "node1";
  info.pid = 77;
  const std::string plain = render({conf, options, info, false}, backend_with_server());
  CHECK(has(plain, "<title>Statistics Report for HAProxy</title>"));
  CHECK(has(plain, "Statistics Report for pid 77</h2>"));
  CHECK(has(plain, " version 9.8, released"));
  CHECK(has(plain, "<a href=\"/status;norefresh\">Disable refresh</a>"));
  CHECK(has(plain, "<a href=\"/status;csv;norefresh\">CSV export</a>"));
  CHECK(has(plain, "<th colspan=9>Server</th>"));
  CHECK(has(plain, "<tr class=active_up>"));
  CHECK(!has(plain, "<form method=post>"));
  CHECK(!has(plain, "balancing:"));

  conf.hide_version = conf.show_node = conf.show_legends = conf.show_description = true;
  conf.description = "a <b>";
  options.result = "DONE";
  const std::string full = render({conf, options, info, true}, backend_with_server());
  CHECK(!has(full, "9.8"));
  CHECK(has(full, "Statistics Report for pid 77 on node1: a &lt;b&gt;</h2>"));
  CHECK(has(full, "Action processed successfully."));
  CHECK(has(full, "<form method=post>"));
  CHECK(has(full, "name=s value=\"s1\""));
  CHECK(has(full, "name=b value=\"#3\""));
  CHECK(has(full, "<option value=maint>Set state to MAINT</option>"));
  CHECK(has(full, "cap: backend, mode: tcp, id: 3"));
}

TEST_CASE("names cannot break out of the page", "[stats]") {
  ProxyFacts proxy = backend_with_server();
  proxy.name = proxy.servers[0].name = "<script>\"'&";
  proxy.servers[0].check.info = "<img>";
  const StatsPage conf = page_at("/s\"><x");
  const std::string out = render({conf, {}, {}, true}, proxy);
  CHECK(!has(out, "<script>"));
  CHECK(!has(out, "<img>"));
  CHECK(!has(out, "\"><x"));
}

TEST_CASE("forms are read as browsers and scripts send them", "[stats]") {
  const AdminForm form = parse_admin_form("s=s1&s=a%20b&action=maint&b=%233&x=y&z");
  CHECK(form.servers == std::vector<std::string>{"s1", "a b"});
  CHECK(form.action == "maint");
  CHECK(form.backend == "#3");
  CHECK(!parse_admin_form("b=x").has_action);
  CHECK(parse_admin_form("s=%4&s=%zz&s=%").servers == std::vector<std::string>{"%4", "%zz", "%"});
}
