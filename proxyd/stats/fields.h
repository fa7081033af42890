// The fields of `show stat`: one table over frontends, backends, servers and listeners. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "lib/metrics/field.h"
#include "lib/metrics/render.h"
#include "proxyd/stats/facts.h"

namespace proxyd::stats {

/// All fields in the order of haproxy 2.6; those that only newer releases have follow at the end.
std::span<const lib::metrics::Description> stat_fields();
/// Before this field the CSV has a column named "-" that only separates: typed output does not count it.
std::size_t stat_separator();
/// One value for each field.
std::vector<lib::metrics::Value> stat_values(const ObjectFacts& object);

/// Whether addresses, cookies and balance algorithms may be shown: always on the runtime API, on pages only with
/// "stats show-legends".
enum class Legends : std::uint8_t { Hidden, Shown };
enum class StatFormat : std::uint8_t { Csv, Typed, Json };

/// Writes a listing piece by piece: begin, each proxy, end.
class StatWriter {
 public:
  StatWriter(StatFormat format, lib::metrics::Detail detail, Legends legends)
      : format_{format}, detail_{detail}, legends_{legends} {}
  void begin(std::string& out);
  void proxy(std::string& out, const ProxyFacts& proxy);
  void end(std::string& out);

 private:
  void object(std::string& out, const ObjectFacts& object);
  StatFormat format_;
  lib::metrics::Detail detail_;
  Legends legends_;
  bool first_ = true;
};

/// The JSON schema of `show info json` and `show stat json`.
std::string_view json_schema();

}  // namespace proxyd::stats
