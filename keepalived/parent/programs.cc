#include "keepalived/parent/programs.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace keepalived::parent {

std::string find_program(const std::string& name) {
  std::error_code fault;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", fault);
  const std::filesystem::path here = fault ? std::filesystem::path{TRIAD_SBINDIR} : self.parent_path();
  for (const auto& folder : {here, here.parent_path() / "bin", std::filesystem::path{TRIAD_SBINDIR}, std::filesystem::path{TRIAD_BINDIR}}) {
    const std::string path = folder / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

}  // namespace keepalived::parent
