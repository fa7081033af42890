// Chunked bodies: checked and forwarded as they stand. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lib::http {

enum class BodyFault : std::uint8_t {
  None,
  BadChunkSize,
  ChunkTooLarge,
  BadChunkExtension,
  ChunkLineTooLong,
  BadChunkLineEnd,  // not CRLF after a size
  BadChunkDataEnd,  // not CRLF after the chunk's bytes
  BadTrailer,
  TrailersTooLarge,
  kCount
};

std::string_view text(BodyFault fault);

enum class ChunkMode : std::uint8_t {
  Keep,   // chunks stay chunks: extensions and forbidden trailers are taken out
  KeepWithoutTrailers,  // the same, and all trailers are taken out
  Strip,  // only the payload is left (for a HTTP/1.0 peer)
};

/// What one call of scan() found.
struct ChunkScan {
  std::size_t forward = 0;  // bytes at `data` to send on
  std::size_t consumed =
      0;  // bytes used up; those after it are to be presented again, first, with what comes next
  bool finished = false;  // the body ended at `consumed`
  BodyFault fault = BodyFault::None;
  std::size_t position = 0;  // of the byte refused
};

/// Follows one chunked body. A line that is not complete is held back (not consumed): at most
/// kMaxLine bytes, trailers at most kMaxTrailers in all. Chunk payload is skipped without a look.
class ChunkScanner {
 public:
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTrailers = 8192;

  explicit ChunkScanner(ChunkMode mode = ChunkMode::Keep) : mode_{mode} {}

  /// Looks at the bytes that follow what earlier calls consumed. May change them in place; only [0,
  /// forward) is to be sent, before anything of the next call. After a fault or the end the scanner
  /// must not be used again.
  ChunkScan scan(char* data, std::size_t size);

  /// Payload bytes passed so far.
  std::uint64_t payload() const { return payload_; }
  /// Payload bytes of the present chunk still to come: they may be forwarded unseen (splice), then
  /// noted by skip().
  std::uint64_t chunk_left() const { return left_; }
  /// `count` (at most chunk_left()) bytes of payload went past without scan().
  void skip(std::uint64_t count);

 private:
  enum class Phase : std::uint8_t { SizeLine, Payload, PayloadEnd, Trailers, Done };
  struct Cursor;
  char* find_line_end(Cursor& at, std::size_t most, BodyFault too_long);
  bool take_size_line(Cursor& at);
  bool take_payload(Cursor& at);
  bool take_payload_end(Cursor& at);
  bool take_trailer(Cursor& at);

  ChunkMode mode_;
  Phase phase_ = Phase::SizeLine;
  std::uint32_t looked_ = 0;    // bytes of the held-back line known to have no LF
  std::uint32_t trailers_ = 0;  // bytes of trailers so far
  std::uint64_t left_ = 0;
  std::uint64_t payload_ = 0;
};

/// "<hex>\r\n" before `size` bytes of payload, for a body that we chunk ourselves. Follow the
/// payload with kChunkEnd, and the last one with kLastChunk.
struct ChunkSizeLine {
  std::array<char, 18> bytes;
  std::uint8_t length;
  std::string_view text() const { return {bytes.data(), length}; }
};
ChunkSizeLine chunk_size_line(std::uint64_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace lib::http
