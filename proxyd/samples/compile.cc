#include "proxyd/samples/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "proxyd/samples/arguments.h"
#include "proxyd/samples/known_samples.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

using parsers::haproxy::SampleCall;

Fault fault_of(const SampleCall& call, std::string message) { return {std::move(message), call.offset, call.length}; }

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::binary_search(names.begin(), names.end(), name);
}

Compiled<bool> add_fetch(const SampleCall& call, std::string_view name, Environment& environment, Expression& out) {
  const Fetch* const fetch = find_fetch(name);
  if (fetch == nullptr)
    return tl::unexpected{fault_of(
        call, is_known_fetch(name) ? fmt::format("'{}' is known but not built yet in this version of proxyd", name)
                                   : fmt::format("unknown fetch method '{}'", name))};
  auto arguments = read_arguments(call, fetch->arguments, environment, call.name);
  if (!arguments) {
    Fault fault = std::move(arguments.error().fault);
    fault.message = fmt::format("fetch method '{}' : {}", call.name, fault.message);
    return tl::unexpected{std::move(fault)};
  }
  out.arguments.list = std::move(*arguments);
  out.arguments.fact = fetch->fact;
  if (fetch->check != nullptr)
    if (const std::string wrong = fetch->check(out.arguments, environment); !wrong.empty())
      return tl::unexpected{fault_of(call, fmt::format("invalid args in fetch method '{}' : {}", call.name, wrong))};
  out.fetch = fetch->function;
  out.each = fetch->each;
  out.source = fetch->source;
  out.fetch_name = fetch->name;
  out.type_ = fetch->type;
  return true;
}

Compiled<bool> add_converter(const SampleCall& call, Environment& environment, Expression& out) {
  const Converter* const converter = find_converter(call.name);
  if (converter == nullptr)
    return tl::unexpected{fault_of(
        call, is_known_converter(call.name)
                  ? fmt::format("converter '{}' is known but not built yet in this version of proxyd", call.name)
                  : fmt::format("unknown converter '{}'", call.name))};
  if (!can_cast(out.type_, converter->in))
    return tl::unexpected{fault_of(call, fmt::format("converter '{}' cannot be applied", call.name))};
  Step step{converter->function, converter->in, {}};
  auto arguments = read_arguments(call, converter->arguments, environment, call.name);
  if (!arguments) {
    Fault fault = std::move(arguments.error().fault);
    fault.message =
        fmt::format("invalid arg {} in converter '{}' : {}", arguments.error().argument, call.name, fault.message);
    return tl::unexpected{std::move(fault)};
  }
  step.arguments.list = std::move(*arguments);
  if (converter->check != nullptr)
    if (const std::string wrong = converter->check(step.arguments, environment); !wrong.empty())
      return tl::unexpected{fault_of(call, fmt::format("invalid args in converter '{}' : {}", call.name, wrong))};
  out.steps.push_back(std::move(step));
  if (converter->out != Type::Same) out.type_ = converter->out;
  return true;
}

template <class Row>
using Index = std::unordered_map<std::string_view, const Row*>;

template <class Row>
Index<Row> index_of(const std::vector<const Row*>& rows) {
  Index<Row> index;
  for (const Row* each : rows) index.emplace(each->name, each);
  return index;
}

template <class Row>
const Row* find_in(const Index<Row>& index, std::string_view name) {
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

}  // namespace

std::vector<const Fetch*> all_fetches() {
  std::vector<const Fetch*> rows;
  for (const auto& table : {constant_fetches(), fact_fetches(), request_fetches(), parameter_fetches(), response_fetches(),
                            inspect_fetches(), distcc_fetches(), named_fetches(), tls_fetches(),
                            certificate_fetches(), server_tls_fetches()})
    for (const Fetch& each : table) rows.push_back(&each);
  return rows;
}

std::vector<const Converter*> all_converters() {
  std::vector<const Converter*> rows;
  for (const auto& table :
       {text_converters(), piece_converters(), number_converters(), coding_converters(), digest_converters(),
        date_converters(), network_converters(), variable_converters(), map_converters(), json_converters(), fix_converters(),
        mqtt_converters(), protobuf_converters(), packet_converters(), rfc7239_converters(),
        stream_converters(), debug_converters()})
    for (const Converter& each : table) rows.push_back(&each);
  return rows;
}

const Fetch* find_fetch(std::string_view name) {
  static const Index<Fetch> kIndex = index_of(all_fetches());  // constant data, by name
  return find_in(kIndex, name);
}

const Converter* find_converter(std::string_view name) {
  static const Index<Converter> kIndex = index_of(all_converters());
  return find_in(kIndex, name);
}

bool is_known_fetch(std::string_view name) { return name.starts_with("lua.") || contains(known_fetches(), name); }
bool is_known_converter(std::string_view name) { return name.starts_with("lua.") || contains(known_converters(), name); }

Compiled<ExpressionPtr> compile(const parsers::haproxy::SampleExpression& parsed, Environment& environment,
                                std::string_view fetch_name) {
  auto expression = std::make_shared<Expression>();
  auto done = add_fetch(parsed.fetch, fetch_name.empty() ? std::string_view{parsed.fetch.name} : fetch_name, environment,
                        *expression);
  if (!done) return tl::unexpected{std::move(done.error())};
  expression->steps.reserve(parsed.converters.size());
  for (const SampleCall& call : parsed.converters) {
    done = add_converter(call, environment, *expression);
    if (!done) return tl::unexpected{std::move(done.error())};
  }
  return ExpressionPtr{std::move(expression)};
}

Compiled<ExpressionPtr> compile(std::string_view text, Environment& environment) {
  const auto parsed = parsers::haproxy::parse_sample(text);
  if (!parsed) return tl::unexpected{Fault{parsed.error().message, parsed.error().offset, parsed.error().length}};
  return compile(*parsed, environment);
}

std::string unusable_text(const Expression& expression, std::string_view text, Place place) {
  if (is_usable(expression.source, place)) return {};
  return fmt::format("sample fetch <{}> may not be reliably used here because it needs '{}' which is not available here.",
                     text, name_of(expression.source));
}

}  // namespace proxyd::samples
