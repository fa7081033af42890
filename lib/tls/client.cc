#include "lib/tls/client.h"

#include <openssl/err.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/tls/client_internals.h"

namespace lib::tls {

struct ClientSession::Internals {
  std::shared_ptr<const ClientContext> context;
  SocketEnd end;  // the session's BIO points here
  NameCheck check;
  SslPtr ssl;
  bool is_established = false;
};

ClientSession::ClientSession(std::shared_ptr<const ClientContext> context, int socket, const ServerWish& wish)
    : internals_{std::make_unique<Internals>()} {
  internals_->context = std::move(context);
  const ClientContext::Internals::Current shared = internals_->context->internals().share();
  internals_->ssl.reset(SSL_new(shared.context.get()));
  internals_->end.fd = socket;
  BIO* const bio = internals_->ssl ? make_socket_bio(internals_->end) : nullptr;
  if (bio == nullptr) {
    internals_->ssl.reset();  // the handshake says so
    return;
  }
  SSL_set_bio(internals_->ssl.get(), bio, bio);
  if (!prepare_session(internals_->ssl.get(), wish, internals_->check)) internals_->ssl.reset();
}

ClientSession::~ClientSession() = default;
ClientSession::ClientSession(ClientSession&&) noexcept = default;
ClientSession& ClientSession::operator=(ClientSession&&) noexcept = default;

/// After any call that did not succeed.
Progress ClientSession::judge(int outcome) {
  const int code = errno;
  SSL* const ssl = internals_->ssl.get();
  switch (SSL_get_error(ssl, outcome)) {
    case SSL_ERROR_NONE: return Progress::Done;
    case SSL_ERROR_WANT_READ: return Progress::WantsRead;
    case SSL_ERROR_WANT_WRITE: return Progress::WantsWrite;
    case SSL_ERROR_ZERO_RETURN: return Progress::Closed;
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      error_ = code == 0 ? "connection closed" : std::strerror(code);
      return code == 0 ? Progress::CutOff : Progress::Failed;
    default: break;
  }
  const bool is_cut_off = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  error_ = take_reason();
  return is_cut_off ? Progress::CutOff : Progress::Failed;
}

bool ClientSession::is_other_name() const {
  return internals_->check.has_failed;
}

std::string_view ClientSession::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(internals_->ssl.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

Progress ClientSession::handshake() {
  if (!internals_->ssl) {
    error_ = "cannot make a TLS session";
    return Progress::Failed;
  }
  ERR_clear_error();
  errno = 0;
  const int outcome = SSL_do_handshake(internals_->ssl.get());
  if (outcome != 1) return judge(outcome);
  internals_->is_established = true;
  return Progress::Done;
}

ClientSession::Transfer ClientSession::read(std::span<char> into) {
  Transfer out;
  ERR_clear_error();
  errno = 0;
  const int outcome = SSL_read_ex(internals_->ssl.get(), into.data(), into.size(), &out.count);
  out.progress = outcome == 1 ? Progress::Done : judge(outcome);
  return out;
}

ClientSession::Transfer ClientSession::write(std::span<const char> bytes) {
  Transfer out;
  ERR_clear_error();
  errno = 0;
  const int outcome = SSL_write_ex(internals_->ssl.get(), bytes.data(), bytes.size(), &out.count);
  out.progress = outcome == 1 ? Progress::Done : judge(outcome);
  return out;
}

void ClientSession::close() {
  if (!internals_ || !internals_->is_established) return;
  ERR_clear_error();
  (void)SSL_shutdown(internals_->ssl.get());  // not awaited: what it says no longer matters
  ERR_clear_error();
}

}  // namespace lib::tls
