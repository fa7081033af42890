// What the files of this folder share of OpenSSL. Nothing outside of it includes this.
#pragma once

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace lib::tls {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept { Free(object); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
struct ChainDeleter {
  void operator()(STACK_OF(X509)* chain) const noexcept { sk_X509_pop_free(chain, X509_free); }
};
using ChainPtr = std::unique_ptr<STACK_OF(X509), ChainDeleter>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

/// The oldest reason in OpenSSL's queue, which is emptied.
std::string take_reason();

/// The socket under a session: OpenSSL's own would raise SIGPIPE. What is in `early` is read before the socket.
struct SocketEnd {
  std::unique_ptr<std::string> early;  // null: nothing more, as with most
  int fd = -1;
};
/// Null when memory is short. `end` must outlive it.
BIO* make_socket_bio(SocketEnd& end);

}  // namespace lib::tls
