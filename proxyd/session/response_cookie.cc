// What a response says of the persistence cookie.
#include <algorithm>
#include <array>
#include <string>

#include "lib/http/cookie.h"
#include "lib/base/text.h"
#include "proxyd/session/cookie_dates.h"
#include "proxyd/session/http_stream.h"
#include "proxyd/session/persistence.h"

namespace proxyd::session {
namespace {

using Mode = config::CookiePersistence::Mode;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(lib::base::wall_now().time_since_epoch()).count();
}

/// Whether the client's cookie brought the request to the server that answers.
bool came_by_cookie(const HttpStream& stream) {
  return stream.affinity.bound != nullptr && stream.affinity.bound == stream.server;
}

/// The server set a cookie of that name itself.
bool change_own_cookie(HttpStream& stream, lib::http::HeadWriter& writer, lib::http::Field& field, std::string_view value) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  Affinity& known = stream.affinity;
  std::array<char, 16> room;
  const std::string_view ours = stream.server->cookie(room);
  known.told = 'P';
  const bool replaces = conf.mode == Mode::Insert || (conf.indirect && came_by_cookie(stream));
  if (replaces && !conf.preserve) {
    known.told = 'D';
    writer.drop(field);
    return true;
  }
  if (ours.empty() || (conf.mode != Mode::Rewrite && conf.mode != Mode::Prefix)) return true;
  known.told = 'R';
  const std::string_view line = stream.response.value(field);
  const auto from = static_cast<std::size_t>(value.data() - line.data());
  std::string changed{line.substr(0, from)};
  changed += ours;
  if (conf.mode == Mode::Prefix) {
    changed += '~';
    changed += value;
  }
  changed += line.substr(from + value.size());
  return writer.replace_value(field, changed);
}

bool same_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return lib::base::to_lower(x) == y; });
}

/// What the Cache-Control fields of an answer say.
struct CacheWords {
  bool forbidden = false, spares_cookies = false, is_public = false, has_age = false, is_there = false;
};

CacheWords cache_words(const lib::http::ResponseHead& head) {
  CacheWords all;
  for (const auto* field = head.find("cache-control"); field != nullptr; field = head.find("cache-control", field)) {
    all.is_there = true;
    for (std::string_view word : lib::base::split(head.value(*field), ',')) {
      word = lib::base::trim(word);
      for (const std::string_view no : {"private", "no-store", "no-cache", "max-age=0", "s-maxage=0"})
        all.forbidden = all.forbidden || same_word(word, no);
      // "set-cookie, other" has been split at its comma
      constexpr std::string_view kSparing = "no-cache=\"set-cookie";
      const std::string_view rest = word.substr(std::min(word.size(), kSparing.size()));
      all.spares_cookies = all.spares_cookies || (same_word(word.substr(0, kSparing.size()), kSparing) && (rest.empty() || rest == "\""));
      all.is_public = all.is_public || same_word(word, "public");
      all.has_age = all.has_age || same_word(word.substr(0, 8), "max-age=") || same_word(word.substr(0, 9), "s-maxage=");
    }
  }
  return all;
}

/// A request after whose answer caches need no other word.
bool is_safe(lib::http::Method method) {
  using lib::http::Method;
  return method == Method::Get || method == Method::Head || method == Method::Options || method == Method::Trace;
}

bool has_status_for_caches(const lib::http::ResponseHead& head) {
  constexpr std::array<int, 11> kCacheable{200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501};
  return std::find(kCacheable.begin(), kCacheable.end(), head.status) != kCacheable.end();
}

bool has_validator(const lib::http::ResponseHead& head) {
  return head.find("expires") != nullptr || head.find("etag") != nullptr || head.find("last-modified") != nullptr;
}

/// Whether a shared cache may keep this answer, as "nocache" and haproxy judge it (RFC 9111 section 3): it is worth keeping
/// when it says until when or by what to ask again.
bool is_cacheable(const HttpStream& stream) {
  const lib::http::ResponseHead& head = stream.response;
  if (!has_status_for_caches(head)) return false;
  const CacheWords words = cache_words(head);
  const auto* const pragma = head.find("pragma");
  if (words.forbidden || (!words.is_there && pragma != nullptr && same_word(head.value(*pragma), "no-cache"))) return false;
  const lib::http::Method method = stream.request.method;
  if (method != lib::http::Method::Get && method != lib::http::Method::Head && !words.is_public) return false;
  return words.has_age || has_validator(head);
}

/// The client's cookie is good, but its dates must be told anew.
bool dates_are_due(const HttpStream& stream) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  const Affinity& known = stream.affinity;
  // haproxy compares 32-bit seconds: a date far ahead wraps around and is told anew.
  const auto ahead = static_cast<std::int32_t>(static_cast<std::uint32_t>(known.idle_date - now_seconds()));
  if ((conf.max_idle.count() != 0 || known.idle_date != 0) && ahead < 0) return true;
  return (conf.max_life.count() != 0) == (known.first_date == 0) && (conf.max_life.count() != 0 || known.first_date != 0);
}

std::string cookie_text(const HttpStream& stream) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  const Affinity& known = stream.affinity;
  std::array<char, 16> room;
  const std::string_view ours = stream.server->cookie(room);
  std::string text = conf.name + "=";
  if (ours.empty()) {  // a server without one: the client must forget what it has
    text += "; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/";
  } else {
    text += ours;
    if (conf.has_dates()) append_date(text, now_seconds());
    if (conf.max_life.count() != 0) append_date(text, known.first_date > 0 ? known.first_date : now_seconds());
    text += "; path=/";
  }
  text += conf.domains;
  if (conf.http_only) text += "; HttpOnly";
  if (conf.secure) text += "; Secure";
  return text + conf.attributes;
}

bool insert_cookie(HttpStream& stream, lib::http::HeadWriter& writer) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  Affinity& known = stream.affinity;
  const bool is_direct = came_by_cookie(stream);
  if (known.ignored || (is_direct && !dates_are_due(stream))) return true;
  if (known.told == 'P' && conf.preserve) return true;
  if (conf.post_only && stream.request.method != lib::http::Method::Post) return true;
  if (!writer.add("set-cookie", cookie_text(stream))) return false;
  known.told = is_direct ? 'U' : 'I';
  if (conf.no_cache && is_cacheable(stream)) return writer.add("cache-control", "private");
  return true;
}

}  // namespace

bool shares_cookie(const HttpStream& stream) {
  const lib::http::ResponseHead& head = stream.response;
  if (head.find(lib::http::FieldId::SetCookie) == nullptr) return false;
  const CacheWords words = cache_words(head);
  const auto* const pragma = head.find("pragma");
  if (words.forbidden || words.spares_cookies || (pragma != nullptr && same_word(head.value(*pragma), "no-cache"))) return false;
  if (!words.is_public && !(is_safe(stream.request.method) && has_status_for_caches(head))) return false;
  return words.has_age || has_validator(head);
}

bool give_response_cookie(HttpStream& stream, lib::http::HeadWriter& writer) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  if (!conf.is_set()) return true;
  for (lib::http::Field& field : stream.response.fields) {
    if (field.id != lib::http::FieldId::SetCookie || field.dropped) continue;
    const lib::http::SetCookie own = lib::http::split_set_cookie(stream.response.value(field));
    if (own.name != conf.name || own.value.data() == nullptr) continue;
    if (!change_own_cookie(stream, writer, field, own.value)) return false;
  }
  return conf.mode != Mode::Insert || stream.server->is_direct || insert_cookie(stream, writer);
}

}  // namespace proxyd::session
