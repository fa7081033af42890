// genhash: fetches a page as HTTP_GET and SSL_GET do, and prints the MD5 of its body.
#include <fmt/format.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkerd/checkers/probe_plan.h"
#include "checkerd/genhash/dump.h"
#include "checkerd/genhash/options.h"
#include "lib/crypto/md5.h"
#include "lib/event/loop.h"
#include "lib/probe/probe.h"
#include "lib/tls/client.h"

namespace {

using namespace checkerd::genhash;
using lib::probe::Outcome;
using lib::probe::Report;

void print(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stdout); }  // nobody reads on: no matter

/// A title within a line, as the original frames its parts.
void print_title(std::string_view title) { print(fmt::format("-----------------------[{}]-----------------------\n", title)); }

/// Prints head and body while they come.
class Printer final : public lib::probe::Tap {
 public:
  void on_head(std::string_view bytes) override {
    if (head_.size() < kMostHead) head_ += bytes;
  }
  void on_body(std::string_view bytes) override {
    print_head();
    print(body_.add(bytes));
  }
  void finish() {
    print_head();
    print(body_.flush());
    print("\n");
  }

 private:
  static constexpr std::size_t kMostHead = 1'048'576;
  void print_head() {
    if (std::exchange(has_head_, true)) return;
    print_title("    HTTP Header Buffer    ");
    Dump dump;
    print(dump.add(head_));
    print(dump.flush());
    print_title(" HTTP Header Ascii Buffer ");
    print(head_ + "\n");
    print_title("        HTML Buffer        ");
  }
  std::string head_;
  bool has_head_ = false;
  Dump body_;
};

/// Where and what, as steps.
lib::base::Result<lib::probe::Plan> make_plan(const Options& options, lib::probe::Tap* tap) {
  lib::probe::Plan plan;
  plan.connecting = plan.answering = options.timeout;
  auto& connect = plan.steps.emplace_back().emplace<lib::probe::Connect>();
  connect.where.ip = options.server;
  connect.fwmark = options.fwmark;
  if (options.tls) {
    auto context = lib::tls::ClientContext::make(lib::tls::ClientSettings{});
    if (!context) return tl::unexpected{context.error()};
    auto& tls = plan.steps.emplace_back().emplace<lib::probe::StartTls>();
    tls.context = *context;
    if (options.sni) tls.sni = options.virtual_host;
  }
  plan.steps.emplace_back().emplace<lib::probe::Send>().bytes =
      checkerd::checkers::http_request(options.version, options.path, options.virtual_host, options.server);
  auto& expect = plan.steps.emplace_back().emplace<lib::probe::ExpectHttpPage>();
  expect.wants_digest = true;
  expect.tap = tap;
  return plan;
}

lib::event::Task<void> fetch(lib::event::Loop& loop, const lib::probe::Plan& plan, Report& report) {
  lib::event::Waiter waiter{loop};
  report = co_await lib::probe::run(plan, waiter);
  loop.stop();
}

const char* failure_text(const Report& report, bool tls) {
  switch (report.outcome) {
    case Outcome::ConnectTimeout: return "Timeout connecting";
    case Outcome::TlsFailed:
    case Outcome::TlsTimeout: return "SSL handshake/communication error connecting to server";
    case Outcome::AnswerTimeout: return tls ? "Timeout SSL read" : report.has_begun ? "Timeout HTTP read" : "Timeout WEB read";
    case Outcome::SocketError: return report.step == 0 ? "Connection failed" : "Read error";
    default: return "Connection failed";
  }
}

void print_result(const Options& options, const Report& report, Printer& printer) {
  if (report.outcome == Outcome::NoAnswer || report.outcome == Outcome::InvalidAnswer) {
    (void)std::fputs("no data received from remote webserver\n", stderr);
    return;
  }
  if (!report.digest) return print(std::string{failure_text(report, options.tls)} + "\n");
  const std::string digest = lib::crypto::hex(*report.digest) + "\n";
  if (!options.verbose) return print(digest);
  printer.finish();
  print_title("    HTML hash resulting    ");
  Dump dump;
  print(dump.add(std::string{report.digest->begin(), report.digest->end()}));
  print_title(" HTML hash final resulting ");
  print(digest);
  print(fmt::format("\nGlobal response time for [{}] = {} usecs\n", options.path, report.took.count()));
}

}  // namespace

int main(int count, char** arguments) {
  const std::span<char*> all{arguments, static_cast<std::size_t>(count)};
  const std::vector<std::string_view> words{all.begin() + (all.empty() ? 0 : 1), all.end()};
  const auto options = parse_options(words);
  if (!options) {
    if (!options.error().message.empty()) (void)std::fputs((options.error().message + "\n").c_str(), stderr);
    (void)std::fwrite(usage().data(), 1, usage().size(), stderr);
    return 1;
  }
  Printer printer;
  const auto plan = make_plan(*options, options->verbose ? &printer : nullptr);
  if (!plan) {
    (void)std::fputs((plan.error().message + "\n").c_str(), stderr);
    return 0;
  }
  lib::event::Loop loop;
  lib::event::TaskGroup tasks;
  Report report;
  loop.post([&] { tasks.spawn(fetch(loop, *plan, report)); });  // within run(), which it stops
  loop.run();
  print_result(*options, report, printer);
  return 0;  // also after a failure: scripts of the original's users count on the text
}
