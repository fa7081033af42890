// Header fields as slices of received bytes: what a message head's index is made of. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace lib::http {

/// A part of a head. Offsets below kEditBase count from the head's received bytes, those above from
/// its edit area (what rules added or replaced); MessageHead::text() knows both.
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
  bool verbatim;  // the line is `name: value\r\n`: it can be forwarded as it stands
  bool dropped;   // taken out: not found by find(), not forwarded
  bool folded;

  std::uint32_t line_begin() const { return name.offset; }
};

/// The fields of one head. kInline of them live inside; more allocate, once: the room is kept until
/// the list goes.
class FieldList {
 public:
  static constexpr std::uint32_t kInline =
      112;  // maxhdr's default and some room for what rules add
  static constexpr std::uint32_t kMost = 65'535;

  FieldList() { items_ = inline_.data(); }
  FieldList(const FieldList&) = delete;
  FieldList& operator=(const FieldList&) = delete;

  /// tune.http.maxhdr, 1..32767: how many lines a received head may have, the start line counted in
  /// (as haproxy does).
  void set_limit(std::uint32_t limit) { limit_ = limit; }
  bool limit_reached() const { return size_ + 1 >= limit_; }

  void clear() { size_ = 0; }
  std::uint32_t size() const { return size_; }
  Field& operator[](std::uint32_t index) { return items_[index]; }
  const Field& operator[](std::uint32_t index) const { return items_[index]; }
  Field* begin() { return items_; }
  Field* end() { return items_ + size_; }
  const Field* begin() const { return items_; }
  const Field* end() const { return items_ + size_; }
  /// A new last entry, uninitialised; null when there are kMost. May move all entries.
  Field* append() {
    if (size_ == capacity_ && !grow()) return nullptr;
    return &items_[size_++];
  }

 private:
  bool grow();
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = kInline;
  std::uint32_t limit_ = 101;
  Field* items_;
  std::unique_ptr<Field[]> heap_;      // owns items_ once there were more than kInline
  std::array<Field, kInline> inline_;  // uninitialised on purpose
};

}  // namespace lib::http
