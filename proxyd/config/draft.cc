#include "proxyd/config/draft.h"

#include <fmt/format.h>

#include "proxyd/rules/predefined.h"

namespace proxyd::config {

std::string_view ProxyDraft::section() const {
  switch (kind) {
    case ProxyKind::Defaults:
      return "defaults";
    case ProxyKind::Frontend:
      return "frontend";
    case ProxyKind::Backend:
      return "backend";
    case ProxyKind::Listen:
      return "listen";
  }
  return {};
}

std::string ProxyDraft::title() const {
  return fmt::format("{} '{}'", kind == ProxyKind::Listen ? "proxy" : section(), proxy->name);
}

Draft::Draft(const LoadOptions& load_options, Diagnostics& into)
    : options{load_options}, diagnostics{into} {
  global_index.add(global_keywords());
  global_index.add(tuning_keywords());
  global_index.add(tls_keywords());
  global_index.add(global_log_keywords());
  global_stats_index.add(global_stats_keywords());
  proxy_index.add(proxy_keywords());
  proxy_index.add(acl_keywords());
  proxy_index.add(log_keywords());
  proxy_index.add(line_keywords());
  option_index.add(option_keywords());
  timeout_index.add(timeout_keywords());
  stats_index.add(stats_keywords());
}

ConfigPlace Draft::keep(const Place& place) {
  if (place.source != last_source_) {
    last_source_ = place.source;
    last_name_ = place.source == nullptr
                     ? nullptr
                     : std::make_shared<const std::string>(place.source->name());
  }
  return ConfigPlace{last_name_, place.line};
}

std::string Draft::at(const Place& place) {
  return fmt::format("{}:{}", place.source == nullptr ? "" : place.source->name(), place.line);
}

void Draft::alert(const Place& place, std::string message, std::string hint) {
  failed = true;
  diagnostics.alert(place, std::move(message), std::move(hint));
}

void Draft::warning(const Place& place, std::string message, std::string hint) {
  diagnostics.warning(place, std::move(message), std::move(hint));
}

void Draft::harmless_alert(const Place& place, std::string message) {
  diagnostics.alert(place, std::move(message));
}

std::shared_ptr<const rules::Acl> Draft::predefined_acl(std::string_view name) {
  if (const auto found = predefined_.find(name); found != predefined_.end()) return found->second;
  std::shared_ptr<const rules::Acl> acl = rules::make_predefined(name);
  if (acl != nullptr) predefined_.emplace(acl->name, acl);
  return acl;
}

}  // namespace proxyd::config
