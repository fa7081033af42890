#include "lib/netlink/ipvs.h"

#include <linux/ip_vs.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "lib/base/file.h"
#include "lib/netlink/ipvs_wire.h"

namespace lib::netlink {

using lib::base::failure;
using lib::base::Result;
using lib::base::Status;
using wire::Message;
using Kind = IpvsRequest::Kind;

struct Ipvs::Internals {
  std::unique_ptr<wire::Exchange> exchange;
  std::uint16_t family = 0;
};

namespace {

struct CloseSocket {
  void operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }
};

/// One request: its netlink command, and the socket option of old under whose name people know it from logs.
struct Command {
  std::uint8_t netlink;
  std::string_view name;
  int number;
};
constexpr Command kFlush{IPVS_CMD_FLUSH, "IP_VS_SO_SET_FLUSH", IP_VS_SO_SET_FLUSH};
constexpr Command kTimeout{IPVS_CMD_SET_CONFIG, "IP_VS_SO_SET_TIMEOUT", IP_VS_SO_SET_TIMEOUT};
constexpr Command kStartDaemon{IPVS_CMD_NEW_DAEMON, "IP_VS_SO_SET_STARTDAEMON", IP_VS_SO_SET_STARTDAEMON};
constexpr Command kStopDaemon{IPVS_CMD_DEL_DAEMON, "IP_VS_SO_SET_STOPDAEMON", IP_VS_SO_SET_STOPDAEMON};
constexpr auto kCommands = std::to_array<Command>({
    {IPVS_CMD_NEW_SERVICE, "IP_VS_SO_SET_ADD", IP_VS_SO_SET_ADD},
    {IPVS_CMD_SET_SERVICE, "IP_VS_SO_SET_EDIT", IP_VS_SO_SET_EDIT},
    {IPVS_CMD_DEL_SERVICE, "IP_VS_SO_SET_DEL", IP_VS_SO_SET_DEL},
    {IPVS_CMD_NEW_DEST, "IP_VS_SO_SET_ADDDEST", IP_VS_SO_SET_ADDDEST},
    {IPVS_CMD_SET_DEST, "IP_VS_SO_SET_EDITDEST", IP_VS_SO_SET_EDITDEST},
    {IPVS_CMD_DEL_DEST, "IP_VS_SO_SET_DELDEST", IP_VS_SO_SET_DELDEST},
});
const Command& command_of(Kind kind) { return kCommands[static_cast<std::size_t>(kind)]; }

/// What an errno means in answer to a command, in ipvsadm's words. `netlink` 0: to any.
struct Meaning {
  std::uint8_t netlink;
  int code;
  std::string_view words;
};
constexpr auto kMeanings = std::to_array<Meaning>({
    {IPVS_CMD_NEW_SERVICE, EEXIST, "Service already exists"},
    {IPVS_CMD_NEW_SERVICE, ENOENT, "Scheduler or persistence engine not found"},
    {IPVS_CMD_SET_SERVICE, ESRCH, "No such service"},
    {IPVS_CMD_SET_SERVICE, ENOENT, "Scheduler or persistence engine not found"},
    {IPVS_CMD_DEL_SERVICE, ESRCH, "No such service"},
    {IPVS_CMD_NEW_DEST, ESRCH, "Service not defined"},
    {IPVS_CMD_NEW_DEST, EEXIST, "Destination already exists"},
    {IPVS_CMD_SET_DEST, ESRCH, "Service not defined"},
    {IPVS_CMD_SET_DEST, ENOENT, "No such destination"},
    {IPVS_CMD_DEL_DEST, ESRCH, "Service not defined"},
    {IPVS_CMD_DEL_DEST, ENOENT, "No such destination"},
    {IPVS_CMD_NEW_DAEMON, EEXIST, "Daemon has already run"},
    {IPVS_CMD_DEL_DAEMON, ESRCH, "No daemon is running"},
    {0, EPERM, "Permission denied (you must be root)"},
    {0, EINVAL, "Invalid operation.  Possibly wrong module version, address not unicast, ..."},
    {0, ENOMEM, "Memory allocation problem"},
});

Status worded(Status status, const Command& command, const std::string& about = {}) {
  if (status) return status;
  const int code = status.error().code;
  const auto known = std::find_if(kMeanings.begin(), kMeanings.end(),
                                  [&](const Meaning& each) { return each.code == code && (each.netlink == 0 || each.netlink == command.netlink); });
  std::string text = "IPVS cmd " + std::string{command.name} + "(" + std::to_string(command.number) + ") error: ";
  text += known == kMeanings.end() ? std::strerror(code) : std::string{known->words};
  return failure(text + "(" + std::to_string(code) + ")" + about, code);
}

std::string protocol_text(std::uint16_t protocol) {
  switch (protocol) {
    case IPPROTO_TCP: return "tcp";
    case IPPROTO_UDP: return "udp";
    case IPPROTO_SCTP: return "sctp";
    default: return std::to_string(protocol);
  }
}

bool names_destination(Kind kind) { return kind >= Kind::AddDestination; }

/// " (10.1.0.100:tcp:80 -> 10.1.0.11:80)", " (Fwm 7)".
std::string object_text(const IpvsRequest& request) {
  const IpvsService& service = request.service;
  std::string out = service.fwmark != 0 ? " (Fwm " + std::to_string(service.fwmark)
                                        : " (" + service.address.host() + ':' + protocol_text(service.protocol) + ':' + std::to_string(service.address.port());
  // No brackets around IPv6: the original has none either.
  if (names_destination(request.kind)) out += " -> " + request.destination.address.host() + ':' + std::to_string(request.destination.address.port());
  return out + ')';
}

/// Whether the module is there, or on its way: /proc/modules names it from the beginning of its loading on.
bool knows_module() {
  const auto modules = lib::base::read_file("/proc/modules");
  return modules && (modules->starts_with("ip_vs ") || modules->find("\nip_vs ") != std::string::npos);
}

/// The number of the family, or libnl's error. Asking makes the kernel load its module; while somebody else loads it (ipvsadm at the
/// boot, another daemon) the kernel answers that there is none, so whoever asks then looks again.
int resolve_family(nl_sock* socket) {
  constexpr int kAttempts = 50, kAttemptsWithoutModule = 2;
  constexpr useconds_t kPause = 100'000;
  int family = 0;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    family = genl_ctrl_resolve(socket, IPVS_GENL_NAME);
    if (family > 0 || family == -NLE_PERM) return family;
    if (attempt >= kAttemptsWithoutModule && !knows_module()) return family;
    (void)::usleep(kPause);
  }
  return family;
}

}  // namespace

