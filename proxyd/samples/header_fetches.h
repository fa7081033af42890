// Header fields as fetches see them, the same for requests and responses.
#pragma once

#include "lib/http/message.h"
#include "proxyd/samples/expression.h"

namespace proxyd::samples {

struct Environment;

/// Which message a fetch looks at.
enum class Side : std::uint8_t { Request, Response };

inline const lib::http::MessageHead* head_of(Side side, const Context& context) {
  if (side == Side::Request) return context.request;
  return context.response;
}

/// Whole lines, or the values of lists.
enum class Whole : bool { No, Yes };

/// Walks over the values of the fields of one name (every field when it is empty).
class FieldValues {
 public:
  FieldValues(const lib::http::MessageHead& head, std::string_view name, Whole whole)
      : head_{head}, name_{name}, whole_{whole}, at_{head.fields.begin()} {}
  bool next();
  std::string_view value() const { return value_; }

 private:
  const lib::http::MessageHead& head_;
  std::string_view name_;
  Whole whole_;
  const lib::http::Field* at_;
  std::string_view rest_;
  bool within_ = false;
  std::string_view value_;
};

/// The `occurrence`th value: from 1 on from the front, from -1 on from the back, 0 the last. Null data: there is none.
std::string_view find_value(const lib::http::MessageHead& head, std::string_view name, std::int64_t occurrence, Whole whole);
std::int64_t count_values(const lib::http::MessageHead& head, std::string_view name, Whole whole);

// The fetches, for the tables of both sides.
template <Side Of, Whole W>
bool fetch_header(const Arguments& arguments, Context& context, Sample& out);
template <Side Of, Whole W>
bool each_header(const Arguments& arguments, Context& context, const Visitor& visitor);
template <Side Of, Whole W>
bool fetch_header_count(const Arguments& arguments, Context& context, Sample& out);
template <Side Of>
bool fetch_header_number(const Arguments& arguments, Context& context, Sample& out);
template <Side Of>
bool each_header_number(const Arguments& arguments, Context& context, const Visitor& visitor);
template <Side Of>
bool fetch_header_address(const Arguments& arguments, Context& context, Sample& out);
template <Side Of>
bool each_header_address(const Arguments& arguments, Context& context, const Visitor& visitor);
template <Side Of>
bool fetch_header_names(const Arguments& arguments, Context& context, Sample& out);
template <Side Of>
bool fetch_head_text(const Arguments& arguments, Context& context, Sample& out);
template <Side Of>
bool fetch_head_binary(const Arguments& arguments, Context& context, Sample& out);
/// Lower-cases the name once, at load time.
std::string check_header(Arguments& arguments, Environment& environment);

}  // namespace proxyd::samples
