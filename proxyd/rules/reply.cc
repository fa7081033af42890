#include "proxyd/rules/reply.h"

#include <fmt/format.h>

#include "lib/http/status.h"

namespace proxyd::rules {

void Reply::write(Actor& actor, samples::Context& context, std::string& out) const {
  if (kind == Kind::Page) {
    actor.write_page(status, context, out);
    return;
  }
  if (kind == Kind::File) {
    out += *whole;
    return;
  }
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, lib::http::reason_phrase(status));
  for (const auto& [name, value] : fields) {
    const samples::ArenaScope scope{context.arena()};
    const std::string_view text_of_field = actor.text_of(value, context);
    if (!text_of_field.empty()) out.append(name).append(": ").append(text_of_field).append("\r\n");
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

bool AskPassword::write_answer(Actor& actor, samples::Context& context, std::string& out) const {
  actor.write_page(401, context, out);
  const std::size_t end = out.find("\r\n\r\n");
  if (end == std::string::npos) return true;  // an empty errorfile: nothing is said
  out.insert(end + 2, fmt::format("www-authenticate: Basic realm=\"{}\"\r\n", realm_));
  return true;
}

}  // namespace proxyd::rules
