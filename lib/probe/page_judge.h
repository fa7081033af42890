// Judges an HTTP page while it comes in: status, digest, pattern. Does no I/O.
#pragma once

#include <optional>
#include <string_view>

#include "lib/crypto/md5.h"
#include "lib/probe/body_pattern.h"
#include "lib/probe/http_answer.h"
#include "lib/probe/probe.h"

namespace lib::probe {

class PageJudge {
 public:
  /// `wanted` is kept by the caller.
  explicit PageJudge(const ExpectHttpPage& wanted);
  void feed(std::string_view bytes);
  /// All that comes can be skipped: only its length counts.
  bool needs_no_more() const;
  void skip(std::uint64_t count) { answer_.skip(count); }
  /// The answer is complete. Fills in what `report` says of a page; false when the page fails.
  bool finish(Report& report);

 private:
  const ExpectHttpPage& wanted_;
  HttpAnswer answer_;
  std::optional<crypto::Md5> digest_;
  std::optional<BodyScan> scan_;
  std::uint64_t counted_ = 0;  // bytes of the body, as far as Content-Length promises
};

}  // namespace lib::probe
