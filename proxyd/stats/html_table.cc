// The tables of the page: one a proxy, with its frontend, listeners, servers and backend as rows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "lib/base/text.h"
#include "proxyd/stats/admin_form.h"
#include "proxyd/stats/html.h"

namespace proxyd::stats {

namespace {

using servers::Operation;

/// "12345" with the digits before each group of three set apart a little.
std::string grouped(std::uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t left = digits.size() - 1 - i;
    if (left != 0 && left % 3 == 0) {
      fmt::format_to(std::back_inserter(out), "<span class=rls>{}</span>", digits[i]);
    } else {
      out += digits[i];
    }
  }
  return out;
}

std::string limit_text(std::uint64_t limit) { return limit == 0 ? "-" : grouped(limit); }

std::uint64_t percent(std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0 : part * 100 / whole; }

/// Cells of one row, and the small tables that show when the mouse rests on one.
class Row {
 public:
  explicit Row(std::string& out) : out_{out} {}
  void cell(std::string_view text) { fmt::format_to(std::back_inserter(out_), "<td>{}</td>", text); }
  void number(std::uint64_t value) { cell(grouped(value)); }
  void centred(std::string_view text) { fmt::format_to(std::back_inserter(out_), "<td class=ac>{}</td>", text); }
  void empty(unsigned columns = 1) {
    for (unsigned i = 0; i < columns; ++i) out_ += "<td></td>";
  }
  void with_tip(std::string_view text, std::string_view tip) {
    fmt::format_to(std::back_inserter(out_), "<td><u>{}<div class=tips>{}</div></u></td>", text, tip);
  }

 private:
  std::string& out_;
};

class Tip {
 public:
  Tip() : out_{"<table class=det>"} {}
  Tip& line(std::string_view name, std::string_view value, std::string_view unit = {}) {
    fmt::format_to(std::back_inserter(out_), "<tr><th>{}:</th><td>{}</td>", name, value);
    if (!unit.empty()) fmt::format_to(std::back_inserter(out_), "<td>{}</td>", unit);
    out_ += "</tr>";
    return *this;
  }
  Tip& number(std::string_view name, std::uint64_t value) { return line(name, grouped(value)); }
  Tip& share(std::string_view name, std::uint64_t part, std::uint64_t whole) {
    return line(name, grouped(part), fmt::format("({}%)", percent(part, whole)));
  }
  Tip& heading(std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "<tr><th colspan=3>{}</th></tr>", text);
    return *this;
  }
  std::string done() { return std::move(out_) + "</table>"; }

 private:
  std::string out_;
};

enum class Shares : std::uint8_t { Without, With };

/// Responses by class; servers show each as a share of all.
void add_responses(Tip& tip, const ObjectFacts& object, Shares shares) {
  struct Class {
    Count which;
    std::string_view name;
  };
  constexpr auto kClasses = std::to_array<Class>({{Count::Rsp1xx, "- HTTP 1xx responses"},
                                                  {Count::Rsp2xx, "- HTTP 2xx responses"},
                                                  {Count::Rsp3xx, "- HTTP 3xx responses"},
                                                  {Count::Rsp4xx, "- HTTP 4xx responses"},
                                                  {Count::Rsp5xx, "- HTTP 5xx responses"},
                                                  {Count::RspOther, "- other responses"}});
  const std::uint64_t all = object.count(Count::ReqTot);
  tip.number("Cum. HTTP requests", all);
  for (const Class& each : kClasses) {
    const std::uint64_t count = object.count(each.which);
    if (shares == Shares::With) {
      tip.share(each.name, count, all);
    } else {
      tip.number(each.name, count);
    }
    if (each.which == Count::Rsp2xx && shares == Shares::Without) tip.share("&nbsp;&nbsp;Compressed 2xx", 0, count);
  }
}

void add_times(Tip& tip, const ObjectFacts& object) {
  const auto line = [&](std::string_view name, const TimeFacts& time) {
    tip.line(name, grouped(time.highest) + " / " + grouped(time.mean), "ms");
  };
  tip.heading("Max / Avg over last 1024 success. conn.");
  line("- Queue time", object.queue_time);
  line("- Connect time", object.connect_time);
  if (object.http) line("- Responses time", object.response_time);
  line("- Total time", object.total_time);
}

