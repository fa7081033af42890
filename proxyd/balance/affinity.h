// "hash-preserve-affinity".
#pragma once

#include "proxyd/balance/balancer.h"
#include "proxyd/balance/hash_key.h"

namespace proxyd::balance {

/// Whether a key goes to another server than its own, because of its load.
inline bool gives_up(HashAffinity affinity, std::uint32_t slot, const LoadView& view) {
  if (affinity == HashAffinity::Always || !view.is_full(slot)) return false;
  return affinity == HashAffinity::MaxConn || view.is_queue_full(slot);
}

}  // namespace proxyd::balance
