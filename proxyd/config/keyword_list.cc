#include "proxyd/config/keyword_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "proxyd/config/load.h"
#include "proxyd/config/ocsp_options.h"
#include "proxyd/config/rule_line.h"
#include "proxyd/config/server_options.h"
#include "proxyd/config/tls_tuning.h"

namespace proxyd::config {

namespace {

using Of = ListedKeyword::Of;
using TableFunction = const KeywordTable& (*)();

constexpr auto kGlobalTables = std::to_array<TableFunction>(
    {global_keywords, tuning_keywords, tls_keywords, http2_keywords, tls_tuning_keywords, ocsp_keywords, global_log_keywords,
     global_variable_keywords, header_case_keywords, sandbox_keywords});
constexpr auto kProxyTables = std::to_array<TableFunction>({proxy_keywords, balance_keywords, persist_keywords, acl_keywords, rule_keywords,
                                                            error_keywords, filter_keywords, log_keywords, line_keywords});

template <class Bits, class Names>
std::string names_of(Bits bits, const Names& names) {
  std::string text;
  for (const auto& [bit, name] : names)
    if ((bits & bit) != 0) text += (text.empty() ? "" : ",") + std::string{name};
  return text;
}

std::string scopes_text(Scope scope) {
  // Who may stand in defaults sections without a name may stand in those with one, too.
  if ((scope & kAnonymousDefaults) != 0) scope = static_cast<Scope>(scope & ~kNamedDefaults);
  constexpr auto kNames = std::to_array<std::pair<Scope, std::string_view>>({{kAnonymousDefaults, "defaults"}, {kNamedDefaults, "named defaults"},
      {kGlobal, "global"}, {kFrontend, "frontend"}, {kListen, "listen"}, {kBackend, "backend"}, {kRing, "ring"}});
  return names_of(scope, kNames);
}

std::string sets_text(RuleSets sets) {
  std::string text;
  for (RuleSets bit = kTcpConnection; bit != 0 && bit <= kHttpAfterResponse; bit = static_cast<RuleSets>(bit << 1))
    if ((sets & bit) != 0) text += (text.empty() ? "" : ",") + std::string{rule_set(bit).keyword};
  return text;
}

void list_table(KeywordList& list, Of of, const KeywordTable& table) {
  for (const Keyword& row : table.rows)
    list.push_back({of, fmt::format("{}{}{}", table.prefix, table.prefix.empty() ? "" : " ", row.name), row.usage, row.doc, scopes_text(row.scope),
                    row.negatable});
}

void add_actions(KeywordList& list) {
  for (const std::span<const ActionRow> rows : {flow_actions(), header_actions(), start_line_actions(), list_actions(), variable_actions(),
                                                answer_actions(), waiting_actions(), bandwidth_actions(), redirect_actions(), stream_actions()})
    for (const ActionRow& row : rows) list.push_back({Of::Action, std::string{row.name}, row.usage, row.doc, sets_text(row.sets)});
}

}  // namespace

std::span<const KeywordTable& (*const)()> global_tables() { return kGlobalTables; }
std::span<const KeywordTable& (*const)()> proxy_tables() { return kProxyTables; }

KeywordList list_keywords() {
  KeywordList list;
  for (const TableFunction table : kGlobalTables) list_table(list, Of::Global, table());
  list_table(list, Of::Global, global_stats_keywords());
  for (const TableFunction table : kProxyTables) list_table(list, Of::Proxy, table());
  for (const TableFunction table : {option_keywords, timeout_keywords, stats_keywords}) list_table(list, Of::Proxy, table());
  list_table(list, Of::Ring, ring_keywords());
  list_certificate_store_keywords(list);
  list_bind_options(list);
  for (const ServerOption& row : server_options()) list.push_back({Of::Server, std::string{row.name}, row.usage, row.doc, "listen,backend"});
  add_actions(list);
  std::stable_sort(list.begin(), list.end(),
                   [](const ListedKeyword& a, const ListedKeyword& b) { return std::tie(a.of, a.name) < std::tie(b.of, b.name); });
  return list;
}

std::string dump_keywords() {
  constexpr std::array<std::string_view, 8> kBefore{"", "", "", "", "load crt <file> ", "bind <address> ", "server <name> <address> ", ""};
  std::vector<std::string> lines;
  for (const ListedKeyword& each : list_keywords())
    lines.push_back(fmt::format("{}{}{}{} [{}]{} # {}\n", kBefore[static_cast<std::size_t>(each.of)], each.name, each.usage.empty() ? "" : " ", each.usage,
                                each.where, each.is_negatable ? " [no]" : "", each.doc));
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::string text;
  for (const std::string& each : lines) text += each;
  return text;
}

}  // namespace proxyd::config
