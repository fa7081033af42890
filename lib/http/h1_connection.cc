#include "lib/http/h1_connection.h"

#include "lib/base/text.h"
#include "lib/http/list.h"

namespace lib::http {

namespace {

using lib::base::equal_ignoring_case;

bool is_ours(std::string_view word) {
  return equal_ignoring_case(word, "close") || equal_ignoring_case(word, "keep-alive");
}

/// A value with our words taken out is rebuilt with bare commas between the others, as haproxy
/// does; one without them stays as it came.
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

/// Whether `wish` has to be said. Not when the connection may become something else: haproxy leaves
/// an upgrade alone. HTTP/1.1 keeps and HTTP/1.0 closes unless told otherwise; HTTP/1.0 with
/// chunks, which it does not know and such a peer may end by closing, is left to close.
bool must_say(Persistence wish, const MessageHead& head) {
  if (head.connection_upgrade) return false;
  if (wish == Persistence::Close) return head.is_http11();
  return !head.is_http11() && head.body != BodyKind::Chunked;
}

bool say(HeadWriter& writer, Persistence wish) {
  return writer.add("connection", wish == Persistence::Close ? "close" : "keep-alive");
}

}  // namespace

bool strip_connection(HeadWriter& writer, MessageHead& head) {
  if (!head.connection_close && !head.connection_keep_alive) return true;
  for (Field& field : head.fields) {
    if (field.id != FieldId::Connection || field.dropped) continue;
    if (!strip(writer, head, field)) return false;
  }
  return true;
}

bool forward_connection(HeadWriter& writer, RequestHead& request, Persistence wish) {
  if (!strip_connection(writer, request)) return false;
  return !must_say(wish, request) || say(writer, wish);
}

bool forward_connection(HeadWriter& writer, ResponseHead& response, Persistence wish,
                        const Asked& request) {
  if (!strip_connection(writer, response)) return false;
  if (response.is_interim() || response.body == BodyKind::Tunnel) return true;
  const bool to_old_client =
      wish == Persistence::KeepAlive && !request.http11 && !response.connection_upgrade;
  return !(to_old_client || must_say(wish, response)) || say(writer, wish);
}

}  // namespace lib::http
