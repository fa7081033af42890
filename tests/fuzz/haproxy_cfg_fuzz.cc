#include <cstdint>

#include "tests/fuzz/haproxy_cfg_exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Bytes are text here.
  fuzz::exercise_haproxy_cfg({reinterpret_cast<const char*>(data), size});
  return 0;
}
