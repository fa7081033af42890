// All pattern lists of a configuration: a file named twice is one list, and one table for each way of matching it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "proxyd/patterns/table.h"

namespace proxyd::patterns {

/// A file's text; nothing when it cannot be read.
using ReadFile = std::optional<std::string> (*)(const std::string& path);

class Library {
 public:
  explicit Library(ReadFile read_file = nullptr) : read_file_{read_file} {}

  /// Who looks something up in a file's list: an ACL or a map, and where it stands.
  struct User {
    std::string_view place;               // "by acl at file 'x' line 1"
    bool is_map = false;
    ValueKind value = ValueKind::None;    // how it reads the values
  };
  /// The table of a file's patterns. Prefixes "opt@", "virt@" and "file@" say whether there must be one.
  /// Faults are the original's: "failed to open pattern file <x>".
  lib::base::Result<std::shared_ptr<Table>, std::string> load(std::string_view name, ListKind kind, Method method, Case fold,
                                                              ResolveName resolve, const User& user);
  /// A file's text by the same means.
  std::optional<std::string> read(const std::string& path) const { return read_file_ == nullptr ? std::nullopt : read_file_(path); }
  /// A list of a line's own words.
  std::shared_ptr<List> make_list(std::string_view used_by);
  /// Gives the list a number of its own; false when another one has it.
  bool set_id(List& list, std::uint32_t id);
  /// Numbers all lists that have none, in order, and sorts by number. Call it when everything is read.
  void number();

  /// By name or "#id"; null when there is none.
  List* find(std::string_view name_or_id) const;
  const std::vector<std::shared_ptr<List>>& lists() const { return lists_; }

 private:
  ReadFile read_file_;
  std::vector<std::shared_ptr<List>> lists_;
  std::vector<std::weak_ptr<Table>> tables_;  // of shared lists
};

}  // namespace proxyd::patterns
