// "debug": tells a ring, stdout or stderr what passes through an expression.
#include <algorithm>
#include <array>

#include "proxyd/samples/table.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::samples {
namespace {

constexpr std::string_view kUsualSink = "buf0";
constexpr std::size_t kMostShown = 1024;

std::string_view type_name(const Sample& sample) {
  switch (sample.type) {
    case Type::Bool: return "bool";
    case Type::Int: return "sint";
    case Type::Address: return sample.address.family() == AF_INET ? "ipv4" : "ipv6";
    case Type::Binary: return "bin";
    case Type::Method: return "meth";
    default: return "str";
  }
}

bool debug(const Arguments& arguments, Context& context, Sample& sample) {
  const ArenaScope scope{context.arena()};
  const std::string_view value = text_of(sample, context.arena());
  TextOutput line{context.arena()};
  for (const std::string_view piece : {std::string_view{"[debug] "}, arguments.text(0), std::string_view{": type="}, type_name(sample),
                                       std::string_view{" <"}})
    line.put(piece);
  for (const char c : value.substr(0, kMostShown)) line.put(c >= ' ' && c <= '~' ? c : '.');
  line.put('>');
  context.subject.tell(arguments.has(1) ? arguments.text(1) : kUsualSink, line.finish());
  return true;
}

std::string check_sink(Arguments& arguments, Environment& environment) {
  const std::string_view sink = arguments.has(1) ? arguments.text(1) : kUsualSink;
  if (sink == kUsualSink) environment.wants_debug_ring = true;
  else if (std::find(environment.sinks.begin(), environment.sinks.end(), sink) == environment.sinks.end())
    return "No such sink '" + std::string{sink} + "'";
  return {};
}

constexpr auto kRows = std::to_array<Converter>({
    {.name = "debug", .in = Type::Any, .out = Type::Same, .arguments = "?ss", .function = debug, .check = check_sink},
});

}  // namespace

std::span<const Converter> debug_converters() { return kRows; }

}  // namespace proxyd::samples
