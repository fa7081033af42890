// One line from a record: by a compiled format, or straight for the formats that nearly everybody uses.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/log/dates.h"
#include "proxyd/formats/format.h"
#include "proxyd/logs/line_writer.h"
#include "proxyd/logs/record.h"

namespace proxyd::logs {

using formats::Field;
using formats::Format;
using formats::FormatItem;

/// What lines of one frontend have in common.
struct LineContext {
  std::string_view frontend;
  std::string_view host_name;
  std::uint32_t uri_length = 1024;  // tune.http.logurilen: the request line is cut at one byte less
  bool as_soon = false;             // "option logasap": what is not yet complete gets a '+'
  std::uint32_t line_number = 0;    // %lc
  bool in_message = false;          // no line: expressions stand for themselves, without quotes and marks for what is missing
  samples::Context* samples = nullptr;  // for the expressions of a format; null: they show nothing
};

void render(const Format& format, const LogRecord& record, const LineContext& context, lib::log::Dates& dates,
            LineWriter& out);
/// One item, by its flags.
void render_item(const FormatItem& item, const LogRecord& record, const LineContext& context, lib::log::Dates& dates,
                 LineWriter& out);
/// The same as rendering kHttpLogFormat and kTcpLogFormat, several times faster.
void render_http(const LogRecord& record, const LineContext& context, lib::log::Dates& dates, LineWriter& out);
void render_tcp(const LogRecord& record, const LineContext& context, lib::log::Dates& dates, LineWriter& out);
/// "%ci:%cp [%t] <frontend>/<listener>: <message>"
void render_connection_error(const LogRecord& record, std::string_view frontend, std::string_view listener,
                             std::string_view message, lib::log::Dates& dates, LineWriter& out);

/// "21/Nov/2026:00:27:03.300"
void put_date_with_ms(lib::log::Dates& dates, lib::base::WallTime when, LineWriter& out);
/// "%ci:%cp"
void put_client(const LogRecord& record, LineWriter& out);

}  // namespace proxyd::logs
