#include "proxyd/session/keepsakes.h"

#include "lib/base/text.h"
#include "proxyd/rules/message_text.h"

namespace proxyd::session {
namespace {

constexpr std::uint32_t kRequestCookie = kUniqueIdSlot + 1, kResponseCookie = kUniqueIdSlot + 2;
constexpr std::size_t kMostId = 127;  // as the original's

void capture_fields(const Stream& stream, const lib::http::MessageHead& head, const std::vector<config::HeaderCapture>& captures,
                    std::uint32_t first) {
  for (const lib::http::Field& field : head.fields) {
    if (field.dropped) continue;
    const std::string_view name = head.name(field);
    for (std::uint32_t i = 0; i < captures.size(); ++i)
      if (captures[i].name == name) stream.keep(first + i, head.value(field).substr(0, captures[i].length));
  }
}

/// The first cookie of the captured name, as "name=value".
void capture_cookie(const Stream& stream, const lib::http::MessageHead& head, lib::http::FieldId id, std::uint32_t slot) {
  const config::Proxy& conf = stream.front.conf();
  for (const lib::http::Field* field = head.find(id); field != nullptr; field = head.find(id, field)) {
    for (std::string_view rest = head.value(*field); !rest.empty();) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = lib::base::trim(rest.substr(0, end));
      rest = end == std::string_view::npos || id == lib::http::FieldId::SetCookie ? std::string_view{} : rest.substr(end + 1);
      const std::string_view name = pair.substr(0, pair.find('='));
      const bool wanted = conf.captured_cookie_is_prefix ? name.starts_with(conf.captured_cookie) : name == conf.captured_cookie;
      if (!wanted || name.size() == pair.size()) continue;
      return stream.keep(slot, pair.substr(0, conf.captured_cookie_length));
    }
  }
}

}  // namespace

void capture_request(HttpStream& stream) {
  const config::Proxy& conf = stream.front.conf();
  capture_fields(stream, stream.request, conf.request_captures, 0);
  if (conf.captured_cookie_length != 0) capture_cookie(stream, stream.request, lib::http::FieldId::Cookie, kRequestCookie);
}

void capture_response(HttpStream& stream) {
  const config::Proxy& conf = stream.front.conf();
  capture_fields(stream, stream.response, conf.response_captures, kResponseSlots);
  if (conf.captured_cookie_length != 0)
    capture_cookie(stream, stream.response, lib::http::FieldId::SetCookie, kResponseCookie);
}

void Captures::show(const Stream& stream, logs::LogRecord& record) {
  const config::Proxy& conf = stream.front.conf();
  if (!record.bad_request)
    for (std::uint32_t i = 0; i < conf.request_captures.size(); ++i) request_.push_back(stream.kept(i));
  if (!record.bad_request)
    for (std::uint32_t i = 0; i < conf.response_captures.size(); ++i) response_.push_back(stream.kept(kResponseSlots + i));
  record.request_captures = request_;
  record.response_captures = response_;
  record.request_cookie = stream.kept(kRequestCookie);
  record.response_cookie = stream.kept(kResponseCookie);
}

void make_unique_id(Stream& stream) {
  const formats::Format* const format = stream.front.conf().unique_id_format.form.get();
  if (format == nullptr) return;
  samples::Context context{stream, *stream.front.worker.scratch, samples::Place::FrontRequest};
  stream.keep(kUniqueIdSlot, rules::message_text(stream, *format, context).substr(0, kMostId));
}

bool add_unique_id(HttpStream& stream, lib::http::HeadWriter& writer) {
  const std::string& header = stream.front.conf().unique_id_header;
  if (header.empty()) return true;
  const std::string_view id = stream.kept(kUniqueIdSlot);
  return id.data() == nullptr || writer.add(header, id);
}

}  // namespace proxyd::session
