#include "proxyd/explain/words.h"

#include <fmt/format.h>

#include "proxyd/rules/condition.h"

namespace proxyd::explain {
namespace {

using rules::Flow;

std::string_view word_for(rules::Verdict verdict) {
  return verdict == rules::Verdict::Yes ? "yes" : verdict == rules::Verdict::No ? "no" : "not known yet";
}

}  // namespace

std::string_view words_for(Flow flow) {
  switch (flow) {
    case Flow::Next: return "done";
    case Flow::Allow: return "yes: no further rule of this list";
    case Flow::Missing: return "waits for more data";
    case Flow::Wait: return "waits";
    case Flow::Deny: return "denied";
    case Flow::Tarpit: return "held, then denied";
    case Flow::Answer: return "answered here";
    case Flow::Reject: return "the connection is closed";
    case Flow::Close: return "the server's connection is closed";
    case Flow::Drop: return "the connection is dropped silently";
    case Flow::Failed: return "failed: no room for the change";
  }
  return "";
}

std::string_view words_for(config::Algorithm algorithm) {
  switch (algorithm) {
    case config::Algorithm::RoundRobin: return "roundrobin";
    case config::Algorithm::StaticRr: return "static-rr";
    case config::Algorithm::LeastConn: return "leastconn";
    case config::Algorithm::First: return "first";
    case config::Algorithm::Random: return "random";
    case config::Algorithm::Source: return "source";
    case config::Algorithm::Uri: return "uri";
    case config::Algorithm::UrlParam: return "url_param";
    case config::Algorithm::Header: return "hdr";
    case config::Algorithm::RdpCookie: return "rdp-cookie";
    case config::Algorithm::Hash: return "hash";
  }
  return "";
}

std::string words_for(const rules::Condition* condition, samples::Context& context) {
  std::string text;
  if (condition == nullptr) return text;
  for (const auto& conjunction : condition->alternatives) {
    for (const rules::Condition::Operand& each : conjunction) {
      if (each.acl->name.empty()) continue;  // anonymous: the rule's text shows it
      const rules::Verdict verdict = each.acl->test(context);
      text += fmt::format("{}{} is {}", text.empty() ? "" : ", ", each.acl->name, word_for(verdict));
    }
  }
  return text.empty() ? text : " (" + text + ")";
}

std::string indented_head(std::string_view message) {
  std::string out;
  while (!message.empty()) {
    const std::size_t end = message.find("\r\n");
    const std::string_view each = message.substr(0, end);
    if (each.empty() || end == std::string_view::npos) break;
    out += fmt::format("    {}\n", each);
    message.remove_prefix(end + 2);
  }
  return out;
}

}  // namespace proxyd::explain
