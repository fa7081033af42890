#include "proxyd/ocsp/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/probe/channel.h"

namespace proxyd::ocsp {
namespace {

using lib::base::Duration;
using lib::base::Instant;
using lib::event::Task;
using lib::probe::Channel;
using lib::probe::Moved;

constexpr Duration kConnecting{5'000'000};  // the name's address with it
constexpr Duration kWhole{10'000'000};

class Exchange {
 public:
  Exchange(const lib::tls::OcspQuestion& question, lib::event::Waiter& waiter)
      : question_{question}, waiter_{waiter}, channel_{waiter}, began_{lib::base::monotonic_now()}, limit_{waiter.now() + kWhole} {}

  Task<void> run(const lib::probe::NameSources& sources, const HttpProxy& proxy);
  Fetched result;

 private:
  Task<bool> connect(const lib::probe::NameSources& sources, std::string host, std::uint16_t port);
  Task<void> converse(std::string request);
  bool fail(std::string why, std::string_view ending) {
    result.why = std::move(why);
    result.ending = ending;
    return false;
  }
  void judge(const AnswerReader& reader);
  std::int64_t passed_ms() const { return lib::base::to_ms(std::chrono::duration_cast<Duration>(lib::base::monotonic_now() - began_)); }

  const lib::tls::OcspQuestion& question_;
  lib::event::Waiter& waiter_;
  Channel channel_;
  Instant began_, limit_;
};

Task<bool> Exchange::connect(const lib::probe::NameSources& sources, std::string host, std::uint16_t port) {
  const Instant limit = waiter_.now() + kConnecting;
  auto address = co_await lib::probe::look_up(sources, host, waiter_, limit);
  if (!address) co_return fail(fmt::format("no address found for '{}'", host), "SC--");
  address->set_port(port);
  lib::probe::Connect where;
  where.where.ip = *address;
  lib::probe::Report report;
  const bool is_open = co_await channel_.connect(where, limit, report);
  if (!is_open && report.outcome == lib::probe::Outcome::ConnectTimeout)
    co_return fail(fmt::format("connection to {} timed out", address->text()), "sC--");
  if (!is_open) co_return fail(fmt::format("connection to {} failed ({})", address->text(), report.info), "SC--");
  result.connect_ms = passed_ms();
  co_return true;
}

void Exchange::judge(const AnswerReader& reader) {
  result.outcome = reader.outcome();
  result.status = reader.status() == 0 ? -1 : reader.status();
  result.der = reader.der();
  if (result.outcome == Outcome::WrongType) (void)fail("the answer is no OCSP response", "----");
  else if (result.outcome == Outcome::Updated) result.ending = "----";
  else if (result.status > 0 && result.status != 200) (void)fail(fmt::format("HTTP status {}", result.status), "----");
  else (void)fail(result.status == 200 ? "the answer is cut or too long" : "the answer is no HTTP", result.status == 200 ? "SD--" : "PH--");
}

Task<void> Exchange::converse(std::string request) {
  const Moved sent = co_await channel_.send(request, limit_);
  if (sent.how != Moved::How::Bytes) co_return (void)fail("the request could not be sent", sent.how == Moved::How::Timeout ? "sH--" : "SH--");
  AnswerReader reader;
  std::array<char, 4096> room;
  while (!reader.is_over()) {
    const Moved moved = co_await channel_.receive(room, limit_);
    if (moved.how == Moved::How::Timeout) co_return (void)fail("no whole answer in time", result.response_ms < 0 ? "sH--" : "sD--");
    if (moved.how == Moved::How::Bytes) {
      if (result.response_ms < 0) result.response_ms = passed_ms() - result.connect_ms;
      result.bytes += moved.count;
      reader.feed({room.data(), moved.count});
      continue;
    }
    if (result.bytes == 0) co_return (void)fail("the connection ended without an answer", "SH--");
    reader.end();
  }
  judge(reader);
}

Task<void> Exchange::run(const lib::probe::NameSources& sources, const HttpProxy& proxy) {
  const auto responder = read_responder(question_.uri);
  if (!responder) co_return (void)fail(fmt::format("'{}' is no address of HTTP", question_.uri), "PR--");
  const bool uses_proxy = !proxy.host.empty();
  std::string request = request_text(*responder, question_.request, question_.base64, uses_proxy);
  result.request_line = request.substr(0, request.find("\r\n"));
  if (!uses_proxy) result.request_line.insert(result.request_line.find(' ') + 1, "http://" + responder->authority);
  std::string host = uses_proxy ? proxy.host : responder->host;
  const bool is_open = co_await connect(sources, std::move(host), uses_proxy ? proxy.port : responder->port);
  if (is_open) co_await converse(std::move(request));
  channel_.close();
  result.total_ms = passed_ms();
}

}  // namespace

Task<Fetched> fetch(lib::tls::OcspQuestion question, const lib::probe::NameSources& sources, const HttpProxy& proxy, lib::event::Waiter& waiter) {
  Exchange exchange{question, waiter};
  co_await exchange.run(sources, proxy);
  co_return std::move(exchange.result);
}

}  // namespace proxyd::ocsp
