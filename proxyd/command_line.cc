#include "proxyd/command_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace proxyd {
namespace {

using Action = CommandLine::Action;

/// haproxy reads these numbers leniently: what is not one counts as 0, what follows it is not looked at.
std::uint32_t lenient_number(std::string_view text) {
  std::uint32_t value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);  // 0 when it is no number
  return value;
}

/// Reads the arguments one after the other.
class Reader {
 public:
  explicit Reader(std::span<const char* const> arguments) : left_{arguments} {}
  bool at_end() const { return left_.empty(); }
  std::string_view peek() const { return left_.front(); }
  std::string_view next() {
    const std::string_view word = left_.front();
    left_ = left_.subspan(1);
    return word;
  }

 private:
  std::span<const char* const> left_;
};

enum class Takes : std::uint8_t { Nothing, Value };

/// An option that is the whole word.
struct Option {
  std::string_view name;
  Takes takes;
  void (*apply)(CommandLine& line, std::string_view value);
};

void set_action(CommandLine& line, Action action) {
  if (line.action == Action::Run) line.action = action;
}

void ignore(CommandLine&, std::string_view) {}

constexpr auto kOptions = std::to_array<Option>({
    {"-f", Takes::Value, [](CommandLine& line, std::string_view value) { line.files.emplace_back(value); }},
    {"-C", Takes::Value, [](CommandLine& line, std::string_view value) { line.change_directory = value; }},
    {"-p", Takes::Value, [](CommandLine& line, std::string_view value) { line.pid_file = value; }},
    {"-L", Takes::Value, [](CommandLine& line, std::string_view value) { line.local_peer = value; }},
    {"-n", Takes::Value, [](CommandLine& line, std::string_view value) { line.maxconn = lenient_number(value); }},
    {"-N", Takes::Value, [](CommandLine& line, std::string_view value) { line.default_maxconn = lenient_number(value); }},
    {"-m", Takes::Value, [](CommandLine& line, std::string_view value) { line.memory_limit_mb = lenient_number(value); }},
    {"-cc", Takes::Value,
     [](CommandLine& line, std::string_view value) {
       line.condition = value;
       set_action(line, Action::Evaluate);
     }},
    {"-c", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::Check); }},
    {"-v", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::ShowVersion); }},
    {"-vv", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::ShowBuild); }},
    {"-vq", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::ShowNumber); }},
    {"-vqs", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::ShowShort); }},
    {"-vqb", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::ShowBranch); }},
    {"-h", Takes::Nothing, [](CommandLine& line, std::string_view) { set_action(line, Action::ShowUsage); }},
    {"-V", Takes::Nothing, [](CommandLine& line, std::string_view) { line.verbose = true; }},
    {"-q", Takes::Nothing, [](CommandLine& line, std::string_view) { line.quiet = true; }},
    {"-D", Takes::Nothing, [](CommandLine& line, std::string_view) { line.daemon = true; }},
    {"-d", Takes::Nothing, [](CommandLine& line, std::string_view) { line.debug = line.foreground = true; }},
    {"-db", Takes::Nothing, [](CommandLine& line, std::string_view) { line.foreground = true; }},
    {"-dW", Takes::Nothing, [](CommandLine& line, std::string_view) { line.warnings_are_fatal = true; }},
    {"-dD", Takes::Nothing, [](CommandLine& line, std::string_view) { line.diagnostics = true; }},
    {"-dS", Takes::Nothing, [](CommandLine& line, std::string_view) { line.no_splice = true; }},
    {"-dR", Takes::Nothing, [](CommandLine& line, std::string_view) { line.no_reuse_port = true; }},
    {"-dr", Takes::Nothing, [](CommandLine& line, std::string_view) { line.ignore_resolution_failures = true; }},
    {"-W", Takes::Nothing, [](CommandLine& line, std::string_view) { line.master_worker = true; }},
    {"-Ws", Takes::Nothing, [](CommandLine& line, std::string_view) { line.master_worker = line.tells_manager = true; }},
    {"-S", Takes::Value, [](CommandLine& line, std::string_view value) { line.master_sockets.emplace_back(value); }},
    {"-x", Takes::Value, [](CommandLine& line, std::string_view value) { line.sockets_from = value; }},
    {"-dV", Takes::Nothing, [](CommandLine& line, std::string_view) { line.verifies_servers = false; }},
    {"--plan", Takes::Value,
     [](CommandLine& line, std::string_view value) {
       line.plan_files.emplace_back(value);
       set_action(line, Action::Plan);
     }},
    {"-dI", Takes::Nothing, [](CommandLine& line, std::string_view) { line.may_fork = true; }},
    {"-dc", Takes::Nothing, [](CommandLine& line, std::string_view) { line.shows_processors = true; }},
    {"-dL", Takes::Nothing, [](CommandLine& line, std::string_view) { line.lists_objects = true; }},
    // Ways of doing the same work that we have one of each: there is nothing to switch off, and nobody sees a difference.
    {"-de", Takes::Nothing, ignore},
    {"-dp", Takes::Nothing, ignore},
    {"-dk", Takes::Nothing, ignore},
    {"-dv", Takes::Nothing, ignore},
    {"-dG", Takes::Nothing, ignore},
    {"-dF", Takes::Nothing, ignore},
    {"-dZ", Takes::Nothing, ignore},
    {"-dT", Takes::Nothing, ignore},
    {"-4", Takes::Nothing, ignore},   // for resolvers, which are refused by name themselves
});

