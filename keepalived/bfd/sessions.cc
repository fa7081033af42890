#include "keepalived/bfd/sessions.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace keepalived::bfd {

using lib::event::Descriptor;
using lib::event::Task;
using lib::event::Waiter;
using lib::event::Wake;
using lib::net::Address;
using parsers::keepalived::BfdInstance;

namespace {

constexpr std::uint16_t kSingleHopPort = 3784, kMultiHopPort = 4784;
constexpr std::uint32_t kFirstSourcePort = 49152, kLastSourcePort = 65535;  // RFC 5881 section 4
constexpr int kSourcePortTries = 64;
constexpr Duration kOpenAgain{1'000'000};  // a source address that is not there yet
constexpr int kDatagramsAtOnce = 64;

std::uint16_t port_of(const BfdInstance& conf) { return conf.multihop ? kMultiHopPort : kSingleHopPort; }
int ttl_of(const BfdInstance& conf) { return conf.ttl >= 0 ? conf.ttl : conf.neighbor.is_ipv6() ? 64 : 255; }

SessionSettings settings_of(const BfdInstance& conf, std::uint32_t discriminator) {
  return {.discriminator = discriminator,
          .min_rx_us = conf.min_rx_us,
          .min_tx_us = conf.min_tx_us,
          .idle_tx_us = conf.idle_tx_us,
          .multiplier = conf.multiplier,
          .passive = conf.passive};
}

lib::base::UniqueFd open_udp(sa_family_t family) {
  return lib::base::UniqueFd{::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP)};
}

bool set(int fd, int level, int name, int value) { return ::setsockopt(fd, level, name, &value, sizeof value) == 0; }

/// The TTL or hop limit that a datagram came with; -1 when the kernel did not say.
int ttl_from(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    const bool is_ttl = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) ||
                        (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT);
    if (!is_ttl) continue;
    int ttl = -1;
    std::memcpy(&ttl, CMSG_DATA(part), sizeof ttl);
    return ttl;
  }
  return -1;
}

}  // namespace

struct Sessions::Runner {
  Runner(lib::event::Loop& loop, const BfdInstance& instance, std::size_t which, std::uint32_t discriminator)
      : conf{instance}, index{which}, waiter{loop}, session{settings_of(instance, discriminator)} {}
  const BfdInstance conf;
  std::size_t index;
  Waiter waiter;
  Session session;
  lib::base::UniqueFd sender;
  bool complained = false;      // about the sender, once
  lib::event::TaskGroup tasks;  // last: it uses the rest
};

struct Sessions::Port {
  Port(lib::event::Loop& loop, lib::base::UniqueFd fd, sa_family_t which, std::uint16_t at)
      : socket{loop, std::move(fd)}, waiter{loop}, family{which}, number{at} {}
  Descriptor socket;
  Waiter waiter;
  sa_family_t family;
  std::uint16_t number;
};

Sessions::Sessions(lib::event::Loop& loop, Listener& listener) : loop_{loop}, listener_{listener}, random_{std::random_device{}()} {}

Sessions::~Sessions() {
  for (auto& runner : runners_) runner->tasks.cancel_all();
  tasks_.cancel_all();
}

void Sessions::use(const std::vector<BfdInstance>& wanted) {
  auto before = std::exchange(runners_, {});
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto same = [&](const auto& runner) { return runner && runner->conf.same_as(wanted[i]); };
    const auto old = std::find_if(before.begin(), before.end(), same);
    if (old != before.end()) {
      runners_.push_back(std::move(*old));
      runners_.back()->index = i;
      continue;
    }
    const auto discriminator = static_cast<std::uint32_t>(random_() | 1U);  // not 0
    runners_.push_back(std::make_unique<Runner>(loop_, wanted[i], i, discriminator));
    start(*runners_.back());
  }
}

bool Sessions::is_up(std::size_t index) const { return runners_[index]->session.state() == SessionState::Up; }

const Session& Sessions::session(std::size_t index) const { return runners_[index]->session; }

Sessions::Port* Sessions::open_port(sa_family_t family, std::uint16_t number) {
  for (const auto& port : ports_)
    if (port->family == family && port->number == number) return port.get();
  lib::base::UniqueFd fd = open_udp(family);
  bool ready = static_cast<bool>(fd);
  if (ready && family == AF_INET6) {
    ready = set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  } else if (ready) {
    ready = set(fd.get(), IPPROTO_IP, IP_RECVTTL, 1);
  }
  const Address any = Address::any(family, number);
  ready = ready && ::bind(fd.get(), any.raw(), any.raw_size()) == 0;
  if (!ready) {
    listener_.on_bfd_log(Level::Always, fmt::format("BFD: cannot listen on UDP port {} ({})", number, std::strerror(errno)));
    return nullptr;
  }
  ports_.push_back(std::make_unique<Port>(loop_, std::move(fd), family, number));
  return ports_.back().get();
}

bool Sessions::open_sender(Runner& runner) {
  const BfdInstance& conf = runner.conf;
  const sa_family_t family = conf.neighbor.family();
  lib::base::UniqueFd fd = open_udp(family);
  const int ttl = ttl_of(conf);
  bool ready = fd && (family == AF_INET6 ? set(fd.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl)
                                         : set(fd.get(), IPPROTO_IP, IP_TTL, ttl));
  bool bound = false;
  std::uniform_int_distribution<std::uint32_t> any_port{kFirstSourcePort, kLastSourcePort};
  for (int tries = 0; ready && !bound && tries < kSourcePortTries; ++tries) {
    Address source = conf.source.value_or(Address::any(family));
    source.set_port(static_cast<std::uint16_t>(any_port(random_)));
    bound = ::bind(fd.get(), source.raw(), source.raw_size()) == 0;
    if (!bound && errno != EADDRINUSE) break;
  }
  if (!ready || !bound) {
    if (!runner.complained)
      listener_.on_bfd_log(Level::Always, fmt::format("({}) cannot send: {}; trying again", conf.name, std::strerror(errno)));
    runner.complained = true;
    return false;
  }
  runner.complained = false;
  runner.sender = std::move(fd);
  return true;
}

