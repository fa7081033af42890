// "source <address>[:<port>[-<port>]] [usesrc ...] [interface ...]", on servers and as a line of its own.
#pragma once

#include <string>

#include "proxyd/config/line.h"

namespace proxyd::config {

enum class SourceOf : std::uint8_t { Server, Proxy };  // whose messages differ a little, and a proxy has no range of ports

/// Reads the words behind "source", from word `at` on, and moves `at` behind them (or to the bad one). Returns what is wrong,
/// without a full stop, or an empty text.
std::string read_source(Line& line, std::size_t& at, SourceOf owner, ConnectSource& source);

}  // namespace proxyd::config
