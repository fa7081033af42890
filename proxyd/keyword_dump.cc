#include "proxyd/keyword_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/runtime/unbound.h"
#include "proxyd/cli/commands.h"
#include "proxyd/config/keyword_list.h"
#include "proxyd/config/load.h"
#include "proxyd/master/console.h"
#include "proxyd/patterns/method.h"
#include "proxyd/samples/arguments.h"
#include "proxyd/samples/table.h"

namespace proxyd {
namespace {

using config::ListedKeyword;
using samples::Place;
using samples::Type;

std::string_view type_word(Type type) {
  switch (type) {
    case Type::Bool: return "bool";
    case Type::Int: return "sint";
    case Type::Address: return "addr";
    case Type::Text: return "str";
    case Type::Binary: return "bin";
    case Type::Method: return "meth";
    default: return type == Type::Same ? "same" : "any";
  }
}

/// "(string[,integer])" of "s?i".
std::string arguments_text(std::string_view letters) {
  std::string text;
  std::size_t open = 0, given = 0;
  for (const char letter : letters) {
    if (letter == '?') {
      ++open;
      text += '[';
      continue;
    }
    if (given++ > 0) text += ',';
    text += samples::argument_type_name(letter);
  }
  text.append(open, ']');  // behind the last one: who leaves one out leaves out all that follow
  return text.empty() ? text : '(' + text + ')';
}

std::string lines_of(std::string_view title, std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string text = fmt::format("# List of registered {}:\n", title);
  for (const std::string& each : lines) text += each + '\n';
  return text;
}

std::string acl_text() {
  std::vector<std::string> lines;
  for (const samples::Fetch* each : samples::all_fetches()) {
    if (!each->has_derivatives) continue;
    for (const patterns::MethodRow& method : patterns::methods())
      if (method.is_suffix) lines.push_back(fmt::format("{0}_{1} = {0} -m {1}", each->name, method.name));
  }
  return lines_of("ACL keywords", std::move(lines));
}

std::string converter_text() {
  std::vector<std::string> lines;
  for (const samples::Converter* each : samples::all_converters())
    lines.push_back(fmt::format("{}{}: {} => {}", each->name, arguments_text(each->arguments), type_word(each->in), type_word(each->out)));
  return lines_of("sample converter functions", std::move(lines));
}

constexpr std::size_t kPlaces = static_cast<std::size_t>(Place::Cli) + 1;

/// Which column of the table below is which place: a ladder.
std::string ladder() {
  std::string text, steps;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    text += fmt::format("#{}{}_.{} {}\n", std::string(kPlaces + 1 - i, ' '), steps, std::string(kPlaces - i, '-'), name_of(static_cast<Place>(i)));
    steps += "/ ";
  }
  std::string bars = steps;
  std::replace(bars.begin(), bars.end(), '/', '|');
  return text + fmt::format("# {} \n# {}\n", steps, bars);
}

std::string fetch_text() {
  std::vector<std::string> lines;
  for (const samples::Fetch* each : samples::all_fetches()) {
    std::string places;
    for (std::size_t i = 0; i < kPlaces; ++i) places += is_usable(each->source, static_cast<Place>(i)) ? "Y " : ". ";
    lines.push_back(fmt::format("{}{}: {}\t[ {}]", each->name, arguments_text(each->arguments), type_word(each->type), places));
  }
  const std::string sorted = lines_of("sample fetch functions", std::move(lines));
  std::string text;
  for (const std::string_view line : lib::base::split(sorted, '\n')) {  // by name, with the places before it
    const std::size_t tab = line.find('\t');
    if (line.empty()) continue;
    text += tab == std::string_view::npos ? fmt::format("{}\n{}", line, ladder()) : fmt::format("{} {}\n", line.substr(tab + 1), line.substr(0, tab));
  }
  return text;
}

std::string command_text() {
  std::map<std::string, std::pair<bool, bool>> words;  // of the master, of workers
  const lib::runtime::CommandTable of_master = master::master_commands(lib::runtime::unbound<master::Host>());
  const lib::runtime::CommandTable of_worker = cli::commands(lib::runtime::unbound<cli::Context>());
  for (const auto& each : of_master.all())
    if (each.run || each.converse) words[each.words].first = true;
  for (const auto& each : of_worker.all())
    if (each.run || each.converse) words[each.words].second = true;
  std::vector<std::string> lines;
  for (const auto& [name, of] : words) lines.push_back(fmt::format("{} {}{}", name, of.first ? "[MASTER] " : "", of.second ? "[WORKER] " : ""));
  return lines_of("CLI keywords", std::move(lines));
}

/// "[ FE BE ]": the kinds of proxies of an option.
std::string sides_text(const ListedKeyword& keyword) {
  const auto has = [&](std::string_view word) { return keyword.where.find(word) != std::string::npos; };
  return fmt::format(" [ {}{}]", has("frontend") ? "FE " : "", has("backend") ? "BE " : "");
}

std::string keyword_text() {
  std::set<std::string> global, proxy, ring, store;
  for (const ListedKeyword& each : config::list_keywords()) {
    const std::string usage = each.usage.empty() ? "" : fmt::format(" {}", each.usage);
    using Of = ListedKeyword::Of;
    switch (each.of) {
      case Of::Global: global.insert(each.name + usage); break;
      case Of::Proxy:
        if (!each.usage.ends_with("...")) proxy.insert(each.name + usage + (each.name.starts_with("option ") ? sides_text(each) : ""));
        break;
      case Of::Ring: ring.insert(each.name + usage); break;
      case Of::CertificateStore: store.insert(each.name + usage); break;
      case Of::CertificateLoad: store.insert("load crt <file> " + each.name + usage); break;
      case Of::Bind: proxy.insert("bind <addr> " + each.name + usage); break;
      case Of::Server: proxy.insert("server <name> <addr> " + each.name + usage); break;
      case Of::Action:
        for (const std::string_view set : lib::base::split(each.where, ',')) proxy.insert(fmt::format("{} {}{}", set, each.name, usage));
        break;
    }
  }
  std::string text = "# List of registered configuration keywords:\n";
  const auto sections = std::to_array<std::pair<std::string_view, const std::set<std::string>*>>({{"global", &global}, {"listen", &proxy}, {"ring", &ring}, {"crt-store", &store}});
  for (const auto& [section, keywords] : sections) {
    text += fmt::format("{}\n", section);
    for (const std::string& each : *keywords) text += fmt::format("\t{}\n", each);
  }
  return text;
}

std::string filter_text() {
  std::vector<std::string> names;
  for (const config::Keyword& each : config::filter_keywords().rows)
    for (const std::string_view name : lib::base::split(each.usage.substr(0, each.usage.find(' ')), '|')) names.emplace_back(name);
  return lines_of("filter names", std::move(names));
}

/// There are no services that rules could hand a request to: "use-service" is refused.
std::string service_text() { return lines_of("service names", {}); }

struct Class {
  std::string_view name, help;
  std::string (*text)();
};
constexpr auto kClasses = std::to_array<Class>({
    {"acl", "ACL keywords", acl_text},
    {"cfg", "configuration keywords", keyword_text},
    {"cli", "CLI keywords", command_text},
    {"cnv", "sample converter keywords", converter_text},
    {"flt", "filter names", filter_text},
    {"smp", "sample fetch functions", fetch_text},
    {"svc", "service names", service_text},
});

std::string help_text() {
  std::string text = "# List of supported keyword classes:\nall: list all keywords\n";
  for (const Class& each : kClasses) text += fmt::format("{}: {}\n", each.name, each.help);
  return text + "doc: keywords with their arguments, places and meanings\n";
}

}  // namespace

std::string keyword_dump(std::span<const std::string> classes) {
  std::string text;
  for (const std::string& name : classes) {
    if (name == "help") text += help_text();
    if (name == "doc") text += config::dump_keywords();
    for (const Class& each : kClasses)
      if (name == each.name || name == "all") text += each.text();
  }
  return text;
}

}  // namespace proxyd
