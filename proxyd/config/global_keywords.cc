// Keywords of "global" that say how the process runs; tuning and TLS have rooms of their own.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/outside.h"
#include "lib/base/text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

template <bool Global::*Flag>
void set_flag(Line& line) {
  line.global().*Flag = true;
}

void parse_nothing(Line&) {}

void expose_experimental(Line& line) { line.draft.expose_experimental = true; }

/// Variables were set, and mistakes reported, while the file was read, so that the lines below
/// could use them.
void parse_environment(Line&) {}

void parse_strict_limits(Line& line) { line.global().strict_limits = !line.negated; }

template <std::string Global::*Field>
void parse_once(Line& line, std::string_view expects) {
  std::string& field = line.global().*Field;
  if (!field.empty())
    return line.harmless_alert(0, fmt::format("'{}' already specified. Continuing.", line.word(0)));
  if (!line.has(1))
    return line.alert(1, fmt::format("'{}' expects a {} as an argument.", line.word(0), expects));
  field = line.word(1);
}

void parse_chroot(Line& line) { parse_once<&Global::chroot>(line, "directory"); }
void parse_pidfile(Line& line) { parse_once<&Global::pidfile>(line, "file name"); }

template <std::string Global::*Field>
void parse_state_path(Line& line, std::string_view expects) {
  if (!(line.global().*Field).empty()) return line.harmless_alert(0, fmt::format("'{}' already specified. Continuing.", line.word(0)));
  if (!line.has(1)) return line.alert(1, fmt::format("'{}' {}", line.word(0), expects));
  if (line.has(2)) line.warning(2, fmt::format("'{}' takes one argument: '{}' is ignored.", line.word(0), line.word(2)));
  line.global().*Field = line.word(1);
}

void parse_state_base(Line& line) { parse_state_path<&Global::server_state_base>(line, "expects one argument: a directory path."); }
void parse_stats_file(Line& line) { parse_state_path<&Global::stats_file>(line, "expects one argument: a file path."); }
void parse_state_file(Line& line) { parse_state_path<&Global::server_state_file>(line, "expect one argument: a file path."); }

template <std::optional<unsigned> Global::*Field>
void parse_numeric_id(Line& line, std::string_view owner) {
  std::optional<unsigned>& field = line.global().*Field;
  if (field.has_value())
    return line.harmless_alert(
        0, fmt::format("{}/{} already specified. Continuing.", owner, line.word(0)));
  if (!line.has(1))
    return line.alert(1, fmt::format("'{}' expects an integer argument.", line.word(0)));
  if (!lib::base::parse_number<std::uint32_t>(line.word(1)).has_value())
    line.warning(
        1,
        fmt::format(
            " {}: string '{}' is not a number.\n   | You might want to use the '{}' parameter to "
            "use a system {} name.",
            line.word(0), line.word(1), owner, owner));
  field = leading_count(line.word(1));
}

void parse_uid(Line& line) { parse_numeric_id<&Global::uid>(line, "user"); }
void parse_gid(Line& line) { parse_numeric_id<&Global::gid>(line, "group"); }

void parse_user(Line& line) {
  Global& global = line.global();
  // Root's 0 is what the original takes for "not set".
  if (global.uid.value_or(0) != 0)
    return line.harmless_alert(0, "user/uid already specified. Continuing.");
  const auto found = lib::base::user_number(line.word(1));
  if (!found) {
    line.alert(1, fmt::format("cannot find user id for '{}' (0:Success)", line.word(1)),
               "create the user, or name one that exists");
    return;
  }
  global.user = line.word(1);
  global.uid = *found;
}

void parse_group(Line& line) {
  Global& global = line.global();
  if (global.gid.value_or(0) != 0)
    return line.harmless_alert(0, "group/gid was already specified. Continuing.");
  const auto found = lib::base::group_number(line.word(1));
  if (!found) {
    line.alert(1, fmt::format("cannot find group id for '{}' (0:Success)", line.word(1)),
               "create the group, or name one that exists");
    return;
  }
  global.group = line.word(1);
  global.gid = *found;
}

template <std::uint32_t Global::*Field>
void parse_count(Line& line) {
  std::uint32_t& field = line.global().*Field;
  if (field != 0)
    return line.harmless_alert(0, fmt::format("'{}' already specified. Continuing.", line.word(0)));
  if (!line.has(1))
    return line.alert(1, fmt::format("'{}' expects an integer argument.", line.word(0)));
  warn_unless_number(line, 1);
  field = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(leading_number(line.word(1)), 0, INT32_MAX));
}

void parse_nbthread(Line& line) {
  constexpr std::int64_t kMost = 1024;
  const std::string_view text = line.word(1);
  if (text.empty() ||
      !lib::base::is_digit(text.front() == '-' && text.size() > 1 ? text[1] : text.front()))
    return line.alert(
        1, fmt::format("'nbthread' passed a missing or unparsable integer value in '{}'", text));
  const std::int64_t count = leading_number(text);
  if (count < 1 || count > kMost)
    return line.alert(
        1, fmt::format("'nbthread' value must be between 1 and {} (was {})", kMost, count));
  line.global().nbthread = static_cast<std::uint32_t>(count);
}

