#include "proxyd/patterns/table.h"

#include <utility>

namespace proxyd::patterns {

Table::Table(std::shared_ptr<List> list, Method method, Case fold) : list_{std::move(list)}, index_{method, fold} {
  list_->tables_.push_back(this);
}

Table::~Table() { std::erase(list_->tables_, this); }

Index Table::make_index(const std::vector<ListEntry>& entries, std::string& fault) {
  Index made{index_.method(), index_.fold()};
  made.reserve(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].is_gone()) continue;
    std::string wrong = made.add(entries[i].pattern, i, names_);
    if (!wrong.empty() && fault.empty()) fault = std::move(wrong);
  }
  return made;
}

std::string Table::rebuild(ResolveName resolve) {
  names_.resolve = resolve;
  std::string fault;
  index_ = make_index(list_->entries(), fault);
  names_.resolve = nullptr;  // nobody waits for a name while traffic flows
  return fault;
}

std::string Table::index(std::uint32_t entry, ResolveName resolve) {
  names_.resolve = resolve;
  std::string fault = index_.add(list_->entries()[entry].pattern, entry, names_);
  names_.resolve = nullptr;
  return fault;
}

}  // namespace proxyd::patterns
