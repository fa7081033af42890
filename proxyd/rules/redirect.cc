#include "proxyd/rules/redirect.h"

#include <fmt/format.h>

#include "proxyd/rules/message_text.h"

namespace proxyd::rules {
namespace {

std::string_view reason_of(int code) {
  switch (code) {
    case 301: return "Moved Permanently";
    case 303: return "See Other";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    default: return "Found";
  }
}

/// From the path on: "/x?y" of "http://h/x?y" as well.
std::string_view path_and_query(std::string_view target) {
  if (target.starts_with('/')) return target;
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
}

}  // namespace

Flow Redirect::run(Actor& actor, samples::Context& context) const {
  if (plan_.ignore_empty && plan_.kind == RedirectPlan::Kind::Location && actor.text_of(plan_.target, context).empty())
    return Flow::Next;
  return Flow::Answer;
}

bool Redirect::write_answer(Actor& actor, samples::Context& context, std::string& out) const {
  using enum RedirectPlan::Kind;
  lib::http::HeadWriter* const writer = actor.request_writer();
  const lib::http::RequestHead* const request = writer != nullptr ? writer->request() : nullptr;
  if (request == nullptr && plan_.kind != Location) return false;
  std::string location{plan_.drops_prefix ? std::string_view{} : message_text(actor, plan_.target, context)};
  if (plan_.kind == Scheme)
    location.append("://").append(request->value_of(lib::http::FieldId::Host));
  if (plan_.kind == Scheme || plan_.kind == Prefix) {
    std::string_view path = path_and_query(request->target_text());
    if (plan_.drop_query) path = path.substr(0, path.find('?'));
    location += path;
    if (plan_.append_slash && !path.empty() && !path.ends_with('/')) location += '/';
  } else if (plan_.keep_query && request != nullptr) {
    const std::string_view target = request->target_text();
    const std::size_t query = target.find('?');
    if (query != std::string_view::npos && query + 1 < target.size())
      location.append(location.find('?') == std::string::npos ? "?" : "&").append(target.substr(query + 1));
  }
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\ncontent-length: 0\r\nlocation: {}\r\n", plan_.code,
                 reason_of(plan_.code), location);
  if (plan_.code == 302 || plan_.code == 303 || plan_.code == 307) out += "cache-control: no-cache\r\n";
  if (plan_.cookie) out.append("set-cookie: ").append(message_text(actor, *plan_.cookie, context)).append("\r\n");
  // As the original: who sends a body is not read to its end, but asked to come anew.
  if (actor.has_request_body()) {
    out += "connection: close\r\n";
    actor.ends_connection = true;
  }
  out += "\r\n";
  return true;
}

}  // namespace proxyd::rules