/// Options of the originals that we do not have yet. `attached`: what follows in the same word belongs to it.
struct KnownOption {
  std::string_view name;
  bool attached;
};
constexpr auto kNotBuiltYet = std::to_array<KnownOption>({
    {"-dt", true},
});

const Option* find_option(std::string_view word) {
  const auto found = std::ranges::find(kOptions, word, &Option::name);
  return found == kOptions.end() ? nullptr : &*found;
}

const KnownOption* find_not_built(std::string_view word) {
  const auto found = std::ranges::find_if(kNotBuiltYet, [&](const KnownOption& option) {
    return option.attached ? word.starts_with(option.name) : word == option.name;
  });
  return found == kNotBuiltYet.end() ? nullptr : &*found;
}

void refuse(CommandLine& line, std::string why) {
  line.action = Action::Refuse;
  line.error = std::move(why);
}

/// "-dKcfg,acl"
void read_dump_classes(CommandLine& line, std::string_view classes) {
  for (const std::string_view each : lib::base::split(classes, ','))
    if (!each.empty()) line.dump_classes.emplace_back(each);
  if (line.dump_classes.empty()) line.dump_classes.emplace_back("help");
}

/// "-sf 12 13": numbers up to the next option.
void read_old_processes(CommandLine& line, std::string_view option, Reader& reader) {
  line.old_end = option == "-sf" ? CommandLine::OldEnd::Finish : CommandLine::OldEnd::Terminate;
  while (!reader.at_end() && !reader.peek().starts_with('-')) {
    const std::string_view word = reader.next();
    const std::optional<pid_t> pid = lib::base::parse_number<pid_t>(word);
    if (!pid || *pid <= 0) return refuse(line, fmt::format("Invalid pid '{}' after {}.", word, option));
    line.old_processes.push_back(*pid);
  }
}

/// One argument, with what belongs to it. False when it ends the reading.
bool read_argument(CommandLine& line, Reader& reader) {
  const std::string_view word = reader.next();
  if (word == "--") {
    while (!reader.at_end()) line.files.emplace_back(reader.next());
    return false;
  }
  if (word == "explain") {
    while (!reader.at_end()) line.words.emplace_back(reader.next());
    set_action(line, Action::Explain);
    return false;
  }
  if (const Option* option = find_option(word)) {
    if (option->takes == Takes::Value && reader.at_end()) {
      refuse(line, "failed to copy argv.");
      return false;
    }
    option->apply(line, option->takes == Takes::Value ? reader.next() : std::string_view{});
  } else if (word == "-sf" || word == "-st") {
    read_old_processes(line, word, reader);
  } else if (word.starts_with("-dM")) {
    // Poisoned memory finds mistakes of the original's pools, which we have none of.
  } else if (word.starts_with("-dC")) {
    line.dumps_configuration = true;
    line.anonymous_key = lenient_number(word.substr(3));
  } else if (word.starts_with("-dA")) {
    line.archive = word.substr(3);
  } else if (word.starts_with("-dK")) {
    read_dump_classes(line, word.substr(3));
  } else if (find_not_built(word) != nullptr) {
    refuse(line, fmt::format("the option '{}' is known but not built yet.", word));
  } else {
    line.action = Action::BadUsage;
  }
  return line.action != Action::Refuse && line.action != Action::BadUsage;
}

}  // namespace

CommandLine parse_command_line(std::span<const char* const> arguments) {
  CommandLine line;
  Reader reader{arguments};
  while (!reader.at_end() && read_argument(line, reader)) {
  }
  const bool runs = line.action == Action::Run || line.action == Action::Check || line.action == Action::Plan;
  if (runs && line.files.empty()) line.action = line.dump_classes.empty() ? Action::BadUsage : Action::DumpKeywords;
  if (line.verbose) line.quiet = false;
  if (line.foreground) line.daemon = line.master_worker = false;
  return line;
}

}  // namespace proxyd
