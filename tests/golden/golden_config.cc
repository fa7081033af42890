// Checks a configuration as `proxyd -c` does and prints the same: diagnostics on stderr, the
// verdict as the exit code. Usage: golden_config [-p PID] [-c] [-f] FILE...
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "parsers/haproxy/files.h"
#include "parsers/haproxy/tree.h"
#include "proxyd/config/load.h"
#include "proxyd/config/report.h"

int main(int argc, char** argv) {
  std::vector<std::string> paths;
  proxyd::config::ReportOptions report{.pid = 0, .executable = "proxyd", .diagnostic_mode = false};
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "-p") == 0 && i + 1 < argc)
      report.pid = std::atoi(argv[++i]);
    else if (std::strcmp(argv[i], "-c") == 0 || std::strcmp(argv[i], "-f") == 0)
      continue;  // as proxyd's command line has them
    else if (std::strcmp(argv[i], "-dK") == 0)
      return std::fputs(proxyd::config::dump_keywords().c_str(), stdout) < 0 ? 1 : 0;
    else
      paths.emplace_back(argv[i]);
  }
  parsers::common::Diagnostics diagnostics;
  parsers::haproxy::Tree tree;
  parsers::haproxy::Environment environment;
  parsers::haproxy::Predicates predicates;
  predicates.version = "2.6.12";
  for (const std::string& path : parsers::haproxy::config_files(paths, diagnostics)) {
    auto text = parsers::haproxy::read_config_file(path);
    if (!text.has_value()) {
      diagnostics.alert({}, text.error().message);
      std::fputs(proxyd::config::report_text(diagnostics, report).c_str(), stderr);
      return 1;
    }
    parsers::haproxy::parse_file(tree, path, std::move(*text), environment, predicates,
                                 diagnostics);
  }
  const auto config =
      proxyd::config::load(tree, proxyd::config::LoadOptions{.check_only = true}, diagnostics);
  std::fputs(proxyd::config::report_text(diagnostics, report).c_str(), stderr);
  if (config == nullptr) return 1;
  return config->listener_count() == 0 ? 2 : 0;
}
