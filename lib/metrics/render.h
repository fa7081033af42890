// Field tables as text: CSV, "name: value" lines, typed lines, JSON and Prometheus exposition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/metrics/field.h"

namespace lib::metrics {

/// No column that only separates.
inline constexpr std::size_t kNoSeparator = static_cast<std::size_t>(-1);

/// "# a,b,c,\n": the names, each followed by a comma. Before field number `separator` stands a column named "-", as
/// haproxy sets apart the counters of its modules; other outputs do not count that column.
void append_csv_header(std::string& out, std::span<const Description> fields,
                       std::size_t separator = kNoSeparator);
/// "1,,x,\n": each value followed by a comma; text with a comma, quote or line end is quoted.
void append_csv_row(std::string& out, std::span<const Value> values, std::size_t separator = kNoSeparator);

enum class Detail : std::uint8_t { Plain, WithMeaning };

/// "Name: value\n" for each value that is not empty; WithMeaning adds `:"meaning"`.
void append_plain(std::string& out, std::span<const Description> fields, std::span<const Value> values,
                  Detail detail);

/// "<prefix><position>.<name>.1:<tags>:<type>:<value>\n" for each value that is not empty.
/// `prefix` is empty or names the object: "F.2.0.".
void append_typed(std::string& out, std::string_view prefix, std::span<const Description> fields,
                  std::span<const Value> values, Detail detail);

/// What an element of JSON output says of the object it belongs to; no type, nothing said.
struct JsonObject {
  std::string_view type;  // "Frontend"; empty: not said
  std::uint32_t proxy_id = 0;
  std::uint32_t id = 0;
};

/// "[{...},...]": one element for each value that is not empty.
void append_json(std::string& out, const JsonObject& object, std::span<const Description> fields,
                 std::span<const Value> values);

/// `text` as a JSON string with its quotes. Bytes that are not valid UTF-8 are replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// An object in Prometheus output.
struct LabelledRow {
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<Value> values;
};

/// Prometheus exposition, text format 0.0.4: each numeric field as `<prefix><name>`, grouped by field, with HELP and
/// TYPE lines. Text fields are left out: the format knows numbers only.
void append_prometheus(std::string& out, std::string_view prefix, std::span<const Description> fields,
                       std::span<const LabelledRow> rows);

}  // namespace lib::metrics
