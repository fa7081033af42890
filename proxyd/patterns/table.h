// The patterns of a list as one matching method sees them.
#pragma once

#include <memory>
#include <string>

#include "proxyd/patterns/index.h"
#include "proxyd/patterns/list.h"

namespace proxyd::patterns {

class Table {
 public:
  Table(std::shared_ptr<List> list, Method method, Case fold);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// Takes entry `entry` of the list in. Empty, or why it is no pattern of this method, as the original words it.
  std::string index(std::uint32_t entry, ResolveName resolve = nullptr);
  /// All entries anew.
  std::string rebuild(ResolveName resolve = nullptr);

  // See Index. Callers hold the list's lock where it is guarded.
  std::uint32_t find(std::string_view text, Workspace& workspace) const { return index_.find(text, workspace); }
  std::uint32_t find(std::int64_t number) const { return index_.find(number); }
  std::uint32_t find(const lib::net::Address& address) const { return index_.find(address); }

  Method method() const { return index_.method(); }
  Case fold() const { return index_.fold(); }
  List& list() const { return *list_; }
  bool empty() const { return index_.empty(); }
  bool is_in_tree(std::uint32_t entry) const { return index_.is_in_tree(entry); }

 private:
  friend class List;
  /// An index of these entries. What is no pattern is left out: whoever took it in refused it or will.
  Index make_index(const std::vector<ListEntry>& entries, std::string& fault);

  std::shared_ptr<List> list_;
  Names names_;
  Index index_;
};

}  // namespace proxyd::patterns
