#include "proxyd/reload/plan.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "proxyd/certificates/library.h"
#include "proxyd/ocsp/wishes.h"

namespace proxyd::reload {
namespace {

using lib::plan::Change;
using lib::plan::Comparison;
using lib::plan::Entry;
using lib::plan::Plan;

/// What follows these words is nobody's business.
constexpr auto kSecrets = std::to_array<std::string_view>({" password ", " insecure-password ", "stats auth ", "dynamic-cookie-key "});

/// Where a line begins to be secret.
std::optional<std::size_t> secret_at(std::string_view line) {
  for (const std::string_view each : kSecrets)
    if (const std::size_t at = line.find(each); at != std::string_view::npos) return at + each.size();
  return std::nullopt;
}

std::string shown(const std::string& line) {
  const auto at = secret_at(line);
  return at ? line.substr(0, *at) + "..." : line;
}

/// "server web1" of its line; lines of the same are one thing, whatever else they say.
std::string_view name_in(std::string_view line) {
  constexpr std::string_view kServer = "server ";
  if (!line.starts_with(kServer)) return {};
  return line.substr(0, line.find(' ', kServer.size()));
}

using Lines = std::vector<std::string>;

/// What follows the first word, by that word, as it may be shown; without the servers.
std::vector<std::pair<std::string, Lines>> by_keyword(const Lines& lines) {
  std::vector<std::pair<std::string, Lines>> all;
  for (const std::string& line : lines) {
    if (!name_in(line).empty()) continue;
    const std::string text = shown(line);
    const std::string word = text.substr(0, text.find(' '));
    auto found = std::find_if(all.begin(), all.end(), [&word](const auto& each) { return each.first == word; });
    if (found == all.end()) found = all.insert(all.end(), {word, {}});
    found->second.push_back(text.substr(std::min(text.size(), word.size() + 1)));
  }
  return all;
}

void compare_lines(Comparison& of, const Lines& before, const Lines& after) {
  auto old_lines = by_keyword(before);
  const auto take = [&old_lines](const std::string& word) {
    const auto found = std::find_if(old_lines.begin(), old_lines.end(), [&word](const auto& each) { return each.first == word; });
    if (found == old_lines.end()) return Lines{};
    Lines lines = std::move(found->second);
    old_lines.erase(found);
    return lines;
  };
  for (const auto& [word, lines] : by_keyword(after)) of.list(word, take(word), lines);
  for (const auto& [word, lines] : old_lines) of.list(word, lines, {});
}

bool is_same_set(Lines before, Lines after) {
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  return before == after;
}

void compare_servers(Plan& plan, const Section& before, const Section& after) {
  const auto find = [](const Lines& lines, std::string_view name) {
    return std::find_if(lines.begin(), lines.end(), [name](const std::string& line) { return name_in(line) == name; });
  };
  const auto thing = [&after](std::string_view name) { return std::string{name} + " of " + after.title; };
  for (const std::string& line : before.lines) {
    const std::string_view name = name_in(line);
    if (name.empty()) continue;
    const auto found = find(after.lines, name);
    if (found == after.lines.end()) plan.remove(thing(name));
    else if (*found != line) plan.put({Change::Changed, thing(name), "line", line.substr(name.size() + 1), found->substr(name.size() + 1)});
  }
  for (const std::string& line : after.lines)
    if (const std::string_view name = name_in(line); !name.empty() && find(before.lines, name) == before.lines.end()) plan.add(thing(name));
}

void compare_sections(Plan& plan, const Section& before, const Section& after) {
  if (before == after) return;
  const std::size_t had = plan.entries().size();
  compare_servers(plan, before, after);
  Comparison of{plan, after.title};
  compare_lines(of, before.lines, after.lines);
  if (plan.entries().size() == had) of.secret(is_same_set(before.lines, after.lines) ? "order of lines" : "a secret", false);
}

bool has_ocsp_updates(const config::Config& config) {
  if (config.certificates == nullptr) return false;
  const auto wishes = ocsp::wishes_of(*config.certificates);
  return std::any_of(wishes.begin(), wishes.end(), [](const auto& each) { return each.second; });
}

std::string text_of(const config::Ring& ring) {
  std::string text = ring.name + ' ' + std::to_string(static_cast<int>(ring.style)) + ' ' + std::to_string(ring.max_length) + ' ' +
                     std::to_string(ring.size) + ' ' + ring.backing_file + ' ' + std::to_string(ring.connect_timeout.count()) + ' ' +
                     std::to_string(ring.server_timeout.count());
  for (const config::Server& server : ring.servers) text += '\n' + server.text;
  return text;
}

std::string text_of(const config::StatsSocket& socket) {
  return (socket.where.kind == lib::net::Endpoint::Kind::Ip ? socket.where.ip.text() : socket.where.path) + " level " +
         std::to_string(static_cast<int>(socket.level)) + " mode " + std::to_string(socket.unix_mode) + " uid " + std::to_string(socket.unix_uid) +
         " gid " + std::to_string(socket.unix_gid) + " maxconn " + std::to_string(socket.maxconn) + (socket.exposes_listeners ? " expose-fd listeners" : "");
}

template <class T>
std::vector<std::string> texts_of(const std::vector<T>& all) {
  std::vector<std::string> texts;
  for (const T& each : all) texts.push_back(text_of(each));
  return texts;
}

std::vector<std::string> unix_logs(const config::Config& config) {
  std::vector<std::string> paths;
  const auto add = [&paths](const std::vector<config::LogTarget>& logs) {
    for (const config::LogTarget& each : logs)
      if (each.kind == config::LogTarget::Kind::Unix && std::find(paths.begin(), paths.end(), each.where.path) == paths.end())
        paths.push_back(each.where.path);
  };
  for (const auto& proxy : config.proxies) add(proxy->logs);
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// What only a new process can have.
void add_obstacles(Plan& plan, const config::Config& before, const config::Config& after) {
  const config::Global &old = before.global, &now = after.global;
  Comparison of{plan, "global", Change::Refused};
  of.value("nbthread", old.nbthread, now.nbthread);
  of.value("tune.bufsize", old.bufsize, now.bufsize);
  of.value("chroot", old.chroot, now.chroot);
  of.value("uid", old.uid, now.uid);
  of.value("gid", old.gid, now.gid);
  of.value("ulimit-n", old.ulimit_n, now.ulimit_n);
  of.value("maxconn", old.maxconn, now.maxconn);  // decides how many descriptors there may be
  of.value("nosplice", old.no_splice, now.no_splice);
  of.value("tune.h2.header-table-size", old.http2.header_table_size, now.http2.header_table_size);
  of.value("tune.h2.initial-window-size", old.http2.back.initial_window.value_or(old.http2.initial_window),
           now.http2.back.initial_window.value_or(now.http2.initial_window));
  of.value("tune.h2.max-concurrent-streams", old.http2.back.max_streams.value_or(old.http2.max_streams),
           now.http2.back.max_streams.value_or(now.http2.max_streams));
  of.value("tune.h2.max-frame-size", old.http2.max_frame_size, now.http2.max_frame_size);
  of.list("stats socket", texts_of(old.stats_sockets), texts_of(now.stats_sockets), Comparison::Order::Free);
  of.list("ring", texts_of(before.rings), texts_of(after.rings), Comparison::Order::Free);
  of.list("log", unix_logs(before), unix_logs(after), Comparison::Order::Free);
  const config::Sandbox &was = old.sandbox, &is = now.sandbox;
  of.value("insecure-fork-wanted", was.may_fork, is.may_fork);
  of.value("insecure-setuid-wanted", was.may_gain, is.may_gain);
  of.secret("setcap", was.kept_capabilities == is.kept_capabilities);
  of.secret("sandbox", was.system_calls == is.system_calls);
  of.value("privileges", before.needs_network_rights(), after.needs_network_rights());
  of.value("privileges for namespaces", before.needs_name_space_rights(), after.needs_name_space_rights());
  if (has_ocsp_updates(before) || has_ocsp_updates(after)) of.secret("ocsp-update", false);
}

}  // namespace

Plan plan(const Version& before, const Version& after) {
  Plan plan;
  if (before.outline == after.outline) return plan;
  std::unordered_map<std::string_view, const Section*> old_sections, new_sections;
  for (const Section& each : before.outline.sections) old_sections.emplace(each.title, &each);
  for (const Section& each : after.outline.sections) new_sections.emplace(each.title, &each);
  for (const Section& each : before.outline.sections)
    if (!new_sections.contains(each.title)) plan.remove(each.title);
  for (const Section& each : after.outline.sections) {
    const auto found = old_sections.find(each.title);
    if (found == old_sections.end()) plan.add(each.title);
    else compare_sections(plan, *found->second, each);
  }
  for (const auto& [path, hash] : before.outline.files)
    if (!after.outline.files.contains(path)) plan.remove("file " + path);
  for (const auto& [path, hash] : after.outline.files) {
    const auto found = before.outline.files.find(path);
    if (found == before.outline.files.end()) plan.add("file " + path);
    else if (found->second != hash) Comparison{plan, "file " + path}.secret("contents", false);
  }
  add_obstacles(plan, before.config, after.config);
  if (plan.empty()) plan.put({Change::Changed, "order of sections", {}, {}, {}});
  return plan;
}

}  // namespace proxyd::reload
