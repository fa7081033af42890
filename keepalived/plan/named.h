// What both daemons compare alike: things with names, commands, weights.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/plan/plan.h"
#include "parsers/keepalived/config.h"

namespace keepalived::plan {

/// A command by its text; one that differs in more than that (another user) has "changed".
void command(lib::plan::Comparison& of, std::string_view keyword, const std::optional<parsers::keepalived::Command>& before, const std::optional<parsers::keepalived::Command>& after);

/// "-20", "10 reverse".
std::string text_of(const parsers::keepalived::Weight& weight);

/// Things with a name: those that come, those that stay (`compare(before, after, of)`), in the new file's order, then those that go.
template <class T, class Compare>
void compare_named(lib::plan::Plan& plan, std::string_view kind, const std::vector<T>& before, const std::vector<T>& after, const Compare& compare) {
  const auto thing = [&](const T& one) { return std::string{kind}.append(" ").append(one.name); };
  std::unordered_map<std::string_view, const T*> old;
  for (const T& one : before) old.try_emplace(one.name, &one);
  std::unordered_map<std::string_view, const T*> fresh;
  for (const T& one : after) {
    fresh.try_emplace(one.name, &one);
    const auto was = old.find(one.name);
    if (was == old.end()) plan.add(thing(one));
    else {
      lib::plan::Comparison of{plan, thing(one)};
      compare(*was->second, one, of);
    }
  }
  for (const T& one : before)
    if (!fresh.contains(one.name)) plan.remove(thing(one));
}

/// vrrp_track_file, which FILE_CHECK follows, too.
void track_files(lib::plan::Plan& plan, const parsers::keepalived::KeepalivedConfig& before, const parsers::keepalived::KeepalivedConfig& after);
void bfd_instances(lib::plan::Plan& plan, const parsers::keepalived::KeepalivedConfig& before, const parsers::keepalived::KeepalivedConfig& after);

}  // namespace keepalived::plan
