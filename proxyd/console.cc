#include "proxyd/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace proxyd {
namespace {

std::string say(std::string_view label, std::string_view text) {
  // Not fmt::print: it would end the process when stderr is closed.
  const std::string line = fmt::format("{:<11}({}) : {}\n", label, ::getpid(), text);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
  return line;
}

}  // namespace

void say_alert(std::string_view text) { (void)say("[ALERT]", text); }
std::string say_warning(std::string_view text) { return say("[WARNING]", text); }

}  // namespace proxyd
