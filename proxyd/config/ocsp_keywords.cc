// "ocsp-update.*" of "global", and what becomes of "ocsp-update" of "bind" lines.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/tls/ocsp_question.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/config/draft.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/ocsp_options.h"
#include "proxyd/ocsp/wishes.h"

namespace proxyd::config {
namespace {

template <bool ocsp::Settings::*Field>
void parse_switch(Line& line) {
  const std::string_view value = line.word(1);
  if (value != "on" && value != "off") return line.alert(1, fmt::format("'{}' expects 'on' or 'off'.", line.word(0)));
  line.global().tls.ocsp.*Field = value == "on";
}

template <std::int64_t ocsp::Delays::*Field>
void parse_delay(Line& line) {
  const std::string_view name = line.word(0);
  constexpr std::string_view kOld = "tune.ssl.";
  if (name.starts_with(kOld))
    line.warning_tight(0, fmt::format("'{}' is deprecated. Please use '{}' instead.", name, name.substr(kOld.size())));
  if (!line.has(1)) return line.alert(0, fmt::format("'{}' expects a number of seconds as an argument.", name));
  const std::int64_t seconds = leading_number(line.word(1));
  if (seconds <= 0) return line.alert(1, fmt::format("'{}' expects a positive number of seconds.", name));
  warn_unless_number(line, 1);
  line.global().tls.ocsp.delays.*Field = std::min<std::int64_t>(seconds, INT32_MAX);
}

void parse_proxy(Line& line) {
  if (!line.has(1)) return line.alert(0, "'ocsp-update.httpproxy' expects an <address>[:port] as an argument.");
  const auto address = parse_address(line.word(1), {.resolve = false});
  if (!address) return line.alert(1, fmt::format("'ocsp-update.httpproxy' : {}.", address.error().message));
  if (address->where.kind != lib::net::Endpoint::Kind::Ip) return line.alert(1, "'ocsp-update.httpproxy' expects an address of IPv4 or IPv6.");
  ocsp::HttpProxy& proxy = line.global().tls.ocsp.proxy;
  proxy.host = address->hostname.empty() ? address->where.ip.host() : address->hostname;
  if (address->has_port) proxy.port = address->where.ip.port();
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "ocsp-update.disable", .scope = kGlobal, .max_args = 1, .parse = parse_switch<&ocsp::Settings::is_disabled>, .usage = "on|off",
     .doc = "No responder is ever asked by itself."},
    {.name = "ocsp-update.httpproxy", .scope = kGlobal, .max_args = 1, .parse = parse_proxy, .usage = "<address>[:port]",
     .doc = "The HTTP proxy that asks responders for us."},
    {.name = "ocsp-update.maxdelay", .scope = kGlobal, .max_args = 1, .parse = parse_delay<&ocsp::Delays::max_s>, .usage = "<seconds>",
     .doc = "A response is asked for anew no later than that."},
    {.name = "ocsp-update.mindelay", .scope = kGlobal, .max_args = 1, .parse = parse_delay<&ocsp::Delays::min_s>, .usage = "<seconds>",
     .doc = "And no sooner than that."},
    {.name = "ocsp-update.mode", .scope = kGlobal, .max_args = 1, .parse = parse_switch<&ocsp::Settings::is_default_on>, .usage = "on|off",
     .doc = "Whether responders are asked about certificates whose lines do not say."},
    {.name = "tune.ssl.ocsp-update.maxdelay", .scope = kGlobal, .max_args = 1, .parse = parse_delay<&ocsp::Delays::max_s>, .usage = "<seconds>",
     .doc = "The same as ocsp-update.maxdelay, in older files."},
    {.name = "tune.ssl.ocsp-update.mindelay", .scope = kGlobal, .max_args = 1, .parse = parse_delay<&ocsp::Delays::min_s>, .usage = "<seconds>",
     .doc = "The same as ocsp-update.mindelay, in older files."},
});

}  // namespace

const KeywordTable& ocsp_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

std::string parse_ocsp_update(TlsReading&, BindTls& tls, std::string_view, std::string_view value) {
  if (value != "on" && value != "off") return fmt::format("'ocsp-update' : expected 'on' or 'off', not '{}'", value);
  tls.keeps_ocsp_fresh = value == "on";
  return {};
}

std::string settle_ocsp_updates(const Draft& draft, certificates::Library& library, const BindTls& tls) {
  if (tls.keeps_ocsp_fresh)
    for (const BindCertificate& each : tls.certificates)
      if (!ocsp::note_wish(library, each.name, *tls.keeps_ocsp_fresh))
        return fmt::format("'ocsp-update' of certificate '{}' is 'on' for one line and 'off' for another", each.name);
  if (const std::string name = ocsp::find_contradiction(library); !name.empty())
    return fmt::format("'ocsp-update' of certificate '{}' is 'on' in one line of a crt-list and 'off' in another", name);
  const ocsp::Settings& settings = draft.config->global.tls.ocsp;
  if (settings.is_disabled) return {};
  const auto wishes = ocsp::wishes_of(library);
  for (const BindCertificate& each : tls.certificates) {
    const auto wish = wishes.find(each.name);
    if (wish == wishes.end() ? !settings.is_default_on : !wish->second) continue;
    if (std::string fault = ocsp::find_issuer(library, each.name); !fault.empty()) return fault;
  }
  return {};
}

void check_ocsp_updates(Draft& draft) {
  const ocsp::Delays& delays = draft.config->global.tls.ocsp.delays;
  if (delays.min_s > delays.max_s)
    draft.alert(Place{}, fmt::format("config : 'ocsp-update.mindelay' ({}) must not be above 'ocsp-update.maxdelay' ({}).", delays.min_s, delays.max_s));
  const std::shared_ptr<certificates::Library>& library = draft.config->certificates;
  if (library == nullptr || draft.config->global.tls.ocsp.is_disabled) return;
  for (const auto& [name, is_on] : ocsp::wishes_of(*library)) {
    const auto certificate = is_on ? library->find(name) : nullptr;
    if (certificate == nullptr) continue;
    if (const auto question = lib::tls::ocsp_question(*certificate); !question)
      draft.warning(Place{}, fmt::format("config : 'ocsp-update on' of certificate '{}' has no effect: {}.", name, question.error().message));
  }
}

}  // namespace proxyd::config
