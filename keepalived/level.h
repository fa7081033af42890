// How much a log line matters to keepalived's users.
#pragma once

#include <cstdint>

namespace keepalived {

enum class Level : std::uint8_t { Always, Detail, Alert };  // Detail: only with -D; Alert: somebody should look

}  // namespace keepalived
