#include "keepalived/check.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/base/unique_fd.h"
#include "keepalived/host_system.h"

namespace keepalived {

using parsers::common::Place;
using parsers::keepalived::Complaint;
using parsers::keepalived::Finding;
using parsers::keepalived::Loaded;

namespace {

/// The line and a caret below the place, indented by two.
std::string caret_lines(const Place& place) {
  if (place.source == nullptr || place.line == 0) return {};
  std::string line{place.source->line(place.line)};
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20) c = c == '\t' ? ' ' : '?';
  if (line.size() > 120) return {};
  std::string out = "  " + line + '\n';
  if (place.column != 0) out += "  " + std::string(place.column - 1, ' ') + '^' + std::string(place.length > 1 ? place.length - 1 : 0, '~') + '\n';
  return out;
}

}  // namespace

std::string render_findings(const Loaded& loaded, bool with_places) {
  std::string out;
  for (const Finding& finding : loaded.findings) {
    if (finding.complaint == Complaint::Log && with_places) continue;  // -t is silent on these
    out += finding.prefix + finding.diagnostic.message + '\n';
    if (!with_places) continue;
    out += caret_lines(finding.diagnostic.place);
    if (!finding.diagnostic.hint.empty()) out += "  hint: " + finding.diagnostic.hint + '\n';
  }
  return out;
}

int check_configuration(const parsers::keepalived::LoadOptions& options, const CommandLine& line) {
  constexpr int kRefusedByTest = 5;
  const std::string& log = line.test_log;
  lib::base::UniqueFd file;
  if (!log.empty()) {
    file = lib::base::UniqueFd{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!file) {
      const std::string text = "Unable to open config test log file " + log + ": " + std::strerror(errno) + '\n';
      (void)!::write(STDERR_FILENO, text.data(), text.size());  // nobody else can be told
      return 1;
    }
  }
  const HostSystem system;
  const Loaded loaded = parsers::keepalived::load(options, system);
  const std::string text = render_findings(loaded, true);
  (void)!::write(file ? file.get() : STDERR_FILENO, text.data(), text.size());  // a full disk changes no verdict
  const int status = loaded.test_status();
  return status == 0 && line.fails_test ? kRefusedByTest : status;
}

}  // namespace keepalived
