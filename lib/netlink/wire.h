// Netlink messages as bytes: what the rooms of this folder share to build and read them with libnl. Nobody outside
// lib/netlink includes this.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/base/unique_fd.h"
#include "lib/netlink/netlink.h"

namespace lib::netlink::wire {

/// One message to the kernel, of at most `room` bytes; an attribute that does not fit is remembered and fails the request.
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags, std::size_t room = 1024);
  /// The family's header (ifaddrmsg, rtmsg, ...), first.
  template <class Header>
  void header(const Header& header) {
    append(&header, sizeof header);
  }
  void put(std::uint16_t kind, const void* data, std::size_t size);
  void put_u8(std::uint16_t kind, std::uint8_t value) { put(kind, &value, sizeof value); }
  void put_u16(std::uint16_t kind, std::uint16_t value) { put(kind, &value, sizeof value); }
  void put_u32(std::uint16_t kind, std::uint32_t value) { put(kind, &value, sizeof value); }
  void put_text(std::uint16_t kind, const std::string& text) { put(kind, text.c_str(), text.size() + 1); }
  void put_address(std::uint16_t kind, const Address& address);
  /// Opens a nested attribute; close it with end().
  nlattr* begin(std::uint16_t kind);
  void end(nlattr* nested);
  void append(const void* data, std::size_t size);
  /// Where the next attribute goes, for lengths that are known later (multipath).
  std::size_t size() const;
  std::uint8_t* at(std::size_t offset);

  bool is_complete() const { return complete_; }
  nlmsghdr* raw() { return nlmsg_hdr(message_.get()); }
  std::uint16_t type() const { return type_; }

 private:
  struct Free {
    void operator()(nl_msg* message) const noexcept { nlmsg_free(message); }
  };
  std::unique_ptr<nl_msg, Free> message_;
  std::uint16_t type_;
  bool complete_ = true;
};

/// The attributes of a received message or nested attribute, by kind. Points into the receive buffer.
class Attributes {
 public:
  Attributes(const nlattr* first, int length);
  static Attributes of_message(const nlmsghdr& message, std::size_t header_size);
  Attributes nested(std::uint16_t kind) const;

  const nlattr* find(std::uint16_t kind) const;
  bool has(std::uint16_t kind) const { return find(kind) != nullptr; }
  std::optional<std::uint8_t> u8(std::uint16_t kind) const { return value<std::uint8_t>(kind); }
  std::optional<std::uint16_t> u16(std::uint16_t kind) const { return value<std::uint16_t>(kind); }
  std::optional<std::uint32_t> u32(std::uint16_t kind) const { return value<std::uint32_t>(kind); }
  std::optional<std::uint64_t> u64(std::uint16_t kind) const { return value<std::uint64_t>(kind); }
  std::string text(std::uint16_t kind) const;
  std::optional<Address> address(std::uint16_t kind, std::uint8_t family) const;
  std::span<const std::uint8_t> bytes(std::uint16_t kind) const;
  template <class T>
  std::optional<T> value(std::uint16_t kind) const {
    T out{};
    if (!copy(kind, &out, sizeof out)) return std::nullopt;
    return out;
  }

 private:
  bool copy(std::uint16_t kind, void* out, std::size_t size) const;
  const nlattr* first_;
  int length_;
};

/// The family's header of a message, when it is long enough to have one.
template <class Header>
const Header* header_of(const nlmsghdr& message) {
  if (message.nlmsg_len < static_cast<std::uint32_t>(nlmsg_size(sizeof(Header)))) return nullptr;
  return static_cast<const Header*>(nlmsg_data(&message));
}

/// A request socket and its dialogue: each request is answered before the next.
class Exchange {
 public:
  static Result<std::unique_ptr<Exchange>> open(std::uint32_t receive_buffer, bool force);
  /// The same with another family of netlink: generic, netfilter.
  static Result<std::unique_ptr<Exchange>> open_generic();
  static Result<std::unique_ptr<Exchange>> open_netfilter();
  /// Sends and waits for the answer.
  Status call(Message& message);
  /// One write for many; their answers in order.
  std::vector<Status> call_all(std::span<Message> messages);
  /// Asks for a list. `on_entry` sees each message of the answer.
  Status dump(Message& message, const std::function<void(const nlmsghdr&)>& on_entry);
  /// Asks for one object. `on_answer` sees it.
  Status ask(Message& message, const std::function<void(const nlmsghdr&)>& on_answer);

  explicit Exchange(lib::base::UniqueFd fd) : fd_{std::move(fd)} {}

 private:
  Status send(std::span<const std::uint8_t> bytes);
  Result<std::size_t> receive();
  void drain();
  Status call_some(std::span<Message> messages, std::vector<Status>& out);
  Result<bool> dump_once(Message& message, const std::function<void(const nlmsghdr&)>& on_entry);
  Result<bool> read_answers(std::uint16_t type, const std::function<void(const nlmsghdr&)>& on_entry);

  lib::base::UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  std::size_t batch_ = 64;            // of one write; its answers must fit the socket's receive buffer
  std::vector<std::uint8_t> buffer_;
};

/// A datagram socket of the route family, bound, close-on-exec.
Result<lib::base::UniqueFd> open_route_socket(bool blocking, std::uint32_t receive_buffer, bool force);
/// The bytes of an address in network order: 4 or 16.
std::span<const std::uint8_t> address_bytes(const Address& address, std::array<std::uint8_t, 16>& room);
std::optional<Address> address_of(std::span<const std::uint8_t> bytes, std::uint8_t family);
/// "RTM_NEWADDR" for a request's type.
std::string_view type_name(std::uint16_t type);

// Each kind of object, from and to a message.
std::optional<Link> decode_link(const nlmsghdr& message);
std::optional<InterfaceAddress> decode_address(const nlmsghdr& message);
std::optional<Route> decode_route(const nlmsghdr& message);
std::optional<Rule> decode_rule(const nlmsghdr& message);
Message encode_address(const InterfaceAddress& address, bool add);
Message encode_route(const Route& route, bool add);
Message encode_rule(const Rule& rule, bool add);
Message encode_macvlan(const Netlink::Macvlan& wanted);
Message encode_ipvlan(const Netlink::Ipvlan& wanted);

}  // namespace lib::netlink::wire
