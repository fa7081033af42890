// Where in the files something was declared, kept after the tree is gone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace proxyd::config {

struct ConfigPlace {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  /// "haproxy.cfg:12"
  std::string text() const;
};

}  // namespace proxyd::config
