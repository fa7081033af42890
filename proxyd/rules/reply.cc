#include "proxyd/rules/reply.h"

#include <fmt/format.h>

#include "lib/http/status.h"
#include "proxyd/rules/message_text.h"

namespace proxyd::rules {

bool Reply::write(Actor& actor, samples::Context& context, std::string& out) const {
  if (kind == Kind::Page) {
    actor.write_page(status, context, out);
    return true;
  }
  if (kind == Kind::File) {
    out += *whole;
    return true;
  }
  const std::size_t before = out.size();
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, lib::http::reason_phrase(status));
  for (const auto& [name, value] : fields) {
    const samples::ArenaScope scope{context.arena()};
    const std::string_view text_of_field = message_text(actor, value, context);
    if (!text_of_field.empty()) out.append(name).append(": ").append(text_of_field).append("\r\n");
  }
  const std::string_view body = kind == Kind::Format ? actor.text_of(*format, context) : std::string_view{text};
  fmt::format_to(std::back_inserter(out), "content-length: {}\r\n", body.size());
  if (!body.empty()) out.append("content-type: ").append(content_type).append("\r\n");
  out.append("\r\n").append(body);
  const bool fits = kind != Kind::Format || out.size() - before <= actor.most_text();
  if (!fits) out.resize(before);
  return fits;
}

bool Answer::write_answer(Actor& actor, samples::Context& context, std::string& out) const {
  return reply_.write(actor, context, out);
}

bool AskPassword::write_answer(Actor& actor, samples::Context& context, std::string& out) const {
  const bool as_proxy = actor.is_asked_as_proxy();
  actor.write_page(as_proxy ? 407 : 401, context, out);
  const std::size_t end = out.find("\r\n\r\n");
  if (end == std::string::npos) return true;  // an empty errorfile: nothing is said
  out.insert(end + 2, fmt::format("{}-authenticate: Basic realm=\"{}\"\r\n", as_proxy ? "proxy" : "www", realm_));
  return true;
}

}  // namespace proxyd::rules
