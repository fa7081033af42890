// Persistence and second attempts: "cookie", "persist", "force-persist", "ignore-persist", "retry-on" and their kin.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

using Mode = CookiePersistence::Mode;

/// One word after the cookie's name. `at` is the word's index, moved on over its value. False after an alert.
struct CookieWord {
  std::string_view name;
  bool (*parse)(Line& line, CookiePersistence& cookie, std::size_t& at);
};

template <bool CookiePersistence::*Flag>
bool set_flag(Line&, CookiePersistence& cookie, std::size_t&) {
  cookie.*Flag = true;
  return true;
}

template <Mode Wanted>
bool set_mode(Line& line, CookiePersistence& cookie, std::size_t& at) {
  if (cookie.mode != Mode::Passive && cookie.mode != Wanted) {
    line.alert(at, "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.");
    return false;
  }
  cookie.mode = Wanted;
  return true;
}

bool add_domain(Line& line, CookiePersistence& cookie, std::size_t& at) {
  const std::string_view domain = line.word(++at);
  if (domain.empty()) {
    line.alert_tight(at, "'domain' expects <domain> as argument.");
    return false;
  }
  if (domain.find('.', 1) == std::string_view::npos)
    line.warning_tight(at, fmt::format("domain '{}' contains no embedded dot, this configuration may not work properly "
                                       "(see RFC6265#5.2.3).",
                                       domain));
  cookie.domains += fmt::format("; domain={}", domain);
  return true;
}

template <Duration CookiePersistence::*Field>
bool set_time(Line& line, CookiePersistence& cookie, std::size_t& at) {
  const std::string_view option = line.word(at), value = line.word(++at);
  if (value.empty()) {
    line.alert_tight(at, fmt::format("'{}' expects {} in seconds as argument.", option,
                                     option == "maxidle" ? "<idletime>" : "<lifetime>"));
    return false;
  }
  const Delay delay = read_delay(value, std::chrono::seconds{1});
  if (delay.fault == DelayFault::Overflow) {
    line.alert_tight(at, fmt::format("timer overflow in argument <{}> to <{}>, maximum value is 2147483647 s (~68 years).",
                                     value, option));
    return false;
  }
  if (delay.fault == DelayFault::UnexpectedCharacter) {
    line.alert_tight(at, fmt::format("unexpected character '{}' in argument to <{}>.", delay.character, option));
    return false;
  }
  warn_trailing(line, at, delay);
  cookie.*Field = delay.value;
  return true;
}

bool add_attribute(Line& line, CookiePersistence& cookie, std::size_t& at) {
  const std::string_view value = line.word(++at);
  if (value.empty()) {
    line.alert_tight(at, "'attr' expects <value> as argument.");
    return false;
  }
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != ';') continue;
    line.alert_tight(at, fmt::format("character '%x{:02X}' is not permitted in attribute value.", byte));
    return false;
  }
  cookie.attributes += fmt::format("; {}", value);
  return true;
}

constexpr auto kCookieWords = std::to_array<CookieWord>({
    {"rewrite", set_mode<Mode::Rewrite>},
    {"insert", set_mode<Mode::Insert>},
    {"prefix", set_mode<Mode::Prefix>},
    {"indirect", set_flag<&CookiePersistence::indirect>},
    {"nocache", set_flag<&CookiePersistence::no_cache>},
    {"postonly", set_flag<&CookiePersistence::post_only>},
    {"preserve", set_flag<&CookiePersistence::preserve>},
    {"httponly", set_flag<&CookiePersistence::http_only>},
    {"secure", set_flag<&CookiePersistence::secure>},
    {"dynamic", set_flag<&CookiePersistence::dynamic>},
    {"domain", add_domain},
    {"maxidle", set_time<&CookiePersistence::max_idle>},
    {"maxlife", set_time<&CookiePersistence::max_life>},
    {"attr", add_attribute},
});

void parse_cookie(Line& line) {
  if (!line.has(1)) return line.alert(1, "'cookie' expects <cookie_name> as argument.");
  CookiePersistence cookie;
  cookie.name = line.word(1);
  for (std::size_t at = 2; at < line.size(); ++at) {
    const auto* const word = std::find_if(kCookieWords.begin(), kCookieWords.end(),
                                          [&](const CookieWord& each) { return each.name == line.word(at); });
    if (word == kCookieWords.end())
      return line.alert(at,
                        "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'domain', "
                        "'maxidle', 'dynamic', 'maxlife' and 'attr' options.");
    if (!word->parse(line, cookie, at)) return;
  }
  if (cookie.mode == Mode::Rewrite && cookie.indirect)
    return line.alert(1, "cookie 'rewrite' and 'indirect' modes are incompatible.");
  if (cookie.preserve && cookie.mode != Mode::Insert && !cookie.indirect)
    return line.alert(1, "cookie 'preserve' requires at least 'insert' or 'indirect'.");
  line.proxy().cookie = std::move(cookie);
}

void parse_dynamic_cookie_key(Line& line) {
  if (!line.has(1)) return line.alert(1, "'dynamic-cookie-key' expects <secret_key> as argument.");
  line.proxy().dynamic_cookie_key = line.word(1);
}

