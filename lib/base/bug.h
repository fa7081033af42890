// Our own mistakes: aborts a debug build, is counted in a release, where the caller drops what is concerned.
#pragma once

#include <cstdint>
#include <source_location>

namespace lib::base {

/// True when `wrong` is: the caller then gives up the one connection or instance concerned.
/// A build with library assertions (--enable-sanitizers) aborts; a release prints the place and counts it.
bool bug_if(bool wrong, std::source_location where = std::source_location::current());

/// How many bugs were met since the start; shown by `show info`.
std::uint64_t bug_count();

}  // namespace lib::base
