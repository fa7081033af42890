// Patterns indexed for one matching method: exact texts by hash, beginnings and ends by hash of each length that occurs,
// networks in a trie, regular expressions as machine code. It knows patterns by their entry's number.
#pragma once

#include <cstdint>
#include <forward_list>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/address.h"
#include "proxyd/patterns/method.h"
#include "proxyd/patterns/prefix_trie.h"
#include "proxyd/patterns/ranges.h"
#include "proxyd/patterns/regex.h"
#include "proxyd/patterns/text_index.h"

namespace proxyd::patterns {

/// Room for one search after another; a thread has one.
struct Workspace {
  Groups groups;
  std::string folded;
};

/// Looks a host name up, for address patterns that are no addresses; null: names are refused.
using ResolveName = std::optional<lib::net::Address> (*)(std::string_view name);

/// Networks, and host names in their place: what was resolved once stays as it was.
class Names {
 public:
  ResolveName resolve = nullptr;
  std::optional<lib::net::Prefix> network(std::string_view text);

 private:
  std::map<std::string, lib::net::Address, std::less<>> known_;
};

class Index {
 public:
  Index(Method method, Case fold) : method_{method}, fold_{fold} {}

  /// Takes a pattern in; its text must outlive the index. Empty, or why it is no pattern of this method, as the original
  /// words it.
  std::string add(std::string_view text, std::uint32_t entry, Names& names);
  void reserve(std::size_t count);
  /// Whether entries can be taken out one by one; else the index must be built anew without them.
  bool can_remove() const;
  void remove(std::string_view text, std::uint32_t entry, Names& names);

  // The number of the entry that matches, or kNoEntry. Where several do: the most specific network, the longest beginning,
  // else the first.
  std::uint32_t find(std::string_view text, Workspace& workspace) const;
  std::uint32_t find(std::int64_t number) const { return ranges_.find(number); }
  std::uint32_t find(const lib::net::Address& address) const;

  Method method() const { return method_; }
  Case fold() const { return fold_; }
  bool empty() const { return size_ == 0; }
  /// Whether the original keeps this entry in a tree, as `get acl` tells.
  bool is_in_tree(std::uint32_t entry) const;

 private:
  struct MaskedNetwork {
    std::uint32_t base, mask, entry;
  };
  struct Piece {
    std::string_view text;
    std::uint32_t entry;
  };
  std::string add_text(std::string_view text, std::uint32_t entry);
  std::string add_network(std::string_view text, std::uint32_t entry, Names& names);
  std::uint32_t find_text(std::string_view text, Workspace& workspace) const;
  std::uint32_t find_few(std::string_view text) const;
  std::uint32_t find_beginning(std::string_view text) const;
  std::uint32_t find_end(std::string_view text) const;
  std::uint32_t find_inside(std::string_view text) const;
  std::uint32_t find_pieces(std::string_view text, std::string_view delimiters) const;
  std::uint32_t find_regex(std::string_view text, Workspace& workspace) const;

  Method method_;
  Case fold_;
  std::size_t size_ = 0;                 // how often something was added
  std::forward_list<std::string> own_;   // texts that differ from the caller's: lower case, decoded
  std::vector<Piece> few_;               // all texts, while they are few, and those that are searched one by one
  TextIndex texts_;
  Ranges ranges_;
  PrefixTrie v4_, v6_;
  std::vector<MaskedNetwork> masked_;    // masks with holes
  std::vector<std::shared_ptr<const Regex>> regexes_;  // by entry
};

/// An IPv4 address as ::ffff:a.b.c.d and back; nothing when there is no other way to write it.
std::optional<lib::net::Address> mapped(const lib::net::Address& address);

}  // namespace proxyd::patterns
