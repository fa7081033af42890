// What a stream keeps of its request and response for the log and for rules: captured headers and cookies, its unique id.
#pragma once

#include <string_view>
#include <vector>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

inline bool captures_anything(const config::Proxy& conf) {
  return !conf.request_captures.empty() || !conf.response_captures.empty() || conf.captured_cookie_length != 0;
}

/// "capture request header", "capture cookie": the request's are there once its head is.
void capture_request(HttpStream& stream);
void capture_response(HttpStream& stream);

/// The captures of a stream as its log record shows them; the views live as long as this.
class Captures {
 public:
  void show(const Stream& stream, logs::LogRecord& record);

 private:
  std::vector<std::string_view> request_, response_;
};

/// "unique-id-format": made once for each request or relay.
void make_unique_id(Stream& stream);
/// "unique-id-header". False: the head has no room left.
bool add_unique_id(HttpStream& stream, lib::http::HeadWriter& writer);

}  // namespace proxyd::session
