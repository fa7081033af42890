// The name and number of this release.
#pragma once

#include <string_view>

namespace lib::base {

/// "0.1.0": from configure.ac.
std::string_view version();
/// What the running program says it is: one that stands in for another speaks as that one.
struct Product {
  std::string_view name;     // empty until present_as()
  std::string_view version;
  std::string_view released;  // "2026/11/22"
};
const Product& product();
/// Before threads exist; the texts live as long as the process.
void present_as(const Product& product);
/// Where the project lives.
std::string_view project_url();

}  // namespace lib::base
