#include "lib/tls/server_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <ctime>
#include <unordered_set>

#include "lib/base/file.h"
#include "lib/base/outside.h"
#include "lib/tls/authorities_internals.h"
#include "lib/tls/certificate_internals.h"
#include "lib/tls/forger.h"
#include "lib/tls/notes.h"
#include "lib/tls/server_extras.h"
#include "lib/tls/server_hello.h"
#include "lib/tls/server_internals.h"
#include "lib/tls/ticket_keys.h"

namespace lib::tls {
namespace {

using Fault = tl::unexpected<SettingFault>;

Fault fault(Setting setting) { return setting_fault(setting); }

Agreement agreement_of(const ServerSettings& settings) {
  return {settings.ciphers, settings.ciphersuites, settings.curves, settings.signatures, settings.client_signatures,
          settings.min_version, settings.max_version, settings.disabled};
}

/// Where a line says otherwise than its listener. A context alone does not carry all of it to a session that has begun.
void enter_group(SSL* ssl, const SettingsGroup& group) {
  const ServerSettings& settings = group.settings;
  (void)SSL_set_SSL_CTX(ssl, group.context.get());
  SSL_set_verify(ssl, SSL_CTX_get_verify_mode(group.context.get()), SSL_CTX_get_verify_callback(group.context.get()));
  agree_late(ssl, agreement_of(settings));
  (void)SSL_set_max_early_data(ssl, settings.early_data);
}

/// Whom the client is shown, kept for its handshake. False: nobody.
bool choose_certificate(SSL* ssl, const ServerContext::Internals& context, const std::string& name) {
  std::shared_ptr<const ServerTable> table;
  {
    const std::lock_guard lock{context.mutex};
    table = context.table;
  }
  const Forger* const forger = name.empty() ? nullptr : context.settings.forger.get();
  const bool ecdsa = knows_ecdsa(ssl);
  const PresentedCertificate* chosen = table->choose(name, ecdsa, forger != nullptr || context.settings.strict_sni);
  HandshakeState& state = state_of(ssl);
  state.certificate.reset();  // a client may have to say hello twice
  if (chosen == nullptr && forger != nullptr) {
    // With the default one's key. Where none can be made that one is shown, unless names are all that counts.
    chosen = table->choose({}, ecdsa, false);
    if (chosen != nullptr) state.certificate = forger->forge(name, chosen->certificate, std::time(nullptr));
    if (state.certificate == nullptr && context.settings.strict_sni) return false;
  }
  if (chosen == nullptr) return false;
  if (state.certificate == nullptr) state.certificate = chosen->certificate;
  state.group = chosen->group;
  return true;
}

int choose_by_hello(SSL* ssl, int* alert, void* argument) noexcept {
  const auto& context = *static_cast<const ServerContext::Internals*>(argument);
  const std::string name = name_in_hello(ssl);
  if (!choose_certificate(ssl, context, name)) {
    // For logs: OpenSSL has not read it yet, and will not.
    (void)SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  HandshakeState& state = state_of(ssl);
  if (state.group != nullptr) enter_group(ssl, *state.group);
  const Certificate::Internals& parts = state.certificate->internals();
  if (parts.dh && EVP_PKEY_up_ref(parts.dh.get()) == 1 && SSL_set0_tmp_dh_pkey(ssl, parts.dh.get()) != 1) EVP_PKEY_free(parts.dh.get());
  if (SSL_use_cert_and_key(ssl, parts.leaf.get(), parts.key.get(), parts.sent_chain(), 1) == 1) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_INTERNAL_ERROR;
  return SSL_CLIENT_HELLO_ERROR;
}

/// The name was looked at in the hello already. That it counts makes OpenSSL keep it with the session (up to TLS 1.2).
int accept_name(SSL*, int*, void*) noexcept { return SSL_TLSEXT_ERR_OK; }

/// The first of ours that the client offers too.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned size,
                    void* argument) noexcept {
  const auto& ours = static_cast<const ServerSettings*>(argument)->alpn;
  for (const std::string& each : ours) {
    for (unsigned at = 0; at < size; at += 1U + offered[at]) {
      const unsigned length = offered[at];
      if (at + 1 + length > size) return SSL_TLSEXT_ERR_NOACK;
      if (std::string_view{reinterpret_cast<const char*>(offered) + at + 1, length} != each) continue;
      *out = offered + at + 1;
      *out_size = static_cast<unsigned char>(length);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

tl::expected<void, SettingFault> trust(SSL_CTX* context, const ServerSettings& settings, const FindAuthorities& find) {
  if (settings.verify == VerifyPeer::No) return {};
  const int mode = SSL_VERIFY_PEER | (settings.verify == VerifyPeer::Required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  SSL_CTX_set_verify(context, mode, &judge_client);
  if (auto trusted = trust_authorities(context, settings.ca_verify_file, {}, find); !trusted) return trusted;
  // With revocations at last, whichever file the authorities are from.
  const std::string& last = settings.ca_file.empty() ? settings.ca_verify_file : settings.ca_file;
  if (auto trusted = trust_authorities(context, last, settings.crl_file, find); !trusted) return trusted;
  const bool has_names = !settings.ca_file.empty() && settings.ca_file != "@system-ca" && !settings.no_ca_names;
  if (!has_names) return {};
  const auto named = find ? find(TrustFile::Authorities, settings.ca_file) : Authorities::load(settings.ca_file).value_or(nullptr);
  if (named != nullptr) SSL_CTX_set_client_CA_list(context, names_of(*named));
  return {};
}

/// Diffie-Hellman's, and the one curve of "ecdhe".
tl::expected<void, SettingFault> use_parameters(SSL_CTX* context, const ServerSettings& settings) {
  if (!settings.named_curve.empty() && settings.curves.empty() && SSL_CTX_set1_groups_list(context, settings.named_curve.c_str()) != 1)
    return setting_fault(Setting::NamedCurve, settings.named_curve);
  if (settings.dh_file.empty()) {
    SSL_CTX_set_dh_auto(context, settings.makes_dh ? 1 : 0);
    return {};
  }
  const auto text = base::read_file(settings.dh_file);
  const BioPtr file{text ? BIO_new_mem_buf(text->data(), static_cast<int>(text->size())) : nullptr};
  KeyPtr parameters{file ? PEM_read_bio_Parameters(file.get(), nullptr) : nullptr};
  if (!parameters || SSL_CTX_set0_tmp_dh_pkey(context, parameters.get()) != 1) return setting_fault(Setting::DhFile, settings.dh_file);
  (void)parameters.release();  // the context owns it now
  return {};
}

tl::expected<void, SettingFault> apply(SSL_CTX* context, const ServerSettings& settings, const FindAuthorities& find) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  std::uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_SINGLE_DH_USE | SSL_OP_SINGLE_ECDH_USE |
                          SSL_OP_IGNORE_UNEXPECTED_EOF;
  if (!settings.prefer_client_ciphers) options |= SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
  if (settings.no_tickets) options |= SSL_OP_NO_TICKET;
  SSL_CTX_set_options(context, options);
  SSL_CTX_set_read_ahead(context, 1);
  keep_notes(*context, settings.notes);
  if (auto done = use_parameters(context, settings); !done) return done;
  if (settings.security_level >= 0) SSL_CTX_set_security_level(context, settings.security_level);
  // A limit for all of a connection, where the original's tune.ssl.maxrecord eases after its beginning: OpenSSL's own bounds.
  if (settings.max_record != 0) SSL_CTX_set_max_send_fragment(context, std::clamp(settings.max_record, 512U, 16384U));
  answer_questions(context);
  SSL_CTX_set_session_cache_mode(context, settings.cached_sessions == 0 ? SSL_SESS_CACHE_OFF : SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, settings.cached_sessions);
  SSL_CTX_set_timeout(context, settings.lifetime_s);
  (void)SSL_CTX_set_max_early_data(context, settings.early_data);
  static constexpr unsigned char kOurs[] = "triad";
  SSL_CTX_set_session_id_context(context, kOurs, sizeof kOurs - 1);
  if (settings.min_version < Version::Tls12 && settings.security_level < 0) SSL_CTX_set_security_level(context, 0);  // older versions need SHA-1
  if (auto agreed = agree(context, agreement_of(settings)); !agreed) return agreed;
  return trust(context, settings, find);
}

/// `settings` stay where they are as long as the context lives.
tl::expected<ContextPtr, SettingFault> make_context(const ServerSettings& settings, const FindAuthorities& find) {
  ContextPtr context{SSL_CTX_new(TLS_server_method())};
  if (!context) return fault(Setting::Library);
  if (auto done = apply(context.get(), settings, find); !done) return Fault{done.error()};
  if (!settings.alpn.empty())
    SSL_CTX_set_alpn_select_cb(context.get(), &choose_protocol, const_cast<ServerSettings*>(&settings));
  return context;
}

tl::expected<std::shared_ptr<const SettingsGroup>, SettingFault> make_group(const ServerSettings& settings,
                                                                                 const FindAuthorities& find) {
  const auto group = std::make_shared<SettingsGroup>();
  group->settings = settings;
  auto context = make_context(group->settings, find);
  if (!context) return Fault{context.error()};
  group->context = std::move(*context);
  return group;
}

}  // namespace

ServerContext::ServerContext() : internals_{std::make_unique<Internals>()} {}
ServerContext::~ServerContext() = default;

const Certificate* ServerContext::choose(std::string_view name, bool ecdsa) const {
  const std::shared_ptr<const ServerTable> known = table();
  const PresentedCertificate* const found = known->choose(name, ecdsa, internals_->settings.strict_sni);
  return found == nullptr ? nullptr : found->certificate.get();
}

std::shared_ptr<const ServerTable> ServerContext::table() const {
  const std::lock_guard lock{internals_->mutex};
  return internals_->table;
}

void ServerContext::note_early(const ServerTable& table) const {
  const auto allows = [](const PresentedCertificate& each) { return each.group != nullptr && each.group->settings.early_data != 0; };
  internals_->takes_early = internals_->settings.early_data != 0 || std::any_of(table.entries().begin(), table.entries().end(), allows);
}

const ServerSettings& ServerContext::settings() const { return internals_->settings; }

void ServerContext::use(std::shared_ptr<const ServerTable> table) const {
  note_early(*table);
  {
    const std::lock_guard lock{internals_->mutex};
    internals_->table.swap(table);
  }
  // what was there before goes here, without the lock
}

tl::expected<std::shared_ptr<const ServerTable>, SettingFault> ServerContext::make_table(
    const std::vector<CertificateLine>& lines, Trust trust) const {
  const FindAuthorities& find = internals_->find;
  std::shared_ptr<const SettingsGroup> own;
  if (const auto before = table(); before != nullptr) own = before->own();
  if (trust == Trust::Renewed) {
    auto renewed = make_group(internals_->settings, find);
    if (!renewed) return Fault{renewed.error()};
    own = std::move(*renewed);
  }
  std::vector<std::shared_ptr<const SettingsGroup>> groups;
  const auto group_of = [&](const ServerSettings& settings) -> tl::expected<std::shared_ptr<const SettingsGroup>, SettingFault> {
    if (settings == internals_->settings) return own;
    for (const auto& each : groups)
      if (each->settings == settings) return each;
    auto made = make_group(settings, find);
    if (made) groups.push_back(*made);
    return made;
  };
  // Whether OpenSSL takes them at the level of security that handshakes will have.
  const ContextPtr trial{SSL_CTX_new(TLS_server_method())};
  if (!trial) return fault(Setting::Library);
  SSL_CTX_set_security_level(trial.get(), SSL_CTX_get_security_level(internals_->initial.get()));
  std::unordered_set<const Certificate*> tried;
  if (const auto before = table(); before != nullptr)
    for (const PresentedCertificate& each : before->entries()) tried.insert(each.certificate.get());
  std::vector<PresentedCertificate> entries;
  entries.reserve(lines.size());
  for (const CertificateLine& line : lines) {
    PresentedCertificate entry{line.certificate, line.filters, line.is_default, own};
    if (line.settings) {
      auto group = group_of(*line.settings);
      if (!group) return Fault{group.error()};
      entry.group = std::move(*group);
    }
    if (tried.insert(line.certificate.get()).second && !present(trial.get(), *line.certificate)) return fault(Setting::Certificate);
    entries.push_back(std::move(entry));
  }
  return std::make_shared<const ServerTable>(std::move(entries), std::move(own));
}

tl::expected<std::shared_ptr<const ServerContext>, SettingFault> ServerContext::make(const ServerSettings& settings,
                                                                                    const std::vector<CertificateLine>& lines,
                                                                                    FindAuthorities find) {
  ERR_clear_error();
  const std::shared_ptr<ServerContext> made{new ServerContext};  // its constructor is private
  Internals& internals = *made->internals_;
  internals.settings = settings;
  internals.find = std::move(find);
  auto initial = make_context(internals.settings, internals.find);
  if (!initial) return Fault{initial.error()};
  internals.initial = std::move(*initial);
  if (settings.ticket_keys != nullptr) TicketKeys::serve(internals.initial.get());
  SSL_CTX_set_client_hello_cb(internals.initial.get(), &choose_by_hello, &internals);
  SSL_CTX_callback_ctrl(internals.initial.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(&accept_name));
  auto table = made->make_table(lines);
  if (!table) return Fault{table.error()};
  made->note_early(**table);
  internals.table = std::move(*table);
  return made;
}

tl::expected<std::shared_ptr<const ServerContext>, SettingFault> ServerContext::make(
    const ServerSettings& settings, const std::vector<std::shared_ptr<const Certificate>>& certificates) {
  std::vector<CertificateLine> lines;
  for (const auto& each : certificates) lines.push_back({each, {}, lines.empty(), {}});
  return make(settings, lines);
}

}  // namespace lib::tls
