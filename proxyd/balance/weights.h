// Weights as the schedules need them: reduced, and laid out over a map.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

/// The candidates' weights over their greatest common divisor.
std::vector<std::uint32_t> reduced_weights(std::span<const Candidate> candidates);
std::uint64_t total_weight(std::span<const std::uint32_t> weights);

/// The static map of `static-rr` and of map-based hashes: one slot per unit of weight, each server spread evenly,
/// the first declared one first. At most 65,536 entries: heavier sets are scaled down.
std::vector<std::uint32_t> make_static_map(std::span<const Candidate> candidates);

}  // namespace proxyd::balance
