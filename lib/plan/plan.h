// What a reload changes, as a list of typed entries, and its print: one form for all daemons, one line an entry.
//
//   + vrrp_instance VI_2                                      comes
//   - real_server 10.0.0.3:80 of virtual_server 10.0.0.1:80   goes
//   ~ vrrp_instance VI_1: priority 100 -> 90                  a value changes
//   ~ vrrp_instance VI_1: + virtual_ipaddress 10.0.0.5/24     one more in a list; "-": one less
//   ~ vrrp_instance VI_1: authentication changed              a secret, or too long to be shown
//   * global_defs: process_name a -> b                        like "~", but not before the next start: a reload keeps the old one
//   ! global_defs: net_namespace red -> blue                  like "~", but no reload can do that: the whole file is refused
//   = nothing changes                                         the list is empty
//
// A line begins with its sign and a blank, so that a script can look for "^[-+~]". Nothing in a line breaks it: control
// characters are shown as "\xNN".
//
// A daemon makes its plan while it compares two configurations and reloads from the same comparison:
//
//   Plan plan;
//   plan.add("vrrp_instance VI_2");
//   Comparison of{plan, "vrrp_instance VI_1"};
//   of.value("priority", before.priority, after.priority);
//   of.list("virtual_ipaddress", texts(before.addresses), texts(after.addresses));
//   of.secret("authentication", before.auth_pass == after.auth_pass);
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/time.h"

namespace lib::plan {

enum class Change : std::uint8_t {
  Added,
  Removed,
  Changed,
  AtNextStart,  // read, and not carried out by a reload
  Refused,      // a file with this is not taken over at all
};

struct Entry {
  Change change = Change::Changed;
  std::string thing;    // as the file begins it: "vrrp_instance VI_1"; of an inner one with its place: "server s1 of backend web"
  std::string keyword;  // what of it; empty: all of it (Added, Removed)
  // The two values. Only `after`: something was added to a list; only `before`: was taken from it. Neither: not shown.
  std::optional<std::string> before, after;
  bool operator==(const Entry&) const = default;
};

/// One line, without its end.
std::string text_of(const Entry& entry);

class Plan {
 public:
  void add(std::string thing) { entries_.push_back({.change = Change::Added, .thing = std::move(thing), .keyword = {}, .before = {}, .after = {}}); }
  void remove(std::string thing) { entries_.push_back({.change = Change::Removed, .thing = std::move(thing), .keyword = {}, .before = {}, .after = {}}); }
  void put(Entry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  /// Whether something in it forbids the reload.
  bool is_refused() const;
  bool operator==(const Plan&) const = default;

 private:
  std::vector<Entry> entries_;
};

/// All lines, each with its end; of an empty plan "= nothing changes".
std::string text_of(const Plan& plan);

/// Values as they are shown. Truth is "yes" or "no", an empty text "none".
std::string shown(std::string_view value);
inline std::string shown(const char* value) { return shown(std::string_view{value}); }  // else it would be a truth
std::string shown(bool value);
std::string shown(base::Duration value);  // "2.5s", "100ms", "0s"
std::string shown(double value);
template <std::integral T>
  requires(!std::same_as<T, bool>)
std::string shown(T value) {
  return std::to_string(value);
}
template <class T>
std::string shown(const std::optional<T>& value) {
  return value ? shown(*value) : shown(std::string_view{});
}

/// Compares two versions of one thing and puts what differs into a plan.
class Comparison {
 public:
  /// `plan` outlives this.
  Comparison(Plan& plan, std::string thing, Change change = Change::Changed) : plan_{plan}, thing_{std::move(thing)}, change_{change} {}

  template <class T>
  void value(std::string_view keyword, const T& before, const T& after) {
    if (!(before == after)) put(keyword, shown(before), shown(after));
  }
  void value(std::string_view keyword, const char* before, const char* after) { value(keyword, std::string_view{before}, std::string_view{after}); }
  /// For what compares otherwise than by its text.
  void texts(std::string_view keyword, std::string before, std::string after, bool is_same);
  /// For what is not shown.
  void secret(std::string_view keyword, bool is_same) {
    if (!is_same) put(keyword, std::nullopt, std::nullopt);
  }
  /// What came to a list and what left it, equal elements counted. Where only the order is another: that, unless `Order::Free`.
  enum class Order : std::uint8_t { Counts, Free };
  void list(std::string_view keyword, const std::vector<std::string>& before, const std::vector<std::string>& after, Order order = Order::Counts);
  const std::string& thing() const { return thing_; }

 private:
  void put(std::string_view keyword, std::optional<std::string> before, std::optional<std::string> after);
  Plan& plan_;
  std::string thing_;
  Change change_;
};

}  // namespace lib::plan
