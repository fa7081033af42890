// A value within a JSON text by its path, found without building anything. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proxyd/samples/text_output.h"

namespace proxyd::samples {

/// One step of "$.a.b[2]".
struct JsonStep {
  std::string_view member;   // of an object; else
  std::int64_t index = -1;   // of an array
};
/// Nothing for what is no path that we know. Views into `text`.
std::optional<std::vector<JsonStep>> parse_json_path(std::string_view text);

enum class JsonKind : std::uint8_t { Text, Number, Bool, Null, Object, Array };
struct JsonValue {
  JsonKind kind = JsonKind::Null;
  std::string_view raw;  // as written; of a text without its quotes
};
/// Nothing when the text is no JSON up to there, or has no such value.
std::optional<JsonValue> find_json(std::string_view text, std::string_view path);

/// The text of a JSON string, its escapes resolved.
void unescape_json(std::string_view raw, TextOutput& out);

}  // namespace proxyd::samples
