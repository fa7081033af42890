// What expressions are compiled with: the names and files that they share, and whose they are.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxyd/patterns/library.h"
#include "proxyd/samples/expression.h"

namespace proxyd::samples {

/// Shared by all expressions of a configuration. The reader of the configuration sets the last four before each one.
struct Environment {
  std::shared_ptr<patterns::Library> library = std::make_shared<patterns::Library>();
  std::shared_ptr<VariableNames> variables = std::make_shared<VariableNames>();
  std::vector<std::shared_ptr<Reference>> references;  // to be resolved when all proxies are known
  patterns::ResolveName resolve = nullptr;
  std::function<std::string(const std::string& name)> getenv;  // as the file sees it
  std::string place;                 // "file:line"
  std::string used_by;               // "ACL keyword 'x'", for messages given later
  std::size_t owner = SIZE_MAX;      // the proxy that it stands in

  /// The ACL of that name where the expression stands; null when there is none.
  std::function<std::shared_ptr<const Test>(std::string_view name)> find_test;
  std::vector<std::string> sinks{"stdout", "stderr"};  // what the debug converter may name besides rings
  bool wants_debug_ring = false;                       // it named "buf0"

  /// "file 'x' line 7", as `show acl` tells it.
  std::string place_in_words() const;
};

}  // namespace proxyd::samples
