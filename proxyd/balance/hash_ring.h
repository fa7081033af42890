// Consistent hashing ("hash-type consistent"): each server owns points on a ring, a key goes to the nearest one. When a
// server comes or goes, only the keys of its points move.
#pragma once

#include <cstdint>
#include <vector>

#include "proxyd/balance/affinity.h"
#include "proxyd/balance/balancer.h"
#include "proxyd/balance/bounded_load.h"

namespace proxyd::balance {

class HashRing final : public Balancer {
 public:
  /// `factor`: "hash-balance-factor", 0 for none.
  explicit HashRing(std::uint32_t factor, HashAffinity affinity = HashAffinity::Always) : affinity_{affinity}, bound_{factor} {}
  void rebuild(std::span<const Candidate> candidates, const LoadView& view) override;
  Choice pick(const Question& question, const LoadView& view) override;
  Choice peek(const Question& question, const LoadView& view) const override;

 private:
  struct Point {
    std::uint32_t at;
    std::uint32_t slot;
  };
  struct Owned {
    std::uint32_t base = 0;
    std::uint32_t points = 0;  // 0: none
    bool operator==(const Owned&) const = default;
  };
  static bool is_before(const Point& a, const Point& b) { return a.at < b.at; }
  std::size_t nearest(std::uint32_t hash) const;
  std::size_t after(std::size_t at) const { return at + 1 == ring_.size() ? 0 : at + 1; }
  Choice pick_in_turn(const Question& question, const LoadView& view);

  std::vector<Point> ring_;         // sorted
  std::vector<Owned> owned_;        // by slot
  std::uint32_t servers_ = 0;
  HashAffinity affinity_;
  BoundedLoad bound_;
  std::uint64_t turn_ = 0;          // requests without a key go on at the first point from here
};

}  // namespace proxyd::balance
