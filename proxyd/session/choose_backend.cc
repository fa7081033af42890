#include "proxyd/session/choose_backend.h"

#include "proxyd/session/format_text.h"
#include "proxyd/session/tell_choice.h"

namespace proxyd::session {
namespace {

/// The backend of a rule that holds; null when its name was made for this stream and there is none of that name.
servers::Backend* backend_of(Stream& stream, std::size_t rule, samples::Context& context) {
  const listen::Frontend& frontend = *stream.front.frontend;
  const formats::Format* const format = frontend.conf.use_backend[rule].name_format.get();
  if (format == nullptr) return frontend.use_backends[rule];
  const auto& names = stream.front.site->backend_by_name;
  const auto found = names.find(text_of(stream, *format, context));
  return found == names.end() ? nullptr : found->second;
}

}  // namespace

servers::Backend* choose_backend_for(Stream& stream) {
  const listen::Frontend& frontend = *stream.front.frontend;
  const auto& rules = frontend.conf.use_backend;
  if (!rules.empty()) {
    samples::Context context{stream, *stream.front.worker.scratch, samples::Place::FrontSwitch};
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].condition && !rules[i].condition->holds(context)) {
        tell_choice(stream, rules[i], "no", context);
        continue;
      }
      servers::Backend* const chosen = backend_of(stream, i, context);
      tell_choice(stream, rules[i], chosen != nullptr ? "yes" : "yes, but there is no backend of that name", context);
      if (chosen != nullptr) return chosen;
      break;  // as if no rule had held
    }
  }
  return frontend.default_backend != nullptr ? frontend.default_backend : frontend.own_backend;
}

}  // namespace proxyd::session
