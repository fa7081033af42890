// One table of fields is all that is known of a kind of statistics: name, meaning, tags and how to read the value.
// Every output (CSV, JSON, typed text, Prometheus) is rendered from such a table, so a field is declared once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lib::metrics {

enum class Origin : std::uint8_t { Metric, Status, Key, Config, Product };
enum class Nature : std::uint8_t {
  Gauge, Limit, Min, Max, Rate, Counter, Duration, Age, Time, Name, Output, Average
};
enum class Scope : std::uint8_t { Cluster, Service, Process, System };
/// Whether the value is lost when the process restarts. Shown where the reader asked for the newer, four-letter tags.
enum class Persistence : std::uint8_t { Volatile, Persistent };

struct Tags {
  Origin origin = Origin::Metric;
  Nature nature = Nature::Gauge;
  Scope scope = Scope::Process;
  Persistence persistence = Persistence::Volatile;
  bool operator==(const Tags&) const = default;
};

/// The letter that typed output shows: "MGP" for a metric, gauge, of the process.
char letter(Origin origin);
char letter(Nature nature);
char letter(Scope scope);
char letter(Persistence persistence);
/// The word that JSON shows: "Metric", "Gauge", "Process".
std::string_view word(Origin origin);
std::string_view word(Nature nature);
std::string_view word(Scope scope);

enum class Kind : std::uint8_t { Empty, S32, U32, S64, U64, Float, Text };
/// "s32", "u64", "str", ...; "unknown" for Empty.
std::string_view word(Kind kind);

/// One value of one field of one object. Empty means that the field makes no sense for this object.
struct Value {
  Kind kind = Kind::Empty;
  std::int64_t signed_number = 0;     // S32, S64
  std::uint64_t unsigned_number = 0;  // U32, U64
  double real = 0;                    // Float
  std::string text;                   // Text
  std::optional<Tags> tags;           // where this object's differ from the field's

  bool is_empty() const { return kind == Kind::Empty; }
  bool is_number() const { return kind != Kind::Empty && kind != Kind::Text; }
  /// The value as every text output writes it.
  std::string to_text() const;
};

Value empty_value();
Value s32(std::int32_t number);
Value u32(std::uint64_t number);  ///< more than 32 bits count as the highest
Value u64(std::uint64_t number);
Value real(double number);
Value text(std::string_view words);
/// The same value under other tags.
Value tagged(Value value, Tags tags);

/// What outputs need to know of a field besides its value.
struct Description {
  std::string_view name;
  std::string_view meaning;
  Tags tags{};
};

/// One row of a field table.
template <class Subject>
struct Field {
  Description about;
  Value (*read)(const Subject& subject);
};

/// The descriptions of a table, for the outputs.
template <class Subject, std::size_t N>
constexpr std::array<Description, N> descriptions_of(const std::array<Field<Subject>, N>& table) {
  std::array<Description, N> about{};
  for (std::size_t i = 0; i < N; ++i) about[i] = table[i].about;
  return about;
}

/// All values of one object, in the table's order.
template <class Subject, std::size_t N>
std::vector<Value> read_all(const std::array<Field<Subject>, N>& table, const Subject& subject) {
  std::vector<Value> values;
  values.reserve(N);
  for (const Field<Subject>& field : table) values.push_back(field.read(subject));
  return values;
}

}  // namespace lib::metrics
