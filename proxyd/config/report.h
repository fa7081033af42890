// What the check has to say, worded as haproxy words it.
#pragma once

#include <string>
#include <string_view>

#include "parsers/common/diagnostic.h"

namespace proxyd::config {

struct ReportOptions {
  int pid = 0;
  std::string_view program = "proxyd";  // "... version is ..."
  std::string_view executable;   // "path to executable is ..."
  bool diagnostic_mode = false;  // -dD: shows [DIAG] lines
};

/// All diagnostics in order, each with its caret line. The two notices about version and executable
/// come before the first warning or alert.
std::string report_text(const parsers::common::Diagnostics& diagnostics, const ReportOptions& options);

}  // namespace proxyd::config
