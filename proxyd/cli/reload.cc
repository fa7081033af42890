// reload, reload plan: of a process without a master.
#include "proxyd/cli/rooms.h"

namespace proxyd::cli {

using lib::event::Task;

namespace {

constexpr std::string_view kAskMaster = "The master reads the files: 'reload' and 'reload plan' are commands of its socket (-S).";

Task<void> take_files(Context& context, Call& call) {
  if (!context.reload) co_return call.error(kAskMaster);
  call.out += co_await context.reload(false);
}

Task<void> plan_files(Context& context, Call& call) {
  if (!context.reload) co_return call.error(kAskMaster);
  call.out += co_await context.reload(true);
}

}  // namespace

std::vector<Command> reload_commands(Context& context) {
  return {
      bind(context, {"reload", Level::Admin, "reload", "take the files over as they are now, and tell what changed"}, take_files),
      bind(context, {"reload plan", Level::Operator, "reload plan", "tell what a reload would change"}, plan_files),
  };
}

}  // namespace proxyd::cli
