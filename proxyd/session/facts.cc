// What expressions ask of a stream: connections, timers, counters, proxies and servers.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "lib/base/text.h"
#include "lib/crypto/password.h"
#include "lib/net/proxy_header.h"
#include "lib/net/socket.h"
#include "proxyd/rules/rule.h"
#include "proxyd/session/stream.h"

namespace proxyd::session {
namespace {

using samples::Arena;
using samples::Fact;
using samples::Reference;
using samples::Sample;
using lib::net::TlvType;

/// Whether a socket can be bound to it: only our own addresses can.
bool is_local(lib::net::Address address) {
  if (!address.is_ip()) return false;
  address.set_port(0);
  const lib::base::UniqueFd fd{::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return fd.get() >= 0 && ::bind(fd.get(), address.raw(), address.raw_size()) == 0;
}

bool set_port(const lib::net::Address& address, Sample& out) {
  return address.is_ip() && address.port() != 0 && out.set_number(address.port());  // 0: a PROXY header may say so
}

bool set_ms(Duration span, Sample& out) { return out.set_number(lib::base::to_ms(span)); }

/// Milliseconds between two steps; -1 when the later one was never reached.
bool set_span(Instant from, Instant to, Sample& out) {
  return out.set_number(to == Instant{} || from == Instant{} ? -1 : lib::base::to_ms(to - from));
}

/// A date in units of so many microseconds; 0: seconds.
bool set_date(WallTime when, std::int64_t unit, Sample& out) {
  return out.set_number(when.time_since_epoch().count() / (unit == 0 ? 1'000'000 : unit));
}

/// What the kernel knows of a TCP connection. `unit` is in microseconds, 0 milliseconds.
bool tcp_fact(int fd, Fact which, std::int64_t unit, Sample& out) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  const std::int64_t per = unit == 0 ? 1000 : unit;
  switch (which) {
    case Fact::Rtt: return out.set_number(info.tcpi_rtt / per);
    case Fact::RttVariation: return out.set_number(info.tcpi_rttvar / per);
    case Fact::Retransmits: return out.set_number(info.tcpi_retrans);
    case Fact::Lost: return out.set_number(info.tcpi_lost);
    case Fact::Unacked: return out.set_number(info.tcpi_unacked);
    case Fact::Sacked: return out.set_number(info.tcpi_sacked);
    case Fact::Fackets: return out.set_number(info.tcpi_fackets);
    default: return out.set_number(info.tcpi_reordering);
  }
}

/// Of the PROXY protocol's header that came first; it lives as long as the connection.
bool set_tlv(const Front& front, lib::net::TlvType type, Sample& out) {
  if (!front.received_proxy_header()) return false;
  const std::string_view value =
      lib::net::ProxyHeader::find_tlv(front.announced->tlvs, static_cast<std::uint8_t>(type));
  return value.data() != nullptr && out.set_text(value);
}

bool front_fact(const Front& front, Fact which, std::int64_t unit, Sample& out) {
  const config::Proxy& conf = front.conf();
  switch (which) {
    case Fact::Source: return out.set_address(front.client());
    case Fact::RealSource: return out.set_address(front.real_source());
    case Fact::SourcePort: return set_port(front.client(), out);
    case Fact::RealSourcePort: return set_port(front.real_source(), out);
    case Fact::Destination: return out.set_address(front.destination());
    case Fact::RealDestination: return out.set_address(front.real_destination());
    case Fact::DestinationPort: return set_port(front.destination(), out);
    case Fact::RealDestinationPort: return set_port(front.real_destination(), out);
    case Fact::FrontendTarpitTimeout: return set_ms(conf.timeouts.tarpit_or_connect(), out);
    case Fact::RealSourceIsLocal: return out.set(is_local(front.real_source()));
    case Fact::RealDestinationIsLocal: return out.set(is_local(front.real_destination()));
    case Fact::SourceIsLocal: return out.set(is_local(front.client()));
    case Fact::DestinationIsLocal: return out.set(is_local(front.destination()));
    case Fact::ReceivedProxy: return out.set(front.received_proxy_header());
    case Fact::ProxyAuthority: return set_tlv(front, TlvType::Authority, out);
    case Fact::ProxyUniqueId: return set_tlv(front, TlvType::UniqueId, out);
    case Fact::ProxyTlv: return set_tlv(front, static_cast<TlvType>(unit), out);
    case Fact::FrontHttpMajor: return out.set_number(conf.mode == config::Mode::Http ? 1 : 0);
    case Fact::FrontError: return out.set_number(number_of(front.error));
    case Fact::FrontErrorText: return out.set_text(words_of(front.error));
    case Fact::SocketId: return out.set_number(front.listener->conf->id);
    case Fact::SocketName: return !front.listener->conf->name.empty() && out.set_text(front.listener->conf->name);
    case Fact::FrontendId: return out.set_number(conf.id);
    case Fact::FrontendName: return out.set_text(conf.name);
    case Fact::FrontendDefault: return !conf.default_backend_name.empty() && out.set_text(conf.default_backend_name);
    case Fact::FrontendTimeout:
    case Fact::ClientTimeout: return set_ms(conf.timeouts.client, out);
    case Fact::DestinationConnections: return out.set_number(front.listener->sessions.value());
    case Fact::AcceptDate: return set_date(front.accepted_wall, unit, out);
    case Fact::HandshakeTime: return set_ms(front.ready - front.accepted(), out);
    case Fact::FrontTotalTime: return set_ms(front.now() - front.accepted(), out);
    default: return tcp_fact(front.socket(), which, unit, out);
  }
}

/// Where a rule stands: "file:line", or one of the two.
bool set_rule(const rules::Rule* rule, Fact which, Sample& out) {
  if (rule == nullptr) return false;
  const std::string_view place = rule->place;
  const std::size_t colon = place.rfind(':');
  if (which == Fact::LastRuleFile) return out.set_text(place.substr(0, colon));
  if (which != Fact::LastRuleLine) return out.set_text(place);
  const auto line = lib::base::parse_number<std::int64_t>(place.substr(colon + 1));
  return line.has_value() && out.set_number(*line);
}

bool process_fact(const Front& front, Fact which, Sample& out) {
  const Process& process = front.worker.process;
  switch (which) {
    case Fact::ActiveConnections: return out.set_number(process.counters.connections.value());
    case Fact::ProcessId: return out.set_number(::getpid());
    case Fact::ProcessNumber:
    case Fact::ProcessCount: return out.set_number(1);
    case Fact::ThreadNumber: return out.set_number(front.worker.index);
    case Fact::ThreadGroup: return out.set_number(1);
    case Fact::Uptime: return out.set_number((front.now() - process.started).count() / 1'000'000);
    case Fact::Stopping: return out.set(process.stopping.load(std::memory_order_relaxed));
    case Fact::HostName: return out.set_text(process.host_name);
    default: return false;
  }
}

/// Facts of a backend; false for others.
bool backend_fact(servers::Backend& backend, Fact which, Instant now, Sample& out) {
  const std::uint32_t usable = backend.usable_active() != 0 ? backend.usable_active() : backend.usable_backup();
  switch (which) {
    case Fact::UsableServers: return out.set_number(usable);
    case Fact::BackendConnections: return out.set_number(backend.sessions.value());
    case Fact::BackendRate: return out.set_number(backend.session_rate.per_second(now));
    case Fact::Queue: return out.set_number(backend.queued.value());
    case Fact::AverageQueue: {
      const std::int64_t queued = backend.queued.value();
      return out.set_number(usable == 0 ? queued * 2 : (queued + usable - 1) / usable);
    }
    case Fact::BackendConnectionsFree:
    case Fact::ConnectionSlots: break;
    default: return false;
  }
  std::int64_t free = 0;
  for (const auto& server : backend.servers) {
    if (server->operation.load(std::memory_order_relaxed) == servers::Operation::Stopped) continue;
    const std::uint32_t most = server->maxconn.load(std::memory_order_relaxed);
    if (most == 0) return out.set_number(-1);  // without limit
    free += std::int64_t{most} - server->sessions.value();
    if (which == Fact::ConnectionSlots) {
      if (server->conf.maxqueue == 0) return out.set_number(-1);
      free += std::int64_t{server->conf.maxqueue} - server->queued.load(std::memory_order_relaxed);
    }
  }
  return out.set_number(free < 0 ? 0 : free);
}

bool server_fact(servers::Server& server, Fact which, Instant now, Sample& out) {
  switch (which) {
    case Fact::ServerIsUp: {
      const bool up = server.operation.load(std::memory_order_relaxed) != servers::Operation::Stopped;
      return out.set(up && (server.admin.load(std::memory_order_relaxed) & servers::kForcedMaint) == 0);
    }
    case Fact::ServerConnections: return out.set_number(server.sessions.value());
    case Fact::ServerConnectionsFree: {
      const std::uint32_t most = server.maxconn.load(std::memory_order_relaxed);
      if (most == 0) return out.set_number(-1);
      const std::int64_t free = std::int64_t{most} - server.sessions.value();
      return out.set_number(free < 0 ? 0 : free);
    }
    case Fact::ServerQueue: return out.set_number(server.queued.load(std::memory_order_relaxed));
    case Fact::ServerRate: return out.set_number(server.session_rate.per_second(now));
    case Fact::ServerUserWeight: return out.set_number(server.weight.load(std::memory_order_relaxed));
    case Fact::ServerInitialWeight: return out.set_number(server.conf.weight);
    case Fact::ServerWeight: return out.set_number(server.effective_weight(now));
    default: return false;
  }
}

bool frontend_fact(const listen::Frontend& frontend, Fact which, Instant now, Sample& out) {
  switch (which) {
    case Fact::FrontendConnections: return out.set_number(frontend.sessions.value());
    case Fact::FrontendRate: return out.set_number(frontend.session_rate.per_second(now));
    case Fact::FrontendRequestRate: return out.set_number(frontend.request_rate.per_second(now));
    default: return false;
  }
}

const config::UserList::User* find_user(const config::Config& config, const Reference& list, std::string_view name) {
  if (list.proxy < 0) return nullptr;
  for (const config::UserList::User& each : config.user_lists[static_cast<std::size_t>(list.proxy)].users)
    if (each.name == name) return &each;
  return nullptr;
}

}  // namespace

bool Stream::back_fact(Fact which, Sample& out) const {
  const config::Proxy& conf = backend != nullptr ? back_conf() : front.conf();
  switch (which) {
    case Fact::BackendId: return out.set_number(conf.id);
    case Fact::BackendName: return out.set_text(conf.name);
    case Fact::BackendTarpitTimeout: return set_ms(conf.timeouts.tarpit_or_connect(), out);
    case Fact::BackError: return failed_shake_fact(which, out) || (connected != Instant{} && out.set_number(0));
    case Fact::BackErrorText: return failed_shake_fact(which, out) || (connected != Instant{} && out.set_text("Success"));
    case Fact::BackendServerTimeout: return set_ms(conf.timeouts.server, out);
    case Fact::ServerTimeout: return set_ms(timeout_or(&rules::Handling::server_us, conf.timeouts.server), out);
    case Fact::BackendTunnelTimeout: return set_ms(conf.timeouts.tunnel, out);
    case Fact::TunnelTimeout: return set_ms(timeout_or(&rules::Handling::tunnel_us, conf.timeouts.tunnel), out);
    case Fact::BackendConnectTimeout: return set_ms(conf.timeouts.connect, out);
    case Fact::ConnectTimeout: return set_ms(timeout_or(&rules::Handling::connect_us, conf.timeouts.connect), out);
    case Fact::BackendQueueTimeout: return set_ms(conf.timeouts.queue, out);
    case Fact::QueueTimeout: return set_ms(timeout_or(&rules::Handling::queue_us, conf.timeouts.queue), out);
    case Fact::ServerId: return server != nullptr && !server->is_direct && out.set_number(server->conf.id);
    case Fact::ServerName: return server != nullptr && !server->is_direct && out.set_text(server->conf.name);
    case Fact::BackSource:
    case Fact::BackSourcePort: {
      const lib::net::Address found = back != nullptr ? lib::net::local_address(back->descriptor.fd()) : back_source;
      return which == Fact::BackSource ? out.set_address(found) : set_port(found, out);
    }
    case Fact::BackDestination:
    case Fact::BackDestinationPort: {
      const lib::net::Address found = server == nullptr                 ? lib::net::Address{}
                                      : back_destination.is_ip()        ? back_destination
                                                                        : server->where.ip;
      return which == Fact::BackDestination ? out.set_address(found) : set_port(found, out);
    }
    case Fact::BackHttpMajor:
      return server != nullptr &&
             out.set_number(conf.mode != config::Mode::Http ? 0 : back != nullptr && back->carrier != nullptr ? 2 : 1);
    case Fact::BackReused: return out.set(reused_connection);
    case Fact::BackConnectTime: return set_span(queue_done, connected, out);
    case Fact::BackendQueuePosition: return out.set_number(queue_position);
    case Fact::ServerQueuePosition: return out.set_number(server_queue_position);
    case Fact::Retries: return out.set_number(retries);
    case Fact::Redispatched: return out.set(redispatched);
    default: return false;
  }
}

bool Stream::fact(Fact which, std::int64_t number, Sample& out, Arena& arena) const {
  switch (which) {
    case Fact::Number: return out.set_number(const_cast<Stream*>(this)->number());  // the first who asks takes it
    case Fact::Termination: return out.set_text(arena.keep({termination.data(), termination.size()}));
    case Fact::QueueTime: return set_span(head_done, queue_done, out);
    case Fact::ResponseTime: return set_span(connected, answered, out);
    case Fact::DataTime: return set_span(answered, answered == Instant{} ? Instant{} : now(), out);
    case Fact::RequestDate: return set_date(front.accepted_wall + (began - front.accepted()), number, out);
    case Fact::BytesFromClient:
    case Fact::BytesToServer: return out.set_number(static_cast<std::int64_t>(bytes_from_client));
    case Fact::BytesFromServer:
    case Fact::BytesToClient: return out.set_number(static_cast<std::int64_t>(bytes_to_client));
    case Fact::ActiveTime: return set_ms(now() - began, out);
    case Fact::UserTime: return set_ms(now() - front.accepted(), out);
    case Fact::BackRtt: return back != nullptr && tcp_fact(back->descriptor.fd(), Fact::Rtt, number, out);
    case Fact::BackRttVariation: return back != nullptr && tcp_fact(back->descriptor.fd(), Fact::RttVariation, number, out);
    case Fact::TarpitTimeout: return set_ms(tarpit_time(), out);
    case Fact::PriorityClass: return out.set_number(handling.priority_class);
    case Fact::PriorityOffset: return out.set_number(handling.priority_offset);
    case Fact::LastRuleFile:
    case Fact::LastRuleLine:
    case Fact::LastRule: return set_rule(last_rule, which, out);
    case Fact::WaitingRule: return set_rule(waiting_rule, which, out);
    case Fact::UniqueId:
      if (kept_ == nullptr || !kept_->get(kUniqueIdSlot, out)) return false;
      out.text = arena.keep(out.text);
      return true;
    case Fact::CapturedRequestHeader:
    case Fact::CapturedResponseHeader: {
      const auto at = static_cast<std::uint32_t>(number) + (which == Fact::CapturedResponseHeader ? kResponseSlots : 0);
      if (kept_ == nullptr || !kept_->get(at, out)) return false;
      out.text = arena.keep(out.text);
      return true;
    }
    default: break;
  }
  if (which == Fact::ClientTimeout) return set_ms(timeout_or(&rules::Handling::client_us, front.conf().timeouts.client), out);
  if (which <= Fact::ClientTimeout) return front_fact(front, which, number, out);
  if (which <= Fact::BackendQueuePosition || which == Fact::ServerQueuePosition || which == Fact::Retries ||
      which == Fact::Redispatched)
    return back_fact(which, out);
  return process_fact(front, which, out);
}

bool Stream::object_fact(Fact which, const Reference* reference, Sample& out) const {
  const Site& site = *front.site;
  if (reference != nullptr && reference->server >= 0) {
    servers::Backend* const owner = site.backend_of[static_cast<std::size_t>(reference->proxy)];
    if (owner == nullptr) return false;
    return server_fact(*owner->servers[static_cast<std::size_t>(reference->server)], which, now(), out);
  }
  const bool is_named = reference != nullptr && reference->proxy >= 0;
  const std::size_t index = is_named ? static_cast<std::size_t>(reference->proxy) : 0;
  if (which == Fact::FrontendConnections || which == Fact::FrontendRate || which == Fact::FrontendRequestRate) {
    const listen::Frontend* const frontend = is_named ? site.frontend_of[index] : front.frontend;
    return frontend != nullptr && frontend_fact(*frontend, which, now(), out);
  }
  // Without a name: the backend that the expression stands in, else the one that was chosen.
  servers::Backend* chosen = is_named ? site.backend_of[index] : nullptr;
  if (!is_named && reference != nullptr && reference->owner < site.backend_of.size())
    chosen = site.backend_of[reference->owner];
  if (!is_named && chosen == nullptr) chosen = backend;
  if (chosen == nullptr) return out.set_number(0);
  return backend_fact(*chosen, which, now(), out);
}

bool Stream::named_fact(Fact which, std::string_view name, Sample& out) const {
  const Site& site = *front.site;
  if (which == Fact::FrontendExists) return out.set(site.config->find_frontend(name) != nullptr);
  const std::size_t slash = name.find('/');
  servers::Backend* owner = nullptr;
  for (const auto& each : site.backends)
    if (each->conf.name == name.substr(0, slash)) owner = each.get();
  if (slash == std::string_view::npos) return owner != nullptr && backend_fact(*owner, which, now(), out);
  servers::Server* const found = owner == nullptr ? nullptr : owner->find_server(name.substr(slash + 1));
  return found != nullptr && server_fact(*found, which, now(), out);
}

std::int64_t Stream::now_us() const { return lib::base::wall_now().time_since_epoch().count(); }

samples::VariableStore* Stream::variables(samples::Scope scope) const {
  VariablesPtr* held = nullptr;
  switch (scope) {
    case samples::Scope::Session: held = &front.connection().variables; break;
    case samples::Scope::Transaction: held = &transaction_variables_; break;
    case samples::Scope::Request: held = &request_variables_; break;
    case samples::Scope::Response: held = &response_variables_; break;
    default: return nullptr;
  }
  if (*held == nullptr) *held = front.worker.variables->take();
  return held->get();
}

samples::ProcessVariables* Stream::process_variables() const { return &front.worker.process.variables; }

void Stream::keep(std::uint32_t at, std::string_view text) const {
  if (kept_ == nullptr) kept_ = front.worker.variables->take();
  Sample sample;
  (void)sample.set_text(text.data() == nullptr ? std::string_view{"", 0} : text);
  kept_->set(at, sample);
}

std::string_view Stream::kept(std::uint32_t at) const {
  Sample sample;
  return kept_ != nullptr && kept_->get(at, sample) ? sample.text : std::string_view{};
}

bool Stream::capture(bool of_response, std::uint32_t index, std::string_view text) const {
  const auto& captures = of_response ? front.conf().response_captures : front.conf().request_captures;
  if (index >= captures.size()) return false;
  keep(index + (of_response ? kResponseSlots : 0), text.substr(0, captures[index].length));
  return true;
}

bool Stream::is_user(const Reference& list, std::string_view user, std::string_view password) const {
  const config::UserList::User* const found = find_user(*front.site->config, list, user);
  if (found == nullptr || found->password.empty()) return false;
  return found->is_encrypted ? lib::crypto::matches_password(found->password, password) : found->password == password;
}

std::string_view Stream::group_of(const Reference& list, std::string_view user, std::size_t index) const {
  const config::UserList::User* const found = find_user(*front.site->config, list, user);
  return found == nullptr || index >= found->groups.size() ? std::string_view{} : std::string_view{found->groups[index]};
}

}  // namespace proxyd::session
