// A regular expression (PCRE2) over a body that comes in pieces: matches across their borders, within bounds of memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace lib::probe {

/// A compiled expression; any number of scans share it.
class BodyPattern {
 public:
  struct Settings {
    std::string expression;
    std::uint32_t options = 0;               // PCRE2_CASELESS and so on, as pcre2.h numbers them
    std::uint64_t min_offset = 0;            // where in the body a match may begin, in bytes
    std::optional<std::uint64_t> max_offset;
    std::uint64_t stack_start = 0, stack_max = 0;  // of the JIT; 0: the library's
    bool operator==(const Settings&) const = default;
  };
  /// The error is the original's: "Invalid regex: '(' at offset 1: missing closing parenthesis".
  static base::Result<std::shared_ptr<const BodyPattern>> make(const Settings& settings);
  ~BodyPattern();
  BodyPattern(const BodyPattern&) = delete;
  BodyPattern& operator=(const BodyPattern&) = delete;
  const Settings& settings() const;

 private:
  friend class BodyScan;
  struct Internals;
  explicit BodyPattern(std::unique_ptr<Internals> internals);
  std::unique_ptr<Internals> internals_;
};

/// One body against a pattern. Keeps what a match that has begun may need, at most kMostKept bytes: a match longer than
/// that is not found.
class BodyScan {
 public:
  static constexpr std::size_t kMostKept = 65536;
  explicit BodyScan(std::shared_ptr<const BodyPattern> pattern);
  void add(std::string_view bytes);
  /// The body is complete: what could still become a match is decided.
  void finish();
  bool matched() const { return state_ == State::Matched; }
  /// Nothing that comes can change the verdict.
  bool is_decided() const { return state_ != State::Open; }
  std::size_t kept() const { return window_.size(); }

 private:
  enum class State : std::uint8_t { Open, Matched, Impossible };
  void look(bool is_end);
  void keep_from(std::size_t at);
  std::size_t complete_size() const;
  std::shared_ptr<const BodyPattern> pattern_;
  std::string window_;         // the end of what came so far
  std::uint64_t before_ = 0;   // bytes of the body before the window
  std::size_t search_at_ = 0;  // within the window: matches that begin before are ruled out
  State state_ = State::Open;
};

}  // namespace lib::probe
