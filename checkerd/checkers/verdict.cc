#include "checkerd/checkers/verdict.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace checkerd::checkers {

using parsers::keepalived::Checker;
using parsers::keepalived::HttpCheck;
using parsers::keepalived::SmtpCheck;

/// Before the first result one failure is enough; SMTP_CHECK alone of the original's checkers retries then, too.
Verdict::Verdict(const Checker& conf)
    : is_up_{!conf.times.alpha}, tries_{std::holds_alternative<SmtpCheck>(conf.what) ? 0 : conf.times.retry} {}

Decision Verdict::on_run(const Checker& conf, bool passed) {
  const Decision out = passed ? on_pass(conf) : on_failure(conf);
  has_run_ = has_run_ || !out.url_passed;
  return out;
}

Decision Verdict::on_pass(const Checker& conf) {
  Decision out;
  out.pause = conf.times.delay_loop;
  failures_ = 0;
  tries_ = has_run_ ? 0 : tries_;
  if (const auto* const http = std::get_if<HttpCheck>(&conf.what)) {
    const std::size_t next = std::exchange(restarts_, false) ? 0 : url_ + 1;
    url_ = next < http->urls.size() ? next : 0;
    out.url_passed = url_ != 0 || next == 0;
    if (out.url_passed) {
      if (http->fast_recovery && (!is_up_ || !has_run_)) out.pause = lib::base::Duration{0};
      return out;
    }
  }
  tries_ = 0;
  out.changed = !is_up_;
  out.is_news = out.changed || !has_run_;
  is_up_ = true;
  return out;
}

Decision Verdict::on_failure(const Checker& conf) {
  Decision out;
  ++failures_;
  if (is_up_ && tries_ < conf.times.retry) {
    out.retries_done = tries_++;
    out.retries = true;
    out.pause = conf.times.delay_before_retry;
    return out;
  }
  out.pause = conf.times.delay_loop;
  if (std::holds_alternative<HttpCheck>(conf.what)) out.pause = std::max(conf.times.delay_loop, conf.times.delay_before_retry);
  out.is_news = out.changed = is_up_ || !has_run_;
  out.retries_done = conf.times.retry;
  restarts_ = url_ != 0;
  is_up_ = false;
  tries_ = 0;
  return out;
}

}  // namespace checkerd::checkers
