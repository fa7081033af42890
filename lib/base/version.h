// The name and number of this release.
#pragma once

#include <string_view>

namespace lib::base {

/// "0.1.0": from configure.ac.
std::string_view version();
/// Where the project lives.
std::string_view project_url();

}  // namespace lib::base
