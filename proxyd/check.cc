#include "proxyd/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "parsers/haproxy/files.h"
#include "parsers/haproxy/tree.h"
#include "proxyd/config/load.h"
#include "proxyd/console.h"
#include "proxyd/config/report.h"
#include "proxyd/logs/logger.h"
#include "proxyd/start_lists.h"

extern char** environ;

namespace proxyd {
namespace {

using parsers::common::Diagnostics;
using parsers::haproxy::Environment;

constexpr std::string_view kFormatVariables[][2] = {
    {"HAPROXY_HTTP_LOG_FMT",
     "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"},
    {"HAPROXY_TCP_LOG_FMT", "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"},
};

Environment process_environment(const CommandLine& command_line, const std::vector<std::string>& files) {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : kFormatVariables) environment[std::string{name}] = value;
  std::string joined;
  for (const std::string& file : files) joined += (joined.empty() ? "" : ";") + file;
  environment["HAPROXY_CFGFILES"] = joined;
  char host[256] = "localhost";
  (void)::gethostname(host, sizeof host - 1);
  if (command_line.master_worker) environment["HAPROXY_MWORKER"] = "1";
  environment["HAPROXY_LOCALPEER"] = command_line.local_peer.empty() ? host : command_line.local_peer;
  return environment;
}

parsers::haproxy::Predicates predicates(const CommandLine& command_line) {
  parsers::haproxy::Predicates known;
  known.version = haproxy_version();
  known.features = features();
  known.openssl_version = openssl_version();
  known.diagnostic_mode = command_line.diagnostics;
  return known;
}

/// Says it on stderr and returns what was said.
std::string show(const Diagnostics& diagnostics, const CommandLine& command_line, const char* argv0, Shown shown = Shown::OnStderr) {
  if (command_line.quiet && !command_line.verbose) return {};
  std::string text = config::report_text(
      diagnostics, {.pid = ::getpid(), .program = program(), .executable = argv0, .diagnostic_mode = command_line.diagnostics});
  if (shown == Shown::OnStderr) (void)std::fwrite(text.data(), 1, text.size(), stderr);  // a terminal that is gone is no reason to fail
  return text;
}

void alert(const CommandLine& command_line, const std::string& text) {
  if (!command_line.quiet || command_line.verbose) say_alert(text);
}

/// Reads every file into the tree; what is wrong in them is in the diagnostics. False when one could not be opened.
bool read_files(const CommandLine& command_line, const std::vector<std::string>& files, parsers::haproxy::Tree& tree,
                Environment& environment, Diagnostics& diagnostics) {
  bool readable = !diagnostics.failed();
  for (const std::string& file : files) {
    auto text = parsers::haproxy::read_config_file(file);
    if (!text) {
      diagnostics.alert({}, text.error().message);
      readable = false;
      continue;
    }
    parsers::haproxy::parse_file(tree, file, std::move(*text), environment, predicates(command_line), diagnostics);
  }
  return readable;
}

/// What `-c` says when there was no error.
int conclude_check(const CommandLine& command_line, const CheckedFiles& files) {
  if (files.warnings != 0) std::puts("Warnings were found.");
  if (files.config->listener_count() == 0) {
    if (!command_line.quiet || command_line.verbose)
      std::puts("Configuration file has no error but will not start (no listener) => exit(2).");
    return 2;
  }
  if (!command_line.quiet || command_line.verbose) std::puts("Configuration file is valid");
  return 0;
}

}  // namespace

CheckedFiles check_files(const CommandLine& command_line, const char* argv0, const Reading& reading) {
  CheckedFiles result;
  lib::base::OutsideRecord own;
  lib::base::OutsideRecord& record = reading.learned != nullptr ? *reading.learned : own;
  const lib::base::RecordOutside recording{record};
  Diagnostics diagnostics;
  parsers::haproxy::Tree tree;
  const std::vector<std::string> files = parsers::haproxy::config_files(command_line.files, diagnostics);
  if (files.empty() && !diagnostics.failed()) {
    result.names_nothing = true;
    result.exit_code = 1;
    return result;
  }
  Environment environment = process_environment(command_line, files);
  const bool readable = read_files(command_line, files, tree, environment, diagnostics);
  if (readable && reading.lists && command_line.dumps_configuration) (void)std::fputs(configuration_text(tree, command_line.anonymous_key).c_str(), stdout);
  if (readable) {
    const bool checking = command_line.action != CommandLine::Action::Run;
    result.config = config::load(
        tree,
        {.default_maxconn = command_line.default_maxconn,
         .check_only = checking,
         .verifies_servers = command_line.verifies_servers,
         .may_fork = command_line.may_fork,
         .environment = &environment,
         .variables = reading.before != nullptr ? reading.before->variables.get() : nullptr},
        diagnostics);
  }
  result.report = show(diagnostics, command_line, argv0, reading.shown);
  if (!result.config) {
    result.exit_code = 1;
    return result;
  }
  result.outline = reload::outline_of(tree, record);
  for (const std::string& each : record.unrepeatable) result.unrepeatable += (result.unrepeatable.empty() ? "" : ", ") + each;
  result.warnings = static_cast<std::uint32_t>(diagnostics.warnings());
  if (result.warnings != 0 && (command_line.warnings_are_fatal || result.config->global.zero_warning)) {
    if (reading.shown == Shown::OnStderr) alert(command_line, "Some warnings were found and 'zero-warning' is set. Aborting.");
    result.exit_code = 1;
    return result;
  }
  if (reading.lists && !print_lists(command_line, *result.config)) {
    result.exit_code = 1;
    return result;
  }
  if (command_line.action == CommandLine::Action::Check) {
    result.exit_code = conclude_check(command_line, result);
  } else if (result.config->listener_count() == 0) {
    if (reading.shown == Shown::OnStderr) alert(command_line, fmt::format("[{}.main()] No enabled listener found (check for 'bind' directives) ! Exiting.", argv0));
    result.exit_code = 1;
  }
  return result;
}

std::optional<config::StatsSocket> read_master_socket(const std::string& text, const CommandLine& command_line, const char* argv0) {
  std::string line = text;
  std::replace(line.begin(), line.end(), ',', ' ');
  const std::size_t address_end = std::min(line.find(' '), line.size());
  line.insert(address_end, " level admin");  // before the options, of which the last word on a matter counts
  Diagnostics diagnostics;
  parsers::haproxy::Tree tree;
  Environment environment;
  parsers::haproxy::parse_file(tree, "-S", "global\n  stats socket " + line + "\n", environment, predicates(command_line), diagnostics);
  const auto config = config::load(tree, {.check_only = true, .environment = &environment}, diagnostics);
  (void)show(diagnostics, command_line, argv0);
  if (config == nullptr || config->global.stats_sockets.size() != 1) return std::nullopt;
  return config->global.stats_sockets.front();
}

int evaluate(const CommandLine& command_line) {
  Diagnostics diagnostics;
  const int truth = parsers::haproxy::evaluate_condition(command_line.condition, process_environment(command_line, {}),
                                                         predicates(command_line), diagnostics);
  if (truth >= 0) return truth != 0 ? 0 : 1;
  for (const auto& each : diagnostics.all())
    if (!command_line.quiet) std::fputs(parsers::common::render(each, ::getpid()).c_str(), stderr);
  return 2;
}

}  // namespace proxyd
