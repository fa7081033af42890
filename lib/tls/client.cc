#include "lib/tls/client.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace lib::tls {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept { Free(object); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using MethodPtr = std::unique_ptr<BIO_METHOD, Deleter<BIO_meth_free>>;

/// The oldest reason in OpenSSL's queue, which is emptied.
std::string take_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  return code != 0 && ERR_GET_LIB(code) == ERR_LIB_SYS ? std::strerror(ERR_GET_REASON(code)) : "unknown TLS error";
}

// ---- the socket under a session: OpenSSL's own would raise SIGPIPE

int socket_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

int write_socket(BIO* bio, const char* bytes, int count) noexcept {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_socket(BIO* bio, char* bytes, int count) noexcept {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), bytes, static_cast<std::size_t>(count), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control_socket(BIO* bio, int command, long, void*) noexcept {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

MethodPtr make_method() {
  MethodPtr method{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "probe socket")};
  if (!method) return nullptr;
  BIO_meth_set_write(method.get(), &write_socket);
  BIO_meth_set_read(method.get(), &read_socket);
  BIO_meth_set_ctrl(method.get(), &control_socket);
  return method;
}

int give_password(char* into, int size, int, void* data) noexcept {
  const std::string& password = *static_cast<const std::string*>(data);
  const int count = std::min(size, static_cast<int>(std::min<std::size_t>(password.size(), INT_MAX)));
  std::memcpy(into, password.data(), static_cast<std::size_t>(count));
  return count;
}

tl::unexpected<base::Error> file_failure(const char* what, const std::string& file) {
  return base::failure(std::string{"cannot load "} + what + " '" + file + "': " + take_reason());
}

base::Status load_files(SSL_CTX* context, const ClientSettings& settings) {
  std::string password = settings.key_password;
  SSL_CTX_set_default_passwd_cb(context, &give_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &password);
  base::Status status;
  if (!settings.certificate_file.empty() && SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1)
    status = file_failure("certificate", settings.certificate_file);
  else if (!settings.key_file.empty() && SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    status = file_failure("key", settings.key_file);
  else if (!settings.ca_file.empty() && SSL_CTX_load_verify_locations(context, settings.ca_file.c_str(), nullptr) != 1)
    status = file_failure("CA", settings.ca_file);
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  return status;
}

}  // namespace

struct ClientContext::Internals {
  MethodPtr method;    // outlives the sessions' BIOs: each session keeps its context
  ContextPtr context;
};

ClientContext::ClientContext(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
ClientContext::~ClientContext() = default;

base::Result<std::shared_ptr<const ClientContext>> ClientContext::make(const ClientSettings& settings) {
  ERR_clear_error();
  auto internals = std::make_unique<Internals>();
  internals->method = make_method();
  internals->context.reset(SSL_CTX_new(TLS_client_method()));
  if (!internals->method || !internals->context) return base::failure("cannot make a TLS context: " + take_reason());
  SSL_CTX* const context = internals->context.get();
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // each check is a new handshake
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const base::Status loaded = load_files(context, settings);
  if (!loaded) return tl::unexpected{loaded.error()};
  return std::shared_ptr<const ClientContext>{new ClientContext{std::move(internals)}};  // its constructor is private
}

struct ClientSession::Internals {
  std::shared_ptr<const ClientContext> context;
  SslPtr ssl;
  int socket = -1;  // the BIO points here
  bool is_established = false;
};

ClientSession::ClientSession(std::shared_ptr<const ClientContext> context, int socket, const std::string& sni)
    : internals_{std::make_unique<Internals>()} {
  internals_->context = std::move(context);
  const ClientContext::Internals& shared = *internals_->context->internals_;
  internals_->ssl.reset(SSL_new(shared.context.get()));
  BIO* const bio = internals_->ssl ? BIO_new(shared.method.get()) : nullptr;
  if (bio == nullptr) {
    internals_->ssl.reset();  // the handshake says so
    return;
  }
  internals_->socket = socket;
  BIO_set_data(bio, &internals_->socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(internals_->ssl.get(), bio, bio);
  if (!sni.empty())  // SSL_set_tlsext_host_name without its cast; a name too long goes without
    (void)SSL_ctrl(internals_->ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(sni.c_str()));
  SSL_set_connect_state(internals_->ssl.get());
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
