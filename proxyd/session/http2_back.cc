#include "proxyd/session/http2_back.h"

#include <algorithm>

namespace proxyd::session {

using lib::event::kRead;
using lib::event::kWrite;
using lib::event::Task;
using lib::event::Wake;
using lib::http2::ClientConnection;

Http2Back::Http2Back(lib::event::Loop& loop, BackPtr connection, std::unique_ptr<ClientConnection> protocol)
    : carrier_{std::move(connection)}, protocol_{std::move(protocol)}, waiter_{loop}, wire_{carrier_->descriptor, waiter_, *protocol_} {}

lib::http2::Stream* Http2Back::open() {
  if (streams_++ == 0) set_idle(false);
  ++carrier_->uses;
  return protocol_->open();
}

void Http2Back::release() {
  if (--streams_ != 0) return;
  set_idle(true);
  waiter_.notify();
}

void Http2Back::retire() {
  is_retired_ = true;
  waiter_.notify();
}

/// Counted as a connection in use while it has streams.
void Http2Back::set_idle(bool idle) {
  if (carrier_->is_idle == idle) return;
  carrier_->set_idle(idle);
  carrier_->idle_since = waiter_.now();
}

lib::event::Instant Http2Back::deadline() const {
  return streams_ == 0 ? carrier_->idle_since + carrier_->kept_for : lib::base::kNever;
}

Task<void> Http2Back::run(BufferPools& pools) {
  while (true) {
    wire_.flush();
    const bool is_ending = is_retired_ || wire_.is_deaf() || protocol_->is_shutting_down();
    if (wire_.is_gone() || protocol_->is_over() || (is_ending && streams_ == 0)) break;
    const unsigned events = kRead | (wire_.is_blocked() ? kWrite : 0U);
    const Wake wake = co_await waiter_.ready(carrier_->descriptor, events, deadline());
    if (wake.timed_out() && streams_ == 0) break;
    if ((wake.first & kRead) == 0) continue;
    bool is_more = true;
    for (int i = 0; i < Http2Wire::kReadsAtOnce && is_more; ++i) is_more = wire_.read(pools);
  }
  wire_.give_up();
  protocol_->abort();
}

Http2Backs::~Http2Backs() { tasks_.cancel_all(); }

Task<void> Http2Backs::keep(std::shared_ptr<Http2Back> connection, BufferPools& pools) { co_await connection->run(pools); }

BackPtr Http2Backs::stream_on(const std::shared_ptr<Http2Back>& connection, lib::event::Loop& loop, servers::Server& server) {
  auto made = std::make_unique<BackConnection>(loop, connection, server);
  made->descriptor.put_layer(std::make_unique<lib::http2::StreamLayer>(*connection->open(), made->descriptor));
  return made;
}

BackPtr Http2Backs::open_stream(servers::Server& server, std::string_view binding) {
  auto& list = open_[server.number];
  const std::uint32_t generation = server.pool_generation.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < list.size();) {
    const std::shared_ptr<Http2Back> each = list[i].lock();
    const bool is_current = each != nullptr && each->carrier().generation == generation &&
                            (server.conf.max_reuse < 0 || each->carrier().uses <= static_cast<std::uint32_t>(server.conf.max_reuse));
    if (!is_current) {
      if (each != nullptr) each->retire();
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    ++i;
    if (each->has_room() && each->carrier().binding == binding) return stream_on(each, loop_, server);
  }
  return nullptr;
}

BackPtr Http2Backs::adopt(BackPtr connection, std::string_view scheme, bool is_shared) {
  servers::Server& server = *connection->server;
  connection->kept_for = server.conf.pool_purge_delay;
  auto protocol = ClientConnection::make(settings_, scheme);
  if (protocol == nullptr) return nullptr;
  const auto made = std::make_shared<Http2Back>(loop_, std::move(connection), std::move(protocol));
  BackPtr stream = stream_on(made, loop_, server);
  if (is_shared) open_[server.number].push_back(made);
  else made->retire();
  tasks_.spawn(keep(made, pools_));
  return stream;
}

void Http2Backs::retire_all() {
  for (auto& list : open_) {
    for (const auto& each : list)
      if (const auto connection = each.lock()) connection->retire();
    list.clear();
  }
}

}  // namespace proxyd::session
