#include "proxyd/patterns/list.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "lib/base/lock.h"
#include "lib/base/text.h"
#include "lib/net/address.h"
#include "proxyd/patterns/table.h"

namespace proxyd::patterns {
namespace {

/// So many entries are searched one by one.
constexpr std::size_t kSearchAtMost = 64;
/// As long as so little is wasted, nothing is moved.
constexpr std::size_t kMinorWaste = 65536, kMinorGaps = 1024;

bool is_meant(const ListEntry& entry, const Key& key) {
  if (entry.is_gone()) return false;
  if (key.reference) return std::bit_cast<std::uintptr_t>(entry.reference()) == *key.reference;
  return entry.pattern == key.text;
}

}  // namespace

bool is_value(ValueKind kind, std::string_view text) {
  switch (kind) {
    case ValueKind::Int: return lib::base::parse_number<std::int64_t>(text).has_value();
    case ValueKind::Address: return lib::net::Address::parse(text).has_value();
    default: return true;
  }
}

void List::note_use(const Use& use) {
  const bool is_known = std::any_of(uses.begin(), uses.end(), [&](const Use& each) {
    return each.method == use.method && each.fold == use.fold && each.value == use.value;
  });
  if (!is_known) uses.push_back(use);
}

void List::read(std::string text, ListKind how) {
  kind = how;
  std::vector<ListEntry>& entries = present_.entries;
  std::string_view rest = present_.texts.emplace_front(std::move(text));
  entries.reserve(entries.size() + static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n')) + 1);
  for (std::uint32_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (!line.empty() && lib::base::is_blank(line.front())) line.remove_prefix(1);
    if (line.empty() || line.front() == '#') continue;
    ListEntry entry{line, {}, number};
    if (how == ListKind::Map) {
      const std::size_t blank = line.find_first_of(" \t");
      entry.pattern = line.substr(0, blank);
      if (blank != std::string_view::npos) entry.value = lib::base::trim(line.substr(blank));
    }
    entries.push_back(entry);
  }
}

std::uint32_t List::add(std::string_view pattern, std::string_view value) {
  present_.entries.push_back({present_.keep(pattern), value.empty() ? std::string_view{} : present_.keep(value), 0});
  return static_cast<std::uint32_t>(present_.entries.size() - 1);
}

std::string List::check_value(std::string_view value) const {
  for (const Use& each : uses)
    if (!is_value(each.value, value)) return fmt::format("unable to parse '{}'", value);
  return {};
}

std::string List::check_pattern(std::string_view pattern) const {
  for (Table* const each : tables_) {
    Index probe{each->method(), each->fold()};
    if (std::string fault = probe.add(pattern, 0, each->names_); !fault.empty()) return fault;
  }
  return {};
}

std::string List::insert(std::string_view pattern, std::string_view value, std::optional<Version> version) {
  const lib::base::ExclusiveLock writing{writing_};
  if (version && *version > next_version_) return "Version number in the future, please use 'prepare acl' before";
  if (version && *version < version_) return "Version number out of range";
  if (!version || *version == version_) return insert_held(pattern, value);
  if (std::string fault = check_value(value); !fault.empty()) return fault;
  if (std::string fault = check_pattern(pattern); !fault.empty()) return fault;
  const lib::base::ExclusiveLock lock{mutex_};
  Contents& later = pending_[*version];
  later.entries.push_back({later.keep(pattern), later.keep(value), 0});
  return {};
}

std::string List::insert_held(std::string_view pattern, std::string_view value) {
  if (std::string fault = check_value(value); !fault.empty()) return fault;
  if (std::string fault = check_pattern(pattern); !fault.empty()) return fault;
  const lib::base::ExclusiveLock lock{mutex_};
  const std::uint32_t entry = add(pattern, value);
  if (keys_) keys_->add(present_.entries[entry].pattern, entry);
  for (Table* const each : tables_) (void)each->index(entry);  // found good above
  return {};
}

std::string List::insert_once(std::string_view pattern) {
  const lib::base::ExclusiveLock writing{writing_};
  return find_all(Key{pattern}).empty() ? insert_held(pattern, {}) : std::string{};
}

std::string List::put(std::string_view key, std::string_view value) {
  const lib::base::ExclusiveLock writing{writing_};
  if (find_all(Key{key}).empty()) return insert_held(key, value);
  const auto done = set_held(Key{key}, value);
  return done ? std::string{} : done.error();
}

std::vector<std::uint32_t> List::find_all(const Key& key) {
  std::vector<std::uint32_t> found;
  const std::vector<ListEntry>& entries = present_.entries;
  if (!key.reference && entries.size() > kSearchAtMost) {
    if (!keys_) {
      keys_.emplace().reserve(entries.size());
      for (std::uint32_t i = 0; i < entries.size(); ++i)
        if (!entries[i].is_gone()) keys_->add(entries[i].pattern, i);
    }
    if (!keys_->has_equals()) {
      if (const std::uint32_t only = keys_->find(key.text); only != kNoEntry) found.push_back(only);
      return found;
    }
  }
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (is_meant(entries[i], key)) found.push_back(i);
  return found;
}

bool List::can_remove_at_once() const {
  const bool is_tidy = waste_ < kMinorWaste && gone_ < kMinorGaps;
  return (is_tidy || gone_ * 2 < present_.entries.size()) &&
         std::all_of(tables_.begin(), tables_.end(), [](const Table* each) { return each->index_.can_remove(); });
}

void List::remove_at_once(const std::vector<std::uint32_t>& found) {
  const lib::base::ExclusiveLock lock{mutex_};
  for (const std::uint32_t entry : found) {
    ListEntry& each = present_.entries[entry];
    for (Table* const table : tables_) table->index_.remove(each.pattern, entry, table->names_);
    if (keys_ && !keys_->has_equals()) keys_->remove(each.pattern);
    else keys_.reset();
    waste_ += each.pattern.size() + each.value.size();
    each.pattern = {};
    ++gone_;
  }
}

List::Contents List::copy_without(const std::vector<std::uint32_t>& found) const {
  const auto stays = [&](std::uint32_t i) {
    return !present_.entries[i].is_gone() && !std::binary_search(found.begin(), found.end(), i);
  };
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < present_.entries.size(); ++i)
    if (stays(i)) bytes += present_.entries[i].pattern.size() + present_.entries[i].value.size() + 1;
  Contents made;
  made.entries.reserve(present_.entries.size());
  std::string& text = made.texts.emplace_front();
  text.reserve(bytes);  // views of it stay good
  const auto keep = [&text](std::string_view piece) {
    text += piece;
    return std::string_view{text}.substr(text.size() - piece.size());
  };
  for (std::uint32_t i = 0; i < present_.entries.size(); ++i) {
    if (!stays(i)) continue;
    const ListEntry& old = present_.entries[i];
    const std::string_view pattern = keep(old.pattern);
    const std::string_view value = keep(old.value);
    text += '\0';  // each entry has an address of its own
    made.entries.push_back({pattern, value, old.line});
  }
  return made;
}

void List::install(Contents next) {
  std::vector<Index> indices;
  std::string fault;  // each pattern was found good when it came
  for (Table* const each : tables_) indices.push_back(each->make_index(next.entries, fault));
  {
    const lib::base::ExclusiveLock lock{mutex_};
    std::swap(present_, next);
    for (std::size_t i = 0; i < tables_.size(); ++i) std::swap(tables_[i]->index_, indices[i]);
    gone_ = waste_ = 0;  // size() reads it
  }
  keys_.reset();
}

std::size_t List::erase(const Key& key) {
  const lib::base::ExclusiveLock writing{writing_};
  const std::vector<std::uint32_t> found = find_all(key);
  std::size_t count = found.size();
  if (count == 1 && can_remove_at_once()) remove_at_once(found);
  else if (count != 0) install(copy_without(found));
  const lib::base::ExclusiveLock lock{mutex_};
  for (auto& [version, later] : pending_)
    count += std::erase_if(later.entries, [&](const ListEntry& each) { return is_meant(each, key); });
  return count;
}

lib::base::Result<std::size_t, std::string> List::set(const Key& key, std::string_view value) {
  const lib::base::ExclusiveLock writing{writing_};
  return set_held(key, value);
}

lib::base::Result<std::size_t, std::string> List::set_held(const Key& key, std::string_view value) {
  const std::vector<std::uint32_t> found = find_all(key);
  std::vector<ListEntry*> meant;
  for (auto& [version, later] : pending_)
    for (ListEntry& each : later.entries)
      if (is_meant(each, key)) meant.push_back(&each);
  if (found.empty() && meant.empty()) return 0;
  if (std::string fault = check_value(value); !fault.empty()) return tl::unexpected{std::move(fault)};
  {
    const lib::base::ExclusiveLock lock{mutex_};
    for (const std::uint32_t entry : found) {
      waste_ += present_.entries[entry].value.size();
      present_.entries[entry].value = present_.keep(value);
    }
    for (auto& [version, later] : pending_)
      for (ListEntry& each : later.entries)
        if (is_meant(each, key)) each.value = later.keep(value);
  }
  if (waste_ > kMinorWaste && waste_ > 16 * present_.entries.size()) install(copy_without({}));
  return found.size() + meant.size();
}

void List::clear(std::optional<Version> version) {
  const lib::base::ExclusiveLock writing{writing_};
  if (!version || *version == version_) return install({});
  const lib::base::ExclusiveLock lock{mutex_};
  pending_.erase(*version);
}

List::Version List::prepare() {
  const lib::base::ExclusiveLock writing{writing_};
  const lib::base::ExclusiveLock lock{mutex_};
  return ++next_version_;
}

bool List::commit(Version version) {
  const lib::base::ExclusiveLock writing{writing_};
  if (version <= version_ || version > next_version_) return false;
  Contents next;
  {
    const lib::base::ExclusiveLock lock{mutex_};
    if (const auto found = pending_.find(version); found != pending_.end()) next = std::move(found->second);
    pending_.erase(pending_.begin(), pending_.upper_bound(version));
    version_ = version;
  }
  install(std::move(next));
  return true;
}

const std::vector<ListEntry>* List::entries(Version version) const {
  if (version == version_) return &present_.entries;
  const auto found = pending_.find(version);
  return found == pending_.end() ? nullptr : &found->second.entries;
}

std::size_t List::size() const {
  std::size_t count = present_.entries.size() - gone_;
  for (const auto& [version, later] : pending_) count += later.entries.size();
  return count;
}

}  // namespace proxyd::patterns
