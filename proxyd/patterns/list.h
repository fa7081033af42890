// A list of patterns as text, in order: a file's, a map's with values, or the words of one line. Tables index it.
#pragma once

#include <cstdint>
#include <forward_list>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace proxyd::patterns {

class Table;

struct ListEntry {
  std::string_view pattern;
  std::string_view value;  // of a map
  std::uint32_t line = 0;  // in its file
};

/// Whether lines are "pattern" or "key value".
enum class ListKind : std::uint8_t { Patterns, Map };

class List {
 public:
  std::string name;          // the file's; empty: words of the configuration
  std::uint32_t id = 0;      // "-u", or numbered
  bool has_id = false;       // "-u"
  std::string description;   // what uses it, for `show acl`
  ListKind kind = ListKind::Patterns;

  /// Takes a file's text: blanks before a pattern, empty lines and lines that begin with '#' do not count.
  void read(std::string text, ListKind how);
  /// One more at the end; its number.
  std::uint32_t add(std::string_view pattern, std::string_view value);

  // Changes while it is in use: entries and every table of them. Empty: done; else why not.
  std::string insert(std::string_view pattern, std::string_view value);
  std::size_t erase(std::string_view pattern);   ///< how many went
  std::size_t set(std::string_view pattern, std::string_view value);
  void clear();

  const std::vector<ListEntry>& entries() const { return entries_; }
  bool is_shared() const { return !name.empty(); }
  std::shared_mutex& mutex() const { return mutex_; }

 private:
  friend class Table;
  std::string_view keep(std::string_view text) { return texts_.emplace_front(text); }
  void rebuild_tables();
  std::vector<ListEntry> entries_;
  std::forward_list<std::string> texts_;  // what entries view
  std::vector<Table*> tables_;      // those that index this; each takes itself out when it goes
  mutable std::shared_mutex mutex_; // guards all of it once traffic flows; only shared lists change
};

}  // namespace proxyd::patterns
