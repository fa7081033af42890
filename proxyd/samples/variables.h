// Variables: "txn.user" and its kin. Names become numbers when a configuration is read; values live in the store of their
// scope. Pure, but for the process's own, which threads share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/samples/value.h"

namespace proxyd::samples {

enum class Scope : std::uint8_t { Process, Session, Transaction, Request, Response, Check };

/// A variable as expressions refer to it.
struct Variable {
  Scope scope = Scope::Process;
  std::uint32_t name = 0;  // its number
};

/// All names of a configuration.
class VariableNames {
 public:
  /// "txn.user": its number, made where it is new; nothing when that is no variable's name.
  std::optional<Variable> find_or_add(std::string_view text);
  /// Without making it.
  std::optional<Variable> find(std::string_view text) const;
  std::string_view name(std::uint32_t number) const { return names_[number]; }

 private:
  std::vector<std::string> names_;
};

/// Whether the text begins with a scope and goes on with letters, digits, '_', '.', '-'.
bool is_variable_name(std::string_view text);
/// What the original says about one that does not.
std::string bad_variable_name(std::string_view text);
std::string_view name_of(Scope scope);

/// The variables of one scope. Kept and cleared rather than made anew: texts keep their room.
class VariableStore {
 public:
  /// False when it is not set.
  bool get(std::uint32_t name, Sample& out) const;
  /// `sample` may view this store's own text.
  void set(std::uint32_t name, const Sample& sample);
  void unset(std::uint32_t name);
  void clear() { used_ = 0; }
  bool empty() const { return used_ == 0; }
  /// Calls `show(context, name, sample)` for each that is set, in the order they were set.
  using Show = void (*)(void* context, std::uint32_t name, const Sample& sample);
  void each(Show show, void* context) const;

 private:
  struct Slot {
    std::uint32_t name = 0;
    Sample sample;     // its text is `text`
    std::string text;
  };
  Slot* find(std::uint32_t name);
  std::vector<Slot> slots_;  // the first used_ are set
  std::size_t used_ = 0;
};

/// "proc" variables: all threads'.
class ProcessVariables {
 public:
  /// The text is copied into the arena.
  bool get(std::uint32_t name, Sample& out, Arena& arena) const;
  void set(std::uint32_t name, const Sample& sample);
  void unset(std::uint32_t name);
  void each(VariableStore::Show show, void* context) const;

 private:
  mutable std::shared_mutex mutex_;
  VariableStore store_;
};

}  // namespace proxyd::samples
