#include "lib/http/h1_writer.h"

#include <array>
#include <cstring>

#include "lib/base/bug.h"
#include "lib/base/text.h"
#include "lib/http/scan.h"

namespace lib::http {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

// Sinks take the head's pieces in order.

struct Counter {
  std::size_t total = 0;
  bool take(std::string_view piece) {
    total += piece.size();
    return true;
  }
};

struct Copier {
  std::span<char> out;
  std::size_t used = 0;
  bool take(std::string_view piece) {
    if (piece.size() > out.size() - used) return false;
    if (!piece.empty()) std::memcpy(out.data() + used, piece.data(), piece.size());
    used += piece.size();
    return true;
  }
};

/// Pieces that lie side by side become one entry.
struct Gatherer {
  std::span<iovec> out;
  std::size_t used = 0;
  const char* open_end = nullptr;
  bool take(std::string_view piece) {
    if (piece.empty()) return true;
    if (piece.data() == open_end) {
      out[used - 1].iov_len += piece.size();
    } else {
      if (used == out.size()) return false;
      out[used++] = {const_cast<char*>(piece.data()), piece.size()};  // writev only reads it
    }
    open_end = piece.data() + piece.size();
    return true;
  }
};

template <class Sink, class... Pieces>
bool take_all(Sink& sink, Pieces... pieces) {
  return (sink.take(std::string_view{pieces}) && ...);
}

}  // namespace

void HeadWriter::drop(FieldId id) {
  for (Field& field : head_->fields)
    if (field.id == id) field.dropped = true;
}

void HeadWriter::drop(std::string_view name) {
  for (Field& field : head_->fields)
    if (lib::base::equal_ignoring_case(head_->name(field), name)) field.dropped = true;
}

Slice HeadWriter::append(std::string_view text) {
  if (!text.empty()) std::memmove(room(), text.data(), text.size());
  const Slice kept{static_cast<std::uint32_t>(used_) | kEditBase,
                   static_cast<std::uint32_t>(text.size())};
  used_ += text.size();
  return kept;
}

bool HeadWriter::keep(std::string_view text, Slice& kept) {
  if (!fits(text.size())) return false;
  kept = append(text);
  return true;
}

/// `name: <space for the value>\r\n` in the area; `field` becomes that line. Where the value goes,
/// or null: no room.
char* HeadWriter::write_line(Field& field, std::string_view name, std::size_t value_size) {
  if (!fits(name.size() + value_size + 4)) return nullptr;
  field.name = append(name);
  lower_case(area_.data() + (field.name.offset & ~kEditBase), name.size(), name.size());
  (void)append(": ");  // the slice of a constant part is of no use
  char* const value = room();
  field.value = {static_cast<std::uint32_t>(used_) | kEditBase,
                 static_cast<std::uint32_t>(value_size)};
  used_ += value_size;
  (void)append(kLineEnd);
  field.line_end = static_cast<std::uint32_t>(used_) | kEditBase;
  field.verbatim = true;
  return value;
}

char* HeadWriter::add_space(std::string_view name, std::size_t size) {
  Field added;
  char* const value = write_line(added, name, size);
  if (value == nullptr) return nullptr;
  Field* const field = head_->fields.append();
  if (field == nullptr) {
    used_ = added.name.offset & ~kEditBase;
    return nullptr;
  }
  added.id = identify(name);
  added.dropped = added.folded = false;
  *field = added;
  return value;
}

bool HeadWriter::add(std::string_view name, std::string_view value) {
  char* const to = add_space(name, value.size());
  if (to == nullptr) return false;
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  return true;
}

char* HeadWriter::replace_space(Field& field, std::size_t size) {
  return write_line(field, head_->name(field), size);
}

bool HeadWriter::replace_value(Field& field, std::string_view value) {
  char* const to = replace_space(field, value.size());
  if (to == nullptr) return false;
  if (!value.empty()) std::memcpy(to, value.data(), value.size());
  return true;
}

void HeadWriter::respell(Field& field, std::string_view name) {
  if (lib::base::bug_if(name.size() != field.name.length)) return;
  const bool is_edit = (field.name.offset & kEditBase) != 0;
  char* const to = is_edit ? area_.data() + (field.name.offset & ~kEditBase) : head_->data + field.name.offset;
  std::memcpy(to, name.data(), name.size());
}

