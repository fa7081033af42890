#include "vrrpd/track/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "lib/base/result.h"

namespace vrrpd::track {

using lib::event::Task;
using lib::event::Waiter;
using lib::event::Wake;
using parsers::keepalived::TrackFile;

namespace {

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF;
/// A directory that went away is looked for again.
constexpr lib::base::Duration kLookAgain{1'000'000};

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

int first_number(std::string_view text) {
  const std::string copy{text};  // strtol wants an end
  const long value = std::strtol(copy.c_str(), nullptr, 0);
  return static_cast<int>(std::clamp<long>(value, INT_MIN, INT_MAX));
}

Files::Files(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink)
    : loop_{loop}, config_{config}, table_{table}, sink_{sink} {}

void Files::start(Start how) {
  if (config_.track_files.empty()) return;
  lib::base::UniqueFd fd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!fd) {
    sink_.on_log(Level::Always, fmt::format("Track files cannot be watched: {}", std::strerror(errno)));
  } else {
    inotify_.open(loop_, std::move(fd));
  }
  for (const TrackFile& file : config_.track_files) {
    if (how == Start::Fresh && file.initial_value) write_initial(file);
    watch_directory(directory_of(file.path));
  }
  read_all();
  tasks_.spawn(watch());
}

void Files::write_initial(const TrackFile& file) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (file.overwrite ? O_TRUNC : O_EXCL);
  const lib::base::UniqueFd fd{::open(file.path.c_str(), flags, 0644)};
  if (!fd) {
    if (errno != EEXIST)
      sink_.on_log(Level::Always, fmt::format("Track file {}: cannot write {}: {}", file.name, file.path, std::strerror(errno)));
    return;
  }
  const std::string text = fmt::format("{}\n", *file.initial_value);
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    sink_.on_log(Level::Always, fmt::format("Track file {}: cannot write {}: {}", file.name, file.path, std::strerror(errno)));
}

void Files::watch_directory(const std::string& path) {
  for (const auto& [watch, known] : directories_)
    if (known == path) return;
  if (!inotify_.is_open()) return;
  const int watch = ::inotify_add_watch(inotify_.fd(), path.c_str(), kEvents);
  if (watch >= 0) directories_[watch] = path;
}

void Files::read_file(std::size_t index) {
  std::array<char, 128> text;
  ssize_t got = 0;
  const lib::base::UniqueFd fd{::open(config_.track_files[index].path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (fd) got = ::read(fd.get(), text.data(), text.size());
  const int value = got > 0 ? first_number({text.data(), static_cast<std::size_t>(got)}) : 0;  // missing is 0
  for (const Effect& effect : table_.set_value(table_.file_item(index), value)) sink_.on_effect(effect);
}

void Files::read_all() {
  for (std::size_t i = 0; i < config_.track_files.size(); ++i) read_file(i);
}

void Files::on_events(std::string_view events) {
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event;
    std::memcpy(&event, events.data(), sizeof event);
    if (events.size() < sizeof event + event.len) return;
    if ((event.mask & IN_Q_OVERFLOW) != 0) return read_all();
    const auto directory = directories_.find(event.wd);
    if (directory != directories_.end()) {
      const std::string name = event.len == 0 ? "" : std::string{events.data() + sizeof event};
      for (std::size_t i = 0; i < config_.track_files.size(); ++i) {
        const std::string& path = config_.track_files[i].path;
        if (directory_of(path) == directory->second && (name.empty() || name_of(path) == name)) read_file(i);
      }
      if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) directories_.erase(directory);
    }
    events.remove_prefix(sizeof event + event.len);
  }
}

Task<void> Files::watch() {
  Waiter waiter{loop_};
  alignas(inotify_event) std::array<char, 4096> events;
  while (true) {
    bool all_watched = inotify_.is_open();
    for (const TrackFile& file : config_.track_files) {
      const std::string directory = directory_of(file.path);
      const bool known = std::any_of(directories_.begin(), directories_.end(),
                                     [&](const auto& each) { return each.second == directory; });
      if (!known) watch_directory(directory);
      all_watched = all_watched && known;
    }
    const lib::base::Instant deadline = all_watched ? lib::base::kNever : waiter.now() + kLookAgain;
    if (inotify_.is_open()) {
      const Wake wake = co_await waiter.ready(inotify_, lib::event::kRead, deadline);
      if (wake.first != 0) {
        const ssize_t got = ::read(inotify_.fd(), events.data(), events.size());
        if (got > 0) on_events({events.data(), static_cast<std::size_t>(got)});
        continue;
      }
    } else {
      co_await waiter.until(deadline);
    }
    read_all();
  }
}

}  // namespace vrrpd::track
