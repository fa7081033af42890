// The typed configuration: complete (defaults filled in), valid, never changed once built. Nothing that runs reads
// the statement tree. Names are haproxy's; keyword in quotes says which one fills a field.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/time.h"
#include "lib/net/address.h"
#include "proxyd/balance/hash_key.h"
#include "proxyd/config/connecting.h"
#include "proxyd/config/place.h"
#include "proxyd/config/sandbox.h"
#include "proxyd/formats/format.h"
#include "proxyd/ocsp/settings.h"
#include "proxyd/patterns/library.h"
#include "proxyd/rules/condition.h"
#include "proxyd/rules/rule.h"
#include "proxyd/samples/expression.h"

namespace lib::net {
class Namespace;
}

namespace proxyd::certificates {
class Library;
}

namespace proxyd::rules {
struct Reply;
}

namespace proxyd::config {

struct BindTls;
struct KeptCounters;  // see stats_file.h
struct ServerTls;

using lib::base::Duration;

enum class Mode : std::uint8_t { Tcp, Http };

/// Zero means not set; the accessors of Proxy apply haproxy's fallbacks.
struct Timeouts {
  Duration client{}, server{}, connect{}, queue{}, check{}, tunnel{}, tarpit{};
  Duration http_request{}, http_keep_alive{}, client_fin{}, server_fin{}, handshake{};
  Duration handshake_or_client() const { return handshake.count() != 0 ? handshake : client; }
  /// How long a tarpit lasts.
  Duration tarpit_or_connect() const { return tarpit.count() != 0 ? tarpit : connect; }
};

/// Unset is Local, with the host name where "log-send-hostname" asks for one.
enum class LogFormatStyle : std::uint8_t { Unset, Local, Rfc3164, Rfc5424, Iso, Short, Priority, Timed, Raw };

/// "sample 1,3-5:10".
struct LogSample {
  struct Range {
    std::uint64_t low = 1, high = 1;
  };
  std::vector<Range> ranges;
  std::uint64_t size = 0;  // 0: every line
};

/// One "log" line.
struct LogTarget {
  enum class Kind : std::uint8_t { Udp, Unix, Stdout, Stderr, Fd, Ring };
  Kind kind = Kind::Udp;
  lib::net::Endpoint where;
  int fd = -1;
  std::string ring;             // Ring: "ring@NAME", or the one made for "tcp@..."
  LogSample sample;
  LogFormatStyle style = LogFormatStyle::Unset;
  std::uint32_t length = 1024;
  std::uint8_t facility = 0;
  std::uint8_t max_level = 7;  // messages less important than this are dropped
  std::uint8_t min_level = 0;  // more important ones are written as this
  ConfigPlace place;
};

enum class LogLine : std::uint8_t { None, Connect, TcpLog, HttpLog, HttpLogClf, HttpsLog, TcpLogClf, Custom };

/// What clients of a socket speak ("proto"). Any: they say it, by ALPN or in their first bytes.
enum class BindProtocol : std::uint8_t { Any, Http1, Http2, Unusable };

/// What a server speaks ("proto"). Any: HTTP/1 unless ALPN agrees on another.
enum class ServerProtocol : std::uint8_t { Any, Http1, Http2 };

/// One "bind" address (a line with several addresses or a port range makes several).
struct Bind {
  ConfigPlace place;
  lib::net::Endpoint where;
  std::string name;             // "name", else empty
  std::uint32_t id = 0;         // "id" or the position, from 1
  std::string guid;             // "guid-prefix" and the position among the line's sockets, from 1; else empty
  std::shared_ptr<const KeptCounters> kept;  // what a stats file says of it; null: nothing
  std::uint32_t maxconn = 0;    // 0: unlimited
  int backlog = 0;              // 0: the frontend's
  std::string interface;
  bool v6_only = false, v4_v6 = false, transparent = false, defer_accept = false, fast_open = false;
  BindProtocol protocol = BindProtocol::Any;
  std::string protocol_name;    // as "proto" has it
  bool accept_proxy = false, accept_netscaler = false;
  std::uint32_t netscaler_magic = 0;  // "accept-netscaler-cip"
  std::shared_ptr<BindTls> tls;  // see bind_tls.h; null: no option of TLS was given
  std::shared_ptr<const lib::net::Namespace> name_space;  // "namespace"; null: our own
  std::uint32_t user_timeout_ms = 0;  // "tcp-ut"
  int max_segment = 0;
  std::int32_t nice = 0;              // -1024..1024: whose turn comes first
  int unix_mode = -1, unix_uid = -1, unix_gid = -1;
};

enum class AccessLevel : std::uint8_t { User, Operator, Admin };

/// One "stats socket" line.
struct StatsSocket {
  ConfigPlace place;
  lib::net::Endpoint where;
  AccessLevel level = AccessLevel::Operator;
  int unix_mode = -1, unix_uid = -1, unix_gid = -1;
  std::uint32_t maxconn = 0;
  bool exposes_listeners = false;  // "expose-fd listeners"
};

enum class CheckType : std::uint8_t { None, Connect, Http, TlsHello, Grpc };

/// "option httpchk": what is sent and what counts as passed.
struct HttpCheck {
  std::string method = "OPTIONS";
  std::string uri = "/";
  std::string version = "HTTP/1.0";
  std::vector<std::pair<std::string, std::string>> headers;  // as sent, names in lower case
  std::string body;
};

/// One "server" line. Defaults come from "default-server".
struct ServerState;
/// Which state file a backend's servers start from.
enum class ServerStates : std::uint8_t { None, Global, Local };

struct Server {
  ConfigPlace place;
  ServerProtocol protocol = ServerProtocol::Any;
  bool offers_http2 = false, offers_http1 = false;   // by ALPN
  ServerProtocol check_protocol = ServerProtocol::Any;  // "check-proto"; Any: as the traffic
  ServerProtocol websockets = ServerProtocol::Any;      // "ws"; Any: as the traffic, by HTTP/1 where ALPN offers it too
  bool may_speak_http2() const { return protocol == ServerProtocol::Http2 || (offers_http2 && protocol == ServerProtocol::Any); }
  std::string name;
  std::string text;            // the words of its line, and of the lines that its defaults come from
  std::string guid;            // "guid", else empty
  std::uint32_t id = 0;        // "id" or the next free position, from 1
  lib::net::Endpoint where;    // port 0: the client's own destination port (plus port_offset)
  std::string hostname;        // the text before the port as written when it is a name, else empty
  bool port_is_mapped = false; // "server s 10.0.0.1", ":+100", ":-100"
  std::int32_t port_offset = 0;
  std::uint16_t weight = 1;    // 0..256
  bool backup = false;
  bool disabled = false;       // starts in maintenance ("disabled", or no address by "init-addr none")
  bool check = false;
  Duration inter{2'000'000}, fast_inter{}, down_inter{};  // zero: as inter
  std::uint32_t rise = 2, fall = 3;
  std::uint16_t check_port = 0;            // "port"
  std::optional<lib::net::Address> check_address;  // "addr"
  std::uint32_t maxconn = 0, minconn = 0, maxqueue = 0;  // 0: unlimited
  Duration slow_start{};
  std::string cookie;          // its value; empty: none
  balance::RingKey ring_key = balance::RingKey::Id;  // "hash-key"
  ConnectSource source;
  std::shared_ptr<const ServerState> remembered;  // what a state file says of it; null: nothing
  std::shared_ptr<const KeptCounters> kept;       // what a stats file says of it; null: nothing
  SendProxy send_proxy;
  bool check_send_proxy = false;
  std::shared_ptr<const lib::net::Namespace> name_space;  // "namespace"; null: our own
  bool client_namespace = false;           // "namespace *"
  std::uint32_t user_timeout_ms = 0;       // "tcp-ut"
  bool fast_open = false;                  // "tfo"
  std::int32_t pool_max_conn = -1;         // -1: unlimited
  std::uint32_t pool_low_conn = 0;
  Duration pool_purge_delay{5'000'000};
  std::int32_t max_reuse = -1;
  std::shared_ptr<const ServerTls> tls;    // see server_tls.h; null: no option of TLS was given
  bool octet_count = false;                // "log-proto octet-count": of a ring's server
};

enum class Algorithm : std::uint8_t {
  RoundRobin, StaticRr, LeastConn, First, Random,
  Source, Uri, UrlParam, Header, RdpCookie, Hash,  // these hash a key; see BalanceKey
};
/// What a hashing algorithm looks at.
struct BalanceKey {
  std::string name;          // of the parameter, header (in lower case) or cookie
  balance::UriKey uri;
  std::shared_ptr<const samples::Expression> expression;  // "hash"
  bool check_post = false;   // "url_param": a form's fields, too
  bool domain_only = false;  // "use_domain_only"
};
/// "cookie": clients come back to their server by one.
struct CookiePersistence {
  enum class Mode : std::uint8_t { Passive, Rewrite, Insert, Prefix };
  std::string name;            // empty: none
  Mode mode = Mode::Passive;
  bool indirect = false, no_cache = false, post_only = false, preserve = false;
  bool http_only = false, secure = false, dynamic = false;
  Duration max_idle{}, max_life{};  // zero: none; seconds
  std::string domains, attributes;  // "; domain=x", "; SameSite=Lax", as sent

