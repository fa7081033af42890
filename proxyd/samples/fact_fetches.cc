// Fetches that the subject answers: connections, proxies, servers, timers, the process.
#include <array>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

bool ask(const Arguments& arguments, Context& context, Sample& out) {
  return context.subject.fact(arguments.fact, arguments.number(0), out, context.arena());
}

bool ask_about(const Arguments& arguments, Context& context, Sample& out) {
  return context.subject.object_fact(arguments.fact, arguments.reference(0), out);
}

std::string check_slot(Arguments& arguments, Environment&) {
  return arguments.number(0) < 0 ? "the capture's number must not be negative" : std::string{};
}

std::string check_unit(Arguments& arguments, Environment&) {
  if (arguments.list.empty() || !arguments.has(0)) return {};
  const std::string_view unit = arguments.text(0);
  if (unit == "us") arguments.list[0].number = 1;
  else if (unit == "ms") arguments.list[0].number = 1000;
  else if (unit == "s") arguments.list[0].number = 1'000'000;
  else return "expects 's', 'ms' or 'us', got '" + std::string{unit} + "'";
  return {};
}

std::string check_tlv(Arguments& arguments, Environment&) {
  const std::int64_t type = arguments.number(0);
  return type < 0 || type > 255 ? "expects a TLV type between 0 and 255" : std::string{};
}

constexpr Fetch fact(std::string_view name, Type type, Source source, Fact which) {
  return {.name = name, .type = type, .source = source, .function = ask, .fact = which};
}
constexpr Fetch slot(std::string_view name, Source source, Fact which) {
  return {.name = name, .type = Type::Text, .source = source, .arguments = "i", .function = ask, .check = check_slot, .fact = which};
}
/// The unit stands in place of the number: microseconds.
constexpr Fetch timed(std::string_view name, Source source, Fact which) {
  return {.name = name, .type = Type::Int, .source = source, .arguments = "?s", .function = ask, .check = check_unit, .fact = which};
}
constexpr Fetch about(std::string_view name, Type type, std::string_view arguments, Fact which) {
  return {.name = name, .type = type, .source = Source::Internal, .arguments = arguments, .function = ask_about, .fact = which};
}

constexpr Type kInt = Type::Int, kBool = Type::Bool, kText = Type::Text, kAddress = Type::Address;
constexpr Source kClient = Source::Client, kFront = Source::Frontend, kBack = Source::Backend, kServer = Source::Server,
                 kServerEnd = Source::ServerEnd, kKept = Source::RequestKept, kInternal = Source::Internal,
                 kConstant = Source::Constant;

