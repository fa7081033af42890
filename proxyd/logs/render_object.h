// A line as one JSON or CBOR object (RFC 8259, RFC 8949) of the format's items that have names.
#pragma once

#include "proxyd/logs/render.h"

namespace proxyd::logs {

void render_object(const Format& format, const LogRecord& record, const LineContext& context, lib::log::Dates& dates,
                   LineWriter& out);

}  // namespace proxyd::logs
