// How much a log line matters to keepalived's users.
#pragma once

#include <cstdint>

namespace keepalived {

enum class Level : std::uint8_t { Always, Detail };  // Detail: only with -D

}  // namespace keepalived
