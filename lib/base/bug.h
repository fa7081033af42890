// Our own mistakes: aborts a debug build, is counted in a release, where the caller drops what is concerned.
#pragma once

#include <cstdint>

namespace lib::base {

/// True when `wrong` is: the caller then gives up the one connection or instance concerned.
/// A build with library assertions (--enable-sanitizers) aborts; a release prints the place and counts it.
/// The caller's place is filled in: leave these arguments out. Debian's clang 14, which builds the fuzz targets, lacks
/// std::source_location.
bool bug_if(bool wrong, const char* file = __builtin_FILE(), unsigned line = __builtin_LINE(),
            const char* function = __builtin_FUNCTION());

/// How many bugs were met since the start; shown by `show info`.
std::uint64_t bug_count();

}  // namespace lib::base
