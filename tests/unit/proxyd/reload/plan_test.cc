#include "proxyd/reload/plan.h"

#include <catch2/catch.hpp>

#include "tests/unit/proxyd/config/loaded.h"

namespace {

std::string planned(const std::string& before, const std::string& after, lib::base::OutsideRecord old_files = {}, lib::base::OutsideRecord new_files = {}) {
  const Loaded old{before}, now{after};
  REQUIRE(old.config != nullptr);
  REQUIRE(now.config != nullptr);
  const auto old_outline = proxyd::reload::outline_of(old.tree, old_files), new_outline = proxyd::reload::outline_of(now.tree, new_files);
  return lib::plan::text_of(proxyd::reload::plan({old_outline, *old.config}, {new_outline, *now.config}));
}

const std::string kBase =
    "global\n  maxconn 100\ndefaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\n"
    "frontend web\n  bind 127.0.0.1:80\n  default_backend be\nbackend be\n  server one 127.0.0.1:1\n  server two 127.0.0.1:2 weight 5\n";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

lib::base::OutsideRecord file(const std::string& path, const std::string& text) {
  lib::base::OutsideRecord record;
  record.answers["f" + path] = {.text = text, .error = 0};
  return record;
}

}  // namespace

TEST_CASE("the same files change nothing, however they are laid out", "[reload]") {
  CHECK(planned(kBase, kBase) == "= nothing changes\n");
  CHECK(planned(kBase, "# a note\n\n" + with(kBase, "  mode http", "\tmode    http  # so")) == "= nothing changes\n");
}

TEST_CASE("sections, lines and servers come and go", "[reload]") {
  CHECK(planned(kBase, kBase + "backend more\n  server a 127.0.0.1:9\n") == "+ backend more\n");
  CHECK(planned(kBase + "backend more\n  server a 127.0.0.1:9\n", kBase) == "- backend more\n");
  CHECK(planned(kBase, with(kBase, "weight 5", "weight 6")) == "~ server two of backend be: line 127.0.0.1:2 weight 5 -> 127.0.0.1:2 weight 6\n");
  CHECK(planned(kBase, kBase + "  server three 127.0.0.1:3\n") == "+ server three of backend be\n");
  CHECK(planned(kBase, with(kBase, "  server one 127.0.0.1:1\n", "")) == "- server one of backend be\n");
  CHECK(planned(kBase, with(kBase, "timeout client 1s", "timeout client 2s")) == "~ defaults: + timeout client 2s\n~ defaults: - timeout client 1s\n");
}

TEST_CASE("what no running process can change is refused", "[reload]") {
  CHECK(planned(kBase, with(kBase, "maxconn 100", "maxconn 200")).find("! global: maxconn 100 -> 200\n") != std::string::npos);
  CHECK(planned(kBase, with(kBase, "maxconn 100", "maxconn 100\n  nbthread 3")).find("! global: nbthread 0 -> 3\n") != std::string::npos);
  CHECK(planned(kBase, with(kBase, "maxconn 100", "maxconn 100\n  tune.bufsize 32768")).find("! global: tune.bufsize") != std::string::npos);
  CHECK(planned(kBase, with(kBase, "maxconn 100", "maxconn 100\n  stats socket /tmp/x")).find("! global: + stats socket /tmp/x") != std::string::npos);
  CHECK(planned(kBase, with(kBase, "maxconn 100", "maxconn 100\n  log /dev/log local0")).find("! global") == std::string::npos);  // no proxy uses it
}

TEST_CASE("files that lines name count, secrets are not told", "[reload]") {
  CHECK(planned(kBase, kBase, file("/etc/a.lst", "1"), file("/etc/a.lst", "2")) == "~ file /etc/a.lst: contents changed\n");
  CHECK(planned(kBase, kBase, file("t.cfg", "1"), file("t.cfg", "2")) == "= nothing changes\n");
  const std::string users = kBase + "userlist u\n  user joe insecure-password one\n";
  const std::string said = planned(users, with(users, "password one", "password two"));
  CHECK(said == "~ userlist u: a secret changed\n");
}

TEST_CASE("an order that matters is told", "[reload]") {
  const std::string rules = with(kBase, "  default_backend be\n", "  http-request deny if { path /a }\n  http-request allow if { path /b }\n  default_backend be\n");
  const std::string other = with(kBase, "  default_backend be\n", "  http-request allow if { path /b }\n  http-request deny if { path /a }\n  default_backend be\n");
  CHECK(planned(rules, other) != "= nothing changes\n");
  const std::string turned = with(with(kBase, "  server one 127.0.0.1:1\n", ""), "weight 5\n", "weight 5\n  server one 127.0.0.1:1\n");
  CHECK(planned(kBase, turned) == "~ backend be: order of lines changed\n");
}
