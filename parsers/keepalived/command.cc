#include "parsers/keepalived/command.h"

#include <cstring>

namespace parsers::keepalived {
namespace {

constexpr uid_t kNobody = static_cast<uid_t>(-1);  // not given yet: script_user decides

/// What is wrong with one script's file, and whether it still runs.
bool vet(Command& command, Context& context, bool& any_insecure) {
  const GlobalDefs& global = context.config.global;
  if (command.uid == kNobody) {
    if (global.script_security && !global.script_user_given && !context.system.find_user("keepalived_script")) {
      context.findings.at(Complaint::General, command.place, "Unable to set default user keepalived_script for script");
      return false;
    }
    command.uid = global.script_uid;
    command.gid = global.script_gid;
    command.supplementary = global.script_groups;
  }
  if (!global.supplementary_groups) command.supplementary.clear();
  if (command.argv.empty()) return false;
  const std::string& script = command.argv.front();
  // "</dev/tcp/..." and ">file" are tests that a shell makes.
  if (script.starts_with('<') || script.starts_with('>')) {
    command.needs_shell = true;
    return true;
  }
  const ScriptFacts facts = context.system.check_script(script, command.uid, command.gid);
  const auto log = [&](std::string text, Complaint complaint) { context.findings.about(complaint, command.place, std::move(text)); };
  switch (facts.found) {
    case ScriptFacts::Found::NotInPath:
      log("Cannot find script " + script + " in path - disabling", Complaint::Log);
      return false;
    case ScriptFacts::Found::Missing:
    case ScriptFacts::Found::NotAccessible:
      log("Script " + script + " cannot be accessed - " + std::strerror(facts.error_code), Complaint::Log);
      return false;
    case ScriptFacts::Found::NotExecutable:
      log("WARNING - script '" + script + "' is not executable for uid:gid " + std::to_string(command.uid) + ':' +
              std::to_string(command.gid) + " - disabling.",
          Complaint::Log);
      return false;
    case ScriptFacts::Found::Usable: break;
  }
  if (facts.searched)
    log("WARNING - script `" + script + "` resolved by path search to `" + facts.path + "`. Please specify full path.",
        Complaint::Log);
  const std::string& path = global.use_symlink_paths || facts.real_path.empty() ? facts.path : facts.real_path;
  if (!path.empty()) command.argv.front() = path;
  command.needs_shell = facts.is_text;
  if (facts.is_text) log("Please add a #! shebang to script " + script, Complaint::Log);
  command.is_insecure = facts.is_insecure && command.uid == 0;
  if (!command.is_insecure) return true;
  any_insecure = true;
  if (!global.script_security) return true;
  log("Unsafe permissions found for script '" + script + "' - disabling.", Complaint::Log);
  return false;
}

}  // namespace

std::vector<std::string> split_command(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false, in_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (c == '\'') {
      in_quotes = !in_quotes;
      in_word = true;
    } else if (!in_quotes && (c == ' ' || c == '\t')) {
      if (in_word) out.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) out.push_back(std::move(word));
  return out;
}

bool read_user(Reader& in, std::size_t index, Command& to) {
  if (index >= in.size()) return true;
  const auto user = in.context().system.find_user(in.word(index));
  if (!user) {
    in.complain("Unable to resolve script user '" + in.text(index) + '\'', index, Complaint::Log);
    return false;
  }
  to.uid = user->uid;
  to.gid = user->gid;
  to.supplementary = user->supplementary;
  if (index + 1 >= in.size()) return true;
  const auto group = in.context().system.find_group(in.word(index + 1));
  if (!group) {
    in.complain("Unable to resolve script group '" + in.text(index + 1) + '\'', index + 1, Complaint::Log);
    return false;
  }
  to.gid = *group;
  return true;
}

namespace {

/// A command whose quotes do not match is none.
bool is_unterminated(Reader& in) {
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (!in.statement().words[i].unterminated) continue;
    in.complain("String '" + in.text(0) + ' ' + in.statement().raw + "': missing terminating \"", i);
    return true;
  }
  return false;
}

}  // namespace

