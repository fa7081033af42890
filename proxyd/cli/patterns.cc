// show, get, add, set, del, clear, prepare, commit: the patterns of ACLs and maps.
#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <iterator>
#include <optional>
#include <shared_mutex>

#include "lib/base/text.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/patterns/library.h"

namespace proxyd::cli {

using lib::event::Task;
using patterns::Key;
using patterns::List;
using patterns::ListEntry;
using patterns::Method;

namespace {

enum class Kind : std::uint8_t { Acl, Map };

constexpr std::string_view name_of(Kind kind) { return kind == Kind::Acl ? "ACL" : "map"; }

/// "[@<ver>] <list> ...": what follows the command's words.
struct Target {
  std::optional<List::Version> version;
  std::size_t at = 0;  // the list's name
};

Target read_target(const Call& call) {
  if (!call.arg(0).starts_with('@')) return {};
  // the original reads a word that is no number as version 0
  return {lib::base::parse_number<List::Version>(call.arg(0).substr(1)).value_or(0), 1};
}

void unknown(Call& call, Kind kind) {
  call.error(fmt::format("Unknown {} identifier. Please use #<id> or <file>.", name_of(kind)));
}

template <Kind Which>
List* find_list(Context& context, std::string_view name) {
  List* const list = name.empty() ? nullptr : context.process.site->config->patterns->find(name);
  if (list == nullptr) return nullptr;
  return (Which == Kind::Acl ? list->is_in_acl : list->is_in_map) ? list : nullptr;
}

/// "#0x7f01" names an entry; any other word is a pattern.
Key read_key(std::string_view word) {
  if (!word.starts_with("#0x")) return {word};
  std::uintptr_t reference = 0;
  const auto [end, fault] = std::from_chars(word.data() + 3, word.data() + word.size(), reference, 16);
  if (fault != std::errc{} || end != word.data() + word.size()) return {word};
  return {word, reference};
}

/// Until now traffic may have looked this list up without its lock: from here on it takes it, and whoever had begun before
/// has ended when this returns.
Task<void> make_changeable(Context& context, Call& call, List& list) {
  if (list.is_guarded()) co_return;
  list.guard();
  const std::function<void(session::Worker&)> pass = [](session::Worker&) {};
  co_await session::on_each_worker(context.process, context.here, call.waiter, pass);
}

// ---- looking

template <Kind Which>
void show_lists(Context& context, Call& call) {
  call.out += "# id (file) description\n";
  for (const auto& list : context.process.site->config->patterns->lists()) {
    if (!(Which == Kind::Acl ? list->is_in_acl : list->is_in_map)) continue;
    const std::shared_lock lock{list->mutex()};
    fmt::format_to(std::back_inserter(call.out), "{} ({}) {}. curr_ver={} next_ver={} entry_cnt={}\n", list->id, list->name,
                   list->description, list->version(), list->next_version(), list->size());
  }
}

/// Some entries from `from` on; false when there are no more.
bool append_entries(std::string& out, const List& list, std::optional<List::Version> version, std::size_t from) {
  constexpr std::size_t kAtOnce = 500;
  const std::shared_lock lock{list.mutex()};
  const std::vector<ListEntry>* const entries = version ? list.entries(*version) : &list.entries();
  if (entries == nullptr) return false;
  for (std::size_t i = from; i < std::min(from + kAtOnce, entries->size()); ++i) {
    const ListEntry& each = (*entries)[i];
    if (each.is_gone()) continue;
    fmt::format_to(std::back_inserter(out), "{} {}", each.reference(), each.pattern);
    if (list.is_in_map) fmt::format_to(std::back_inserter(out), " {}", each.value);
    out += '\n';
  }
  return from + kAtOnce < entries->size();
}

template <Kind Which>
Task<void> show(Context& context, Call& call) {
  if (call.args.empty()) co_return show_lists<Which>(context, call);
  const Target target = read_target(call);
  const List* const list = find_list<Which>(context, call.arg(target.at));
  if (list == nullptr) co_return unknown(call, Which);
  for (std::size_t from = 0; append_entries(call.out, *list, target.version, from); from += 500) {
    const bool is_there = co_await call.flush();
    if (!is_there) co_return;
  }
}

std::uint32_t look_up(const patterns::Table& table, std::string_view text) {
  patterns::Workspace workspace;
  if (table.method() == Method::Int) {
    std::int64_t number = 0;  // what the text begins with
    const auto fault = std::from_chars(text.data(), text.data() + text.size(), number).ec;
    return fault == std::errc{} ? table.find(number) : patterns::kNoEntry;
  }
  if (table.method() == Method::Len) return table.find(static_cast<std::int64_t>(text.size()));
  if (table.method() == Method::Ip) {
    const auto address = lib::net::Address::parse(text);
    return address ? table.find(*address) : patterns::kNoEntry;
  }
  return table.find(text, workspace);
}

/// Methods without patterns match by themselves.
bool matches_alone(Method method, std::string_view text) {
  return method == Method::Bool && lib::base::parse_number<std::int64_t>(text).value_or(0) != 0;
}

std::string_view type_of(patterns::ValueKind kind, std::string_view value) {
  if (kind == patterns::ValueKind::Int) return "sint";
  if (kind != patterns::ValueKind::Address) return "str";
  return value.find(':') == std::string_view::npos ? "ipv4" : "ipv6";
}

template <Kind Which>
void append_answer(std::string& out, const List& list, const patterns::Use& use, std::string_view text) {
  const auto end = std::back_inserter(out);
  const std::uint32_t found = use.table == nullptr ? patterns::kNoEntry : look_up(*use.table, text);
  const bool matches = found != patterns::kNoEntry || (use.table == nullptr && matches_alone(use.method, text));
  fmt::format_to(end, "type={}, case={}, {}={}", patterns::name_of(use.method),
                 use.fold == patterns::Case::Kept ? "sensitive" : "insensitive", Which == Kind::Acl ? "match" : "found",
                 matches ? "yes" : "no");
  if (matches) fmt::format_to(end, ", idx={}", use.table != nullptr && use.table->is_in_tree(found) ? "tree" : "list");
  if (matches && use.table == nullptr) {
    fmt::format_to(end, ", {}=unknown", Which == Kind::Acl ? "pattern" : "key");
  } else if (matches) {
    const ListEntry& entry = list.entries()[found];
    fmt::format_to(end, ", {}=\"{}\"", Which == Kind::Acl ? "pattern" : "key", entry.pattern);
    if (Which == Kind::Map && use.value == patterns::ValueKind::None) out += ", value=none";
    else if (Which == Kind::Map)
      fmt::format_to(end, ", value=\"{}\", type=\"{}\"", entry.value, type_of(use.value, entry.value));
  }
  out += '\n';
}

template <Kind Which>
void get(Context& context, Call& call) {
  if (call.args.size() < 2) return call.error(fmt::format("Missing {} identifier and/or key.", name_of(Which)));
  const List* const list = find_list<Which>(context, call.arg(0));
  if (list == nullptr) return unknown(call, Which);
  const std::shared_lock lock{list->mutex()};
  for (const patterns::Use& each : list->uses) append_answer<Which>(call.out, *list, each, call.arg(1));
}

// ---- changing

/// Adds the lines of a payload, until one is refused.
template <Kind Which>
void add_lines(Call& call, List& list, std::optional<List::Version> version) {
  for (std::string_view line : lib::base::split(call.payload, '\n')) {
    line = lib::base::trim(line);
    if (line.empty()) continue;
    const std::size_t blank = Which == Kind::Acl ? std::string_view::npos : line.find_first_of(" \t");
    const std::string_view key = line.substr(0, blank);
    if (Which == Kind::Map && blank == std::string_view::npos)
      return call.error(fmt::format("Missing value for key '{}'.", key));
    const std::string_view value = Which == Kind::Acl ? std::string_view{} : lib::base::trim(line.substr(blank));
    if (const std::string fault = list.insert(key, value, version); !fault.empty()) return call.error(fault + ".");
  }
}

template <Kind Which>
Task<void> add(Context& context, Call& call) {
  const Target target = read_target(call);
  const std::string_view key = call.arg(target.at + 1), value = call.arg(target.at + 2);
  const bool is_complete = !call.arg(target.at).empty() &&
                           (!call.payload.empty() || (!key.empty() && (Which == Kind::Acl || !value.empty())));
  if (!is_complete)
    co_return call.error(Which == Kind::Acl ? "'add acl' expects two parameters: ACL identifier and pattern."
                                            : "'add map' expects three parameters (map identifier, key and value) or one "
                                              "parameter (map identifier) and a payload");
  List* const list = context.process.site->config->patterns->find(call.arg(target.at));
  if (list == nullptr || (Which == Kind::Map && !list->is_in_map)) co_return unknown(call, Which);
  if (Which == Kind::Acl && list->is_in_map)
    co_return call.error(
        "This ACL is shared with a map containing samples. You must use the command 'add map' to add values.");
  co_await make_changeable(context, call, *list);
  if (!call.payload.empty()) co_return add_lines<Which>(call, *list, target.version);
  const std::string fault = list->insert(key, Which == Kind::Acl ? std::string_view{} : value, target.version);
  if (!fault.empty()) call.error(fault + ".");
}

void set_map(Context& context, Call& call) {
  if (call.args.size() < 3) return call.error("'set map' expects three parameters: map identifier, key and value.");
  List* const list = find_list<Kind::Map>(context, call.arg(0));
  if (list == nullptr) return unknown(call, Kind::Map);
  const Key key = read_key(call.arg(1));
  const auto changed = list->set(key, call.arg(2));
  if (!changed) return call.error(changed.error() + ".");
  if (*changed == 0) call.error(key.reference ? "key or pattern not found." : "entry not found.");
}

template <Kind Which>
Task<void> del(Context& context, Call& call) {
  if (call.args.size() < 2)
    co_return call.error(fmt::format("This command expects two parameters: {} identifier and key.", name_of(Which)));
  List* const list = find_list<Which>(context, call.arg(0));
  if (list == nullptr) co_return unknown(call, Kind::Map);  // so the original says for both
  co_await make_changeable(context, call, *list);
  if (list->erase(read_key(call.arg(1))) == 0) call.error("Key not found.");
}

template <Kind Which>
Task<void> clear(Context& context, Call& call) {
  const Target target = read_target(call);
  if (call.arg(target.at).empty()) co_return call.error(fmt::format("Missing {} identifier.", name_of(Which)));
  List* const list = find_list<Which>(context, call.arg(target.at));
  if (list == nullptr) co_return unknown(call, Which);
  co_await make_changeable(context, call, *list);
  list->clear(target.version);
}

template <Kind Which>
void prepare(Context& context, Call& call) {
  List* const list = find_list<Which>(context, call.arg(0));
  if (list == nullptr) return unknown(call, Which);
  call.message(Severity::Info, fmt::format("New version created: {}", list->prepare()));
}

template <Kind Which>
Task<void> commit(Context& context, Call& call) {
  const Target target = read_target(call);
  if (!target.version) co_return call.error("Missing version number.");
  if (call.arg(target.at).empty()) co_return call.error(fmt::format("Missing {} identifier.", name_of(Which)));
  List* const list = find_list<Which>(context, call.arg(target.at));
  if (list == nullptr) co_return unknown(call, Which);
  co_await make_changeable(context, call, *list);
  if (!list->commit(*target.version)) call.error("Version number out of range.");
}

template <Kind Which>
void add_commands(Context& context, std::vector<Command>& commands) {
  constexpr bool kAcl = Which == Kind::Acl;
  const auto add_row = [&](const Row& row, auto run) { commands.push_back(bind(context, row, run)); };
  add_row({kAcl ? "show acl" : "show map", Level::User, kAcl ? "show acl [[@<ver>] <acl>]" : "show map [[@<ver>] <map>]",
           kAcl ? "list ACLs, or what is in one" : "list maps, or what is in one"},
          &show<Which>);
  add_row({kAcl ? "get acl" : "get map", Level::User, kAcl ? "get acl <acl> <value>" : "get map <map> <value>",
           kAcl ? "tell which patterns match a value" : "tell which keys match a value, and what they give"},
          &get<Which>);
  add_row({kAcl ? "add acl" : "add map", Level::Admin,
           kAcl ? "add acl [@<ver>] <acl> <pattern>" : "add map [@<ver>] <map> <key> <val>",
           kAcl ? "add a pattern to an ACL (or a payload's lines)" : "add an entry to a map (or a payload's lines)"},
          &add<Which>);
  add_row({kAcl ? "del acl" : "del map", Level::Admin, kAcl ? "del acl <acl> {<key>|#<ref>}" : "del map <map> {<key>|#<ref>}",
           kAcl ? "take a pattern out of an ACL" : "take a key out of a map"},
          &del<Which>);
  add_row({kAcl ? "clear acl" : "clear map", Level::Admin, kAcl ? "clear acl [@<ver>] <acl>" : "clear map [@<ver>] <map>",
           kAcl ? "empty an ACL, or a version of it" : "empty a map, or a version of it"},
          &clear<Which>);
  add_row({kAcl ? "prepare acl" : "prepare map", Level::Admin, kAcl ? "prepare acl <acl>" : "prepare map <map>",
           "begin a new version, to be put in place as a whole"},
          &prepare<Which>);
  add_row({kAcl ? "commit acl" : "commit map", Level::Admin, kAcl ? "commit acl @<ver> <acl>" : "commit map @<ver> <map>",
           "put a prepared version in place of the present one"},
          &commit<Which>);
}

}  // namespace

std::vector<Command> pattern_commands(Context& context) {
  std::vector<Command> commands;
  add_commands<Kind::Acl>(context, commands);
  add_commands<Kind::Map>(context, commands);
  commands.push_back(bind(context,
                          {"set map", Level::Admin, "set map <map> {<key>|#<ref>} <value>", "change what a key gives"},
                          set_map));
  return commands;
}

}  // namespace proxyd::cli
