// Header fields as slices of received bytes: what a message head's index is made of. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace lib::http {

/// A part of a head. Offsets below kEditBase count from the head's received bytes, those above from its edit area
/// (what rules added or replaced); MessageHead::text() knows both.
struct Slice {
  std::uint32_t offset;
  std::uint32_t length;
};
inline constexpr std::uint32_t kEditBase = 0x80000000U;

/// The headers that the proxy itself looks at.
enum class FieldId : std::uint8_t {
  Other,
  Authorization,
  Connection,
  ContentLength,
  Cookie,
  Expect,
  Forwarded,
  Host,
  Http2Settings,
  KeepAlive,
  ProxyConnection,
  SecWebSocketAccept,
  SecWebSocketKey,
  SetCookie,
  Te,
  TransferEncoding,
  Upgrade,
  XForwardedFor,
  XOriginalTo,
};

/// Which header a valid field name (either case) is.
FieldId identify(std::string_view name);

/// One header line. Trivial on purpose: an index of a hundred of them is never cleared.
struct Field {
  Slice name;              // lower case once the head is complete; begins the line
  Slice value;             // without leading and trailing blanks; folded lines are joined by blanks
  std::uint32_t line_end;  // just after the line's LF
  FieldId id;
  bool verbatim;           // the line is `name: value\r\n`: it can be forwarded as it stands
  bool dropped;            // taken out: not found by find(), not forwarded
  bool folded;

  std::uint32_t line_begin() const { return name.offset; }
};

/// The fields of one head. Up to kInline of them live inside; a larger limit allocates once and keeps it.
class FieldList {
 public:
  /// tune.http.maxhdr's default counts the start line in, as haproxy does.
  static constexpr std::uint32_t kInline = 101;

  FieldList() = default;
  FieldList(const FieldList&) = delete;
  FieldList& operator=(const FieldList&) = delete;

  /// The most fields this list takes (tune.http.maxhdr, 1..32767). Empties the list.
  void set_limit(std::uint32_t limit);
  std::uint32_t limit() const { return limit_; }

  void clear() { size_ = 0; }
  std::uint32_t size() const { return size_; }
  bool is_full() const { return size_ >= limit_; }
  Field& operator[](std::uint32_t index) { return items_[index]; }
  const Field& operator[](std::uint32_t index) const { return items_[index]; }
  Field* begin() { return items_; }
  Field* end() { return items_ + size_; }
  const Field* begin() const { return items_; }
  const Field* end() const { return items_ + size_; }
  /// The next free entry, uninitialised; null when full.
  Field* append() { return is_full() ? nullptr : &items_[size_++]; }

 private:
  std::uint32_t size_ = 0;
  std::uint32_t limit_ = kInline;
  Field* items_ = inline_.data();
  std::unique_ptr<Field[]> heap_;       // owns items_ when the limit is above kInline
  std::array<Field, kInline> inline_;   // uninitialised on purpose
};

}  // namespace lib::http
