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
    return take_head(*this, [&] { return understand(response_, request, options_); });
  }

 private:
  friend class HeadScan;
  Step take_word1() { return take_response_version(); }
  Step take_word2() { return take_status(); }
  Step take_word3() { return take_reason(); }

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
