#include "lib/base/version.h"

#include "config.h"

namespace lib::base {

std::string_view version() { return PACKAGE_VERSION; }
std::string_view project_url() { return PACKAGE_URL; }

}  // namespace lib::base
