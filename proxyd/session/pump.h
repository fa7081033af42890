// One direction of a conversation: moves bytes from one descriptor to the other with bounded memory, and knows where an
// HTTP body ends. Never waits: step() does what can be done now and tells what it needs next.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "lib/event/channel.h"
#include "lib/http/h1_body.h"
#include "lib/http/message.h"
#include "proxyd/session/buffer.h"
#include "proxyd/session/pace.h"
#include "proxyd/session/pipe.h"

namespace proxyd::session {

enum class PumpState : std::uint8_t {
  NeedsInput,    // wait until `from` is readable
  NeedsRoom,     // wait until `to` is writable
  Paced,         // wait until resume_at()
  Finished,      // the body has been passed on to its end; or the tunnel's direction is closed
  InputFailed,   // reading failed (reset)
  InputCut,      // the peer closed before the end of the body
  OutputFailed,  // writing failed (closed, reset)
  BadFraming,    // chunks that are none
};

class Pump {
 public:
  Pump(lib::event::Channel& from, lib::event::Channel& to, BufferPools& pools)
      : from_{from}, to_{to}, pools_{pools} {}

  /// What moves: a body of that kind, or raw bytes (BodyKind::Tunnel).
  void set_body(lib::http::BodyKind kind, std::uint64_t length);
  /// Bytes that came with the head. Takes the buffer over; what belongs to the body is passed on first.
  void feed(BufferPtr buffer);
  /// Bytes that may be sent now: whoever sends them together with a head reports it by mark_sent(). None where they are paced.
  std::span<char> ready_bytes();
  void mark_sent(std::size_t count);

  PumpState step();
  bool has_whole_body() const { return body_ended_; }  // to its end in the buffer, or gone
  bool is_finished() const { return state_ == PumpState::Finished; }
  PumpState state() const { return state_; }
  bool has_moved() const { return moved_; }      // since the last clear_moved()
  void clear_moved() { moved_ = false; }
  std::uint64_t passed() const { return passed_; }  ///< bytes written to `to`
  /// The same as haproxy counts it: of chunks only their payload, and one for their end.
  std::uint64_t counted() const;
  /// Bytes behind the body's end (a pipelined request), or null.
  BufferPtr take_leftover();
  /// Where a framing error lies in the bytes last read, for `show errors`.
  lib::http::BodyFault fault() const { return fault_; }
  /// Lets the kernel move the bytes where nothing needs to look at them ("option splice-..."). Null: never.
  void use_splice(PipePool* pipes) { pipes_ = pipes; }
  /// What limits its speed, once it is set. It must outlive the pump.
  void use_throttle(Throttle& throttle) { throttle_ = &throttle; }
  bool is_paced() const { return throttle_ != nullptr && throttle_->is_set(); }
  Instant resume_at() const { return throttle_->resume_at(from_.now()); }
  /// Trailers of a chunked body go no further. Before set_body().
  void drop_trailers() { chunk_mode_ = lib::http::ChunkMode::KeepWithoutTrailers; }

 private:
  bool absorb();               // takes what is unread in the buffer into the body; false at a framing error
  // Each does one thing and returns where the pump stops for now, or nothing when it can go on.
  std::optional<PumpState> advance();
  std::optional<PumpState> write_ready();
  std::optional<PumpState> read_more();
  std::optional<PumpState> fill_pipe();
  std::optional<PumpState> drain_pipe();
  bool can_splice() const;
  /// How many of `count` bytes may go now.
  std::size_t admitted(std::size_t count) const;
  PumpState end_of_input();

  lib::event::Channel& from_;
  lib::event::Channel& to_;
  BufferPools& pools_;
  PipePool* pipes_ = nullptr;
  Throttle* throttle_ = nullptr;
  lib::http::ChunkMode chunk_mode_ = lib::http::ChunkMode::Keep;
  PipePtr pipe_;
  BufferPtr buffer_;
  std::uint32_t ready_ = 0;    // buffer bytes [begin, begin + ready_) may be sent
  lib::http::BodyKind kind_ = lib::http::BodyKind::None;
  PumpState state_ = PumpState::NeedsInput;
  lib::http::BodyFault fault_ = lib::http::BodyFault::None;
  bool body_ended_ = false;    // everything of the body is in the buffer or gone
  bool moved_ = false;
  bool input_drained_ = false;  // the last read got less than it had room for
  std::uint64_t left_ = 0;     // BodyKind::Length: bytes not yet received
  std::uint64_t passed_ = 0;
  std::uint32_t full_reads_ = 0;  // reads in a row that filled the buffer: a long transfer
  lib::http::ChunkScanner scanner_;
};

}  // namespace proxyd::session
