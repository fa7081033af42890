#include "proxyd/stats/page.h"

#include <nlohmann/json.hpp>

#include "tests/unit/proxyd/cli/bench.h"

using bench::Bench;
using proxyd::stats::PageAnswer;
using proxyd::stats::PageRequest;

namespace {

PageAnswer ask(Bench& bench, PageRequest request) {
  return proxyd::stats::answer(request, *bench.process.site, *bench.config->proxies[0], bench.worker().loop.now());
}

PageAnswer get(Bench& bench, std::string_view uri) {
  PageRequest request;
  request.method = "GET";
  request.uri = uri;
  return ask(bench, request);
}

/// The code that a form's answer leads to.
std::string post(Bench& bench, std::string_view body, std::string_view uri = "/stats") {
  PageRequest request;
  request.method = "POST";
  request.uri = uri;
  request.body = body;
  const PageAnswer page = ask(bench, request);
  CHECK(page.status == 303);
  for (const auto& [name, value] : page.headers)
    if (name == "location") return value;
  return {};
}

std::string header(const PageAnswer& page, std::string_view wanted) {
  for (const auto& [name, value] : page.headers)
    if (name == wanted) return value;
  return {};
}

}  // namespace

TEST_CASE("requests for the page begin with its address", "[stats]") {
  proxyd::config::StatsPage page;
  CHECK(!proxyd::stats::is_stats_request(page, "/haproxy?stats"));
  page.enabled = true;
  CHECK(proxyd::stats::is_stats_request(page, "/haproxy?stats"));
  CHECK(proxyd::stats::is_stats_request(page, "/haproxy?stats;csv"));
  CHECK(proxyd::stats::is_stats_request(page, "http://x/haproxy?stats"));
  CHECK(!proxyd::stats::is_stats_request(page, "/haproxy"));
  CHECK(proxyd::stats::takes_method("HEAD"));
  CHECK(!proxyd::stats::takes_method("PUT"));
}

TEST_CASE("the page and its exports have their types", "[stats]") {
  Bench bench;
  const PageAnswer html = get(bench, "/stats");
  CHECK(html.status == 200);
  CHECK(header(html, "content-type") == "text/html");
  CHECK(header(html, "cache-control") == "no-cache");
  CHECK(header(html, "refresh").empty());
  CHECK(html.body.find("IPv4: 127.0.0.1:8001, id: 1") != std::string::npos);
  for (const char* part : {"name=\"fe/Frontend\"", "name=\"be/s1\"", "name=\"be/Backend\"", "<tr class=maintain>",
                           "<tr class=backup_no_check>", "Set state to DRAIN"})
    CHECK(html.body.find(part) != std::string::npos);
  const PageAnswer csv = get(bench, "/stats;csv");
  CHECK(header(csv, "content-type") == "text/plain");
  CHECK(csv.body.starts_with("# pxname,svname,"));
  const PageAnswer json = get(bench, "/stats;json;up");
  CHECK(header(json, "content-type") == "application/json");
  CHECK(!nlohmann::json::parse(json.body, nullptr, false).is_discarded());
  CHECK(get(bench, "/stats;typed").body.starts_with("F.2.0.0.pxname.1:KNS:str:fe\n"));
  CHECK(get(bench, "/stats;csv;scope=TCP").body.find("\nbe,") == std::string::npos);
  PageRequest head;
  head.method = "HEAD";
  head.uri = "/stats";
  CHECK(ask(bench, head).body.empty());
}

TEST_CASE("the page refreshes itself where asked to", "[stats]") {
  Bench bench;
  bench.config->proxies[0]->stats.refresh_s = 5;
  CHECK(header(get(bench, "/stats"), "refresh") == "5");
  CHECK(header(get(bench, "/stats;norefresh"), "refresh").empty());
}

TEST_CASE("a page with users asks for a password first, forms too", "[stats]") {
  Bench bench;
  bench.config->proxies[0]->stats.users = {"u:p"};
  const PageAnswer refused = get(bench, "/stats");
  CHECK(refused.status == 401);
  CHECK(header(refused, "www-authenticate") == "Basic realm=\"HAProxy Statistics\"");
  CHECK(refused.body.size() == 112);
  PageRequest request;
  request.method = "POST";
  request.uri = "/stats";
  request.body = "s=s1&action=maint&b=be";
  CHECK(ask(bench, request).status == 401);
  CHECK((bench.server("s1").admin & proxyd::servers::kForcedMaint) == 0);
  request.authorization = "Basic dTpw";
  CHECK(ask(bench, request).status == 303);
}

TEST_CASE("forms change servers and lead back to the page with the outcome", "[stats]") {
  Bench bench;
  CHECK(post(bench, "s=s1&action=maint&b=%233") == "/stats;st=DONE");
  CHECK((bench.server("s1").admin & proxyd::servers::kForcedMaint) != 0);
  CHECK(post(bench, "s=s1&action=ready&b=be", "/stats;up;norefresh") == "/stats;st=DONE;up;norefresh");
  CHECK((bench.server("s1").admin & proxyd::servers::kForcedMaint) == 0);
  CHECK(post(bench, "s=s1&action=foo&b=be") == "/stats;st=ERRP");
  CHECK(post(bench, "s=zz&action=maint&b=be") == "/stats;st=ERRP");
  CHECK(post(bench, "s=s1&action=maint&b=nope") == "/stats;st=ERRP");
  CHECK(post(bench, "s=s1&s=zz&action=drain&b=be") == "/stats;st=PART");
  CHECK(post(bench, "x=y") == "/stats;st=NONE");
  CHECK(post(bench, "s=s1") == "/stats;st=NONE");
  CHECK(post(bench, "") == "/stats;st=NONE");
  CHECK(post(bench, "s=s1&action=dagent&b=be") == "/stats;st=NONE");
  CHECK(post(bench, "s=b1&action=dhlth&b=be") == "/stats;st=NONE");
  CHECK(post(bench, "s=s1&action=dhlth&b=be") == "/stats;st=DONE");
  CHECK(!bench.server("s1").check.enabled);
}

TEST_CASE("forms are denied where nobody is an admin", "[stats]") {
  Bench bench;
  bench.config->proxies[0]->stats.admin.clear();
  CHECK(post(bench, "s=s1&action=maint&b=be") == "/stats;st=DENY");
  CHECK((bench.server("s1").admin & proxyd::servers::kForcedMaint) == 0);
  CHECK(get(bench, "/stats").body.find("<form method=post>") == std::string::npos);
}
