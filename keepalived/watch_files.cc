#include "keepalived/watch_files.h"

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
#include <utility>

namespace keepalived {

using lib::event::Task;
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

int first_number(const char* text) {
  return static_cast<int>(std::clamp<long>(std::strtol(text, nullptr, 0), INT_MIN, INT_MAX));
}

WatchFiles::WatchFiles(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, std::vector<std::size_t> files,
                       bool is_fresh, First first, FileListener& listener)
    : loop_{loop}, config_{config}, files_{std::move(files)}, listener_{listener} {
  if (files_.empty()) return;
  lib::base::UniqueFd fd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (fd) inotify_.open(loop_, std::move(fd));
  else listener_.on_file_trouble(fmt::format("Track files cannot be watched: {}", std::strerror(errno)));
  if (is_fresh)
    for (const std::size_t file : files_)
      if (config_.track_files[file].initial_value) write_initial(config_.track_files[file]);
  (void)watch_directories();  // those that are missing are looked for again
  if (first == First::Now) read_all();
  tasks_.spawn(watch(first));
}

void WatchFiles::write_initial(const TrackFile& file) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (file.overwrite ? O_TRUNC : O_EXCL);
  const lib::base::UniqueFd fd{::open(file.path.c_str(), flags, 0644)};
  if (!fd && errno == EEXIST) return;
  const std::string text = fmt::format("{}\n", *file.initial_value);
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    listener_.on_file_trouble(fmt::format("Track file {}: cannot write {}: {}", file.name, file.path, std::strerror(errno)));
}

/// Whether all directories are watched.
bool WatchFiles::watch_directories() {
  if (!inotify_.is_open()) return false;
  bool all = true;
  for (const std::size_t file : files_) {
    const std::string directory = directory_of(config_.track_files[file].path);
    if (std::any_of(directories_.begin(), directories_.end(), [&](const auto& each) { return each.second == directory; })) continue;
    const int watch = ::inotify_add_watch(inotify_.fd(), directory.c_str(), kEvents);
    if (watch >= 0) directories_[watch] = directory;
    all = all && watch >= 0;
  }
  return all;
}

void WatchFiles::read_file(std::size_t index) {
  std::array<char, 128> text{};
  const lib::base::UniqueFd fd{::open(config_.track_files[index].path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  const ssize_t got = fd ? ::read(fd.get(), text.data(), text.size() - 1) : 0;
  listener_.on_file(index, got > 0 ? first_number(text.data()) : 0);  // missing is 0
}

void WatchFiles::read_all() {
  for (const std::size_t file : files_) read_file(file);
}

void WatchFiles::on_events(std::string_view events) {
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event;
    std::memcpy(&event, events.data(), sizeof event);
    if (events.size() < sizeof event + event.len) return;
    if ((event.mask & IN_Q_OVERFLOW) != 0) return read_all();
    const auto directory = directories_.find(event.wd);
    if (directory != directories_.end()) {
      const std::string name = event.len == 0 ? "" : std::string{events.data() + sizeof event};
      for (const std::size_t file : files_) {
        const std::string& path = config_.track_files[file].path;
        if (directory_of(path) == directory->second && (name.empty() || name_of(path) == name)) read_file(file);
      }
      if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) directories_.erase(directory);
    }
    events.remove_prefix(sizeof event + event.len);
  }
}

Task<void> WatchFiles::watch(First first) {
  lib::event::Waiter waiter{loop_};
  if (first == First::Soon) {
    (void)co_await waiter.yield();  // the listener hears the first values when it is ready
    read_all();
  }
  while (true) {
    const lib::base::Instant deadline = watch_directories() ? lib::base::kNever : waiter.now() + kLookAgain;
    if (!inotify_.is_open()) {
      (void)co_await waiter.until(deadline);  // nobody notifies this waiter
      read_all();
      continue;
    }
    const Wake wake = co_await waiter.ready(inotify_, lib::event::kRead, deadline);
    if (wake.first == 0) {
      read_all();
      continue;
    }
    alignas(inotify_event) std::array<char, 4096> events;
    const ssize_t got = ::read(inotify_.fd(), events.data(), events.size());
    if (got > 0) on_events({events.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace keepalived
