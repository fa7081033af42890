// Reading and writing wire bytes by number, never by laying a struct over them. Network byte order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lib::base {

using Bytes = std::span<const std::uint8_t>;

/// Reading past the end yields 0 and is remembered: one check, `complete()`, at the end.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_{bytes} {}
  std::uint8_t u8() {
    if (at_ >= bytes_.size()) {
      is_short_ = true;
      return 0;
    }
    return bytes_[at_++];
  }
  std::uint16_t u16() {
    const std::uint32_t high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  /// The next `count` bytes; empty when there are fewer.
  Bytes take(std::size_t count) {
    if (count > left()) {
      is_short_ = true;
      return {};
    }
    const Bytes part = bytes_.subspan(at_, count);
    at_ += count;
    return part;
  }
  std::size_t left() const { return bytes_.size() - at_; }
  bool complete() const { return !is_short_; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool is_short_ = false;
};

class ByteWriter {
 public:
  void u8(std::uint32_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::uint32_t value) {
    u8(value >> 8);
    u8(value);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value);
  }
  void put(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  /// Over what was written: a checksum or a length known later.
  void set_u16(std::size_t at, std::uint32_t value) {
    bytes_[at] = static_cast<std::uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<std::uint8_t>(value);
  }
  std::size_t size() const { return bytes_.size(); }
  std::vector<std::uint8_t> release() { return std::move(bytes_); }
  Bytes bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace lib::base
