#include "proxyd/start_lists.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <set>
#include <string_view>
#include <vector>

#include "lib/base/hash.h"
#include "lib/process/limits.h"
#include "parsers/haproxy/write.h"
#include "proxyd/console.h"
#include "proxyd/keyword_dump.h"
#include "proxyd/object_archive.h"
#include "proxyd/startup.h"

namespace proxyd {
namespace {

bool is_of_name(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '-' || letter == '.'; }

/// Calls `each` with the names and numbers of a text, and with what stands between them.
template <class Each>
void split_names(std::string_view text, Each each) {
  while (!text.empty()) {
    const bool is_name = is_of_name(text.front());
    std::size_t size = 1;
    while (size < text.size() && is_of_name(text[size]) == is_name) ++size;
    each(text.substr(0, size), is_name);
    text.remove_prefix(size);
  }
}

/// The words of the configuration's language.
std::set<std::string, std::less<>> language() {
  const auto classes = std::to_array<std::string>({"cfg", "smp", "cnv", "acl"});
  const std::string text = keyword_dump(classes);
  std::set<std::string, std::less<>> words{"defaults", "frontend", "backend", "userlist", "http-errors", "if", "unless", "or", "TRUE", "FALSE"};
  split_names(text, [&](std::string_view part, bool is_name) {
    if (is_name) words.emplace(part);
  });
  return words;
}

/// "30", "5s", "64k"
bool is_number(std::string_view part) {
  const std::size_t digits = std::min(part.find_first_not_of("0123456789"), part.size());
  constexpr auto kUnits = std::to_array<std::string_view>({"", "us", "ms", "s", "m", "h", "d", "k", "K", "M", "g", "G"});
  return digits != 0 && std::find(kUnits.begin(), kUnits.end(), part.substr(digits)) != kUnits.end();
}

/// How many threads run where: nothing binds them here, so that all of them may run on all processors of the process.
void print_processors(const config::Config& config) {
  const std::vector<unsigned> usable = lib::process::processor_numbers();
  const unsigned threads = thread_count(config.global);
  std::string set;
  for (std::size_t i = 0; i < usable.size(); ++i) {
    std::size_t last = i;
    while (last + 1 < usable.size() && usable[last + 1] == usable[last] + 1) ++last;
    set += fmt::format("{}{}{}", set.empty() ? "" : ",", usable[i], last > i ? fmt::format("-{}", usable[last]) : "");
    i = last;
  }
  const std::string range = threads == 1 ? "1" : fmt::format("1-{}", threads);
  fmt::print("Thread CPU Bindings:\n  Tgrp/Thr  Tid        CPU set\n  1/{:<7} {:<10} {}: {}\n", range, range, usable.size(), set);
}

}  // namespace

std::string configuration_text(const parsers::haproxy::Tree& tree, std::uint32_t anonymous_key) {
  if (anonymous_key == 0) return parsers::haproxy::write_tree(tree);
  const auto known = language();
  return parsers::haproxy::write_tree(tree, [&](std::string_view word) {
    std::string out;
    split_names(word, [&](std::string_view part, bool is_name) {
      constexpr std::size_t kAlias = 3;  // "%ci", "%ts", "%trl"
      const bool is_alias = out.ends_with('%') && part.size() <= kAlias;
      if (!is_name || is_alias || is_number(part) || known.contains(part)) out += part;
      else out += fmt::format("{:06x}", lib::base::hash_xxh32(part, anonymous_key) & 0xffffff);
    });
    return out;
  });
}

bool print_lists(const CommandLine& command_line, const config::Config& config) {
  if (command_line.lists_objects) {
    std::puts("List of loaded object files:");
    for (const std::string& each : loaded_objects()) std::puts(each.c_str());
  }
  if (command_line.shows_processors) print_processors(config);
  const std::string words = keyword_dump(command_line.dump_classes);
  (void)std::fwrite(words.data(), 1, words.size(), stdout);  // a terminal that is gone is no reason to fail
  if (!command_line.archive) return true;
  (void)std::fflush(stdout);
  if (command_line.archive->empty() && ::isatty(STDOUT_FILENO) != 0) {
    say_alert("An archive is nothing for a terminal: name a file behind -dA, or send the output to one.");
    return false;
  }
  const auto written = write_archive(loaded_objects(), *command_line.archive);
  if (!written) say_alert(written.error().message);
  return written.has_value();
}

}  // namespace proxyd
