#include "man/rows.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "checkerd/report/commands.h"
#include "lib/base/text.h"
#include "lib/runtime/unbound.h"
#include "parsers/keepalived/keyword_list.h"
#include "proxyd/cli/commands.h"
#include "proxyd/config/keyword_list.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/master/console.h"
#include "proxyd/samples/known_samples.h"
#include "proxyd/samples/table.h"
#include "vrrpd/report/commands.h"

namespace man {

namespace {

constexpr std::string_view kRefused = "refused";

void add_keepalived(std::vector<Row>& rows) {
  for (const auto& each : parsers::keepalived::list_keywords()) {
    std::string usage{each.usage};
    if (each.opens_block && !usage.ends_with('}')) usage += usage.empty() ? "{ }" : " { }";
    const std::string_view section = each.is_refused ? kRefused : each.block.empty() ? "root" : each.block;
    rows.push_back({"keepalived.conf", std::string{section}, std::string{each.name}, std::move(usage), {}, std::string{each.meaning}});
  }
}

void add_haproxy_keywords(std::vector<Row>& rows) {
  constexpr std::array<std::string_view, 8> kSections{"global", "proxy", "ring", "crt-store", "load", "bind", "server", "action"};
  for (auto& each : proxyd::config::list_keywords()) {
    // Who heads a family ("option <name> ...") is no keyword of its own.
    if (each.usage.ends_with("...") && (each.name == "option" || each.name == "timeout" || each.name == "stats")) continue;
    std::string where = std::move(each.where);
    if (each.is_negatable) where += where.empty() ? "no" : ", no";
    rows.push_back({"haproxy.cfg", std::string{kSections[static_cast<std::size_t>(each.of)]}, std::move(each.name), std::string{each.usage}, std::move(where),
                    std::string{each.doc}});
  }
}

std::string_view argument_name(char letter) {
  switch (letter) {
    case 'i': return "number";
    case 's': return "text";
    case '4': case '6': return "address";
    case 'm': case 'M': return "mask";
    case 'b': return "backend";
    case 'f': return "frontend";
    case 'v': return "server";
    case 'u': return "userlist";
    case 'r': return "regex";
    case 'n': return "variable";
    default: return "argument";
  }
}

/// "(<text>[,<number>])" of "s?i".
std::string arguments_text(std::string_view letters) {
  std::string text;
  std::size_t open = 0;
  bool optional = false;
  for (const char letter : letters) {
    if (letter == '?') {
      optional = true;
      continue;
    }
    if (optional) {
      text += '[';
      ++open;
    }
    if (text.find('<') != std::string::npos) text += ',';
    text += '<' + std::string{argument_name(letter)} + '>';
  }
  text.append(open, ']');
  return text.empty() ? text : '(' + text + ')';
}

using Meanings = std::map<std::string, std::pair<std::string, std::string>, std::less<>>;  // by "fetch name": arguments, meaning

Meanings read_meanings(std::string_view text) {
  Meanings meanings;
  for (const std::string_view line : lib::base::split(text, '\n')) {
    const auto words = lib::base::split(line, '\t');
    if (words.size() < 4 || line.starts_with('#')) continue;
    meanings[std::string{words[0]} + ' ' + std::string{words[1]}] = {std::string{words[2]}, std::string{words[3]}};
  }
  return meanings;
}

void add_samples(std::vector<Row>& rows, std::string_view samples) {
  Meanings meanings = read_meanings(samples);
  const auto add = [&](std::string_view section, std::string_view name, std::string_view letters, std::string where) {
    const auto known = meanings.find(std::string{section} + ' ' + std::string{name});
    const bool is_known = known != meanings.end();
    std::string usage = is_known && !known->second.first.empty() ? known->second.first : arguments_text(letters);
    rows.push_back({"haproxy.cfg", std::string{section}, std::string{name}, std::move(usage), std::move(where), is_known ? known->second.second : std::string{}});
    if (is_known) meanings.erase(known);
  };
  for (const auto* each : proxyd::samples::all_fetches()) add("fetch", each->name, each->arguments, std::string{proxyd::samples::name_of(each->type)});
  for (const auto* each : proxyd::samples::all_converters())
    add("converter", each->name, each->arguments, std::string{proxyd::samples::name_of(each->in)} + " -> " + std::string{proxyd::samples::name_of(each->out)});
  // What is left has a meaning and no code: said in a section that no page has, so that writing a page fails.
  for (const auto& [key, left] : meanings) rows.push_back({"haproxy.cfg", "unknown to the program", key, {}, {}, left.second});
}

/// Names of the original that are refused as known: those that no table has.
void add_refused(std::vector<Row>& rows) {
  const std::size_t built = rows.size();
  const auto is_built = [&](std::string_view section, std::string_view name) {
    return std::any_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(built), [&](const Row& row) {
      return row.page == "haproxy.cfg" && row.section == section && (row.name == name || row.name + ' ' + row.usage == name);
    });
  };
  // A known row may name more words than a table's ("tcp-request connection"): what begins like a keyword that works is no row here.
  const auto begins_built = [&](std::string_view section, std::string_view name) {
    const std::size_t space = name.find(' ');
    if (is_built(section, name)) return true;
    const std::string_view first = name.substr(0, space);
    return space != std::string_view::npos && first != "option" && first != "timeout" && first != "stats" && is_built(section, first);
  };
  using proxyd::config::KeywordPlace;
  constexpr auto kPlaces = std::to_array<std::pair<KeywordPlace, std::string_view>>(
      {{KeywordPlace::Global, "global"}, {KeywordPlace::Proxy, "proxy"}, {KeywordPlace::Bind, "bind"}, {KeywordPlace::Server, "server"}});
  constexpr auto kSections = std::to_array<std::string_view>({"global", "defaults", "frontend", "backend", "listen", "userlist", "http-errors", "ring", "crt-store"});
  const auto add = [&rows](std::string_view kind, std::string_view name) {
    rows.push_back({"haproxy.cfg", std::string{kRefused}, std::string{name}, {}, std::string{kind}, "-"});
  };
  for (const auto& each : proxyd::config::known_keywords()) {
    const auto* const place = std::find_if(kPlaces.begin(), kPlaces.end(), [&](const auto& pair) { return pair.first == each.place; });
    if (place == kPlaces.end()) {
      if (std::find(kSections.begin(), kSections.end(), each.name) == kSections.end()) add("section", each.name);
    } else if (!begins_built(place->second, each.name)) {
      add(place->second, each.name);
    }
  }
  for (const std::string_view name : proxyd::samples::known_fetches())
    if (proxyd::samples::find_fetch(name) == nullptr) add("fetch", name);
  for (const std::string_view name : proxyd::samples::known_converters())
    if (proxyd::samples::find_converter(name) == nullptr) add("converter", name);
}

void add_commands(std::vector<Row>& rows, std::string_view program, const std::vector<lib::runtime::Command>& commands) {
  for (const auto& each : commands) {
    if (each.words.starts_with('_')) continue;
    const bool is_built = each.run || each.converse;
    std::string_view usage = each.usage;
    if (usage.starts_with(each.words)) usage.remove_prefix(each.words.size());
    while (usage.starts_with(' ')) usage.remove_prefix(1);
    rows.push_back({"runtime-api", std::string{is_built ? program : kRefused}, each.words, std::string{usage}, std::string{lib::runtime::word(each.level)}, each.help});
  }
}

bool is_builtin(const lib::runtime::Command& command) {
  const std::array<std::string, 1> words{command.words};
  static const lib::runtime::CommandTable kBuiltin;
  return std::any_of(kBuiltin.all().begin(), kBuiltin.all().end(), [&](const auto& each) { return each.words == words[0]; });
}

std::vector<lib::runtime::Command> own_commands(const lib::runtime::CommandTable& table) {
  std::vector<lib::runtime::Command> own = table.all();
  std::erase_if(own, is_builtin);
  return own;
}

void add_runtime(std::vector<Row>& rows) {
  add_commands(rows, "every", lib::runtime::CommandTable{}.all());
  add_commands(rows, "proxyd", own_commands(proxyd::cli::commands(lib::runtime::unbound<proxyd::cli::Context>())));
  add_commands(rows, "master", own_commands(proxyd::master::master_commands(lib::runtime::unbound<proxyd::master::Host>())));
  add_commands(rows, "vrrpd", vrrpd::report::commands(lib::runtime::unbound<vrrpd::report::Desk>()));
  add_commands(rows, "checkerd", checkerd::report::commands(lib::runtime::unbound<checkerd::report::Desk>()));
  // Of both, from their common course of a run; tests/conformance/man_pages.py asks the running daemons.
  rows.push_back({"runtime-api", "both", "reload", "[plan]", "admin", "reads the files again; plan: only says what would change"});
  rows.push_back({"runtime-api", "both", "show events", "", "user", "the last changes, as JSON lines"});
  rows.push_back({"runtime-api", "both", "subscribe", "", "user", "present states, then each change, as JSON lines"});
}

}  // namespace

std::vector<Row> list_rows(std::string_view samples) {
  std::vector<Row> rows;
  add_keepalived(rows);
  add_haproxy_keywords(rows);
  add_samples(rows, samples);
  add_refused(rows);
  add_runtime(rows);
  return rows;
}

}  // namespace man
