// Every keyword of keepalived.conf with its arguments and meaning, block by block: what the manual is made of.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace parsers::keepalived {

struct ListedKeyword {
  std::string_view block;          // empty: outside of every block
  std::string_view name, usage, meaning;
  bool opens_block = false;
  bool is_refused = false;         // known by name, and not to be used
};
using KeywordList = std::vector<ListedKeyword>;

/// All of them, in the order of the manual.
KeywordList list_keywords();

// The rooms that have tables.
void list_root_keywords(KeywordList& list);
void list_global_keywords(KeywordList& list);
void list_static_keywords(KeywordList& list);
void list_tracking_keywords(KeywordList& list);
void list_group_keywords(KeywordList& list);
void list_instance_keywords(KeywordList& list);
void list_auth_hmac_keywords(KeywordList& list);
void list_address_words(KeywordList& list);
void list_route_words(KeywordList& list);
void list_rule_words(KeywordList& list);
void list_virtual_server_keywords(KeywordList& list);
void list_real_server_keywords(KeywordList& list);
void list_checker_keywords(KeywordList& list);
void list_http_keywords(KeywordList& list);
void list_local_checker_keywords(KeywordList& list);
void list_tls_keywords(KeywordList& list);

/// The rows of one table from `first` on. Rows without a form are words of a line.
template <class Table>
void list_rows(KeywordList& list, std::string_view block, const Table& table, std::size_t first = 0) {
  for (std::size_t i = first; i < table.size(); ++i) {
    ListedKeyword listed{.block = block, .name = table[i].name, .usage = table[i].usage, .meaning = table[i].meaning};
    if constexpr (requires { table[i].form; }) listed.opens_block = table[i].form == decltype(table[i].form)::Block;
    list.push_back(listed);
  }
}

}  // namespace parsers::keepalived
