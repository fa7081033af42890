// Why a client's connection did not become a session: what "fc_err" and "fc_err_str" say. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace proxyd::session {

/// Numbered as haproxy numbers them.
enum class FrontError : std::uint8_t {
  None = 0,
  ProxyClosed = 11,
  ProxyTimeout = 13,
  ProxyTruncated = 14,
  ProxyNotAHeader = 15,
  ProxyInvalid = 16,
  ProxyUnhandled = 17,
  NetscalerClosed = 18,
  NetscalerTimeout = 20,
  NetscalerTruncated = 21,
  NetscalerNotAHeader = 22,
  NetscalerUnhandled = 23,
  TlsClosed = 24,
  TlsBroken = 25,
  TlsTimeout = 26,
  TlsMemory = 28,
  AuthorityRefused = 30,
  CertificateRefused = 31,
  TlsFailed = 34,
  NetscalerInvalid = 255,  // haproxy has no number of its own for it
};

std::string_view words_of(FrontError error);
int number_of(FrontError error);

}  // namespace proxyd::session
