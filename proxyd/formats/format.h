// A log format compiled to a list of fields and literal text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "parsers/haproxy/logformat.h"
#include "proxyd/formats/alias.h"
#include "proxyd/samples/compile.h"

namespace proxyd::formats {

/// "option httplog", "option httplog clf", "option httpslog", "option tcplog", "option tcplog clf" as format strings: what
/// HAPROXY_HTTP_LOG_FMT and its kin hold.
inline constexpr std::string_view kHttpLogFormat =
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";
inline constexpr std::string_view kHttpLogClfFormat =
    "%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq "
    "%bq %CC %CS %hrl %hsl";
inline constexpr std::string_view kHttpsLogFormat =
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r "
    "%[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc";
inline constexpr std::string_view kTcpLogFormat =
    "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq";
inline constexpr std::string_view kTcpLogClfFormat =
    "%{+Q}o %{-Q}ci - - [%T] \"TCP \" 000 %B \"\" \"\" %cp %ms %ft %b %s %Th %Tw %Tc %Tt %U %ts-- %ac %fc %bc %sc %rc "
    "%sq %bq \"\" \"\" ";

struct FormatItem {
  enum class Kind : std::uint8_t { Text, Separator, Field, Sample };
  Kind kind = Kind::Text;
  Field field{};
  bool quote = false, hexadecimal = false, escape = false;
  bool mandatory = false;  // what is empty is shown as "-"
  std::string text;  // Kind::Text
  samples::ExpressionPtr expression;  // Kind::Sample
  std::string name;  // "%(name)": the key in JSON and CBOR
  parsers::haproxy::LogType type = parsers::haproxy::LogType::Any;
};

/// How a line is written: as text, or as one object of the items that have names.
enum class Encoding : std::uint8_t { Text, Json, Cbor };

struct Format {
  std::vector<FormatItem> items;
  Encoding encoding = Encoding::Text;
  bool binary = false;  // CBOR as it is, not in hexadecimal
  // What costs a system call or a shared counter to find out.
  bool shows_destination = false;     // %fi %fp
  bool shows_back_addresses = false;  // %bi %bp %si %sp and the expressions for them
  bool counts = false;                // %lc
  bool has_fields = false;            // else nothing of a log record is shown
};

/// Where a format stands.
struct FormatUse {
  NeedsMode mode = NeedsMode::Any;
  samples::Place place = samples::Place::Log;
  std::optional<samples::Place> other_place;    // a listen section's other side: what is usable in one of them is
  samples::Environment* environment = nullptr;  // null: expressions are refused
  parsers::haproxy::LogSpaces spaces = parsers::haproxy::LogSpaces::Merge;
};

/// Faults are worded as haproxy words them after "failed to parse log-format : ".
struct FormatFault {
  std::string message;
  std::size_t offset = 0;  // in the format
  std::size_t length = 0;
};
lib::base::Result<Format, FormatFault> compile_format(std::string_view text, const FormatUse& use);
inline lib::base::Result<Format, FormatFault> compile_format(std::string_view text, NeedsMode mode) {
  FormatUse use;
  use.mode = mode;
  return compile_format(text, use);
}

}  // namespace proxyd::formats
