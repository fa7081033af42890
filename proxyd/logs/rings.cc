#include "proxyd/logs/rings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/log/forwarder.h"

namespace proxyd::logs {
namespace {

constexpr std::uint16_t kSyslogPort = 514;

lib::log::Forwarding forwarding_to(const config::Ring& ring, const config::Server& server) {
  lib::log::Forwarding to;
  to.where = server.where;
  if (to.where.kind == lib::net::Endpoint::Kind::Ip && to.where.ip.port() == 0) to.where.ip.set_port(kSyslogPort);
  to.source = server.source.address;
  if (server.octet_count) to.framing = lib::log::Forwarding::Framing::OctetCount;
  to.connect_timeout = ring.connect_timeout;
  to.send_timeout = ring.server_timeout;
  return to;
}

}  // namespace

lib::base::Status Rings::open(const std::vector<config::Ring>& rings, RingFiles files) {
  for (const config::Ring& conf : rings) {
    const auto size = static_cast<std::size_t>(conf.size);
    const bool in_file = !conf.backing_file.empty() && files == RingFiles::Open;
    auto memory = in_file ? lib::log::RingMemory::of_file(conf.backing_file, size) : lib::log::RingMemory::of_process(size);
    if (!memory)
      return lib::base::failure(fmt::format("cannot open backing-file '{}' for ring '{}': {}.", conf.backing_file, conf.name,
                                            memory.error().message));
    rings_.push_back(std::unique_ptr<OpenRing>{new OpenRing{conf, lib::log::Ring{std::move(*memory)}}});  // it cannot be moved
  }
  return {};
}

OpenRing* Rings::find(std::string_view name) const {
  const auto found = std::ranges::find_if(rings_, [name](const auto& each) { return each->conf.name == name; });
  return found == rings_.end() ? nullptr : found->get();
}

void Rings::forward(lib::event::Loop& loop, lib::event::TaskGroup& tasks) const {
  for (const auto& ring : rings_)
    for (const config::Server& server : ring->conf.servers)
      if (!server.disabled) tasks.spawn(lib::log::forward(loop, ring->lines, forwarding_to(ring->conf, server)));
}

}  // namespace proxyd::logs
