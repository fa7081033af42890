#include "proxyd/config/keyword.h"

#include <algorithm>

namespace proxyd::config {

void KeywordIndex::add(const KeywordTable& table) {
  for (const Keyword& row : table.rows) rows_.emplace(row.name, &row);
}

const Keyword* KeywordIndex::find(std::string_view name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? nullptr : found->second;
}

std::vector<std::string_view> KeywordIndex::names() const {
  std::vector<std::string_view> names;
  names.reserve(rows_.size());
  for (const auto& [name, row] : rows_) names.push_back(name);
  // Hash order is not the same everywhere; suggestions must be.
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace proxyd::config
