#include "proxyd/samples/header_fetches.h"

#include "lib/base/text.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

/// An address as X-Forwarded-For has it: "1.2.3.4", "1.2.3.4:80", "::1", "[::1]:80".
bool set_header_address(std::string_view text, Sample& out) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return false;
    text = text.substr(1, close - 1);
  } else if (const std::size_t colon = text.find(':');
             colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    text = text.substr(0, colon);
  }
  const auto address = lib::net::Address::parse(text);
  return address.has_value() && out.set_address(*address);
}

void put_varint(std::uint64_t value, TextOutput& out) {
  if (value < 240) return out.put(static_cast<char>(value));
  out.put(static_cast<char>(value | 240));
  value = (value - 240) >> 4;
  while (value >= 128) {
    out.put(static_cast<char>(value | 128));
    value = (value - 128) >> 7;
  }
  out.put(static_cast<char>(value));
}

}  // namespace

bool FieldValues::next() {
  while (true) {
    if (within_) {
      std::string_view piece;
      within_ = next_list_value(rest_, piece);
      value_ = piece;
      return true;
    }
    const lib::http::Field* found = nullptr;
    for (; at_ != head_.fields.end() && found == nullptr; ++at_) {
      if (at_->dropped) continue;
      if (name_.empty() || (at_->name.length == name_.size() && head_.name(*at_) == name_)) found = at_;
    }
    if (found == nullptr) return false;
    const std::string_view value = head_.value(*found);
    if (whole_ == Whole::Yes) {
      value_ = value.data() == nullptr ? std::string_view{"", 0} : value;
      return true;
    }
    rest_ = value;
    within_ = true;
  }
}

std::string_view find_value(const lib::http::MessageHead& head, std::string_view name, std::int64_t occurrence, Whole whole) {
  if (occurrence < 0) {
    occurrence += count_values(head, name, whole) + 1;
    if (occurrence <= 0) return {};
  }
  std::string_view last;
  std::int64_t number = 0;
  for (FieldValues values{head, name, whole}; values.next();) {
    last = values.value();
    if (last.data() == nullptr) last = {"", 0};
    if (++number == occurrence) return last;
  }
  return occurrence == 0 ? last : std::string_view{};
}

std::int64_t count_values(const lib::http::MessageHead& head, std::string_view name, Whole whole) {
  std::int64_t count = 0;
  for (FieldValues values{head, name, whole}; values.next();) ++count;
  return count;
}

template <Side Of, Whole W>
bool fetch_header(const Arguments& arguments, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  return head != nullptr && out.set_text(find_value(*head, arguments.text(0), arguments.number(1), W));
}

template <Side Of, Whole W>
bool each_header(const Arguments& arguments, Context& context, const Visitor& visitor) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  Sample sample;
  if (arguments.number(1) != 0) return fetch_header<Of, W>(arguments, context, sample) && visitor(context, sample);
  for (FieldValues values{*head, arguments.text(0), W}; values.next();) {
    const std::string_view value = values.value();
    (void)sample.set_text(value.data() == nullptr ? std::string_view{"", 0} : value);
    if (visitor(context, sample)) return true;
  }
  return false;
}

template <Side Of, Whole W>
bool fetch_header_count(const Arguments& arguments, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  return head != nullptr && out.set_number(count_values(*head, arguments.text(0), W));
}

template <Side Of>
bool fetch_header_number(const Arguments& arguments, Context& context, Sample& out) {
  if (!fetch_header<Of, Whole::No>(arguments, context, out)) return false;
  return out.set_number(leading_integer(out.text));
}

template <Side Of>
bool each_header_number(const Arguments& arguments, Context& context, const Visitor& visitor) {
  const auto ask = [](void* asker, Context& inner, Sample& sample) {
    (void)sample.set_number(leading_integer(sample.text));
    return (*static_cast<const Visitor*>(asker))(inner, sample);
  };
  Visitor outer = visitor;
  return each_header<Of, Whole::No>(arguments, context, Visitor{ask, &outer});
}

/// The last occurrence that is an address.
template <Side Of>
bool fetch_header_address(const Arguments& arguments, Context& context, Sample& out) {
  return fetch_header<Of, Whole::No>(arguments, context, out) && set_header_address(out.text, out);
}

