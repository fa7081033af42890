// When a certificate's status is asked for again. Times are seconds of the wall clock. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace proxyd::ocsp {

struct Delays {
  std::int64_t min_s = 300, max_s = 3600;  // "ocsp-update.mindelay", "ocsp-update.maxdelay"
};

/// How an update ended, with the original's numbers and words.
enum class Outcome : std::uint8_t {
  Unknown,      // none yet
  Updated,
  HttpError,    // nobody answered, or with another status than 200
  WrongType,    // no "application/ocsp-response"
  BadResponse,  // not signed as it should be, not of this certificate, not of this time
  NotInserted,  // it cannot be presented
};
std::string_view text_of(Outcome outcome);

/// At the start. `expires`: of the response that is there; 0: there is none, and it is asked for at once.
std::int64_t first_update(std::int64_t now, std::int64_t expires, const Delays& delays);
/// A minute before the response ends, within the delays.
std::int64_t update_after_success(std::int64_t now, std::int64_t expires, const Delays& delays);
/// Twice as long after each failure. `failures`: one after the other, this one with them.
std::int64_t update_after_failure(std::int64_t now, std::uint64_t failures, const Delays& delays);

}  // namespace proxyd::ocsp
