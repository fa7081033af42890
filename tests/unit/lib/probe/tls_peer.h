// A TLS server on a thread of its own, with a certificate made on the spot.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include "lib/net/address.h"
#include "lib/net/socket.h"

enum class TlsManner { Polite, Rude, ClosesInHandshake, Silent, SpeaksPlain };  // Rude: no close_notify

class TlsPeer {
 public:
  TlsPeer(TlsManner manner, std::string answer) : manner_{manner}, answer_{std::move(answer)} {
    std::signal(SIGPIPE, SIG_IGN);  // of this server, not of what is tested
    context_ = SSL_CTX_new(TLS_server_method());
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    SSL_CTX_set_tlsext_servername_callback(context_, &TlsPeer::on_name);
    SSL_CTX_set_tlsext_servername_arg(context_, this);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    where.ip = lib::net::Address::ipv4(0x7f000001, 0);
    (void)::bind(listener_, where.ip.raw(), where.ip.raw_size());
    (void)::listen(listener_, 16);
    where.ip = lib::net::local_address(listener_);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~TlsPeer() {
    ends_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }

  lib::net::Endpoint where;
  std::string sni, request;  // read these after the probe has ended with success
  static constexpr auto kPatience = 3;

 private:
  static int on_name(SSL* ssl, int*, void* self) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name != nullptr) static_cast<TlsPeer*>(self)->sni = name;
    return SSL_TLSEXT_ERR_OK;
  }

  void serve() {
    while (!ends_) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const timeval patience{.tv_sec = kPatience, .tv_usec = 0};
      ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      answer_one(fd);
      ::close(fd);
    }
  }

  void answer_one(int fd) {
    char bytes[4096];
    if (manner_ == TlsManner::ClosesInHandshake || manner_ == TlsManner::SpeaksPlain || manner_ == TlsManner::Silent) {
      (void)!::recv(fd, bytes, sizeof bytes, 0);
      if (manner_ == TlsManner::SpeaksPlain) (void)!::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (manner_ == TlsManner::Silent) (void)!::recv(fd, bytes, sizeof bytes, 0);  // until the client goes
      return;
    }
    SSL* const ssl = SSL_new(context_);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
      const int got = SSL_read(ssl, bytes, sizeof bytes);
      if (got > 0) request.assign(bytes, static_cast<std::size_t>(got));
      (void)SSL_write(ssl, answer_.data(), static_cast<int>(answer_.size()));
      if (manner_ == TlsManner::Polite) (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
  }

  TlsManner manner_;
  std::string answer_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};