std::string transfer_tip(std::uint64_t response_bytes) {
  Tip tip;
  tip.number("Response bytes in", response_bytes).number("Compression in", 0).share("Compression out", 0, 0);
  tip.number("Compression bypass", 0).share("Total bytes saved", 0, 0);
  return tip.done();
}

std::string resets_tip(const ObjectFacts& object) {
  return fmt::format("Connection resets during transfers: {} client, {} server",
                     object.count(Count::ClientAborts), object.count(Count::ServerAborts));
}

std::string last_session(const ObjectFacts& object) {
  if (object.last_session_s < 0) return "?";
  return lib::base::compact_span(static_cast<std::uint64_t>(object.last_session_s));
}

void append_name(std::string& out, const ObjectFacts& object, std::string_view anchor, std::string_view label,
                 std::string_view legend) {
  const std::string place = escape_html(object.proxy) + "/" + escape_html(anchor);
  const std::string link =
      fmt::format("<a name=\"{0}\"></a><a class=lfsb href=\"#{0}\">{1}</a>", place, escape_html(label));
  if (legend.empty()) {
    fmt::format_to(std::back_inserter(out), "<td class=ac>{}</td>", link);
  } else {
    fmt::format_to(std::back_inserter(out), "<td class=ac><u>{}<div class=tips>{}</div></u></td>", link, legend);
  }
}

/// "IPv4: 127.0.0.1:80, id: 1", where legends are shown.
std::string legend_of(const PageView& view, const ObjectFacts& object) {
  if (!view.conf.show_legends) return {};
  const std::string_view family = object.address == "unix"         ? ""
                                  : object.address.starts_with('[') ? "IPv6: "
                                                                    : "IPv4: ";
  return fmt::format("{}{}, id: {}", family, escape_html(object.address), object.id);
}

void append_begin(std::string& out, const PageView& view, std::string_view row_class) {
  fmt::format_to(std::back_inserter(out), "<tr class={}>", row_class);
  if (view.admin) out += "<td></td>";
}

std::string per_second(std::uint32_t rate) { return grouped(rate) + "/s"; }

void append_frontend(std::string& out, const PageView& view, const ObjectFacts& front) {
  append_begin(out, view, "frontend");
  append_name(out, front, "Frontend", "Frontend", {});
  Row row{out};
  out += "<td colspan=3></td>";
  const auto rates = [&](std::string_view which, std::uint32_t RateFacts::*part) {
    Tip tip;
    tip.line(fmt::format("{} connection rate", which), per_second(front.connection_rate.*part));
    tip.line(fmt::format("{} session rate", which), per_second(front.session_rate.*part));
    if (front.http) tip.line(fmt::format("{} request rate", which), per_second(front.request_rate.*part));
    row.with_tip(grouped(front.session_rate.*part), tip.done());
  };
  rates("Current", &RateFacts::now);
  rates("Max", &RateFacts::highest);
  row.cell(limit_text(front.rate_limit));
  row.number(front.sessions);
  row.number(front.sessions_max);
  row.number(front.session_limit);
  Tip totals;
  totals.number("Cum. connections", front.count(Count::ConnTot));
  totals.number("Cum. sessions", front.count(Count::SessTot));
  if (front.http) {
    add_responses(totals, front, Shares::Without);
    totals.number("Intercepted requests", front.count(Count::Intercepted));
    totals.number("Cache lookups", 0).share("Cache hits", 0, 0);
    totals.number("Failed hdr rewrites", front.count(Count::RewriteErrors));
    totals.number("Internal errors", front.count(Count::InternalErrors));
  }
  row.with_tip(grouped(front.count(Count::SessTot)), totals.done());
  row.empty(2);
  row.number(front.count(Count::BytesIn));
  row.with_tip(grouped(front.count(Count::BytesOut)), transfer_tip(front.count(Count::BytesOut)));
  row.number(front.count(Count::DeniedReq));
  row.number(front.count(Count::DeniedResp));
  row.number(front.count(Count::ErrReq));
  row.empty(4);
  row.centred(front.status);
  out += "<td class=ac colspan=8></td></tr>\n";
}

