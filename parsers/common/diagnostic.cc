#include "parsers/common/diagnostic.h"

#include <utility>

namespace parsers::common {

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::Alert) ++alerts_;
  if (diagnostic.severity == Severity::Warning) ++warnings_;
  all_.push_back(std::move(diagnostic));
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
