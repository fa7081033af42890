#include "proxyd/session/front_error.h"

namespace proxyd::session {

std::string_view words_of(FrontError error) {
  switch (error) {
    case FrontError::None: return "Success";
    case FrontError::ProxyClosed: return "Connection closed while waiting for PROXY protocol header";
    case FrontError::ProxyTimeout: return "Timeout while waiting for PROXY protocol header";
    case FrontError::ProxyTruncated: return "Truncated PROXY protocol header received";
    case FrontError::ProxyNotAHeader: return "Received something which does not look like a PROXY protocol header";
    case FrontError::ProxyInvalid: return "Received an invalid PROXY protocol header";
    case FrontError::ProxyUnhandled: return "Received an unhandled protocol in the PROXY protocol header";
    case FrontError::NetscalerClosed: return "Connection closed while waiting for NetScaler Client IP header";
    case FrontError::NetscalerTimeout: return "Timeout while waiting for a NetScaler Client IP header";
    case FrontError::NetscalerTruncated: return "Truncated NetScaler Client IP header received";
    case FrontError::NetscalerNotAHeader: return "Received an invalid NetScaler Client IP magic number";
    case FrontError::NetscalerUnhandled: return "Received an unhandled protocol in the NetScaler Client IP header";
    case FrontError::NetscalerInvalid: return "Received an invalid NetScaler Client IP header";
    case FrontError::TlsClosed: return "Connection closed during SSL handshake";
    case FrontError::TlsBroken: return "Connection error during SSL handshake";
    case FrontError::TlsTimeout: return "Timeout during SSL handshake";
    case FrontError::TlsMemory: return "Out of memory when initializing an SSL connection";
    case FrontError::AuthorityRefused: return "SSL client CA chain cannot be verified";
    case FrontError::CertificateRefused: return "SSL client certificate not trusted";
    case FrontError::TlsFailed: return "SSL handshake failure";
  }
  return {};
}

int number_of(FrontError error) {
  return error == FrontError::NetscalerInvalid ? static_cast<int>(FrontError::NetscalerUnhandled) : static_cast<int>(error);
}

}  // namespace proxyd::session
