#include "keepalived/parent_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "lib/base/text.h"

namespace keepalived {

bool is_caretaker() {
  const bool is_set = std::getenv(kCaretakerVariable) != nullptr;
  (void)::unsetenv(kCaretakerVariable);
  return is_set;
}

std::optional<ParentLink> ParentLink::take() {
  const char* const value = std::getenv(kParentVariable);
  if (value == nullptr) return std::nullopt;
  const auto number = lib::base::parse_number<int>(value);
  (void)::unsetenv(kParentVariable);  // scripts are no children of ours to be told of
  struct stat facts{};
  if (!number || *number <= STDERR_FILENO || ::fstat(*number, &facts) != 0 || !S_ISFIFO(facts.st_mode)) return std::nullopt;
  (void)::unsetenv("NOTIFY_SOCKET");
  (void)::fcntl(*number, F_SETFD, FD_CLOEXEC);  // cannot fail for a descriptor that is open
  return ParentLink{lib::base::UniqueFd{*number}};
}

void ParentLink::tell(ChildWord word) {
  const char byte = static_cast<char>(word);
  (void)!::write(pipe_.get(), &byte, 1);  // a parent that is gone takes us along by a signal
}

}  // namespace keepalived
