#include "proxyd/object_archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "lib/base/file.h"
#include "lib/base/unique_fd.h"

namespace proxyd {
namespace {

constexpr std::size_t kBlock = 512;

/// A header's fields by their places (pax, "ustar Interchange Format").
struct Field {
  std::size_t at, size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUser{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kMagic{257, 8}, kPrefix{345, 155};

void put(std::string& header, Field field, std::string_view text) { header.replace(field.at, std::min(field.size, text.size()), text.substr(0, field.size)); }

void put_number(std::string& header, Field field, std::uint64_t number) { put(header, field, fmt::format("{:0{}o}", number, field.size - 1)); }

/// Nothing where the name is too long to stand in its fields.
std::string header_of(std::string_view name, const struct stat& file) {
  std::string header(kBlock, '\0');
  if (name.size() > kName.size) {
    const std::size_t slash = name.find('/', name.size() - kName.size - 1);
    if (slash == std::string_view::npos || slash > kPrefix.size) return {};
    put(header, kPrefix, name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  put(header, kName, name);
  put_number(header, kMode, file.st_mode & 07777);
  put_number(header, kUser, 0);
  put_number(header, kGroup, 0);
  put_number(header, kSize, static_cast<std::uint64_t>(file.st_size));
  put_number(header, kTime, static_cast<std::uint64_t>(file.st_mtime));
  put(header, kType, "0");
  put(header, kMagic, std::string_view{"ustar\0" "00", 8});
  put(header, kChecksum, std::string(kChecksum.size, ' '));
  unsigned sum = 0;
  for (const char each : header) sum += static_cast<unsigned char>(each);
  put(header, kChecksum, fmt::format("{:06o}", sum) + '\0' + ' ');
  return header;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::vector<std::string> loaded_objects() {
  std::vector<std::string> files;
  std::array<char, 4096> own{};
  if (::readlink("/proc/self/exe", own.data(), own.size() - 1) > 0) files.emplace_back(own.data());
  const auto add = [](dl_phdr_info* object, std::size_t, void* into) {
    const std::string_view name = object->dlpi_name;
    if (name.starts_with('/')) static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return 0;
  };
  (void)::dl_iterate_phdr(add, &files);
  return files;
}

lib::base::Status write_archive(const std::vector<std::string>& files, const std::string& path) {
  const std::string failure = "Cannot write " + (path.empty() ? std::string{"the archive"} : path);
  lib::base::UniqueFd file;
  if (!path.empty()) {
    file = lib::base::UniqueFd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!file) return lib::base::system_failure(failure, errno);
  }
  const int fd = path.empty() ? STDOUT_FILENO : file.get();
  for (const std::string& each : files) {
    struct stat facts {};
    const auto text = lib::base::read_file(each);
    if (!text || ::stat(each.c_str(), &facts) != 0) return lib::base::system_failure("Cannot read " + each, errno);
    facts.st_size = static_cast<off_t>(text->size());
    const std::string header = header_of(std::string_view{each}.substr(1), facts);
    if (header.empty()) return lib::base::system_failure("Cannot archive " + each, ENAMETOOLONG);
    const std::string padding((kBlock - text->size() % kBlock) % kBlock, '\0');
    if (!write_all(fd, header) || !write_all(fd, *text) || !write_all(fd, padding)) return lib::base::system_failure(failure, errno);
  }
  if (!write_all(fd, std::string(2 * kBlock, '\0'))) return lib::base::system_failure(failure, errno);
  return {};
}

}  // namespace proxyd
