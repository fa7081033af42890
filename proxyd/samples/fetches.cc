#include "proxyd/samples/fetches.h"

#include <array>

#include "lib/base/text.h"
#include "proxyd/samples/header_values.h"

namespace proxyd::samples {

namespace {

Sample text_sample(std::string_view text) {
  return text.data() == nullptr
             ? Sample{}
             : Sample{.type = Type::Text, .number = 0, .text = text, .address = {}};
}

Sample number_sample(Type type, std::int64_t number) {
  return Sample{.type = type, .number = number, .text = {}, .address = {}};
}

/// A fetch without arguments is one function of the subject.
template <Type Of, Sample (*Function)(const Subject&)>
class Simple final : public Expression {
 public:
  Sample evaluate(const Subject& subject, std::string&) const override { return Function(subject); }
  Type type() const override { return Of; }
  static std::shared_ptr<const Expression> make(const FetchArguments&) {
    // One for all: it has no state.
    static const std::shared_ptr<const Expression> kOne = std::make_shared<Simple>();
    return kOne;
  }
};

Sample address_sample(const lib::net::Address& address) {
  if (!address.is_ip()) return {};
  return Sample{.type = Type::Address, .number = 0, .text = {}, .address = address};
}

Sample fetch_true(const Subject&) { return number_sample(Type::Bool, 1); }
Sample fetch_false(const Subject&) { return number_sample(Type::Bool, 0); }
/// In front of rules of HTTP proxies there is always a request.
Sample fetch_is_http(const Subject& subject) {
  return number_sample(Type::Bool, subject.method().empty() ? 0 : 1);
}
Sample fetch_method(const Subject& subject) { return text_sample(subject.method()); }
Sample fetch_url(const Subject& subject) { return text_sample(subject.uri()); }
Sample fetch_path(const Subject& subject) { return text_sample(path_of(subject.uri())); }
Sample fetch_source(const Subject& subject) { return address_sample(subject.source()); }
Sample fetch_destination(const Subject& subject) { return address_sample(subject.destination()); }

Sample port_of(const lib::net::Address& address) {
  return address.is_ip() ? number_sample(Type::Int, address.port()) : Sample{};
}
Sample fetch_source_port(const Subject& subject) { return port_of(subject.source()); }
Sample fetch_destination_port(const Subject& subject) { return port_of(subject.destination()); }

/// Values of a header: lists are split at commas unless Whole.
template <bool Whole>
class Header final : public Expression {
 public:
  explicit Header(const FetchArguments& arguments)
      : name_{arguments.text}, occurrence_{arguments.occurrence} {}
  Type type() const override { return Type::Text; }

  Sample evaluate(const Subject& subject, std::string&) const override {
    return text_sample(occurrence_ >= 0 ? forward(subject, occurrence_)
                                        : backward(subject, -occurrence_));
  }

  bool any(const Subject& subject, std::string& scratch, Question question,
           const void* context) const override {
    if (occurrence_ != 0) return Expression::any(subject, scratch, question, context);
    for (int line = 0;; ++line) {
      const std::string_view value = subject.request_header(name_, line);
      if (value.data() == nullptr) return false;
      if constexpr (Whole) {
        if (question(context, text_sample(value))) return true;
      } else {
        for (HeaderValues values{value}; values.next();)
          if (question(context, text_sample(values.value()))) return true;
      }
    }
  }

  static std::shared_ptr<const Expression> make(const FetchArguments& arguments) {
    return std::make_shared<Header>(arguments);
  }

 private:
  /// The `wanted`th value from the first (1); 0: the last.
  std::string_view forward(const Subject& subject, int wanted) const {
    std::string_view found;
    int seen = 0;
    for (int line = 0;; ++line) {
      const std::string_view value = subject.request_header(name_, line);
      if (value.data() == nullptr) return wanted == 0 ? found : std::string_view{};
      if constexpr (Whole) {
        found = value;
        if (++seen == wanted) return found;
      } else {
        for (HeaderValues values{value}; values.next();) {
          found = values.value();
          if (++seen == wanted) return found;
        }
      }
    }
  }

  std::string_view backward(const Subject& subject, int wanted) const {
    int total = 0;
    for (int line = 0;; ++line) {
      const std::string_view value = subject.request_header(name_, line);
      if (value.data() == nullptr) break;
      if constexpr (Whole) {
        ++total;
      } else {
        for (HeaderValues values{value}; values.next();) ++total;
      }
    }
    return total < wanted ? std::string_view{} : forward(subject, total - wanted + 1);
  }

  std::string name_;
  int occurrence_;
};

template <Type Of, Sample (*Function)(const Subject&)>
constexpr auto kSimple = &Simple<Of, Function>::make;

constexpr auto kFetches = std::to_array<Fetch>({
    {"always_true", Type::Bool, false, 0, kSimple<Type::Bool, fetch_true>, "", "True."},
    {"always_false", Type::Bool, false, 0, kSimple<Type::Bool, fetch_false>, "", "False."},
    {"hdr", Type::Text, true, 2, Header<false>::make, "[(<name>[,<occurrence>])]", "As req.hdr."},
    {"req.hdr", Type::Text, true, 2, Header<false>::make, "[(<name>[,<occurrence>])]",
     "Values of a request header, lists split at commas."},
    {"req.fhdr", Type::Text, false, 2, Header<true>::make, "[(<name>[,<occurrence>])]",
     "Whole lines of a request header."},
    {"req.proto_http", Type::Bool, false, 0, kSimple<Type::Bool, fetch_is_http>, "",
     "There is an HTTP request."},
    {"path", Type::Text, true, 0, kSimple<Type::Text, fetch_path>, "",
     "The path of the request's URL."},
    {"url", Type::Text, true, 0, kSimple<Type::Text, fetch_url>, "",
     "The request's URL as received."},
    {"method", Type::Text, false, 0, kSimple<Type::Text, fetch_method>, "",
     "The request's method."},
    {"src", Type::Address, false, 0, kSimple<Type::Address, fetch_source>, "",
     "The client's address."},
    {"dst", Type::Address, false, 0, kSimple<Type::Address, fetch_destination>, "",
     "The address the client connected to."},
    {"src_port", Type::Int, false, 0, kSimple<Type::Int, fetch_source_port>, "",
     "The client's port."},
    {"dst_port", Type::Int, false, 0, kSimple<Type::Int, fetch_destination_port>, "",
     "The port the client connected to."},
});

}  // namespace

std::span<const Fetch> fetches() { return kFetches; }

const Fetch* find_fetch(std::string_view name) {
  for (const Fetch& each : kFetches)
    if (each.name == name) return &each;
  return nullptr;
}

}  // namespace proxyd::samples
