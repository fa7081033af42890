#include "proxyd/patterns/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "lib/base/text.h"

namespace proxyd::patterns {
namespace {

struct FileName {
  std::string_view path;
  bool may_be_missing = false, is_virtual = false;
};

FileName parse_name(std::string_view name) {
  if (name.starts_with("opt@")) return {name.substr(4), true, false};
  if (name.starts_with("virt@")) return {name.substr(5), false, true};
  if (name.starts_with("file@")) return {name.substr(5), false, false};
  return {name, false, false};
}

}  // namespace

lib::base::Result<std::shared_ptr<Table>, std::string> Library::load(std::string_view name, ListKind kind, Method method,
                                                                     Case fold, ResolveName resolve,
                                                                     const User& user) {
  const FileName file = parse_name(name);
  const std::string_view shown = file.is_virtual || file.may_be_missing ? name : file.path;
  std::shared_ptr<List> list;
  for (const auto& each : lists_)
    if (each->is_shared() && each->name == shown) list = each;
  if (list == nullptr) {
    list = std::make_shared<List>();
    if (!file.is_virtual) {
      auto text = read_file_ == nullptr ? std::nullopt : read_file_(std::string{file.path});
      if (!text && !file.may_be_missing) return tl::unexpected{fmt::format("failed to open pattern file <{}>", name)};
      if (text) list->read(std::move(*text), kind);
    }
    list->name = shown;
    list->kind = kind;
    list->description = fmt::format("pattern loaded from file '{}' used ", list->name);
    list->guard();
    lists_.push_back(list);
  }
  else list->description += ", ";
  list->description += user.place;
  (user.is_map ? list->is_in_map : list->is_in_acl) = true;
  const auto note = [&](const Table& table) { list->note_use({method, fold, user.value, &table}); };
  for (const auto& weak : tables_) {
    auto table = weak.lock();
    if (table != nullptr && &table->list() == list.get() && table->method() == method && table->fold() == fold) {
      note(*table);
      return table;
    }
  }
  auto table = std::make_shared<Table>(list, method, fold);
  if (std::string fault = table->rebuild(resolve); !fault.empty()) return tl::unexpected{std::move(fault)};
  tables_.push_back(table);
  note(*table);
  return table;
}

std::shared_ptr<List> Library::make_list(std::string_view used_by) {
  auto list = std::make_shared<List>();
  list->description = used_by;
  list->is_in_acl = true;
  lists_.push_back(list);
  return list;
}

bool Library::set_id(List& list, std::uint32_t id) {
  if (std::any_of(lists_.begin(), lists_.end(), [&](const auto& each) { return each.get() != &list && each->has_id && each->id == id; }))
    return false;
  list.id = id;
  list.has_id = true;
  return true;
}

void Library::number() {
  std::unordered_set<std::uint32_t> taken;
  for (const auto& each : lists_)
    if (each->has_id) taken.insert(each->id);
  std::uint32_t next = 0;
  for (const auto& each : lists_) {
    if (each->has_id) continue;
    while (taken.contains(next)) ++next;
    each->id = next++;
  }
  std::stable_sort(lists_.begin(), lists_.end(), [](const auto& a, const auto& b) { return a->id < b->id; });
}

List* Library::find(std::string_view name_or_id) const {
  const bool by_id = name_or_id.starts_with('#');
  const auto id = by_id ? lib::base::parse_number<std::uint32_t>(name_or_id.substr(1)) : std::nullopt;
  for (const auto& each : lists_)
    if (by_id ? id && each->id == *id : each->is_shared() && each->name == name_or_id) return each.get();
  return nullptr;
}

}  // namespace proxyd::patterns
