#include "proxyd/config/known_keywords.h"

#include <algorithm>

namespace proxyd::config {

bool is_known(KeywordPlace place, std::string_view words) {
  for (const KnownKeyword& each : known_keywords()) {
    if (each.place != place || !each.name.starts_with(words)) continue;
    if (each.name.size() == words.size() || each.name[words.size()] == ' ') return true;
  }
  return false;
}

std::vector<std::string_view> known_words(KeywordPlace place, std::string_view prefix) {
  std::vector<std::string_view> words;
  for (const KnownKeyword& each : known_keywords()) {
    if (each.place != place) continue;
    std::string_view name = each.name;
    if (!prefix.empty()) {
      if (!name.starts_with(prefix) || name.size() <= prefix.size() || name[prefix.size()] != ' ')
        continue;
      name.remove_prefix(prefix.size() + 1);
    }
    name = name.substr(0, name.find(' '));
    if (std::find(words.begin(), words.end(), name) == words.end()) words.push_back(name);
  }
  return words;
}

}  // namespace proxyd::config
