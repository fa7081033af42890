// Log formats as written, "%ci:%cp [%tr] %{+Q}r %[src,hex]", as a list of items. Knows no alias:
// names are looked up by whoever gives them a meaning.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/haproxy/sample.h"

namespace parsers::haproxy {

/// What "%{+Q,-X}" switches, after what "%{...}o" set for all that follows.
struct LogFlags {
  bool quote = false;        // Q
  bool hexadecimal = false;  // X
  bool escape = false;       // E
  bool mandatory = false;    // M: an empty value is printed as "-"
  bool binary = false;       // bin, for %o
  bool json = false;         // json, for %o
  bool cbor = false;         // cbor, for %o
};

/// "%(name:type)": the type asked for.
enum class LogType : std::uint8_t { Any, Text, Int, Bool };

struct LogItem {
  enum class Kind : std::uint8_t {
    Text,       // literal
    Separator,  // blanks that are merged with those beside them; only with LogSpaces::Merge
    Alias,      // "%ci"; `text` is "ci"
    Sample,     // "%[...]"; `text` is the expression as written
  };
  Kind kind = Kind::Text;
  std::string text;  // "%%" already reads "%"
  LogFlags flags;    // in force for this item; "%o" items are not listed
  std::string name;  // "%(name)": for json and cbor
  LogType type = LogType::Any;
  SampleExpression sample;   // Kind::Sample
  std::uint32_t offset = 0;  // of the item in the format, from its '%'
  std::uint32_t length = 0;
};

/// Runs of blanks are one in `log-format` and its kin, and kept in headers and strings.
enum class LogSpaces : std::uint8_t { Merge, Keep };

/// Offsets in a fault count from the start of `format`.
lib::base::Result<std::vector<LogItem>, TextFault> parse_log_format(std::string_view format,
                                                                    LogSpaces spaces);

}  // namespace parsers::haproxy
