#include "lib/http/message.h"

#include <utility>

#include "lib/base/text.h"

namespace lib::http {

namespace {

template <class F, class Match>
F* find_from(F* at, F* end, Match matches) {
  for (; at != end; ++at)
    if (!at->dropped && matches(*at)) return at;
  return nullptr;
}

}  // namespace

Method method_of(std::string_view word) {
  switch (word.size()) {
    case 3:
      if (word == "GET") return Method::Get;
      return word == "PUT" ? Method::Put : Method::Other;
    case 4:
      if (word == "POST") return Method::Post;
      return word == "HEAD" ? Method::Head : Method::Other;
    case 5:
      if (word == "PATCH") return Method::Patch;
      return word == "TRACE" ? Method::Trace : Method::Other;
    case 6:
      return word == "DELETE" ? Method::Delete : Method::Other;
    case 7:
      if (word == "OPTIONS") return Method::Options;
      return word == "CONNECT" ? Method::Connect : Method::Other;
    default:
      return Method::Other;
  }
}

const Field* MessageHead::find(FieldId id, const Field* after) const {
  return find_from(after == nullptr ? fields.begin() : after + 1, fields.end(),
                   [id](const Field& field) { return field.id == id; });
}

Field* MessageHead::find(FieldId id, const Field* after) {
  return const_cast<Field*>(std::as_const(*this).find(id, after));  // ours, and not const
}

const Field* MessageHead::find(std::string_view wanted, const Field* after) const {
  return find_from(after == nullptr ? fields.begin() : after + 1, fields.end(),
                   [&](const Field& field) {
                     return field.name.length == wanted.size() &&
                            lib::base::equal_ignoring_case(name(field), wanted);
                   });
}

Field* MessageHead::find(std::string_view wanted, const Field* after) {
  return const_cast<Field*>(std::as_const(*this).find(wanted, after));  // ours, and not const
}

std::string_view MessageHead::value_of(FieldId id) const {
  const Field* field = find(id);
  return field == nullptr ? std::string_view{} : value(*field);
}

}  // namespace lib::http