  bool is_set() const { return !name.empty(); }
  bool has_options() const {
    return mode != Mode::Passive || indirect || no_cache || post_only || preserve || http_only || secure || dynamic;
  }
  bool has_dates() const { return max_idle.count() != 0 || max_life.count() != 0; }
};

/// "force-persist", "ignore-persist": the first that holds decides.
struct PersistRule {
  enum class Action : std::uint8_t { Force, Ignore } action = Action::Force;
  std::shared_ptr<const rules::Condition> condition;
  ConfigPlace place;
  std::string text;                                    // the whole line, for those who ask why
};

/// "retry-on".
struct RetryOn {
  bool connection_failure = true;
  bool empty_response = false, junk_response = false, response_timeout = false;
  bool early_rejected = false;  // "0rtt-rejected": so any request may go to a server before TLS's handshake is over
  std::vector<std::uint16_t> statuses;

  /// Whether a request is kept until its answer is known to be good.
  bool repeats_requests() const { return empty_response || junk_response || response_timeout || early_rejected || !statuses.empty(); }
};

enum class ReusePolicy : std::uint8_t { Never, Safe, Aggressive, Always };
/// How connections live on: "option http-keep-alive", "http-server-close", "httpclose".
enum class ConnectionMode : std::uint8_t { KeepAlive, ServerClose, Close };

struct HeaderOption {              // "option forwardfor", "option originalto"
  bool enabled = false;
  std::string header;              // in lower case on the wire
  std::optional<lib::net::Prefix> except;
  bool if_none = false;
};

struct ForwardedOption {           // "option forwarded"
  bool enabled = false;
  bool proto = true, host = false, by = false, by_port = false, for_ = true, for_port = false;
};

struct StatsAdminRule {
  std::shared_ptr<const rules::Condition> condition;  // null: always
};

/// "stats ..." lines of a proxy.
struct StatsPage {
  bool enabled = false;
  std::string uri = "/haproxy?stats";
  std::string realm = "HAProxy Statistics";
  std::vector<std::string> users;  // "user:password"
  std::uint32_t refresh_s = 0;
  bool hide_version = false, show_legends = false, show_node = false;
  std::string node, description;
  bool show_description = false;
  std::vector<std::string> scope;  // proxies shown; "." is the own one; empty: all
  std::vector<StatsAdminRule> admin;
  rules::RuleList http_request;    // who may see it, by "allow", "deny" and "auth"
};

/// "acl NAME ..." lines of one name are one Acl (their terms are alternatives).
using AclTable = std::map<std::string, std::shared_ptr<const rules::Acl>, std::less<>>;

struct UseBackendRule {
  ConfigPlace place;
  std::string backend;                                 // the name as written
  std::shared_ptr<const formats::Format> name_format;  // a name made for each request; null: the name
  std::string text;                                    // the whole line, for those who ask why
  std::size_t backend_index = 0;                       // into Config::proxies
  std::shared_ptr<const rules::Condition> condition;   // null: always
};

/// "use-server".
struct UseServerRule {
  ConfigPlace place;
  std::string server;                                  // the name as written
  std::shared_ptr<const formats::Format> name_format;  // a name made for each stream; null: the name
  std::string text;                                    // the whole line, for those who ask why
  std::size_t index = 0;                               // into Proxy::servers
  std::shared_ptr<const rules::Condition> condition;   // null: always
};

/// "capture request header X len N", "capture response header X len N", "declare capture ...".
struct HeaderCapture {
  std::string name;             // in lower case; empty: only declared, filled by rules
  std::uint32_t length = 0;
};

/// The rules of a proxy, in the order of their lines.
struct ProxyRules {
  rules::RuleList tcp_connection, tcp_session, tcp_content, tcp_response;
  rules::RuleList http_request, http_response, http_after_response;
  rules::RuleList redirects;             // "redirect", after "http-request"
  Duration request_inspect_delay{}, response_inspect_delay{};  // zero: data is not waited for