void parse_persist(Line& line) {
  const std::string_view method = line.word(1);
  if (method.empty()) return line.alert(1, "missing persist method.");
  if (!method.starts_with("rdp-cookie")) return line.alert(1, "unknown persist method.");
  const std::string_view rest = method.substr(std::string_view{"rdp-cookie"}.size());
  if (!rest.starts_with('(')) {
    line.proxy().persist_rdp_cookie = "msts";
    return;
  }
  const std::size_t end = rest.find(')');
  if (end == std::string_view::npos || end == 1)
    return line.alert(1, "persist rdp-cookie(name)' requires an rdp cookie name.");
  line.proxy().persist_rdp_cookie = rest.substr(1, end - 1);
}

template <PersistRule::Action Act>
void parse_persist_rule(Line& line) {
  if (line.word(1) != "if" && line.word(1) != "unless")
    return line.alert(1, fmt::format("'{}' requires either 'if' or 'unless' followed by a condition.", line.word(0)));
  auto condition = read_condition(line, 1, fmt::format("error detected while parsing a '{}' rule", line.word(0)),
                                  samples::Place::BackRequest);
  if (!condition.has_value()) return;
  line.proxy().persist_rules.push_back({.action = Act,
                                         .condition = std::move(*condition),
                                         .place = line.draft.keep(line.statement.whole()),
                                         .text = line.joined(0)});
}

constexpr auto kRetryStatuses = std::to_array<std::uint16_t>({401, 403, 404, 408, 421, 425, 429, 500, 501, 502, 503, 504});

/// One word of "retry-on". False when it is none.
bool add_retry_word(RetryOn& retry, std::string_view word) {
  const auto add_statuses = [&](std::initializer_list<std::uint16_t> all) {
    for (const std::uint16_t status : all) retry.statuses.push_back(status);
  };
  if (word == "conn-failure") return retry.connection_failure = true;
  if (word == "empty-response") return retry.empty_response = true;
  if (word == "junk-response") return retry.junk_response = true;
  if (word == "response-timeout") return retry.response_timeout = true;
  if (word == "0rtt-rejected") return retry.early_rejected = true;
  if (word == "all-retryable-errors") {
    add_statuses({500, 502, 503, 504});
    return retry.connection_failure = retry.empty_response = retry.junk_response = retry.response_timeout = retry.early_rejected = true;
  }
  for (const std::uint16_t status : kRetryStatuses) {
    if (word != std::to_string(status)) continue;
    retry.statuses.push_back(status);
    return true;
  }
  return false;
}

void parse_retry_on(Line& line) {
  if (!line.has(1)) return line.alert(1, "'retry-on' needs at least one keyword to specify when to retry");
  if (line.target->kind == ProxyKind::Frontend)
    return line.alert(0, "'retry-on' only available in backend or listen section");
  RetryOn retry;
  retry.connection_failure = false;
  for (std::size_t at = 1; at < line.size(); ++at) {
    if (line.word(at) == "none") {
      if (line.size() > 2) return line.alert(at, "'retry-on' 'none' keyworld only usable alone");
      continue;
    }
    if (!add_retry_word(retry, line.word(at)))
      return line.alert(at, fmt::format("'retry-on': unknown keyword '{}'", line.word(at)));
  }
  line.proxy().retry_on = std::move(retry);
}

void parse_send_name_header(Line& line) {
  if (!line.has(1)) return line.alert(1, "'http-send-name-header' requires a header string.");
  std::string& name = line.proxy().send_name_header;
  name = line.word(1);
  for (char& c : name) c = lib::base::to_lower(c);
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "cookie",
     .scope = kDefaults | kBack,
     .parse = parse_cookie,
     .usage = "<name> [rewrite|insert|prefix] [indirect] [nocache] [postonly] [preserve] [httponly] [secure] "
              "[domain <domain>]* [maxidle <time>] [maxlife <time>] [dynamic] [attr <value>]*",
     .doc = "Clients come back to their server by a cookie."},
    {.name = "dynamic-cookie-key",
     .scope = kDefaults | kBack,
     .parse = parse_dynamic_cookie_key,
     .usage = "<text>",
     .doc = "Secret that dynamic cookies are made with."},
    {.name = "persist",
     .scope = kDefaults | kBack,
     .parse = parse_persist,
     .usage = "rdp-cookie[(<name>)]",
     .doc = "Clients come back to their server by an RDP cookie."},
    {.name = "force-persist",
     .scope = kBack,
     .parse = parse_persist_rule<PersistRule::Action::Force>,
     .usage = "{ if | unless } <condition>",
     .doc = "Persistence holds even where the server is down."},
    {.name = "ignore-persist",
     .scope = kBack,
     .parse = parse_persist_rule<PersistRule::Action::Ignore>,
     .usage = "{ if | unless } <condition>",
     .doc = "Persistence does not hold."},
    {.name = "retry-on",
     .scope = kDefaults | kAnyProxy,
     .parse = parse_retry_on,
     .usage = "none | <event>...",
     .doc = "What a request is tried again for."},
    {.name = "http-send-name-header",
     .scope = kDefaults | kBack,
     .parse = parse_send_name_header,
     .usage = "<header>",
     .doc = "Tell the server its name."},
});

}  // namespace

const KeywordTable& persist_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
