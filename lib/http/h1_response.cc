#include "lib/http/h1_meaning.h"
#include "lib/http/h1_scan.h"

namespace lib::http {

/// Status lines: version, three digits, reason.
class ResponseScan : HeadScan {
 public:
  ResponseScan(std::span<char> received, const HeadOptions& options, HeadState& state,
               ResponseHead& head)
      : HeadScan{received, options, state, head}, response_{head} {}

  HeadStatus run(const Asked& request) {
    const Phase phase = static_cast<Phase>(state_.phase_);
    if (phase < kFieldBegin) {
      const HeadStatus line = take_line(phase);
      if (line != HeadStatus::Complete) return line;
    }
    const HeadStatus status = take_fields(phase < kFieldBegin ? kFieldBegin : phase);
    if (status != HeadStatus::Complete) return status;
    const Refusal refusal = understand(response_, request, options_);
    if (refusal.fault == HeadFault::None) return HeadStatus::Complete;
    (void)bad(refusal.fault,
              begin_ + refusal.position);  // recorded in the state; the status says the rest
    return HeadStatus::Fault;
  }

 private:
  [[gnu::always_inline]] HeadStatus take_line(Phase phase) {
    Step step;
    if (phase <= kEmptyLines && (step = take_empty_lines()) != Step::Next)
      return stop(step, kEmptyLines);
    if (phase <= kWord1 && (step = take_response_version()) != Step::Next)
      return stop(step, kWord1);
    if (phase <= kBlank1 && (step = take_gap()) != Step::Next) return stop(step, kBlank1);
    if (phase <= kWord2 && (step = take_status()) != Step::Next) return stop(step, kWord2);
    if (phase <= kBlank2 && (step = take_gap()) != Step::Next) return stop(step, kBlank2);
    if (phase <= kWord3 && (step = take_reason()) != Step::Next) return stop(step, kWord3);
    if ((step = take_start_end()) != Step::Next) return stop(step, kStartEnd);
    return HeadStatus::Complete;
  }

  Step take_response_version() {
    if (const Step step = take_version(); step != Step::Next) return step;
    if (at_end()) return Step::More;
    if (*at_ != ' ' && *at_ != '\t') return bad(HeadFault::BadVersion);
    mark_ = at_;
    return Step::Next;
  }

  Step take_status() {
    for (at_ = mark_; at_ != end_ && at_ - mark_ < 3; ++at_)
      if (*at_ < '0' || *at_ > '9') return bad(HeadFault::BadStatus);
    if (at_end()) return Step::More;
    if (*at_ != ' ' && *at_ != '\t' && *at_ != '\r' && *at_ != '\n')
      return bad(HeadFault::BadStatus);
    response_.status_text = slice(mark_, at_);
    response_.status = static_cast<std::uint16_t>((mark_[0] - '0') * 100 + (mark_[1] - '0') * 10 +
                                                  (mark_[2] - '0'));
    if (response_.status < 100) return bad(HeadFault::BadStatus, mark_);
    mark_ = at_;
    return Step::Next;
  }

  Step take_reason() {
    while (true) {
      at_ = skip_value(at_, end_);
      if (at_end()) return Step::More;
      if (*at_ == '\r' || *at_ == '\n') break;
      if (*at_ == '\0' || !options_.accept_invalid) return bad(HeadFault::BadReason);
      ++at_;
    }
    response_.reason = slice(mark_, at_);
    return Step::Next;
  }

  ResponseHead& response_;
};

HeadStatus parse_response_head(std::span<char> received, const HeadOptions& options, Asked request,
                               HeadState& state, ResponseHead& head) {
  return ResponseScan{received, options, state, head}.run(request);
}

}  // namespace lib::http
