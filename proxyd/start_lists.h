// What the options -dA, -dC, -dL, -dc and -dK print once the files were read, before the verdict of a check or the start.
#pragma once

#include <cstdint>
#include <string>

#include "parsers/haproxy/tree.h"
#include "proxyd/command_line.h"
#include "proxyd/config/model.h"

namespace proxyd {

/// -dC: the configuration as it was read. With a key other than 0 whatever is no keyword and no number (names, addresses, paths, texts) is
/// six hexadecimal digits, the same for the same word and key.
std::string configuration_text(const parsers::haproxy::Tree& tree, std::uint32_t anonymous_key);

/// All lists but -dC's, on standard output. False: what is wrong with the archive's file was said.
bool print_lists(const CommandLine& command_line, const config::Config& config);

}  // namespace proxyd
