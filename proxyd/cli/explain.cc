// The runtime command that tells what would become of a request.
#include "proxyd/explain/explain.h"

#include "proxyd/cli/rooms.h"

namespace proxyd::cli {
namespace {

void run_explain(Context& context, Call& call) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; !call.arg(i).empty(); ++i) words.push_back(call.arg(i));
  const auto question = explain::read_question(words);
  if (!question) return call.error(question.error().message);
  const auto answer = explain::explain(context.here, *question);
  if (!answer) return call.error(answer.error().message);
  call.out += *answer;
}

}  // namespace

std::vector<Command> explain_commands(Context& context) {
  return {bind(context,
               {"explain", Level::Operator, "explain [METHOD] TARGET [-H Name:value] [--src IP] ...",
                "tell what would become of a request"},
               run_explain)};
}

}  // namespace proxyd::cli
