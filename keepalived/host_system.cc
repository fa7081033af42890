#include "keepalived/host_system.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"
#include "lib/net/address.h"
#include "lib/netlink/netlink.h"

namespace keepalived {

using parsers::keepalived::InterfaceFacts;
using parsers::keepalived::ScriptFacts;
using parsers::keepalived::UserFacts;

namespace {

constexpr std::size_t kAccountBuffer = 65536;

bool may_execute(const struct stat& facts, uid_t uid, gid_t gid) {
  if (uid == 0) return (facts.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  if (facts.st_uid == uid) return (facts.st_mode & S_IXUSR) != 0;
  if (facts.st_gid == gid) return (facts.st_mode & S_IXGRP) != 0;
  return (facts.st_mode & S_IXOTH) != 0;
}

/// Whether anybody but root can change this file, or what lies on the way to it.
bool can_be_changed(std::string path) {
  while (true) {
    struct stat facts{};
    if (::stat(path.c_str(), &facts) != 0) return true;
    const bool sticky_folder = S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
    const bool group = (facts.st_mode & S_IWGRP) != 0 && facts.st_gid != 0;
    if (facts.st_uid != 0 || (!sticky_folder && (group || (facts.st_mode & S_IWOTH) != 0))) return true;
    if (path == "/") return false;
    const std::size_t slash = path.rfind('/');
    path = slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  }
}

/// Neither a program nor a script with "#!": the original gives it to a shell.
bool is_plain_text(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  if (file.gcount() < 2) return true;
  const std::string_view begin{magic.data(), static_cast<std::size_t>(file.gcount())};
  return !begin.starts_with("#!") && !begin.starts_with("\x7f" "ELF");
}

/// As iproute2 has them: the file, and what packages add in "FILE.d".
std::vector<std::string> name_files(const std::string& file) {
  std::vector<std::string> out{file};
  std::error_code unreadable;  // no folder: nothing was added
  for (std::filesystem::directory_iterator at{file + ".d", unreadable}, end; !unreadable && at != end; at.increment(unreadable))
    if (at->path().extension() == ".conf") out.push_back(at->path());
  return out;
}

/// "100 blue", one a line.
std::optional<std::uint32_t> find_in_file(const std::string& path, std::string_view name) {
  std::ifstream in{path};
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words{line};
    std::string value, word;
    if (!(words >> value >> word) || value.starts_with('#') || word != name) continue;
    return static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 0));
  }
  return std::nullopt;
}

std::string find_in_path(std::string_view name) {
  const char* const path = std::getenv("PATH");
  for (const std::string_view folder : lib::base::split(path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':')) {
    const std::string full = std::string{folder} + '/' + std::string{name};
    if (::access(full.c_str(), X_OK) == 0) return full;
  }
  return {};
}

}  // namespace

std::optional<InterfaceFacts> HostSystem::find_interface(std::string_view name) const {
  if (name.empty() || name.size() >= IFNAMSIZ) return std::nullopt;
  InterfaceFacts facts;
  facts.name = name;
  facts.index = ::if_nametoindex(facts.name.c_str());
  if (facts.index == 0) return std::nullopt;
  const lib::base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq request{};
  std::strncpy(request.ifr_name, facts.name.c_str(), IFNAMSIZ - 1);
  if (::ioctl(fd.get(), SIOCGIFFLAGS, &request) == 0) {
    facts.is_loopback = (request.ifr_flags & IFF_LOOPBACK) != 0;
    facts.has_multicast = (request.ifr_flags & IFF_MULTICAST) != 0;
  }
  if (::ioctl(fd.get(), SIOCGIFMTU, &request) == 0) facts.mtu = static_cast<unsigned>(request.ifr_mtu);
  return facts;
}

