// Changes to a table in memory, with IPVS's answers: what exists cannot be added, what does not exist cannot be changed. Pure.
#pragma once

#include <span>

#include "checkerd/core/table.h"
#include "lib/base/result.h"

namespace checkerd::driver {

/// Fails with EEXIST, ESRCH (no such service) or ENOENT (no such destination), and leaves the table as it was.
lib::base::Status apply_to(Table& table, const Change& change);

/// The entries with these keys.
Table part_of(const Table& table, std::span<const ServiceKey> services);

}  // namespace checkerd::driver