Command read_script(Reader& in) {
  Command command;
  command.uid = kNobody;
  command.place = in.place(1);
  if (is_unterminated(in)) return command;
  command.text = in.statement().words[1].quoted ? in.text(1) : in.statement().raw;
  command.argv = split_command(command.text);
  // 'all in single quotes' is a command line, too.
  if (command.argv.size() == 1 && command.argv[0].find(' ') != std::string::npos) command.argv = split_command(std::string{command.argv[0]});
  return command;
}

Command read_command(Reader& in) {
  Command command;
  command.uid = kNobody;
  command.place = in.place(1);
  command.text = in.text(1);
  if (is_unterminated(in)) return command;
  command.argv = split_command(in.word(1));
  if (!read_user(in, 2, command)) command.argv.clear();
  return command;
}

namespace {

/// The scripts of one of the original's processes, and the line with which it complains about them.
class Vetter {
 public:
  explicit Vetter(Context& context) : context_{context} {}

  bool usable(Command& command) {
    const bool good = vet(command, context_, any_insecure_);
    any_ |= good;
    return good;
  }
  void check(std::optional<Command>& command) {
    if (command && !usable(*command)) command.reset();
  }
  void check(Notify& notify) {
    for (auto* each : {&notify.master, &notify.backup, &notify.fault, &notify.stop, &notify.deleted, &notify.generic,
                       &notify.master_rx_lower_pri})
      check(*each);
  }
  void warn(const std::string& what) const {
    if (!any_ || context_.config.global.script_security) return;
    context_.findings.about(Complaint::Security, {},
                            "SECURITY VIOLATION - " + what + " are being executed but script_security not enabled." +
                                (any_insecure_ ? " There are insecure scripts." : ""));
  }

 private:
  Context& context_;
  bool any_ = false, any_insecure_ = false;
};

}  // namespace

void vet_global_commands(Context& context) {
  Vetter vetter{context};
  vetter.check(context.config.global.startup_script);
  vetter.check(context.config.global.shutdown_script);
  vetter.warn("start/shutdown scripts");
}

void vet_commands(Context& context) {
  KeepalivedConfig& config = context.config;
  if (config.instances.empty()) return;  // no VRRP, nothing that would run them
  Vetter vetter{context};
  for (VrrpInstance& instance : config.instances) vetter.check(instance.notify);
  for (SyncGroup& group : config.groups) vetter.check(group.notify);
  vetter.check(config.global.fifo.script);
  vetter.check(config.global.vrrp_fifo.script);
  for (VrrpScript& script : config.scripts) {
    if (vetter.usable(script.command)) continue;
    const char* const why = script.command.is_insecure ? " due to insecure" : " since not found/accessible";
    context.findings.about(Complaint::General, script.place, "Disabling track script " + script.name + why);
    script.command.argv.clear();
  }
  vetter.warn("scripts");
}

void vet_check_commands(Context& context) {
  KeepalivedConfig& config = context.config;
  if (config.lvs.servers.empty()) return;
  Vetter vetter{context};
  for (VirtualServer& service : config.lvs.servers) {
    vetter.check(service.quorum_up);
    vetter.check(service.quorum_down);
    for (RealServer& server : service.real_servers) {
      vetter.check(server.notify_up);
      vetter.check(server.notify_down);
      std::erase_if(server.checkers, [&](Checker& checker) {
        auto* const misc = std::get_if<MiscCheck>(&checker.what);
        if (misc == nullptr || vetter.usable(misc->command)) return false;
        // Without its script the server counts as up, as with the original: better said than guessed.
        context.findings.about(Complaint::Log, checker.place, "Disabling misc check " + misc->command.text + " of real server " + server.name);
        return true;
      });
    }
  }
  vetter.check(config.global.fifo.script);
  vetter.check(config.global.lvs_fifo.script);
  vetter.warn("check scripts");
}

}  // namespace parsers::keepalived
