#include "lib/log/ring.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lib::log {

Ring::Ring(RingMemory memory) : memory_{std::move(memory)} {}

void Ring::write(std::uint64_t position, const char* bytes, std::size_t size) {
  const std::size_t at = position % memory_.capacity();
  const std::size_t first = std::min(size, memory_.capacity() - at);
  std::memcpy(memory_.bytes() + at, bytes, first);
  if (first < size) std::memcpy(memory_.bytes(), bytes + first, size - first);
}

void Ring::read(std::uint64_t position, char* bytes, std::size_t size) const {
  const std::size_t at = position % memory_.capacity();
  const std::size_t first = std::min(size, memory_.capacity() - at);
  std::memcpy(bytes, memory_.bytes() + at, first);
  if (first < size) std::memcpy(bytes + first, memory_.bytes(), size - first);
}

/// Another process can write to a ring's file: whatever the bytes say, no line reaches beyond the newest one.
std::uint32_t Ring::length_at(std::uint64_t position) const {
  if (next_ - position < kLengthBytes) return 0;
  std::array<char, kLengthBytes> raw{};
  read(position, raw.data(), raw.size());
  std::uint32_t length = 0;
  std::memcpy(&length, raw.data(), sizeof length);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(length, next_ - position - kLengthBytes));
}

/// The position of the line after the one there.
std::uint64_t Ring::behind(std::uint64_t position) const {
  return std::min(next_, position + kLengthBytes + length_at(position));
}

/// Pushes out old lines until `size` bytes are free; false where a reader holds them.
bool Ring::make_room(std::size_t size) {
  while (next_ - oldest_ + size > memory_.capacity()) {
    const auto holds = [this](const Reader* reader) { return reader->grip_ == Grip::Holding && reader->position_ <= oldest_; };
    if (std::ranges::any_of(readers_, holds)) return false;
    oldest_ = behind(oldest_);
  }
  return true;
}

bool Ring::append(std::string_view line) {
  line = line.substr(0, longest_line());
  bool has_sleepers = false;
  {
    const std::lock_guard lock{mutex_};
    const bool has_room = make_room(kLengthBytes + line.size());
    show_positions();
    if (!has_room) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      ++unannounced_;
      return false;
    }
    const auto length = static_cast<std::uint32_t>(line.size());
    std::array<char, kLengthBytes> raw{};
    std::memcpy(raw.data(), &length, sizeof length);
    write(next_, raw.data(), raw.size());
    write(next_ + kLengthBytes, line.data(), line.size());
    next_ += kLengthBytes + line.size();
    show_positions();
    has_sleepers = sleepers_ != 0;
  }
  while (has_sleepers) {
    const auto wake = take_sleeper();
    if (wake == nullptr) break;
    (*wake)();
  }
  return true;
}

std::shared_ptr<const std::function<void()>> Ring::take_sleeper() {
  const std::lock_guard lock{mutex_};
  for (Reader* const reader : readers_) {
    if (!reader->sleeps_) continue;
    reader->sleeps_ = false;
    --sleepers_;
    return reader->wake_;
  }
  return nullptr;
}

std::uint64_t Ring::end() const {
  const std::lock_guard lock{mutex_};
  return next_;
}

std::uint64_t Ring::take_unannounced() {
  const std::lock_guard lock{mutex_};
  if (unannounced_ == 0 || !make_room(std::min(kAnnouncement, memory_.capacity()))) return 0;
  return std::exchange(unannounced_, 0);
}

Ring::Reader::Reader(Ring& ring, From from, std::function<void()> wake)
    : ring_{ring}, wake_{std::make_shared<const std::function<void()>>(std::move(wake))} {
  const std::lock_guard lock{ring_.mutex_};
  position_ = from == From::Oldest ? ring_.oldest_ : ring_.next_;
  ring_.readers_.push_back(this);
}

Ring::Reader::~Reader() {
  const std::lock_guard lock{ring_.mutex_};
  if (sleeps_) --ring_.sleepers_;
  std::erase(ring_.readers_, this);
}

bool Ring::Reader::next(std::string& line) {
  const std::lock_guard lock{ring_.mutex_};
  position_ = std::max(position_, ring_.oldest_);
  if (position_ == ring_.next_) {
    if (!std::exchange(sleeps_, true)) ++ring_.sleepers_;
    return false;
  }
  const std::uint32_t length = ring_.length_at(position_);
  line.resize(length);
  ring_.read(position_ + kLengthBytes, line.data(), length);
  position_ = ring_.behind(position_);
  return true;
}

void Ring::Reader::set_grip(Grip grip) {
  const std::lock_guard lock{ring_.mutex_};
  position_ = std::max(position_, ring_.oldest_);
  grip_ = grip;
}

}  // namespace lib::log
