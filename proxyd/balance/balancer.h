// How a server is chosen among those that take new streams. The algorithms know neither sockets nor health: they see
// candidates with weights and, at each choice, the load. Not thread-safe: the owner holds its lock around every call.
#pragma once

#include <cstdint>
#include <span>

namespace proxyd::balance {

inline constexpr std::uint32_t kNoServer = UINT32_MAX;

/// A server that takes new streams. Listed in declaration order.
struct Candidate {
  std::uint32_t slot;    // the owner's number for it
  std::uint32_t id;      // "id", or its position
  std::uint32_t weight;  // > 0; in sixteenths, so that a slow start has steps
  std::uint32_t ring_base = 0;  // where its points on a ring begin; see balance::ring_base()
};

/// The present load, read at each choice.
class LoadView {
 public:
  /// Streams served and queued.
  virtual std::uint32_t load(std::uint32_t slot) const = 0;
  /// At its limit, or others already queue for it.
  virtual bool is_full(std::uint32_t slot) const = 0;
  /// As many queue for it as may.
  virtual bool is_queue_full(std::uint32_t /*slot*/) const { return false; }
  /// Streams served now.
  virtual std::uint32_t served(std::uint32_t slot) const = 0;

 protected:
  ~LoadView() = default;
};

/// What a request brings to the choice.
struct Question {
  std::uint32_t hash = 0;             // of the request's key, where it has one
  bool has_hash = false;
  std::uint64_t random = 0;           // fresh random bits
  std::uint32_t avoid = kNoServer;    // left out where another server can serve
};

struct Choice {
  std::uint32_t slot = kNoServer;
  bool must_queue = false;                // no server, but one may become free
  std::uint32_t queue_at = kNoServer;     // the server whose queue it must be, when not the backend's
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  /// The candidates have changed. Allocates; pick() and on_load() do not.
  virtual void rebuild(std::span<const Candidate> candidates, const LoadView& view) = 0;
  virtual Choice pick(const Question& question, const LoadView& view) = 0;
  /// What pick() would say, leaving the order as it is. Allocates.
  virtual Choice peek(const Question& question, const LoadView& view) const = 0;
  /// A candidate's load has changed. Called only when wants_load().
  virtual void on_load(std::uint32_t slot, std::uint32_t load);
  virtual bool wants_load() const { return false; }
};

/// How algorithms answer peek(): a copy picks where the original is only asked.
template <class Algorithm>
Choice peek_by_copy(const Algorithm& algorithm, const Question& question, const LoadView& view) {
  Algorithm copy = algorithm;
  return copy.pick(question, view);
}

}  // namespace proxyd::balance
