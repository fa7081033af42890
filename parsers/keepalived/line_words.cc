#include "parsers/keepalived/line_words.h"

#include "parsers/common/suggest.h"

namespace parsers::keepalived {

bool LineWords::take_value() {
  ++at;
  if (has_arguments(in.statement(), at, in.context())) return true;
  good = false;
  return false;
}

void LineWords::fail(std::string message) {
  in.complain(std::move(message), at);
  good = false;
}

void LineWords::fail_unknown(std::string message, std::span<const std::string_view> known) {
  const std::string_view nearest = in.context().findings.are_hopeless() ? std::string_view{} : parsers::common::suggest(word(), known);
  in.context().findings.at(Complaint::General, in.place(at), std::move(message), nearest.empty() ? "" : "did you mean '" + std::string{nearest} + "'?");
  good = false;
}

std::optional<std::uint32_t> read_realms(const LineWords& words) {
  const std::string_view text = words.word();
  const std::size_t slash = text.find('/');
  const auto first = words.in.find_route_name("rt_realms", text.substr(0, slash));
  if (!first || *first > 0xffff) return std::nullopt;
  if (slash == std::string_view::npos) return *first;
  const auto second = words.in.find_route_name("rt_realms", text.substr(slash + 1));
  if (!second || *second > 0xffff) return std::nullopt;
  return *first << 16 | *second;
}

bool is_known_interface(LineWords& words, const char* what) {
  Context& context = words.in.context();
  if (context.config.global.dynamic_interfaces || context.system.find_interface(words.word())) return true;
  words.in.complain("WARNING - interface " + words.text() + " for " + what + " doesn't exist", words.at, Complaint::BadInterface);
  context.missing_interface = true;
  words.good = false;
  return false;
}

}  // namespace parsers::keepalived
