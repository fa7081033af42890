#include "proxyd/stats/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace proxyd::stats {

using lib::metrics::Description;
using lib::metrics::empty_value;
using lib::metrics::Field;
using lib::metrics::Nature;
using lib::metrics::Origin;
using lib::metrics::s32;
using lib::metrics::Scope;
using lib::metrics::tagged;
using lib::metrics::Tags;
using lib::metrics::text;
using lib::metrics::u32;
using lib::metrics::u64;
using lib::metrics::Value;
using Facts = ObjectFacts;

namespace {

constexpr Tags kKeyName{Origin::Key, Nature::Name, Scope::Service};
constexpr Tags kKeyProcess{Origin::Key, Nature::Gauge, Scope::Process};
constexpr Tags kKeyService{Origin::Key, Nature::Gauge, Scope::Service};
constexpr Tags kGauge{Origin::Metric, Nature::Gauge, Scope::Process};
constexpr Tags kMax{Origin::Metric, Nature::Max, Scope::Process};
constexpr Tags kCounter{Origin::Metric, Nature::Counter, Scope::Process};
constexpr Tags kRate{Origin::Metric, Nature::Rate, Scope::Process};
constexpr Tags kAverage{Origin::Metric, Nature::Average, Scope::Process};
constexpr Tags kAge{Origin::Metric, Nature::Age, Scope::Process};
constexpr Tags kDuration{Origin::Metric, Nature::Duration, Scope::Process};
constexpr Tags kOutput{Origin::Metric, Nature::Output, Scope::Process};
constexpr Tags kStatus{Origin::Status, Nature::Gauge, Scope::Process};
constexpr Tags kLimit{Origin::Config, Nature::Limit, Scope::Process};
constexpr Tags kConfig{Origin::Config, Nature::Gauge, Scope::Service};
constexpr Tags kConfigName{Origin::Config, Nature::Name, Scope::Service};

constexpr unsigned kF = 1, kB = 2, kS = 4, kL = 8;  // which kinds of objects have a field

bool is_one_of(const Facts& object, unsigned kinds) {
  return ((kinds >> static_cast<unsigned>(object.kind)) & 1U) != 0;
}
bool is_server(const Facts& object) { return object.kind == ObjectKind::Server; }
bool is_backend(const Facts& object) { return object.kind == ObjectKind::Backend; }

/// A counter that the kinds have.
template <Count Which, unsigned Kinds>
Value counted(const Facts& object) {
  return is_one_of(object, Kinds) ? u64(object.count(Which)) : empty_value();
}
/// A counter that the kinds have in HTTP mode.
template <Count Which, unsigned Kinds>
Value counted_http(const Facts& object) {
  return object.http && is_one_of(object, Kinds) ? u64(object.count(Which)) : empty_value();
}
/// Handshakes of traffic and of checks.
template <Count OfTraffic, Count OfChecks, unsigned Kinds>
Value counted_both(const Facts& object) {
  return is_one_of(object, Kinds) ? u64(object.count(OfTraffic) + object.count(OfChecks)) : empty_value();
}
/// What nothing in this program raises yet, because nothing in it does what is counted.
template <unsigned Kinds>
Value zero64(const Facts& object) {
  return is_one_of(object, Kinds) ? u64(0) : empty_value();
}
template <unsigned Kinds>
Value zero64_http(const Facts& object) {
  return object.http && is_one_of(object, Kinds) ? u64(0) : empty_value();
}
template <unsigned Kinds>
Value zero32(const Facts& object) {
  return is_one_of(object, Kinds) ? u32(0) : empty_value();
}
template <auto Member, unsigned Kinds>
Value number(const Facts& object) {
  return is_one_of(object, Kinds) ? u32(object.*Member) : empty_value();
}
template <TimeFacts Facts::*Which, std::uint32_t TimeFacts::*Part>
Value time_of(const Facts& object) {
  return is_one_of(object, kB | kS) ? u32(object.*Which.*Part) : empty_value();
}
template <RateFacts Facts::*Which, std::uint32_t RateFacts::*Part>
Value front_rate(const Facts& object) {
  return object.kind == ObjectKind::Frontend ? u32(object.*Which.*Part) : empty_value();
}
template <std::uint32_t RateFacts::*Part>
Value session_rate(const Facts& object) {
  if (object.kind == ObjectKind::Listener) return empty_value();
  Value value = u32(object.session_rate.*Part);
  return is_backend(object) ? tagged(value, kGauge) : value;
}
template <std::uint32_t RateFacts::*Part>
Value request_rate(const Facts& object) {
  const bool has = object.kind == ObjectKind::Frontend;
  return has ? u32(object.request_rate.*Part) : empty_value();
}
/// A frontend shows them in either mode, as haproxy does.
Value requests(const Facts& object) {
  return object.kind == ObjectKind::Frontend ? u64(object.count(Count::ReqTot))
                                             : counted_http<Count::ReqTot, kB | kS>(object);
}
template <std::uint32_t CheckFacts::*Part>
Value check_limit(const Facts& object) {
  return is_server(object) && object.check.shown ? u32(object.check.*Part) : empty_value();
}
template <std::uint32_t Facts::*Which>
Value usable(const Facts& object) {
  if (is_server(object)) return tagged(u32(object.*Which), kStatus);
  return is_backend(object) ? u32(object.*Which) : empty_value();
}
Value none(const Facts&) { return empty_value(); }

Value proxy_name(const Facts& object) { return text(object.proxy); }
Value own_name(const Facts& object) { return text(object.name); }
Value status(const Facts& object) { return text(object.status); }
Value process_number(const Facts&) { return u32(1); }
Value proxy_id(const Facts& object) { return u32(object.proxy_id); }
Value own_id(const Facts& object) { return u32(object.id); }
Value kind(const Facts& object) { return u32(static_cast<std::uint32_t>(object.kind)); }
Value mode(const Facts& object) { return text(object.http ? "http" : "tcp"); }
Value algorithm(const Facts& object) { return is_backend(object) ? text(object.algorithm) : empty_value(); }

Value session_limit(const Facts& object) {
  if (is_server(object) && object.session_limit == 0) return empty_value();
  return u32(object.session_limit);
}
Value queue_limit(const Facts& object) {
  return is_server(object) && object.queue_limit != 0 ? u32(object.queue_limit) : empty_value();
}
Value check_failures(const Facts& object) {
  return is_server(object) && object.check.active ? u64(object.count(Count::FailedChecks)) : empty_value();
}
Value down_transitions(const Facts& object) {
  if (is_backend(object)) return u64(object.down_transitions);
  return is_server(object) && object.check.active ? u64(object.count(Count::DownTransitions)) : empty_value();
}
Value since_change(const Facts& object) {
  return is_one_of(object, kB | kS) ? u32(object.since_change_s) : empty_value();
}
Value downtime(const Facts& object) {
  const bool has = is_backend(object) ? object.has_servers : is_server(object) && object.check.active;
  return has ? u32(object.downtime_s) : empty_value();
}
Value throttle(const Facts& object) { return object.throttle ? u32(*object.throttle) : empty_value(); }
Value rate_limit(const Facts& object) {
  return object.kind == ObjectKind::Frontend ? u32(object.rate_limit) : empty_value();
}
Value last_session(const Facts& object) {
  return is_one_of(object, kB | kS) ? s32(static_cast<std::int32_t>(object.last_session_s)) : empty_value();
}

/// What is known of a check: nothing while checks are off.
bool has_check(const Facts& object) { return is_server(object) && object.check.shown; }
bool has_checked(const Facts& object) { return has_check(object) && object.check.duration_ms >= 0; }
Value check_status(const Facts& object) { return has_check(object) ? text(object.check.status) : empty_value(); }
Value check_code(const Facts& object) {
  return has_checked(object) && object.check.code != 0 ? u32(static_cast<std::uint32_t>(object.check.code))
                                                       : empty_value();
}
Value check_duration(const Facts& object) {
  return has_checked(object) ? u64(static_cast<std::uint64_t>(object.check.duration_ms)) : empty_value();
}
Value last_check(const Facts& object) { return has_checked(object) ? text(object.check.info) : empty_value(); }
Value check_meaning(const Facts& object) {
  return has_check(object) ? text(object.check.meaning) : empty_value();
}
Value address(const Facts& object) { return is_one_of(object, kS | kL) ? text(object.address) : empty_value(); }
Value idle_limit(const Facts& object) {
  return is_server(object) && object.idle_limit ? u32(*object.idle_limit) : empty_value();
}

// HTTP/1 is the one protocol spoken, so that its counters are the proxy's own.
Value h1_open_connections(const Facts& object) {
  if (object.kind == ObjectKind::Frontend) return u64(object.http ? object.sessions : 0);
  return is_backend(object) ? u64(object.http ? object.idle_connections + object.used_connections : 0)
                            : empty_value();
}
/// A frontend does not count its streams apart from its connections.
Value h1_open_streams(const Facts& object) {
  return is_backend(object) ? u64(object.http ? object.sessions : 0) : empty_value();
}
template <Count Front, Count Back>
Value h1_total(const Facts& object) {
  if (!is_one_of(object, kF | kB)) return empty_value();
  return u64(!object.http ? 0 : object.count(is_backend(object) ? Back : Front));
}

constexpr auto kStatFields = std::to_array<Field<Facts>>({
    {{"pxname", "Name of the proxy", kKeyName}, proxy_name},
    {{"svname", "Name of the server or listener, or FRONTEND or BACKEND", kKeyName}, own_name},
    {{"qcur", "Requests waiting in the queue", kGauge}, number<&Facts::queued, kB | kS>},
    {{"qmax", "Most requests ever waiting in the queue", kMax}, number<&Facts::queued_max, kB | kS>},
    {{"scur", "Sessions open now", kGauge}, number<&Facts::sessions, kF | kB | kS | kL>},
    {{"smax", "Most sessions ever open at once", kMax}, number<&Facts::sessions_max, kF | kB | kS | kL>},
    {{"slim", "Limit of sessions: maxconn, or fullconn of a backend", kLimit}, session_limit},
    {{"stot", "Sessions so far", kCounter}, counted<Count::SessTot, kF | kB | kS | kL>},
    {{"bin", "Bytes of requests so far", kCounter}, counted<Count::BytesIn, kF | kB | kS | kL>},
    {{"bout", "Bytes of responses so far", kCounter}, counted<Count::BytesOut, kF | kB | kS | kL>},
    {{"dreq", "Requests denied by rules", kCounter}, counted<Count::DeniedReq, kF | kB | kL>},
    {{"dresp", "Responses denied by rules", kCounter}, counted<Count::DeniedResp, kF | kB | kS | kL>},
    {{"ereq", "Requests that were invalid or never completed", kCounter}, counted<Count::ErrReq, kF | kL>},
    {{"econ", "Connections to servers that failed", kCounter}, counted<Count::ErrConn, kB | kS>},
    {{"eresp", "Responses that were invalid or broke off", kCounter}, counted<Count::ErrResp, kB | kS>},
    {{"wretr", "Connection attempts that were repeated", kCounter}, counted<Count::Retries, kB | kS>},
    {{"wredis", "Requests sent to another server after a failure", kCounter},
     counted<Count::Redispatches, kB | kS>},
    {{"status", "State of the object, such as OPEN, UP, DOWN, MAINT", kStatus}, status},
    {{"weight", "Weight in balancing now; of a backend, the sum over its servers", kAverage},
     number<&Facts::weight, kB | kS>},
    {{"act", "Active servers in use; on a server, whether it is one", kGauge}, usable<&Facts::active>},
    {{"bck", "Backup servers in use; on a server, whether it is one", kGauge}, usable<&Facts::backup>},
    {{"chkfail", "Health checks that failed while the server was up", kCounter}, check_failures},
    {{"chkdown", "Times it went from up to down", kCounter}, down_transitions},
    {{"lastchg", "Seconds since the state last changed", kAge}, since_change},
    {{"downtime", "Seconds down so far", kCounter}, downtime},
    {{"qlimit", "Limit of the server's queue (maxqueue)", kConfig}, queue_limit},
    {{"pid", "Number of the worker process, always 1", kKeyProcess}, process_number},
    {{"iid", "Number of the proxy", kKeyService}, proxy_id},
    {{"sid", "Number of the server or listener in its proxy", kKeyService}, own_id},
    {{"throttle", "Percent of its weight that a server in slow start has", kAverage}, throttle},
    {{"lbtot", "Times it was chosen by balancing", kCounter}, counted<Count::LbTot, kB | kS>},
    {{"tracked", "Server whose state this one follows", kConfigName}, none},
    {{"type", "0 frontend, 1 backend, 2 server, 3 listener", kConfig}, kind},
    {{"rate", "Sessions over the last second", kRate}, session_rate<&RateFacts::now>},
    {{"rate_lim", "Limit of new sessions per second", kLimit}, rate_limit},
    {{"rate_max", "Most sessions in a second", kMax}, session_rate<&RateFacts::highest>},
    {{"check_status", "Result of the last health check", kOutput}, check_status},
    {{"check_code", "Status code of the last health check", kOutput}, check_code},
    {{"check_duration", "Milliseconds the last health check took", kDuration}, check_duration},
    {{"hrsp_1xx", "Responses with a 1xx status", kCounter}, counted_http<Count::Rsp1xx, kF | kB | kS>},
    {{"hrsp_2xx", "Responses with a 2xx status", kCounter}, counted_http<Count::Rsp2xx, kF | kB | kS>},
    {{"hrsp_3xx", "Responses with a 3xx status", kCounter}, counted_http<Count::Rsp3xx, kF | kB | kS>},
    {{"hrsp_4xx", "Responses with a 4xx status", kCounter}, counted_http<Count::Rsp4xx, kF | kB | kS>},
    {{"hrsp_5xx", "Responses with a 5xx status", kCounter}, counted_http<Count::Rsp5xx, kF | kB | kS>},
    {{"hrsp_other", "Responses with any other status", kCounter}, counted_http<Count::RspOther, kF | kB | kS>},
    {{"hanafail", "Failures seen by watching traffic (observe)", kCounter}, none},
    {{"req_rate", "HTTP requests over the last second", kRate}, request_rate<&RateFacts::now>},
    {{"req_rate_max", "Most HTTP requests in a second", kMax}, request_rate<&RateFacts::highest>},
    {{"req_tot", "HTTP requests so far", kCounter}, requests},
    {{"cli_abrt", "Transfers broken off by clients", kCounter}, counted<Count::ClientAborts, kB | kS>},
    {{"srv_abrt", "Transfers broken off by servers", kCounter}, counted<Count::ServerAborts, kB | kS>},
    {{"comp_in", "Bytes given to compression", kCounter}, zero64<kF | kB>},
    {{"comp_out", "Bytes that compression gave", kCounter}, zero64<kF | kB>},
    {{"comp_byp", "Bytes that went round compression", kCounter}, zero64<kF | kB>},
    {{"comp_rsp", "Responses that were compressed", kCounter}, zero64<kF | kB>},
    {{"lastsess", "Seconds since the last session, -1 for never", kAge}, last_session},
    {{"last_chk", "What the last health check found", kOutput}, last_check},
    {{"last_agt", "What the last agent check found", kOutput}, none},
    {{"qtime", "Mean time in the queue, ms, last 1024 sessions", kAverage},
     time_of<&Facts::queue_time, &TimeFacts::mean>},
    {{"ctime", "Mean time to connect, ms, last 1024 sessions", kAverage},
     time_of<&Facts::connect_time, &TimeFacts::mean>},
    {{"rtime", "Mean time to respond, ms, last 1024 sessions", kAverage},
     time_of<&Facts::response_time, &TimeFacts::mean>},
    {{"ttime", "Mean time of sessions, ms, last 1024 sessions", kAverage},
     time_of<&Facts::total_time, &TimeFacts::mean>},
    {{"agent_status", "Result of the last agent check", kOutput}, none},
    {{"agent_code", "Number that the agent reported", kOutput}, none},
    {{"agent_duration", "Milliseconds the last agent check took", kDuration}, none},
    {{"check_desc", "Result of the last health check in words", kOutput}, check_meaning},
    {{"agent_desc", "Result of the last agent check in words", kOutput}, none},
    {{"check_rise", "Passed checks that make a server up", kConfig}, check_limit<&CheckFacts::rise>},
    {{"check_fall", "Failed checks that make a server down", kConfig}, check_limit<&CheckFacts::fall>},
    {{"check_health", "Health, from 0 to rise+fall-1", kConfig}, check_limit<&CheckFacts::health>},
    {{"agent_rise", "Passed agent checks that make a server up", kConfig}, none},
    {{"agent_fall", "Failed agent checks that make a server down", kConfig}, none},
    {{"agent_health", "Health by agent checks", kConfig}, none},
    {{"addr", "Address and port of the server or listener", kConfig}, address},
    {{"cookie", "Cookie value of the server", kConfigName}, none},
    {{"mode", "tcp or http", kConfig}, mode},
    {{"algo", "Balance algorithm", kConfig}, algorithm},
    {{"conn_rate", "Connections over the last second", kRate},
     front_rate<&Facts::connection_rate, &RateFacts::now>},
    {{"conn_rate_max", "Most connections in a second", kMax},
     front_rate<&Facts::connection_rate, &RateFacts::highest>},
    {{"conn_tot", "Connections so far", kCounter}, counted<Count::ConnTot, kF>},
    {{"intercepted", "Requests answered by the proxy itself (statistics, redirects)", kCounter},
     counted_http<Count::Intercepted, kF>},
    {{"dcon", "Connections denied by rules", kCounter}, counted<Count::DeniedConn, kF | kL>},
    {{"dses", "Sessions denied by rules", kCounter}, counted<Count::DeniedSess, kF | kL>},
    {{"wrew", "Header rewrites that failed", kCounter}, counted<Count::RewriteErrors, kF | kB | kS | kL>},
    {{"connect", "Connections made to servers", kCounter}, counted<Count::Connects, kB | kS>},
    {{"reuse", "Times a connection to a server was used again", kCounter}, counted<Count::Reuses, kB | kS>},
    {{"cache_lookups", "Requests looked up in the cache", kCounter}, zero64_http<kF | kB>},
    {{"cache_hits", "Requests answered from the cache", kCounter}, zero64_http<kF | kB>},
    {{"srv_icur", "Idle connections to the server", kGauge}, number<&Facts::idle_connections, kS>},
    {{"src_ilim", "Limit of idle connections (pool-max-conn)", kLimit}, idle_limit},
    {{"qtime_max", "Longest time in the queue, ms", kMax}, time_of<&Facts::queue_time, &TimeFacts::highest>},
    {{"ctime_max", "Longest time to connect, ms", kMax}, time_of<&Facts::connect_time, &TimeFacts::highest>},
    {{"rtime_max", "Longest time to respond, ms", kMax}, time_of<&Facts::response_time, &TimeFacts::highest>},
    {{"ttime_max", "Longest session, ms", kMax}, time_of<&Facts::total_time, &TimeFacts::highest>},
    {{"eint", "Errors inside the proxy", kCounter}, counted<Count::InternalErrors, kF | kB | kS | kL>},
    {{"idle_conn_cur", "Idle connections that are safe only for a repeatable request", kGauge},
     number<&Facts::idle_connections, kS>},
    {{"safe_conn_cur", "Idle connections that are safe for any request", kGauge}, zero32<kS>},
    {{"used_conn_cur", "Connections to the server in use", kGauge}, number<&Facts::used_connections, kS>},
    {{"need_conn_est", "Connections to the server that are needed", kGauge},
     number<&Facts::used_connections, kS>},
    {{"uweight", "Weight set by the user; of a backend, the sum over its servers", kAverage},
     number<&Facts::user_weight, kB | kS>},
    {{"agg_server_status", "Servers by state, for collectors that group", kGauge}, zero32<kB>},
    {{"agg_server_check_status", "Servers by check state, for collectors that group", kGauge}, zero32<kB>},
    {{"agg_check_status", "Servers by check result, for collectors that group", kGauge}, zero32<kB>},
    {{"ssl_sess", "TLS sessions established", kCounter}, counted_both<Count::TlsSessions, Count::TlsChecked, kF | kB | kS | kL>},
    {{"ssl_reused_sess", "TLS sessions resumed", kCounter}, counted<Count::TlsResumed, kF | kB | kS | kL>},
    {{"ssl_failed_handshake", "TLS handshakes that failed", kCounter}, counted_both<Count::TlsFailed, Count::TlsCheckFailed, kF | kB | kS | kL>},
    {{"h2_headers_rcvd", "HTTP/2 HEADERS frames received", kCounter}, zero64<kF | kB>},
    {{"h2_data_rcvd", "HTTP/2 DATA frames received", kCounter}, zero64<kF | kB>},
    {{"h2_settings_rcvd", "HTTP/2 SETTINGS frames received", kCounter}, zero64<kF | kB>},
    {{"h2_rst_stream_rcvd", "HTTP/2 RST_STREAM frames received", kCounter}, zero64<kF | kB>},
    {{"h2_goaway_rcvd", "HTTP/2 GOAWAY frames received", kCounter}, zero64<kF | kB>},
    {{"h2_detected_conn_protocol_errors", "HTTP/2 errors of whole connections", kCounter}, zero64<kF | kB>},
    {{"h2_detected_strm_protocol_errors", "HTTP/2 errors of single streams", kCounter}, zero64<kF | kB>},
    {{"h2_rst_stream_resp", "HTTP/2 RST_STREAM frames sent for errors", kCounter}, zero64<kF | kB>},
    {{"h2_goaway_resp", "HTTP/2 GOAWAY frames sent for errors", kCounter}, zero64<kF | kB>},
    {{"h2_open_connections", "HTTP/2 connections open now", kGauge}, zero64<kF | kB>},
    {{"h2_backend_open_streams", "HTTP/2 streams open now", kGauge}, zero64<kF | kB>},
    {{"h2_total_connections", "HTTP/2 connections so far", kCounter}, zero64<kF | kB>},
    {{"h2_backend_total_streams", "HTTP/2 streams so far", kCounter}, zero64<kF | kB>},
    {{"h1_open_connections", "HTTP/1 connections open now", kGauge}, h1_open_connections},
    {{"h1_open_streams", "HTTP/1 requests in progress", kGauge}, h1_open_streams},
    {{"h1_total_connections", "HTTP/1 connections so far", kCounter}, h1_total<Count::ConnTot, Count::Connects>},
    {{"h1_total_streams", "HTTP/1 requests so far", kCounter}, h1_total<Count::ReqTot, Count::ReqTot>},
    {{"h1_bytes_in", "Bytes received over HTTP/1", kCounter}, h1_total<Count::BytesIn, Count::BytesOut>},
    {{"h1_bytes_out", "Bytes sent over HTTP/1", kCounter}, h1_total<Count::BytesOut, Count::BytesIn>},
    {{"h1_spliced_bytes_in", "Bytes received through kernel pipes", kCounter}, zero64<kF | kB>},
    {{"h1_spliced_bytes_out", "Bytes sent through kernel pipes", kCounter}, zero64<kF | kB>},
    // from haproxy 3.4, which has them further to the front
    {{"h1sess", "Sessions that spoke HTTP/1", kCounter}, counted_http<Count::SessTot, kF>},
    {{"h1req", "Requests over HTTP/1", kCounter}, counted_http<Count::H1Req, kF>},
});
constexpr auto kAbout = lib::metrics::descriptions_of(kStatFields);

constexpr std::size_t index_of(std::string_view name) {
  for (std::size_t i = 0; i < kAbout.size(); ++i)
    if (kAbout[i].name == name) return i;
  return kAbout.size();
}

constexpr std::string_view kSchema = R"({"$schema":"http://json-schema.org/draft-04/schema#","oneOf":[)"
    R"({"title":"Info","type":"array","items":{"type":"object","properties":{"field":{"$ref":"#/definitions/field"},)"
    R"("processNum":{"$ref":"#/definitions/processNum"},"tags":{"$ref":"#/definitions/tags"},)"
    R"("value":{"$ref":"#/definitions/value"}},"required":["field","processNum","tags","value"]}},)"
    R"({"title":"Stat","type":"array","items":{"type":"array","items":{"type":"object","properties":{)"
    R"("objType":{"enum":["Frontend","Backend","Listener","Server"]},"proxyId":{"type":"integer","minimum":0},)"
    R"("id":{"type":"integer","minimum":0},"field":{"$ref":"#/definitions/field"},)"
    R"("processNum":{"$ref":"#/definitions/processNum"},"tags":{"$ref":"#/definitions/tags"},)"
    R"("value":{"$ref":"#/definitions/value"}},)"
    R"("required":["objType","proxyId","id","field","processNum","tags","value"]}}},)"
    R"({"title":"Error","type":"object","properties":{"errorStr":{"type":"string"}},"required":["errorStr"]}],)"
    R"("definitions":{"field":{"type":"object","properties":{"pos":{"type":"integer","minimum":0},)"
    R"("name":{"type":"string"}},"required":["pos","name"]},"processNum":{"type":"integer","minimum":1},)"
    R"("tags":{"type":"object","properties":{"origin":{"enum":["Metric","Status","Key","Config","Product"]},)"
    R"("nature":{"enum":["Gauge","Limit","Min","Max","Rate","Counter","Duration","Age","Time","Name","Output","Avg"]},)"
    R"("scope":{"enum":["Cluster","Service","Process","System"]}},"required":["origin","nature","scope"]},)"
    R"("value":{"type":"object","oneOf":[{"properties":{"type":{"enum":["s32","s64","u32","u64"]},)"
    R"("value":{"type":"integer"}}},{"properties":{"type":{"enum":["flt"]},"value":{"type":"number"}}},)"
    R"({"properties":{"type":{"enum":["str"]},"value":{"type":"string"}}}],"required":["type","value"]}}})";

}  // namespace

