#include "parsers/keepalived/files.h"

#include <glob.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace parsers::keepalived {
namespace {

constexpr std::size_t kLargest = 64U << 20;  // a file beyond this is no configuration

FileText read_file(const std::string& path, std::string shown) {
  FileText file;
  file.name = std::move(shown);
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) {
    file.problem = std::string{"open problem ("} + std::strerror(errno) + ')';
  } else if (S_ISDIR(facts.st_mode)) {
    file.problem = "is a directory";
  } else if (!S_ISREG(facts.st_mode) || (facts.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0) {
    file.problem = "is not a regular non-executable file";
  } else if (static_cast<std::size_t>(facts.st_size) > kLargest) {
    file.problem = "is too large";
  } else if (std::FILE* const in = std::fopen(path.c_str(), "rbe"); in != nullptr) {
    file.text.resize(static_cast<std::size_t>(facts.st_size));
    file.text.resize(std::fread(file.text.data(), 1, file.text.size(), in));
    std::fclose(in);
  } else {
    file.problem = std::string{"open problem ("} + std::strerror(errno) + ')';
  }
  return file;
}

/// The alternatives of the first brace list: "a{b,c}d" gives abd, acd.
std::vector<std::string> brace_alternatives(std::string_view pattern) {
  const std::size_t open = pattern.find('{');
  const std::size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
  if (close == std::string_view::npos) return {std::string{pattern}};
  std::vector<std::string> out;
  std::string_view inside = pattern.substr(open + 1, close - open - 1);
  while (true) {
    const std::size_t comma = inside.find(',');
    out.push_back(std::string{pattern.substr(0, open)} + std::string{inside.substr(0, comma)} +
                  std::string{pattern.substr(close + 1)});
    if (comma == std::string_view::npos) return out;
    inside.remove_prefix(comma + 1);
  }
}

}  // namespace

FileReader::Match DiskReader::read(std::string_view pattern, std::string_view directory) const {
  Match match;
  match.has_wildcard = pattern.find_first_of("*?[{") != std::string_view::npos;
  for (const std::string& one : brace_alternatives(pattern)) {
    const std::string path = one.starts_with('/') || directory.empty() ? one : std::string{directory} + '/' + one;
    glob_t found{};
    const int result = ::glob(path.c_str(), GLOB_MARK, nullptr, &found);
    if (result != 0) match.brace_missing = true;
    for (std::size_t i = 0; result == 0 && i < found.gl_pathc; ++i) {
      std::string name = found.gl_pathv[i];
      if (name.ends_with('/')) name.pop_back();
      std::string shown = one.starts_with('/') || directory.empty() ? name : name.substr(directory.size() + 1);
      match.files.push_back(read_file(name, std::move(shown)));
    }
    ::globfree(&found);
  }
  return match;
}

}  // namespace parsers::keepalived
