// A health check as a list of steps: connect, send, expect. The steps are data; run() carries them out on a loop.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/time.h"
#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/net/address.h"

namespace lib::probe {

/// Opens the connection that the steps after it use.
struct Connect {
  net::Endpoint where;
  net::Address source;          // AF_UNSPEC: the system's choice
  bool reset_on_close = false;  // end with a reset: a check that only connects leaves no TIME_WAIT behind
};

/// The PROXY protocol's line (version 1), with this end of the connection as the client.
struct SendProxyLine {};

struct Send {
  std::string bytes;
};

/// Reads the head of an HTTP/1 response.
struct ExpectHttpStatus {
  int lowest = 200;
  int highest = 399;
};

using Step = std::variant<Connect, SendProxyLine, Send, ExpectHttpStatus>;

struct Plan {
  std::vector<Step> steps;
  base::Duration whole{};       // for all steps together; zero: no limit
  base::Duration connecting{};  // for the connection; zero: only `whole`
  base::Duration answering{};   // from the connection to the end; zero: only `whole`
};

enum class Outcome : std::uint8_t {
  Passed,
  SocketError,      // the system failed, or the connection broke
  ConnectFailed,
  ConnectTimeout,
  AnswerTimeout,
  InvalidAnswer,    // not what the protocol allows, or the end before an answer
  WrongStatus,
};

struct Report {
  Outcome outcome = Outcome::Passed;
  bool has_answer = false;   // passed by what the server answered, not only by connecting
  int code = 0;              // HTTP status; 0: none
  base::Duration took{};
  std::string info;          // the system's error, or the reason phrase of a wrong status; may be empty
};

/// Carries out a plan, which the caller keeps until then. Uses `waiter` for every wait; ends by itself within the
/// plan's limits. Closes its connection.
event::Task<Report> run(const Plan& plan, event::Waiter& waiter);

}  // namespace lib::probe
