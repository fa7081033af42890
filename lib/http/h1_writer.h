// Changing a head and sending it on: unchanged lines are taken from where they were received, without a copy. Pure.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/http/message.h"

namespace lib::http {

/// Edits one head, then lists the bytes to send. Edits are visible through the head at once (find, value, target_text),
/// so that a rule sees what the rule before it did. New text is copied into `area`, which the caller owns and which must
/// outlive the head's use; nothing is allocated. Every edit returns false, changing nothing, when there is no room
/// (tune.maxrewrite) or no free field: haproxy counts that as a failed rewrite.
class HeadWriter {
 public:
  HeadWriter(MessageHead& head, std::span<char> area) : head_{&head}, area_{area} { head.edits = area.data(); }

  void drop(Field& field) { field.dropped = true; }
  /// Drops all of them.
  void drop(FieldId id);
  void drop(std::string_view name);
  /// `name` is written in lower case; it must be a token. The new field is the last one.
  bool add(std::string_view name, std::string_view value);
  bool add(FieldId id, std::string_view name, std::string_view value);
  bool replace_value(Field& field, std::string_view value);
  /// For what is written in place: room for `size` bytes of value. Null when there is none.
  char* add_space(std::string_view name, std::size_t size);

  // Words of the start line.
  bool set_method(RequestHead& head, std::string_view method);
  bool set_target(RequestHead& head, std::string_view target);
  bool set_status(ResponseHead& head, int status, std::string_view reason);
  /// "HTTP/1.1": what responses to clients always carry, whatever the server speaks.
  bool set_version(std::string_view version);

  /// Copies into the area: text that must live as long as the head.
  bool keep(std::string_view text, Slice& kept);
  /// Bytes of the area in use.
  std::size_t used() const { return used_; }

  /// The head as it is to be sent, the empty line included. Adjacent unchanged lines share one entry. Lines that were
  /// not sent by the book (bare LF, folded, blanks) are rebuilt in the area. Returns how many entries were filled;
  /// 0 when `out` or the area is too small (a copy by flatten() into a large enough buffer is left).
  /// The head must not be edited afterwards.
  std::size_t gather(std::span<iovec> out);
  /// The same as one piece at `out`. 0 when it does not fit.
  std::size_t flatten(std::span<char> out) const;
  /// Bytes that are sent: what gather() and flatten() yield.
  std::size_t total() const;

 private:
  MessageHead* head_;
  std::span<char> area_;
  std::size_t used_ = 0;
};

}  // namespace lib::http
