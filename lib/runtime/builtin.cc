#include "lib/runtime/builtin.h"

#include "lib/base/text.h"

namespace lib::runtime {

namespace {

void run_help(Call& call) {
  std::string answer = "The following commands are valid at this level:\n";
  answer += call.table.help(call.args, call.settings.level);
  answer.pop_back();
  call.message(Severity::Info, answer);
}

/// Without a word the prompt goes on and off; `n`, `i` and `p` choose a mode.
void run_prompt(Call& call) {
  const std::string_view wanted = call.arg(0);
  if (wanted == "n") {
    call.settings.mode = Mode::OneShot;
  } else if (wanted == "i") {
    call.settings.mode = Mode::Interactive;
  } else if (wanted == "p") {
    call.settings.mode = Mode::Prompt;
  } else if (wanted.empty()) {
    call.settings.mode = call.settings.mode == Mode::Prompt ? Mode::OneShot : Mode::Prompt;
  } else {
    call.error("'prompt' accepts nothing, or 'n', 'i' or 'p'.");
  }
}

void run_quit(Call& call) { call.settings.quit = true; }

void run_user(Call& call) { call.settings.level = Level::User; }

void run_operator(Call& call) { call.settings.level = Level::Operator; }

void run_echo(Call& call) {
  for (const std::string& each : call.args) {
    if (!call.out.empty()) call.out += ' ';
    call.out += each;
  }
  call.out += '\n';
}

void run_show_level(Call& call) { call.message(Severity::Info, word(call.settings.level)); }

void run_set_severity(Call& call) {
  const std::string_view wanted = call.arg(0);
  if (wanted == "none") {
    call.settings.severity = SeverityOutput::None;
  } else if (wanted == "number") {
    call.settings.severity = SeverityOutput::Number;
  } else if (wanted == "string") {
    call.settings.severity = SeverityOutput::Word;
  } else {
    call.error("one of 'none', 'number', 'string' is a required argument");
  }
}

void run_set_timeout(Call& call) {
  if (call.arg(0) != "cli") return call.error("'set timeout' only supports 'cli'.");
  if (call.arg(1).empty()) return call.error("Expects an integer value.");
  // haproxy reads a bare number as seconds here, though elsewhere as milliseconds
  const bool bare = lib::base::is_digit(call.arg(1).back());
  const auto span = lib::base::parse_time(call.arg(1), std::chrono::milliseconds{bare ? 1000 : 1});
  const bool usable = span.fault == lib::base::UnitFault::None && span.value.count() > 0;
  if (!usable) return call.error("Invalid timeout value.");
  call.settings.timeout = span.value;
}

}  // namespace

std::vector<Command> builtin_commands() {
  std::vector<Command> rows;
  const auto row = [&](std::string_view words, Level level, std::string_view usage, std::string_view help,
                       void (*run)(Call&)) {
    rows.push_back({std::string{words}, level, std::string{usage}, std::string{help}, run, {}});
  };
  row("echo", Level::User, "echo <text>", "answer with the text", run_echo);
  row("help", Level::User, "help [<command>]", "list all commands or those that match", run_help);
  row("operator", Level::Operator, "operator", "go down to level operator for this connection", run_operator);
  row("prompt", Level::User, "prompt [n|i|p]", "switch interactive mode with a prompt on or off", run_prompt);
  row("quit", Level::User, "quit", "close the connection", run_quit);
  row("set severity-output", Level::User, "set severity-output [none|number|string]",
      "choose what stands before messages to tell their severity", run_set_severity);
  row("set timeout", Level::User, "set timeout [cli] <delay>", "change the idle timeout of this connection",
      run_set_timeout);
  row("show cli level", Level::User, "show cli level", "tell the level of this connection", run_show_level);
  row("user", Level::User, "user", "go down to level user for this connection", run_user);
  return rows;
}

}  // namespace lib::runtime
