#include "proxyd/config/user_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/text.h"

namespace proxyd::config {

namespace {

std::string_view word_of(const Statement& line, std::size_t index) {
  return index < line.words.size() ? line.words[index].text : std::string_view{};
}

void alert(Draft& draft, const Statement& line, std::size_t word, std::string_view message) {
  draft.alert(line.place(word), fmt::format("config : parsing [{}]: {}", Draft::at(line.whole()), message));
}

void add_names(std::vector<std::string>& to, std::string_view list) {
  for (const std::string_view each : lib::base::split(list, ','))
    if (!each.empty()) to.emplace_back(each);
}

/// "group <name> [users <user>,...]"
void read_group(Draft& draft, UserList& list, const Statement& line) {
  const std::string_view name = word_of(line, 1);
  if (name.empty()) return alert(draft, line, 1, "'group' expects <name> as arguments.");
  if (std::find(list.groups.begin(), list.groups.end(), name) != list.groups.end())
    return draft.warning(line.place(1), fmt::format("config : parsing [{}]: ignoring duplicated group '{}' in userlist '{}'.",
                                                    Draft::at(line.whole()), name, list.name));
  list.groups.emplace_back(name);
  if (line.words.size() <= 2) return;
  if (word_of(line, 2) != "users")
    return alert(draft, line, 2, fmt::format("'group' only supports 'users' option."));
  for (const std::string_view user : lib::base::split(word_of(line, 3), ',')) {
    auto found = std::find_if(list.users.begin(), list.users.end(), [user](const auto& each) { return each.name == user; });
    if (found == list.users.end()) {
      // The user may stand below: found again when it comes.
      list.users.push_back({.name = std::string{user}, .password = {}, .is_encrypted = true, .groups = {}});
      found = list.users.end() - 1;
    }
    found->groups.emplace_back(name);
  }
}

/// "user <name> [password|insecure-password <text>] [groups <group>,...]"
void read_user(Draft& draft, UserList& list, const Statement& line) {
  const std::string_view name = word_of(line, 1);
  if (name.empty()) return alert(draft, line, 1, "'user' expects <name> as arguments.");
  auto found = std::find_if(list.users.begin(), list.users.end(), [name](const auto& each) { return each.name == name; });
  if (found == list.users.end()) {
    list.users.push_back({.name = std::string{name}, .password = {}, .is_encrypted = true, .groups = {}});
    found = list.users.end() - 1;
  }
  for (std::size_t i = 2; i < line.words.size(); i += 2) {
    const std::string_view option = word_of(line, i), value = word_of(line, i + 1);
    if (option == "password" || option == "insecure-password") {
      found->password = value;
      found->is_encrypted = option == "password";
    } else if (option == "groups") {
      add_names(found->groups, value);
    } else {
      return alert(draft, line, i, "'user' only supports 'password', 'insecure-password' and 'groups' options.");
    }
  }
}

void check_groups(Draft& draft, const UserList& list, const parsers::haproxy::Section& section) {
  for (const UserList::User& user : list.users)
    for (const std::string& group : user.groups)
      if (std::find(list.groups.begin(), list.groups.end(), group) == list.groups.end())
        draft.alert(section.header.place(1),
                    fmt::format("config : userlist '{}': no such group '{}' specified in user '{}'", list.name, group, user.name));
}

}  // namespace

void read_user_list(Draft& draft, const parsers::haproxy::Section& section) {
  const std::string_view name = word_of(section.header, 1);
  if (name.empty()) return alert(draft, section.header, 1, "'userlist' expects <name> as arguments.");
  UserList list;
  list.name = name;
  list.place = draft.keep(section.header.whole());
  for (const Statement& each : section.body) {
    if (!draft.reads_on(each)) continue;
    if (each.keyword() == "group") read_group(draft, list, each);
    else if (each.keyword() == "user") read_user(draft, list, each);
    else alert(draft, each, 0, fmt::format("unknown keyword '{}' in 'userlist' section", each.keyword()));
  }
  check_groups(draft, list, section);
  draft.config->user_lists.push_back(std::move(list));
}

}  // namespace proxyd::config
