// Maps: the value that a file gives to what matches one of its keys.
#include <array>
#include <shared_mutex>

#include "lib/base/text.h"
#include "proxyd/samples/matching.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

using patterns::Method;

enum class Output : std::uint8_t { Text, Int, Address, Key, Groups };

/// A value of the map, or the default, as what the converter yields. False: it is none.
template <Output Out>
bool read_value(std::string_view value, Context& context, Sample& sample) {
  if constexpr (Out == Output::Int) {
    const auto number = lib::base::parse_number<std::int64_t>(value);
    return number.has_value() && sample.set_number(*number);
  } else if constexpr (Out == Output::Address) {
    const auto address = lib::net::Address::parse(value);
    return address.has_value() && sample.set_address(*address);
  } else {
    return sample.set_text(context.arena().keep(value));
  }
}

/// "\1" in the value of a map of regular expressions is what the first group caught.
std::string_view fill_groups(std::string_view value, std::string_view text, Context& context) {
  TextOutput out{context.arena()};
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool quotes = value[i] == '\\' && i + 1 < value.size();
    if (!quotes) out.put(value[i]);
    else if (++i; lib::base::is_digit(value[i]))
      out.put(context.scratch.workspace.groups.get(text, static_cast<std::size_t>(value[i] - '0')));
    else out.put(value[i]);
  }
  return out.finish();
}

template <Output Out>
bool look_up(const Arguments& arguments, Context& context, Sample& sample) {
  const patterns::Table& table = *arguments.list[0].table;
  {
    const std::shared_lock lock{table.list().mutex()};
    const std::uint32_t entry = match(table, sample, context);
    if (entry != patterns::kNoEntry) {
      const patterns::ListEntry& found = table.list().entries()[entry];
      if constexpr (Out == Output::Key) return sample.set_text(context.arena().keep(found.pattern));
      if constexpr (Out == Output::Groups) return sample.set_text(fill_groups(found.value, sample.text, context));
      return read_value<Out>(found.value, context, sample);
    }
  }
  return arguments.has(1) && read_value<Out>(arguments.text(1), context, sample);
}

template <Output Out>
std::string check_value(std::string_view value) {
  if (Out == Output::Int && !lib::base::parse_number<std::int64_t>(value))
    return "cannot parse '" + std::string{value} + "' as integer";
  if (Out == Output::Address && !lib::net::Address::parse(value))
    return "cannot parse '" + std::string{value} + "' as an IP address";
  return {};
}

constexpr patterns::ValueKind kind_of(Output out) {
  if (out == Output::Int) return patterns::ValueKind::Int;
  return out == Output::Address ? patterns::ValueKind::Address : patterns::ValueKind::Text;
}

template <Method How, Output Out>
std::string check_map(Arguments& arguments, Environment& environment) {
  const std::string place = "by map at " + environment.place_in_words();
  auto table = environment.library->load(arguments.text(0), patterns::ListKind::Map, How, patterns::Case::Kept,
                                         environment.resolve, {place, true, kind_of(Out)});
  if (!table) return std::move(table.error()) + ".";
  for (const patterns::ListEntry& each : (*table)->list().entries())
    if (std::string wrong = check_value<Out>(each.value); !wrong.empty())
      return wrong + " at line " + std::to_string(each.line) + " of file '" + arguments.list[0].text + "'.";
  if (arguments.has(1))
    if (std::string wrong = check_value<Out>(arguments.text(1)); !wrong.empty()) return wrong;
  arguments.list[0].table = std::move(*table);
  return {};
}

constexpr Type input_of(Method how) {
  return how == Method::Int ? Type::Int : how == Method::Ip ? Type::Address : Type::Text;
}

constexpr Type output_of(Output out) {
  return out == Output::Int ? Type::Int : out == Output::Address ? Type::Address : Type::Text;
}

template <Method How, Output Out>
constexpr Converter row(std::string_view name) {
  return {name, input_of(How), output_of(Out), "s?s", look_up<Out>, check_map<How, Out>};
}

/// The four outputs of one way of matching.
#define TRIAD_MAP_ROWS(name, how)                                                             \
  row<Method::how, Output::Text>(name), row<Method::how, Output::Int>(name "_int"),           \
      row<Method::how, Output::Address>(name "_ip"), row<Method::how, Output::Key>(name "_key")

constexpr auto kRows = std::to_array<Converter>({
    row<Method::Str, Output::Text>("map"),
    TRIAD_MAP_ROWS("map_beg", Beg),
    TRIAD_MAP_ROWS("map_dir", Dir),
    TRIAD_MAP_ROWS("map_dom", Dom),
    TRIAD_MAP_ROWS("map_end", End),
    TRIAD_MAP_ROWS("map_int", Int),
    TRIAD_MAP_ROWS("map_ip", Ip),
    TRIAD_MAP_ROWS("map_reg", Reg),
    row<Method::Reg, Output::Groups>("map_regm"),
    TRIAD_MAP_ROWS("map_str", Str),
    TRIAD_MAP_ROWS("map_sub", Sub),
});
#undef TRIAD_MAP_ROWS

}  // namespace

std::span<const Converter> map_converters() { return kRows; }

}  // namespace proxyd::samples
