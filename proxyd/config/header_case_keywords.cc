// "h1-case-adjust", "h1-case-adjust-file": how names of header fields are spelled for those who cannot read lower case.
#include <fmt/format.h>

#include <array>

#include "lib/base/text.h"
#include "proxyd/config/cross_checks.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"

namespace proxyd::config {

namespace {

/// Empty, or why the pair is none.
std::string add_case(Global& global, std::string_view from, std::string_view to) {
  if (!lib::base::equal_ignoring_case(from, to)) return "<from> and <to> must not differ execpt the case";
  // Names come in lower case: one written in another way is never met, there as here.
  if (!global.header_cases.emplace(std::string{from}, std::string{to}).second) return fmt::format("duplicate entry '{}'", from);
  return {};
}

void parse_case(Line& line) {
  if (!line.has(2)) return line.alert(1, "'h1-case-adjust' expects <from> and <to> as argument.");
  if (const std::string fault = add_case(line.global(), line.word(1), line.word(2)); !fault.empty()) line.alert(1, fault);
}

void parse_case_file(Line& line) {
  if (!line.has(1)) return line.alert(1, "'h1-case-adjust-file' expects <file> as argument.");
  line.global().header_cases_file = line.word(1);
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "h1-case-adjust",
     .scope = kGlobal,
     .max_args = 2,
     .parse = parse_case,
     .usage = "<from> <to>",
     .doc = "How a header's name is spelled for bogus clients and servers."},
    {.name = "h1-case-adjust-file",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_case_file,
     .usage = "<file>",
     .doc = "Lines of such pairs."},
});

}  // namespace

void read_header_cases(Draft& draft) {
  Global& global = draft.config->global;
  if (global.header_cases_file.empty()) return;
  const std::string said_by = fmt::format("config : h1-headers-case-adjust-file '{}'", global.header_cases_file);
  const auto text = draft.environment.library->read(global.header_cases_file);
  if (!text) return draft.alert({}, said_by + ": failed to open file.");
  std::size_t number = 0;
  for (std::string_view row : lib::base::split(*text, '\n')) {
    ++number;
    row = lib::base::trim(row.substr(0, row.find('#')));
    if (row.empty()) continue;
    const std::size_t blank = row.find_first_of(" \t");
    const std::string_view to = blank == std::string_view::npos ? std::string_view{} : lib::base::trim(row.substr(blank));
    std::string fault = to.empty() ? "expect <to>" : add_case(global, row.substr(0, blank), to);
    if (!fault.empty()) return draft.alert({}, fmt::format("{} : {} at line {}.", said_by, fault, number));
  }
}

const KeywordTable& header_case_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
