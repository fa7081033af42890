// Lists of certificates of any text: what is read is what was written, and nothing of it is empty.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proxyd/certificates/crt_list_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace proxyd::certificates;
  static const std::vector<CrtListOption> kOptions{{"alpn", true}, {"verify", true}, {"ca-file", true}, {"no-ca-names", false}};
  const std::string_view text{static_cast<const char*>(static_cast<const void*>(data)), size};
  const CrtList list = read_crt_list(text, "file", kOptions);
  for (const CrtListLine& line : list.lines) {
    if (line.certificate.empty() || line.number == 0) std::abort();
    for (const auto& each : line.settings)
      if (text.find(each.option) == std::string_view::npos || text.find(each.value) == std::string_view::npos) std::abort();
    for (const std::string& each : line.filters)
      if (each.empty() || each.find_first_of(" \t[]\n") != std::string::npos) std::abort();
  }
  return 0;
}
