// An HTTP answer of our own on its way to the client.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "proxyd/session/http_stream.h"

namespace proxyd::session {

/// The page of that status in text form: an errorfile, what "http-error" makes, or the built-in one. It is logged as that.
std::string page_text(HttpStream& stream, int status);

/// Made of a whole answer in text form: "http-after-response" has seen it, and it says what the connection needs. The stream's
/// status and response head are those of the answer from then on, and the head points in here.
class LocalAnswer {
 public:
  LocalAnswer(HttpStream& stream, std::string_view raw);
  ~LocalAnswer() { stream_.response_head = nullptr; }
  LocalAnswer(const LocalAnswer&) = delete;
  LocalAnswer& operator=(const LocalAnswer&) = delete;
  /// As it is sent.
  std::string_view bytes() const { return bytes_; }

 private:
  void edit(const lib::http::Asked& asked);

  HttpStream& stream_;
  std::string text_, bytes_;  // local answers are rare and small: a copy may be edited
  std::array<char, 256> area_;
};

}  // namespace proxyd::session
