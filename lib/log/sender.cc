#include "lib/log/sender.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "lib/log/ring.h"
#include "lib/net/socket.h"

namespace lib::log {
namespace {

/// How long nothing is sent where nobody listens (ICMP said so). Short: a returning syslog daemon misses that much.
constexpr std::int64_t kRefusedPauseMs = 10;
/// Between attempts to open a socket or find its path again.
constexpr std::int64_t kReconnectPauseMs = 1000;
constexpr int kMaxFailures = 3;

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_number(char* out, unsigned value) { return std::to_chars(out, out + 12, value).ptr; }

/// ".123456"
char* put_microseconds(char* out, std::int64_t value) {
  *out = '.';
  for (int at = 6; at > 0; --at) {
    out[at] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + 7;
}

/// Heads with microseconds are made anew for each line; the others change once a second.
bool has_microseconds(Style style) {
  return style == Style::Rfc5424 || style == Style::Iso || style == Style::Timed;
}

/// Seconds come cheaply from the coarse clock (a few milliseconds behind at most).
std::int64_t coarse_second() {
  timespec now{};
  (void)::clock_gettime(CLOCK_REALTIME_COARSE, &now);  // cannot fail for this clock
  return now.tv_sec;
}

std::int64_t coarse_monotonic_ms() {
  timespec now{};
  (void)::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);  // cannot fail for this clock
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

char* put_iso(char* out, Dates& dates, base::WallTime now) {
  const std::int64_t micros = now.time_since_epoch().count();
  out = put(out, dates.iso(micros / 1'000'000));
  out = put_microseconds(out, micros % 1'000'000);
  return put(out, dates.iso_zone(micros / 1'000'000));
}

char* put_priority(char* out, unsigned number) {
  *out++ = '<';
  out = put_number(out, number);
  *out++ = '>';
  return out;
}

/// Names are cut so that any head fits Sender::kHeadRoom.
std::string_view cut_name(std::string_view name) { return name.substr(0, 200); }

unsigned priority_of(const Target& target, Level level) { return target.facility * 8U + static_cast<unsigned>(level); }

/// Heads that change once a second: returns their end.
char* render_head(const Target& target, Level level, std::string_view date, char* out) {
  switch (target.style) {
    case Style::Raw: return out;
    case Style::Short: return put_priority(out, static_cast<unsigned>(level));
    case Style::Priority: return put_priority(out, priority_of(target, level));
    default: break;
  }
  out = put(put_priority(out, priority_of(target, level)), date);
  *out++ = ' ';
  std::string_view host = target.host;
  if (target.style == Style::Rfc3164 && host.empty()) host = "localhost";
  if (target.style != Style::Local && !host.empty()) {
    out = put(out, cut_name(host));
    *out++ = ' ';
  }
  out = put(out, cut_name(target.tag));
  *out++ = '[';
  out = put_number(out, static_cast<unsigned>(::getpid()));
  return put(out, "]: ");
}

/// Heads with microseconds: Rfc5424, Iso, Timed.
char* render_precise_head(const Target& target, Level level, Dates& dates, char* out) {
  const base::WallTime now = base::wall_now();
  if (target.style == Style::Timed) out = put_priority(out, static_cast<unsigned>(level));
  if (target.style == Style::Rfc5424) out = put(put_priority(out, priority_of(target, level)), "1 ");
  out = put_iso(out, dates, now);
  *out++ = ' ';
  if (target.style != Style::Rfc5424) return out;
  out = put(out, target.host.empty() ? std::string_view{"-"} : cut_name(target.host));
  *out++ = ' ';
  out = put(out, cut_name(target.tag));
  *out++ = ' ';
  out = put_number(out, static_cast<unsigned>(::getpid()));
  return put(out, target.structured_data ? " - " : " - - ");
}

bool same_outlet(const Target& a, const Target& b) {
  return a.kind == b.kind && a.fd == b.fd && a.ring == b.ring && a.where == b.where;
}

/// Whether this line is one for that target.
bool takes(const Target& target, Level level) {
  return level <= target.max_level && (target.sampler == nullptr || target.sampler->takes());
}

}  // namespace

Sender::Sender(const TargetTable& targets) : targets_{&targets}, arena_{std::make_unique<char[]>(kArena)} { add_outlets(); }

/// For the targets that have no head yet.
void Sender::add_outlets() {
  const std::size_t had = outlets_.size();
  for (auto id = static_cast<TargetId>(heads_.size()); id < targets_->size(); ++id) {
    const Target& target = (*targets_)[id];
    const auto known = std::ranges::find_if(outlets_, [&](const Outlet& outlet) { return same_outlet(*outlet.target, target); });
    heads_.emplace_back().outlet = static_cast<std::uint32_t>(known - outlets_.begin());
    if (known == outlets_.end()) outlets_.push_back(Outlet{.target = &target, .socket = {}});
  }
  for (std::size_t i = had; i < outlets_.size(); ++i)
    if (outlets_[i].target->kind == Target::Kind::Datagram) (void)connect(outlets_[i]);  // tried again when there is a line
}

void Sender::follow(const TargetTable& grown) {
  flush();
  targets_ = &grown;
  for (TargetId id = 0; id < heads_.size(); ++id) outlets_[heads_[id].outlet].target = &grown[id];
  add_outlets();
}

Sender::~Sender() { flush(); }

bool Sender::connect(Outlet& outlet) {
  base::Result<base::UniqueFd> socket = net::connect_datagram(outlet.target->where);
  if (!socket) {
    outlet.deaf_until_ms = coarse_monotonic_ms() + kReconnectPauseMs;
    return false;
  }
  outlet.socket = std::move(*socket);
  return true;
}

bool Sender::wants(std::span<const TargetId> to, Level level) {
  bool deaf = false;
  for (const TargetId id : to) {
    if (level > (*targets_)[id].max_level) continue;
    const Outlet& outlet = outlets_[heads_[id].outlet];
    if (outlet.deaf_until_ms == 0 || outlet.deaf_until_ms <= coarse_monotonic_ms()) return true;
    deaf = true;
  }
  if (deaf) drop(1);
  return false;
}

char* Sender::room() {
  if (kArena - used_ < kHeadRoom + kMaxText + 1) flush();
  return arena_.get() + used_ + kHeadRoom;
}

void Sender::send(std::span<const TargetId> to, Level level, std::string_view text) {
  const std::string_view cut = text.substr(0, kMaxText);
  char* text_room = room();
  if (!cut.empty()) std::memcpy(text_room, cut.data(), cut.size());
  finish(to, level, cut.size());
}

void Sender::finish(std::span<const TargetId> to, Level level, std::size_t size) {
  char* text = arena_.get() + used_ + kHeadRoom;
  const TargetId* last = nullptr;  // its line is made around the text where it stands; the others get copies before
  for (const TargetId& id : to) {
    if (!takes((*targets_)[id], level)) continue;
    if (last == nullptr) {
      if (pending_count_ + to.size() > kMaxPending) text = flush_around(text, size);
      used_ = static_cast<std::size_t>(text - arena_.get()) + size + 1;
    } else {
      if (pending_count_ == kMaxPending || kArena - used_ < kHeadRoom + size + 1) text = flush_around(text, size);
      append(*last, std::max(level, (*targets_)[*last].min_level), text, size, Place::Copy);
    }
    last = &id;
  }
  if (last == nullptr) return;
  append(*last, std::max(level, (*targets_)[*last].min_level), text, size, Place::Here);
  if (pending_count_ == kMaxPending) flush();
}

char* Sender::flush_around(const char* text, std::size_t size) {
  flush();
  char* moved = arena_.get() + kHeadRoom;
  std::memmove(moved, text, size);
  used_ = kHeadRoom + size + 1;
  return moved;
}

void Sender::append(TargetId id, Level level, char* text, std::size_t size, Place place) {
  const Target& target = (*targets_)[id];
  Head& head = heads_[id];
  refresh_head(target, head, level);
  char* begin = text - head.size;
  if (place == Place::Copy) {
    begin = arena_.get() + used_;
    used_ += head.size + size + 1;
    std::memcpy(begin + head.size, text, size);
  }
  std::memcpy(begin, head.text.data(), head.size);
  const std::size_t length = std::min<std::size_t>(head.size + size, target.length);
  begin[length] = '\n';
  pending_[pending_count_++] = {begin, static_cast<std::uint32_t>(length + 1), head.outlet};
  ++outlets_[head.outlet].pending;
}

void Sender::refresh_head(const Target& target, Head& head, Level level) {
  if (has_microseconds(target.style)) {
    head.size = static_cast<std::uint16_t>(render_precise_head(target, level, dates_, head.text.data()) - head.text.data());
    return;
  }
  const std::int64_t second = coarse_second();
  if (second == head.second && level == head.level) return;
  head.second = second;
  head.level = level;
  head.size = static_cast<std::uint16_t>(render_head(target, level, dates_.syslog(second), head.text.data()) - head.text.data());
}

void Sender::flush() {
  if (pending_count_ == 0) return;
  for (std::uint32_t index = 0; index < outlets_.size(); ++index) {
    Outlet& outlet = outlets_[index];
    if (outlet.pending == 0) continue;
    switch (outlet.target->kind) {
      case Target::Kind::Datagram: flush_datagrams(outlet, index); break;
      case Target::Kind::Descriptor: flush_descriptor(outlet, index); break;
      case Target::Kind::Ring: flush_ring(outlet, index); break;
    }
    outlet.pending = 0;
  }
  pending_count_ = 0;
  used_ = 0;
}

void Sender::flush_datagrams(Outlet& outlet, std::uint32_t index) {
  if (outlet.deaf_until_ms != 0) {
    if (coarse_monotonic_ms() < outlet.deaf_until_ms) return drop(outlet.pending);
    outlet.deaf_until_ms = 0;
  }
  if (!outlet.socket && !connect(outlet)) return drop(outlet.pending);
  std::array<iovec, kMaxPending> pieces;
  std::array<mmsghdr, kMaxPending> messages;
  unsigned count = 0;
  for (std::size_t at = 0; at < pending_count_; ++at) {
    const Line& line = pending_[at];
    if (line.outlet != index) continue;
    pieces[count] = {const_cast<char*>(line.data), line.size};  // sendmmsg only reads it
    messages[count] = {};
    messages[count].msg_hdr.msg_iov = &pieces[count];
    messages[count].msg_hdr.msg_iovlen = 1;
    ++count;
  }
  const unsigned sent = send_all(outlet, {messages.data(), count});
  if (sent != count) drop(count - sent);
}

/// How many of `messages` the kernel took. Ends early where it would have to wait or nobody listens.
unsigned Sender::send_all(Outlet& outlet, std::span<mmsghdr> messages) {
  unsigned done = 0, lost = 0;
  int failures = 0;  // a closed port makes every second call fail: do not go on like that
  while (done < messages.size() && failures < kMaxFailures) {
    const int sent = ::sendmmsg(outlet.socket.get(), &messages[done], static_cast<unsigned>(messages.size()) - done,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    const int fault = sent < 0 ? errno : 0;
    if (sent > 0) {
      done += static_cast<unsigned>(sent);
      if (done < messages.size()) ++failures;
    } else if (fault == EMSGSIZE) {
      ++done, ++lost;
    } else if (fault == EAGAIN || fault == ENOBUFS) {
      break;
    } else if (fault != EINTR) {
      ++failures;
      if (outlet.target->where.kind == net::Endpoint::Kind::Ip) {
        outlet.deaf_until_ms = coarse_monotonic_ms() + kRefusedPauseMs;
        break;
      }
      outlet.socket.reset();  // the syslog daemon was restarted: its socket is a new one
      if (!connect(outlet)) break;
    }
  }
  return done - lost;
}

/// A pipe, file, terminal or stream socket: one line a call, and only while it takes them without waiting (a line longer
/// than PIPE_BUF can still make a pipe's writer wait for its reader).
void Sender::flush_descriptor(Outlet& outlet, std::uint32_t index) {
  std::uint32_t left = outlet.pending;
  for (std::size_t at = 0; at < pending_count_ && left != 0; ++at) {
    const Line& line = pending_[at];
    if (line.outlet != index) continue;
    pollfd ready{.fd = outlet.target->fd, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) break;
    if (::write(outlet.target->fd, line.data, line.size) != static_cast<ssize_t>(line.size)) break;
    --left;
  }
  drop(left);
}

void Sender::flush_ring(Outlet& outlet, std::uint32_t index) {
  Ring& ring = *outlet.target->ring;
  for (std::size_t at = 0; at < pending_count_; ++at) {
    const Line& line = pending_[at];
    if (line.outlet != index) continue;
    if (ring.dropped() != 0) announce_dropped(*outlet.target);
    if (!ring.append({line.data, line.size - 1})) drop(1);
  }
}

/// "3 events dropped", in the form of the ring's lines, once it takes lines again.
void Sender::announce_dropped(const Target& target) {
  const std::uint64_t count = target.ring->take_unannounced();
  if (count == 0) return;
  std::array<char, kHeadRoom + 64> line;
  char* out = has_microseconds(target.style)
                  ? render_precise_head(target, Level::Notice, dates_, line.data())
                  : render_head(target, Level::Notice, dates_.syslog(coarse_second()), line.data());
  out = std::to_chars(out, out + 24, count).ptr;
  out = put(out, count == 1 ? " event dropped" : " events dropped");
  (void)target.ring->append({line.data(), static_cast<std::size_t>(out - line.data())});  // counted by the ring
}

}  // namespace lib::log
