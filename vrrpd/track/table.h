// What the things that are tracked mean for each instance: faults, results still awaited, and the sum of weights
// (vrrp-behaviour section 7). Plain data: results come in, effects go out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/keepalived/config.h"

namespace vrrpd::track {

enum class Kind : std::uint8_t { Interface, Script, File, Process, Bfd };
const char* kind_name(Kind kind);  // "interface", "script", ...

enum class Result : std::uint8_t { Pending, Up, Down };

/// One tracked thing as it stands.
struct Item {
  Kind kind{};
  std::string name;
  Result result = Result::Pending;   // Pending: a script's first run, or nobody has said yet
  long long value = 0;               // files: the number in it
  std::optional<bool> forced;        // the runtime API's `set track NAME up|down`
  bool has_users = false;            // some instance tracks it
};

/// What an instance's trackers add up to.
struct Effect {
  std::size_t instance = 0;
  unsigned faults = 0;   // things of weight 0 that are down (or up, with `reverse`)
  unsigned pending = 0;  // scripts of weight 0 without a result
  int weight_sum = 0;
  std::string reason;    // the cause that came with this change: "script `chk` failed"; empty when none came
};

class Table {
 public:
  /// The configuration must outlive the table. Interfaces are all that some instance tracks, its own included unless
  /// dont_track_primary.
  explicit Table(const parsers::keepalived::KeepalivedConfig& config);

  const std::vector<Item>& items() const { return items_; }
  /// The item, or nothing. Scripts, files, processes and BFD sessions are found by their index in the configuration too.
  std::optional<std::size_t> find(Kind kind, std::string_view name) const;
  std::size_t script_item(std::size_t index) const { return first_script_ + index; }
  std::size_t file_item(std::size_t index) const { return first_file_ + index; }
  std::size_t process_item(std::size_t index) const { return first_process_ + index; }
  std::size_t bfd_item(std::size_t index) const { return first_bfd_ + index; }

  /// Each returns what changed for which instances; nothing when the result is what it was.
  std::vector<Effect> set_result(std::size_t item, Result result);
  std::vector<Effect> set_value(std::size_t item, long long value);
  std::vector<Effect> force(std::size_t item, std::optional<bool> up);
  /// Reload: what people forced stays forced, and BFD sessions stand as they did; found by kind and name.
  void keep(const Table& before);
  /// The effect on one instance as things stand now.
  Effect effect_on(std::size_t instance) const;
  /// Who tracks it: instance and weight.
  struct User {
    std::size_t instance = 0;
    parsers::keepalived::Weight weight;
  };
  const std::vector<User>& users(std::size_t item) const { return users_[item]; }

 private:
  std::size_t add(Kind kind, std::string name);
  std::size_t interface_item(const std::string& name);
  void use(std::size_t item, std::size_t instance, parsers::keepalived::Weight weight);
  std::vector<Effect> effects_of(std::size_t item, const std::string& reason) const;
  bool is_fault(const Item& item, parsers::keepalived::Weight weight) const;
  int weight_of(const Item& item, parsers::keepalived::Weight weight) const;

  std::vector<Item> items_;
  std::vector<std::vector<User>> users_;                          // parallel to items_
  std::vector<std::vector<std::pair<std::size_t, parsers::keepalived::Weight>>> tracked_;  // of each instance
  std::size_t first_script_ = 0, first_file_ = 0, first_process_ = 0, first_bfd_ = 0;
};

}  // namespace vrrpd::track
