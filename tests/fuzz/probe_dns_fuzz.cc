// Datagrams of checked DNS servers and of whoever answers an echo; and names as a configuration may have them.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "lib/probe/dns.h"
#include "lib/probe/host_addresses.h"
#include "lib/probe/icmp.h"

namespace {

using namespace lib::probe;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> datagram{data, data + size};
  if (const auto answer = decode_dns_answer(datagram)) {
    require(size >= 12 && (data[2] & 0x80) != 0);
    require(answer->id == static_cast<std::uint16_t>(data[0] << 8U | data[1]));
    require(answer->code <= 15 && dns_code_name(answer->code) != nullptr);
  }
  for (const IcmpFamily family : {IcmpFamily::V4, IcmpFamily::V6})
    if (decode_echo_reply(family, datagram)) require(size >= 8);
  // An answer to the question that it repeats, whatever stands behind that.
  for (const std::uint16_t type : {std::uint16_t{1}, std::uint16_t{28}}) {
    std::vector<std::uint8_t> query = encode_dns_query(0, type, "a.test").value_or(datagram), answer = query;
    answer[2] = 0x80;
    answer[5] = 1;
    answer[7] = 200;
    answer.insert(answer.end(), datagram.begin(), datagram.end());
    const auto found = decode_dns_addresses(query, answer);
    require(found && found->size() <= 200 && found->size() * 15 <= size);
    (void)decode_dns_addresses(query, datagram);  // it must not break
  }
  const std::string_view name{static_cast<const char*>(static_cast<const void*>(data)), size};
  if (const auto query = encode_dns_query(1, 2, name)) {
    require(query->size() <= 12 + 255 + 4);
    // Labels lead to the root, and type and class follow.
    std::size_t at = 12;
    while ((*query)[at] != 0) at += (*query)[at] + 1U;
    require(at + 5 == query->size());
    require(!decode_dns_answer(*query));
  }
  return 0;
}
