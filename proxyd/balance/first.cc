#include "proxyd/balance/first.h"

#include <algorithm>

namespace proxyd::balance {

void First::rebuild(std::span<const Candidate> candidates, const LoadView&) {
  by_id_.assign(candidates.begin(), candidates.end());
  std::stable_sort(by_id_.begin(), by_id_.end(),
                   [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
}

Choice First::peek(const Question& question, const LoadView& view) const { return peek_by_copy(*this, question, view); }

Choice First::pick(const Question& question, const LoadView& view) {
  if (by_id_.empty()) return {};
  bool avoided_is_free = false;
  for (const Candidate& candidate : by_id_) {
    if (view.is_full(candidate.slot)) continue;
    if (candidate.slot != question.avoid) return {.slot = candidate.slot};
    avoided_is_free = true;
  }
  if (avoided_is_free) return {.slot = question.avoid};
  return {.must_queue = true};
}

}  // namespace proxyd::balance
