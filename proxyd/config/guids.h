// "guid", "guid-prefix", "stats-file": names that are one object's alone in the whole configuration, and the counters that a file
// remembers under them.
#pragma once

#include <string>
#include <string_view>

namespace proxyd::config {

class Draft;

/// Says that `guid` is that of `owner` ("server 'be/s1'"), which was declared at `place` ("t.cfg:8"). What is wrong with that, or an
/// empty text.
std::string claim_guid(Draft& draft, std::string_view guid, std::string owner, std::string place);

/// Reads the file that "stats-file" names and hands each object what it says of it. A file that is missing or broken is warned of.
void load_stats_file(Draft& draft);

}  // namespace proxyd::config
