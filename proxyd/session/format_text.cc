#include "proxyd/session/format_text.h"

#include "proxyd/logs/render.h"

namespace proxyd::session {
namespace {

constexpr std::size_t kMostText = 8192;

}  // namespace

std::string_view text_of(Stream& stream, const formats::Format& format, samples::Context& context) {
  Worker& worker = stream.front.worker;
  logs::LogRecord record;
  if (format.has_fields) stream.fill_for(record, format);
  logs::LineContext line;
  line.frontend = stream.front.conf().name;
  line.host_name = worker.process.host_name;
  line.uri_length = worker.process.config->global.log_uri_length;
  // Expressions take from the same arena while the text is made, and give it all back before the next item.
  const std::span<char> room = context.arena().take(kMostText + logs::LineWriter::kSlack);
  line.samples = &context;
  logs::LineWriter out{room.data(), kMostText};
  logs::render(format, record, line, worker.log->dates(), out);
  return {room.data(), out.size()};
}

std::string_view Stream::text_of(const formats::Format& format, samples::Context& context) {
  return session::text_of(*this, format, context);
}

}  // namespace proxyd::session
