#include "keepalived/dump_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "lib/base/unique_fd.h"

namespace keepalived {

std::string dump_path(const parsers::keepalived::KeepalivedConfig& config, const std::string& configured, const char* part, const char* extension) {
  if (!configured.empty()) {
    // X.data: X_check.data
    const std::size_t dot = configured.rfind('.'), slash = configured.rfind('/');
    const bool has_extension = dot != std::string::npos && (slash == std::string::npos || dot > slash);
    return has_extension ? configured.substr(0, dot) + part + configured.substr(dot) : configured + part;
  }
  const char* const folder = std::getenv("TMPDIR");
  std::string out = std::string{folder != nullptr && *folder != '\0' ? folder : "/tmp"} + "/keepalived" + part;
  if (config.global.data_use_instance)
    for (const std::string* inner : {&config.instance_name, &config.net_namespace})
      if (!inner->empty()) out += '.' + *inner;
  return out + '.' + extension;
}

lib::base::Status write_dump(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  (void)::unlink(fresh.c_str());  // of a run that was killed while writing
  const lib::base::UniqueFd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!fd) return lib::base::system_failure("Can't open " + path, errno);
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t written = ::write(fd.get(), left.data(), left.size());
    if (written <= 0) {
      const int code = errno;
      (void)::unlink(fresh.c_str());  // half a file helps nobody
      return lib::base::system_failure("Can't write " + path, code);
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return lib::base::system_failure("Can't write " + path, errno);
  return {};
}

}  // namespace keepalived
