#include "proxyd/master/worker_link.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "lib/base/text.h"
#include "lib/net/descriptors.h"
#include "lib/process/limits.h"
#include "lib/runtime/server.h"
#include "proxyd/master/launch.h"

namespace proxyd::master {

using lib::net::Packet;
using lib::net::PacketRead;

lib::base::UniqueFd WorkerLink::from_environment() {
  const char* const text = std::getenv(kControlVariable);
  if (text == nullptr) return {};
  const auto number = lib::base::parse_number<int>(text);
  (void)::unsetenv(kControlVariable);
  if (!number || ::fcntl(*number, F_SETFD, FD_CLOEXEC) != 0) return {};
  return lib::base::UniqueFd{*number};
}

WorkerLink::Task WorkerLink::await_start(listen::Inheritance& into) {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    descriptors_ = descriptors;
    (void)lib::process::raise_descriptor_limit(descriptors.rlim_max);
  }
  Packet packet;
  while (lib::net::receive_packet(control_.get(), packet) == PacketRead::Packet) {
    if (packet.text == kStart) return Task::Reload;
    if (packet.text == kStartPlan) return Task::Plan;
    if (packet.text.starts_with(listen::kSocketsPacket)) listen::take_sockets(std::move(packet), into);
  }
  return Task::None;
}

void WorkerLink::restore_limits() const {
  if (descriptors_) (void)::setrlimit(RLIMIT_NOFILE, &*descriptors_);  // lower than now, which is always allowed
}

void WorkerLink::send_log(std::string_view text) {
  constexpr std::size_t kPiece = 32768;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPiece);
    if (!lib::net::send_packet(control_.get(), std::string{kLog} + std::string{piece})) return;  // it is on stderr as well
    text.remove_prefix(piece.size());
  }
}

bool WorkerLink::report_ready(const std::vector<listen::LabelledSocket>& sockets, const ReadyWords& words) {
  return listen::send_sockets(control_.get(), sockets) && lib::net::send_packet(control_.get(), ready_text(words));
}

void WorkerLink::ask_plan(std::string_view record) {
  const lib::base::UniqueFd file = lib::net::memory_file(record);
  const std::array<int, 1> one{file.get()};
  Packet packet;
  if (file && lib::net::send_packet(control_.get(), kAsk, one)) (void)lib::net::receive_packet(control_.get(), packet);  // until it is answered
}

bool WorkerLink::offer(std::string_view record, const std::vector<listen::LabelledSocket>& sockets) {
  const lib::base::UniqueFd file = lib::net::memory_file(record);
  const std::array<int, 1> one{file.get()};
  if (!file || !listen::send_sockets(control_.get(), sockets) || !lib::net::send_packet(control_.get(), kOffer, one)) return false;
  Packet packet;
  while (lib::net::receive_packet(control_.get(), packet) == PacketRead::Packet) {
    if (packet.text == kTaken) return true;
    if (packet.text.starts_with(kDeclined)) return false;
  }
  return true;  // the master is gone: nobody needs a worker
}

namespace {

lib::event::Task<void> answer_offer(lib::event::Descriptor& control, WorkerLink::Offer offer, const WorkerLink::OnOffer& on_offer) {
  const bool only_plan = offer.only_plan;
  WorkerLink::Reply reply = co_await on_offer(std::move(offer));
  if (only_plan) {
    const lib::base::UniqueFd file = lib::net::memory_file(reply.plan);
    const std::array<int, 1> one{file.get()};
    (void)lib::net::send_packet(control.fd(), kPlanned, one);
    co_return;
  }
  // A master that is gone is found out by the other conversation.
  if (!reply.is_taken) {
    (void)lib::net::send_packet(control.fd(), std::string{kDeclined} + reply.why_not.substr(0, lib::net::kMostPacketText / 2));
    co_return;
  }
  (void)listen::send_sockets(control.fd(), reply.sockets);
  (void)lib::net::send_packet(control.fd(), std::string{kTaken} + ready_text(reply.words));
}

lib::event::Task<void> answer_whether_alive(lib::event::Descriptor& control, const WorkerLink::OnWhetherAlive& on_whether_alive) {
  co_await on_whether_alive();
  (void)lib::net::send_packet(control.fd(), kAlive);  // a master that is gone is found out by the other conversation
}

}  // namespace

lib::event::Task<void> WorkerLink::serve(lib::event::Loop& loop, const lib::runtime::CommandTable& commands, lib::event::Duration timeout,
                                         std::function<void()> on_gone, OnOffer on_offer, OnWhetherAlive on_whether_alive) {
  lib::event::Waiter waiter{loop};
  listen::Inheritance sockets;  // of the offer that follows them
  lib::net::set_non_blocking(control_.get());
  lib::event::Descriptor control{loop, std::move(control_)};
  lib::event::TaskGroup clients;  // last: its members use all of the above
  Packet packet;
  while (true) {
    const PacketRead read = lib::net::receive_packet(control.fd(), packet);
    if (read == PacketRead::Ended) break;
    if (read == PacketRead::Nothing) {
      (void)co_await waiter.ready(control, lib::event::kRead, lib::event::kNever);
      continue;
    }
    if (packet.text.starts_with(listen::kSocketsPacket)) listen::take_sockets(std::move(packet), sockets);
    const bool is_offer = packet.text == kOffer, is_question = packet.text == kAsk;
    if ((is_offer || is_question) && packet.descriptors.size() == 1) {
      Offer offer{.record = lib::net::read_memory_file(packet.descriptors.front()), .sockets = {}, .only_plan = is_question};
      if (is_offer) offer.sockets = std::exchange(sockets, {});
      clients.spawn(answer_offer(control, std::move(offer), on_offer));
    }
    if (packet.text == kWhetherAlive) clients.spawn(answer_whether_alive(control, on_whether_alive));
    const auto level = read_client(packet.text);
    if (!level || packet.descriptors.size() != 1) continue;
    lib::runtime::ServerOptions options;
    options.level = *level;
    options.timeout = timeout;
    clients.spawn(lib::runtime::serve_client(loop, std::move(packet.descriptors.front()), commands, options));
  }
  on_gone();
}

}  // namespace proxyd::master