bool HeadWriter::set_method(std::string_view method) {
  if (lib::base::bug_if(request_ == nullptr) || !keep(method, request_->method_name)) return false;
  request_->method = method_of(method);
  head_->start_line_edited = true;
  return true;
}

bool HeadWriter::set_target(std::string_view target) {
  if (lib::base::bug_if(request_ == nullptr) || !keep(target, request_->target)) return false;
  head_->start_line_edited = true;
  return true;
}

bool HeadWriter::set_status(unsigned status, std::string_view reason) {
  if (lib::base::bug_if(response_ == nullptr || status < 100 || status > 999)) return false;
  if (!fits(3 + reason.size())) return false;
  const std::array<char, 3> digits{static_cast<char>('0' + status / 100),
                                   static_cast<char>('0' + status / 10 % 10),
                                   static_cast<char>('0' + status % 10)};
  response_->status_text = append({digits.data(), digits.size()});
  response_->reason = append(reason);
  response_->status = static_cast<std::uint16_t>(status);
  head_->start_line_edited = true;
  return true;
}

template <class Sink>
bool HeadWriter::emit_start_line(Sink& sink) const {
  const MessageHead& head = *head_;
  if (start_line_.length != 0) return sink.take(head.text(start_line_));
  if (head.start_line_verbatim && !head.start_line_edited)
    return sink.take({head.data + head.begin, head.fields_begin - head.begin});
  const std::string_view version = head.text(head.version);
  if (request_ != nullptr)
    return take_all(sink, request_->method_text(), " ", request_->target_text(), " ", version,
                    kLineEnd);
  return take_all(sink, version, " ", head.text(response_->status_text), " ",
                  head.text(response_->reason), kLineEnd);
}

template <class Sink>
bool HeadWriter::emit_field(Sink& sink, const Field& field) const {
  if (field.dropped) return true;
  if (field.verbatim)
    return sink.take(head_->text({field.line_begin(), field.line_end - field.line_begin()}));
  return take_all(sink, head_->name(field), ": ", head_->value(field), kLineEnd);
}

template <class Sink>
bool HeadWriter::emit_all(Sink& sink) const {
  if (!emit_start_line(sink)) return false;
  for (const Field& field : head_->fields)
    if (!emit_field(sink, field)) return false;
  const std::string_view received_end{head_->data + head_->size - 2, head_->size >= 2 ? 2U : 0U};
  return sink.take(received_end == kLineEnd ? received_end : kLineEnd);
}

void HeadWriter::rebuild_start_line() {
  Counter counter;
  (void)emit_start_line(counter);  // a counter takes everything
  if (!fits(counter.total)) return;
  Copier copier{area_.subspan(used_)};
  (void)emit_start_line(copier);  // it fits
  start_line_ = {static_cast<std::uint32_t>(used_) | kEditBase,
                 static_cast<std::uint32_t>(counter.total)};
  used_ += counter.total;
}

std::size_t HeadWriter::gather(std::span<iovec> out) {
  MessageHead& head = *head_;
  if ((!head.start_line_verbatim || head.start_line_edited) && start_line_.length == 0)
    rebuild_start_line();
  for (Field& field : head.fields)
    if (!field.verbatim && !field.dropped)
      (void)replace_value(field, head.value(field));  // else sent in pieces
  Gatherer gatherer{out};
  if (!emit_start_line(gatherer)) return 0;
  for (const Field& field : head.fields)
    if (!emit_field(gatherer, field)) return 0;
  // The empty line: where the last piece ends, if one can stand there.
  const char* const received_end = head.data + head.size - 2;
  if (gatherer.open_end == room() && fits(2))
    return gatherer.take(head.text(append(kLineEnd))) ? gatherer.used : 0;
  const bool by_the_book = head.size >= 2 && std::memcmp(received_end, kLineEnd.data(), 2) == 0;
  return gatherer.take({by_the_book ? received_end : kLineEnd.data(), 2}) ? gatherer.used : 0;
}

std::size_t HeadWriter::flatten(std::span<char> out) const {
  Copier copier{out};
  return emit_all(copier) ? copier.used : 0;
}

std::size_t HeadWriter::total() const {
  Counter counter;
  (void)emit_all(counter);  // a counter takes everything
  return counter.total;
}

}  // namespace lib::http
