#include "proxyd/session/pump.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/base/bug.h"

namespace proxyd::session {
namespace {

using lib::http::BodyKind;

/// From here on the kernel's pipes beat our buffer: below, two more system calls cost more than the copies.
constexpr std::uint64_t kSpliceAbove = 32 * 1024;
constexpr std::uint32_t kLongTransfer = 2;  // full buffers in a row
constexpr unsigned kSpliceFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
constexpr std::uint64_t kUnbounded = ~std::uint64_t{0};

bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

}  // namespace

void Pump::set_body(BodyKind kind, std::uint64_t length) {
  kind_ = kind;
  left_ = kind == BodyKind::Length ? length : kUnbounded;
  body_ended_ = kind == BodyKind::None;
  state_ = PumpState::NeedsInput;
  full_reads_ = 0;
  input_drained_ = false;
  if (kind == BodyKind::Chunked) scanner_ = lib::http::ChunkScanner{chunk_mode_};
}

void Pump::feed(BufferPtr buffer) {
  buffer_ = std::move(buffer);
  ready_ = 0;
  if (buffer_ && !absorb()) state_ = PumpState::BadFraming;
}

std::span<char> Pump::ready_bytes() {
  return buffer_ && !is_paced() ? std::span<char>{buffer_->head(), ready_} : std::span<char>{};
}

std::size_t Pump::admitted(std::size_t count) const {
  if (!is_paced()) return count;
  return static_cast<std::size_t>(std::min<std::uint64_t>(count, throttle_->allowance(from_.now())));
}

void Pump::mark_sent(std::size_t count) {
  if (count == 0) return;
  buffer_->consume(count);
  ready_ -= static_cast<std::uint32_t>(count);
  passed_ += count;
  moved_ = true;
  if (is_paced()) throttle_->take(count, from_.now());
}

bool Pump::absorb() {
  const std::uint32_t fresh = buffer_->size() - ready_;
  if (fresh == 0 || body_ended_) return true;
  switch (kind_) {
    case BodyKind::None: break;
    case BodyKind::Length: {
      const std::uint64_t taken = std::min<std::uint64_t>(fresh, left_);
      ready_ += static_cast<std::uint32_t>(taken);
      left_ -= taken;
      body_ended_ = left_ == 0;
      break;
    }
    case BodyKind::UntilClose:
    case BodyKind::Tunnel: ready_ += fresh; break;
    case BodyKind::Chunked: {
      char* const at = buffer_->head() + ready_;
      const lib::http::ChunkScan scan = scanner_.scan(at, fresh);
      if (scan.fault != lib::http::BodyFault::None) {
        fault_ = scan.fault;
        return false;
      }
      if (scan.forward < scan.consumed) {  // an extension was taken out: close the gap
        std::memmove(at + scan.forward, at + scan.consumed, fresh - scan.consumed);
        buffer_->end -= static_cast<std::uint32_t>(scan.consumed - scan.forward);
      }
      ready_ += static_cast<std::uint32_t>(scan.forward);
      body_ended_ = scan.finished;
      break;
    }
  }
  return true;
}

std::optional<PumpState> Pump::write_ready() {
  while (ready_ != 0) {
    const std::size_t count = admitted(ready_);
    if (count == 0) return PumpState::Paced;
    // No MSG_MORE: measured, merging pieces costs the receiving side of the kernel more than it saves.
    const ssize_t sent = to_.send({buffer_->head(), count});
    if (sent < 0) return would_block(errno) ? PumpState::NeedsRoom : PumpState::OutputFailed;
    mark_sent(static_cast<std::size_t>(sent));
  }
  return std::nullopt;
}

PumpState Pump::end_of_input() {
  if (kind_ != BodyKind::UntilClose && kind_ != BodyKind::Tunnel) return PumpState::InputCut;
  body_ended_ = true;
  if (kind_ == BodyKind::Tunnel) (void)to_.end_sending();  // a peer that is gone needs no FIN
  return PumpState::Finished;
}

std::optional<PumpState> Pump::read_more() {
  const bool is_long = full_reads_ != 0;
  if (!buffer_ || (is_long && buffer_->empty() && buffer_->owner == &pools_.normal))
    buffer_ = is_long ? pools_.wide.take() : pools_.normal.take();
  if (ready_ == 0) buffer_->compact();  // only a held-back chunk line is left
  std::uint64_t room = buffer_->room_size();
  if (kind_ == BodyKind::Length) room = std::min(room, left_);
  const ssize_t got = from_.receive(buffer_->room(), static_cast<std::size_t>(room));
  if (got < 0) {
    if (!would_block(errno)) return PumpState::InputFailed;
    if (buffer_->empty()) buffer_.reset();  // who waits holds nothing
    return PumpState::NeedsInput;
  }
  if (got == 0) return end_of_input();
  input_drained_ = static_cast<std::uint64_t>(got) < room;
  full_reads_ = input_drained_ ? 0 : full_reads_ + 1;
  buffer_->end += static_cast<std::uint32_t>(got);
  moved_ = true;
  if (!absorb()) return PumpState::BadFraming;
  return std::nullopt;
}

bool Pump::can_splice() const {
  if (pipes_ == nullptr || from_.layer() != nullptr || to_.layer() != nullptr || ready_ != 0 || (buffer_ && !buffer_->empty())) return false;
  switch (kind_) {
    case BodyKind::Length: return left_ >= kSpliceAbove;
    case BodyKind::Chunked: return scanner_.chunk_left() >= kSpliceAbove;
    case BodyKind::UntilClose:
    case BodyKind::Tunnel: return full_reads_ >= kLongTransfer;
    case BodyKind::None: return false;
  }
  return false;
}

std::optional<PumpState> Pump::fill_pipe() {
  if (!pipe_) pipe_ = pipes_->take();
  if (!pipe_) {
    pipes_ = nullptr;  // no pipes to be had: copy
    return std::nullopt;
  }
  // What is left to take: of the body, or of the present chunk.
  std::uint64_t open = kUnbounded;
  if (kind_ == BodyKind::Length) open = left_;
  if (kind_ == BodyKind::Chunked) open = scanner_.chunk_left();
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(open, PipePool::kCapacity));
  const ssize_t got = ::splice(from_.fd(), nullptr, pipe_->write_end.get(), nullptr, want, kSpliceFlags);
  if (got < 0 && errno == EINVAL) {
    pipes_ = nullptr;  // not a socket that can be spliced
    return std::nullopt;
  }
  if (got < 0) return would_block(errno) ? PumpState::NeedsInput : PumpState::InputFailed;
  if (got == 0) return end_of_input();
  pipe_->held = static_cast<std::size_t>(got);
  moved_ = true;
  if (kind_ == BodyKind::Length) left_ -= pipe_->held;
  if (kind_ == BodyKind::Chunked) scanner_.skip(pipe_->held);
  body_ended_ = kind_ == BodyKind::Length && left_ == 0;
  return std::nullopt;
}

