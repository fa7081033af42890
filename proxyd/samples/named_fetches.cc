// Fetches about what the configuration names: its ACLs, all variables.
#include <array>
#include <charconv>

#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

/// "acl(a,!b)": whether all of them hold.
bool acls_hold(const Arguments& arguments, Context& context, Sample& out) {
  for (std::size_t i = 0; i < arguments.tests.size(); ++i) {
    const bool is_negated = arguments.list[i].number != 0;
    if (arguments.tests[i]->holds(context) == is_negated) return out.set(false);
  }
  return out.set(true);
}

std::string check_acls(Arguments& arguments, Environment& environment) {
  for (Argument& each : arguments.list) {
    if (!each.given) continue;
    std::string_view name = each.text;
    each.number = name.starts_with('!') ? 1 : 0;
    name.remove_prefix(each.number != 0 ? 1 : 0);
    auto test = environment.find_test ? environment.find_test(name) : nullptr;
    if (test == nullptr) return "no such ACL : '" + std::string{name} + "'";
    if (&each != &arguments.list[arguments.tests.size()]) return "expects a name before each comma";
    arguments.tests.push_back(std::move(test));
  }
  if (arguments.tests.empty()) return "expects the name of an ACL";
  return {};
}

void put_value(const Sample& sample, TextOutput& out) {
  if (sample.is_text()) return out.put(sample.text);
  if (sample.type == Type::Address) return out.put(sample.address.host());
  if (sample.type == Type::None) return;
  std::array<char, 24> digits;
  const auto made = std::to_chars(digits.data(), digits.data() + digits.size(), sample.number);
  out.put(std::string_view{digits.data(), static_cast<std::size_t>(made.ptr - digits.data())});
}

/// One list of variables being written.
struct Dump {
  TextOutput& out;
  const VariableNames& names;
  std::string_view prefix, delimiter;
};

void show_one(void* context, std::uint32_t number, const Sample& sample) {
  const Dump& dump = *static_cast<const Dump*>(context);
  const std::string_view name = dump.names.name(number);  // "txn.user"
  if (!name.substr(name.find('.') + 1).starts_with(dump.prefix)) return;
  if (dump.out.size() != 0) dump.out.put(dump.delimiter);
  dump.out.put(name);
  dump.out.put('=');
  put_value(sample, dump.out);
}

constexpr auto kDumped = std::to_array<Scope>({Scope::Process, Scope::Session, Scope::Transaction, Scope::Request, Scope::Response});

/// "scope.name=value", one after the other.
bool dump_variables(const Arguments& arguments, Context& context, Sample& out) {
  TextOutput text{context.arena()};
  Dump dump{text, *arguments.names, arguments.has(1) ? arguments.text(1) : std::string_view{},
            arguments.has(2) ? arguments.text(2) : std::string_view{", "}};
  for (const Scope scope : kDumped) {
    if (arguments.has(0) && arguments.text(0) != name_of(scope)) continue;
    if (scope == Scope::Process) {
      if (const ProcessVariables* const variables = context.subject.process_variables(); variables != nullptr)
        variables->each(show_one, &dump);
    } else if (const VariableStore* const variables = context.subject.variables(scope); variables != nullptr) {
      variables->each(show_one, &dump);
    }
  }
  return out.set_text(text.finish());
}

std::string check_dump(Arguments& arguments, Environment& environment) {
  arguments.names = environment.variables;
  if (!arguments.has(0)) return {};
  for (const Scope scope : kDumped)
    if (arguments.text(0) == name_of(scope)) return {};
  return "expects a scope ('proc', 'sess', 'txn', 'req' or 'res'), got '" + std::string{arguments.text(0)} + "'";
}

constexpr auto kRows = std::to_array<Fetch>({
    {.name = "acl", .type = Type::Bool, .source = Source::Internal, .arguments = "s?sssssssssss", .function = acls_hold, .check = check_acls},
    {.name = "dump_all_vars", .type = Type::Text, .source = Source::Internal, .arguments = "?sss", .function = dump_variables,
     .check = check_dump},
});

}  // namespace

std::span<const Fetch> named_fetches() { return kRows; }

}  // namespace proxyd::samples
