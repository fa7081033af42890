#include "proxyd/session/foreword.h"

#include <sys/socket.h>

#include <cerrno>

#include "lib/net/namespace.h"
#include "lib/net/proxy_header.h"
#include "lib/net/socket.h"

namespace proxyd::session {
namespace {

using lib::event::Task;
using lib::event::Wake;
using lib::net::HeaderStatus;
using lib::net::ProxyHeader;

enum class Foreword : std::uint8_t { Proxy, Netscaler };

enum class Failure : std::uint8_t { None, Closed, Timeout, Truncated, NotAHeader, Unhandled, Invalid, Killed };

FrontError error_for(Foreword kind, Failure failure) {
  const bool proxy = kind == Foreword::Proxy;
  switch (failure) {
    case Failure::None:
    case Failure::Killed: break;
    case Failure::Closed: return proxy ? FrontError::ProxyClosed : FrontError::NetscalerClosed;
    case Failure::Timeout: return proxy ? FrontError::ProxyTimeout : FrontError::NetscalerTimeout;
    case Failure::Truncated: return proxy ? FrontError::ProxyTruncated : FrontError::NetscalerTruncated;
    case Failure::NotAHeader: return proxy ? FrontError::ProxyNotAHeader : FrontError::NetscalerNotAHeader;
    case Failure::Unhandled: return proxy ? FrontError::ProxyUnhandled : FrontError::NetscalerUnhandled;
    case Failure::Invalid: return proxy ? FrontError::ProxyInvalid : FrontError::NetscalerInvalid;
  }
  return FrontError::None;
}

Failure failure_for(HeaderStatus status) {
  switch (status) {
    case HeaderStatus::Complete:
    case HeaderStatus::NeedMore: break;
    case HeaderStatus::NotAHeader: return Failure::NotAHeader;
    case HeaderStatus::Unhandled: return Failure::Unhandled;
    case HeaderStatus::Invalid: return Failure::Invalid;
  }
  return Failure::None;
}

void take_over(Front& front, Foreword kind, const ProxyHeader& header) {
  if (header.source.is_ip()) front.set_source(header.source);
  if (header.destination.is_ip()) front.set_destination(header.destination);
  if (kind != Foreword::Proxy) return;
  Front::Announced& announced = front.announcement();
  announced.has_proxy_header = true;
  announced.tlvs = header.tlvs;
  const std::string_view name = header.tlv(lib::net::TlvType::NetworkNamespace);
  if (name.empty()) return;
  for (const auto& each : front.site->config->name_spaces)
    if (each->name() == name) announced.name_space = each.get();
}

HeaderStatus decode(const Front& front, Foreword kind, ProxyHeader& header) {
  const std::string_view received{front.input->head(), front.input->size()};
  return kind == Foreword::Proxy ? lib::net::decode_proxy_header(received, header)
                                 : lib::net::decode_netscaler_header(received, front.netscaler_magic, header);
}

/// Reads until the header is whole and takes it over.
Task<Failure> receive(Front& front, Foreword kind, Instant deadline) {
  while (true) {
    if (!front.input->empty()) {
      ProxyHeader header;
      const HeaderStatus status = decode(front, kind, header);
      // What it names goes into the log also where a fault came behind it, as with haproxy.
      if (status == HeaderStatus::Complete || header.source.is_ip()) take_over(front, kind, header);
      if (status == HeaderStatus::Complete) {
        front.input->consume(static_cast<std::uint32_t>(header.size));
        co_return Failure::None;
      }
      if (status != HeaderStatus::NeedMore) co_return failure_for(status);
      if (front.input->room_size() == 0) co_return Failure::Truncated;  // larger than any buffer
    }
    const ssize_t got = front.descriptor.receive(front.input->room(), front.input->room_size());
    if (got > 0) {
      front.input->end += static_cast<std::uint32_t>(got);
      continue;
    }
    if (got == 0 || errno != EAGAIN) co_return front.input->empty() ? Failure::Closed : Failure::Truncated;
    const Wake wake = co_await front.waiter.ready(front.descriptor, lib::event::kRead, deadline);
    if (wake.timed_out()) co_return front.input->empty() ? Failure::Timeout : Failure::Truncated;
    if (wake.notified && front.info.take_kill()) co_return Failure::Killed;
  }
}

}  // namespace

Task<bool> receive_forewords(Front& front) {
  front.input = front.worker.buffers->normal.take();
  const Instant deadline = lib::base::deadline_after(front.now(), front.conf().timeouts.client);
  Foreword kind = Foreword::Proxy;
  Failure failure = Failure::None;
  if (front.expects_proxy) failure = co_await receive(front, kind, deadline);
  if (failure == Failure::None && front.expects_netscaler) {
    kind = Foreword::Netscaler;
    failure = co_await receive(front, kind, deadline);
  }
  if (failure != Failure::None) {
    const FrontError error = error_for(kind, failure);
    if (error != FrontError::None) log_connection_error(front, error, !front.input->empty());
    if (!front.input->empty()) lib::net::set_reset_on_close(front.descriptor.fd());  // as with haproxy
    co_return false;
  }
  if (front.input->empty()) front.input.reset();
  else front.input->compact();
  front.ready = front.idle_since = front.now();
  co_return true;
}

}  // namespace proxyd::session
