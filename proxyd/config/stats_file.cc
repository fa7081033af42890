#include "proxyd/config/stats_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/base/text.h"

namespace proxyd::config {

namespace {

constexpr std::size_t kFaultsTold = 10;
constexpr std::size_t kLongestQuote = 40;  // of what a file says, in a warning

constexpr bool kF = true, kB = true;
constexpr std::array<KeptName, kKeptColumns> kNames{{
    {"conn_tot", kF, false},
    {"stot", kF, kB},
    {"req_tot", kF, kB},
    {"h1req", kF, false},
    {"bin", kF, kB},
    {"bout", kF, kB},
    {"dreq", kF, kB},
    {"dresp", kF, kB},
    {"dcon", kF, false},
    {"dses", kF, false},
    {"ereq", kF, false},
    {"econ", false, kB},
    {"eresp", false, kB},
    {"wretr", false, kB},
    {"wredis", false, kB},
    {"wrew", kF, kB},
    {"eint", kF, kB},
    {"hrsp_1xx", kF, kB},
    {"hrsp_2xx", kF, kB},
    {"hrsp_3xx", kF, kB},
    {"hrsp_4xx", kF, kB},
    {"hrsp_5xx", kF, kB},
    {"hrsp_other", kF, kB},
    {"intercepted", kF, false},
    {"cli_abrt", false, kB},
    {"srv_abrt", false, kB},
    {"lbtot", false, kB},
    {"connect", false, kB},
    {"reuse", false, kB},
    {"chkfail", false, kB},
    {"chkdown", false, kB},
    {"downtime", false, kB},
    {"lastsess", false, kB},
    {"ssl_sess", kF, kB},
    {"ssl_reused_sess", kF, kB},
    {"ssl_failed_handshake", kF, kB},
}};

bool is_guid_character(char c) {
  const char low = lib::base::to_lower(c);
  return (low >= 'a' && low <= 'z') || lib::base::is_digit(c) || c == '.' || c == ':' || c == '_' || c == '-';
}

/// As it stands in the file, cut to what a line of a log can take, with '?' for what no terminal should be given.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kLongestQuote)) out += c >= ' ' && c <= '~' ? c : '?';
  return out + (text.size() > kLongestQuote ? "...'" : "'");
}

/// One file being read: the header that holds, and what was found so far.
class Reader {
 public:
  void read(std::string_view line) {
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("//")) return;
    std::string fault = line.front() == '#' ? read_header(line.substr(1)) : read_values(line);
    if (!fault.empty()) complain(std::move(fault));
  }
  void complain_of_end() {
    ++number_;
    complain("the file ends within this line");
  }
  StatsFile take() { return std::move(file_); }

 private:
  enum class Place : std::uint8_t { Nowhere, Section, SkippedSection };

  void complain(std::string what) {
    if (file_.faults.size() == kFaultsTold) ++file_.more_faults;
    else file_.faults.push_back({.line = number_, .what = std::move(what)});
  }

  std::string read_header(std::string_view text) {
    place_ = Place::SkippedSection;
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view domain = text.substr(0, blank);
    if (domain != "fe" && domain != "be")
      return fmt::format("'#fe' or '#be' is expected, not {}: the lines below are not read", quoted(text));
    const std::vector<std::string_view> names = lib::base::split(text.substr(std::min(blank + 1, text.size())), ',');
    if (names.front() != "guid") return fmt::format("'guid' has to be the first column of '#{}': the lines below are not read", domain);
    place_ = Place::Section;
    is_front_ = domain == "fe";
    columns_.clear();
    for (std::size_t i = 1; i < names.size(); ++i) columns_.push_back(column_of(names[i]));
    return {};
  }

  /// Nothing for what is unknown, or no column of this domain.
  std::optional<KeptColumn> column_of(std::string_view name) const {
    for (std::size_t i = 0; i < kNames.size(); ++i)
      if (kNames[i].name == name && (is_front_ ? kNames[i].of_front : kNames[i].of_back)) return static_cast<KeptColumn>(i);
    return std::nullopt;
  }

  std::string read_values(std::string_view line) {
    if (place_ == Place::SkippedSection) return {};
    if (place_ == Place::Nowhere) return "values before the first header ('#fe guid,...' or '#be guid,...')";
    std::vector<std::string_view> words = lib::base::split(line, ',');
    if (words.size() == columns_.size() + 2 && words.back().empty()) words.pop_back();  // a comma behind the last one
    const std::string_view guid = words.front();
    if (std::string fault = fault_of_guid(guid); !fault.empty()) return fault;
    if (words.size() != columns_.size() + 1)
      return fmt::format("{} columns where the header has {}", words.size(), columns_.size() + 1);
    KeptCounters row;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string_view word = words[i + 1];
      if (!columns_[i] || word.empty()) continue;
      if (columns_[i] == KeptColumn::Lastsess && word == "-1") continue;  // never
      const auto value = lib::base::parse_number<std::uint64_t>(word);
      const std::string_view name = kNames[static_cast<std::size_t>(*columns_[i])].name;
      if (!value) return fmt::format("{} is not a number ('{}')", quoted(word), name);
      row.values[static_cast<std::size_t>(*columns_[i])] = *value;
    }
    KeptCounters& kept = (is_front_ ? file_.front : file_.back)[guid];
    for (std::size_t i = 0; i < kKeptColumns; ++i)
      if (row.values[i]) kept.values[i] = row.values[i];
    return {};
  }

  StatsFile file_;
  std::size_t number_ = 0;
  Place place_ = Place::Nowhere;
  bool is_front_ = false;
  std::vector<std::optional<KeptColumn>> columns_;  // behind the GUID
};

}  // namespace

const std::array<KeptName, kKeptColumns>& kept_names() { return kNames; }

StatsFile read_stats_file(std::string_view text) {
  Reader reader;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {  // whoever wrote it did not finish: its last number may be half of one
      reader.complain_of_end();
      break;
    }
    reader.read(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return reader.take();
}

std::string fault_of_guid(std::string_view guid) {
  if (guid.empty()) return "missing GUID";
  if (guid.size() > kLongestGuid) return fmt::format("a GUID has at most {} characters ({} has {})", kLongestGuid, quoted(guid), guid.size());
  for (const char c : guid)
    if (!is_guid_character(c)) return fmt::format("character {} is not permitted in GUID {}: only letters, digits and '.:_-' are", quoted({&c, 1}), quoted(guid));
  return {};
}

}  // namespace proxyd::config
