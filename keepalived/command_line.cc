#include "keepalived/command_line.h"

#include <signal.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "lib/base/text.h"
#include "lib/base/version.h"

namespace keepalived {
namespace {

enum class Argument : unsigned char { None, Needed, Attached };  // Attached: optional, -tFILE or --config-test=FILE

struct Option {
  char letter;                // 0: long form only
  std::string_view name;
  Argument argument;
  bool (*take)(CommandLine& to, const std::string& value);  // false: the value is wrong
  std::string_view help;
};

bool take_facility(CommandLine& to, const std::string& value) {
  constexpr int kLocal0 = 16, kUser = 1, kDaemon = 3;
  std::string_view text = value;
  if (text == "daemon") to.facility = kDaemon;
  else if (text == "user") to.facility = kUser;
  else {
    if (text.starts_with("local")) text.remove_prefix(5);
    while (text.starts_with(' ')) text.remove_prefix(1);  // as strtol reads it, also nothing as 0
    const auto number = text.empty() ? 0 : lib::base::parse_number<int>(text);
    if (!number || *number < 0 || *number > 7) {
      to.notes.push_back("Invalid log facility '" + value + "'");
      to.fails_test = true;
      return true;  // said, and gone on with the default
    }
    to.facility = kLocal0 + *number;
  }
  return true;
}

bool take_umask(CommandLine& to, const std::string& value) {
  char* end = nullptr;
  const unsigned long mask = std::strtoul(value.c_str(), &end, 8);
  if (value.empty() || *end != '\0' || mask > 0777) {
    to.notes.push_back("Invalid --umask option " + value);
    return true;  // keepalived goes on with its own
  }
  to.umask = static_cast<unsigned>(mask);
  return true;
}

template <bool CommandLine::* Field, bool Value = true>
bool set(CommandLine& to, const std::string&) {
  to.*Field = Value;
  return true;
}
template <std::string CommandLine::* Field>
bool take(CommandLine& to, const std::string& value) {
  to.*Field = value;
  return true;
}
template <CommandLine::Shows Value>
bool show(CommandLine& to, const std::string&) {
  to.shows = Value;
  return true;
}
bool ignore(CommandLine&, const std::string&) { return true; }
/// Debian's keepalived has SNMP in it: a command line that asks for it must not keep us from starting.
bool lack_snmp(CommandLine& to, const std::string&) {
  constexpr std::string_view kNote = "SNMP is not built: nothing is offered to its agent";
  if (to.notes.empty() || to.notes.back() != kNote) to.notes.emplace_back(kNote);
  return true;
}

constexpr auto kOptions = std::to_array<Option>({
    {'f', "use-file", Argument::Needed, &take<&CommandLine::config_file>, "configuration file"},
    {'P', "vrrp", Argument::None, &set<&CommandLine::run_checkers, false>, "only VRRP: nothing for checkerd"},
    {'C', "check", Argument::None, &set<&CommandLine::run_vrrp, false>, "only the checkers: nothing for vrrpd"},
    {'B', "no_bfd", Argument::None, &set<&CommandLine::run_bfd, false>, "no BFD"},
    {0, "all", Argument::None, &set<&CommandLine::run_all>, "run also without configuration"},
    {'l', "log-console", Argument::None, &set<&CommandLine::log_console>, "log to the terminal, with -n"},
    {'D', "log-detail", Argument::None, [](CommandLine& to, const std::string&) { ++to.detail; return true; }, "detailed log"},
    {'S', "log-facility", Argument::Needed, &take_facility, "0-7, local0-local7, user or daemon"},
    {'G', "no-syslog", Argument::None, &set<&CommandLine::no_syslog>, "no syslog"},
    {'u', "umask", Argument::Needed, &take_umask, "umask of files that we make"},
    {'X', "release-vips", Argument::None, &ignore, "addresses go at a signal: always so"},
    {'V', "dont-release-vrrp", Argument::None, &set<&CommandLine::keep_addresses>, "addresses stay at the stop"},
    {'I', "dont-release-ipvs", Argument::None, &set<&CommandLine::keep_table>, "virtual servers stay at the stop"},
    {'R', "dont-respawn", Argument::None, &set<&CommandLine::respawn, false>, "a child that dies is not started again"},
    {'n', "dont-fork", Argument::None, &set<&CommandLine::foreground>, "stay in the foreground"},
    {'d', "dump-conf", Argument::None, &set<&CommandLine::dump_config>, "write what was read to the log"},
    {'p', "pid", Argument::Needed, &take<&CommandLine::pid_file>, "pid file"},
    {'r', "vrrp_pid", Argument::Needed, &take<&CommandLine::vrrp_pid_file>, "pid file of the VRRP part"},
    {'c', "checkers_pid", Argument::Needed, &take<&CommandLine::checkers_pid_file>, "checkerd's pid file"},
    {'b', "bfd_pid", Argument::Needed, &take<&CommandLine::bfd_pid_file>, "pid file of the BFD part"},
    {'s', "namespace", Argument::Needed, &take<&CommandLine::net_namespace>, "network namespace"},
    {'a', "address-monitoring", Argument::None, &set<&CommandLine::address_monitoring>, "log every address that comes or goes"},
    {'x', "snmp", Argument::None, &lack_snmp, "SNMP: not built, said at the start"},
    {'A', "snmp-agent-socket", Argument::Needed, &lack_snmp, "the same"},
    {'m', "core-dump", Argument::None, &set<&CommandLine::core_dump>, "allow core dumps"},
    {'M', "core-dump-pattern", Argument::Attached, [](CommandLine& to, const std::string& value) {
       to.core_dump = true;
       to.core_pattern = value.empty() ? "core" : value;
       return true;
     }, "and set the kernel's core_pattern meanwhile, \"core\" by default"},
    {'e', "all-config", Argument::None, &set<&CommandLine::strict_includes>, "every include must be there"},
    {'i', "config-id", Argument::Needed, &take<&CommandLine::config_id>, "id of @ lines"},
    {0, "ignore-sigint", Argument::None, &set<&CommandLine::ignore_sigint>, "SIGINT does nothing"},
    {0, "signum", Argument::Needed, [](CommandLine& to, const std::string& value) {
       to.signal_name = value;
       to.shows = CommandLine::Shows::Signal;
       return true;
     }, "number of a signal by its name: STOP RELOAD DATA STATS STATS_CLEAR JSON"},
    {'t', "config-test", Argument::Attached, [](CommandLine& to, const std::string& value) {
       to.test = true;
       to.test_log = value;
       return true;
     }, "check the configuration"},
    {0, "plan", Argument::Needed, [](CommandLine& to, const std::string& value) {
       to.plan = value;
       return !value.empty();
     }, "ours: what a reload from -f to this file would change"},
    {0, "runtime-socket", Argument::Needed, &take<&CommandLine::runtime_socket>, "ours: path of the runtime socket"},
    {'v', "version", Argument::None, &show<CommandLine::Shows::Version>, "version"},
    {'h', "help", Argument::None, &show<CommandLine::Shows::Help>, "this text"},
});

const Option* find_letter(char letter) {
  for (const Option& option : kOptions)
    if (letter != 0 && option.letter == letter) return &option;
  return nullptr;
}

const Option* find_name(std::string_view name) {
  for (const Option& option : kOptions)
    if (option.name == name) return &option;
  return nullptr;
}

/// One by one: where we are in the words.
struct Words {
  const std::vector<std::string>& all;
  std::size_t at = 0;
};

lib::base::Status take_option(const Option& option, const std::string& shown, std::optional<std::string> attached, Words& words,
                              CommandLine& to) {
  std::string value;
  if (attached) value = *attached;
  else if (option.argument == Argument::Needed) {
    if (words.at >= words.all.size()) return lib::base::failure("Missing parameter for option " + shown);
    value = words.all[words.at++];
  }
  if (!option.take(to, value)) return lib::base::failure("Invalid value '" + value + "' for option " + shown);
  return {};
}

lib::base::Status take_letters(const std::string& word, Words& words, CommandLine& to) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    const std::string shown = std::string{"-"} + word[i];
    const Option* const option = find_letter(word[i]);
    if (word[i] == 'g') return lib::base::failure("-g requires configure option --enable-log-file");
    if (option == nullptr) return lib::base::failure("Unknown option " + shown);
    std::optional<std::string> attached;
    if (option->argument != Argument::None && i + 1 < word.size()) attached = word.substr(i + 1);
    const auto taken = take_option(*option, shown, attached, words, to);
    if (!taken || attached) return taken;
  }
  return {};
}

}  // namespace

