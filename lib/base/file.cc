#include "lib/base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "lib/base/outside.h"
#include "lib/base/unique_fd.h"

namespace lib::base {

namespace {

// Not by a stream of the library: it throws where it is told to read a directory.
OutsideAnswer read_now(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return std::nullopt;
  std::string text;
  std::array<char, 16384> piece{};
  while (true) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) { return ask_outside(Outside::File, path, read_now); }

}  // namespace lib::base
