// What a compiled format says about a stream: for headers, names and ids that rules make.
#pragma once

#include <string_view>

#include "proxyd/formats/format.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {

/// In the context's arena: lives as long as the context. Cut at most_text().
std::string_view text_of(Stream& stream, const formats::Format& format, samples::Context& context);

}  // namespace proxyd::session
