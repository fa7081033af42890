// What stands behind a statistics page's address: `;csv`, `;up`, `;norefresh`, `;scope=`, ... Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxyd/config/model.h"

namespace proxyd::stats {

enum class PageFormat : std::uint8_t { Html, Csv, Typed, Json, JsonSchema };

struct PageOptions {
  PageFormat format = PageFormat::Html;
  bool hide_down = false, hide_maintenance = false, no_refresh = false;
  std::string result{};  // ";st=DONE"
  std::string scope{};   // shown are proxies whose names contain it, in either case; empty: all
};

/// The part of a request target that "stats uri" is compared with: without scheme and host.
std::string_view local_part(std::string_view uri);
/// `uri` is the request's; it begins with the page's own, or all options keep their defaults.
PageOptions parse_page_options(const config::StatsPage& conf, std::string_view uri);
/// ";up;norefresh?scope=x": the options of a link to the same page.
std::string link_suffix(const PageOptions& options);
/// Whether the page's "stats scope" lines and the request's scope let the proxy be shown. `owner` is the proxy that has
/// the page.
bool in_scope(const config::StatsPage& conf, const PageOptions& options, std::string_view owner,
              std::string_view proxy);

}  // namespace proxyd::stats
