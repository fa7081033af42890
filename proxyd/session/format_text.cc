#include "proxyd/session/format_text.h"

#include "proxyd/logs/render.h"
#include "proxyd/session/keepsakes.h"

namespace proxyd::session {

std::string_view text_of(Stream& stream, const formats::Format& format, samples::Context& context) {
  Worker& worker = stream.front.worker;
  const std::size_t most = stream.most_text();
  logs::LogRecord record;
  Captures captures;
  if (format.has_fields) {
    stream.fill_for(record, format);
    if (captures_anything(stream.front.conf())) captures.show(stream, record);
  }
  logs::LineContext line;
  line.frontend = stream.front.conf().name;
  line.host_name = worker.process.host_name;
  line.uri_length = worker.site().config->global.log_uri_length;
  // Expressions take from the same arena while the text is made, and give it all back before the next item.
  const std::span<char> room = context.arena().take(most + logs::LineWriter::kSlack);
  line.samples = &context;
  line.in_message = true;
  logs::LineWriter out{room.data(), most};
  logs::render(format, record, line, worker.log->dates(), out);
  return {room.data(), out.size()};
}

std::string_view Stream::text_of(const formats::Format& format, samples::Context& context) {
  return session::text_of(*this, format, context);
}

}  // namespace proxyd::session
