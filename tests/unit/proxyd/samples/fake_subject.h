// A request made of text, for tests of samples and rules.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/http/h1_head.h"
#include "proxyd/samples/compile.h"
#include "proxyd/samples/expression.h"

/// Answers what the measured expressions ask of a subject.
struct FakeSubject final : proxyd::samples::Subject {
  explicit FakeSubject(std::string head_text = "GET /dir/file.html?a=1 HTTP/1.1\r\nHost: h\r\n\r\n",
                       std::string body_text_ = "")
      : bytes{std::move(head_text)}, body_text{std::move(body_text_)} {
    lib::http::HeadState state;
    const auto status = lib::http::parse_request_head({bytes.data(), bytes.size()}, {}, state, request);
    if (status == lib::http::HeadStatus::Complete) request_head = &request;
    buffer_text = body_text;
  }

  std::string bytes, body_text, buffer_text;
  lib::http::RequestHead request;
  lib::net::Address from = lib::net::Address::ipv4(0x7f000001, 40000);
  lib::net::Address to = lib::net::Address::ipv4(0x7f000001, 19000);
  mutable std::map<proxyd::samples::Scope, proxyd::samples::VariableStore> stores;
  mutable proxyd::samples::ProcessVariables process;
  std::map<proxyd::samples::Fact, std::int64_t> numbers;
  std::map<proxyd::samples::Fact, std::string> texts;

  bool fact(proxyd::samples::Fact which, std::int64_t, proxyd::samples::Sample& out, proxyd::samples::Arena&) const override {
    using proxyd::samples::Fact;
    if (which == Fact::Source) return out.set_address(from);
    if (which == Fact::Destination) return out.set_address(to);
    if (which == Fact::SourcePort) return out.set_number(from.port());
    if (which == Fact::DestinationPort) return out.set_number(to.port());
    if (const auto found = numbers.find(which); found != numbers.end()) return out.set_number(found->second);
    if (const auto found = texts.find(which); found != texts.end()) return out.set_text(found->second);
    return false;
  }
  bool object_fact(proxyd::samples::Fact which, const proxyd::samples::Reference* named, proxyd::samples::Sample& out) const override {
    return named != nullptr && named_fact(which, named->text, out);
  }
  bool named_fact(proxyd::samples::Fact which, std::string_view name, proxyd::samples::Sample& out) const override {
    using proxyd::samples::Fact;
    if (which == Fact::UsableServers && name == "bk") return out.set_number(1);
    if (which == Fact::ServerIsUp && name == "bk/s1") return out.set(true);
    if (which == Fact::FrontendExists) return out.set(name == "fe");
    return false;
  }
  std::string_view body(bool, proxyd::samples::Arena&, bool& whole) const override {
    whole = true;
    return body_text;
  }
  std::string_view buffer(bool, bool& whole) const override {
    whole = false;
    return buffer_text;
  }
  std::int64_t now_us() const override { return 1'795'000'000'000'000; }
  proxyd::samples::VariableStore* variables(proxyd::samples::Scope scope) const override { return &stores[scope]; }
  proxyd::samples::ProcessVariables* process_variables() const override { return &process; }
  bool capture(bool, std::uint32_t, std::string_view) const override { return true; }
  bool is_user(const proxyd::samples::Reference& list, std::string_view user, std::string_view password) const override {
    return list.text == "ul" && user == "u" && password == "p";
  }
  std::string_view group_of(const proxyd::samples::Reference&, std::string_view, std::size_t index) const override {
    return index == 0 ? std::string_view{"g1"} : std::string_view{};
  }
};
