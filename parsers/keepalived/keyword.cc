#include "parsers/keepalived/keyword.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"
#include "parsers/common/suggest.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295, kMostSigned = 2147483647;

/// Blanks within quotes do not count in front of a number.
std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && lib::base::is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::string decimal_text(std::int64_t micros) { return fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000); }

}  // namespace

void Reader::complain(std::string message, std::size_t index, Complaint complaint) {
  context_.findings.at(complaint, place(index), std::move(message));
}

void Reader::complain_with_hint(std::string message, std::string hint, std::size_t index) {
  context_.findings.at(Complaint::General, place(index), std::move(message), std::move(hint));
}

void Reader::complain_about(std::string message, std::size_t index, Complaint complaint) {
  context_.findings.about(complaint, place(index), std::move(message));
}

void Reader::complain_at_end(std::string message) {
  if (!context_.stopped) context_.findings.at_end(Complaint::General, statement_, std::move(message));
}

std::optional<std::int64_t> Reader::number(std::size_t index, std::int64_t low, std::int64_t high, Numbers how) {
  const std::string_view text = without_blanks(word(index));
  const auto refuse = [&](std::string message) {
    complain(std::move(message), index, Complaint::Number);
    return std::nullopt;
  };
  std::int64_t value = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, fault] = std::from_chars(begin, text.data() + text.size(), value);
  const bool starts_well = fault == std::errc{} || fault == std::errc::result_out_of_range;
  const bool whole = starts_well && end == text.data() + text.size();
  if (!whole && (!starts_well || how == Numbers::Strict || context_.options.testing)) return refuse(fmt::format("invalid number '{}'", text));
  if (!whole) complain(fmt::format("WARNING - invalid number '{}'", text), index, Complaint::Warning);
  if (low >= 0 && text.starts_with('-')) return refuse(fmt::format("negative number '{}'", text));
  const bool too_large = fault == std::errc::result_out_of_range;
  if (low >= 0 && (too_large || value > kMostUnsigned)) return refuse(fmt::format("number '{}' outside unsigned integer range", text));
  if (low < 0 && (too_large || value > kMostSigned || value < -kMostSigned - 1)) return refuse(fmt::format("number '{}' outside integer range", text));
  if (value < low || value > high) return refuse(fmt::format("number '{}' outside range [{}, {}]", text, low, high));
  return value;
}

std::optional<std::int64_t> parse_decimal_micros(std::string_view text) {
  if (text.empty() || text.size() > 24) return std::nullopt;
  std::int64_t whole = 0, part = 0, scale = 1'000'000;
  bool in_part = false, any = false;
  for (const char c : text) {
    if (c == '.' && !in_part) {
      in_part = true;
      continue;
    }
    if (!lib::base::is_digit(c)) return std::nullopt;
    any = true;
    if (!in_part) {
      whole = whole * 10 + (c - '0');
      if (whole > 1'000'000'000'000) return std::nullopt;
    } else if (scale > 1) {
      scale /= 10;
      part += (c - '0') * scale;
    }
  }
  if (!any) return std::nullopt;
  return whole * 1'000'000 + part;
}

std::optional<Duration> Reader::seconds(std::size_t index, Duration low, Duration high) {
  const std::string_view text = without_blanks(word(index));
  const auto refuse = [&](std::string message) {
    complain(std::move(message), index, Complaint::Number);
    return std::nullopt;
  };
  if (text.starts_with('-') && text.size() > 1) return refuse(fmt::format("negative number '{}'", text));
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto micros = parse_decimal_micros(digits);
  if (!micros) {
    const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos &&
                           std::count(digits.begin(), digits.end(), '.') <= 1 && digits != ".";
    return refuse(is_number ? fmt::format("number '{}' outside unsigned decimal range", text) : fmt::format("invalid number '{}'", text));
  }
  const std::size_t dot = digits.find('.');
  // Said, and the number still taken without them.
  if (dot != std::string_view::npos && digits.size() - dot > 7) complain(fmt::format("number '{}' has too many decimal places", text), index, Complaint::Number);
  if (*micros < low.count() || *micros > high.count()) {
    const std::string most = high == kNoLimit ? "18446744073709.551614" : decimal_text(high.count());
    return refuse(fmt::format("number '{}' outside range [{}, {}]", text, decimal_text(low.count()), most));
  }
  return Duration{*micros};
}

std::optional<bool> Reader::boolean(std::size_t index) const {
  if (index >= size()) return true;
  const std::string_view text = word(index);
  if (text == "true" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "off" || text == "no") return false;
  return std::nullopt;
}

std::optional<std::uint32_t> Reader::find_route_name(std::string_view file, std::string_view name) const {
  return context_.system.find_route_name(file, name, context_.config.global.route_names);
}

void complain_unknown(const Statement& statement, std::span<const std::string_view> known, Context& context) {
  const std::string_view nearest =
      context.findings.are_hopeless() ? std::string_view{} : parsers::common::suggest(statement.keyword(), known);
  context.findings.at(Complaint::UnknownKeyword, statement.whole(), "Unknown keyword '" + std::string{statement.keyword()} + '\'',
                      nearest.empty() ? "" : "did you mean '" + std::string{nearest} + "'?");
}

bool has_arguments(const Statement& statement, std::size_t wanted, Context& context) {
  if (statement.words.size() > wanted) return true;
  const std::string keyword{statement.keyword()};
  context.findings.at(Complaint::MissingParameter, statement.whole(),
                      "*** Configuration line starting `" + keyword + "` is missing a parameter after keyword `" +
                          statement.words.back().text + "` at word position " + std::to_string(statement.words.size() + 1));
  context.stopped = true;
  return false;
}

bool check_form(const Statement& statement, Form form, Context& context) {
  if (form == Form::Block && !statement.has_block) {
    context.findings.at(Complaint::Braces, statement.whole(), "Missing '{' at beginning of configuration block");
    return false;
  }
  if (form == Form::Line && statement.has_block)
    context.findings.at(Complaint::Braces, statement.whole(), "Unexpected '{' - ignoring",
                        "'" + std::string{statement.keyword()} + "' takes no block");
  return true;
}

}  // namespace parsers::keepalived