  bool are_any() const {
    return !tcp_connection.empty() || !tcp_session.empty() || !tcp_content.empty() || !tcp_response.empty() ||
           !http_request.empty() || !http_response.empty() || !http_after_response.empty();
  }
  bool has_request_rules() const { return !tcp_content.empty() || !http_request.empty(); }
};

/// "option http-restrict-req-hdr-names": what becomes of request headers whose names hold more than letters, digits and '-'.
enum class NamePolicy : std::uint8_t { Preserve, Delete, Reject };

/// A frontend, a backend, or a listen (both).
struct Proxy {
  ConfigPlace place;
  std::string name;
  bool is_frontend = false, is_backend = false;        // listen: both
  std::uint32_t id = 0;                                // "id" or automatic, from 2 with a "stats socket" (GLOBAL is 1), else from 1
  Mode mode = Mode::Tcp;
  bool disabled = false;
  std::string description;
  std::string guid;                                    // "guid", else empty; a listen has one for both halves
  std::shared_ptr<const KeptCounters> kept_front, kept_back;  // what a stats file says of it; null: nothing
  Timeouts timeouts;

  // front
  std::vector<Bind> binds;
  std::uint32_t maxconn = 0;                           // 0: the process's
  int backlog = 0;                                     // 0: maxconn
  std::uint32_t rate_limit_sessions = 0;               // "rate-limit sessions", 0: none
  std::string monitor_uri;
  std::vector<lib::net::Prefix> monitor_net;
  std::vector<std::shared_ptr<const rules::Condition>> monitor_fail;  // one that holds: not fit to serve
  /// "mode health": nothing is forwarded; HTTP clients get 200 or 503, others "OK" or nothing, as there are usable servers.
  bool answers_health = false;
  std::vector<UseBackendRule> use_backend;
  std::optional<std::size_t> default_backend;          // into Config::proxies
  std::string default_backend_name;
  StatsPage stats;
  std::vector<HeaderCapture> request_captures, response_captures;
  std::string captured_cookie;                         // "capture cookie": the name, or its beginning
  bool captured_cookie_is_prefix = false;
  std::uint32_t captured_cookie_length = 0;            // 0: none

