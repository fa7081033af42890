#include "lib/tls/certificate.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/tls/certificate_internals.h"
#include "lib/tls/ocsp.h"

namespace lib::tls {
namespace {

using DecoderPtr = std::unique_ptr<OSSL_DECODER_CTX, Deleter<OSSL_DECODER_CTX_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

BioPtr reader_of(std::string_view text) { return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

/// A file with a passphrase that nobody told us cannot be used: nobody is there to type it.
int refuse_password(char*, int, int, void*) noexcept { return -1; }

int give_password(char* into, int size, int, void* data) noexcept {
  const std::string& password = *static_cast<const std::string*>(data);
  if (password.empty() || password.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(into, password.data(), password.size());
  return static_cast<int>(password.size());
}

struct PemBlock {
  char *name = nullptr, *header = nullptr;
  unsigned char* bytes = nullptr;
  long size = 0;
  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  }
};

/// OpenSSL tries each kind of key that it knows, which takes four times as long as when it is told. Null: it has to try.
KeyPtr read_key_of(std::string_view text, const char* kind) {
  const BioPtr reader = reader_of(text);
  while (true) {
    PemBlock block;
    if (PEM_read_bio(reader.get(), &block.name, &block.header, &block.bytes, &block.size) != 1) return nullptr;
    const std::string_view name{block.name};
    if (!name.ends_with("PRIVATE KEY")) continue;
    if (*block.header != '\0' || name.starts_with("ENCRYPTED")) return nullptr;
    EVP_PKEY* key = nullptr;
    const DecoderPtr decoder{OSSL_DECODER_CTX_new_for_pkey(&key, "DER", name == "PRIVATE KEY" ? "PrivateKeyInfo" : "type-specific", kind,
                                                           EVP_PKEY_KEYPAIR, nullptr, nullptr)};
    const unsigned char* at = block.bytes;
    auto left = static_cast<std::size_t>(block.size);
    if (decoder != nullptr) (void)OSSL_DECODER_from_data(decoder.get(), &at, &left);  // without a key the caller goes on
    return KeyPtr{key};
  }
}

/// `certificate`: whose it should be; null: unknown. `password`: empty where there is none.
KeyPtr read_key(std::string_view text, X509* certificate, std::string& password) {
  const EVP_PKEY* const known = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
  const char* const kind = known == nullptr ? nullptr : EVP_PKEY_get0_type_name(known);
  KeyPtr quick = kind == nullptr ? nullptr : read_key_of(text, kind);
  ERR_clear_error();
  if (quick != nullptr) return quick;
  const BioPtr reader = reader_of(text);
  KeyPtr key{PEM_read_bio_PrivateKey(reader.get(), nullptr, &give_password, &password)};
  ERR_clear_error();
  return key;
}

std::string text_of(const ASN1_STRING* string) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, string);
  if (size < 0) return {};
  std::string text{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  OPENSSL_free(bytes);
  std::transform(text.begin(), text.end(), text.begin(), base::to_lower);
  return text;
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const NamesPtr alternatives{static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) != -1;)
    names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

KeyKind kind_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return KeyKind::Rsa;
    case EVP_PKEY_EC: return KeyKind::Ecdsa;
    default: return KeyKind::Other;
  }
}

/// "DH PARAMETERS"; null: there are none.
KeyPtr read_parameters(std::string_view text) {
  if (text.find("DH PARAMETERS") == std::string_view::npos) return nullptr;
  const BioPtr reader = reader_of(text);
  KeyPtr found{PEM_read_bio_Parameters(reader.get(), nullptr)};
  ERR_clear_error();
  if (found != nullptr && EVP_PKEY_is_a(found.get(), "DH") == 0) found.reset();
  return found;
}

/// RFC 6962 section 3.3: a length of two bytes, then timestamps, each behind its own length.
bool is_timestamp_list(std::string_view bytes) {
  const auto take_length = [&]() -> std::size_t {
    const std::size_t size = std::size_t{static_cast<unsigned char>(bytes[0])} << 8 | static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(2);
    return size;
  };
  if (bytes.size() < 2 || take_length() != bytes.size() || bytes.empty()) return false;
  while (!bytes.empty()) {
    if (bytes.size() < 2) return false;
    const std::size_t size = take_length();
    if (size == 0 || size > bytes.size()) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

std::string without_extension(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos || dot < path.rfind('/') + 1 ? path : path.substr(0, dot);
}

/// Without authorities that signed themselves; null: there are none.
ChainPtr without_self_issued(const STACK_OF(X509)* chain) {
  ChainPtr kept{sk_X509_new_null()};
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* const each = sk_X509_value(chain, i);
    if (X509_check_issued(each, each) != X509_V_OK && X509_up_ref(each) == 1) sk_X509_push(kept.get(), each);
  }
  if (sk_X509_num(kept.get()) == sk_X509_num(chain)) kept.reset();
  return kept;
}

}  // namespace

