// One OCSP exchange over the network: the responder's address, a connection, a request, an answer.
#pragma once

#include <cstdint>
#include <string>

#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/probe/name_lookup.h"
#include "lib/tls/ocsp_question.h"
#include "proxyd/ocsp/exchange_text.h"
#include "proxyd/ocsp/settings.h"

namespace proxyd::ocsp {

/// What became of the exchange; for its log line, too. Times in milliseconds, -1: it did not come that far.
struct Fetched {
  Outcome outcome = Outcome::HttpError;  // Updated: `der` is what the responder said
  std::string der;
  std::string why;                       // in words, where it failed
  std::string request_line;              // "GET http://host/path HTTP/1.1"
  std::string_view ending = "----";      // as the log field of that name has it
  int status = -1;
  std::int64_t connect_ms = -1, response_ms = -1, total_ms = -1;
  std::uint64_t bytes = 0;
};

/// Asks the question; ends by itself in time. `sources` and `proxy` are kept by the caller until then.
lib::event::Task<Fetched> fetch(lib::tls::OcspQuestion question, const lib::probe::NameSources& sources, const HttpProxy& proxy,
                                lib::event::Waiter& waiter);

}  // namespace proxyd::ocsp
