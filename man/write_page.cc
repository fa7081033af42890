// Writes a page of the manual: a template whose lines "@rows SECTION" become what the tables of the programs say.
//   write_page SAMPLES.TSV TEMPLATE PAGE VERSION   the page on stdout
//   write_page SAMPLES.TSV --list                  all rows, for tests: page, section, name, usage, where, meaning
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/text.h"
#include "man/rows.h"

namespace {

using man::Row;

[[noreturn]] void fail(const std::string& why) {
  (void)std::fprintf(stderr, "write_page: %s\n", why.c_str());
  std::exit(1);
}

std::string read_file(const char* path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) fail(std::string{"cannot read "} + path);
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// Text as roff takes it literally.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if (c == '\'') out += "\\(aq";
    else if (c == '^') out += "\\(ha";
    else if (c == '~') out += "\\(ti";
    else if (c == '.' && out.empty()) out += "\\&.";
    else out += c;
  }
  return out;
}

std::string sentence(std::string_view text) {
  std::string out = roff(text);
  if (out.empty()) return out;
  if (!out.ends_with('.') && !out.ends_with(']')) out += '.';
  return out;
}

/// "defaults,frontend" with blanks, so that lines can break there.
std::string places(std::string_view where) {
  std::string out;
  for (const std::string_view each : lib::base::split(where, ',')) {
    std::string_view word = each;
    while (word.starts_with(' ')) word.remove_prefix(1);
    out += (out.empty() ? "" : ", ") + roff(word);
  }
  return out;
}

/// Arguments may be glued to the name: "(<variable>)".
void print_row(const Row& row, bool shows_where) {
  const bool glued = row.usage.starts_with('(');
  std::printf(".TP\n\\fB%s\\fP%s%s", roff(row.name).c_str(), row.usage.empty() || glued ? "" : " ", roff(row.usage).c_str());
  if (shows_where && !row.where.empty()) std::printf("  [%s]", places(row.where).c_str());
  std::printf("\n%s\n", sentence(row.meaning).c_str());
}

/// Names only, a paragraph for each kind.
void print_names(const std::vector<Row>& rows, std::string_view page) {
  std::vector<std::string> kinds;
  for (const Row& row : rows)
    if (row.page == page && row.section == "refused" && std::find(kinds.begin(), kinds.end(), row.where) == kinds.end()) kinds.push_back(row.where);
  for (const std::string& kind : kinds) {
    std::string names;
    for (const Row& row : rows)
      if (row.page == page && row.section == "refused" && row.where == kind) names += (names.empty() ? "\\%" : ",\n\\%") + roff(row.name);
    std::printf(".TP\n.I %s\n%s.\n", roff(kind).c_str(), names.c_str());
  }
}

int write_page(const std::vector<Row>& rows, const std::string& text, const std::string& page, const std::string& version) {
  std::set<std::string> wanted, shown;
  for (const Row& row : rows)
    if (row.page == page) wanted.insert(row.section);
  for (const std::string_view line : lib::base::split(text, '\n')) {
    if (line.starts_with("@rows ") || line.starts_with("@places ")) {
      const std::string section{line.substr(line.find(' ') + 1)};
      if (!wanted.contains(section)) fail(page + ": no table has the section " + section);
      shown.insert(section);
      for (const Row& row : rows)
        if (row.page == page && row.section == section) print_row(row, line.starts_with("@places "));
    } else if (line == "@refused") {
      shown.insert("refused");
      print_names(rows, page);
    } else {
      std::string out{line};
      for (std::size_t at = out.find("@VERSION@"); at != std::string::npos; at = out.find("@VERSION@")) out.replace(at, 9, version);
      std::printf("%s\n", out.c_str());
    }
  }
  for (const std::string& section : wanted)
    if (!shown.contains(section)) fail(page + ": the page does not show the section " + section);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 5) fail("usage: write_page SAMPLES.TSV TEMPLATE PAGE VERSION | SAMPLES.TSV --list");
  const std::vector<Row> rows = man::list_rows(read_file(argv[1]));
  if (argc == 5) return write_page(rows, read_file(argv[2]), argv[3], argv[4]);
  for (const Row& row : rows)
    std::printf("%s\t%s\t%s\t%s\t%s\t%s\n", row.page.c_str(), row.section.c_str(), row.name.c_str(), row.usage.c_str(), row.where.c_str(), row.meaning.c_str());
  return 0;
}
