#include <endian.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>

#include <cstring>

#include "lib/netlink/wire.h"

namespace lib::netlink {

namespace {

/// Attributes behind one another, outside of a message.
constexpr std::size_t kAttributeHead = 4;  // NLA_HDRLEN: length and kind

class Payload {
 public:
  void put(std::uint16_t kind, const void* data, std::size_t size) {
    const auto length = static_cast<std::uint16_t>(kAttributeHead + size);
    append(&length, sizeof length);
    append(&kind, sizeof kind);
    append(data, size);
    bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
  }
  template <class T>
  void put(std::uint16_t kind, T value) {
    put(kind, &value, sizeof value);
  }
  void put(std::uint16_t kind, const std::optional<Address>& address) {
    if (!address) return;
    std::array<std::uint8_t, 16> room{};
    const auto raw = wire::address_bytes(*address, room);
    put(kind, raw.data(), raw.size());
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    const std::size_t start = bytes_.size();
    bytes_.resize(start + size);
    std::memcpy(bytes_.data() + start, data, size);
  }
  std::vector<std::uint8_t> bytes_;
};

std::vector<std::uint8_t> label_stack(const Encapsulation& wanted) {
  std::vector<std::uint32_t> stack;
  for (const std::uint32_t label : wanted.labels) {
    const bool is_last = stack.size() + 1 == wanted.labels.size();
    stack.push_back(htobe32(label << 12 | (is_last ? 0x100U : 0U)));  // RFC 3032 section 2.1: the bottom-of-stack bit
  }
  Payload out;
  out.put(MPLS_IPTUNNEL_DST, stack.data(), stack.size() * sizeof(std::uint32_t));
  return out.take();
}

}  // namespace

std::pair<std::uint16_t, std::vector<std::uint8_t>> encode_encapsulation(const Encapsulation& wanted) {
  Payload out;
  switch (wanted.kind) {
    case Encapsulation::Kind::None: return {};
    case Encapsulation::Kind::Mpls: return {LWTUNNEL_ENCAP_MPLS, label_stack(wanted)};
    case Encapsulation::Kind::Ip:
    case Encapsulation::Kind::Ip6: {
      // Both kinds number their attributes alike.
      static_assert(int{LWTUNNEL_IP_ID} == int{LWTUNNEL_IP6_ID} && int{LWTUNNEL_IP_FLAGS} == int{LWTUNNEL_IP6_FLAGS});
      if (wanted.id != 0) out.put(LWTUNNEL_IP_ID, htobe64(wanted.id));
      out.put(LWTUNNEL_IP_DST, wanted.destination);
      out.put(LWTUNNEL_IP_SRC, wanted.source);
      if (wanted.ttl != 0) out.put(LWTUNNEL_IP_TTL, wanted.ttl);
      if (wanted.tos != 0) out.put(LWTUNNEL_IP_TOS, wanted.tos);
      if (wanted.flags != 0) out.put(LWTUNNEL_IP_FLAGS, htobe16(wanted.flags));
      const bool six = wanted.kind == Encapsulation::Kind::Ip6;
      return {six ? std::uint16_t{LWTUNNEL_ENCAP_IP6} : std::uint16_t{LWTUNNEL_ENCAP_IP}, out.take()};
    }
    case Encapsulation::Kind::Ila:
      out.put(ILA_ATTR_LOCATOR, htobe64(wanted.locator));
      return {LWTUNNEL_ENCAP_ILA, out.take()};
  }
  return {};
}

}  // namespace lib::netlink