std::optional<UserFacts> HostSystem::find_user(std::string_view name) const {
  std::vector<char> buffer(kAccountBuffer);
  passwd entry{};
  passwd* found = nullptr;
  const std::string wanted{name};
  if (::getpwnam_r(wanted.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::nullopt;
  UserFacts facts;
  facts.uid = entry.pw_uid;
  facts.gid = entry.pw_gid;
  std::array<gid_t, 256> groups;
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(wanted.c_str(), entry.pw_gid, groups.data(), &count) > 0)
    facts.supplementary.assign(groups.begin(), groups.begin() + count);
  return facts;
}

std::optional<gid_t> HostSystem::find_group(std::string_view name) const {
  std::vector<char> buffer(kAccountBuffer);
  group entry{};
  group* found = nullptr;
  const std::string wanted{name};
  if (::getgrnam_r(wanted.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::nullopt;
  return entry.gr_gid;
}

ScriptFacts HostSystem::check_script(std::string_view command, uid_t uid, gid_t gid) const {
  ScriptFacts facts;
  facts.path = command;
  if (command.find('/') == std::string_view::npos) {
    facts.searched = true;
    facts.path = find_in_path(command);
    if (facts.path.empty()) {
      facts.found = ScriptFacts::Found::NotInPath;
      return facts;
    }
  }
  struct stat file{};
  if (::stat(facts.path.c_str(), &file) != 0) {
    facts.error_code = errno;
    facts.found = errno == ENOENT ? ScriptFacts::Found::Missing : ScriptFacts::Found::NotAccessible;
    return facts;
  }
  if (!S_ISREG(file.st_mode) || !may_execute(file, uid, gid)) {
    facts.found = ScriptFacts::Found::NotExecutable;
    return facts;
  }
  char* const real = ::realpath(facts.path.c_str(), nullptr);
  facts.is_insecure = real == nullptr || can_be_changed(real);
  if (real != nullptr) facts.real_path = real;
  std::free(real);
  facts.is_text = is_plain_text(facts.path);
  return facts;
}

std::optional<std::uint32_t> HostSystem::find_route_name(std::string_view file, std::string_view name, const parsers::keepalived::NameFolders& folders) const {
  if (const auto number = lib::base::parse_number<std::uint32_t>(name)) return number;
  if (name.starts_with("0x")) {
    char* end = nullptr;
    const std::string text{name};
    const unsigned long value = std::strtoul(text.c_str(), &end, 16);
    if (*end == '\0') return static_cast<std::uint32_t>(value);
  }
  struct Known {
    std::string_view file, name;
    std::uint32_t value;
  };
  static constexpr auto kKnown = std::to_array<Known>({{"rt_tables", "main", 254}, {"rt_tables", "local", 255}, {"rt_tables", "default", 253},
      {"rt_scopes", "global", 0}, {"rt_scopes", "universe", 0}, {"rt_scopes", "site", 200}, {"rt_scopes", "link", 253}, {"rt_scopes", "host", 254},
      {"rt_scopes", "nowhere", 255}, {"rt_protos", "kernel", 2}, {"rt_protos", "boot", 3}, {"rt_protos", "static", 4}, {"rt_protos", "keepalived", 18}});
  for (const Known& known : kKnown)
    if (known.file == file && known.name == name) return known.value;
  std::vector<std::string> places{folders.etc.empty() ? "/etc/iproute2" : folders.etc};
  if (!folders.usr.empty()) places.push_back(folders.usr);
  else places.insert(places.end(), {"/usr/share/iproute2", "/usr/lib/iproute2"});
  for (const std::string& place : places)
    for (const std::string& path : name_files(place + '/' + std::string{file}))
      if (const auto value = find_in_file(path, name)) return value;
  return std::nullopt;
}

std::optional<std::string> HostSystem::find_base_interface(std::string_view name) const {
  const auto netlink = lib::netlink::Netlink::open();
  if (!netlink) return std::nullopt;
  const auto link = (*netlink)->find_link(std::string{name});
  if (!link || (link->kind != "macvlan" && link->kind != "ipvlan")) return std::nullopt;
  std::array<char, IF_NAMESIZE> base{};
  if (::if_indextoname(link->parent, base.data()) == nullptr) return std::nullopt;  // it is in another namespace
  return base.data();
}

std::optional<std::uint32_t> HostSystem::find_vrf_table(std::string_view name) const {
  const auto netlink = lib::netlink::Netlink::open();
  if (!netlink) return std::nullopt;
  const auto link = (*netlink)->find_link(std::string{name});
  if (!link || link->vrf_table == 0) return std::nullopt;
  return link->vrf_table;
}

std::string HostSystem::host_name() const {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::optional<std::string> HostSystem::resolve(std::string_view host) const {
  addrinfo* found = nullptr;
  const std::string name{host};
  if (::getaddrinfo(name.c_str(), nullptr, nullptr, &found) != 0 || found == nullptr) return std::nullopt;
  const std::string text = lib::net::Address::from_sockaddr(*found->ai_addr, found->ai_addrlen).host();
  ::freeaddrinfo(found);
  return text;
}

parsers::keepalived::SecretFile HostSystem::read_secret(const std::string& path) const {
  using parsers::keepalived::SecretFile;
  constexpr std::size_t kMost = 4096;
  SecretFile out;
  const lib::base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat facts{};
  if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return {.found = SecretFile::Found::NotReadable, .text = {}};
  if ((facts.st_mode & (S_IRGRP | S_IROTH)) != 0) return {.found = SecretFile::Found::Open, .text = {}};
  if (facts.st_size > static_cast<off_t>(kMost)) return {.found = SecretFile::Found::TooLarge, .text = {}};
  std::array<char, kMost> text{};
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  if (got < 0) return {.found = SecretFile::Found::NotReadable, .text = {}};
  out.text.assign(text.data(), static_cast<std::size_t>(got));
  while (!out.text.empty() && (out.text.back() == '\n' || out.text.back() == '\r')) out.text.pop_back();
  return out;
}

bool HostSystem::is_root() const { return ::geteuid() == 0; }

}  // namespace keepalived