  // back
  Algorithm algorithm = Algorithm::RoundRobin;         // "balance", 2.6's default
  std::uint32_t random_draws = 2;
  BalanceKey balance_key;
  balance::HashType hash_type;
  std::uint32_t hash_balance_factor = 0;               // 0: none
  balance::HashAffinity hash_affinity = balance::HashAffinity::Always;
  std::vector<Server> servers;
  ServerStates server_states = ServerStates::None;     // "load-server-state-from-file"
  std::string server_state_name;                       // "server-state-file-name"; empty: the proxy's name
  std::uint32_t fullconn = 0;                          // 0: 10 % of the connections that may come, see fullconn_at()
  std::uint64_t reach = 0;                             // connections that frontends with a maxconn of their own may bring
  std::uint32_t unlimited_fronts = 0;                  // frontends that may bring as many as the process takes
  std::uint32_t retries = 3;
  /// "option redispatch 0": on, but no retry breaks persistence.
  static constexpr std::int32_t kRedispatchUnbound = INT32_MIN;
  std::int32_t redispatch = 0;                         // "option redispatch [interval]"; 0 off, -1 the last retry
  bool all_backups = false;
  CookiePersistence cookie;
  std::string dynamic_cookie_key;
  std::string persist_rdp_cookie;                      // "persist rdp-cookie": its name; empty: none
  std::vector<PersistRule> persist_rules;
  std::vector<UseServerRule> use_server;
  bool persist_to_down = false;                        // "option persist"
  RetryOn retry_on;
  std::string send_name_header;                        // "http-send-name-header", in lower case
  CheckType check_type = CheckType::Connect;
  HttpCheck http_check;
  std::string grpc_service;                            // "option grpc-check"; empty: the server as a whole
  ReusePolicy reuse = ReusePolicy::Safe;
  ConnectSource source;
  bool balance_given = false;                          // a "balance" line, also an inherited one
  bool transparent = false;                            // "option transparent"
  std::optional<lib::net::Endpoint> dispatch;          // "dispatch"
  std::optional<Server> direct;                        // filled in: what the two make, in place of the servers

