#include "lib/http/h1_connection.h"

#include "lib/base/text.h"
#include "lib/http/list.h"

namespace lib::http {

namespace {

using lib::base::equal_ignoring_case;

bool is_ours(std::string_view word) {
  return equal_ignoring_case(word, "close") || equal_ignoring_case(word, "keep-alive");
}

/// A value with our words taken out is rebuilt with bare commas between the others, as haproxy does; one without them
/// stays as it came.
bool strip(HeadWriter& writer, const MessageHead& head, Field& field) {
  const std::string_view value = head.value(field);
  std::size_t size = 0;  // of the other words with their commas
  bool any_ours = false;
  std::string_view word;
  for (ListReader words{value}; words.next(word);) {
    if (is_ours(word)) {
      any_ours = true;
    } else {
      size += word.size() + (size != 0 ? 1 : 0);
    }
  }
  if (!any_ours) return true;
  if (size == 0) {
    field.dropped = true;
    return true;
  }
  char* to = writer.replace_space(field, size);
  if (to == nullptr) return false;
  bool is_first = true;
  for (ListReader words{value}; words.next(word);) {
    if (is_ours(word)) continue;
    if (!is_first) *to++ = ',';
    to += word.copy(to, word.size());
    is_first = false;
  }
  return true;
}

bool strip_all(HeadWriter& writer, MessageHead& head) {
  if (!head.connection_close && !head.connection_keep_alive) return true;
  for (Field& field : head.fields) {
    if (field.id != FieldId::Connection || field.dropped) continue;
    if (!strip(writer, head, field)) return false;
  }
  return true;
}

/// HTTP/1.0 closes unless keep-alive is said. Not with chunks, which HTTP/1.0 does not know and which such a peer may end
/// by closing; nor when the connection is to become something else.
bool must_ask_keep_alive(const MessageHead& head) {
  return !head.is_http11() && head.body != BodyKind::Chunked && !head.connection_upgrade;
}

}  // namespace

bool forward_connection(HeadWriter& writer, RequestHead& request, Persistence wish) {
  if (!strip_all(writer, request)) return false;
  if (wish == Persistence::Close) return !request.is_http11() || writer.add("connection", "close");
  return !must_ask_keep_alive(request) || writer.add("connection", "keep-alive");
}

bool forward_connection(HeadWriter& writer, ResponseHead& response, Persistence wish, const Asked& request) {
  if (!strip_all(writer, response)) return false;
  if (response.is_interim() || response.body == BodyKind::Tunnel) return true;
  if (wish == Persistence::Close) return !response.is_http11() || writer.add("connection", "close");
  if (request.http11 && !must_ask_keep_alive(response)) return true;
  return writer.add("connection", "keep-alive");
}

}  // namespace lib::http
