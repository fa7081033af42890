// Headers of the PROXY protocol and NetScaler's: a longer prefix never takes a verdict back, what is complete stays within what
// came, and what it says survives being encoded again. The first byte chooses which.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/proxy_header.h"

namespace {

using namespace lib::net;

constexpr std::uint32_t kMagic = 0x4e53'4349;

void require(bool holds) {
  if (!holds) std::abort();
}

HeaderStatus decode(bool netscaler, std::string_view text, ProxyHeader& header) {
  return netscaler ? decode_netscaler_header(text, kMagic, header) : decode_proxy_header(text, header);
}

void check_again(const ProxyHeader& header) {
  std::string wire;
  const std::vector<ProxyTlv> authority{{2, header.tlv(TlvType::Authority)}};
  encode_proxy_v2(header.source, header.destination, authority, Checksum::Crc32c, wire);
  ProxyHeader again;
  require(decode_proxy_header(wire, again) == HeaderStatus::Complete && again.size == wire.size());
  if (!header.source.is_ip()) return;
  require(again.source == header.source && again.destination == header.destination);
  require(again.tlv(TlvType::Authority) == header.tlv(TlvType::Authority));
  std::string line;
  encode_proxy_v1(header.source, header.destination, line);
  require(decode_proxy_header(line, again) == HeaderStatus::Complete && again.source == header.source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool netscaler = (data[0] & 1) != 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};  // bytes are text here
  ProxyHeader header;
  HeaderStatus status = HeaderStatus::NeedMore;
  const std::size_t step = text.size() > 300 ? 37 : 1;
  std::unique_ptr<char[]> bytes;
  for (std::size_t had = 0; status == HeaderStatus::NeedMore && had < text.size();) {
    had = std::min(text.size(), had + step);
    bytes = std::make_unique<char[]>(had);  // exactly what was received: reading past it is noticed
    text.copy(bytes.get(), had);
    status = decode(netscaler, {bytes.get(), had}, header);
    require(status != HeaderStatus::Complete || (header.size != 0 && header.size <= had));
  }
  const ProxyHeader in_pieces = header;
  if (status == HeaderStatus::NeedMore) return 0;
  const HeaderStatus at_once = decode(netscaler, text, header);
  require(at_once == status && header.size == in_pieces.size && header.source == in_pieces.source);
  if (status == HeaderStatus::Complete) check_again(in_pieces);
  return 0;
}
