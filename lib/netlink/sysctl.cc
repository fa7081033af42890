#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "lib/base/unique_fd.h"
#include "lib/netlink/netlink.h"

namespace lib::netlink {

Result<int> read_sysctl(const std::string& path) {
  const lib::base::UniqueFd fd{::open(("/proc/sys/net/" + path).c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return lib::base::system_failure("net/" + path, errno);
  std::array<char, 32> text{};
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  if (got < 0) return lib::base::system_failure("net/" + path, errno);
  int value = 0;
  if (std::from_chars(text.data(), text.data() + got, value).ec != std::errc{})
    return lib::base::failure("net/" + path + " holds no number", EINVAL);
  return value;
}

Status write_sysctl(const std::string& path, int value) {
  const lib::base::UniqueFd fd{::open(("/proc/sys/net/" + path).c_str(), O_WRONLY | O_CLOEXEC)};
  if (!fd) return lib::base::system_failure("net/" + path, errno);
  const std::string text = std::to_string(value) + "\n";
  if (::write(fd.get(), text.data(), text.size()) < 0) return lib::base::system_failure("net/" + path, errno);
  return {};
}

}  // namespace lib::netlink
