#include "proxyd/session/trace.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {
namespace {

/// "0000000a:web.clireq[0007:0009]: "
std::string head(const HttpStream& stream, std::string_view event) {
  const int back = stream.back ? stream.back->descriptor.fd() : -1;
  const listen::Frontend& frontend = stream.front.frontend;
  return fmt::format("{:08x}:{}.{}[{:04x}:{:04x}]", static_cast<std::uint32_t>(stream.front.info.id >> 8),
                     stream.backend != nullptr ? stream.backend->conf.name : frontend.conf.name, event,
                     stream.front.descriptor.fd(), static_cast<std::uint32_t>(back) & 0xffffU);
}

void print(std::string text) {
  text += '\n';
  (void)std::fwrite(text.data(), 1, text.size(), stdout);  // a terminal that is gone ends nothing
  (void)std::fflush(stdout);
}

void print_fields(const HttpStream& stream, const lib::http::MessageHead& message, std::string_view event) {
  for (const lib::http::Field& field : message.fields)
    if (!field.dropped) print(fmt::format("{}: {}: {}", head(stream, event), message.name(field), message.value(field)));
}

}  // namespace

void trace_accept(const Front& front) {
  print(fmt::format("{:08x}:{}.accept({:04x})={:04x} from [{}]", static_cast<std::uint32_t>(front.info.id >> 8),
                    front.conf().name, front.listener.fd.get(), front.descriptor.fd(), front.client().text()));
}

void trace_request(const HttpStream& stream) {
  const lib::http::RequestHead& request = stream.request;
  print(fmt::format("{}: {} {} {}", head(stream, "clireq"), request.method_text(), request.target_text(),
                    request.text(request.version)));
  print_fields(stream, request, "clihdr");
}

void trace_response(const HttpStream& stream) {
  const lib::http::ResponseHead& response = stream.response;
  print(fmt::format("{}: {} {} {}", head(stream, "srvrep"), response.text(response.version),
                    response.text(response.status_text), response.text(response.reason)));
  print_fields(stream, response, "srvhdr");
}

void trace_close(const HttpStream& stream) { print(head(stream, "closed")); }

}  // namespace proxyd::session
