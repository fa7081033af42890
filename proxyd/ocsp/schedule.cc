#include "proxyd/ocsp/schedule.h"

#include <algorithm>

namespace proxyd::ocsp {
namespace {

/// So that no handshake in between goes without a response.
constexpr std::int64_t kMargin = 60;

}  // namespace

std::string_view text_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Unknown: break;
    case Outcome::Updated: return "Update successful";
    case Outcome::HttpError: return "HTTP error";
    case Outcome::WrongType: return "Missing \"ocsp-response\" header";
    case Outcome::BadResponse: return "OCSP response check failure";
    case Outcome::NotInserted: return "Error during insertion";
  }
  return "Unknown";
}

std::int64_t first_update(std::int64_t now, std::int64_t expires, const Delays& delays) {
  return expires <= now ? now : update_after_success(now, expires, delays);
}

std::int64_t update_after_success(std::int64_t now, std::int64_t expires, const Delays& delays) {
  return now + std::max(delays.min_s, std::min(delays.max_s, expires - kMargin - now));
}

std::int64_t update_after_failure(std::int64_t now, std::uint64_t failures, const Delays& delays) {
  std::int64_t delay = std::max<std::int64_t>(delays.min_s, 1);  // a responder that fails is not asked without a pause
  for (std::uint64_t each = 1; each < failures && delay < delays.max_s; ++each) delay *= 2;
  return now + std::clamp(delay, std::max<std::int64_t>(delays.min_s, 1), std::max<std::int64_t>({delays.min_s, delays.max_s, 1}));
}

}  // namespace proxyd::ocsp
