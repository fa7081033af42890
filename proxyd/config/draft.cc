#include "proxyd/config/draft.h"

#include <fmt/format.h>

#include "lib/base/file.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/keyword_list.h"

namespace proxyd::config {

namespace {

std::optional<lib::net::Address> resolve_any(std::string_view name) { return resolve_host(name, AF_UNSPEC); }

}  // namespace

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
  environment.library = std::make_shared<patterns::Library>(lib::base::read_file);
  environment.resolve = resolve_any;
  environment.getenv = [this](const std::string& name) {
    if (options.environment == nullptr) return std::string{};
    const auto found = options.environment->find(name);
    return found == options.environment->end() ? std::string{} : found->second;
  };
  Ring events;  // the original's own, there without any section
  events.name = "buf0";
  events.description = "in-memory ring buffer";
  events.style = LogFormatStyle::Timed;
  events.max_length = config->global.bufsize;
  events.size = 1048576;
  config->rings.push_back(std::move(events));
  config->patterns = environment.library;
  if (options.variables != nullptr) *environment.variables = *options.variables;
  config->variables = environment.variables;
  config->global.tls.verifies_servers = options.verifies_servers;
  config->global.sandbox.may_fork = options.may_fork;
  for (const auto table : global_tables()) global_index.add(table());
  global_stats_index.add(global_stats_keywords());
  for (const auto table : proxy_tables()) proxy_index.add(table());
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

bool Draft::reads_on(const Statement& line) {
  using parsers::haproxy::kMostBadLines;
  if (fatal_alerts_ != fatal_alerts_seen_ && line_source_ != nullptr) {
    ++bad_lines_[line_source_];
    fatal_alerts_seen_ = fatal_alerts_;
  }
  const Source* const source_before = line_source_;
  const std::uint32_t line_before = line_number_;
  line_source_ = line.source;
  line_number_ = line.line;
  if (bad_lines_.empty()) return true;
  const auto found = bad_lines_.find(line.source);
  if (found == bad_lines_.end() || found->second < kMostBadLines) return true;
  if (found->second > kMostBadLines) return false;  // it has been said
  ++found->second;
  const std::uint32_t stopped_at = source_before == line.source ? line_before + 1 : line.line;
  diagnostics.alert({line.source, stopped_at, 0, 0}, parsers::haproxy::hopeless_text(*line.source, stopped_at));
  return false;
}

void Draft::alert(const Place& place, std::string message, std::string hint) {
  failed = true;
  ++fatal_alerts_;
  diagnostics.alert(place, std::move(message), std::move(hint));
}

void Draft::warning(const Place& place, std::string message, std::string hint) {
  diagnostics.warning(place, std::move(message), std::move(hint));
}

void Draft::harmless_alert(const Place& place, std::string message) {
  diagnostics.alert(place, std::move(message));
}

}  // namespace proxyd::config
