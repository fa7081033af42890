// What the check has to say, printed as haproxy prints it.
#pragma once

#include <cstdio>
#include <string_view>

#include "parsers/common/diagnostic.h"

namespace proxyd::config {

struct ReportOptions {
  int pid = 0;
  std::string_view executable;   // "path to executable is ..."
  bool diagnostic_mode = false;  // -dD: prints [DIAG] lines
};

/// All diagnostics in order, each with its caret line. The two notices about version and executable
/// come before the first warning or alert.
void print_report(const parsers::common::Diagnostics& diagnostics, const ReportOptions& options,
                  std::FILE* out);

}  // namespace proxyd::config