  // both
  ConnectionMode connection_mode = ConnectionMode::KeepAlive;
  bool prefer_last_server = false;
  HeaderOption forward_for, original_to;
  ForwardedOption forwarded;
  bool abort_on_close = false;
  bool socket_stats = false;
  bool http_pretend_keepalive = false, http_no_delay = false, http_ignore_probes = false;
  bool accept_invalid_request = false, accept_invalid_response = false;
  bool http_buffer_request = false;
  bool splice_auto = false, splice_request = false, splice_response = false;
  bool tcp_keepalive_client = false, tcp_keepalive_server = false;
  bool adjust_client_case = false, adjust_server_case = false;  // "option h1-case-adjust-bogus-..."
  bool use_proxy_header = false;                       // Proxy-Authorization and 407 for absolute targets
  bool disable_h2_upgrade = false;                     // HTTP/1 connections stay what they are
  bool idle_close_on_response = false, contstats = false;
  NamePolicy name_policy = NamePolicy::Preserve;
  bool check_cache = false;                            // "option checkcache"
  bool drop_request_trailers = false, drop_response_trailers = false;
  std::int64_t max_keep_alive_queue = -1;              // where more wait, the last server is not preferred; -1: no limit
  std::uint32_t max_session_connections = 5;           // "max-session-srv-conns": that a client's session keeps for itself
  bool nolinger = false, independent_streams = false, tcp_smart_accept = true, tcp_smart_connect = false;

  // errors and logs
  std::map<int, std::shared_ptr<const std::string>> error_files;  // status -> whole raw HTTP answer
  /// "http-error": answers made for each request; the status is in one of both maps only.
  std::map<int, std::shared_ptr<const rules::Reply>> error_replies;
  std::vector<LogTarget> logs;                         // "log global" already replaced by the global targets
  LogLine log_line = LogLine::None;
  std::string log_format;                              // LogLine::Custom, as written
  std::shared_ptr<const formats::Format> log_form;     // the same compiled; null for the built-in ones
  FormatLine error_log_format, log_format_sd, unique_id_format;
  std::string unique_id_header;                        // in lower case
  std::string log_tag;
  bool dontlog_null = false, dontlog_normal = false, log_separate_errors = false, log_asap = false;
  bool log_health_checks = false;

  AclTable acls;
  ProxyRules rules;
  std::map<std::string, std::shared_ptr<rules::BandwidthFilter>, std::less<>> bandwidth_filters;  // by name

  bool has_servers_or_dispatch() const { return !servers.empty() || direct.has_value(); }
  bool hashes() const { return algorithm >= Algorithm::Source; }
  /// Sessions at which servers take their "maxconn": as configured, or a tenth of what frontends may bring in a process that
  /// takes so many connections.
  std::uint32_t fullconn_at(std::uint32_t process_maxconn) const {
    if (fullconn != 0) return fullconn;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>((reach + std::uint64_t{unlimited_fronts} * process_maxconn + 9) / 10, UINT32_MAX));
  }
  /// Its servers are laid out once: weights change from all to nothing and back only.
  bool is_static() const { return algorithm == Algorithm::StaticRr || (hashes() && !hash_type.consistent); }
};

/// Defaults for TLS, kept as written for `bind ... ssl` and `server ... ssl`. "PROFILE=SYSTEM" as a cipher list means
/// the system's own default.
struct TlsDefaults {
  std::string bind_ciphers, bind_ciphersuites, bind_curves, server_ciphers, server_ciphersuites, server_curves;
  std::vector<std::string> bind_options, server_options;  // "ssl-min-ver TLSv1.2" is one
  std::string ca_base, crt_base, key_base;
  bool verifies_servers = true;  // "ssl-server-verify"
  ocsp::Settings ocsp;           // "ocsp-update.*"
  std::uint32_t hello_bytes = 0;  // "tune.ssl.capture-buffer-size"
  bool keeps_secrets = false;     // "tune.ssl.keylog"
  std::uint32_t dh_bits = 0;  // of parameters that nobody gave; 0: there are none then
};

/// "set-var proc.x <expression>", "set-var-fmt proc.x <format>": evaluated once, at the start.
struct SetVariable {
  samples::Variable variable;
  samples::ExpressionPtr expression;             // or
  std::shared_ptr<const formats::Format> format;
};