std::vector<X509Ptr> read_certificates(std::string_view text) {
  std::vector<X509Ptr> all;
  const BioPtr reader = reader_of(text);
  while (X509* const each = PEM_read_bio_X509_AUX(reader.get(), nullptr, &refuse_password, nullptr)) all.emplace_back(each);
  ERR_clear_error();
  return all;
}

Certificate::Certificate() : internals_{std::make_unique<Internals>()} { internals_->chain.reset(sk_X509_new_null()); }
Certificate::~Certificate() = default;

Certificate::Internals Certificate::Internals::copy() const {
  Internals made;
  const auto share = [](X509* each) {
    if (each != nullptr) X509_up_ref(each);
    return X509Ptr{each};
  };
  const auto share_key = [](EVP_PKEY* each) {
    if (each != nullptr) EVP_PKEY_up_ref(each);
    return KeyPtr{each};
  };
  made.leaf = share(leaf.get());
  made.key = share_key(key.get());
  made.dh = share_key(dh.get());
  made.chain.reset(X509_chain_up_ref(chain.get()));
  made.issuer = share(issuer.get());
  made.ocsp = ocsp;
  made.ocsp_expires = ocsp_expires;
  made.sctl = sctl;
  return made;
}

const X509* Certificate::Internals::find_issuer() const {
  if (leaf == nullptr) return nullptr;
  if (issuer != nullptr && X509_check_issued(issuer.get(), leaf.get()) == X509_V_OK) return issuer.get();
  for (int i = 0; i < sk_X509_num(known_chain()); ++i)
    if (X509_check_issued(sk_X509_value(known_chain(), i), leaf.get()) == X509_V_OK) return sk_X509_value(known_chain(), i);
  return nullptr;
}

std::string Certificate::fault() const {
  if (internals_->leaf == nullptr || internals_->key == nullptr) return "The transaction must contain at least a certificate and a private key!";
  const bool fits = X509_check_private_key(internals_->leaf.get(), internals_->key.get()) == 1;
  ERR_clear_error();
  return fits ? std::string{} : "inconsistencies between private key and certificate loaded '" + path_ + "'.";
}

void Certificate::borrow_chain(const CompanionFiles& companions) {
  Internals& own = *internals_;
  own.borrowed.reset();
  own.borrowed_from.clear();
  if (companions.issuers != nullptr && own.leaf != nullptr && sk_X509_num(own.chain.get()) == 0) {
    if (const IssuerChains::Chain* const found = companions.issuers->find(*own.leaf)) {
      own.borrowed.reset(X509_chain_up_ref(found->certificates.get()));
      own.borrowed_from = found->file;
    }
  }
  own.sent = companions.skips_self_issued ? without_self_issued(own.known_chain()) : nullptr;
}

/// After any part changed.
void Certificate::settle(const std::string& path, const CompanionFiles& companions) {
  path_ = path;
  borrow_chain(companions);
  is_whole_ = fault().empty();
  if (internals_->key != nullptr) kind_ = kind_of(internals_->key.get());
  if (internals_->leaf != nullptr) names_ = names_of(internals_->leaf.get());
}

/// What is wrong with the text of a part, after the file's name; empty: nothing.
std::string Certificate::take(Part part, std::string_view text, std::int64_t now) {
  Internals& own = *internals_;
  switch (part) {
    case Part::All: {
      std::vector<X509Ptr> all = read_certificates(text);
      if (all.empty()) return "unable to load certificate from file '" + path_ + "'.";
      own.leaf = std::move(all.front());
      own.chain.reset(sk_X509_new_null());
      for (std::size_t i = 1; i < all.size(); ++i) sk_X509_push(own.chain.get(), all[i].release());
      if (KeyPtr key = read_key(text, own.leaf.get(), own.password)) own.key = std::move(key);
      own.dh = read_parameters(text);
      return {};
    }
    case Part::Key:
      own.key = read_key(text, own.leaf.get(), own.password);
      return own.key == nullptr ? "No Private Key found in '" + path_ + "'." : std::string{};
    case Part::Issuer: {
      std::vector<X509Ptr> found = read_certificates(text);
      if (found.empty()) return " '" + path_ + "' cannot be read or parsed'.";
      own.issuer = std::move(found.front());
      return {};
    }
    case Part::Sctl:
      if (!is_timestamp_list(text)) return " '" + path_ + ".sctl' is present but cannot be read or parsed'.";
      own.sctl = text;
      return {};
    case Part::Ocsp: break;
  }
  const X509* const issuer = own.find_issuer();
  const std::string id = issuer == nullptr ? std::string{} : ocsp_id(own.leaf.get(), issuer);
  if (id.empty())
    return " '" + path_ + "' is present and activates OCSP but it is impossible to compute the OCSP certificate ID (maybe the issuer could "
           "not be found)'.";
  const auto facts = read_ocsp(text, now);
  if (!facts) return facts.error().message;
  if (facts->id != id) return "OCSP single response: Certificate ID does not match any certificate or issuer";
  own.ocsp = text;
  own.ocsp_expires = facts->expires;
  return {};
}

