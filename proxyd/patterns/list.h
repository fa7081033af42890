// A list of patterns as text, in order: a file's, a map's with values, or the words of one line. Tables index it. It may
// change while it is in use: by commands and by rules.
#pragma once

#include <atomic>
#include <cstdint>
#include <forward_list>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "proxyd/patterns/method.h"
#include "proxyd/patterns/regex.h"
#include "proxyd/patterns/text_index.h"

namespace proxyd::patterns {

class Table;

struct ListEntry {
  std::string_view pattern;
  std::string_view value;  // of a map
  std::uint32_t line = 0;  // in its file

  bool is_gone() const { return pattern.data() == nullptr; }
  /// What names this entry as "#0x...", as long as it lives.
  const void* reference() const { return pattern.data(); }
};

/// Whether lines are "pattern" or "key value".
enum class ListKind : std::uint8_t { Patterns, Map };

/// What a map's user reads its values as.
enum class ValueKind : std::uint8_t { None, Text, Int, Address };
bool is_value(ValueKind kind, std::string_view text);

/// One way in which the configuration looks something up in a list.
struct Use {
  Method method;
  Case fold;
  ValueKind value = ValueKind::None;
  const Table* table = nullptr;  // null: the method needs no patterns
};

/// A map's key or an entry's reference, as commands name them: "key", "#0x7f...".
struct Key {
  std::string_view text;
  std::optional<std::uintptr_t> reference{};
};

class List {
 public:
  std::string name;          // the file's; empty: words of the configuration
  std::uint32_t id = 0;      // "-u", or numbered
  bool has_id = false;       // "-u"
  std::string description;   // what uses it, for `show acl`
  ListKind kind = ListKind::Patterns;
  bool is_in_acl = false, is_in_map = false;
  std::vector<Use> uses;     // each once, in the configuration's order

  void note_use(const Use& use);
  /// Takes a file's text: blanks before a pattern, empty lines and lines that begin with '#' do not count.
  void read(std::string text, ListKind how);
  /// One more at the end; its number.
  std::uint32_t add(std::string_view pattern, std::string_view value);

  // Changes while it is in use: entries and every table of them. The list must be guarded.
  using Version = std::uint32_t;
  /// Empty: done; else why not. Nothing for `version` means the present one.
  std::string insert(std::string_view pattern, std::string_view value, std::optional<Version> version = {});
  // What rules do: one step each, whoever else changes the list meanwhile. Only the present version is looked at.
  /// Adds a pattern that is not there yet. Empty, or why it is none.
  std::string insert_once(std::string_view pattern);
  /// Sets the key's value, or adds the key with it.
  std::string put(std::string_view key, std::string_view value);
  /// Takes out of all versions; how many went.
  std::size_t erase(const Key& key);
  std::size_t erase(std::string_view pattern) { return erase(Key{pattern}); }
  /// How many values were set, in all versions; a fault when one of the uses cannot read this value.
  lib::base::Result<std::size_t, std::string> set(const Key& key, std::string_view value);
  std::size_t set(std::string_view pattern, std::string_view value) { return set(Key{pattern}, value).value_or(0); }
  void clear(std::optional<Version> version = {});
  /// Announces a new version, filled by insert() and put in place of the present one by commit().
  Version prepare();
  /// False when there is no such version. Older versions are gone then.
  bool commit(Version version);

  // What follows holds the lock where the list is guarded.
  const std::vector<ListEntry>& entries() const { return present_.entries; }
  /// Null when there are none.
  const std::vector<ListEntry>* entries(Version version) const;
  /// Entries of all versions.
  std::size_t size() const;
  Version version() const { return version_; }
  Version next_version() const { return next_version_; }

  bool is_shared() const { return !name.empty(); }
  /// Whether it may change, so that readers must hold the lock.
  bool is_guarded() const { return is_guarded_.load(std::memory_order_acquire); }
  /// From now on. Whoever has begun to read without the lock must have ended before the first change.
  void guard() { is_guarded_.store(true, std::memory_order_release); }
  std::shared_mutex& mutex() const { return mutex_; }

 private:
  friend class Table;
  struct Contents {
    std::vector<ListEntry> entries;
    std::forward_list<std::string> texts;  // what entries view
    std::string_view keep(std::string_view text) { return texts.emplace_front(text); }
  };
  // These want writing_ held.
  std::string insert_held(std::string_view pattern, std::string_view value);
  lib::base::Result<std::size_t, std::string> set_held(const Key& key, std::string_view value);
  std::string check_value(std::string_view value) const;
  std::string check_pattern(std::string_view pattern) const;
  std::vector<std::uint32_t> find_all(const Key& key);
  void remove_at_once(const std::vector<std::uint32_t>& found);
  bool can_remove_at_once() const;
  void install(Contents next);
  Contents copy_without(const std::vector<std::uint32_t>& found) const;

  Contents present_;
  std::map<Version, Contents> pending_;  // versions that were prepared
  Version version_ = 0, next_version_ = 0;
  std::size_t gone_ = 0;                 // entries of present_ that were taken out
  std::size_t waste_ = 0;                // bytes of its texts that nothing views any more
  std::optional<TextIndex> keys_;        // present_'s patterns, once something was looked for by its text
  std::vector<Table*> tables_;           // those that index this; each takes itself out when it goes
  std::shared_mutex writing_;            // one change at a time; they build their new indices outside of the readers' lock
  mutable std::shared_mutex mutex_;      // guards contents, versions and indices while the list is guarded
  std::atomic<bool> is_guarded_{false};
};

}  // namespace proxyd::patterns
