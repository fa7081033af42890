// The page above the tables.
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "lib/base/version.h"
#include "proxyd/stats/html.h"

namespace proxyd::stats {

namespace {

constexpr std::string_view kStyle = R"(<style>
body{font:12px Arial,Helvetica,sans-serif;color:#000;background:#fff;margin:8px}
h1{font-size:x-large;margin:.4em 0}
h1 a{text-decoration:none}
h2{font:italic bold x-large Helvetica,Arial,sans-serif;color:#6020a0;margin:0}
h3{font-size:16px;color:#b00040;background:#e8e8d0;margin:0}
ul{margin:.25em 0 0;padding-left:2em}
li{margin:.25em 2em 0 0}
hr{border:0;border-bottom:3px solid #000}
.general{border:0;width:100%}
.general>tbody>tr>td{vertical-align:top;white-space:nowrap;font-size:10px}
.general .middle{text-align:center;vertical-align:middle}
table.lgd{border-collapse:collapse;margin:auto}
table.lgd td{padding:2px;font-size:10px;text-align:left}
table.lgd td[class]{border:1px solid gray;width:1.5em}
table.tbl{border-collapse:collapse;width:100%}
table.tbl th,table.tbl td{border:1px solid gray;padding:2px 3px;font-size:10px;white-space:nowrap}
table.tbl td{text-align:right}
table.tbl td.ac{text-align:center}
table.tbl th.pxname{background:#b00040;color:#ffff40;width:10%;border-bottom:0}
table.tbl th.desc{background:#fff;border-bottom:0;text-align:left}
table.tbl th.empty{background:#fff;border:0}
table.det{border-collapse:collapse}
table.tbl table.det th,table.tbl table.det td{border:0;padding:0 0 0 4px;font-size:11px}
table.tbl table.det th{text-align:left;padding:0}
table.tbl table.det td{font-weight:normal}
.titre{background:#20d0d0;text-align:center;font-weight:bold}
.frontend,.backend{background:#e8e8d0}
.socket{background:#d0d0d0}
.active_up{background:#c0ffc0}
.active_going_down{background:#ffffa0}
.active_going_up{background:#ffd020}
.active_down,.backup_down{background:#ff9090}
.active_nolb,.active_draining{background:#20a0ff}
.active_no_check,.backup_no_check{background:#e0e0e0}
.backup_up{background:#b0d0ff}
.backup_going_up{background:#ff80ff}
.backup_going_down{background:#c060ff}
.backup_nolb{background:#90b0e0}
.backup_draining{background:#cc9900}
.maintain{background:#c07820}
.rls{margin-right:.2em}
a.px,a.lfsb{text-decoration:none;color:#000}
a.px{color:#ffff40}
a.px:hover{color:#fff}
a.lfsb:hover{color:#505050}
b.down{color:#ff0000}
u{text-decoration:none;border-bottom:1px dotted #000}
div.tips{visibility:hidden;position:absolute;z-index:9;padding:2px 4px 3px;background:#f0f060;color:#000;
border:1px solid #7040c0;border-radius:3px;box-shadow:2px 2px 3px gray;font-weight:normal;font-size:11px;
text-align:left;white-space:nowrap}
u:hover div.tips{visibility:visible}
@media(prefers-color-scheme:dark){
body{color:#e8e6e3;background:#131516}
h1 a,h2{color:#a265e0}
h3{color:#ff5190;background:#3a3a2a}
hr{border-color:#8c8273}
a{color:#8ab4f8}
tr[class],td[class],div[class]{color:#000}
tr[class] a{color:#000}
tr[class] a.px{color:#ffff40}
table.general td{color:#e8e6e3}
table.tbl th.empty,table.tbl th.desc{background:#131516;color:#e8e6e3}
}
</style>
)";

/// "8.701 kbps", "1.482 Mbps".
std::string bit_rate(std::uint64_t bytes_per_second) {
  const double bits = static_cast<double>(bytes_per_second) * 8;
  if (bits >= 1e9) return fmt::format("{:.3f} Gbps", bits / 1e9);
  if (bits >= 1e6) return fmt::format("{:.3f} Mbps", bits / 1e6);
  return fmt::format("{:.3f} kbps", bits / 1e3);
}

void append_process(std::string& out, const InfoFacts& info) {
  const std::string memory =
      info.memory_limit_mb == 0 ? "unlimited" : fmt::format("{} MB", info.memory_limit_mb);
  fmt::format_to(std::back_inserter(out),
                 "<td><p><b>pid = </b> {} (process #1, nbproc = 1, nbthread = {})<br>\n"
                 "<b>uptime = </b> {}; <b>warnings</b> = {}<br>\n"
                 "<b>system limits:</b> memmax = {}; ulimit-n = {}<br>\n"
                 "<b>maxsock = </b> {}; <b>maxconn = </b> {}; <b>reached = </b> {}; <b>maxpipes = </b> 0<br>\n",
                 info.pid, info.threads, long_span(static_cast<std::uint64_t>(info.uptime_s)), info.warnings,
                 memory, info.ulimit_n, info.maxsock, info.maxconn, info.maxconn_reached);
  fmt::format_to(std::back_inserter(out),
                 "current conns = {}; current pipes = 0/0; conn rate = {}/sec; bit rate = {}<br>\n"
                 "Running tasks: 0/{}; idle = {} %</p></td>\n",
                 info.connections, info.connection_rate, bit_rate(info.bytes_out_rate), info.tasks,
                 info.idle_percent);
}

void append_legend(std::string& out) {
  struct Pair {
    std::string_view left, left_text, right, right_text;
  };
  constexpr auto kPairs = std::to_array<Pair>({
      {"active_up", "active UP", "backup_up", "backup UP"},
      {"active_going_down", "active UP, going down", "backup_going_down", "backup UP, going down"},
      {"active_going_up", "active DOWN, going up", "backup_going_up", "backup DOWN, going up"},
      {"active_down", "active or backup DOWN", "active_no_check", "not checked"},
  });
  out += "<td class=middle><table class=lgd>";
  for (const Pair& each : kPairs)
    fmt::format_to(std::back_inserter(out),
                   "<tr><td class={}></td><td>{}</td><td class={}></td><td>{}</td></tr>\n", each.left,
                   each.left_text, each.right, each.right_text);
  out +=
      "<tr><td class=maintain></td><td colspan=3>active or backup DOWN for maintenance (MAINT)</td></tr>\n"
      "<tr><td class=active_draining></td><td colspan=3>active or backup SOFT STOPPED for maintenance</td></tr>"
      "</table>Note: \"NOLB\"/\"DRAIN\" = UP with load-balancing disabled.</td>\n";
}

void append_link(std::string& out, const PageView& view, std::string_view before, const PageOptions& options,
                 std::string_view words) {
  fmt::format_to(std::back_inserter(out), "<li><a href=\"{}{}{}\">{}</a>", escape_html(view.conf.uri), before,
                 escape_html(link_suffix(options)), words);
}

void append_links(std::string& out, const PageView& view) {
  out += "<td><b>Display option:</b><ul>";
  fmt::format_to(std::back_inserter(out),
                 "<li><form method=get>Scope : <input value=\"{}\" name=scope size=8 maxlength=20 "
                 "tabindex=1></form>\n",
                 escape_html(view.options.scope));
  PageOptions same = view.options;
  same.result.clear();
  PageOptions other = same;
  other.hide_down = !same.hide_down;
  append_link(out, view, "", other, same.hide_down ? "Show all servers" : "Hide 'DOWN' servers");
  if (view.conf.refresh_s != 0) {
    other = same;
    other.no_refresh = !same.no_refresh;
    append_link(out, view, "", other, same.no_refresh ? "Enable refresh" : "Disable refresh");
  }
  append_link(out, view, "", same, "Refresh now");
  other = same;
  other.hide_down = other.hide_maintenance = false;
  other.no_refresh = view.conf.refresh_s != 0;
  append_link(out, view, ";csv", other, "CSV export");
  append_link(out, view, ";json", other, "JSON export");
  fmt::format_to(std::back_inserter(out), " (<a href=\"{}{}\">schema</a>)", escape_html(view.conf.uri),
                 ";json-schema");
  const std::string url = escape_html(lib::base::project_url());
  fmt::format_to(std::back_inserter(out),
                 "</ul></td>\n<td><b>External resources:</b><ul><li><a href=\"{}\">Primary site</a></ul></td>\n",
                 url);
}

struct Banner {
  std::string_view code, row_class, text;
};
constexpr auto kBanners = std::to_array<Banner>({
    {"DONE", "active_up", "Action processed successfully."},
    {"NONE", "active_going_down", "Nothing has changed."},
    {"PART", "active_going_down",
     "Action partially processed.<br>Some server names may be unknown or used twice in the backend."},
    {"ERRP", "active_down",
     "Action not processed because of invalid parameters.<ul><li>The action may be unknown.<li>The backend or some "
     "servers may be unknown, or their names used twice.</ul>"},
    {"EXCD", "active_down",
     "<b>Action not processed: the request was too large.</b><br>Try again with fewer servers at a time."},
    {"DENY", "active_down", "<b>Action denied.</b>"},
    {"IVAL", "active_down", "<b>Invalid request.</b>"},
});
constexpr Banner kUnknownBanner{"UNKN", "active_going_down", "Unexpected result."};

void append_banner(std::string& out, const PageView& view) {
  if (view.options.result.empty()) return;
  const Banner* banner = &kUnknownBanner;
  for (const Banner& each : kBanners)
    if (each.code == view.options.result) banner = &each;
  PageOptions without = view.options;
  without.result.clear();
  fmt::format_to(std::back_inserter(out),
                 "<div class={}><a class=lfsb href=\"{}{}\" title=\"Remove this message\">[X]</a> {}</div>\n",
                 banner->row_class, escape_html(view.conf.uri), escape_html(link_suffix(without)), banner->text);
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

void append_page_head(std::string& out, const PageView& view) {
  const InfoFacts& info = view.info;
  const std::string& node = view.conf.node.empty() ? info.node : view.conf.node;
  const std::string on_node = view.conf.show_node ? " on " + escape_html(node) : std::string{};
  const std::string& words = view.conf.description.empty() ? info.description : view.conf.description;
  const std::string described = view.conf.show_description && !words.empty() ? ": " + escape_html(words) : "";
  const std::string version = view.conf.hide_version ? std::string{}
                                                     : fmt::format(" version {}, released {}", info.version,
                                                                   info.release_date);
  // The title is the original's: collectors that read pages look for it.
  fmt::format_to(std::back_inserter(out),
                 "<!DOCTYPE html>\n<html><head><title>Statistics Report for HAProxy{}</title>\n"
                 "<link rel=icon href=\"data:,\">\n<meta charset=utf-8>\n",
                 on_node);
  out += kStyle;
  fmt::format_to(std::back_inserter(out),
                 "</head>\n<body><h1><a href=\"{}\">proxyd{}</a></h1>\n"
                 "<h2>Statistics Report for pid {}{}{}</h2>\n<hr>\n<h3>&gt; General process information</h3>\n"
                 "<table class=general><tr>",
                 escape_html(lib::base::project_url()), escape_html(version), info.pid, on_node, described);
  append_process(out, info);
  append_legend(out);
  append_links(out, view);
  out += "</tr></table>\n";
  append_banner(out, view);
}

void append_page_end(std::string& out) { out += "</body></html>\n"; }

}  // namespace proxyd::stats
