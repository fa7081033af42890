#include "lib/mail/smtp.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "lib/base/text.h"
#include "lib/net/socket.h"

namespace lib::mail {

using lib::base::Instant;
using lib::base::Status;
using lib::event::Descriptor;
using lib::event::Task;
using lib::event::Waiter;
using lib::event::Wake;

namespace {

constexpr std::size_t kLongestAnswer = 4096;

/// One conversation with a relay.
struct Dialogue {
  Waiter& waiter;
  Descriptor& connection;
  const Relay& relay;
  std::string input;
};

/// The code of a complete answer at the start of `input` (multi-line answers end with "250 "), which is then taken away.
int take_answer(std::string& input) {
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = input.find('\n', begin);
    if (end == std::string::npos) return 0;
    const std::string_view line = std::string_view{input}.substr(begin, end - begin);
    begin = end + 1;
    if (line.size() > 3 && line[3] == '-') continue;
    const auto code = lib::base::parse_number<int>(line.substr(0, 3));
    input.erase(0, begin);
    return code.value_or(-1);
  }
}

Task<Status> send_text(Dialogue& dialogue, std::string text) {
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t sent = ::send(dialogue.connection.fd(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      left.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN) co_return lib::base::system_failure("SMTP server " + dialogue.relay.server.text(), errno);
    const Instant deadline = dialogue.waiter.now() + dialogue.relay.timeout;
    const Wake wake = co_await dialogue.waiter.ready(dialogue.connection, lib::event::kWrite, deadline);
    if (wake.timed_out()) co_return lib::base::failure("Timeout writing data to SMTP server " + dialogue.relay.server.text());
  }
  co_return Status{};
}

/// Waits for the answer to `command` and expects its first digit.
Task<Status> expect(Dialogue& dialogue, std::string command, int wanted) {
  while (true) {
    const int code = take_answer(dialogue.input);
    if (code == wanted || (wanted == 250 && code == 251)) co_return Status{};
    if (code != 0)
      co_return lib::base::failure(fmt::format("Error processing {} cmd on SMTP server {}. SMTP status code = {}", command,
                                               dialogue.relay.server.text(), code));
    if (dialogue.input.size() > kLongestAnswer)
      co_return lib::base::failure("SMTP server " + dialogue.relay.server.text() + " talks without end");
    const Instant deadline = dialogue.waiter.now() + dialogue.relay.timeout;
    const Wake wake = co_await dialogue.waiter.ready(dialogue.connection, lib::event::kRead, deadline);
    if (wake.timed_out())
      co_return lib::base::failure("Timeout reading data from SMTP server " + dialogue.relay.server.text());
    std::array<char, 1024> buffer;
    const ssize_t got = ::recv(dialogue.connection.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got == 0) co_return lib::base::failure("SMTP server " + dialogue.relay.server.text() + " closed the connection");
    if (got > 0) dialogue.input.append(buffer.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno != EAGAIN) co_return lib::base::system_failure("SMTP server " + dialogue.relay.server.text(), errno);
  }
}

Task<Status> connect(Dialogue& dialogue) {
  const Instant deadline = dialogue.waiter.now() + dialogue.relay.timeout;
  const Wake wake = co_await dialogue.waiter.ready(dialogue.connection, lib::event::kWrite, deadline);
  if (wake.timed_out()) co_return lib::base::failure("Timeout connecting SMTP server " + dialogue.relay.server.text());
  const int fault = lib::net::connect_error(dialogue.connection.fd());
  if (fault != 0) co_return lib::base::system_failure("Error connecting SMTP server " + dialogue.relay.server.text(), fault);
  co_return Status{};
}

std::string header_value(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  return out;
}

struct Step {
  std::string name, line;
  int answer = 250;
};

std::vector<Step> steps_of(const Relay& relay, const Message& message) {
  std::vector<Step> steps;
  steps.push_back({.name = "HELO", .line = fmt::format("HELO {}\r\n", header_value(relay.helo_name))});
  steps.push_back({.name = "MAIL FROM", .line = fmt::format("MAIL FROM:<{}>\r\n", header_value(message.from))});
  for (const std::string& to : message.to)
    steps.push_back({.name = "RCPT TO", .line = fmt::format("RCPT TO:<{}>\r\n", header_value(to))});
  steps.push_back({.name = "DATA", .line = "DATA\r\n", .answer = 354});
  steps.push_back({.name = "message", .line = render(message, mail_date(lib::base::wall_now()))});
  return steps;
}

}  // namespace

std::string mail_date(lib::base::WallTime moment) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const long offset = local.tm_gmtoff / 60;
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} {}{:02}{:02}", kDays[static_cast<std::size_t>(local.tm_wday)],
                     local.tm_mday, kMonths[static_cast<std::size_t>(local.tm_mon)], local.tm_year + 1900, local.tm_hour,
                     local.tm_min, local.tm_sec, offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
}

std::string render(const Message& message, std::string_view date) {
  std::string out = fmt::format("Date: {}\r\nFrom: {}\r\nSubject: {}\r\nX-Mailer: {}\r\nTo: ", date, header_value(message.from),
                                header_value(message.subject), header_value(message.mailer));
  for (std::size_t i = 0; i < message.to.size(); ++i) out += (i == 0 ? "" : ", ") + header_value(message.to[i]);
  out += "\r\n\r\n";
  for (std::string_view line : lib::base::split(message.body, '\n')) {
    if (line.starts_with('.')) out += '.';  // RFC 5321 section 4.5.2
    out += line;
    out += "\r\n";
  }
  return out + ".\r\n";
}

Task<Status> send(lib::event::Loop& loop, Relay relay, Message message) {
  Waiter waiter{loop};
  lib::net::Endpoint where;
  where.ip = relay.server;
  auto socket = lib::net::start_connect(where, lib::net::Address{});
  if (!socket) co_return tl::unexpected{socket.error()};
  Descriptor connection{loop, std::move(*socket)};
  Dialogue dialogue{.waiter = waiter, .connection = connection, .relay = relay, .input = {}};
  Status status = co_await connect(dialogue);
  if (status) status = co_await expect(dialogue, "connection", 220);
  for (const Step& step : steps_of(relay, message)) {
    if (!status) break;
    status = co_await send_text(dialogue, step.line);
    if (status) status = co_await expect(dialogue, step.name, step.answer);
  }
  const Status left = co_await send_text(dialogue, "QUIT\r\n");  // also after a refusal: RFC 5321 section 4.1.1.10
  if (status && left) status = co_await expect(dialogue, "QUIT", 221);
  co_return status;
}

}  // namespace lib::mail