void append_listener(std::string& out, const PageView& view, const ObjectFacts& listener) {
  append_begin(out, view, "socket");
  append_name(out, listener, "+" + listener.name, listener.name, legend_of(view, listener));
  Row row{out};
  out += "<td colspan=3></td><td colspan=3></td>";
  row.number(listener.sessions);
  row.number(listener.sessions_max);
  row.number(listener.session_limit);
  row.number(listener.count(Count::SessTot));
  row.empty(2);
  row.number(listener.count(Count::BytesIn));
  row.number(listener.count(Count::BytesOut));
  row.number(listener.count(Count::DeniedReq));
  row.number(listener.count(Count::DeniedResp));
  row.number(listener.count(Count::ErrReq));
  row.empty(4);
  row.centred(listener.status);
  out += "<td class=ac colspan=8></td></tr>\n";
}

std::string connections_tip(const ObjectFacts& server) {
  Tip tip;
  tip.number("Current active connections", server.sessions);
  tip.number("Current used connections", server.used_connections);
  tip.number("Current idle connections", server.idle_connections);
  tip.number("- unsafe", server.idle_connections).number("- safe", 0);
  tip.number("Estimated need of connections", server.used_connections);
  tip.line("Active connections limit", limit_text(server.session_limit));
  tip.line("Idle connections limit", server.idle_limit ? grouped(*server.idle_limit) : "-");
  return tip.done();
}

std::string totals_tip(const ObjectFacts& object, Shares shares) {
  Tip tip;
  tip.number("Cum. sessions", object.count(Count::SessTot));
  if (object.http) {
    const std::uint64_t made = object.count(Count::Connects);
    const std::uint64_t reused = object.count(Count::Reuses);
    tip.number("New connections", made).share("Reused connections", reused, made + reused);
    add_responses(tip, object, shares);
    if (object.kind == ObjectKind::Backend) tip.number("Cache lookups", 0).share("Cache hits", 0, 0);
    tip.number("Failed hdr rewrites", object.count(Count::RewriteErrors));
    tip.number("Internal errors", object.count(Count::InternalErrors));
  }
  add_times(tip, object);
  return tip.done();
}

/// "L7OK/200 in 1ms", with the meaning beside it.
std::string check_summary(const CheckFacts& check) {
  std::string text = check.status;
  if (check.duration_ms < 0) return text;
  if (check.code != 0) text += fmt::format("/{}", check.code);
  return text + fmt::format(" in {}ms", check.duration_ms);
}

void append_server_state(std::string& out, const ObjectFacts& server) {
  Row row{out};
  const CheckFacts& check = server.check;
  if (server.status == "no check") {
    row.centred("<i>no check</i>");
  } else {
    row.centred(lib::base::compact_span(server.since_change_s) + " " + server.status);
  }
  if (check.shown) {
    std::string meaning = escape_html(check.meaning);
    if (!check.info.empty()) meaning += ": " + escape_html(check.info);
    fmt::format_to(std::back_inserter(out), "<td class=ac><u>{}<div class=tips>{}</div></u></td>",
                   escape_html(check_summary(check)), meaning);
  } else {
    row.empty();
  }
  row.centred(fmt::format("{}/{}", server.weight, server.initial_weight));
  row.centred(server.active != 0 ? "Y" : "-");
  row.centred(server.backup != 0 ? "Y" : "-");
  if (check.active) {
    row.with_tip(grouped(server.count(Count::FailedChecks)), "Failed Health Checks");
    row.number(server.count(Count::DownTransitions));
    row.cell(lib::base::compact_span(server.downtime_s));
  } else {
    out += "<td colspan=3></td>";
  }
  row.centred(server.throttle ? fmt::format("{} %", *server.throttle) : "-");
}

