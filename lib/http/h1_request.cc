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
    return take_head(*this, [this] { return understand(request_, options_); });
  }

 private:
  friend class HeadScan;
  Step take_word1() { return take_method(); }
  Step take_word2() { return take_target(); }
  Step take_word3() { return take_request_version(); }

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