constexpr auto kRows = std::to_array<Fetch>({
    timed("accept_date", kClient, Fact::AcceptDate),
    fact("act_conn", kInt, kConstant, Fact::ActiveConnections),
    fact("bc.timer.connect", kInt, kServerEnd, Fact::BackConnectTime),
    fact("bc_be_queue", kInt, kServerEnd, Fact::BackendQueuePosition),
    fact("bc_err", kInt, kServerEnd, Fact::BackError),
    fact("bc_err_str", kText, kServerEnd, Fact::BackErrorText),
    fact("bc_dst", kAddress, kServerEnd, Fact::BackDestination),
    fact("bc_dst_port", kInt, kServerEnd, Fact::BackDestinationPort),
    fact("bc_http_major", kInt, kServerEnd, Fact::BackHttpMajor),
    fact("bc_reused", kBool, kServerEnd, Fact::BackReused),
    timed("bc_rtt", kClient, Fact::BackRtt),
    timed("bc_rttvar", kClient, Fact::BackRttVariation),
    fact("bc_src", kAddress, kServerEnd, Fact::BackSource),
    fact("bc_src_port", kInt, kServerEnd, Fact::BackSourcePort),
    fact("bc_srv_queue", kInt, kServerEnd, Fact::ServerQueuePosition),
    fact("be_connect_timeout", kInt, kBack, Fact::BackendConnectTimeout),
    fact("be_id", kInt, kBack, Fact::BackendId),
    fact("be_name", kText, kBack, Fact::BackendName),
    fact("be_queue_timeout", kInt, kBack, Fact::BackendQueueTimeout),
    fact("be_server_timeout", kInt, kBack, Fact::BackendServerTimeout),
    fact("be_tarpit_timeout", kInt, kBack, Fact::BackendTarpitTimeout),
    fact("be_tunnel_timeout", kInt, kBack, Fact::BackendTunnelTimeout),
    fact("bytes_in", kInt, kKept, Fact::BytesFromClient),
    fact("bytes_out", kInt, Source::ResponseEnd, Fact::BytesFromServer),
    slot("capture.req.hdr", kKept, Fact::CapturedRequestHeader),
    fact("capture.req.method", kText, kKept, Fact::CapturedMethod),
    fact("capture.req.uri", kText, kKept, Fact::CapturedUri),
    fact("capture.req.ver", kText, kKept, Fact::CapturedVersion),
    slot("capture.res.hdr", Source::ResponseKept, Fact::CapturedResponseHeader),
    fact("capture.res.ver", kText, kKept, Fact::CapturedResponseVersion),
    fact("cur_client_timeout", kInt, kFront, Fact::ClientTimeout),
    fact("cur_connect_timeout", kInt, kBack, Fact::ConnectTimeout),
    fact("cur_queue_timeout", kInt, kBack, Fact::QueueTimeout),
    fact("cur_server_timeout", kInt, kBack, Fact::ServerTimeout),
    fact("cur_tarpit_timeout", kInt, kClient, Fact::TarpitTimeout),
    fact("cur_tunnel_timeout", kInt, kBack, Fact::TunnelTimeout),
    fact("dst", kAddress, kClient, Fact::Destination),
    fact("dst_conn", kInt, kFront, Fact::DestinationConnections),
    fact("dst_is_local", kBool, kClient, Fact::DestinationIsLocal),
    fact("dst_port", kInt, kClient, Fact::DestinationPort),
    fact("fc.timer.handshake", kInt, kClient, Fact::HandshakeTime),
    fact("fc.timer.total", kInt, kFront, Fact::FrontTotalTime),
    fact("fc_dst", kAddress, kClient, Fact::RealDestination),
    fact("fc_dst_is_local", kBool, kClient, Fact::RealDestinationIsLocal),
    fact("fc_dst_port", kInt, kClient, Fact::RealDestinationPort),
    fact("fc_err", kInt, kClient, Fact::FrontError),
    fact("fc_err_str", kText, kClient, Fact::FrontErrorText),
    timed("fc_fackets", kClient, Fact::Fackets),
    fact("fc_http_major", kInt, kClient, Fact::FrontHttpMajor),
    timed("fc_lost", kClient, Fact::Lost),
    fact("fc_pp_authority", kText, kClient, Fact::ProxyAuthority),
    {.name = "fc_pp_tlv", .type = Type::Text, .source = kClient, .arguments = "i", .function = ask, .check = check_tlv,
     .fact = Fact::ProxyTlv},
    fact("fc_pp_unique_id", kText, kClient, Fact::ProxyUniqueId),
    fact("fc_rcvd_proxy", kBool, kClient, Fact::ReceivedProxy),
    timed("fc_reordering", kClient, Fact::Reordering),
    timed("fc_retrans", kClient, Fact::Retransmits),
    timed("fc_rtt", kClient, Fact::Rtt),
    timed("fc_rttvar", kClient, Fact::RttVariation),
    timed("fc_sacked", kClient, Fact::Sacked),
    fact("fc_src", kAddress, kClient, Fact::RealSource),
    fact("fc_src_is_local", kBool, kClient, Fact::RealSourceIsLocal),
    fact("fc_src_port", kInt, kClient, Fact::RealSourcePort),
    timed("fc_unacked", kClient, Fact::Unacked),
    fact("fe_client_timeout", kInt, kFront, Fact::FrontendTimeout),
    fact("fe_defbe", kText, kFront, Fact::FrontendDefault),
    fact("fe_id", kInt, kFront, Fact::FrontendId),
    fact("fe_name", kText, kFront, Fact::FrontendName),
    fact("fe_tarpit_timeout", kInt, kFront, Fact::FrontendTarpitTimeout),
    fact("hostname", kText, kConstant, Fact::HostName),
    fact("http_first_req", kBool, kKept, Fact::FirstRequest),
    fact("last_entity", kText, kInternal, Fact::LastRule),
    fact("last_rule_file", kText, kInternal, Fact::LastRuleFile),
    fact("last_rule_line", kInt, kInternal, Fact::LastRuleLine),
    fact("nbproc", kInt, kConstant, Fact::ProcessCount),
    fact("pid", kInt, kConstant, Fact::ProcessId),
    fact("prio_class", kInt, kInternal, Fact::PriorityClass),
    fact("prio_offset", kInt, kInternal, Fact::PriorityOffset),
    fact("proc", kInt, kConstant, Fact::ProcessNumber),
    fact("req.bytes_in", kInt, kKept, Fact::BytesFromClient),
    fact("req.bytes_out", kInt, kKept, Fact::BytesToServer),
    fact("req.timer.hdr", kInt, Source::RequestHead, Fact::HeadTime),
    fact("req.timer.idle", kInt, Source::RequestHead, Fact::IdleTime),
    fact("req.timer.queue", kInt, kServerEnd, Fact::QueueTime),
    fact("req.timer.tq", kInt, Source::RequestHead, Fact::WholeRequestTime),
    timed("request_date", kKept, Fact::RequestDate),
    fact("res.bytes_in", kInt, Source::ResponseEnd, Fact::BytesFromServer),
    fact("res.bytes_out", kInt, Source::ResponseEnd, Fact::BytesToClient),
    fact("res.timer.data", kInt, Source::ResponseEnd, Fact::DataTime),
    fact("res.timer.hdr", kInt, Source::ResponseHead, Fact::ResponseTime),
    fact("server_status", kInt, Source::ResponseKept, Fact::ServerStatus),
    fact("so_id", kInt, kFront, Fact::SocketId),
    fact("so_name", kText, kFront, Fact::SocketName),
    fact("src", kAddress, kClient, Fact::Source),
    fact("src_is_local", kBool, kClient, Fact::SourceIsLocal),
    fact("src_port", kInt, kClient, Fact::SourcePort),
    fact("srv_id", kInt, kServer, Fact::ServerId),
    fact("srv_name", kText, kServer, Fact::ServerName),
    fact("stopping", kBool, kInternal, Fact::Stopping),
    fact("thread", kInt, kConstant, Fact::ThreadNumber),
    fact("tgroup", kInt, kConstant, Fact::ThreadGroup),
    fact("txn.conn_retries", kInt, kServerEnd, Fact::Retries),
    fact("txn.id32", kInt, kInternal, Fact::Number),
    fact("txn.redispatched", kBool, kServerEnd, Fact::Redispatched),
    fact("txn.sess_term_state", kText, kInternal, Fact::Termination),
    fact("txn.status", kInt, Source::ResponseKept, Fact::Status),
    fact("txn.timer.total", kInt, kKept, Fact::ActiveTime),
    fact("txn.timer.user", kInt, kKept, Fact::UserTime),
    fact("unique-id", kText, kConstant, Fact::UniqueId),
    fact("uptime", kInt, kConstant, Fact::Uptime),
    fact("waiting_entity", kText, kInternal, Fact::WaitingRule),

    about("avg_queue", kInt, "?b", Fact::AverageQueue),
    about("be_conn", kInt, "?b", Fact::BackendConnections),
    about("be_conn_free", kInt, "?b", Fact::BackendConnectionsFree),
    about("be_sess_rate", kInt, "?b", Fact::BackendRate),
    about("connslots", kInt, "?b", Fact::ConnectionSlots),
    about("fe_conn", kInt, "?f", Fact::FrontendConnections),
    about("fe_req_rate", kInt, "?f", Fact::FrontendRequestRate),
    about("fe_sess_rate", kInt, "?f", Fact::FrontendRate),
    about("nbsrv", kInt, "?b", Fact::UsableServers),
    about("queue", kInt, "?b", Fact::Queue),
    about("srv_conn", kInt, "v", Fact::ServerConnections),
    about("srv_conn_free", kInt, "v", Fact::ServerConnectionsFree),
    about("srv_is_up", kBool, "v", Fact::ServerIsUp),
    about("srv_iweight", kInt, "v", Fact::ServerInitialWeight),
    about("srv_queue", kInt, "v", Fact::ServerQueue),
    about("srv_sess_rate", kInt, "v", Fact::ServerRate),
    about("srv_uweight", kInt, "v", Fact::ServerUserWeight),
    about("srv_weight", kInt, "v", Fact::ServerWeight),
});

}  // namespace

std::span<const Fetch> fact_fetches() { return kRows; }

}  // namespace proxyd::samples
