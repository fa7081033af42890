#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/netlink/wire.h"

// The dialogue with the kernel: a request is written, and its answers are read until the last.
namespace lib::netlink::wire {

namespace {

using lib::base::failure;
using lib::base::system_failure;

constexpr std::size_t kReceiveBuffer = 64 * 1024;  // the kernel fills dumps in pieces of at most 32 KiB
constexpr int kMaxDumps = 5;                       // a list that changes while it is read is read again

/// "No such process(3), type=RTM_DELROUTE(25)" as keepalived words it, then what the kernel says about it.
tl::unexpected<lib::base::Error> kernel_failure(const nlmsghdr& reply, const nlmsgerr& error, std::uint16_t type) {
  const int code = -error.error;
  std::string text = std::strerror(code);
  text += "(" + std::to_string(code) + "), type=" + std::string{type_name(type)} + "(" + std::to_string(type) + ")";
  if ((reply.nlmsg_flags & NLM_F_ACK_TLVS) != 0) {
    // With NETLINK_CAP_ACK the request's body is left out, so the attributes follow the fixed part.
    const std::string said = Attributes::of_message(reply, sizeof(nlmsgerr)).text(NLMSGERR_ATTR_MSG);
    if (!said.empty()) text += ": " + said;
  }
  return failure(std::move(text), code);
}

}  // namespace

namespace {

Result<lib::base::UniqueFd> open_socket(int protocol, bool blocking, std::uint32_t receive_buffer, bool force) {
  lib::base::UniqueFd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), protocol)};
  if (!fd) return system_failure("netlink socket", errno);
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&self), sizeof self) != 0)
    return system_failure("netlink bind", errno);
  const int on = 1;
  // Both only make errors clearer; kernels without them answer as well.
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  // A refused size leaves the system's; overruns are handled anyway.
  if (receive_buffer > 0)
    (void)::setsockopt(fd.get(), SOL_SOCKET, force ? SO_RCVBUFFORCE : SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  return fd;
}

Result<std::unique_ptr<Exchange>> open_exchange(int protocol, std::uint32_t receive_buffer, bool force) {
  auto fd = open_socket(protocol, true, receive_buffer, force);
  if (!fd) return tl::unexpected{fd.error()};
  // The kernel answers before send() returns; this only guards against waiting for ever.
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  (void)::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return std::make_unique<Exchange>(std::move(*fd));
}

}  // namespace

Result<lib::base::UniqueFd> open_route_socket(bool blocking, std::uint32_t receive_buffer, bool force) {
  return open_socket(NETLINK_ROUTE, blocking, receive_buffer, force);
}

Result<std::unique_ptr<Exchange>> Exchange::open(std::uint32_t receive_buffer, bool force) {
  return open_exchange(NETLINK_ROUTE, receive_buffer, force);
}
Result<std::unique_ptr<Exchange>> Exchange::open_generic() { return open_exchange(NETLINK_GENERIC, 0, false); }
Result<std::unique_ptr<Exchange>> Exchange::open_netfilter() { return open_exchange(NETLINK_NETFILTER, 0, false); }

Status Exchange::send(std::span<const std::uint8_t> bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent = 0;
  do {
    sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return system_failure("netlink send", errno);
  return {};
}

Result<std::size_t> Exchange::receive() {
  buffer_.resize(kReceiveBuffer);
  while (true) {
    sockaddr_nl from{};
    socklen_t from_size = sizeof from;
    const ssize_t got =
        ::recvfrom(fd_.get(), buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&from), &from_size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure("netlink receive", errno);
    if (from.nl_pid == 0) return static_cast<std::size_t>(got);  // others than the kernel may write to us too
  }
}

Status Exchange::call(Message& message) {
  std::vector<Status> out;
  if (auto done = call_some({&message, 1}, out); !done) return done;
  return out.front();
}

std::vector<Status> Exchange::call_all(std::span<Message> messages) {
  std::vector<Status> out;
  out.reserve(messages.size());
  while (out.size() < messages.size()) {
    const std::size_t done = out.size();
    const auto some = messages.subspan(done, std::min(batch_, messages.size() - done));
    const Status sent = call_some(some, out);
    if (sent) continue;
    const int code = sent.error().code;
    // A host with tiny buffers: too much in one write, or too many answers to it.
    const bool is_too_much = some.size() > 1 && (code == EMSGSIZE || code == ENOBUFS);
    if (is_too_much) batch_ = some.size() / 2;
    if (is_too_much && code == EMSGSIZE) continue;  // nothing of it was done
    if (code == ENOBUFS) drain();
    out.resize(code == ENOBUFS ? done + some.size() : messages.size(), sent);
  }
  return out;
}

/// Answers that are left after some were lost. The kernel tells of a loss again only when there are none.
void Exchange::drain() {
  buffer_.resize(kReceiveBuffer);
  while (::recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT) > 0 || errno == EINTR) continue;
}