template <Side Of>
bool each_header_address(const Arguments& arguments, Context& context, const Visitor& visitor) {
  const auto ask = [](void* asker, Context& inner, Sample& sample) {
    return set_header_address(sample.text, sample) && (*static_cast<const Visitor*>(asker))(inner, sample);
  };
  Visitor outer = visitor;
  return each_header<Of, Whole::No>(arguments, context, Visitor{ask, &outer});
}

template <Side Of>
bool fetch_header_names(const Arguments& arguments, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  const char delimiter = arguments.has(0) ? arguments.text(0).front() : ',';
  TextOutput text{context.arena()};
  for (const lib::http::Field& each : head->fields) {
    if (each.dropped) continue;
    if (text.size() != 0) text.put(delimiter);
    text.put(head->name(each));
  }
  return out.set_text(text.finish());
}

template <Side Of>
bool fetch_head_text(const Arguments&, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  TextOutput text{context.arena()};
  for (const lib::http::Field& each : head->fields) {
    if (each.dropped) continue;
    text.put(head->name(each));
    text.put(": ");
    text.put(head->value(each));
    text.put("\r\n");
  }
  text.put("\r\n");
  return out.set_text(text.finish());
}

/// Names and values, each after its length in haproxy's variable-length form; two empty ones end it.
template <Side Of>
bool fetch_head_binary(const Arguments&, Context& context, Sample& out) {
  const lib::http::MessageHead* const head = head_of(Of, context);
  if (head == nullptr) return false;
  TextOutput text{context.arena()};
  for (const lib::http::Field& each : head->fields) {
    if (each.dropped) continue;
    put_varint(each.name.length, text);
    text.put(head->name(each));
    put_varint(each.value.length, text);
    text.put(head->value(each));
  }
  text.put('\0');
  text.put('\0');
  return out.set_text(text.finish(), Type::Binary);
}

std::string check_header(Arguments& arguments, Environment&) {
  if (arguments.list.empty()) return {};
  for (char& c : arguments.list[0].text) c = lib::base::to_lower(c);
  return {};
}

template bool fetch_header<Side::Request, Whole::No>(const Arguments&, Context&, Sample&);
template bool fetch_header<Side::Request, Whole::Yes>(const Arguments&, Context&, Sample&);
template bool fetch_header<Side::Response, Whole::No>(const Arguments&, Context&, Sample&);
template bool fetch_header<Side::Response, Whole::Yes>(const Arguments&, Context&, Sample&);
template bool each_header<Side::Request, Whole::No>(const Arguments&, Context&, const Visitor&);
template bool each_header<Side::Request, Whole::Yes>(const Arguments&, Context&, const Visitor&);
template bool each_header<Side::Response, Whole::No>(const Arguments&, Context&, const Visitor&);
template bool each_header<Side::Response, Whole::Yes>(const Arguments&, Context&, const Visitor&);
template bool fetch_header_count<Side::Request, Whole::No>(const Arguments&, Context&, Sample&);
template bool fetch_header_count<Side::Request, Whole::Yes>(const Arguments&, Context&, Sample&);
template bool fetch_header_count<Side::Response, Whole::No>(const Arguments&, Context&, Sample&);
template bool fetch_header_count<Side::Response, Whole::Yes>(const Arguments&, Context&, Sample&);
template bool fetch_header_number<Side::Request>(const Arguments&, Context&, Sample&);
template bool fetch_header_number<Side::Response>(const Arguments&, Context&, Sample&);
template bool each_header_number<Side::Request>(const Arguments&, Context&, const Visitor&);
template bool each_header_number<Side::Response>(const Arguments&, Context&, const Visitor&);
template bool fetch_header_address<Side::Request>(const Arguments&, Context&, Sample&);
template bool fetch_header_address<Side::Response>(const Arguments&, Context&, Sample&);
template bool each_header_address<Side::Request>(const Arguments&, Context&, const Visitor&);
template bool each_header_address<Side::Response>(const Arguments&, Context&, const Visitor&);
template bool fetch_header_names<Side::Request>(const Arguments&, Context&, Sample&);
template bool fetch_header_names<Side::Response>(const Arguments&, Context&, Sample&);
template bool fetch_head_text<Side::Request>(const Arguments&, Context&, Sample&);
template bool fetch_head_text<Side::Response>(const Arguments&, Context&, Sample&);
template bool fetch_head_binary<Side::Request>(const Arguments&, Context&, Sample&);
template bool fetch_head_binary<Side::Response>(const Arguments&, Context&, Sample&);

}  // namespace proxyd::samples