void append_server(std::string& out, const PageView& view, const ObjectFacts& server) {
  fmt::format_to(std::back_inserter(out), "<tr class={}>", row_class(server));
  if (view.admin)
    fmt::format_to(std::back_inserter(out), "<td><input type=checkbox name=s value=\"{}\"></td>",
                   escape_html(server.name));
  append_name(out, server, server.name, server.name, legend_of(view, server));
  Row row{out};
  row.number(server.queued);
  row.number(server.queued_max);
  row.cell(limit_text(server.queue_limit));
  row.number(server.session_rate.now);
  row.number(server.session_rate.highest);
  row.empty();
  row.with_tip(grouped(server.sessions), connections_tip(server));
  row.number(server.sessions_max);
  row.cell(limit_text(server.session_limit));
  row.with_tip(grouped(server.count(Count::SessTot)), totals_tip(server, Shares::With));
  row.number(server.count(Count::LbTot));
  row.cell(last_session(server));
  row.number(server.count(Count::BytesIn));
  row.number(server.count(Count::BytesOut));
  row.empty();
  row.number(server.count(Count::DeniedResp));
  row.empty();
  row.number(server.count(Count::ErrConn));
  row.with_tip(grouped(server.count(Count::ErrResp)), resets_tip(server));
  row.number(server.count(Count::Retries));
  row.number(server.count(Count::Redispatches));
  append_server_state(out, server);
  out += "</tr>\n";
}

void append_backend(std::string& out, const PageView& view, const ObjectFacts& back) {
  append_begin(out, view, "backend");
  const std::string legend =
      view.conf.show_legends ? fmt::format("balancing: {}", back.algorithm) : std::string{};
  append_name(out, back, "Backend", "Backend", legend);
  Row row{out};
  row.number(back.queued);
  row.number(back.queued_max);
  row.empty();
  row.number(back.session_rate.now);
  row.number(back.session_rate.highest);
  row.empty();
  row.number(back.sessions);
  row.number(back.sessions_max);
  row.number(back.session_limit);
  row.with_tip(grouped(back.count(Count::SessTot)), totals_tip(back, Shares::Without));
  row.number(back.count(Count::LbTot));
  row.cell(last_session(back));
  row.number(back.count(Count::BytesIn));
  row.with_tip(grouped(back.count(Count::BytesOut)), transfer_tip(back.count(Count::BytesOut)));
  row.number(back.count(Count::DeniedReq));
  row.number(back.count(Count::DeniedResp));
  row.empty();
  row.number(back.count(Count::ErrConn));
  row.with_tip(grouped(back.count(Count::ErrResp)), resets_tip(back));
  row.number(back.count(Count::Retries));
  row.number(back.count(Count::Redispatches));
  const std::string since = lib::base::compact_span(back.since_change_s);
  row.centred(since + " " + (back.status == "DOWN" ? "<b class=down>DOWN</b>" : back.status));
  row.centred("&nbsp;");
  row.centred(fmt::format("{}/{}", back.weight, back.user_weight));
  row.centred(grouped(back.active));
  row.centred(grouped(back.backup));
  row.centred("&nbsp;");
  row.number(back.down_transitions);
  row.cell(back.has_servers ? lib::base::compact_span(back.downtime_s) : "");
  row.empty();
  out += "</tr>\n";
}

void append_title(std::string& out, const PageView& view, const ProxyFacts& proxy) {
  const std::string name = escape_html(proxy.name);
  const std::string link = fmt::format("<a name=\"{0}\"></a><a class=px href=\"#{0}\">{0}</a>", name);
  out += "<table class=tbl><tr class=titre><th class=pxname>";
  if (view.conf.show_legends) {
    const std::string_view role = !proxy.is_backend ? "frontend" : !proxy.is_frontend ? "backend" : "proxy";
    fmt::format_to(std::back_inserter(out), "<u>{}<div class=tips>cap: {}, mode: {}, id: {}</div></u>", link, role,
                   proxy.http ? "http" : "tcp", proxy.id);
  } else {
    out += link;
  }
  if (proxy.description.empty()) {
    out += "</th><th class=empty></th></tr></table>\n";
  } else {
    fmt::format_to(std::back_inserter(out), "</th><th class=desc>{}</th></tr></table>\n",
                   escape_html(proxy.description));
  }
}

