#include "proxyd/rules/reply.h"

#include <fmt/format.h>

#include "lib/http/status.h"

namespace proxyd::rules {

void Reply::write(Actor& actor, samples::Context& context, std::string& out) const {
  if (kind == Kind::Page) {
    out += actor.page(status);
    return;
  }
  if (kind == Kind::File) {
    out += *whole;
    return;
  }
  if (kind == Kind::Section) {
    const auto found = section->pages.find(status);
    out += found != section->pages.end() ? std::string_view{*found->second} : actor.page(status);
    return;
  }
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, lib::http::reason_phrase(status));
  for (const auto& [name, value] : fields) {
    const samples::ArenaScope scope{context.arena()};
    out.append(name).append(": ").append(actor.text_of(value, context)).append("\r\n");
  }
  const std::string_view body = kind == Kind::Format ? actor.text_of(*format, context) : std::string_view{text};
  fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", body.size());
  if (!body.empty()) out.append("content-type: ").append(content_type).append("\r\n");
  out.append("\r\n").append(body);
}

bool Answer::write_answer(Actor& actor, samples::Context& context, std::string& out) const {
  reply_.write(actor, context, out);
  return true;
}

bool AskPassword::write_answer(Actor& actor, samples::Context&, std::string& out) const {
  out += actor.page(401);
  const std::size_t end = out.find("\r\n\r\n");
  if (end == std::string::npos) return true;  // an empty errorfile: nothing is said
  out.insert(end + 2, fmt::format("www-authenticate: Basic realm=\"{}\"\r\n", realm_));
  return true;
}

}  // namespace proxyd::rules
