#include "proxyd/samples/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/base/text.h"
#include "proxyd/samples/fetches.h"
#include "proxyd/samples/known_samples.h"

namespace proxyd::samples {

namespace {

using parsers::haproxy::SampleCall;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

/// Changes the case of each byte.
template <char (*Change)(char)>
class Case final : public Expression {
 public:
  explicit Case(std::shared_ptr<const Expression> inner) : inner_{std::move(inner)} {}
  Type type() const override { return Type::Text; }

  Sample evaluate(const Subject& subject, std::string& scratch) const override {
    return convert(inner_->evaluate(subject, scratch), scratch);
  }

  bool any(const Subject& subject, std::string& scratch, Question question,
           const void* context) const override {
    const Relay relay{question, context, &scratch};
    return inner_->any(subject, scratch, ask, &relay);
  }

 private:
  struct Relay {
    Question question;
    const void* context;
    std::string* scratch;
  };

  static bool ask(const void* context, const Sample& sample) {
    const Relay& relay = *static_cast<const Relay*>(context);
    return relay.question(relay.context, convert(sample, *relay.scratch));
  }

  static Sample convert(Sample sample, std::string& scratch) {
    if (sample.type == Type::None) return sample;
    const std::string_view text = text_of(sample, scratch);
    if (text.data() != scratch.data()) scratch.assign(text);
    for (char& c : scratch) c = Change(c);
    sample.type = Type::Text;
    sample.text = scratch;
    return sample;
  }

  std::shared_ptr<const Expression> inner_;
};

constexpr char lower(char c) { return lib::base::to_lower(c); }

struct Converter {
  std::string_view name;
  std::shared_ptr<const Expression> (*make)(std::shared_ptr<const Expression> inner);
  std::string_view doc;
};

template <char (*Change)(char)>
std::shared_ptr<const Expression> make_case(std::shared_ptr<const Expression> inner) {
  return std::make_shared<Case<Change>>(std::move(inner));
}

constexpr auto kConverters = std::to_array<Converter>({
    {"lower", make_case<lower>, "Text in lower case."},
    {"upper", make_case<upper>, "Text in upper case."},
});

const Converter* find_converter(std::string_view name) {
  for (const Converter& each : kConverters)
    if (each.name == name) return &each;
  return nullptr;
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::binary_search(names.begin(), names.end(), name);
}

Fault fault_of(const SampleCall& call, std::string message) {
  return {std::move(message), call.offset, call.length};
}

/// What stands in the parentheses from argument `first` on, as the original shows what it did not
/// expect.
std::string left_over(const SampleCall& call, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < call.arguments.size(); ++i) {
    if (i != 0) text += ',';
    text += call.arguments[i].text;
  }
  return text + ")";
}

}  // namespace

bool is_known_fetch(std::string_view name) { return contains(known_fetches(), name); }

std::string_view text_of(const Sample& sample, std::string& scratch) {
  switch (sample.type) {
    case Type::Text:
      return sample.text;
    case Type::Bool:
    case Type::Int: {
      std::array<char, 24> digits{};
      const auto end =
          std::to_chars(digits.data(), digits.data() + digits.size(), sample.number).ptr;
      scratch.assign(digits.data(), end);
      return scratch;
    }
    case Type::Address:
      scratch = sample.address.host();
      return scratch;
    case Type::None:
      break;
  }
  return {};
}

lib::base::Result<std::shared_ptr<const Expression>, Fault> compile_fetch(
    const SampleCall& call, std::string_view fetch_name, std::string_view keyword) {
  const Fetch* fetch = find_fetch(fetch_name);
  if (fetch == nullptr)
    return tl::unexpected{fault_of(
        call,
        is_known_fetch(fetch_name)
            ? fmt::format(
                  "sample fetch method '{}' is known but not built yet in this version of proxyd",
                  fetch_name)
            : fmt::format("unknown fetch method '{}'", fetch_name))};
  const bool none_given =
      call.arguments.empty() || (call.arguments.size() == 1 && call.arguments[0].text.empty());
  if (!none_given && call.arguments.size() > fetch->most_arguments)
    return tl::unexpected{fault_of(call, fmt::format("{} : expected ')' before '{}'.", keyword,
                                                     left_over(call, fetch->most_arguments)))};
  FetchArguments arguments;
  if (!none_given) {
    arguments.text = call.arguments[0].text;
    for (char& c : arguments.text) c = lib::base::to_lower(c);
  }
  if (call.arguments.size() > 1) {
    const auto number = lib::base::parse_number<int>(call.arguments[1].text);
    if (!number.has_value())
      return tl::unexpected{
          Fault{fmt::format("{} : failed to parse '{}' as type 'integer' at position 2.", keyword,
                            call.arguments[1].text),
                call.arguments[1].offset, call.arguments[1].length}};
    arguments.occurrence = *number;
  }
  return fetch->make(arguments);
}

lib::base::Result<std::shared_ptr<const Expression>, Fault> compile_converters(
    std::shared_ptr<const Expression> inner, const std::vector<SampleCall>& converters,
    std::string_view keyword) {
  for (const SampleCall& call : converters) {
    const Converter* converter = find_converter(call.name);
    if (converter == nullptr)
      return tl::unexpected{fault_of(
          call,
          contains(known_converters(), call.name)
              ? fmt::format("converter '{}' is known but not built yet in this version of proxyd",
                            call.name)
              : fmt::format("{} : unknown converter '{}'..", keyword, call.name))};
    const bool none_given =
        call.arguments.empty() || (call.arguments.size() == 1 && call.arguments[0].text.empty());
    if (!none_given)
      return tl::unexpected{fault_of(
          call, fmt::format("{} : invalid arg 1 in converter '{}' : expected ')' before '{}'..",
                            keyword, call.name, left_over(call, 0)))};
    inner = converter->make(std::move(inner));
  }
  return inner;
}

}  // namespace proxyd::samples
