// One row for each virtual and real server: states, connections, traffic, checks; as CSV, JSON and Prometheus text.
#pragma once

#include <string>

#include "checkerd/report/desk.h"

namespace checkerd::report {

std::string statistics_csv(Desk& desk);
/// An array with an object for each row, its members named as the CSV's columns.
std::string statistics_json(Desk& desk);
std::string statistics_prometheus(Desk& desk);

/// "up", "down", "drain"; where overruled, the same as it counts now.
const char* state_word(const ServerState& state);

}  // namespace checkerd::report
