#include "parsers/common/diagnostic.h"

#include <string>
#include <utility>

namespace parsers::common {

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::Alert) ++alerts_;
  if (diagnostic.severity == Severity::Warning) ++warnings_;
  const std::size_t number = ++added_[static_cast<std::size_t>(diagnostic.severity)];
  if (number <= kKept) all_.push_back(std::move(diagnostic));
  if (number == kKept + 1)
    all_.push_back({diagnostic.severity, "config : there are more of these: the first " + std::to_string(kKept) + " are shown.",
                    {}, {}});
}

void Diagnostics::conclude(std::string message) {
  ++alerts_;
  all_.push_back({Severity::Alert, std::move(message), {}, {}});
}

void Diagnostics::alert(Place place, std::string message, std::string hint) {
  add({Severity::Alert, std::move(message), place, std::move(hint)});
}

void Diagnostics::warning(Place place, std::string message, std::string hint) {
  add({Severity::Warning, std::move(message), place, std::move(hint)});
}

void Diagnostics::notice(Place place, std::string message) {
  add({Severity::Notice, std::move(message), place, {}});
}

void Diagnostics::diag(Place place, std::string message) {
  add({Severity::Diag, std::move(message), place, {}});
}

}  // namespace parsers::common
