#include <cstddef>

#include "lib/http/h1_meaning.h"
#include "lib/http/h1_scan.h"

namespace lib::http {

/// Request lines: method, target, version. Several blanks between them are let pass (haproxy does),
/// not forwarded.
class RequestScan : HeadScan {
 public:
  using HeadScan::kFieldBegin;

  RequestScan(std::span<char> received, const HeadOptions& options, HeadState& state,
              RequestHead& head)
      : HeadScan{received, options, state, head}, request_{head} {}

  HeadStatus run() {
    const Phase phase = static_cast<Phase>(state_.phase_);
    if (phase < kFieldBegin) {
      const HeadStatus line = take_line(phase);
      if (line != HeadStatus::Complete) return line;
    }
    const HeadStatus status = take_fields(phase < kFieldBegin ? kFieldBegin : phase);
    if (status != HeadStatus::Complete) return status;
    const Refusal refusal = understand(request_, options_);
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
    if (phase <= kWord1 && (step = take_method()) != Step::Next) return stop(step, kWord1);
    if (phase <= kBlank1 && (step = take_gap()) != Step::Next) return stop(step, kBlank1);
    if (phase <= kWord2 && (step = take_target()) != Step::Next) return stop(step, kWord2);
    if (phase <= kBlank2 && (step = take_gap()) != Step::Next) return stop(step, kBlank2);
    if (phase <= kWord3 && (step = take_request_version()) != Step::Next) return stop(step, kWord3);
    if ((step = take_start_end()) != Step::Next) return stop(step, kStartEnd);
    return HeadStatus::Complete;
  }

  Step take_method() {
    while (!at_end() && is_token(*at_)) ++at_;
    if (at_end()) return Step::More;
    if (at_ == mark_ || (*at_ != ' ' && *at_ != '\t')) return bad(HeadFault::BadMethod);
    request_.method_name = slice(mark_, at_);
    request_.method = method_of({mark_, request_.method_name.length});
    mark_ = at_;
    return Step::Next;
  }

  Step take_target() {
    while (true) {
      at_ = skip_target(at_, end_);
      if (at_end()) return Step::More;
      if (*at_ == ' ' || *at_ == '\t') break;
      if (*at_ == '\r' || *at_ == '\n')
        return bad(at_ == mark_ ? HeadFault::BadTargetForm : HeadFault::MissingVersion);
      const bool harmless = *at_ == '#' || static_cast<unsigned char>(*at_) >= 0x80;
      if (!options_.accept_invalid || !harmless)
        return bad(*at_ == '#' ? HeadFault::TargetFragment : HeadFault::BadTargetCharacter);
      ++at_;
    }
    request_.target = slice(mark_, at_);
    mark_ = at_;
    return Step::Next;
  }

  Step take_request_version() {
    if (!at_end() && (*mark_ == '\r' || *mark_ == '\n'))
      return bad(HeadFault::MissingVersion, mark_);
    return take_version();
  }

  RequestHead& request_;
};

HeadStatus parse_request_head(std::span<char> received, const HeadOptions& options,
                              HeadState& state, RequestHead& head) {
  return RequestScan{received, options, state, head}.run();
}

HeadFault too_large(HeadState& state) {
  state.fault_ =
      state.phase_ < RequestScan::kFieldBegin ? HeadFault::TargetTooLong : HeadFault::HeadTooLarge;
  return state.fault_;
}

bool may_be_h2_preface(std::string_view received) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::size_t size = received.size() < kPreface.size() ? received.size() : kPreface.size();
  return received.substr(0, size) == kPreface.substr(0, size);
}

}  // namespace lib::http
