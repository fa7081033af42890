#include "proxyd/patterns/list.h"

#include <algorithm>

#include "lib/base/lock.h"
#include "lib/base/text.h"
#include "proxyd/patterns/table.h"

namespace proxyd::patterns {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

void List::read(std::string text, ListKind how) {
  kind = how;
  std::string_view rest = texts_.emplace_front(std::move(text));
  entries_.reserve(entries_.size() + static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1);
  for (std::uint32_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    if (line.empty() || line.front() == '#') continue;
    ListEntry entry{line, {}, number};
    if (how == ListKind::Map) {
      const std::size_t blank = line.find_first_of(" \t");
      entry.pattern = line.substr(0, blank);
      if (blank != std::string_view::npos) entry.value = lib::base::trim(line.substr(blank));
    }
    entries_.push_back(entry);
  }
}

std::uint32_t List::add(std::string_view pattern, std::string_view value) {
  entries_.push_back({keep(pattern), value.empty() ? std::string_view{} : keep(value), 0});
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

void List::rebuild_tables() {
  for (Table* const each : tables_) (void)each->rebuild();  // what was good stays good
}

std::string List::insert(std::string_view pattern, std::string_view value) {
  const lib::base::ExclusiveLock lock{mutex_};
  const std::uint32_t entry = add(pattern, value);
  for (Table* const each : tables_) {
    std::string fault = each->index(entry);
    if (fault.empty()) continue;
    entries_.pop_back();
    rebuild_tables();
    return fault;
  }
  return {};
}

std::size_t List::erase(std::string_view pattern) {
  const lib::base::ExclusiveLock lock{mutex_};
  const std::size_t gone = std::erase_if(entries_, [&](const ListEntry& each) { return each.pattern == pattern; });
  if (gone != 0) rebuild_tables();
  return gone;
}

std::size_t List::set(std::string_view pattern, std::string_view value) {
  const lib::base::ExclusiveLock lock{mutex_};
  std::size_t changed = 0;
  const std::string_view kept = keep(value);
  for (ListEntry& each : entries_) {
    if (each.pattern != pattern) continue;
    each.value = kept;
    ++changed;
  }
  return changed;
}

void List::clear() {
  const lib::base::ExclusiveLock lock{mutex_};
  entries_.clear();
  rebuild_tables();
  texts_.clear();
}

}  // namespace proxyd::patterns