/// "tune.h2.*"
struct Http2Tuning {
  struct Side {
    std::optional<std::uint32_t> initial_window, max_streams;  // "tune.h2.fe.*", "tune.h2.be.*"
  };
  std::uint32_t header_table_size = 4096, initial_window = 65535;
  std::uint32_t max_streams = 100;      // 0: no limit
  std::uint32_t max_frame_size = 0;     // 0: as large as buffers are
  Side front, back;
  bool hides_websockets = false;        // "h2-workaround-bogus-websocket-clients"
};

struct Global {
  std::vector<SetVariable> set_variables;
  bool daemon = false;
  bool master_worker = false;           // "master-worker"
  bool exit_on_failure = true;          // "master-worker no-exit-on-failure" unsets it
  std::uint32_t max_reloads = UINT32_MAX;  // "mworker-max-reloads": a worker that survived more of them is ended
  std::string chroot, pidfile, user, group;
  std::string server_state_base, server_state_file;
  std::string stats_file;               // "stats-file"; empty: none
  std::optional<unsigned> uid, gid;
  Sandbox sandbox;
  std::uint32_t maxconn = 0;            // 0: computed from the limits
  std::uint32_t ulimit_n = 0;           // 0: computed
  std::uint32_t nbthread = 0;           // 0: number of usable CPUs
  std::vector<LogTarget> logs;
  std::string log_tag;                  // empty: the program's name
  std::optional<std::string> log_send_hostname;  // empty text: the host's own name
  std::string node, description;
  std::vector<StatsSocket> stats_sockets;
  Duration stats_timeout{10'000'000};
  std::uint32_t stats_maxconn = 10;
  std::uint32_t bufsize = 16384, maxrewrite = 1024, max_headers = 101;
  /// "h1-case-adjust": how names of header fields are spelled for clients and servers that ask for it.
  std::map<std::string, std::string, std::less<>> header_cases;
  std::string header_cases_file;
  ConfigPlace header_cases_place;
  std::uint32_t log_uri_length = 1024;
  std::uint32_t max_accept = 4;
  std::uint32_t max_conn_rate = 0, max_sess_rate = 0;  // 0: none
  std::uint32_t spread_checks = 0;      // percent
  Duration max_spread_checks{};
  Duration hard_stop_after{};
  bool quiet = false, zero_warning = false, strict_limits = true, dump_stats_version = false;
  bool no_splice = false;
  TlsDefaults tls;
  Http2Tuning http2;
  std::uint32_t rcvbuf_client = 0, rcvbuf_server = 0, sndbuf_client = 0, sndbuf_server = 0;
};

/// A "userlist" section.
struct UserList {
  struct User {
    std::string name, password;
    bool is_encrypted = true;            // "password", else "insecure-password"
    std::vector<std::string> groups;
  };
  ConfigPlace place;
  std::string name;
  std::vector<std::string> groups;
  std::vector<User> users;
};

/// A "ring" section, or what a "log tcp@..." line makes.
struct Ring {
  std::string name, description;
  ConfigPlace place;
  LogFormatStyle style = LogFormatStyle::Raw;
  std::uint32_t max_length = 0;
  std::uint64_t size = 0;
  std::string backing_file;     // empty: the process's own memory
  Duration connect_timeout{}, server_timeout{};
  std::vector<Server> servers;  // each gets all of its lines
};

struct Config {
  Global global;
  std::vector<Ring> rings;
  std::vector<std::shared_ptr<const lib::net::Namespace>> name_spaces;  // all that are named
  std::vector<UserList> user_lists;
  std::shared_ptr<patterns::Library> patterns;           // all pattern files and lists; entries may change at run time
  std::shared_ptr<const samples::VariableNames> variables;
  std::shared_ptr<certificates::Library> certificates;   // of all lines; null: none says anything of TLS
  std::vector<std::unique_ptr<Proxy>> proxies;  // declaration order; a frontend and a backend may share a name
  /// A backend or listen of that name, or null. Linear: for checks and commands, not for the way of a request.
  const Proxy* find_backend(std::string_view name) const;
  const Proxy* find_frontend(std::string_view name) const;
  /// Something is done that only root may, or who has the capabilities for it: connections from foreign addresses, on one
  /// interface, in other namespaces; marks on packets.
  bool needs_network_rights() const;
  bool needs_name_space_rights() const;
  /// How many sockets a start would listen on; none: exit code 2 in check mode, 1 at start.
  std::size_t listener_count() const;
};

}  // namespace proxyd::config