void parse_node(Line& line) {
  const std::string_view text = line.word(1);
  bool valid = !text.empty();
  for (const char c : text) {
    const bool letter = lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z';
    valid = valid && (letter || lib::base::is_digit(c) || c == '.' || c == '-' || c == '_');
  }
  if (!valid)
    return line.alert_tight(
        1,
        "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, "
        "a-z), dot(.), hyphen(-) or underscode(_).");
  line.global().node = text;
}

void parse_description(Line& line) {
  if (!line.has(1)) return line.alert_tight(1, "'description' expects a string argument.");
  line.global().description = line.joined(1);
}

void parse_spread_checks(Line& line) {
  Global& global = line.global();
  if (global.spread_checks != 0)
    return line.draft.harmless_alert(
        line.place(0),
        fmt::format("config : parsing [{}]: spread-checks already specified. Continuing.",
                    line.at()));
  if (!line.has(1))
    return line.alert_tight(1, "'spread-checks' expects an integer argument (0..50).");
  const std::int64_t percent = leading_number(line.word(1));
  if (percent < 0 || percent > 50)
    return line.alert_tight(1, "'spread-checks' needs a positive value in range 0..50.");
  global.spread_checks = static_cast<std::uint32_t>(percent);
}

void parse_max_spread_checks(Line& line) {
  if (!line.has(1))
    return line.alert_tight(1, "'max-spread-checks' expects an integer argument (0..50).");
  const Delay delay = read_delay(line.word(1), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert_tight(
        1,
        fmt::format("unsupported character '{}' in 'max-spread-checks' (wants an integer delay).",
                    delay.character));
  if (delay.fault == DelayFault::Overflow)
    return line.alert_tight(
        1, fmt::format("timer overflow in argument <{}> to <{}>, maximum value is 2147483647 ms "
                       "(~24.8 days).",
                       line.word(1), line.word(0)));
  line.global().max_spread_checks = delay.value;
}

void parse_hard_stop_after(Line& line) {
  if (!line.has(1)) return line.alert(1, "'hard-stop-after' expects <time> as argument.");
  const Delay delay = read_delay(line.word(1), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert(1, fmt::format("unexpected character '{}' in argument to <hard-stop-after>.",
                                     delay.character));
  if (delay.fault == DelayFault::Overflow)
    return line.alert(
        1, fmt::format("timer overflow in argument '{}' to 'hard-stop-after' (maximum value is "
                       "2147483647 ms or ~24.8 days)",
                       line.word(1)));
  warn_trailing(line, 1, delay);
  line.global().hard_stop_after = delay.value;
}

void parse_log_send_hostname(Line& line) { line.global().log_send_hostname = line.word(1); }

void parse_master_worker(Line& line) {
  Global& global = line.global();
  if (line.has(1) && line.word(1) != "no-exit-on-failure")
    return line.alert(1, "'master-worker' only supports 'no-exit-on-failure' option.");
  global.master_worker = true;
  if (line.has(1)) global.exit_on_failure = false;
}

void parse_max_reloads(Line& line) {
  // The original only warns, and runs without a limit.
  if (!line.has(1)) return line.warning(1, "'mworker-max-reloads' expects an integer argument.");
  const std::int64_t count = leading_number(line.word(1));
  if (count < 0) return line.warning(1, fmt::format("'mworker-max-reloads' : invalid value {}, must be >= 0", count));
  warn_unless_number(line, 1);
  line.global().max_reloads = static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
}

void parse_stats(Line& line) {
  const Keyword* row = line.draft.global_stats_index.find(line.word(1));
  const std::string full = fmt::format("stats {}", line.word(1));
  if (row == nullptr && line.has(1) && is_known(KeywordPlace::Global, full)) return line.not_built(1, full);
  if (row == nullptr)
    return line.alert(
        1, fmt::format(
               "'stats' only supports 'socket', 'maxconn', 'bind-process' and 'timeout' (got '{}')",
               line.word(1)));
  if (check_row(line, *row, fmt::format("stats {}", row->name), 2)) row->parse(line);
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "daemon",
     .scope = kGlobal,
     .max_args = 0,
     .parse = set_flag<&Global::daemon>,
     .doc = "Run in the background."},
    {.name = "master-worker",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_master_worker,
     .usage = "[no-exit-on-failure]",
     .doc = "A master process watches the worker and reloads."},
    {.name = "mworker-max-reloads",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_max_reloads,
     .usage = "<number>",
     .doc = "Reloads that an old worker may survive. Default: no limit."},
    {.name = "quiet",
     .scope = kGlobal,
     .max_args = 0,
     .parse = set_flag<&Global::quiet>,
     .doc = "No messages at start."},
    {.name = "zero-warning",
     .scope = kGlobal,
     .max_args = 0,
     .parse = set_flag<&Global::zero_warning>,
     .doc = "Refuse to start when there are warnings."},
    {.name = "expose-experimental-directives",
     .scope = kGlobal,
     .parse = expose_experimental,
     .doc = "Allow what may still change: normalize-uri."},
    {.name = "nosplice",
     .scope = kGlobal,
     .max_args = 0,
     .parse = set_flag<&Global::no_splice>,
     .doc = "Do not use splice(2)."},
    {.name = "strict-limits",
     .scope = kGlobal,
     .max_args = 0,
     .parse = parse_strict_limits,
     .negatable = true,
     .doc = "Refuse to start when a limit cannot be set."},
    {.name = "nokqueue",
     .scope = kGlobal,
     .max_args = 0,
     .parse = parse_nothing,
     .doc = "No effect on Linux, in the original as well."},
    {.name = "noevports",
     .scope = kGlobal,
     .max_args = 0,
     .parse = parse_nothing,
     .doc = "No effect on Linux, in the original as well."},
    {.name = "maxzlibmem",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_nothing,
     .usage = "<megabytes>",
     .doc = "No effect without zlib, as in the original's usual builds."},
    {.name = "setenv",
     .scope = kGlobal,
     .parse = parse_environment,
     .usage = "<name> <value>",
     .doc = "Set an environment variable for the lines below."},
    {.name = "presetenv",
     .scope = kGlobal,
     .parse = parse_environment,
     .usage = "<name> <value>",
     .doc = "Set an environment variable unless it is set."},
    {.name = "unsetenv",
     .scope = kGlobal,
     .parse = parse_environment,
     .usage = "<name>...",
     .doc = "Remove environment variables."},
    {.name = "resetenv",
     .scope = kGlobal,
     .parse = parse_environment,
     .usage = "[<name>...]",
     .doc = "Remove all environment variables but these."},
    {.name = "chroot",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_chroot,
     .usage = "<directory>",
     .doc = "Change root once everything is opened."},
    {.name = "pidfile",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_pidfile,
     .usage = "<file>",
     .doc = "Write the process id there."},
    {.name = "server-state-base",
     .scope = kGlobal,
     .parse = parse_state_base,
     .usage = "<directory>",
     .doc = "Where state files are whose names do not begin with a slash."},
    {.name = "server-state-file",
     .scope = kGlobal,
     .parse = parse_state_file,
     .usage = "<file>",
     .doc = "What \"show servers state\" printed before the last stop; see load-server-state-from-file."},
    {.name = "stats-file",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_stats_file,
     .usage = "<file>",
     .doc = "What \"dump stats-file\" printed before the last stop: counters of what has a GUID begin with that."},
    {.name = "user",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_user,
     .usage = "<name>",
     .doc = "Run as this user once everything is opened."},
    {.name = "uid",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_uid,
     .usage = "<number>",
     .doc = "As user, by number."},
    {.name = "group",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_group,
     .usage = "<name>",
     .doc = "Run as this group once everything is opened."},
    {.name = "gid",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_gid,
     .usage = "<number>",
     .doc = "As group, by number."},
    {.name = "maxconn",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_count<&Global::maxconn>,
     .usage = "<number>",
     .doc = "Connections of the whole process. Default: what the limit of open files allows."},
    {.name = "maxconnrate",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_count<&Global::max_conn_rate>,
     .usage = "<number>",
     .doc = "New connections a second of the whole process. 0: no limit. Default: 0."},
    {.name = "maxsessrate",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_count<&Global::max_sess_rate>,
     .usage = "<number>",
     .doc = "New sessions a second of the whole process. 0: no limit. Default: 0."},
    {.name = "ulimit-n",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_count<&Global::ulimit_n>,
     .usage = "<number>",
     .doc = "Limit of open files. Default: what maxconn needs."},
    {.name = "nbthread",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_nbthread,
     .usage = "<number>",
     .doc = "Threads that serve connections. Default: the processors that it may use."},
    {.name = "node",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_node,
     .usage = "<name>",
     .doc = "This machine's name on the statistics page. Default: the host's name."},
    {.name = "description",
     .scope = kGlobal,
     .parse = parse_description,
     .usage = "<text>",
     .doc = "Text on the statistics page."},
    {.name = "spread-checks",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_spread_checks,
     .usage = "<0-50>",
     .doc = "Percent by which check intervals vary. Default: 0."},
    {.name = "max-spread-checks",
     .scope = kGlobal,
     .max_args = 1,
     .parse = parse_max_spread_checks,
     .usage = "<time>",
     .doc = "Longest time over which first checks are spread."},
    {.name = "hard-stop-after",
     .scope = kGlobal,
     .parse = parse_hard_stop_after,
     .usage = "<time>",
     .doc = "End a soft stop after this time."},
    {.name = "log-send-hostname",
     .scope = kGlobal,
     .parse = parse_log_send_hostname,
     .usage = "[<name>]",
     .doc = "Write a host name into syslog headers."},
    {.name = "stats",
     .scope = kGlobal,
     .parse = parse_stats,
     .usage = "socket|timeout|maxconn ...",
     .doc = "The runtime socket."},
});

}  // namespace

const KeywordTable& global_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
