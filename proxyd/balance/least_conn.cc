#include "proxyd/balance/least_conn.h"

#include <algorithm>

namespace proxyd::balance {

namespace {

// As the original orders them: idle servers are equal whatever their weights; a busy one counts the stream to come, and
// what differs by less than the heaviest weight (256, in sixteenths) can tell is equal.
std::uint64_t key_of(std::uint32_t load, std::uint32_t weight) {
  constexpr std::uint64_t kScale = 256 * 16;
  return load == 0 ? 0 : (load + std::uint64_t{1}) * kScale / weight;
}

}  // namespace

bool LeastConn::is_before(std::uint32_t a, std::uint32_t b) const {
  if (b == kNoServer) return true;
  if (a == kNoServer) return false;
  if (entries_[a].key != entries_[b].key) return entries_[a].key < entries_[b].key;
  return entries_[a].since < entries_[b].since;
}

void LeastConn::rebuild(std::span<const Candidate> candidates, const LoadView& view) {
  // Who stays keeps its age, so that the turn of equals goes on.
  std::vector<Entry> before = std::move(entries_);
  const std::vector<std::uint32_t> known = std::move(entry_of_);
  entries_.clear();
  entry_of_.clear();
  for (const Candidate& candidate : candidates) {
    const bool stays = candidate.slot < known.size() && known[candidate.slot] != kNoServer;
    const std::uint64_t since = stays ? before[known[candidate.slot]].since : ++clock_;
    if (entry_of_.size() <= candidate.slot) entry_of_.resize(candidate.slot + 1, kNoServer);
    entry_of_[candidate.slot] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({.key = key_of(view.load(candidate.slot), candidate.weight),
                        .since = since,
                        .slot = candidate.slot,
                        .weight = candidate.weight});
  }
  winners_.assign(2 * entries_.size(), kNoServer);
  const auto count = static_cast<std::uint32_t>(entries_.size());
  for (std::uint32_t leaf = 0; leaf < count; ++leaf) winners_[count + leaf] = leaf;
  for (std::uint32_t node = count; node-- > 1;) {
    const std::uint32_t left = winners_[2 * node], right = winners_[2 * node + 1];
    winners_[node] = is_before(left, right) ? left : right;
  }
}

void LeastConn::replay(std::uint32_t leaf) {
  for (std::size_t node = (entries_.size() + leaf) / 2; node >= 1; node /= 2) {
    const std::uint32_t left = winners_[2 * node], right = winners_[2 * node + 1];
    winners_[node] = is_before(left, right) ? left : right;
  }
}

void LeastConn::on_load(std::uint32_t slot, std::uint32_t load) {
  if (slot >= entry_of_.size() || entry_of_[slot] == kNoServer) return;
  const std::uint32_t leaf = entry_of_[slot];
  Entry& entry = entries_[leaf];
  entry.key = key_of(load, entry.weight);
  entry.since = ++clock_;
  replay(leaf);
}

Choice LeastConn::peek(const Question& question, const LoadView& view) const { return peek_by_copy(*this, question, view); }

Choice LeastConn::pick(const Question& question, const LoadView& view) {
  if (entries_.empty()) return {};
  const Entry& best = entries_[winners_[1]];
  if (best.slot != question.avoid && !view.is_full(best.slot)) return {.slot = best.slot};

  // The best one is full or to be avoided, which is rare: look at all.
  std::uint32_t found = kNoServer;
  for (std::uint32_t at = 0; at < entries_.size(); ++at) {
    const std::uint32_t slot = entries_[at].slot;
    if (slot == question.avoid || view.is_full(slot)) continue;
    if (is_before(at, found)) found = at;
  }
  if (found != kNoServer) return {.slot = entries_[found].slot};
  const bool avoided_is_candidate =
      question.avoid < entry_of_.size() && entry_of_[question.avoid] != kNoServer;
  if (avoided_is_candidate && !view.is_full(question.avoid)) return {.slot = question.avoid};
  return {.must_queue = true};
}

}  // namespace proxyd::balance
