#include "parsers/haproxy/files.h"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "lib/base/file.h"
#include "lib/base/outside.h"

namespace parsers::haproxy {
namespace {

constexpr std::string_view kSuffix = ".cfg";

/// Sorted by byte values, as in the C locale. False with errno when the directory cannot be read.
bool append_directory(const std::string& path, std::vector<std::string>& files) {
  const auto names = lib::base::files_in(path);
  if (!names) return false;
  for (const std::string& name : *names) {
    if (name.starts_with('.') || !name.ends_with(kSuffix)) continue;
    std::string file = path + "/" + name;
    if (lib::base::kind_of_path(file) == lib::base::PathKind::File) files.push_back(std::move(file));
  }
  return true;
}

}  // namespace

std::vector<std::string> config_files(const std::vector<std::string>& paths,
                                      common::Diagnostics& diagnostics) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    // Opening what is not there will say so.
    if (lib::base::kind_of_path(path) != lib::base::PathKind::Directory) {
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
  if (lib::base::kind_of_path(path) == lib::base::PathKind::Nothing) return fail("Cannot open configuration file/directory");
  auto text = lib::base::read_file(path);
  if (!text) return fail("Could not open configuration file");
  return std::move(*text);
}

}  // namespace parsers::haproxy
