#include "lib/tls/agreement.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "lib/base/file.h"
#include "lib/base/outside.h"
#include "lib/tls/authorities_internals.h"
#include "lib/tls/openssl.h"

namespace lib::tls {
namespace {

std::uint64_t option_against(Version version) {
  switch (version) {
    case Version::Tls10: return SSL_OP_NO_TLSv1;
    case Version::Tls11: return SSL_OP_NO_TLSv1_1;
    case Version::Tls12: return SSL_OP_NO_TLSv1_2;
    case Version::Tls13: return SSL_OP_NO_TLSv1_3;
  }
  return 0;
}

std::shared_ptr<const Authorities> load_authorities(TrustFile, const std::string& path) {
  auto loaded = Authorities::load(path);
  return loaded ? std::move(*loaded) : nullptr;
}

}  // namespace

tl::unexpected<SettingFault> setting_fault(Setting setting, std::string value) {
  return tl::unexpected{SettingFault{setting, take_reason(), std::move(value)}};
}

tl::expected<void, SettingFault> agree(ssl_ctx_st* context, const Agreement& agreement) {
  for (const Version each : agreement.disabled) SSL_CTX_set_options(context, option_against(each));
  SSL_CTX_set_min_proto_version(context, static_cast<int>(agreement.min_version));
  SSL_CTX_set_max_proto_version(context, static_cast<int>(agreement.max_version));
  const Agreement& a = agreement;
  if (!a.ciphers.empty() && SSL_CTX_set_cipher_list(context, a.ciphers.c_str()) != 1) return setting_fault(Setting::Ciphers, a.ciphers);
  if (!a.ciphersuites.empty() && SSL_CTX_set_ciphersuites(context, a.ciphersuites.c_str()) != 1)
    return setting_fault(Setting::Ciphersuites, a.ciphersuites);
  if (!a.curves.empty() && SSL_CTX_set1_groups_list(context, a.curves.c_str()) != 1) return setting_fault(Setting::Curves, a.curves);
  if (!a.signatures.empty() && SSL_CTX_set1_sigalgs_list(context, a.signatures.c_str()) != 1) return setting_fault(Setting::Signatures, a.signatures);
  if (!a.client_signatures.empty() && SSL_CTX_set1_client_sigalgs_list(context, a.client_signatures.c_str()) != 1)
    return setting_fault(Setting::ClientSignatures, a.client_signatures);
  return {};
}

void agree_late(ssl_st* session, const Agreement& agreement) {
  SSL_set_min_proto_version(session, static_cast<int>(agreement.min_version));
  SSL_set_max_proto_version(session, static_cast<int>(agreement.max_version));
  for (const Version each : agreement.disabled) SSL_set_options(session, option_against(each));
  if (!agreement.curves.empty()) (void)SSL_set1_groups_list(session, agreement.curves.c_str());  // it was good for the context
}

std::string fault_of_authorities(const std::string& path) {
  const auto loaded = Authorities::load(path);
  return loaded ? std::string{} : loaded.error().message;
}

bool has_dh_parameters(const std::string& path) {
  const auto text = base::read_file(path);
  const BioPtr file{text ? BIO_new_mem_buf(text->data(), static_cast<int>(text->size())) : nullptr};
  const KeyPtr found{file ? PEM_read_bio_Parameters(file.get(), nullptr) : nullptr};
  ERR_clear_error();
  return found != nullptr && EVP_PKEY_is_a(found.get(), "DH") != 0;
}

tl::expected<void, SettingFault> trust_authorities(ssl_ctx_st* context, const std::string& ca_file, const std::string& crl_file,
                                                   const FindAuthorities& find) {
  const FindAuthorities found = find ? find : FindAuthorities{&load_authorities};
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  if (ca_file.empty()) return {};
  if (ca_file == "@system-ca") {
    base::note_unrepeatable("the system's authorities");
    if (SSL_CTX_set_default_verify_paths(context) != 1) return setting_fault(Setting::CaFile, ca_file);
  } else {
    const auto authorities = found(TrustFile::Authorities, ca_file);
    if (authorities == nullptr || !add_to(store, *authorities)) return setting_fault(Setting::CaFile, ca_file);
  }
  if (crl_file.empty()) return {};
  const auto revocations = found(TrustFile::Revocations, crl_file);
  if (revocations == nullptr || !add_to(store, *revocations)) return setting_fault(Setting::CrlFile, crl_file);
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return {};
}

}  // namespace lib::tls
