#include "lib/tls/layer.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/tls/notes.h"
#include "lib/tls/openssl.h"

namespace lib::tls {
namespace {

constexpr std::size_t kRecord = 16384;

}  // namespace

struct SecureLayer::End : SocketEnd {
  Notes notes;
};

SecureLayer::SecureLayer(event::Channel& channel) : channel_{channel}, end_{std::make_unique<End>()} {}

bool SecureLayer::open(ssl_ctx_st* context, std::string early) {
  ERR_clear_error();
  end_->fd = channel_.fd();
  if (!early.empty()) end_->early = std::make_unique<std::string>(std::move(early));
  ssl_ = SSL_new(context);
  BIO* const bio = ssl_ == nullptr ? nullptr : make_socket_bio(*end_);
  if (bio == nullptr) return false;
  SSL_set_bio(ssl_, bio, bio);
  end_->notes.attach(*ssl_);
  return true;
}

SecureLayer::~SecureLayer() {
  if (is_established_ && !is_broken_ && !has_ended_) (void)SSL_shutdown(ssl_);
  // OpenSSL forgets the session of a connection that was cut, also where we had said goodbye. It can be resumed all the same;
  // where the other end broke a rule it is forgotten already.
  if (is_established_) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
  ERR_clear_error();
}

void SecureLayer::begin_call() {
  ERR_clear_error();
  errno = 0;
}

void SecureLayer::establish() {
  is_established_ = true;
  // What came with its last message lies here now, where the kernel does not tell of it.
  channel_.set_standing(SSL_has_pending(ssl_) != 0 ? event::kRead : 0);
}

Handshake SecureLayer::shake_hands() {
  begin_call();
  const int outcome = SSL_do_handshake(ssl_);
  if (outcome != 1) return judge(outcome);
  establish();
  return Handshake::Done;
}

Handshake SecureLayer::judge(int outcome) {
  switch (SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_WANT_READ: return Handshake::WantsRead;
    case SSL_ERROR_WANT_WRITE: return Handshake::WantsWrite;
    case SSL_ERROR_SYSCALL:
    case SSL_ERROR_ZERO_RETURN:
      ERR_clear_error();
      is_broken_ = true;
      return Handshake::Closed;
    default: break;
  }
  is_broken_ = true;
  error_code_ = ERR_peek_error();
  ERR_clear_error();
  return Handshake::Failed;
}

ssize_t SecureLayer::fail(int outcome) {
  const int code = errno;
  switch (SSL_get_error(ssl_, outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    default: break;
  }
  is_broken_ = true;
  error_code_ = ERR_peek_error();
  ERR_clear_error();
  errno = code == 0 ? ECONNRESET : code;
  return -1;
}

ssize_t SecureLayer::receive(char* room, std::size_t size) {
  begin_call();
  std::size_t got = 0;
  const int outcome = SSL_read_ex(ssl_, room, size, &got);
  if (outcome == 1) {
    channel_.set_standing(SSL_has_pending(ssl_) != 0 ? event::kRead : 0);
    return static_cast<ssize_t>(got);
  }
  channel_.set_standing(0);  // at most a part of a record: the kernel tells when there is more
  return fail(outcome);
}

ssize_t SecureLayer::peek() {
  begin_call();
  char byte = 0;
  std::size_t got = 0;
  const int outcome = SSL_peek_ex(ssl_, &byte, 1, &got);
  if (outcome == 1) return 1;
  channel_.set_standing(0);  // at most a part of a record
  return fail(outcome);
}

int SecureLayer::put(std::string_view bytes, std::size_t& sent) { return SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent); }

ssize_t SecureLayer::write(std::string_view bytes) {
  begin_call();
  std::size_t sent = 0;
  const int outcome = put(bytes, sent);
  if (outcome == 1) return static_cast<ssize_t>(sent);
  const ssize_t result = fail(outcome);
  if (result != 0) return result;
  errno = EPIPE;  // the peer said goodbye
  return -1;
}

ssize_t SecureLayer::send(std::span<const iovec> pieces, bool) {
  if (pieces.size() == 1) return write({static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len});
  // A record for each piece would cost more than the copy.
  static thread_local std::array<char, kRecord> flat;
  std::size_t size = 0;
  for (const iovec& piece : pieces) {
    const std::size_t taken = std::min(piece.iov_len, flat.size() - size);
    std::memcpy(flat.data() + size, piece.iov_base, taken);
    size += taken;
    if (size == flat.size()) break;
  }
  return write({flat.data(), size});
}

bool SecureLayer::end_sending() {
  if (!std::exchange(has_ended_, true) && !is_broken_) {
    ERR_clear_error();
    (void)SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  return ::shutdown(channel_.fd(), SHUT_WR) == 0;
}

bool SecureLayer::is_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string_view SecureLayer::version() const { return SSL_get_version(ssl_); }

std::string_view SecureLayer::cipher() const {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_);
  return SSL_CIPHER_get_name(cipher);
}

std::string_view SecureLayer::server_name() const {
  const char* const name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view{} : name;
}

std::string_view SecureLayer::session_id() const {
  const SSL_SESSION* const session = SSL_get_session(ssl_);
  if (session == nullptr) return {};
  unsigned size = 0;
  const unsigned char* const id = SSL_SESSION_get_id(session, &size);
  return {reinterpret_cast<const char*>(id), size};
}

int SecureLayer::used_bits() const {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_);
  return cipher == nullptr ? 0 : SSL_CIPHER_get_bits(cipher, nullptr);
}

int SecureLayer::algorithm_bits() const {
  int bits = 0;
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl_);
  return cipher == nullptr ? 0 : (SSL_CIPHER_get_bits(cipher, &bits), bits);
}

const Notes& SecureLayer::notes() const { return end_->notes; }

long SecureLayer::verify_result() const { return SSL_get_verify_result(ssl_); }

std::string_view SecureLayer::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

}  // namespace lib::tls
