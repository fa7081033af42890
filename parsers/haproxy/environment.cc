#include "parsers/haproxy/environment.h"

#include <array>
#include <utility>

namespace parsers::haproxy {
namespace {

bool is_good_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos;
}

enum class WhenSet : std::uint8_t { Replace, Keep };

void set(FileState& file, const Statement& line, WhenSet when_set) {
  const std::string keyword{line.keyword()};
  if (line.words.size() < 3) {
    return report(file, line.place(1), "'" + keyword + "' expects a name and a value.");
  }
  const std::string_view name = line.words[1].text;
  if (!is_good_name(name)) {
    return report(
        file, line.place(1),
        "'" + keyword + "' failed on variable '" + std::string{name} + "' : Invalid argument.");
  }
  std::string value{line.words[2].text};
  if (when_set == WhenSet::Replace) {
    file.environment.insert_or_assign(std::string{name}, std::move(value));
  } else {
    file.environment.try_emplace(std::string{name}, std::move(value));
  }
}

void apply_setenv(FileState& file, const Statement& line) { set(file, line, WhenSet::Replace); }

void apply_presetenv(FileState& file, const Statement& line) { set(file, line, WhenSet::Keep); }

void apply_unsetenv(FileState& file, const Statement& line) {
  if (line.words.size() < 2) {
    return report(file, line.place(1), "'unsetenv' expects at least one variable name.");
  }
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    const std::string_view name = line.words[i].text;
    if (!is_good_name(name)) {
      report(file, line.place(i),
             "'unsetenv' failed on variable '" + std::string{name} + "' : Invalid argument.");
      continue;
    }
    if (const auto found = file.environment.find(name); found != file.environment.end()) {
      file.environment.erase(found);
    }
  }
}

/// Keeps the named variables alone.
void apply_resetenv(FileState& file, const Statement& line) {
  Environment kept;
  for (const Word& word : line.words.subspan(1)) {
    if (const auto found = file.environment.find(word.text); found != file.environment.end()) {
      kept.insert(*found);
    }
  }
  file.environment = std::move(kept);
}

struct EnvironmentKeyword {
  std::string_view name;
  void (*apply)(FileState&, const Statement&);
};

constexpr auto kEnvironmentKeywords =
    std::to_array<EnvironmentKeyword>({{"setenv", apply_setenv},
                                       {"presetenv", apply_presetenv},
                                       {"unsetenv", apply_unsetenv},
                                       {"resetenv", apply_resetenv}});

}  // namespace

void apply_environment_keyword(FileState& file, const Statement& line) {
  for (const EnvironmentKeyword& keyword : kEnvironmentKeywords) {
    if (keyword.name == line.keyword()) return keyword.apply(file, line);
  }
}

}  // namespace parsers::haproxy
