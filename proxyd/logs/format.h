// A log format compiled to a list of fields and literal text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "proxyd/logs/alias.h"

namespace proxyd::logs {

/// "option httplog", "option httplog clf", "option tcplog", "option tcplog clf" as format strings: what
/// HAPROXY_HTTP_LOG_FMT and its kin hold.
inline constexpr std::string_view kHttpLogFormat =
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";
inline constexpr std::string_view kHttpLogClfFormat =
    "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq "
    "%bq %CC %CS %hrl %hsl";
inline constexpr std::string_view kTcpLogFormat =
    "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
inline constexpr std::string_view kTcpLogClfFormat =
    "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc "
    "%sq %bq \"\" \"\" ";

struct FormatItem {
  enum class Kind : std::uint8_t { Text, Separator, Field };
  Kind kind = Kind::Text;
  Field field{};
  bool quote = false, hexadecimal = false, escape = false;
  std::string text;  // Kind::Text
};

struct Format {
  std::vector<FormatItem> items;
};

/// What a format may show. Faults are worded as haproxy words them after "failed to parse log-format : ".
struct FormatFault {
  std::string message;
  std::size_t offset = 0;  // in the format
  std::size_t length = 0;
};
lib::base::Result<Format, FormatFault> compile_format(std::string_view text, NeedsMode mode);

}  // namespace proxyd::logs
