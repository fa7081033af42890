#include "proxyd/config/keyword.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxyd/config/load.h"
#include "proxyd/config/ocsp_options.h"
#include "proxyd/config/tls_tuning.h"

namespace proxyd::config {

void KeywordIndex::add(const KeywordTable& table) {
  for (const Keyword& row : table.rows) rows_.emplace(row.name, &row);
}

const Keyword* KeywordIndex::find(std::string_view name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? nullptr : found->second;
}

std::vector<std::string_view> KeywordIndex::names() const {
  std::vector<std::string_view> names;
  names.reserve(rows_.size());
  for (const auto& [name, row] : rows_) names.push_back(name);
  // Hash order is not the same everywhere; suggestions must be.
  std::sort(names.begin(), names.end());
  return names;
}

namespace {

std::string scopes_text(Scope scope) {
  constexpr auto kNames = std::to_array<std::pair<Scope, std::string_view>>(
      {{kGlobal, "global"}, {kFrontend, "frontend"}, {kListen, "listen"}, {kBackend, "backend"}, {kRing, "ring"}});
  std::string text;
  const auto append = [&text](std::string_view name) {
    if (!text.empty()) text += ',';
    text += name;
  };
  if ((scope & kAnonymousDefaults) != 0)
    append("defaults");
  else if ((scope & kNamedDefaults) != 0)
    append("named defaults");
  for (const auto& [bit, name] : kNames)
    if ((scope & bit) != 0) append(name);
  return text;
}

void append_table(std::vector<std::string>& lines, const KeywordTable& table) {
  for (const Keyword& row : table.rows) {
    const std::string_view gap = table.prefix.empty() ? "" : " ";
    const std::string_view gap2 = row.usage.empty() ? "" : " ";
    lines.push_back(fmt::format("{}{}{}{}{} [{}]{} # {}", table.prefix, gap, row.name, gap2,
                                row.usage, scopes_text(row.scope), row.negatable ? " [no]" : "",
                                row.doc));
  }
}

}  // namespace

std::string dump_keywords() {
  std::vector<std::string> lines;
  for (const KeywordTable* table :
       {&global_keywords(), &tuning_keywords(), &tls_keywords(), &tls_tuning_keywords(), &ocsp_keywords(), &http2_keywords(), &global_log_keywords(),
        &global_stats_keywords(), &proxy_keywords(), &acl_keywords(), &rule_keywords(), &filter_keywords(), &log_keywords(),
        &line_keywords(), &option_keywords(), &timeout_keywords(), &stats_keywords(), &ring_keywords()})
    append_table(lines, *table);
  for (std::string& each : bind_option_lines()) lines.push_back(std::move(each));
  for (std::string& each : crt_store_lines()) lines.push_back(std::move(each));
  for (std::string& each : server_option_lines()) lines.push_back(std::move(each));
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string text;
  for (const std::string& each : lines) {
    text += each;
    text += '\n';
  }
  return text;
}

}  // namespace proxyd::config
