#include "proxyd/logs/format.h"

#include <fmt/format.h>

#include "parsers/haproxy/logformat.h"

namespace proxyd::logs {
namespace {

using parsers::haproxy::LogItem;

/// Why an item cannot be compiled; empty when it can.
std::string fault_of(const LogItem& item, const Alias* alias, NeedsMode mode) {
  if (item.flags.json || item.flags.cbor || item.flags.binary)
    return "the flags 'json', 'cbor' and 'bin' are known but not built yet.";
  if (item.kind == LogItem::Kind::Sample)
    return fmt::format("sample expression <{}> : expressions in log formats are known but not built yet.", item.text);
  if (item.kind != LogItem::Kind::Alias) return {};
  if (alias == nullptr)
    return fmt::format("no such format alias '{}'. If you wanted to emit the '%' character verbatim, you need to use '%%'.",
                       item.text);
  if (alias->field == Field::Origin) return "format alias 'OG' is known but not built yet.";
  if (alias->mode == NeedsMode::Http && mode != NeedsMode::Http)
    return fmt::format("format alias '{}' is reserved for HTTP mode.", item.text);
  return {};
}

FormatItem compile_item(const LogItem& item, const Alias* alias) {
  FormatItem compiled;
  switch (item.kind) {
    case LogItem::Kind::Separator: compiled.kind = FormatItem::Kind::Separator; break;
    case LogItem::Kind::Alias:
      compiled.kind = FormatItem::Kind::Field;
      compiled.field = alias->field;
      break;
    case LogItem::Kind::Text:
    case LogItem::Kind::Sample:
      compiled.text = item.text;
      break;
  }
  compiled.quote = item.flags.quote;
  compiled.hexadecimal = item.flags.hexadecimal;
  compiled.escape = item.flags.escape;
  return compiled;
}

}  // namespace

lib::base::Result<Format, FormatFault> compile_format(std::string_view text, NeedsMode mode) {
  const auto parsed = parsers::haproxy::parse_log_format(text, parsers::haproxy::LogSpaces::Merge);
  if (!parsed)
    return tl::unexpected{FormatFault{parsed.error().message, parsed.error().offset, parsed.error().length}};
  Format format;
  for (const LogItem& item : *parsed) {
    const Alias* alias = item.kind == LogItem::Kind::Alias ? find_alias(item.text) : nullptr;
    std::string fault = fault_of(item, alias, mode);
    if (!fault.empty()) return tl::unexpected{FormatFault{std::move(fault), item.offset, item.length}};
    format.items.push_back(compile_item(item, alias));
  }
  return format;
}

}  // namespace proxyd::logs
