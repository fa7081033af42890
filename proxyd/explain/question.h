// What `explain` is asked: a request as words, "GET /path -H 'Host: x' --src 10.0.0.7". Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/net/address.h"

namespace proxyd::explain {

struct Question {
  std::string method = "GET", target = "/", version = "HTTP/1.1";
  std::string headers;                 // lines with CRLF, in the order they were given
  std::string body;
  std::string response = "HTTP/1.1 200 OK";  // the status line that the server is taken to answer with
  std::string response_headers;
  lib::net::Address source;            // AF_UNSPEC: 127.0.0.1
  lib::net::Address destination;       // AF_UNSPEC: the frontend's first address
  std::string frontend;                // empty: by the destination, else the first in mode http

  /// The head as a client would send it, with a Host field where none was given.
  std::string head() const;
};

/// "[METHOD] TARGET [VERSION]", in one word or several; options: -H 'Name: value', --src, --dst, --frontend, --body,
/// --status, -R 'Name: value' (a field of the server's answer). What is wrong, in words.
lib::base::Result<Question> read_question(std::span<const std::string_view> words);
/// The options in a few lines.
std::string_view question_usage();

}  // namespace proxyd::explain
