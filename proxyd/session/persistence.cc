#include "proxyd/session/persistence.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "lib/http/cookie.h"
#include "proxyd/session/cookie_dates.h"
#include "proxyd/session/format_text.h"
#include "proxyd/session/http_stream.h"
#include "proxyd/session/tell_choice.h"

namespace proxyd::session {
namespace {

using Mode = config::CookiePersistence::Mode;

// A date that far ahead is a mistake of somebody's time zone, and counts as too old.
constexpr std::int64_t kMostAhead = 24 * 3600;

std::int64_t whole_seconds(Duration span) { return std::chrono::duration_cast<std::chrono::seconds>(span).count(); }

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(lib::base::wall_now().time_since_epoch()).count();
}

bool is_past(std::int64_t date, Duration most) {
  if (date == 0 || most.count() == 0) return false;
  const std::int64_t now = now_seconds();
  return date - now > kMostAhead || now - date > whole_seconds(most);
}

using Cut = lib::http::CookiePairs::Cut;

/// Binds the stream to a server with that cookie; of several the first one that can serve.
void bind_to(Stream& stream, std::string_view value) {
  Affinity& known = stream.affinity;
  const bool is_decided = known.bound != nullptr && known.seen == 'N';  // by "use-server"
  if (known.ignored || is_decided) known.seen = 'U';
  if (known.ignored || known.bound != nullptr) return;
  std::array<char, 16> room;
  bool found = false;
  for (const auto& server : stream.backend->servers) {
    const std::string_view cookie = server->cookie(room);
    if (cookie.empty() || cookie != value) continue;
    found = true;
    const bool is_up = server->accepts_persistent();
    known.seen = is_up ? 'V' : 'D';
    if (!is_up && !known.even_down) continue;
    known.bound = server.get();
    known.bound_by = BoundBy::Cookie;
    return;
  }
  if (!found) known.seen = 'I';
}

/// The dates of an inserted cookie decide whether it still counts.
void judge_dated(Stream& stream, std::string_view value) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  Affinity& known = stream.affinity;
  const DatedValue dated = split_dates(value);
  known.idle_date = dated.idle;
  known.first_date = dated.first;
  if (is_past(dated.idle, conf.max_idle)) {
    known.seen = 'E';
  } else if (is_past(dated.first, conf.max_life)) {
    known.seen = 'O';
  } else {
    return bind_to(stream, dated.server);
  }
  known.idle_date = known.first_date = 0;
}

/// One cookie of ours in the request: what it means, and what of it the server must not see.
Cut judge_cookie(Stream& stream, const lib::http::CookiePairs& pair) {
  const config::CookiePersistence& conf = stream.back_conf().cookie;
  if (conf.mode == Mode::Prefix) {
    const std::size_t tilde = pair.value().find('~');
    bind_to(stream, pair.value().substr(0, tilde));
    if (tilde == std::string_view::npos) return {};
    return {.begin = pair.value_begin(), .end = pair.value_begin() + tilde + 1, .glue = {}};
  }
  judge_dated(stream, pair.value());
  return conf.mode == Mode::Insert && conf.indirect ? pair.cut() : Cut{};
}

bool cut_out(HttpStream& stream, lib::http::HeadWriter& writer, lib::http::Field& field, const Cut& cut) {
  const std::string_view line = stream.request.value(field);
  char* const room = writer.replace_space(field, cut.begin + cut.glue.size() + line.size() - cut.end);
  if (room == nullptr) return false;
  const auto middle = std::copy_n(line.begin(), cut.begin, room);
  const auto rest = std::copy(cut.glue.begin(), cut.glue.end(), middle);
  std::copy(line.begin() + static_cast<std::ptrdiff_t>(cut.end), line.end(), rest);
  return true;
}

