#include "lib/tls/server_table.h"

#include <algorithm>

#include "lib/base/text.h"

namespace lib::tls {

ServerTable::ServerTable(std::vector<PresentedCertificate> entries, std::shared_ptr<const SettingsGroup> own)
    : entries_{std::move(entries)}, own_{std::move(own)} {
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const PresentedCertificate& each = entries_[i];
    // Where there are filters they alone count, even if all of them only exclude: such a certificate is for nobody by name.
    for (const std::string& name : each.filters.empty() ? each.certificate->names() : each.filters) add_name(name, i);
  }
  for (std::uint32_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].is_default) add_default(i);
}

void ServerTable::add_default(std::uint32_t entry) {
  if (std::find(defaults_.begin(), defaults_.end(), entry) == defaults_.end()) defaults_.push_back(entry);
}

void ServerTable::add_name(std::string_view name, std::uint32_t entry) {
  if (name == "*") return add_default(entry);
  std::string low{name};
  std::transform(low.begin(), low.end(), low.begin(), base::to_lower);
  Index* index = &exact_;
  if (low.starts_with('!')) {
    index = &excluded_;
    low.erase(0, 1);
  } else if (low.starts_with('*')) {
    index = &wild_;
    low.erase(0, 1);
  }
  std::vector<std::uint32_t>& holders = (*index)[std::move(low)];
  if (holders.empty() || holders.back() != entry) holders.push_back(entry);
}

bool ServerTable::excludes(std::uint32_t entry, std::string_view name) const {
  if (excluded_.empty()) return false;
  const auto found = excluded_.find(name);
  return found != excluded_.end() && std::find(found->second.begin(), found->second.end(), entry) != found->second.end();
}

const PresentedCertificate* ServerTable::find(const Index& index, std::string_view key, std::string_view name, bool knows_ecdsa) const {
  const auto found = index.find(key);
  if (found == index.end()) return nullptr;
  const PresentedCertificate* best = nullptr;
  for (const std::uint32_t each : found->second) {
    if (excludes(each, name)) continue;
    const PresentedCertificate& entry = entries_[each];
    if ((entry.certificate->kind() == KeyKind::Ecdsa) == knows_ecdsa) return &entry;
    if (best == nullptr) best = &entry;
  }
  return best;
}

const PresentedCertificate* ServerTable::choose(std::string_view name, bool knows_ecdsa, bool only_names) const {
  if (!name.empty()) {
    if (const PresentedCertificate* const exact = find(exact_, name, name, knows_ecdsa)) return exact;
    const std::size_t dot = name.find('.');
    if (dot != std::string_view::npos)
      if (const PresentedCertificate* const wild = find(wild_, name.substr(dot), name, knows_ecdsa)) return wild;
  }
  if (only_names) return nullptr;
  const PresentedCertificate* best = nullptr;
  for (const std::uint32_t each : defaults_) {
    if ((entries_[each].certificate->kind() == KeyKind::Ecdsa) == knows_ecdsa) return &entries_[each];
    if (best == nullptr) best = &entries_[each];
  }
  return best;
}

}  // namespace lib::tls