Ipvs::Ipvs(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
Ipvs::~Ipvs() = default;

Result<std::unique_ptr<Ipvs>> Ipvs::open() {
  // libnl's socket only asks for the family's number.
  const std::unique_ptr<nl_sock, CloseSocket> asking{nl_socket_alloc()};
  if (asking == nullptr || genl_connect(asking.get()) < 0) return failure("IPVS: Can't initialize ipvs: no netlink socket", ENOTSUP);
  const int family = resolve_family(asking.get());
  if (family <= 0) {
    const int code = family == -NLE_PERM ? EPERM : ENOENT;
    return lib::base::system_failure("IPVS: Can't initialize ipvs", code);
  }
  auto exchange = wire::Exchange::open_generic();
  if (!exchange) return tl::unexpected{exchange.error()};
  auto internals = std::make_unique<Internals>();
  internals->exchange = std::move(*exchange);
  internals->family = static_cast<std::uint16_t>(family);
  std::unique_ptr<Ipvs> out{new Ipvs{std::move(internals)}};  // the constructor is private
  // Who may not change the table may not ask this either.
  if (const auto info = out->info(); !info && info.error().code == EPERM) return lib::base::system_failure("IPVS: Can't initialize ipvs", EPERM);
  return out;
}

Result<IpvsInfo> Ipvs::info() {
  Message request = wire::ipvs_message(internals_->family, IPVS_CMD_GET_INFO);
  IpvsInfo out;
  const Status done = internals_->exchange->ask(request, [&out](const nlmsghdr& answer) {
    const auto in = wire::ipvs_attributes(answer);
    out.version = in.u32(IPVS_INFO_ATTR_VERSION).value_or(0);
    out.connection_table_size = in.u32(IPVS_INFO_ATTR_CONN_TAB_SIZE).value_or(0);
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Result<std::vector<IpvsService>> Ipvs::services() {
  Message request = wire::ipvs_message(internals_->family, IPVS_CMD_GET_SERVICE);
  std::vector<IpvsService> out;
  const Status done = internals_->exchange->dump(request, [&out](const nlmsghdr& entry) {
    if (auto service = wire::decode_service(entry)) out.push_back(std::move(*service));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Result<std::optional<IpvsService>> Ipvs::service(const IpvsService& key) {
  Message request = wire::ipvs_message(internals_->family, IPVS_CMD_GET_SERVICE);
  wire::put_service(request, key, false);
  std::optional<IpvsService> out;
  const Status done = internals_->exchange->ask(request, [&out](const nlmsghdr& answer) { out = wire::decode_service(answer); });
  if (!done && done.error().code != ESRCH) return tl::unexpected{done.error()};
  return out;
}

Result<std::vector<IpvsDestination>> Ipvs::destinations(const IpvsService& service) {
  Message request = wire::ipvs_message(internals_->family, IPVS_CMD_GET_DEST);
  wire::put_service(request, service, false);
  std::vector<IpvsDestination> out;
  const Status done = internals_->exchange->dump(request, [&](const nlmsghdr& entry) {
    if (auto destination = wire::decode_destination(entry, service.family)) out.push_back(std::move(*destination));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

std::vector<Status> Ipvs::run(std::span<const IpvsRequest> requests) {
  std::vector<Message> messages;
  messages.reserve(requests.size());
  for (const IpvsRequest& request : requests) {
    Message& message = messages.emplace_back(wire::ipvs_message(internals_->family, command_of(request.kind).netlink));
    wire::put_service(message, request.service, request.kind == Kind::AddService || request.kind == Kind::EditService);
    if (names_destination(request.kind)) wire::put_destination(message, request.destination, request.kind != Kind::RemoveDestination);
  }
  auto out = internals_->exchange->call_all(messages);
  for (std::size_t i = 0; i < out.size(); ++i) 
    if (!out[i]) out[i] = worded(std::move(out[i]), command_of(requests[i].kind), object_text(requests[i]));
  return out;
}

Status Ipvs::flush() {
  Message request = wire::ipvs_message(internals_->family, kFlush.netlink);
  return worded(internals_->exchange->call(request), kFlush);
}

Result<IpvsTimeouts> Ipvs::timeouts() {
  Message request = wire::ipvs_message(internals_->family, IPVS_CMD_GET_CONFIG);
  IpvsTimeouts out;
  const Status done = internals_->exchange->ask(request, [&out](const nlmsghdr& answer) {
    const auto in = wire::ipvs_attributes(answer);
    out.tcp_s = in.u32(IPVS_CMD_ATTR_TIMEOUT_TCP).value_or(0);
    out.tcp_fin_s = in.u32(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN).value_or(0);
    out.udp_s = in.u32(IPVS_CMD_ATTR_TIMEOUT_UDP).value_or(0);
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

Status Ipvs::set_timeouts(const IpvsTimeouts& timeouts) {
  Message request = wire::ipvs_message(internals_->family, kTimeout.netlink);
  if (timeouts.tcp_s != 0) request.put_u32(IPVS_CMD_ATTR_TIMEOUT_TCP, timeouts.tcp_s);
  if (timeouts.tcp_fin_s != 0) request.put_u32(IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, timeouts.tcp_fin_s);
  if (timeouts.udp_s != 0) request.put_u32(IPVS_CMD_ATTR_TIMEOUT_UDP, timeouts.udp_s);
  return worded(internals_->exchange->call(request), kTimeout);
}

Status Ipvs::start_sync(const IpvsSyncDaemon& daemon) {
  Message request = wire::ipvs_message(internals_->family, kStartDaemon.netlink);
  wire::put_sync_daemon(request, daemon, true);
  return worded(internals_->exchange->call(request), kStartDaemon);
}

Status Ipvs::stop_sync(const IpvsSyncDaemon& daemon) {
  Message request = wire::ipvs_message(internals_->family, kStopDaemon.netlink);
  wire::put_sync_daemon(request, daemon, false);
  Status done = internals_->exchange->call(request);
  // The answer is how the kernel's thread ended: EINTR or EAGAIN when it was still at its start. What counts is whether it is gone.
  if (!done && (done.error().code == EINTR || done.error().code == EAGAIN)) {
    const auto left = sync_daemons();
    if (left && std::none_of(left->begin(), left->end(), [&](const IpvsSyncDaemon& each) { return each.is_master == daemon.is_master; })) return {};
  }
  return worded(std::move(done), kStopDaemon);
}

Result<std::vector<IpvsSyncDaemon>> Ipvs::sync_daemons() {
  Message request = wire::ipvs_message(internals_->family, IPVS_CMD_GET_DAEMON);
  std::vector<IpvsSyncDaemon> out;
  const Status done = internals_->exchange->dump(request, [&out](const nlmsghdr& entry) {
    if (auto daemon = wire::decode_sync_daemon(entry)) out.push_back(std::move(*daemon));
  });
  if (!done) return tl::unexpected{done.error()};
  return out;
}

}  // namespace lib::netlink
