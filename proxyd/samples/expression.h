// Sample expressions: a fetch with arguments, then converters. Pure: a Subject hands out what is
// asked of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/address.h"

namespace proxyd::samples {

/// What a fetch can look at. Implemented by the stream; fakes implement it in tests. Views live as
/// long as the subject.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual std::string_view method() const = 0;
  virtual std::string_view uri() const = 0;  ///< as received
  /// Occurrence `index` of a request header (0 first, -1 last), whole value; nullptr data when
  /// there is none.
  virtual std::string_view request_header(std::string_view lower_case_name, int index) const = 0;
  virtual lib::net::Address source() const = 0;
  virtual lib::net::Address destination() const = 0;
};

enum class Type : std::uint8_t { None, Bool, Int, Address, Text };

struct Sample {
  Type type = Type::None;  // None: the fetch failed
  std::int64_t number = 0;
  std::string_view text;
  lib::net::Address address;
};

/// Asks about one value of an expression; `context` is the asker's.
using Question = bool (*)(const void* context, const Sample& sample);

/// A compiled expression.
class Expression {
 public:
  virtual ~Expression() = default;
  /// One value; of a fetch with several (a header that occurs twice) the last. Text lives as long
  /// as the subject and `scratch`, which holds what had to be made. Allocates only when `scratch`
  /// must grow.
  virtual Sample evaluate(const Subject& subject, std::string& scratch) const = 0;
  virtual Type type() const = 0;
  /// True when the answer is true for one of the values: ACLs look at all of them. Stops at the
  /// first.
  virtual bool any(const Subject& subject, std::string& scratch, Question question,
                   const void* context) const {
    const Sample sample = evaluate(subject, scratch);
    return sample.type != Type::None && question(context, sample);
  }
};

}  // namespace proxyd::samples
