// "when": a value that passes only as the stream fares.
#include <array>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

enum class When : std::int64_t { Error, Forwarded, Normal, Stopping };

struct WhenRow {
  std::string_view name;
  When when;
};
constexpr auto kWhen = std::to_array<WhenRow>(
    {{"error", When::Error}, {"forwarded", When::Forwarded}, {"normal", When::Normal}, {"stopping", When::Stopping}});
constexpr std::int64_t kNegated = 16;

/// Something broke, by the state that the log shows: what we answered by ourselves ("L") is no error.
bool has_failed(Context& context) {
  Sample state;
  return context.subject.fact(Fact::Termination, 0, state, context.arena()) && !state.text.empty() && state.text.front() != '-' &&
         state.text.front() != 'L';
}

bool holds(When when, Context& context) {
  Sample found;
  switch (when) {
    case When::Error: return has_failed(context);
    case When::Normal: return !has_failed(context);
    case When::Forwarded: return context.subject.fact(Fact::ServerName, 0, found, context.arena());
    case When::Stopping: return context.subject.fact(Fact::Stopping, 0, found, context.arena()) && found.number != 0;
  }
  return false;
}

bool pass_when(const Arguments& arguments, Context& context, Sample&) {
  const std::int64_t what = arguments.number(0);
  return holds(static_cast<When>(what & ~kNegated), context) != ((what & kNegated) != 0);
}

std::string check_when(Arguments& arguments, Environment&) {
  std::string_view word = arguments.text(0);
  const bool is_negated = word.starts_with('!');
  if (is_negated) word.remove_prefix(1);
  for (const WhenRow& each : kWhen) {
    if (each.name != word) continue;
    arguments.list[0].number = static_cast<std::int64_t>(each.when) | (is_negated ? kNegated : 0);
    return {};
  }
  if (word == "acl" || word == "toapplet" || word == "processed")
    return "condition '" + std::string{word} + "' is known but not built yet";
  return "expects 'error', 'forwarded', 'normal' or 'stopping', with '!' before it to negate, and got '" + arguments.list[0].text + "'";
}

constexpr auto kRows = std::to_array<Converter>({
    {"when", Type::Any, Type::Same, "s?s", pass_when, check_when},
});

}  // namespace

std::span<const Converter> stream_converters() { return kRows; }

}  // namespace proxyd::samples
