#include "proxyd/session/trace.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {
namespace {

/// "0000000a:web.clireq[0007:0009]"; a connection that is not there is ffff, or as wide as an int.
enum class Absent : std::uint32_t { Wide = 0xffffffff, Narrow = 0xffff };

std::string head(Stream& stream, std::string_view event, Absent absent) {
  const listen::Frontend& frontend = *stream.front.frontend;
  const auto back = stream.traced.back >= 0 ? static_cast<std::uint32_t>(stream.traced.back)
                                            : static_cast<std::uint32_t>(absent);
  return fmt::format("{:08x}:{}.{}[{:04x}:{:04x}]", stream.number(),
                     stream.backend != nullptr ? stream.backend->conf.name : frontend.conf.name, event,
                     stream.front.socket(), back);
}

void print(std::string text) {
  text += '\n';
  (void)std::fwrite(text.data(), 1, text.size(), stdout);  // a terminal that is gone ends nothing
  (void)std::fflush(stdout);
}

void print_fields(Stream& stream, const lib::http::MessageHead& message, std::string_view event) {
  // haproxy never shows a Connection that speaks of this hop alone.
  const bool hop_only = !message.connection_other && !message.connection_upgrade;
  for (const lib::http::Field& field : message.fields) {
    if (field.dropped || (hop_only && field.id == lib::http::FieldId::Connection)) continue;
    print(fmt::format("{}: {}: {}", head(stream, event, Absent::Wide), message.name(field), message.value(field)));
  }
}

std::string version_text(const lib::http::MessageHead& head) {
  const std::array<char, 8> version = head.received_version();
  return {version.data(), version.size()};
}

}  // namespace

void trace_accept(Stream& stream) {
  const Front& front = stream.front;
  stream.traced.begun = true;
  print(fmt::format("{:08x}:{}.accept({:04x})={:04x} from [{}] ALPN=<none>", stream.number(), front.conf().name,
                    front.listener->fd.get(), front.socket(), front.client().text()));
}

void trace_request(HttpStream& stream) {
  trace_accept(stream);
  const lib::http::RequestHead& request = stream.request;
  print(fmt::format("{}: {} {} {}", head(stream, "clireq", Absent::Wide), request.method_text(), request.target_text(),
                    version_text(request)));
  print_fields(stream, request, "clihdr");
}

void trace_response(HttpStream& stream, const lib::http::ResponseHead& response) {
  trace_connected(stream);
  print(fmt::format("{}: {} {} {}", head(stream, "srvrep", Absent::Wide), version_text(response),
                    response.text(response.status_text), response.text(response.reason)));
  print_fields(stream, response, "srvhdr");
}

void trace_connected(Stream& stream) { stream.traced.back = stream.back ? stream.back->descriptor.fd() : -1; }

void trace_close(Stream& stream) {
  if (!stream.traced.begun) return;
  print(head(stream, "clicls", Absent::Narrow));
  if (stream.traced.back >= 0) print(head(stream, "srvcls", Absent::Narrow));
  print(head(stream, "closed", Absent::Narrow));
}

}  // namespace proxyd::session
