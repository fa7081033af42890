// What the manual lists: every keyword, sample, command with its arguments and meaning, from the tables of the programs themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace man {

struct Row {
  std::string page;      // "keepalived.conf", "haproxy.cfg", "runtime-api"
  std::string section;   // the part of the page: a block, "fetches", "proxyd"
  std::string name, usage;
  std::string where;     // places, types, level; may be empty
  std::string meaning;   // empty: nobody has written it yet
};

/// All rows. `samples` is the text of samples.tsv, which has the meanings of fetches and converters.
std::vector<Row> list_rows(std::string_view samples);

}  // namespace man
