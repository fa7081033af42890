#include "lib/netlink/wire.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace lib::netlink::wire {

Message::Message(std::uint16_t type, std::uint16_t flags, std::size_t room)
    : message_{nlmsg_alloc_size(room)}, type_{type} {
  if (message_ == nullptr) std::abort();  // out of memory
  nlmsghdr* head = raw();
  head->nlmsg_type = type;
  head->nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
}

void Message::append(const void* data, std::size_t size) {
  if (nlmsg_append(message_.get(), const_cast<void*>(data), size, NLMSG_ALIGNTO) < 0) complete_ = false;
}

void Message::put(std::uint16_t kind, const void* data, std::size_t size) {
  if (nla_put(message_.get(), kind, static_cast<int>(size), data) < 0) complete_ = false;
}

void Message::put_address(std::uint16_t kind, const Address& address) {
  std::array<std::uint8_t, 16> room{};
  const auto bytes = address_bytes(address, room);
  put(kind, bytes.data(), bytes.size());
}

nlattr* Message::begin(std::uint16_t kind) {
  nlattr* out = nla_nest_start(message_.get(), kind);
  if (out == nullptr) complete_ = false;
  return out;
}

void Message::end(nlattr* nested) {
  // libnl drops an empty nest; the kernel wants none of ours empty anyway.
  if (nested != nullptr && nla_nest_end(message_.get(), nested) < 0) complete_ = false;
}

std::size_t Message::size() const { return nlmsg_hdr(message_.get())->nlmsg_len; }

std::uint8_t* Message::at(std::size_t offset) { return reinterpret_cast<std::uint8_t*>(raw()) + offset; }

Attributes::Attributes(const nlattr* first, int length) : first_{first}, length_{length} {}

Attributes Attributes::of_message(const nlmsghdr& message, std::size_t header_size) {
  const int size = static_cast<int>(header_size);
  return {nlmsg_attrdata(&message, size), nlmsg_attrlen(&message, size)};
}

const nlattr* Attributes::find(std::uint16_t kind) const {
  if (first_ == nullptr || length_ <= 0) return nullptr;
  int left = length_;
  for (const nlattr* at = first_; nla_ok(at, left) != 0; at = nla_next(at, &left))
    if (nla_type(at) == kind) return at;
  return nullptr;
}

Attributes Attributes::nested(std::uint16_t kind) const {
  const nlattr* found = find(kind);
  if (found == nullptr) return {nullptr, 0};
  return {static_cast<const nlattr*>(nla_data(found)), nla_len(found)};
}

bool Attributes::copy(std::uint16_t kind, void* out, std::size_t size) const {
  const nlattr* found = find(kind);
  if (found == nullptr || static_cast<std::size_t>(nla_len(found)) < size) return false;
  std::memcpy(out, nla_data(found), size);
  return true;
}

std::span<const std::uint8_t> Attributes::bytes(std::uint16_t kind) const {
  const nlattr* found = find(kind);
  if (found == nullptr) return {};
  return {static_cast<const std::uint8_t*>(nla_data(found)), static_cast<std::size_t>(nla_len(found))};
}

std::string Attributes::text(std::uint16_t kind) const {
  const auto raw = bytes(kind);
  return {raw.begin(), std::find(raw.begin(), raw.end(), 0)};
}

std::optional<Address> Attributes::address(std::uint16_t kind, std::uint8_t family) const {
  return address_of(bytes(kind), family);
}

std::span<const std::uint8_t> address_bytes(const Address& address, std::array<std::uint8_t, 16>& room) {
  if (address.is_ipv6()) {
    std::memcpy(room.data(), &address.ipv6_bits(), 16);
    return {room.data(), 16};
  }
  const std::uint32_t bits = htonl(address.ipv4_bits());
  std::memcpy(room.data(), &bits, 4);
  return {room.data(), 4};
}

std::optional<Address> address_of(std::span<const std::uint8_t> bytes, std::uint8_t family) {
  if (family == AF_INET && bytes.size() == 4) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes.data(), 4);
    return Address::ipv4(ntohl(bits));
  }
  if (family == AF_INET6 && bytes.size() == 16) {
    sockaddr_in6 raw{};
    raw.sin6_family = AF_INET6;
    std::memcpy(&raw.sin6_addr, bytes.data(), 16);
    return Address::from_sockaddr(reinterpret_cast<const sockaddr&>(raw), sizeof raw);
  }
  return std::nullopt;
}

std::string_view type_name(std::uint16_t type) {
  switch (type) {
    case RTM_NEWLINK: return "RTM_NEWLINK";
    case RTM_DELLINK: return "RTM_DELLINK";
    case RTM_GETLINK: return "RTM_GETLINK";
    case RTM_SETLINK: return "RTM_SETLINK";
    case RTM_NEWADDR: return "RTM_NEWADDR";
    case RTM_DELADDR: return "RTM_DELADDR";
    case RTM_GETADDR: return "RTM_GETADDR";
    case RTM_NEWROUTE: return "RTM_NEWROUTE";
    case RTM_DELROUTE: return "RTM_DELROUTE";
    case RTM_GETROUTE: return "RTM_GETROUTE";
    case RTM_NEWRULE: return "RTM_NEWRULE";
    case RTM_DELRULE: return "RTM_DELRULE";
    case RTM_GETRULE: return "RTM_GETRULE";
    default: return "RTM";
  }
}

}  // namespace lib::netlink::wire
