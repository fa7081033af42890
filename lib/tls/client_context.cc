#include "lib/tls/client_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

#include "lib/tls/certificate_internals.h"
#include "lib/tls/client_internals.h"
#include "lib/tls/client_layer.h"

namespace lib::tls {
namespace {

constexpr auto kModes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;

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

/// Where a session's NameCheck is kept.
int check_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int judge_certificate(int is_good, X509_STORE_CTX* store) noexcept {
  if (is_good == 0 || X509_STORE_CTX_get_error_depth(store) != 0) return is_good;
  const void* const ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  auto* const check = static_cast<NameCheck*>(SSL_get_ex_data(static_cast<const SSL*>(ssl), check_index()));
  if (check == nullptr || check->name.empty()) return 1;
  // Alternative names and the common name, also where there are both.
  X509* const certificate = X509_STORE_CTX_get_current_cert(store);
  if (X509_check_host(certificate, check->name.data(), check->name.size(), X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, nullptr) == 1) return 1;
  check->has_failed = true;
  X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);  // makes the alert that the original sends
  return 0;
}

tl::expected<void, SettingFault> apply(SSL_CTX* context, const BackSettings& settings, const FindAuthorities& find) {
  SSL_CTX_set_mode(context, kModes);
  SSL_CTX_set_options(context, SSL_OP_ALL | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (settings.no_tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_read_ahead(context, 1);
  // Sessions are kept by who opens connections, see client_layer.h.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &ClientLayer::on_new_session);
  if (auto agreed = agree(context, settings.agreement); !agreed) return agreed;
  if (settings.verifies) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (auto trusted = trust_authorities(context, settings.ca_file, settings.crl_file, find); !trusted) return trusted;
  }
  if (settings.certificate != nullptr && !present(context, *settings.certificate)) return setting_fault(Setting::Certificate);
  const std::string protocols = alpn_list(settings.alpn);
  if (!protocols.empty() && SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                                                    static_cast<unsigned>(protocols.size())) != 0)
    return setting_fault(Setting::Alpn);
  return {};
}

}  // namespace

std::string alpn_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& each : names) {
    list += static_cast<char>(each.size());
    list += each;
  }
  return list;
}

bool prepare_session(SSL* ssl, const ServerWish& wish, NameCheck& check) {
  if (!wish.name.empty())  // SSL_set_tlsext_host_name without its cast; a name too long goes without
    (void)SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(wish.name.c_str()));
  if (!wish.verified_name.empty() && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE) {
    check.name = wish.verified_name;
    if (SSL_set_ex_data(ssl, check_index(), &check) != 1) return false;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, &judge_certificate);
  }
  if (!wish.alpn.empty())
    (void)SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(wish.alpn.data()), static_cast<unsigned>(wish.alpn.size()));
  SSL_set_connect_state(ssl);
  return true;
}

ClientContext::ClientContext(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
ClientContext::~ClientContext() = default;

ClientContext::Internals::Current ClientContext::Internals::share() {
  const std::lock_guard lock{mutex};
  SSL_CTX_up_ref(current.context.get());
  return {ContextPtr{current.context.get()}, current.generation};
}

void ClientContext::change_to(const ClientContext& other) const {
  Internals::Current next = other.internals_->share();
  const std::lock_guard lock{internals_->mutex};
  internals_->current.context.swap(next.context);
  ++internals_->current.generation;
}

base::Result<std::shared_ptr<const ClientContext>> ClientContext::make(const ClientSettings& settings) {
  ERR_clear_error();
  auto internals = std::make_unique<Internals>();
  internals->current.context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = internals->current.context.get();
  if (context == nullptr) return base::failure("cannot make a TLS context: " + take_reason());
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // each check is a new handshake
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const base::Status loaded = load_files(context, settings);
  if (!loaded) return tl::unexpected{loaded.error()};
  return std::shared_ptr<const ClientContext>{new ClientContext{std::move(internals)}};  // its constructor is private
}

tl::expected<std::shared_ptr<const ClientContext>, SettingFault> ClientContext::make(const BackSettings& settings, const FindAuthorities& find) {
  ERR_clear_error();
  auto internals = std::make_unique<Internals>();
  ContextPtr& context = internals->current.context;
  context.reset(SSL_CTX_new(TLS_client_method()));
  if (!context) return setting_fault(Setting::Library);
  if (auto applied = apply(context.get(), settings, find); !applied) return tl::unexpected{applied.error()};
  return std::shared_ptr<const ClientContext>{new ClientContext{std::move(internals)}};  // its constructor is private
}

}  // namespace lib::tls
