#include "proxyd/stats/preload.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "proxyd/stats/kept.h"

namespace proxyd::stats {

using config::KeptColumn;
using config::KeptCounters;
using lib::base::Instant;

namespace {

void fill(servers::Cells& cells, const KeptCounters& kept) {
  for (std::size_t i = 0; i < config::kKeptColumns; ++i) {
    const auto which = count_of(static_cast<KeptColumn>(i));
    if (which && kept.values[i]) cells.preload(*which, *kept.values[i]);
  }
}

/// Times are shown in 32 bits of seconds.
std::chrono::seconds seconds_of(std::uint64_t count) { return std::chrono::seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(count, UINT32_MAX))}; }

/// What servers and backends have besides counters. The backend's lock is held.
template <class Object>
void fill_times(Object& object, const KeptCounters& kept, Instant now) {
  if (const auto down = kept[KeptColumn::Downtime]) object.down_time = seconds_of(*down);
  if (const auto ago = kept[KeptColumn::Lastsess])
    object.last_session_s.store(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch() - seconds_of(*ago)).count());
}

}  // namespace

void preload_new(session::Site& site, Instant now) {
  for (const auto& frontend : site.frontends) {
    const bool is_new = frontend->state.use_count() == 1;
    if (is_new && frontend->conf.kept_front != nullptr) fill(frontend->counters, *frontend->conf.kept_front);
  }
  for (const auto& backend : site.backends) {
    const std::lock_guard guard{backend->mutex};
    const KeptCounters* const kept = backend->conf.kept_back.get();
    if (kept != nullptr && backend->state->bodies.size() == 1) {
      fill(backend->counters, *kept);
      fill_times(*backend, *kept, now);
      if (const auto down = (*kept)[KeptColumn::Chkdown]) backend->down_transitions = static_cast<std::uint32_t>(*down);
    }
    for (const auto& server : backend->servers) {
      if (server->conf.kept == nullptr || server->state->bodies.size() != 1) continue;
      fill(server->counters, *server->conf.kept);
      fill_times(*server, *server->conf.kept, now);
    }
  }
}

void preload(listen::Listener& listener) {
  if (listener.conf->kept != nullptr && listener.counters != nullptr) fill(*listener.counters, *listener.conf->kept);
}

}  // namespace proxyd::stats
