#include "proxyd/formats/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "parsers/haproxy/logformat.h"

namespace proxyd::formats {
namespace {

using parsers::haproxy::LogItem;
using samples::Fact;

/// Why an item cannot be compiled; empty when it can.
std::string fault_of(const LogItem& item, const Alias* alias, NeedsMode mode) {
  if (item.kind != LogItem::Kind::Alias) return {};
  if (alias == nullptr)
    return fmt::format("no such format alias '{}'. If you wanted to emit the '%' character verbatim, you need to use '%%'.",
                       item.text);
  if (alias->mode == NeedsMode::Http && mode != NeedsMode::Http)
    return fmt::format("format alias '{}' is reserved for HTTP mode.", item.text);
  return {};
}

/// The expression of an item; a fault where there is none.
lib::base::Result<samples::ExpressionPtr, FormatFault> compile_sample(const LogItem& item, const FormatUse& use) {
  const auto refuse = [&](std::string message) {
    return tl::unexpected{FormatFault{std::move(message), item.offset, item.length}};
  };
  if (use.environment == nullptr) return refuse("no expressions are known here");
  auto compiled = samples::compile(item.sample, *use.environment);
  if (!compiled)
    return refuse(fmt::format("failed to parse sample expression <{}]> : {}", item.text, compiled.error().message));
  if (use.other_place && samples::is_usable((*compiled)->source, *use.other_place)) return std::move(*compiled);
  const std::string unusable = samples::unusable_text(**compiled, item.text + "]", use.place);
  if (!unusable.empty()) return refuse(unusable);
  return std::move(*compiled);
}

bool is_one_of(Field field, std::initializer_list<Field> fields) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

void note_needs(const FormatItem& item, Format& format) {
  using enum Field;
  if (item.kind == FormatItem::Kind::Field) {
    format.has_fields = true;
    format.counts = format.counts || item.field == Counter;
    format.shows_destination = format.shows_destination || is_one_of(item.field, {DestinationAddress, DestinationPort});
    format.shows_back_addresses =
        format.shows_back_addresses || is_one_of(item.field, {BackAddress, BackPort, ServerAddress, ServerPort});
  } else if (item.kind == FormatItem::Kind::Sample) {
    const Fact fact = item.expression->arguments.fact;
    format.shows_back_addresses =
        format.shows_back_addresses || (fact >= Fact::BackSource && fact <= Fact::BackDestinationPort);
  }
}

FormatItem make_item(const LogItem& item, const Alias* alias) {
  FormatItem compiled;
  switch (item.kind) {
    case LogItem::Kind::Separator: compiled.kind = FormatItem::Kind::Separator; break;
    case LogItem::Kind::Alias:
      compiled.kind = FormatItem::Kind::Field;
      compiled.field = alias->field;
      break;
    case LogItem::Kind::Text: compiled.text = item.text; break;
    case LogItem::Kind::Sample: compiled.kind = FormatItem::Kind::Sample; break;
  }
  compiled.quote = item.flags.quote;
  compiled.hexadecimal = item.flags.hexadecimal;
  compiled.escape = item.flags.escape;
  compiled.mandatory = item.flags.mandatory;
  compiled.name = item.name;
  compiled.type = item.type;
  return compiled;
}

}  // namespace

lib::base::Result<Format, FormatFault> compile_format(std::string_view text, const FormatUse& use) {
  const auto parsed = parsers::haproxy::parse_log_format(text, use.spaces);
  if (!parsed)
    return tl::unexpected{FormatFault{parsed.error().message, parsed.error().offset, parsed.error().length}};
  Format format;
  for (const LogItem& item : *parsed) {
    const Alias* alias = item.kind == LogItem::Kind::Alias ? find_alias(item.text) : nullptr;
    std::string fault = fault_of(item, alias, use.mode);
    if (!fault.empty()) return tl::unexpected{FormatFault{std::move(fault), item.offset, item.length}};
    FormatItem made = make_item(item, alias);
    if (use.place == samples::Place::Log) made.mandatory = true;
    if (made.kind == FormatItem::Kind::Sample) {
      auto expression = compile_sample(item, use);
      if (!expression) return tl::unexpected{std::move(expression.error())};
      made.expression = std::move(*expression);
    }
    if (item.flags.json) format.encoding = Encoding::Json;
    if (item.flags.cbor) format.encoding = Encoding::Cbor;
    format.binary = format.binary || item.flags.binary;
    note_needs(made, format);
    format.items.push_back(std::move(made));
  }
  return format;
}

}  // namespace proxyd::formats