std::optional<PumpState> Pump::drain_pipe() {
  while (pipe_->held != 0) {
    const std::size_t count = admitted(pipe_->held);
    if (count == 0) return PumpState::Paced;
    const ssize_t sent = ::splice(pipe_->read_end.get(), nullptr, to_.fd(), nullptr, count, kSpliceFlags);
    if (sent < 0) return would_block(errno) ? PumpState::NeedsRoom : PumpState::OutputFailed;
    if (lib::base::bug_if(sent == 0)) return PumpState::OutputFailed;
    pipe_->held -= static_cast<std::size_t>(sent);
    passed_ += static_cast<std::uint64_t>(sent);
    moved_ = true;
    if (is_paced()) throttle_->take(static_cast<std::uint64_t>(sent), from_.now());
  }
  return std::nullopt;
}

std::optional<PumpState> Pump::advance() {
  if (const auto stop = pipe_ && pipe_->held != 0 ? drain_pipe() : write_ready(); stop) return stop;
  if (body_ended_) {
    pipe_.reset();
    return PumpState::Finished;
  }
  if (std::exchange(input_drained_, false)) {  // the last read took all there was
    if (buffer_ && buffer_->empty()) buffer_.reset();
    return PumpState::NeedsInput;
  }
  return can_splice() ? fill_pipe() : read_more();
}

PumpState Pump::step() {
  if (state_ != PumpState::NeedsInput && state_ != PumpState::NeedsRoom && state_ != PumpState::Paced) return state_;
  // Bounded: one conversation does not starve the others of its thread.
  for (int rounds = 0; rounds < 16; ++rounds)
    if (const auto stop = advance(); stop) return state_ = *stop;
  return state_ = ready_ != 0 || (pipe_ && pipe_->held != 0) ? PumpState::NeedsRoom : PumpState::NeedsInput;
}

std::uint64_t Pump::counted() const {
  if (kind_ != BodyKind::Chunked) return passed_;
  return std::min(passed_, scanner_.payload()) + (state_ == PumpState::Finished ? 1 : 0);
}

BufferPtr Pump::take_leftover() {
  if (!buffer_ || buffer_->empty()) return nullptr;
  return std::move(buffer_);
}

}  // namespace proxyd::session
