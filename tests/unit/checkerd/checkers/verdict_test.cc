// Fails and passes in, verdicts and pauses out: checker-behaviour "Scheduling of checks", and what keepalived 2.2.7 did in
// a virtual machine.
#include "checkerd/checkers/verdict.h"

#include <catch2/catch.hpp>

#include <string>

using namespace checkerd::checkers;
using namespace parsers::keepalived;
using namespace std::chrono_literals;

namespace {

Checker tcp(unsigned retry, bool alpha = false) {
  Checker out;
  out.what = TcpCheck{};
  out.times.delay_loop = 10s;
  out.times.delay_before_retry = 2s;
  out.times.retry = retry;
  out.times.alpha = alpha;
  return out;
}

Checker http(std::size_t urls, unsigned retry) {
  Checker out = tcp(retry);
  HttpCheck check;
  check.urls.resize(urls);
  out.what = check;
  return out;
}

/// One letter a run: what follows. "U" and "D": news, up and down; "r": a retry; "u": next page; "." nothing; then the pause.
std::string run(Verdict& verdict, const Checker& conf, const std::string& results) {
  std::string out;
  for (const char result : results) {
    const Decision decision = verdict.on_run(conf, result == '+');
    if (!out.empty()) out += ' ';
    out += decision.retries ? 'r' : decision.url_passed ? 'u' : decision.is_news ? (verdict.is_up() ? 'U' : 'D') : '.';
    if (decision.is_news && !decision.changed) out += '=';
    out += std::to_string(std::chrono::duration_cast<std::chrono::seconds>(decision.pause).count());
  }
  return out;
}

std::string run(const Checker& conf, const std::string& results) {
  Verdict verdict{conf};
  return run(verdict, conf, results);
}

}  // namespace

TEST_CASE("before the first result a single failure is enough", "[checkers][verdict]") {
  CHECK(run(tcp(3), "-") == "D10");
  CHECK(run(tcp(0), "-") == "D10");
}

TEST_CASE("the first success is news but no change", "[checkers][verdict]") { CHECK(run(tcp(3), "++") == "U=10 .10"); }

TEST_CASE("retry N: down after N+1 failures in a row, delay_before_retry apart", "[checkers][verdict]") {
  CHECK(run(tcp(0), "+-") == "U=10 D10");
  CHECK(run(tcp(1), "+--") == "U=10 r2 D10");
  CHECK(run(tcp(3), "+----") == "U=10 r2 r2 r2 D10");
  CHECK(run(tcp(3), "+---+---+") == "U=10 r2 r2 r2 .10 r2 r2 r2 .10");
}

TEST_CASE("while down one attempt each delay_loop, and one success brings it up", "[checkers][verdict]") {
  CHECK(run(tcp(2), "+---" "---" "+" "--") == "U=10 r2 r2 D10 .10 .10 .10 U10 r2 r2");
}

TEST_CASE("alpha: down until the first success; the first failure is news once", "[checkers][verdict]") {
  const Checker conf = tcp(3, true);
  Verdict verdict{conf};
  CHECK_FALSE(verdict.is_up());
  CHECK(run(verdict, conf, "---+") == "D10 .10 .10 U10");
  CHECK(run(tcp(3, true), "+-") == "U10 r2");
}

TEST_CASE("SMTP_CHECK retries before its first result, too", "[checkers][verdict]") {
  Checker conf = tcp(1);
  conf.what = SmtpCheck{};
  CHECK(run(conf, "--") == "r2 D10");
}

TEST_CASE("failures in a row are counted for show checks", "[checkers][verdict]") {
  const Checker conf = tcp(1);
  Verdict verdict{conf};
  run(verdict, conf, "+---");
  CHECK(verdict.failures() == 3);
  run(verdict, conf, "+");
  CHECK(verdict.failures() == 0);
}

TEST_CASE("pages are asked for in order, each delay_loop after the one before", "[checkers][verdict]") {
  const Checker conf = http(3, 1);
  Verdict verdict{conf};
  CHECK(run(verdict, conf, "+") == "u10");
  CHECK(verdict.url() == 1);
  CHECK(run(verdict, conf, "+") == "u10");
  CHECK(verdict.url() == 2);
  CHECK_FALSE(verdict.has_run());
  CHECK(run(verdict, conf, "+") == "U=10");
  CHECK(verdict.url() == 0);
  CHECK(run(verdict, conf, "+++") == "u10 u10 .10");
}

TEST_CASE("a page that fails is asked for again; after going down all pages must pass from the first", "[checkers][verdict]") {
  const Checker conf = http(2, 1);
  Verdict verdict{conf};
  run(verdict, conf, "++");
  CHECK(run(verdict, conf, "+-") == "u10 r2");
  CHECK(verdict.url() == 1);
  CHECK(run(verdict, conf, "--") == "D10 .10");
  CHECK(verdict.url() == 1);
  CHECK(run(verdict, conf, "+") == "u10");
  CHECK(verdict.url() == 0);
  CHECK(run(verdict, conf, "++") == "u10 U10");
}

TEST_CASE("a page that fails and passes within its retries is a step forward", "[checkers][verdict]") {
  const Checker conf = http(2, 1);
  CHECK(run(conf, "++" "-+" "-+") == "u10 U=10 r2 u10 r2 .10");
}

TEST_CASE("one page: up as soon as it passes", "[checkers][verdict]") { CHECK(run(http(1, 1), "-+-") == "D10 U10 r2"); }

TEST_CASE("while HTTP is down the longer of the two delays counts", "[checkers][verdict]") {
  Checker conf = http(1, 1);
  conf.times.delay_before_retry = 20s;
  CHECK(run(conf, "+---") == "U=10 r20 D20 .20");
}

TEST_CASE("fast_recovery: no pause between pages on the first run and while coming up", "[checkers][verdict]") {
  Checker conf = http(2, 0);
  std::get<HttpCheck>(conf.what).fast_recovery = true;
  CHECK(run(conf, "++" "++") == "u0 U=10 u10 .10");
  CHECK(run(conf, "-" "++") == "D10 u0 U10");
}