std::span<const Description> stat_fields() { return kAbout; }

std::size_t stat_separator() { return index_of("ssl_sess"); }

std::vector<Value> stat_values(const ObjectFacts& object) { return lib::metrics::read_all(kStatFields, object); }

void StatWriter::begin(std::string& out) {
  first_ = true;
  if (format_ == StatFormat::Csv) lib::metrics::append_csv_header(out, kAbout, stat_separator());
  if (format_ == StatFormat::Json) out += '[';
}

void StatWriter::proxy(std::string& out, const ProxyFacts& proxy) {
  if (proxy.frontend) object(out, *proxy.frontend);
  for (const ObjectFacts& listener : proxy.listeners) object(out, listener);
  for (const ObjectFacts& server : proxy.servers) object(out, server);
  if (proxy.backend) object(out, *proxy.backend);
}

void StatWriter::end(std::string& out) {
  if (format_ == StatFormat::Json) out += "]";
}

void StatWriter::object(std::string& out, const ObjectFacts& object) {
  constexpr std::string_view kLetters = "FBSL";
  constexpr auto kTypes = std::to_array<std::string_view>({"Frontend", "Backend", "Server", "Listener"});
  const std::size_t type = static_cast<std::size_t>(object.kind);
  std::vector<Value> values = stat_values(object);
  if (legends_ == Legends::Hidden)
    for (const std::string_view name : {"addr", "cookie", "algo"}) values[index_of(name)] = empty_value();
  switch (format_) {
    case StatFormat::Csv: lib::metrics::append_csv_row(out, values, stat_separator()); break;
    case StatFormat::Typed: {
      const std::string prefix = fmt::format("{}.{}.{}.", kLetters[type], object.proxy_id, object.id);
      lib::metrics::append_typed(out, prefix, kAbout, values, detail_);
      break;
    }
    case StatFormat::Json:
      if (!first_) out += ',';
      lib::metrics::append_json(out, {kTypes[type], object.proxy_id, object.id}, kAbout, values);
      break;
  }
  first_ = false;
}

std::string_view json_schema() { return kSchema; }

}  // namespace proxyd::stats
