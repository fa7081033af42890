#include "proxyd/config/report.h"

#include <fmt/format.h>

#include <string>

#include "lib/base/version.h"

namespace proxyd::config {

namespace {

using parsers::common::Diagnostic;
using parsers::common::Severity;

void print(const Diagnostic& diagnostic, int pid, std::FILE* out) {
  const std::string text = parsers::common::render(diagnostic, pid);
  std::fwrite(text.data(), 1, text.size(), out);
}

}  // namespace

void print_report(const parsers::common::Diagnostics& diagnostics, const ReportOptions& options,
                  std::FILE* out) {
  bool banner_printed = false;
  for (const Diagnostic& each : diagnostics.all()) {
    if (each.severity == Severity::Diag && !options.diagnostic_mode) continue;
    if (!banner_printed &&
        (each.severity == Severity::Warning || each.severity == Severity::Alert)) {
      banner_printed = true;
      Diagnostic notice;
      notice.severity = Severity::Notice;
      notice.message = fmt::format("proxyd version is {}", lib::base::version());
      print(notice, options.pid, out);
      notice.message = fmt::format("path to executable is {}", options.executable);
      print(notice, options.pid, out);
    }
    print(each, options.pid, out);
  }
}

}  // namespace proxyd::config