base::Result<std::shared_ptr<const Certificate>> Certificate::change(const Certificate* before, const std::string& path, Part part,
                                                                     std::string_view text, std::int64_t now,
                                                                     const CompanionFiles& companions) {
  ERR_clear_error();
  const std::shared_ptr<Certificate> made{new Certificate};  // its constructor is private
  if (before != nullptr) *made->internals_ = before->internals_->copy();
  made->path_ = path;
  if (part == Part::All) made->internals_->key.reset();
  if (std::string fault = made->take(part, text, now); !fault.empty()) return base::failure(std::move(fault));
  made->settle(path, companions);
  return made;
}

base::Result<std::shared_ptr<const Certificate>> Certificate::load(const std::string& path, const CompanionFiles& companions,
                                                                   const NamedFiles& named) {
  ERR_clear_error();
  const std::string& source = named.certificate.empty() ? path : named.certificate;
  const auto text = base::read_file(source);
  if (!text) return base::failure("unable to open certificate file '" + source + "' : " + std::strerror(errno) + ".");
  const std::shared_ptr<Certificate> made{new Certificate};
  Internals& own = *made->internals_;
  const std::string base = companions.in_place_of_extension ? without_extension(source) : source;
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  std::string fault;
  // False: there is such a file and it is wrong.
  const auto take_file = [&](Part part, const std::string& said, std::string_view extension, bool is_looked_for) {
    const std::string file = said.empty() ? base + std::string{extension} : said;
    if (said.empty() && !is_looked_for) return true;
    const auto content = base::read_file(file);
    if (!content && !said.empty()) fault = "unable to open file '" + file + "' : " + std::strerror(errno) + ".";
    if (!content) return said.empty();
    made->path_ = file;
    fault = made->take(part, *content, now);
    return fault.empty();
  };
  made->path_ = source;
  own.password = named.password;
  fault = made->take(Part::All, *text, now);
  if (!fault.empty()) return base::failure(std::move(fault));
  if (!named.key.empty()) own.key.reset();
  if (own.key == nullptr) {
    const std::string apart = named.key.empty() ? base + ".key" : named.key;
    if (!take_file(Part::Key, named.key, ".key", companions.key) || own.key == nullptr)
      return base::failure("No Private Key found in '" + apart + "'.");
  }
  made->path_ = source;
  if (fault = made->fault(); !fault.empty()) return base::failure(std::move(fault));
  if (!take_file(Part::Sctl, named.sctl, ".sctl", companions.sctl)) return base::failure(std::move(fault));
  // The original asks for the issuer only where there is a response.
  made->borrow_chain(companions);
  if (!named.issuer.empty() && !take_file(Part::Issuer, named.issuer, ".issuer", true)) return base::failure(std::move(fault));
  if (!named.ocsp.empty() || (companions.ocsp && base::read_file(base + ".ocsp"))) {
    if (own.find_issuer() == nullptr && named.issuer.empty() && !take_file(Part::Issuer, named.issuer, ".issuer", companions.issuer))
      return base::failure(std::move(fault));
    if (!take_file(Part::Ocsp, named.ocsp, ".ocsp", companions.ocsp)) return base::failure(std::move(fault));
  }
  own.password.clear();
  made->settle(path, companions);
  return made;
}

std::shared_ptr<const Certificate> Certificate::compose(const std::string& name, Internals&& parts) {
  const std::shared_ptr<Certificate> made{new Certificate};
  *made->internals_ = std::move(parts);
  made->settle(name, {});
  return made;
}

bool present(SSL_CTX* context, const Certificate& certificate) {
  const Certificate::Internals& parts = certificate.internals();
  return SSL_CTX_use_cert_and_key(context, parts.leaf.get(), parts.key.get(), parts.sent_chain(), 1) == 1;
}

}  // namespace lib::tls