/// `with_boxes`: this table is in a form and has servers to tick.
void append_headings(std::string& out, const PageView& view, bool with_boxes) {
  out += "<table class=tbl><tr class=titre>";
  if (view.admin && with_boxes) {
    out +=
        "<th rowspan=2><input type=checkbox title=all onclick=\"var on=this.checked;this.form."
        "querySelectorAll('input[name=s]').forEach(function(box){box.checked=on})\"></th>";
  } else if (view.admin) {
    out += "<th rowspan=2></th>";
  }
  out +=
      "<th rowspan=2></th><th colspan=3>Queue</th><th colspan=3>Session rate</th><th colspan=6>Sessions</th>"
      "<th colspan=2>Bytes</th><th colspan=2>Denied</th><th colspan=3>Errors</th><th colspan=2>Warnings</th>"
      "<th colspan=9>Server</th></tr>\n<tr class=titre>";
  constexpr auto kHeadings = std::to_array<std::string_view>(
      {"Cur",  "Max",   "Limit", "Cur",  "Max",    "Limit",   "Cur",  "Max", "Limit", "Total",
       "LbTot", "Last", "In",    "Out",  "Req",    "Resp",    "Req",  "Conn", "Resp", "Retr",
       "Redis", "Status", "LastChk", "Wght", "Act", "Bck",    "Chk",  "Dwn", "Dwntme", "Thrtle"});
  for (const std::string_view heading : kHeadings)
    fmt::format_to(std::back_inserter(out), "<th>{}</th>", heading);
  out += "</tr>\n";
}

void append_form_end(std::string& out, const ProxyFacts& proxy) {
  out += "Choose the action to perform on the checked servers : <select name=action><option value=\"\"></option>";
  for (const AdminAction& action : admin_actions())
    if (!action.label.empty())
      fmt::format_to(std::back_inserter(out), "<option value={}>{}</option>", action.word, action.label);
  fmt::format_to(std::back_inserter(out),
                 "</select><input type=hidden name=b value=\"#{}\"> <input type=submit value=Apply></form>",
                 proxy.id);
}

}  // namespace

std::string_view row_class(const ObjectFacts& server) {
  const bool backup = server.backup != 0;
  const auto either = [&](std::string_view active_class, std::string_view backup_class) {
    return backup ? backup_class : active_class;
  };
  if (server.in_maintenance()) return "maintain";
  const CheckFacts& check = server.check;
  const bool healthy = check.health + 1 >= check.rise + check.fall;
  if (server.operation == Operation::Stopped)
    return check.active && check.health != 0 ? either("active_going_up", "backup_going_up")
                                             : either("active_down", "backup_down");
  if (server.operation == Operation::Stopping) return either("active_nolb", "backup_nolb");
  if (!check.active) return either("active_no_check", "backup_no_check");
  if (!healthy) return either("active_going_down", "backup_going_down");
  if (server.is_draining()) return either("active_draining", "backup_draining");
  return either("active_up", "backup_up");
}

void append_page_proxy(std::string& out, const PageView& view, const ProxyFacts& proxy) {
  if (!proxy.frontend && !proxy.backend) return;
  const bool form = view.admin && proxy.backend && !proxy.servers.empty();
  out += form ? "<form method=post>" : "";
  append_title(out, view, proxy);
  append_headings(out, view, form);
  if (proxy.frontend) append_frontend(out, view, *proxy.frontend);
  for (const ObjectFacts& listener : proxy.listeners) append_listener(out, view, listener);
  for (const ObjectFacts& server : proxy.servers) append_server(out, view, server);
  if (proxy.backend) append_backend(out, view, *proxy.backend);
  out += "</table>";
  if (form) append_form_end(out, proxy);
  out += "<p>\n";
}

}  // namespace proxyd::stats
