#include "proxyd/samples/variables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/lock.h"
#include "lib/base/text.h"

namespace proxyd::samples {
namespace {

constexpr auto kScopes = std::to_array<std::pair<std::string_view, Scope>>({{"proc", Scope::Process},
                                                                            {"sess", Scope::Session},
                                                                            {"txn", Scope::Transaction},
                                                                            {"req", Scope::Request},
                                                                            {"res", Scope::Response},
                                                                            {"check", Scope::Check}});

bool is_name_character(char c) {
  const char low = lib::base::to_lower(c);
  return (low >= 'a' && low <= 'z') || lib::base::is_digit(c) || c == '_' || c == '.' || c == '-';
}

std::optional<Scope> scope_of(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot + 1 == text.size()) return std::nullopt;
  for (const auto& [name, scope] : kScopes)
    if (name == text.substr(0, dot)) return scope;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Scope scope) { return kScopes[static_cast<std::size_t>(scope)].first; }

bool is_variable_name(std::string_view text) {
  return scope_of(text).has_value() && std::all_of(text.begin(), text.end(), is_name_character);
}

std::string bad_variable_name(std::string_view text) {
  if (scope_of(text).has_value())
    return fmt::format("invalid variable name '{}' at char '{}'.", text,
                       *std::find_if_not(text.begin(), text.end(), is_name_character));
  return fmt::format("invalid variable name '{}'. A variable name must be start by its scope. The scope can be 'proc', 'sess', "
                     "'txn', 'req', 'res' or 'check'",
                     text);
}

std::optional<Variable> VariableNames::find(std::string_view text) const {
  const auto scope = scope_of(text);
  if (!scope) return std::nullopt;
  const auto found = std::find(names_.begin(), names_.end(), text);
  if (found == names_.end()) return std::nullopt;
  return Variable{*scope, static_cast<std::uint32_t>(found - names_.begin())};
}

std::optional<Variable> VariableNames::find_or_add(std::string_view text) {
  if (!is_variable_name(text)) return std::nullopt;
  if (const auto found = find(text)) return found;
  names_.emplace_back(text);
  return Variable{*scope_of(text), static_cast<std::uint32_t>(names_.size() - 1)};
}

VariableStore::Slot* VariableStore::find(std::uint32_t name) {
  for (std::size_t i = 0; i < used_; ++i)
    if (slots_[i].name == name) return &slots_[i];
  return nullptr;
}

bool VariableStore::get(std::uint32_t name, Sample& out) const {
  for (std::size_t i = 0; i < used_; ++i) {
    if (slots_[i].name != name) continue;
    out = slots_[i].sample;
    if (out.is_text()) out.text = slots_[i].text;
    return true;
  }
  return false;
}

void VariableStore::set(std::uint32_t name, const Sample& sample) {
  Slot* slot = find(name);
  if (slot == nullptr) {
    if (used_ == slots_.size()) slots_.emplace_back();
    slot = &slots_[used_++];
    slot->name = name;
  }
  if (sample.is_text()) slot->text.assign(sample.text);
  slot->sample = sample;
  slot->sample.text = {};
}

void VariableStore::unset(std::uint32_t name) {
  Slot* const slot = find(name);
  if (slot == nullptr) return;
  std::rotate(slot, slot + 1, slots_.data() + used_);
  --used_;
}

void VariableStore::each(Show show, void* context) const {
  for (std::size_t i = 0; i < used_; ++i) {
    Sample sample = slots_[i].sample;
    if (sample.is_text()) sample.text = slots_[i].text;
    show(context, slots_[i].name, sample);
  }
}

bool ProcessVariables::get(std::uint32_t name, Sample& out, Arena& arena) const {
  const std::shared_lock lock{mutex_};
  if (!store_.get(name, out)) return false;
  if (out.is_text()) out.text = arena.keep(out.text);
  return true;
}

void ProcessVariables::set(std::uint32_t name, const Sample& sample) {
  const lib::base::ExclusiveLock lock{mutex_};
  store_.set(name, sample);
}

void ProcessVariables::unset(std::uint32_t name) {
  const lib::base::ExclusiveLock lock{mutex_};
  store_.unset(name);
}

void ProcessVariables::each(VariableStore::Show show, void* context) const {
  const std::shared_lock lock{mutex_};
  store_.each(show, context);
}

}  // namespace proxyd::samples
