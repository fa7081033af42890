// What of the kernel's table may be ours, kept on the disk: after a kill -9 the next start takes away what is no longer wanted,
// and goes on with the rest.
#pragma once

#include <string>

#include "checkerd/core/table.h"
#include "lib/base/result.h"

namespace checkerd {

/// Every service and server that the configuration can put into the table; only keys and addresses count.
lib::base::Status write_owned(const std::string& path, const Table& table);
/// Empty where there is no such file. Errors: it cannot be read, or a line (named) makes no sense; what stands before is lost, too.
lib::base::Result<Table> read_owned(const std::string& path);

}  // namespace checkerd
