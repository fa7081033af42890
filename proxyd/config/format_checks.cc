#include "proxyd/config/format_checks.h"

#include <fmt/format.h>

#include "proxyd/config/condition_text.h"

namespace proxyd::config {

namespace {

using formats::Format;
using formats::NeedsMode;

/// Null after an alert.
std::shared_ptr<const Format> compile(Draft& draft, const ProxyDraft& about, std::string_view text, std::string_view at,
                                      std::string_view keyword, samples::Place place) {
  samples::Environment& environment = draft.environment;
  environment.place = at;
  environment.used_by = keyword;
  environment.owner = about.is_front() ? draft.frontends.at(about.proxy->name) : draft.backends.at(about.proxy->name);
  offer_acls(draft, about.proxy->acls);
  formats::FormatUse use;
  use.mode = about.proxy->mode == Mode::Http ? NeedsMode::Http : NeedsMode::Any;
  use.place = place;
  if (place != samples::Place::Log && about.is_back()) use.other_place = samples::Place::BackRequest;
  use.environment = &environment;
  if (place == samples::Place::FrontSwitch) use.spaces = parsers::haproxy::LogSpaces::Keep;
  auto format = formats::compile_format(text, use);
  if (format) return std::make_shared<const Format>(std::move(*format));
  draft.alert({}, fmt::format("config : Parsing [{}]: failed to parse {} : {}", at, keyword, format.error().message));
  return nullptr;
}

void compile_line(Draft& draft, const ProxyDraft& about, FormatLine& line, std::string_view keyword, samples::Place place) {
  if (line.text.empty() || line.form != nullptr) return;
  line.form = compile(draft, about, line.text, line.place.text(), keyword, place);
}

}  // namespace

void compile_formats(Draft& draft, ProxyDraft& about) {
  if (!about.is_front()) return;
  Proxy& proxy = *about.proxy;
  if (proxy.log_line == LogLine::HttpsLog) proxy.log_format = formats::kHttpsLogFormat;
  if (proxy.log_line == LogLine::Custom || proxy.log_line == LogLine::HttpsLog)
    proxy.log_form = compile(draft, about, proxy.log_format, Draft::at(about.log_format_place), "log-format",
                             samples::Place::Log);
  compile_line(draft, about, proxy.log_format_sd, "log-format-sd", samples::Place::Log);
  compile_line(draft, about, proxy.error_log_format, "error-log-format", samples::Place::Log);
  compile_line(draft, about, proxy.unique_id_format, "unique-id", samples::Place::FrontRequest);
}

void compile_server_formats(Draft& draft, ProxyDraft& about) {
  if (!about.is_back()) return;
  for (Server& server : about.proxy->servers)
    for (SendProxy::Tlv& each : server.send_proxy.tlvs)
      compile_line(draft, about, each.value, "set-proxy-v2-tlv-fmt", samples::Place::BackRequest);
}

void compile_backend_name(Draft& draft, const ProxyDraft& about, UseBackendRule& rule) {
  if (!about.is_front()) return;
  rule.name_format = compile(draft, about, rule.backend, rule.place.text(), "use_backend rule", samples::Place::FrontSwitch);
}

}  // namespace proxyd::config
