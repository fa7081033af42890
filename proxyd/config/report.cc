#include "proxyd/config/report.h"

#include <fmt/format.h>

#include <string>

#include "lib/base/version.h"

namespace proxyd::config {

using parsers::common::Diagnostic;
using parsers::common::Severity;

std::string report_text(const parsers::common::Diagnostics& diagnostics, const ReportOptions& options) {
  std::string text;
  bool banner_shown = false;
  for (const Diagnostic& each : diagnostics.all()) {
    if (each.severity == Severity::Diag && !options.diagnostic_mode) continue;
    if (!banner_shown && (each.severity == Severity::Warning || each.severity == Severity::Alert)) {
      banner_shown = true;
      Diagnostic notice;
      notice.severity = Severity::Notice;
      notice.message = fmt::format("{} version is {}", options.program, lib::base::product().version);
      text += parsers::common::render(notice, options.pid);
      notice.message = fmt::format("path to executable is {}", options.executable);
      text += parsers::common::render(notice, options.pid);
    }
    text += parsers::common::render(each, options.pid);
  }
  return text;
}

}  // namespace proxyd::config