lib::base::Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine out;
  Words words{.all = arguments};
  std::string stray;
  while (words.at < arguments.size()) {
    const std::string word = arguments[words.at++];
    lib::base::Status taken;
    if (word.starts_with("--") && word.size() > 2) {
      const std::size_t equals = word.find('=');
      const Option* const option = find_name(std::string_view{word}.substr(2, equals == std::string::npos ? equals : equals - 2));
      if (option == nullptr) return lib::base::failure("Unknown option " + word);
      std::optional<std::string> attached;
      if (equals != std::string::npos) attached = word.substr(equals + 1);
      taken = take_option(*option, word, attached, words, out);
    } else if (word.starts_with('-') && word.size() > 1) {
      taken = take_letters(word, words, out);
    } else {
      stray += (stray.empty() ? "" : " ") + word;
    }
    if (!taken) return tl::unexpected{taken.error()};
  }
  if (!stray.empty()) out.notes.push_back("Unexpected argument(s): " + stray);
  return out;
}

int signal_number(const std::string& name) {
  if (name == "STOP") return SIGTERM;
  if (name == "RELOAD") return SIGHUP;
  if (name == "DATA") return SIGUSR1;
  if (name == "STATS") return SIGUSR2;
  if (name == "STATS_CLEAR") return SIGRTMAX - 1;
  if (name == "JSON") return SIGRTMIN + 2;
  return 0;
}

std::string version_text(const std::string& program) { return program + " (Triad) " + std::string{lib::base::version()} + "\n"; }

std::string help_text(const std::string& program) {
  std::string out = "Usage: " + program + " [OPTION...]\n";
  for (const Option& option : kOptions) {
    std::string left = option.letter != 0 ? std::string{"  -"} + option.letter + ", --" : std::string{"      --"};
    left += option.name;
    if (option.argument == Argument::Needed) left += "=VALUE";
    if (option.argument == Argument::Attached) left += "[=FILE]";
    left.resize(std::max<std::size_t>(left.size() + 2, 34), ' ');
    out += left + std::string{option.help} + '\n';
  }
  return out;
}

}  // namespace keepalived
