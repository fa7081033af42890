#include "lib/probe/page_judge.h"

#include <algorithm>
#include <limits>

namespace lib::probe {

PageJudge::PageJudge(const ExpectHttpPage& wanted) : wanted_{wanted} {
  if (wanted.digest || wanted.wants_digest) digest_.emplace();
  if (wanted.pattern) scan_.emplace(wanted.pattern);
}

void PageJudge::feed(std::string_view bytes) {
  const std::string_view body = answer_.feed(bytes), head = bytes.substr(0, bytes.size() - body.size());
  const std::uint64_t most = answer_.promised().value_or(std::numeric_limits<std::uint64_t>::max());
  const std::string_view counted = body.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(body.size(), most - counted_)));
  counted_ += counted.size();
  if (wanted_.tap != nullptr && !head.empty()) wanted_.tap->on_head(head);
  if (wanted_.tap != nullptr && !counted.empty()) wanted_.tap->on_body(counted);
  if (digest_ && !counted.empty()) digest_->add(counted);
  if (scan_ && !body.empty()) scan_->add(body);
}

bool PageJudge::needs_no_more() const {
  if (!answer_.has_head() || wanted_.tap != nullptr) return false;
  const bool is_hashed = !digest_ || (answer_.promised() && counted_ >= *answer_.promised());
  return is_hashed && (!scan_ || scan_->is_decided());
}

bool PageJudge::finish(Report& report) {
  report.promised = answer_.promised();
  report.received = answer_.body_size();
  report.code = static_cast<int>(answer_.status());
  const auto fail = [&](Outcome outcome) {
    report.outcome = outcome;
    return false;
  };
  if (!answer_.has_any()) return fail(Outcome::NoAnswer);
  if (!answer_.has_head()) return fail(Outcome::InvalidAnswer);
  report.has_answer = true;
  if (digest_) report.digest = digest_->finish();
  const auto accepts = [&](const auto& range) { return answer_.status() >= range.first && answer_.status() <= range.second; };
  if (!wanted_.statuses.empty() && !std::any_of(wanted_.statuses.begin(), wanted_.statuses.end(), accepts))
    return fail(Outcome::WrongStatus);
  if (wanted_.digest && report.digest != wanted_.digest) return fail(Outcome::WrongDigest);
  if (scan_) {
    scan_->finish();
    if (scan_->matched() != wanted_.pattern_must_match) return fail(Outcome::WrongBody);
  }
  return true;
}

}  // namespace lib::probe
