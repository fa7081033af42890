#include "parsers/haproxy/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <sys/stat.h>

namespace parsers::haproxy {
namespace {

constexpr std::string_view kSuffix = ".cfg";
constexpr std::size_t kReadBytes = std::size_t{1} << 16;

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept {
    (void)::closedir(directory);
  }  // nothing was written
};
using DirectoryPtr = std::unique_ptr<DIR, CloseDirectory>;

struct CloseFile {
  void operator()(std::FILE* file) const noexcept {
    (void)std::fclose(file);
  }  // nothing was written
};
using FilePtr = std::unique_ptr<std::FILE, CloseFile>;

/// False as well when there is nothing there: opening the file will say so.
bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// Sorted by byte values, as in the C locale. False with errno when the directory cannot be read.
bool append_directory(const std::string& path, std::vector<std::string>& files) {
  const DirectoryPtr directory{::opendir(path.c_str())};
  if (!directory) return false;
  const auto first = static_cast<std::ptrdiff_t>(files.size());
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    std::string file = path + "/" + std::string{name};
    if (is_file(file)) files.push_back(std::move(file));
  }
  std::sort(files.begin() + first, files.end());
  return true;
}

}  // namespace

std::vector<std::string> config_files(const std::vector<std::string>& paths,
                                      common::Diagnostics& diagnostics) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!is_directory(path)) {
      files.push_back(path);
    } else if (!append_directory(path, files)) {
      diagnostics.alert({}, "config : Cannot open configuration directory " + path + " : " +
                                std::strerror(errno));
    }
  }
  return files;
}

lib::base::Result<std::string> read_config_file(const std::string& path) {
  const auto fail = [&path](std::string_view what) {
    const int code = errno;
    return lib::base::failure(
        "config : " + std::string{what} + " " + path + " : " + std::strerror(code), code);
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return fail("Cannot open configuration file/directory");
  const FilePtr file{std::fopen(path.c_str(), "re")};
  if (!file) return fail("Could not open configuration file");
  std::string text;
  text.reserve(status.st_size > 0 ? static_cast<std::size_t>(status.st_size) + kReadBytes
                                  : kReadBytes);
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + kReadBytes);
    const std::size_t got = std::fread(text.data() + before, 1, kReadBytes, file.get());
    text.resize(before + got);
    if (got != kReadBytes) break;
  }
  if (std::ferror(file.get()) != 0) return fail("Could not open configuration file");
  return text;
}

}  // namespace parsers::haproxy
