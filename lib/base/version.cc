#include "lib/base/version.h"

#include "config.h"

namespace lib::base {
namespace {

/// Process-wide, as a program's name is.
Product current{.name = {}, .version = PACKAGE_VERSION, .released = "2026/11/22"};

}  // namespace

std::string_view version() { return PACKAGE_VERSION; }
const Product& product() { return current; }
void present_as(const Product& product) { current = product; }
std::string_view project_url() { return PACKAGE_URL; }

}  // namespace lib::base
