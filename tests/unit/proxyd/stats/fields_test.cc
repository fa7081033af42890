#include "proxyd/stats/fields.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "lib/base/text.h"
#include "proxyd/stats/info.h"

using namespace proxyd::stats;
using lib::metrics::Detail;

namespace {

/// The first line of `show stat` of haproxy 2.6.
const std::string kHeaderOf26 =
    "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,"
    "status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,"
    "type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,"
    "hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,"
    "comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,"
    "agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,"
    "agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,intercepted,dcon,"
    "dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,"
    "ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight,agg_server_status,"
    "agg_server_check_status,agg_check_status,-,ssl_sess,ssl_reused_sess,ssl_failed_handshake,"
    "h2_headers_rcvd,h2_data_rcvd,h2_settings_rcvd,h2_rst_stream_rcvd,h2_goaway_rcvd,"
    "h2_detected_conn_protocol_errors,h2_detected_strm_protocol_errors,h2_rst_stream_resp,h2_goaway_resp,"
    "h2_open_connections,h2_backend_open_streams,h2_total_connections,h2_backend_total_streams,"
    "h1_open_connections,h1_open_streams,h1_total_connections,h1_total_streams,h1_bytes_in,h1_bytes_out,"
    "h1_spliced_bytes_in,h1_spliced_bytes_out,";

ObjectFacts object(ObjectKind kind, std::string name, bool http = true) {
  ObjectFacts facts;
  facts.kind = kind;
  facts.http = http;
  facts.proxy = "be";
  facts.name = std::move(name);
  facts.proxy_id = 3;
  facts.status = "UP";
  facts.algorithm = "roundrobin";
  facts.has_servers = true;
  return facts;
}

ObjectFacts checked_server() {
  ObjectFacts server = object(ObjectKind::Server, "s1");
  server.id = 1;
  server.address = "127.0.0.1:80";
  server.check = {.active = true,
                  .shown = true,
                  .status = "L7OK",
                  .meaning = "Layer7 check passed",
                  .code = 200,
                  .duration_ms = 1,
                  .info = "OK",
                  .rise = 2,
                  .fall = 3,
                  .health = 4};
  server.last_session_s = 7;
  return server;
}

ProxyFacts listen_proxy() {
  ProxyFacts proxy;
  proxy.name = "be";
  proxy.id = 3;
  proxy.frontend = object(ObjectKind::Frontend, "FRONTEND");
  proxy.listeners.push_back(object(ObjectKind::Listener, "sock-1"));
  proxy.servers.push_back(checked_server());
  proxy.backend = object(ObjectKind::Backend, "BACKEND");
  return proxy;
}

std::string listing(StatFormat format, const ProxyFacts& proxy, Legends legends = Legends::Shown) {
  StatWriter writer{format, Detail::Plain, legends};
  std::string out;
  writer.begin(out);
  writer.proxy(out, proxy);
  writer.end(out);
  return out;
}

std::vector<std::string_view> lines_of(const std::string& text) {
  std::vector<std::string_view> lines = lib::base::split(text, '\n');
  lines.pop_back();
  return lines;
}

/// The columns of a row that have a value, by name.
std::vector<std::string> filled(const std::string& csv, std::size_t row) {
  const auto lines = lines_of(csv);
  const auto names = lib::base::split(lines[0].substr(2), ',');
  const auto cells = lib::base::split(lines[row], ',');
  std::vector<std::string> out;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!cells[i].empty()) out.emplace_back(names[i]);
  return out;
}

std::string cell(const std::string& csv, std::size_t row, std::string_view name) {
  const auto lines = lines_of(csv);
  const auto names = lib::base::split(lines[0].substr(2), ',');
  const auto cells = lib::base::split(lines[row], ',');
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return std::string{cells[i]};
  return "no such column";
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view word : lib::base::split(text, ' '))
    if (!word.empty()) out.emplace_back(word);
  return out;
}

}  // namespace

TEST_CASE("show stat begins with haproxy 2.6's columns in its order", "[stats]") {
  const std::string out = listing(StatFormat::Csv, listen_proxy());
  CHECK(out.starts_with(kHeaderOf26));
  CHECK(lines_of(out)[0] == kHeaderOf26 + "h1sess,h1req,");
}

TEST_CASE("every row has as many cells as there are columns", "[stats]") {
  const std::string out = listing(StatFormat::Csv, listen_proxy());
  const auto lines = lines_of(out);
  REQUIRE(lines.size() == 5);
  for (const std::string_view line : lines)
    CHECK(lib::base::split(line, ',').size() == lib::base::split(lines[0], ',').size());
}