bool look_through(HttpStream& stream, lib::http::HeadWriter& writer, lib::http::Field& field) {
  const std::string_view name = stream.back_conf().cookie.name;
  std::string_view line = stream.request.value(field);
  lib::http::CookiePairs pairs{line};
  while (pairs.next()) {
    if (pairs.name() != name || !pairs.has_value()) continue;
    const Cut cut = judge_cookie(stream, pairs);
    if (cut.end == cut.begin) continue;
    if (cut.begin == 0 && cut.end == line.size()) {
      writer.drop(field);
      return true;
    }
    // A pair that is gone leaves the next one in its place; a prefix leaves the pair, shorter.
    const bool is_prefix = stream.back_conf().cookie.mode == Mode::Prefix;
    const std::size_t next = is_prefix ? pairs.next_at() - (cut.end - cut.begin) : cut.begin + (cut.glue.empty() ? 0 : 1);
    if (!cut_out(stream, writer, field, cut)) return false;
    line = stream.request.value(field);
    if (next >= line.size()) return true;
    pairs = lib::http::CookiePairs{line, next};
  }
  return true;
}

void judge_rules(Stream& stream) {
  Affinity& known = stream.affinity;
  samples::Context context{stream, *stream.front.worker.scratch, samples::Place::BackRequest};
  for (const config::PersistRule& rule : stream.back_conf().persist_rules) {
    const bool held = rule.condition->holds(context);
    tell_choice(stream, rule, held ? "yes" : "no", context);
    if (!held) continue;
    known.even_down = known.even_down || rule.action == config::PersistRule::Action::Force;
    known.ignored = rule.action == config::PersistRule::Action::Ignore;
    return;
  }
}

/// "use-server": the first rule that holds and whose server can serve.
void bind_by_rules(Stream& stream) {
  samples::Context context{stream, *stream.front.worker.scratch, samples::Place::BackSet};
  for (const config::UseServerRule& rule : stream.back_conf().use_server) {
    if (rule.condition && !rule.condition->holds(context)) {
      tell_choice(stream, rule, "no", context);
      continue;
    }
    servers::Server* const server = rule.name_format == nullptr
                                        ? stream.backend->servers[rule.index].get()
                                        : stream.backend->find_server(text_of(stream, *rule.name_format, context));
    const bool can_serve = server != nullptr && (server->accepts_persistent() || stream.affinity.even_down);
    tell_choice(stream, rule, can_serve ? "yes" : server == nullptr ? "yes, but there is no server of that name" : "yes, but it is down",
                context);
    if (server == nullptr) return;  // no rule decides
    if (!can_serve) continue;
    stream.affinity.bound = server;
    stream.affinity.bound_by = BoundBy::Rule;
    return;
  }
}

/// "3640205228.5040.0000": an IPv4 address as a number, the first byte lowest, and a port with its bytes swapped.
bool names_server(std::string_view value, const lib::net::Address& where) {
  std::uint32_t address = 0, port = 0;
  const char* const end = value.data() + value.size();
  const auto first = std::from_chars(value.data(), end, address);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return false;
  const auto second = std::from_chars(first.ptr + 1, end, port);
  if (second.ec != std::errc{} || second.ptr == end || *second.ptr != '.' || port > UINT16_MAX) return false;
  const std::uint32_t swapped = __builtin_bswap32(address);
  const auto real_port = static_cast<std::uint16_t>((port >> 8) | (port << 8));
  return where.is_ipv4() && where.ipv4_bits() == swapped && where.port() == real_port;
}

}  // namespace

void begin_persistence(Stream& stream) {
  stream.affinity.even_down = stream.back_conf().persist_to_down;
  if (!stream.back_conf().persist_rules.empty()) judge_rules(stream);
  if (!stream.back_conf().use_server.empty()) bind_by_rules(stream);
}

bool take_request_cookie(HttpStream& stream, lib::http::HeadWriter& writer) {
  if (!stream.back_conf().cookie.is_set()) return true;
  stream.affinity.seen = stream.affinity.told = 'N';
  for (lib::http::Field& field : stream.request.fields) {
    if (field.id != lib::http::FieldId::Cookie || field.dropped) continue;
    if (!look_through(stream, writer, field)) return false;
  }
  return true;
}

void take_rdp_cookie(Stream& stream, std::string_view bytes) {
  Affinity& known = stream.affinity;
  const auto value = balance::find_rdp_cookie(bytes, stream.back_conf().persist_rdp_cookie);
  if (!value || known.ignored || known.bound != nullptr) return;
  for (const auto& server : stream.backend->servers) {
    if (!names_server(*value, server->where.ip) || (!server->accepts_persistent() && !known.even_down)) continue;
    known.bound = server.get();
    known.bound_by = BoundBy::RdpCookie;
    return;
  }
}

}  // namespace proxyd::session
