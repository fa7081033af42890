// The statistics page as HTML, made from facts. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proxyd/config/model.h"
#include "proxyd/stats/facts.h"
#include "proxyd/stats/info.h"
#include "proxyd/stats/page_options.h"

namespace proxyd::stats {

/// What the whole page depends on.
struct PageView {
  const config::StatsPage& conf;
  const PageOptions& options;
  const InfoFacts& info;
  bool admin = false;
};

/// Title, style, general information, legend, links and, after a form, what came of it.
void append_page_head(std::string& out, const PageView& view);
/// The table of one proxy; in admin mode with its form.
void append_page_proxy(std::string& out, const PageView& view, const ProxyFacts& proxy);
void append_page_end(std::string& out);

/// For text between tags and in attributes.
std::string escape_html(std::string_view text);

/// The class of a server's row: what its colour tells.
std::string_view row_class(const ObjectFacts& server);

}  // namespace proxyd::stats
