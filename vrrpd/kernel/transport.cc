#include "vrrpd/kernel/transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "lib/event/wait.h"
#include "vrrpd/kernel/raw_socket.h"

namespace vrrpd::kernel {

namespace {

constexpr unsigned kMostTurns = 64;  // of one read each: more than a receive buffer holds

bool same(const std::optional<Address>& a, const std::optional<Address>& b) {
  return a.has_value() == b.has_value() && (!a || a->same_host(*b));
}

/// Two paths that need no sockets of their own.
bool can_share(const Path& a, const Path& b) {
  return a.family == b.family && a.protocol == b.protocol && a.receive_index == b.receive_index &&
         a.send_index == b.send_index && same(a.group, b.group) && (a.group || same(a.source, b.source));
}

}  // namespace

/// The sockets of one path. Its task reads until it is closed.
struct Channel {
  Channel(lib::event::Loop& loop, const Path& wanted) : path{wanted}, waiter{loop} {}
  Path path;
  unsigned users = 0;
  std::uint64_t buffer_total = 0;
  lib::base::UniqueFd sender;
  lib::event::Waiter waiter;
  lib::event::Descriptor receiver;
  lib::event::TaskGroup task;  // last: it uses the rest
};

struct Transport::Internals : PacketSink {
  Internals(lib::event::Loop& its_loop, PacketSink& its_sink) : loop{its_loop}, sink{its_sink}, room{make_receive_room()} {}
  lib::event::Loop& loop;
  PacketSink& sink;
  ReceiveRoomPtr room;
  std::uint64_t received = 0, dropped = 0;
  std::vector<std::unique_ptr<Channel>> channels;  // by path number

  lib::event::Task<void> read(Channel& channel, std::size_t number);
  /// A sink may close the path whose packet it is given: what came with that packet is not for it any more.
  void on_packet(std::size_t number, const Received& packet) override {
    if (channels[number]->users > 0) sink.on_packet(number, packet);
  }
};

lib::event::Task<void> Transport::Internals::read(Channel& channel, std::size_t number) {
  while (true) {
    co_await channel.waiter.ready(channel.receiver, lib::event::kRead, lib::event::kNever);
    if (channel.users == 0) break;
    // One piece a wake-up: whatever floods this socket, timers and other instances have their turn in between.
    received += receive_some(channel.receiver.fd(), channel.path, number, *room, *this, dropped);
    if (channel.users == 0) break;
  }
  channel.receiver.close();
  channel.sender.reset();
}

Transport::Transport(lib::event::Loop& loop, PacketSink& sink) : internals_{std::make_unique<Internals>(loop, sink)} {}
Transport::~Transport() = default;

Result<std::size_t> Transport::open(const Path& path) {
  auto& channels = internals_->channels;
  const auto shared = std::find_if(channels.begin(), channels.end(),
                                   [&](const auto& one) { return one->users > 0 && can_share(one->path, path); });
  if (shared != channels.end()) {
    Channel& channel = **shared;
    ++channel.users;
    channel.buffer_total += path.receive_buffer;
    set_receive_buffer(channel.receiver.fd(), static_cast<std::uint32_t>(std::min<std::uint64_t>(
                                                  channel.buffer_total, 1U << 30)));
    return static_cast<std::size_t>(shared - channels.begin());
  }
  auto channel = std::make_unique<Channel>(internals_->loop, path);
  auto receiver = open_receiver(path);
  if (!receiver) return tl::unexpected{receiver.error()};
  auto sender = open_sender(path);
  if (!sender) return tl::unexpected{sender.error()};
  set_receive_buffer(receiver->get(), path.receive_buffer);
  channel->receiver.open(internals_->loop, std::move(*receiver));
  channel->sender = std::move(*sender);
  channel->users = 1;
  channel->buffer_total = path.receive_buffer;
  auto place = std::find_if(channels.begin(), channels.end(),
                            [](const auto& one) { return one->users == 0 && one->task.empty(); });
  if (place == channels.end()) place = channels.insert(channels.end(), nullptr);
  const auto number = static_cast<std::size_t>(place - channels.begin());
  *place = std::move(channel);
  (*place)->task.spawn(internals_->read(**place, number));
  return number;
}

void Transport::close(std::size_t path) {
  auto& channels = internals_->channels;
  if (path >= channels.size() || channels[path]->users == 0) return;
  if (--channels[path]->users == 0) channels[path]->waiter.notify();
}

Status Transport::send(std::size_t path, const Outgoing& outgoing) {
  const auto& channels = internals_->channels;
  if (path >= channels.size() || channels[path]->users == 0) return lib::base::failure("no such path", ENOTCONN);
  const Channel& channel = *channels[path];
  return send_raw(channel.sender.get(), channel.path, outgoing);
}

void Transport::read_waiting() {
  for (std::size_t number = 0; number < internals_->channels.size(); ++number) {
    Channel& channel = *internals_->channels[number];
    for (unsigned turn = 0; turn < kMostTurns && channel.users > 0; ++turn) {
      const unsigned got = receive_some(channel.receiver.fd(), channel.path, number, *internals_->room, *internals_, internals_->dropped);
      internals_->received += got;
      if (got == 0) break;
    }
  }
}

std::uint64_t Transport::received() const { return internals_->received; }
std::uint64_t Transport::dropped() const { return internals_->dropped; }

std::vector<std::string> Transport::describe() const {
  std::vector<std::string> out;
  for (const auto& channel : internals_->channels) {
    if (channel->users == 0) continue;
    const Path& path = channel->path;
    const auto& address = path.group ? path.group : path.source;
    out.push_back(fmt::format("[ifindex({:3}), family({}), proto({}), fd({},{}) {}, address({})]", path.receive_index,
                              path.family == AF_INET ? "IPv4" : "IPv6", path.protocol, channel->receiver.fd(),
                              channel->sender.get(), path.group ? "multicast" : "unicast",
                              address ? address->host() : "none"));
  }
  return out;
}

std::uint32_t receive_buffer_size(std::string_view policy, unsigned multiplier, unsigned mtu, std::size_t advert_size) {
  std::string upper{policy};
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper == "MTU") return multiplier * mtu;
  if (upper == "ADVERT") return multiplier * static_cast<std::uint32_t>(advert_size);
  std::uint32_t bytes = 0;
  (void)std::from_chars(upper.data(), upper.data() + upper.size(), bytes);  // not a number: 0, the default
  return bytes;
}

}  // namespace vrrpd::kernel
