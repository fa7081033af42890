#include "proxyd/config/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/common/suggest.h"
#include "proxyd/config/cross_checks.h"
#include "proxyd/config/crt_store.h"
#include "proxyd/config/draft.h"
#include "proxyd/config/error_section.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/line.h"
#include "proxyd/config/ring_section.h"
#include "proxyd/config/user_list.h"

namespace proxyd::config {

namespace {

using parsers::haproxy::Section;
using parsers::haproxy::Tree;

/// "config : parsing [f:l] : message" about a section's header.
void header_alert(Draft& draft, const Statement& header, std::size_t word, std::string_view message,
                  std::string hint = {}) {
  draft.alert(header.place(word),
              fmt::format("config : parsing [{}] : {}", Draft::at(header.whole()), message),
              std::move(hint));
}

std::string_view word_of(const Statement& header, std::size_t index) {
  return index < header.words.size() ? header.words[index].text : std::string_view{};
}

char bad_character(std::string_view name) {
  // "a#b" arrives here only when quoted; the original's set is the same for all sections.
  for (const char c : name) {
    const char low = lib::base::to_lower(c);
    if (!((low >= 'a' && low <= 'z') || lib::base::is_digit(c) ||
          std::string_view{"-_.:"}.find(c) != std::string_view::npos))
      return c;
  }
  return '\0';
}

void read_global(Draft& draft, const Section& section) {
  if (section.header.words.size() > 1)
    header_alert(draft, section.header, 1,
                 fmt::format("'global' cannot handle unexpected argument '{}'.",
                             word_of(section.header, 1)));
  for (const Statement& each : section.body) read_statement(draft, each, nullptr);
}

DefaultsSection* find_defaults(Draft& draft, std::string_view name) {
  // The last one of a name wins.
  for (auto each = draft.defaults.rbegin(); each != draft.defaults.rend(); ++each)
    if (each->name == name && !name.empty()) return &*each;
  return nullptr;
}

/// The "from NAME" of a header: the section meant, or null after an alert.
DefaultsSection* read_from(Draft& draft, const Statement& header, std::size_t at,
                           std::string_view kind, std::string_view own_name) {
  DefaultsSection* found = find_defaults(draft, word_of(header, at + 1));
  if (found == nullptr) {
    header_alert(draft, header, at + 1,
                 fmt::format("defaults section '{}' not found for {} '{}'.",
                             word_of(header, at + 1), kind, own_name));
    return nullptr;
  }
  found->used_by_name = true;
  return found;
}

/// Rules come from a defaults section only where it is clear whose they are, as the original has it.
void check_inherited_rules(Draft& draft, const Statement& header, ProxyKind kind, DefaultsSection& from) {
  const ProxyRules& rules = from.values.rules;
  if (!rules.are_any()) return;
  const std::string where = fmt::format(" (defaults section at {})", Draft::at(from.draft.place));
  const auto refuse = [&](std::string_view what, std::string_view end) {
    draft.alert(header.place(0), fmt::format("config : parsing [{}]: {}{}.", Draft::at(header.whole()), what, end));
  };
  if (kind == ProxyKind::Defaults)
    return refuse("a defaults section cannot inherit from a defaults section defining TCP/HTTP rules", where);
  if (kind == ProxyKind::Listen)
    return refuse("a listen section cannot inherit from a defaults section defining TCP/HTTP rules", {});
  const bool front = kind == ProxyKind::Frontend;
  if (front && !rules.tcp_response.empty())
    return refuse("a frontend section cannot inherit from a defaults section defining 'tcp-response content' rules", where);
  if (!front && (!rules.tcp_connection.empty() || !rules.tcp_session.empty()))
    return refuse("a backend section cannot inherit from a defaults section defining 'tcp-request connection' or 'tcp-request "
                  "session' rules", where);
  (front ? from.used_by_front : from.used_by_back) = true;
  if (from.used_by_front && from.used_by_back)
    refuse("frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules", where);
}

void read_defaults(Draft& draft, const Section& section) {
  const Statement& header = section.header;
  const bool from_first = word_of(header, 1) == "from";
  const std::string_view name = from_first ? std::string_view{} : word_of(header, 1);
  const std::size_t from_at = from_first ? 1 : 2;
  DefaultsSection* parent = nullptr;
  if (word_of(header, from_at) == "from")
    parent = read_from(draft, header, from_at, "defaults", name);
  DefaultsSection& defaults = draft.defaults.emplace_back();
  if (parent != nullptr) {
    check_inherited_rules(draft, header, ProxyKind::Defaults, *parent);
    defaults.values = parent->values;
    defaults.draft = parent->draft;
    defaults.values.acls.clear();
  }
  defaults.name = name;
  defaults.values.name = name;
  defaults.values.place = draft.keep(header.whole());
  defaults.draft.kind = ProxyKind::Defaults;
  defaults.draft.proxy = &defaults.values;
  defaults.draft.place = header.place(0);
  draft.current_defaults = &defaults;
  for (const Statement& each : section.body) read_statement(draft, each, &defaults.draft);
}

ProxyKind kind_of(std::string_view keyword) {
  if (keyword == "frontend") return ProxyKind::Frontend;
  return keyword == "backend" ? ProxyKind::Backend : ProxyKind::Listen;
}

/// The defaults that a proxy starts from: named, or those above.
DefaultsSection* choose_defaults(Draft& draft, const Statement& header, std::string_view name,
                                       bool has_from) {
  if (has_from) return read_from(draft, header, 2, header.keyword(), name);
  DefaultsSection* above = draft.current_defaults;
  if (above == nullptr) return nullptr;
  if (above->used_by_name && !above->used_implicitly)
    draft.harmless_alert(
        header.place(0),
        fmt::format("config : parsing [{}] : defaults section '{}' (declared at {}) is explicitly "
                    "referenced by another proxy "
                    "and implicitly used here. To avoid any ambiguity don't mix both usage. Add a "
                    "last defaults section not "
                    "explicitly used or always use explicit references.",
                    Draft::at(header.whole()), above->name, Draft::at(above->draft.place)));
  above->used_implicitly = true;
  return above;
}

/// Two sections may share a name when one is a frontend and the other a backend, and a listen section the name of a
/// backend above it, which is then the one that the name means (as in 2.6; 3.4 refuses both).
void check_name(Draft& draft, const ProxyDraft& about, const Place& place) {
  const auto clash =
      [&](const std::unordered_map<std::string_view, std::size_t>& names) -> const ProxyDraft* {
    const auto found = names.find(about.proxy->name);
    return found == names.end() ? nullptr : &draft.proxies[found->second];
  };
  const ProxyDraft* other = about.is_front() ? clash(draft.frontends) : nullptr;
  const ProxyDraft* const same_back = other == nullptr && about.is_back() ? clash(draft.backends) : nullptr;
  if (same_back != nullptr && about.kind == ProxyKind::Listen) {
    draft.diagnostics.notice(place, fmt::format("config : parsing [{}]: rules and commands that name '{}' mean the {} "
                                                "declared at {}, not this listen section.",
                                                Draft::at(about.place), about.proxy->name, same_back->section(),
                                                Draft::at(same_back->place)));
    return;
  }
  if (same_back != nullptr) other = same_back;
  if (other == nullptr) return;
  draft.alert(
      place,
      fmt::format("config : Parsing [{}]: {} has the same name as {} declared at {}.",
                  Draft::at(about.place), about.title(), other->title(), Draft::at(other->place)));
}

/// A proxy of that header, with its defaults, in the configuration; null after an alert that leaves
/// none.
ProxyDraft* begin_proxy(Draft& draft, const Section& section) {
  const Statement& header = section.header;
  const std::string_view name = word_of(header, 1);
  const ProxyKind kind = kind_of(header.keyword());
  if (name.empty()) {
    header_alert(draft, header, 1, fmt::format("'{}' expects an <id> argument", header.keyword()));
    return nullptr;
  }
  if (const char bad = bad_character(name); bad != '\0')
    header_alert(draft, header, 1,
                 fmt::format("character '{}' is not permitted in '{}' name '{}'.", bad,
                             header.keyword(), name));
  const bool has_from = word_of(header, 2) == "from" && header.words.size() > 3;
  const std::size_t next_word = has_from ? 4 : 2;
  if (has_from && header.words.size() > 4)
    header_alert(draft, header, 4,
                 fmt::format("'{}' cannot handle unexpected argument '{}'.", header.keyword(),
                             word_of(header, 4)));
  if (header.words.size() > next_word && kind != ProxyKind::Backend) {
    // The original then has no proxy: each line below is out of place.
    draft.harmless_alert(
        header.place(next_word),
        fmt::format(
            "config : parsing [{}] : please use the 'bind' keyword for listening addresses.",
            Draft::at(header.whole())));
    for (const Statement& each : section.body)
      if (draft.reads_on(each)) header_alert(draft, each, 0, "'listen' or 'defaults' expected.");
    return nullptr;
  }
  DefaultsSection* const defaults = choose_defaults(draft, header, name, has_from);
  auto proxy =
      defaults == nullptr ? std::make_unique<Proxy>() : std::make_unique<Proxy>(defaults->values);
  ProxyDraft about;
  if (defaults != nullptr) {
    about = defaults->draft;
    about.inherited_rules = &defaults->values.rules;
    check_inherited_rules(draft, header, kind, *defaults);
  }
  about.kind = kind;
  about.proxy = proxy.get();
  about.place = header.place(0);
  proxy->acls.clear();
  proxy->name = name;
  proxy->place = draft.keep(header.whole());
  proxy->is_frontend = about.is_front();
  proxy->is_backend = about.is_back();
  if (!about.is_front()) proxy->default_backend_name.clear();
  check_name(draft, about, header.place(1));
  const std::size_t index = draft.config->proxies.size();
  draft.config->proxies.push_back(std::move(proxy));
  ProxyDraft& kept = draft.proxies.emplace_back(std::move(about));
  if (kept.is_front()) draft.frontends.emplace(kept.proxy->name, index);
  if (kept.is_back()) draft.backends.emplace(kept.proxy->name, index);
  return &kept;
}

/// Sections that are known by name only: one alert, and their lines are passed over.
void refuse_section(Draft& draft, const Section& section) {
  const std::string_view keyword = section.header.keyword();
  header_alert(draft, section.header, 0, "section " + not_built_text(keyword));
}

void read_section(Draft& draft, const Section& section) {
  const std::string_view keyword = section.header.keyword();
  if (keyword == "global") return read_global(draft, section);
  if (keyword == "defaults") return read_defaults(draft, section);
  if (keyword == "userlist") return read_user_list(draft, section);
  if (keyword == "http-errors") return;  // it has been read before
  if (keyword == "ring") return read_ring(draft, section);
  if (keyword == "crt-store") return read_crt_store(draft, section);
  if (keyword != "frontend" && keyword != "backend" && keyword != "listen")
    return refuse_section(draft, section);
  ProxyDraft* about = begin_proxy(draft, section);
  if (about == nullptr) return;
  for (const Statement& each : section.body) read_statement(draft, each, about);
}

/// A line above any section: mostly a section's heading with a slip in it.
void refuse_orphan(Draft& draft, const Statement& line) {
  const std::string_view near = parsers::common::suggest(line.keyword(), parsers::haproxy::section_keywords());
  draft.alert(line.place(0),
              fmt::format("config : parsing [{}]: unknown keyword '{}' out of section.", Draft::at(line.whole()),
                          line.keyword()),
              near.empty() ? std::string{} : fmt::format("did you mean '{}' maybe ?", near));
}

/// The two alerts that close a check that failed: the files with mistakes, then the verdict.
void add_verdict(Draft& draft, const Tree& tree, std::size_t reading_ended) {
  Diagnostics& diagnostics = draft.diagnostics;
  std::vector<const Source*> files;
  for (std::size_t i = 0; i < reading_ended; ++i) {
    const parsers::common::Diagnostic& each = diagnostics.all()[i];
    if (each.severity != parsers::common::Severity::Alert || each.place.source == nullptr) continue;
    if (std::find(files.begin(), files.end(), each.place.source) == files.end())
      files.push_back(each.place.source);
  }
  // A message without a place (".alert") can only be the last file's: reading stopped there.
  if (files.empty() && reading_ended != 0 && !tree.sources.empty())
    files.push_back(&tree.sources.back());
  for (const Source* each : files)
    diagnostics.conclude(fmt::format("config : Error(s) found in configuration file : {}", each->name()));
  diagnostics.conclude("config : Fatal errors found in configuration.");
}

}  // namespace

std::unique_ptr<const Config> load(const Tree& tree, const LoadOptions& options,
                                   Diagnostics& diagnostics) {
  const bool unreadable = diagnostics.failed();
  Draft draft{options, diagnostics};
  for (const Statement& each : tree.orphans)
    if (draft.reads_on(each)) refuse_orphan(draft, each);
  // First, so that lines may name what stands below them.
  for (const Section& each : tree.sections)
    if (each.header.keyword() == "http-errors") read_error_section(draft, each);
  for (const Section& each : tree.sections)
    if (draft.reads_on(each.header)) read_section(draft, each);
  const std::size_t reading_ended = diagnostics.all().size();
  const bool failed_reading = unreadable || draft.failed;
  if (!failed_reading) finish(draft);
  if (!failed_reading && !draft.failed) return std::move(draft.config);
  add_verdict(draft, tree, failed_reading ? reading_ended : 0);
  return nullptr;
}

}  // namespace proxyd::config
