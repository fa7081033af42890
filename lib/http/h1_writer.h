// Changing a head and sending it on: unchanged lines are taken from where they were received,
// without a copy. Pure.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "lib/http/message.h"

namespace lib::http {

/// Edits one head, then lists the bytes to send. Edits are visible through the head at once (find,
/// value, target_text), so that a rule sees what the rule before it did. New text is copied into
/// `area`, which the caller owns and which must outlive the head's use (at most 2^31-1 bytes);
/// nothing else is allocated. Every edit returns false, changing nothing, when there is no room
/// (tune.maxrewrite): haproxy counts that as a failed rewrite. Pointers to fields are good until
/// the next add.
class HeadWriter {
 public:
  HeadWriter(RequestHead& head, std::span<char> area) : head_{&head}, request_{&head}, area_{area} {
    head.edits = area.data();
  }
  HeadWriter(ResponseHead& head, std::span<char> area)
      : head_{&head}, response_{&head}, area_{area} {
    head.edits = area.data();
  }

  MessageHead& head() { return *head_; }
  /// Null when it writes the other kind.
  RequestHead* request() { return request_; }
  ResponseHead* response() { return response_; }

  void drop(Field& field) { field.dropped = true; }
  /// Drops all of them.
  void drop(FieldId id);
  void drop(std::string_view name);
  /// The new field comes last. `name` must be a token; it is written in lower case.
  bool add(std::string_view name, std::string_view value);
  /// The same for a value that the caller writes in place: room for `size` bytes of it. Null when
  /// there is none.
  char* add_space(std::string_view name, std::size_t size);
  bool replace_value(Field& field, std::string_view value);
  char* replace_space(Field& field, std::size_t size);

  /// Spells a name with other letters' case, where it stands. `name` differs in that alone.
  void respell(Field& field, std::string_view name);

  // Words of a request line.
  bool set_method(std::string_view method);
  bool set_target(std::string_view target);
  /// The same, and servers get that very target, whatever form it has.
  bool replace_target(std::string_view target) { return has_own_target_ = set_target(target); }
  bool has_own_target() const { return has_own_target_; }
  // Words of a status line. `status` is 100..999.
  bool set_status(unsigned status, std::string_view reason);

  /// Copies into the area: text that must live as long as the head.
  bool keep(std::string_view text, Slice& kept);
  /// Bytes of the area in use.
  std::size_t used() const { return used_; }

  /// The head as it is to be sent, the empty line included; adjacent lines share one entry. Lines
  /// that were not received by the book (bare LF, folded, blanks) are rebuilt in the area while it
  /// has room. Returns how many entries were filled, 0 when `out` is too small: flatten() is left
  /// then. The head must not be edited afterwards.
  std::size_t gather(std::span<iovec> out);
  /// The same as one piece at `out`: its size, 0 when it does not fit.
  std::size_t flatten(std::span<char> out) const;
  /// Bytes that are sent: what gather() and flatten() yield.
  std::size_t total() const;

 private:
  bool fits(std::size_t size) const { return size <= area_.size() - used_; }
  char* room() const { return area_.data() + used_; }
  Slice append(std::string_view text);
  char* write_line(Field& field, std::string_view name, std::size_t value_size);
  void rebuild_start_line();
  template <class Sink>
  bool emit_start_line(Sink& sink) const;
  template <class Sink>
  bool emit_field(Sink& sink, const Field& field) const;
  template <class Sink>
  bool emit_all(Sink& sink) const;

  MessageHead* head_;
  RequestHead* request_ = nullptr;  // one of the two is head_
  ResponseHead* response_ = nullptr;
  std::span<char> area_;
  std::size_t used_ = 0;
  bool has_own_target_ = false;
  Slice start_line_{0, 0};  // rebuilt in the area; length 0: not
};

}  // namespace lib::http
