// From the statement tree to the typed configuration.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/haproxy/tree.h"
#include "proxyd/config/model.h"

namespace proxyd::config {

/// What the command line says that the file's checks depend on.
struct LoadOptions {
  std::uint32_t default_maxconn = 0;  // -N
  bool check_only = false;            // -c: nothing is opened that a start would open
  bool verifies_servers = true;       // -dV: nobody asks servers for a certificate that can be trusted
  bool may_fork = false;              // -dI: as with insecure-fork-wanted
  const parsers::haproxy::Environment* environment = nullptr;  // as the files see it, for the env() fetch; lives as long
  const samples::VariableNames* variables = nullptr;  // whose numbers are kept
};

/// Builds and checks a Config. Reports every mistake; null when there was an alert.
/// The one thing it reads besides the tree are files that keywords name (errorfile) and users'
/// names.
std::unique_ptr<const Config> load(const parsers::haproxy::Tree& tree, const LoadOptions& options,
                                   parsers::common::Diagnostics& diagnostics);

/// -dKcfg: all keywords with their places and usage, sorted.
std::string dump_keywords();

}  // namespace proxyd::config