TEST_CASE("each kind of object fills the columns that it fills in haproxy 2.6", "[stats]") {
  const std::string out = listing(StatFormat::Csv, listen_proxy());
  CHECK(filled(out, 1) == words("pxname svname scur smax slim stot bin bout dreq dresp ereq status pid iid sid type "
                                "rate rate_lim rate_max hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other "
                                "req_rate req_rate_max req_tot comp_in comp_out comp_byp comp_rsp mode conn_rate "
                                "conn_rate_max conn_tot intercepted dcon dses wrew cache_lookups cache_hits eint - "
                                "ssl_sess ssl_reused_sess ssl_failed_handshake h2_headers_rcvd h2_data_rcvd "
                                "h2_settings_rcvd h2_rst_stream_rcvd h2_goaway_rcvd h2_detected_conn_protocol_errors "
                                "h2_detected_strm_protocol_errors h2_rst_stream_resp h2_goaway_resp "
                                "h2_open_connections h2_backend_open_streams h2_total_connections "
                                "h2_backend_total_streams h1_open_connections h1_total_connections h1_total_streams "
                                "h1_bytes_in h1_bytes_out h1_spliced_bytes_in h1_spliced_bytes_out h1sess h1req"));
  CHECK(filled(out, 2) == words("pxname svname scur smax slim stot bin bout dreq dresp ereq status pid iid sid type "
                                "mode dcon dses wrew eint - ssl_sess ssl_reused_sess ssl_failed_handshake"));
  CHECK(filled(out, 3) ==
        words("pxname svname qcur qmax scur smax stot bin bout dresp econ eresp wretr wredis status weight act bck "
              "chkfail chkdown lastchg downtime pid iid sid lbtot type rate rate_max check_status check_code "
              "check_duration hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx hrsp_other req_tot cli_abrt srv_abrt "
              "lastsess last_chk qtime ctime rtime ttime check_desc check_rise check_fall check_health addr mode wrew "
              "connect reuse srv_icur qtime_max ctime_max rtime_max ttime_max eint idle_conn_cur safe_conn_cur "
              "used_conn_cur need_conn_est uweight - ssl_sess ssl_reused_sess ssl_failed_handshake"));
  CHECK(filled(out, 4) ==
        words("pxname svname qcur qmax scur smax slim stot bin bout dreq dresp econ eresp wretr wredis status weight "
              "act bck chkdown lastchg downtime pid iid sid lbtot type rate rate_max hrsp_1xx hrsp_2xx hrsp_3xx "
              "hrsp_4xx hrsp_5xx hrsp_other req_tot cli_abrt srv_abrt comp_in comp_out comp_byp comp_rsp lastsess "
              "qtime ctime rtime ttime mode algo wrew connect reuse cache_lookups cache_hits qtime_max ctime_max "
              "rtime_max ttime_max eint uweight agg_server_status agg_server_check_status agg_check_status - ssl_sess "
              "ssl_reused_sess ssl_failed_handshake h2_headers_rcvd h2_data_rcvd h2_settings_rcvd h2_rst_stream_rcvd "
              "h2_goaway_rcvd h2_detected_conn_protocol_errors h2_detected_strm_protocol_errors h2_rst_stream_resp "
              "h2_goaway_resp h2_open_connections h2_backend_open_streams h2_total_connections "
              "h2_backend_total_streams h1_open_connections h1_open_streams h1_total_connections h1_total_streams "
              "h1_bytes_in h1_bytes_out h1_spliced_bytes_in h1_spliced_bytes_out"));
}

TEST_CASE("a server without checks, or in tcp mode, leaves more columns empty", "[stats]") {
  ProxyFacts proxy = listen_proxy();
  proxy.servers[0].check = {};
  proxy.servers[0].http = false;
  const std::string out = listing(StatFormat::Csv, proxy);
  for (const char* name : {"chkfail", "chkdown", "downtime", "check_status", "check_rise", "hrsp_2xx", "req_tot"})
    CHECK(cell(out, 3, name).empty());
  CHECK(cell(out, 3, "mode") == "tcp");
}

TEST_CASE("values stand in their columns", "[stats]") {
  ProxyFacts proxy = listen_proxy();
  ObjectFacts& server = proxy.servers[0];
  server.counts[static_cast<std::size_t>(Count::BytesIn)] = 1234567890123;
  server.queued = 3;
  server.session_limit = 9;
  server.throttle = 55;
  server.idle_limit = 0;
  const std::string out = listing(StatFormat::Csv, proxy);
  CHECK(cell(out, 3, "bin") == "1234567890123");
  CHECK(cell(out, 3, "qcur") == "3");
  CHECK(cell(out, 3, "slim") == "9");
  CHECK(cell(out, 3, "throttle") == "55");
  CHECK(cell(out, 3, "src_ilim") == "0");
  CHECK(cell(out, 3, "lastsess") == "7");
  CHECK(cell(out, 4, "lastsess") == "-1");
  CHECK(cell(out, 3, "check_desc") == "Layer7 check passed");
  CHECK(cell(out, 3, "type") == "2");
}

