#include "vrrpd/kernel/linkbeat.h"

#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "lib/base/unique_fd.h"

namespace vrrpd::kernel {

namespace {

ifreq request_for(const std::string& interface) {
  ifreq out{};
  std::copy_n(interface.begin(), std::min(interface.size(), sizeof out.ifr_name - 1), out.ifr_name);
  return out;
}

std::optional<bool> by_mii(int fd, const std::string& interface) {
  ifreq request = request_for(interface);
  if (::ioctl(fd, SIOCGMIIPHY, &request) != 0) return std::nullopt;
  mii_ioctl_data data{};
  static_assert(sizeof data <= sizeof request.ifr_ifru);
  std::memcpy(&data, &request.ifr_ifru, sizeof data);  // the driver's address of its PHY comes back in it
  data.reg_num = MII_BMSR;
  std::memcpy(&request.ifr_ifru, &data, sizeof data);
  if (::ioctl(fd, SIOCGMIIREG, &request) != 0) return std::nullopt;
  std::memcpy(&data, &request.ifr_ifru, sizeof data);
  return (data.val_out & BMSR_LSTATUS) != 0;
}

std::optional<bool> by_ethtool(int fd, const std::string& interface) {
  ifreq request = request_for(interface);
  ethtool_value value{};
  value.cmd = ETHTOOL_GLINK;
  request.ifr_data = static_cast<char*>(static_cast<void*>(&value));
  if (::ioctl(fd, SIOCETHTOOL, &request) != 0) return std::nullopt;
  return value.data != 0;
}

std::optional<bool> by_flags(int fd, const std::string& interface) {
  ifreq request = request_for(interface);
  if (::ioctl(fd, SIOCGIFFLAGS, &request) != 0) return std::nullopt;
  return (request.ifr_flags & IFF_RUNNING) != 0;
}

}  // namespace

std::optional<bool> probe_link(const std::string& interface, LinkbeatHow how) {
  const lib::base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!fd) return std::nullopt;
  switch (how) {
    case LinkbeatHow::Mii: return by_mii(fd.get(), interface);
    case LinkbeatHow::Ethtool: return by_ethtool(fd.get(), interface);
    case LinkbeatHow::Ioctl: return by_flags(fd.get(), interface);
    case LinkbeatHow::Detect: break;
  }
  if (const auto answer = by_mii(fd.get(), interface)) return answer;
  if (const auto answer = by_ethtool(fd.get(), interface)) return answer;
  return by_flags(fd.get(), interface);
}

}  // namespace vrrpd::kernel