Status Exchange::call_some(std::span<Message> messages, std::vector<Status>& out) {
  std::vector<std::uint8_t> bytes;
  const std::uint32_t first = sequence_ + 1;
  std::vector<Status> answers(messages.size());
  std::vector<bool> answered(messages.size());
  std::size_t left = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    ++sequence_;
    if (!messages[i].is_complete()) {
      answers[i] = failure("netlink request too long", EMSGSIZE);
      answered[i] = true;
      continue;
    }
    nlmsghdr* head = messages[i].raw();
    head->nlmsg_flags = static_cast<std::uint16_t>(head->nlmsg_flags | NLM_F_ACK);
    head->nlmsg_seq = sequence_;
    const auto* start = reinterpret_cast<const std::uint8_t*>(head);
    bytes.insert(bytes.end(), start, start + head->nlmsg_len);
    bytes.resize(static_cast<std::size_t>(NLMSG_ALIGN(bytes.size())));
    ++left;
  }
  if (left > 0)
    if (auto sent = send(bytes); !sent) return sent;
  while (left > 0) {
    const auto got = receive();
    if (!got) return tl::unexpected{got.error()};
    int size = static_cast<int>(*got);
    for (auto* at = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(at, size) != 0; at = nlmsg_next(at, &size)) {
      const auto* error = header_of<nlmsgerr>(*at);
      const std::uint32_t index = at->nlmsg_seq - first;
      if (at->nlmsg_type != NLMSG_ERROR || error == nullptr || index >= messages.size() || answered[index]) continue;
      if (error->error != 0) answers[index] = kernel_failure(*at, *error, messages[index].type());
      answered[index] = true;
      --left;
    }
  }
  std::move(answers.begin(), answers.end(), std::back_inserter(out));
  return {};
}

Status Exchange::dump(Message& message, const std::function<void(const nlmsghdr&)>& on_entry) {
  for (int tries = 0; tries < kMaxDumps; ++tries) {
    std::vector<std::vector<std::uint8_t>> entries;
    const auto whole = dump_once(message, [&](const nlmsghdr& entry) {
      const auto* start = reinterpret_cast<const std::uint8_t*>(&entry);
      entries.emplace_back(start, start + entry.nlmsg_len);
    });
    if (!whole) return tl::unexpected{whole.error()};
    if (!*whole) continue;
    for (const auto& entry : entries) on_entry(*reinterpret_cast<const nlmsghdr*>(entry.data()));
    return {};
  }
  return failure("netlink list keeps changing while it is read", EAGAIN);
}

Result<bool> Exchange::dump_once(Message& message, const std::function<void(const nlmsghdr&)>& on_entry) {
  nlmsghdr* head = message.raw();
  head->nlmsg_flags = static_cast<std::uint16_t>(head->nlmsg_flags | NLM_F_DUMP);
  head->nlmsg_seq = ++sequence_;
  if (auto sent = send({reinterpret_cast<const std::uint8_t*>(head), head->nlmsg_len}); !sent)
    return tl::unexpected{sent.error()};
  return read_answers(message.type(), on_entry);
}

Status Exchange::ask(Message& message, const std::function<void(const nlmsghdr&)>& on_answer) {
  if (!message.is_complete()) return failure("netlink request too long", EMSGSIZE);
  nlmsghdr* head = message.raw();
  head->nlmsg_flags = static_cast<std::uint16_t>(head->nlmsg_flags | NLM_F_ACK);  // the acknowledgement ends the answer
  head->nlmsg_seq = ++sequence_;
  if (auto sent = send({reinterpret_cast<const std::uint8_t*>(head), head->nlmsg_len}); !sent) return sent;
  const auto whole = read_answers(message.type(), on_answer);
  if (!whole) return tl::unexpected{whole.error()};
  return {};
}

Result<bool> Exchange::read_answers(std::uint16_t type, const std::function<void(const nlmsghdr&)>& on_entry) {
  bool whole = true;
  while (true) {
    const auto got = receive();
    if (!got) return tl::unexpected{got.error()};
    int size = static_cast<int>(*got);
    for (auto* at = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(at, size) != 0; at = nlmsg_next(at, &size)) {
      if (at->nlmsg_seq != sequence_) continue;
      if ((at->nlmsg_flags & NLM_F_DUMP_INTR) != 0) whole = false;
      if (at->nlmsg_type == NLMSG_DONE) return whole;
      if (at->nlmsg_type == NLMSG_ERROR) {
        const auto* error = header_of<nlmsgerr>(*at);
        if (error == nullptr) return failure("netlink answer too short", EBADMSG);
        if (error->error == 0) return whole;
        return kernel_failure(*at, *error, type);
      }
      on_entry(*at);
    }
  }
}

}  // namespace lib::netlink::wire
