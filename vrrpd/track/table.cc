#include "vrrpd/track/table.h"

#include <algorithm>

namespace vrrpd::track {

using parsers::keepalived::KeepalivedConfig;
using parsers::keepalived::Weight;

namespace {

constexpr long long kFaultBelow = -254;  // a file's value times its weight
constexpr long long kMostWeight = 253;

bool is_up(const Item& item) { return item.forced.value_or(item.result == Result::Up); }

long long value_of(const Item& item) {
  if (item.forced) return *item.forced ? 0 : 1;
  return item.value;
}

/// A file's product, without overflow: the value may be any number.
long long product(const Item& item, Weight weight) {
  const long long value = std::clamp<long long>(value_of(item), -1'000'000, 1'000'000);
  return value * weight.value * (weight.reverse ? -1 : 1);
}

std::string reason_for(const Item& item) {
  const std::string what = std::string{kind_name(item.kind)} + " " + item.name;
  if (item.kind == Kind::File) return what + (value_of(item) == 0 ? " cleared" : " set");
  return what + (is_up(item) ? " up" : " down");
}

}  // namespace

const char* kind_name(Kind kind) {
  switch (kind) {
    case Kind::Interface: return "interface";
    case Kind::Script: return "script";
    case Kind::File: return "file";
    case Kind::Process: return "process";
    case Kind::Bfd: return "bfd";
  }
  return "";
}

Table::Table(const KeepalivedConfig& config) : tracked_(config.instances.size()) {
  first_script_ = items_.size();
  for (const auto& script : config.scripts) add(Kind::Script, script.name);
  first_file_ = items_.size();
  for (const auto& file : config.track_files) {
    add(Kind::File, file.name);
    items_.back().result = Result::Up;  // a file that is missing counts as 0
  }
  first_process_ = items_.size();
  for (const auto& process : config.track_processes) add(Kind::Process, process.name);
  first_bfd_ = items_.size();
  for (const auto& bfd : config.bfds) add(Kind::Bfd, bfd.name);

  const auto use_all = [&](std::size_t instance, const auto& from) {
    for (const auto& each : from.track_interfaces) use(interface_item(each.interface), instance, each.weight);
    for (const auto& each : from.track_scripts) use(script_item(each.index), instance, each.weight);
    for (const auto& each : from.track_files) use(file_item(each.index), instance, each.weight);
    for (const auto& each : from.track_processes) use(process_item(each.index), instance, each.weight);
    for (const auto& each : from.track_bfds) use(bfd_item(each.index), instance, each.weight);
  };
  for (std::size_t i = 0; i < config.instances.size(); ++i) {
    const auto& instance = config.instances[i];
    if (!instance.interface.empty() && instance.track_primary) use(interface_item(instance.interface), i, Weight{});
    const auto use_interfaces = [&](const auto& addresses) {
      for (const auto& address : addresses)
        if (!address.interface.empty() && address.tracked && address.interface != instance.interface)
          use(interface_item(address.interface), i, Weight{});
    };
    use_interfaces(instance.addresses);
    use_interfaces(instance.excluded);
    use_all(i, instance);
  }
  for (const auto& group : config.groups)
    for (const std::size_t member : group.members) use_all(member, group);
}

std::size_t Table::add(Kind kind, std::string name) {
  Item item;
  item.kind = kind;
  item.name = std::move(name);
  items_.push_back(std::move(item));
  users_.emplace_back();
  return items_.size() - 1;
}

std::size_t Table::interface_item(const std::string& name) {
  const auto found = find(Kind::Interface, name);
  return found ? *found : add(Kind::Interface, name);
}

std::optional<std::size_t> Table::find(Kind kind, std::string_view name) const {
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (items_[i].kind == kind && items_[i].name == name) return i;
  return std::nullopt;
}

void Table::use(std::size_t item, std::size_t instance, Weight weight) {
  // Tracked by the instance and by its group, or by two addresses: once.
  for (const User& user : users_[item])
    if (user.instance == instance) return;
  users_[item].push_back({.instance = instance, .weight = weight});
  items_[item].has_users = true;
  tracked_[instance].emplace_back(item, weight);
}

bool Table::is_fault(const Item& item, Weight weight) const {
  if (item.kind == Kind::File) {
    if (weight.value == 0) return (value_of(item) != 0) != weight.reverse;
    return product(item, weight) <= kFaultBelow;
  }
  if (weight.value != 0 || (item.result == Result::Pending && !item.forced && item.kind != Kind::Bfd)) return false;
  return is_up(item) == weight.reverse;  // a BFD session is down until it is up
}

int Table::weight_of(const Item& item, Weight weight) const {
  if (weight.value == 0) return 0;
  if (item.kind == Kind::File) return static_cast<int>(std::clamp(product(item, weight), kFaultBelow, kMostWeight));
  if (item.result == Result::Pending && !item.forced) return 0;
  const bool counts = weight.value > 0 ? is_up(item) : !is_up(item);
  if (!counts) return 0;
  return weight.reverse ? -weight.value : weight.value;
}

Effect Table::effect_on(std::size_t instance) const {
  Effect effect;
  effect.instance = instance;
  for (const auto& [number, weight] : tracked_[instance]) {
    const Item& item = items_[number];
    const bool waits = item.kind == Kind::Script && item.result == Result::Pending && !item.forced && weight.value == 0;
    effect.pending += waits ? 1U : 0U;
    effect.faults += !waits && is_fault(item, weight) ? 1U : 0U;
    effect.weight_sum += weight_of(item, weight);
  }
  return effect;
}

std::vector<Effect> Table::effects_of(std::size_t item, const std::string& reason) const {
  std::vector<Effect> out;
  for (const User& user : users_[item]) {
    out.push_back(effect_on(user.instance));
    out.back().reason = reason;
  }
  return out;
}

std::vector<Effect> Table::set_result(std::size_t item, Result result) {
  if (items_[item].result == result) return {};
  items_[item].result = result;
  return effects_of(item, reason_for(items_[item]));
}

std::vector<Effect> Table::set_value(std::size_t item, long long value) {
  if (items_[item].value == value) return {};
  items_[item].value = value;
  return effects_of(item, reason_for(items_[item]));
}

std::vector<Effect> Table::force(std::size_t item, std::optional<bool> up) {
  if (items_[item].forced == up) return {};
  items_[item].forced = up;
  return effects_of(item, reason_for(items_[item]));
}

void Table::keep(const Table& before) {
  for (const Item& old : before.items_) {
    const auto item = find(old.kind, old.name);
    if (!item) continue;
    items_[*item].forced = old.forced;
    if (old.kind == Kind::Bfd) items_[*item].result = old.result;
  }
}

}  // namespace vrrpd::track