void Sessions::start(Runner& runner) {
  const std::size_t ports = ports_.size();
  if (open_port(runner.conf.neighbor.family(), port_of(runner.conf)) == nullptr) return;
  if (ports_.size() != ports) tasks_.spawn(receive(*ports_.back()));
  runner.session.start(runner.waiter.now());
  runner.tasks.spawn(run(runner));
}

void Sessions::send_due(Runner& runner) {
  if (!runner.sender && !open_sender(runner)) return;
  std::uniform_real_distribution<double> jitter{0.0, 1.0};
  ControlPacket packet;
  while (runner.session.take_packet(runner.waiter.now(), jitter(random_), packet)) {
    const ControlBytes bytes = encode(packet);
    Address to = runner.conf.neighbor;
    to.set_port(port_of(runner.conf));
    if (::sendto(runner.sender.get(), bytes.data(), bytes.size(), MSG_DONTWAIT, to.raw(), to.raw_size()) >= 0) continue;
    listener_.on_bfd_log(Level::Detail, fmt::format("({}) send: {}", runner.conf.name, std::strerror(errno)));
    if (errno == EADDRNOTAVAIL || errno == EINVAL) runner.sender.reset();  // our address went away
  }
}

void Sessions::after(Runner& runner, SessionState before) {
  const Session& session = runner.session;
  if (session.state() == before) return;
  const std::string& name = runner.conf.name;
  if (session.state() == SessionState::Up) {
    listener_.on_bfd_log(Level::Always, fmt::format("({}) Entering Up state", name));
  } else if (session.state() == SessionState::Down) {
    listener_.on_bfd_log(Level::Always, fmt::format("({}) Entering Down state (Local diagnostic - {}, Remote diagnostic - {})",
                                                    name, diagnostic_text(session.local_diagnostic()),
                                                    diagnostic_text(session.remote_diagnostic())));
  } else {
    listener_.on_bfd_log(Level::Detail, fmt::format("({}) Entering {} state", name, state_name(session.state())));
  }
  const bool was_up = before == SessionState::Up, is_up = session.state() == SessionState::Up;
  if (was_up != is_up) listener_.on_bfd(runner.index, is_up);
}

Task<void> Sessions::run(Runner& runner) {
  while (true) {
    const SessionState before = runner.session.state();
    const Duration quiet = runner.waiter.now() - runner.session.last_heard();
    if (runner.session.on_time(runner.waiter.now()))
      listener_.on_bfd_log(Level::Always, fmt::format("({}) Expired after {} ms", runner.conf.name, lib::base::to_ms(quiet)));
    after(runner, before);
    send_due(runner);
    Instant next = runner.session.next_deadline();
    if (!runner.sender) next = std::min(next, runner.waiter.now()) + kOpenAgain;
    co_await runner.waiter.until(next);
  }
}

Sessions::Runner* Sessions::find(const ControlPacket& packet, const Address& sender, std::uint16_t port) {
  for (auto& runner : runners_) {
    if (port_of(runner->conf) != port || !runner->conf.neighbor.same_host(sender)) continue;
    if (packet.your_discriminator == 0 || packet.your_discriminator == runner->session.settings().discriminator)
      return runner.get();
  }
  return nullptr;
}

void Sessions::on_datagram(std::span<const std::uint8_t> bytes, const Address& sender, int ttl, std::uint16_t port) {
  ControlPacket packet;
  if (decode(bytes, packet) != PacketFault::None) {
    ++drops_.malformed;
    return;
  }
  Runner* const runner = find(packet, sender, port);
  if (runner == nullptr) {
    ++drops_.no_session;
    return;
  }
  const int hops = runner->conf.max_hops;
  if (hops >= 0 && hops != 255 && ttl >= 0 && ttl + hops < ttl_of(runner->conf)) {
    ++drops_.ttl;
    return;
  }
  const SessionState before = runner->session.state();
  (void)runner->session.on_packet(packet, runner->waiter.now());
  after(*runner, before);
  send_due(*runner);
  runner->waiter.notify();  // its deadline moved
}

Task<void> Sessions::receive(Port& port) {
  while (true) {
    co_await port.waiter.ready(port.socket, lib::event::kRead, lib::base::kNever);
    for (int count = 0; count < kDatagramsAtOnce; ++count) {  // bounded: others wait, too
      std::array<std::uint8_t, 256> bytes;
      sockaddr_storage from{};
      alignas(cmsghdr) std::array<char, 256> control;
      iovec piece{.iov_base = bytes.data(), .iov_len = bytes.size()};
      msghdr message{};
      message.msg_name = &from;
      message.msg_namelen = sizeof from;
      message.msg_iov = &piece;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      const ssize_t got = ::recvmsg(port.socket.fd(), &message, MSG_DONTWAIT);
      if (got < 0) break;
      const Address sender = Address::from_sockaddr(*reinterpret_cast<const sockaddr*>(&from), message.msg_namelen);
      on_datagram({bytes.data(), static_cast<std::size_t>(got)}, sender, ttl_from(message), port.number);
    }
  }
}

}  // namespace keepalived::bfd
