// "acl" lines and the conditions of rules, loaded from a whole configuration and tested on any request. The input is lines
// as they stand in a frontend: those that begin with "acl", and others of which each becomes the condition of a rule, with
// "if" and with "unless"; then an empty line, a request head and its body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/proxyd/samples/fake_subject.h"
#include "lib/base/text.h"
#include "proxyd/config/load.h"
#include "proxyd/rules/rule.h"

namespace {

using namespace proxyd;

void must(bool holds) {
  if (!holds) std::abort();
}

/// Files are read by the names in the text: only those that end.
bool names_endless_file(std::string_view text) {
  return text.find("/dev") != std::string_view::npos || text.find("/proc") != std::string_view::npos;
}

/// Two tests of one line may differ.
bool changes(std::string_view text) {
  for (const std::string_view word : {"rand", "uuid", "set-var", "sc"})
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

std::string configuration(std::string_view lines) {
  std::string text = "frontend f\n mode http\n timeout client 1s\n bind 127.0.0.1:1\n";
  for (const std::string_view line : lib::base::split(lines, '\n')) {
    if (line.starts_with("acl ")) {
      text.append(" ").append(line).append("\n");
      continue;
    }
    for (const std::string_view sense : {"if", "unless"})
      text.append(" http-request deny ").append(sense).append(" ").append(line).append("\n");
  }
  return text + "backend bk\n mode http\n server s1 127.0.0.1:2\nuserlist ul\n group g1 users u\n user u insecure-password p\n";
}

void test_all(const rules::RuleList& list, FakeSubject& subject, bool is_steady) {
  samples::Scratch scratch;
  rules::Verdict before{};
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i]->condition == nullptr) continue;
    samples::Context context{subject, scratch, samples::Place::FrontRequest};
    context.is_final = false;
    (void)list[i]->condition->test(context);
    context.is_final = true;
    const rules::Verdict verdict = list[i]->condition->test(context);
    must(verdict != rules::Verdict::Missing);
    if (is_steady && list[i]->condition->unless && i > 0) must(verdict == rules::negated(before));
    before = verdict;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{static_cast<const char*>(static_cast<const void*>(data)), size};
  const std::size_t gap = text.find("\n\n");
  const std::string_view lines = text.substr(0, gap);
  if (names_endless_file(lines)) return 0;
  const std::string_view request = gap == std::string_view::npos ? std::string_view{} : text.substr(gap + 2);
  const std::size_t end = request.find("\r\n\r\n");
  FakeSubject subject{std::string{request}, std::string{end == std::string_view::npos ? std::string_view{} : request.substr(end + 4)}};
  parsers::common::Diagnostics diagnostics;
  parsers::haproxy::Tree tree;
  parsers::haproxy::Environment environment;
  parsers::haproxy::parse_file(tree, "f", configuration(lines), environment, {}, diagnostics);
  const auto config = config::load(tree, config::LoadOptions{.check_only = true}, diagnostics);
  if (config != nullptr && !config->proxies.empty()) test_all(config->proxies.front()->rules.http_request, subject, !changes(lines));
  return 0;
}
