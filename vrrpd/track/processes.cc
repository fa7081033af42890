#include "vrrpd/track/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "lib/base/text.h"
#include "vrrpd/track/process_match.h"

namespace vrrpd::track {

using lib::base::Duration;
using lib::base::Instant;
using lib::event::Task;
using lib::event::Waiter;
using lib::event::Wake;
using parsers::keepalived::TrackProcess;

namespace {

constexpr Duration kPoll{250'000};
constexpr std::size_t kMostTrackers = 64;      // bits of a mask
constexpr std::size_t kMostCommandLine = 4096;

std::string read_proc(pid_t process, const char* file) {
  const std::string path = fmt::format("/proc/{}/{}", process, file);
  const lib::base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string text(kMostCommandLine, '\0');
  const ssize_t got = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

std::optional<ProcessFacts> facts_of(pid_t process) {
  ProcessFacts facts;
  facts.name = read_proc(process, "comm");
  if (facts.name.empty()) return std::nullopt;  // gone
  if (facts.name.back() == '\n') facts.name.pop_back();
  facts.arguments = split_arguments(read_proc(process, "cmdline"));
  return facts;
}

/// What asks the kernel to begin telling: netlink header, connector header, one word.
std::array<char, sizeof(nlmsghdr) + sizeof(cn_msg) + sizeof(proc_cn_mcast_op)> make_subscription() {
  std::array<char, sizeof(nlmsghdr) + sizeof(cn_msg) + sizeof(proc_cn_mcast_op)> bytes{};
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(bytes.size());
  head.nlmsg_type = NLMSG_DONE;
  cn_msg message{};
  message.id.idx = CN_IDX_PROC;
  message.id.val = CN_VAL_PROC;
  message.len = sizeof(proc_cn_mcast_op);
  const proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &message, sizeof message);
  std::memcpy(bytes.data() + sizeof head + sizeof message, &operation, sizeof operation);
  return bytes;
}

}  // namespace

struct Processes::Tracker {
  Tracker(lib::event::Loop& loop, const TrackProcess& what, std::size_t which)
      : conf{what}, index{which}, waiter{loop} {}
  const TrackProcess& conf;
  std::size_t index;
  Waiter waiter;
  std::size_t count = 0;
  bool quorum = false;             // as last told
  Instant settles = lib::base::kNever;
  bool holds = false;              // a delay runs
};

Processes::Processes(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Table& table, Sink& sink)
    : loop_{loop}, config_{config}, table_{table}, sink_{sink} {
  for (std::size_t i = 0; i < config.track_processes.size(); ++i)
    trackers_.push_back(std::make_unique<Tracker>(loop, config.track_processes[i], i));
}

Processes::~Processes() { tasks_.cancel_all(); }

std::size_t Processes::count(std::size_t index) const { return trackers_[index]->count; }
bool Processes::has_quorum_now(std::size_t index) const { return trackers_[index]->quorum; }

void Processes::start() {
  if (trackers_.empty()) return;
  if (trackers_.size() > kMostTrackers)
    sink_.on_log(Level::Always, fmt::format("Only the first {} vrrp_track_processes are counted", kMostTrackers));
  if (!open_connector())
    sink_.on_log(Level::Always, "Process events cannot be had here: looking at /proc four times a second instead");
  scan();
  for (auto& tracker : trackers_) {
    tracker->quorum = has_quorum(tracker->conf, tracker->count);
    const Result result = tracker->quorum ? Result::Up : Result::Down;
    for (const Effect& effect : table_.set_result(table_.process_item(tracker->index), result)) sink_.on_effect(effect);
  }
  started_ = true;
  tasks_.spawn(listen());
}

bool Processes::open_connector() {
  lib::base::UniqueFd fd{::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR)};
  if (!fd) return false;
  const auto size = static_cast<int>(config_.global.process_monitor_buffer);
  const int option = config_.global.process_monitor_force ? SO_RCVBUFFORCE : SO_RCVBUF;
  if (size > 0) (void)::setsockopt(fd.get(), SOL_SOCKET, option, &size, sizeof size);  // smaller works, too
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
  const auto subscription = make_subscription();
  if (::send(fd.get(), subscription.data(), subscription.size(), 0) != static_cast<ssize_t>(subscription.size())) return false;
  connector_.open(loop_, std::move(fd));
  return true;
}

void Processes::settle(Tracker& tracker) {
  const bool quorum = has_quorum(tracker.conf, tracker.count);
  if (quorum == tracker.quorum) return;
  tracker.quorum = quorum;
  sink_.on_log(Level::Always, fmt::format("Quorum {} for tracked process {}", quorum ? "gained" : "lost", tracker.conf.name));
  const Result result = quorum ? Result::Up : Result::Down;
  for (const Effect& effect : table_.set_result(table_.process_item(tracker.index), result)) sink_.on_effect(effect);
}

Task<void> Processes::hold(Tracker& tracker) {
  tracker.holds = true;
  while (tracker.settles > tracker.waiter.now()) co_await tracker.waiter.until(tracker.settles);
  tracker.holds = false;
  settle(tracker);
}

void Processes::on_count(Tracker& tracker, Duration delay) {
  if (!started_) return;  // the first count decides at once
  const bool quorum = has_quorum(tracker.conf, tracker.count);
  if (quorum == tracker.quorum || delay.count() == 0) {
    tracker.settles = tracker.waiter.now();  // what was awaited is over
    return settle(tracker);
  }
  tracker.settles = tracker.waiter.now() + delay;
  if (!tracker.holds) tasks_.spawn(hold(tracker));
}

void Processes::set_matches(pid_t process, std::uint64_t mask) {
  const auto found = matching_.find(process);
  const std::uint64_t before = found == matching_.end() ? 0 : found->second;
  if (mask == before) return;
  if (mask == 0)
    matching_.erase(process);
  else
    matching_[process] = mask;
  for (std::size_t i = 0; i < trackers_.size() && i < kMostTrackers; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (((mask ^ before) & bit) == 0) continue;
    Tracker& tracker = *trackers_[i];
    const bool gained = (mask & bit) != 0;
    tracker.count += gained ? 1 : static_cast<std::size_t>(-1);
    on_count(tracker, gained ? tracker.conf.fork_delay : tracker.conf.terminate_delay);
  }
}

void Processes::look_at(pid_t process) {
  const auto facts = facts_of(process);
  std::uint64_t mask = 0;
  for (std::size_t i = 0; facts && i < trackers_.size() && i < kMostTrackers; ++i)
    if (is_match(trackers_[i]->conf, *facts)) mask |= std::uint64_t{1} << i;
  set_matches(process, mask);
}

void Processes::scan() {
  std::unordered_map<pid_t, std::uint64_t> before = matching_;
  DIR* const directory = ::opendir("/proc");
  if (directory == nullptr) return;
  while (const dirent* const entry = ::readdir(directory)) {
    const auto process = lib::base::parse_number<pid_t>(entry->d_name);
    if (!process) continue;
    before.erase(*process);
    look_at(*process);
  }
  ::closedir(directory);
  for (const auto& [gone, mask] : before) set_matches(gone, 0);
}

void Processes::read_connector() {
  alignas(nlmsghdr) std::array<char, 4096> buffer;
  for (int rounds = 0; rounds < 64; ++rounds) {  // bounded: other conversations wait, too
    const ssize_t got = ::recv(connector_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == ENOBUFS) return scan();  // events were lost
    if (got <= 0) return;
    constexpr std::size_t kBefore = sizeof(nlmsghdr) + sizeof(cn_msg);
    proc_event event{};
    if (static_cast<std::size_t>(got) < kBefore + sizeof event) continue;
    std::memcpy(&event, buffer.data() + kBefore, sizeof event);
    switch (event.what) {
      case proc_event::PROC_EVENT_FORK:
        if (event.event_data.fork.child_pid == event.event_data.fork.child_tgid)  // not a thread
          look_at(event.event_data.fork.child_tgid);
        break;
      case proc_event::PROC_EVENT_EXEC: look_at(event.event_data.exec.process_tgid); break;
      case proc_event::PROC_EVENT_COMM: look_at(event.event_data.comm.process_tgid); break;
      case proc_event::PROC_EVENT_EXIT:
        if (event.event_data.exit.process_pid == event.event_data.exit.process_tgid) set_matches(event.event_data.exit.process_tgid, 0);
        break;
      default: break;
    }
  }
}

Task<void> Processes::listen() {
  Waiter waiter{loop_};
  while (true) {
    if (connector_.is_open()) {
      co_await waiter.ready(connector_, lib::event::kRead, lib::base::kNever);
      read_connector();
      continue;
    }
    const Instant next = waiter.now() + kPoll;
    co_await waiter.until(next);
    scan();
  }
}

}  // namespace vrrpd::track
