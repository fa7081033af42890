#include "proxyd/stats/page_options.h"

#include <algorithm>
#include <array>

#include "lib/base/text.h"

namespace proxyd::stats {

namespace {

constexpr std::size_t kMaxScope = 20;

/// What names of proxies may consist of; anything else ends a scope, so that none can carry markup.
bool is_name_character(char c) {
  const char lower = lib::base::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || lib::base::is_digit(c) || c == '.' || c == '_' || c == '-' || c == ':';
}

std::string leading_name(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_name_character);
  return std::string{text.begin(), end}.substr(0, kMaxScope);
}

void read_option(std::string_view word, PageOptions& options) {
  struct FormatWord {
    std::string_view word;
    PageFormat format;
  };
  constexpr auto kFormats = std::to_array<FormatWord>({{"csv", PageFormat::Csv},
                                                       {"typed", PageFormat::Typed},
                                                       {"json", PageFormat::Json},
                                                       {"json-schema", PageFormat::JsonSchema}});
  for (const FormatWord& each : kFormats)
    if (word == each.word && options.format == PageFormat::Html) options.format = each.format;
  if (word == "up") options.hide_down = true;
  if (word == "no-maint") options.hide_maintenance = true;
  if (word == "norefresh") options.no_refresh = true;
  if (word.starts_with("st=")) options.result = leading_name(word.substr(3));
  if (word.starts_with("scope=")) options.scope = leading_name(word.substr(6));
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lib::base::to_lower(a) == lib::base::to_lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

std::string_view local_part(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  if (uri.starts_with('/') || scheme == std::string_view::npos) return uri;
  const std::size_t path = uri.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view{"/"} : uri.substr(path);
}

PageOptions parse_page_options(const config::StatsPage& conf, std::string_view uri) {
  PageOptions options;
  uri = local_part(uri);
  if (!uri.starts_with(conf.uri)) return options;
  uri.remove_prefix(conf.uri.size());
  while (!uri.empty()) {
    const std::size_t end = std::min(uri.find_first_of(";?&"), uri.size());
    read_option(uri.substr(0, end), options);
    uri.remove_prefix(std::min(end + 1, uri.size()));
  }
  return options;
}

std::string link_suffix(const PageOptions& options) {
  std::string suffix;
  if (options.hide_down) suffix += ";up";
  if (options.hide_maintenance) suffix += ";no-maint";
  if (options.no_refresh) suffix += ";norefresh";
  if (!options.scope.empty()) suffix += "?scope=" + options.scope;
  return suffix;
}

bool in_scope(const config::StatsPage& conf, const PageOptions& options, std::string_view owner,
              std::string_view proxy) {
  const auto matches = [&](const std::string& name) { return name == "." ? proxy == owner : name == proxy; };
  if (!conf.scope.empty() && std::none_of(conf.scope.begin(), conf.scope.end(), matches)) return false;
  return options.scope.empty() || contains_ignoring_case(proxy, options.scope);
}

}  // namespace proxyd::stats
