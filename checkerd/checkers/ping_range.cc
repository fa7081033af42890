#include "checkerd/checkers/ping_range.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/base/text.h"
#include "lib/base/unique_fd.h"

namespace checkerd::checkers {
namespace {

std::string read_text(const std::string& path) {
  const lib::base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 64> text{};
  const ssize_t got = fd ? ::read(fd.get(), text.data(), text.size()) : 0;
  std::string out{text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

bool write_text(const std::string& path, const std::string& text) {
  const lib::base::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

std::string widened(const std::string& range, unsigned group) {
  const std::size_t gap = range.find_first_of(" \t");
  if (gap == std::string::npos) return {};
  const auto low = lib::base::parse_number<unsigned>(range.substr(0, gap));
  const auto high = lib::base::parse_number<unsigned>(lib::base::trim(std::string_view{range}.substr(gap)));
  if (!low || !high || (*low <= group && group <= *high)) return {};
  if (*low > *high) return std::to_string(group) + '\t' + std::to_string(group);
  return std::to_string(std::min(*low, group)) + '\t' + std::to_string(std::max(*high, group));
}

lib::base::Status PingRange::widen(const std::string& path) {
  if (!ours_.empty()) return {};
  const std::string before = read_text(path);
  const std::string wanted = widened(before, ::getegid());
  if (wanted.empty()) return {};
  if (!write_text(path, wanted)) return lib::base::system_failure("cannot widen net.ipv4.ping_group_range", errno);
  path_ = path;
  before_ = before;
  ours_ = wanted;
  return {};
}

void PingRange::restore() {
  if (!ours_.empty() && read_text(path_) == ours_) (void)write_text(path_, before_);  // nobody is left to tell
  ours_.clear();
}

}  // namespace checkerd::checkers