TEST_CASE("pages without legends hide addresses and algorithms", "[stats]") {
  const std::string out = listing(StatFormat::Csv, listen_proxy(), Legends::Hidden);
  CHECK(cell(out, 3, "addr").empty());
  CHECK(cell(out, 4, "algo").empty());
  CHECK(cell(out, 3, "mode") == "http");
}

TEST_CASE("typed output numbers fields without the separating column", "[stats]") {
  const std::string out = listing(StatFormat::Typed, listen_proxy());
  CHECK(out.starts_with("F.3.0.0.pxname.1:KNS:str:be\nF.3.0.1.svname.1:KNS:str:FRONTEND\n"));
  for (const char* line :
       {"S.3.1.36.check_status.1:MOP:str:L7OK\n", "S.3.1.55.lastsess.1:MAP:s32:7\n", "B.3.0.19.act.1:MGP:u32:0\n",
        "S.3.1.19.act.1:SGP:u32:0\n", "B.3.0.33.rate.1:MGP:u32:0\n", "F.3.0.33.rate.1:MRP:u32:0\n",
        "F.3.0.103.ssl_sess.1:MCP:u64:0\n", "S.3.1.38.check_duration.1:MDP:u64:1\n",
        "L.3.0.6.slim.1:CLP:u32:0\n", "F.3.0.126.h1_spliced_bytes_out.1:MCP:u64:0\n"})
    CHECK(out.find(line) != std::string::npos);
}

TEST_CASE("JSON output is an array of objects, each an array of fields", "[stats]") {
  const auto parsed = nlohmann::json::parse(listing(StatFormat::Json, listen_proxy()), nullptr, false);
  REQUIRE(!parsed.is_discarded());
  REQUIRE(parsed.size() == 4);
  CHECK(parsed[0][0]["objType"] == "Frontend");
  CHECK(parsed[2][0]["proxyId"] == 3);
  CHECK(parsed[2][0]["id"] == 1);
  CHECK(parsed[3][1]["value"]["value"] == "BACKEND");
  CHECK(!nlohmann::json::parse(json_schema(), nullptr, false).is_discarded());
}

TEST_CASE("a selection leaves out kinds, servers and states", "[stats]") {
  ProxyFacts by_kind = listen_proxy();
  narrow(by_kind, {.types = 4});
  CHECK((!by_kind.frontend && !by_kind.backend && by_kind.listeners.empty() && by_kind.servers.size() == 1));
  ProxyFacts by_id = listen_proxy();
  narrow(by_id, {.types = 4, .server_id = 2});
  CHECK(by_id.servers.empty());

  ProxyFacts by_state = listen_proxy();
  by_state.servers.push_back(checked_server());
  by_state.servers.push_back(checked_server());
  by_state.servers[1].operation = proxyd::servers::Operation::Stopped;
  by_state.servers[2].operation = proxyd::servers::Operation::Stopped;
  by_state.servers[2].admin = proxyd::servers::kForcedMaint;
  by_state.backend->active = 1;
  ProxyFacts without_maintenance = by_state;
  narrow(without_maintenance, {.hide_maintenance = true});
  CHECK(without_maintenance.servers.size() == 2);
  narrow(by_state, {.hide_down = true});
  CHECK(by_state.servers.size() == 1);
  CHECK(by_state.backend->status == "UP (1/3)");
}

TEST_CASE("show info has haproxy 2.6's fields at its positions", "[stats]") {
  InfoFacts facts;
  facts.version = "1.2";
  facts.node = "n";
  facts.uptime_s = 79.25;
  std::string out;
  lib::metrics::append_typed(out, "", info_fields(), info_values(facts, false), Detail::Plain);
  for (const char* line :
       {"0.Name.1:POS:str:proxyd\n", "3.Nbthread.1:CGS:u32:0\n", "7.Uptime.1:MDP:str:0d 0h01m19s\n",
        "8.Uptime_sec.1:MDP:u32:79\n", "13.Ulimit-n.1:CLP:u32:0\n", "19.CumReq.1:MCP:u32:0\n",
        "44.CompressBpsRateLim.1:CLP:u32:0\n", "47.Tasks.1:MGP:u32:0\n", "49.Idle_pct.1:MaP:u32:100\n",
        "50.node.1:COS:str:n\n", "52.Stopping.1:MGP:u32:0\n", "54.Unstoppable Jobs.1:MGP:u32:0\n",
        "62.TotalSplicdedBytesOut.1:MGP:u64:0\n", "66.Build info.1:POS:str:1.2\n",
        "70.Start_time_sec.1:MDP:u32:0\n", "71.Tainted.1:SGP:str:0\n"})
    CHECK(out.find(line) != std::string::npos);
  std::string precise;
  lib::metrics::append_plain(precise, info_fields(), info_values(facts, true), Detail::Plain);
  CHECK(precise.find("Uptime_sec: 79.25\n") != std::string::npos);
}
