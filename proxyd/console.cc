#include "proxyd/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace proxyd {
namespace {

/// Process-wide, as stderr is. Set while there is one thread.
std::string* kept = nullptr;

std::string say(std::string_view label, std::string_view text) {
  // Not fmt::print: it would end the process when stderr is closed.
  const std::string line = fmt::format("{:<11}({}) : {}\n", label, ::getpid(), text);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
  if (kept != nullptr) *kept += line;
  return line;
}

}  // namespace

void also_keep(std::string* into) { kept = into; }
void say_alert(std::string_view text) { (void)say("[ALERT]", text); }
std::string say_warning(std::string_view text) { return say("[WARNING]", text); }

}  // namespace proxyd
