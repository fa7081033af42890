// Regular expressions of PCRE2, compiled to machine code where the machine can.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace proxyd::patterns {

/// Where a match wrote what its groups caught: room that a thread uses again and again. The views live as long as the text
/// that was searched.
class Groups {
 public:
  static constexpr std::size_t kMost = 10;  // \0 to \9
  Groups();
  ~Groups();
  Groups(Groups&&) noexcept;
  Groups& operator=(Groups&&) noexcept;

  /// Group `index` of the last match in `text`; null data when it did not take part.
  std::string_view get(std::string_view text, std::size_t index) const;
  std::size_t begin() const;  ///< of the whole match
  std::size_t end() const;

 private:
  friend class Regex;
  struct Room;
  std::unique_ptr<Room> room_;
};

enum class Case : std::uint8_t { Kept, Ignored };

class Regex {
 public:
  /// Faults are worded as the original words them: "regex '(' is invalid (error=..., erroffset=1)".
  static lib::base::Result<std::shared_ptr<const Regex>, std::string> compile(std::string_view text, Case fold);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// Searches `text` from `from` on; `groups` then tells where.
  bool find(std::string_view text, Groups& groups, std::size_t from = 0) const;

 private:
  struct Code;
  explicit Regex(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

}  // namespace proxyd::patterns
