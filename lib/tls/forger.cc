#include "lib/tls/forger.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "lib/tls/certificate_internals.h"

namespace lib::tls {
namespace {

using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using NamePtr = std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

constexpr std::int64_t kDay = 24 * 3600;
constexpr std::int64_t kLifetime = 365 * kDay;
/// A process may live longer than its certificates: one is made anew long before it ends.
constexpr std::int64_t kUse = 30 * kDay;
constexpr std::size_t kLongestCommonName = 64;  // RFC 5280, appendix A: ub-common-name

/// Host names, also with a star or as an address' text: what clients ask for. Anything else has no place in a certificate.
bool is_host(const std::string& name) {
  return !name.empty() && name.size() <= kLongestCommonName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '*' || c == ':';
  });
}

bool set_serial(X509& certificate) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial >> 1 | 1) == 1;  // never zero
}

/// The authority's own name and the host's behind it.
bool set_names(X509& certificate, const X509& authority, const std::string& name) {
  const NamePtr subject{X509_NAME_dup(X509_get_subject_name(&authority))};
  return subject != nullptr &&
         X509_NAME_add_entry_by_NID(subject.get(), NID_commonName, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1 &&
         X509_set_subject_name(&certificate, subject.get()) == 1 &&
         X509_set_issuer_name(&certificate, X509_get_subject_name(&authority)) == 1;
}

bool add_extension(X509& certificate, X509& authority, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &authority, &certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  return extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

/// Not from a text as the others: in one, a comma would begin another name.
bool add_alternative_name(X509& certificate, const std::string& name) {
  const NamesPtr names{sk_GENERAL_NAME_new_null()};
  GENERAL_NAME* const one = GENERAL_NAME_new();
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  if (names == nullptr || one == nullptr || text == nullptr || ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())) != 1 ||
      sk_GENERAL_NAME_push(names.get(), one) == 0) {
    GENERAL_NAME_free(one);
    ASN1_IA5STRING_free(text);
    return false;
  }
  GENERAL_NAME_set0_value(one, GEN_DNS, text);
  return X509_add1_ext_i2d(&certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_APPEND) == 1;
}

bool add_extensions(X509& certificate, X509& authority, const std::string& name) {
  return add_extension(certificate, authority, NID_basic_constraints, "CA:FALSE") &&
         add_extension(certificate, authority, NID_netscape_comment, "\"OpenSSL Generated Certificate\"") &&
         add_extension(certificate, authority, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, authority, NID_authority_key_identifier, "keyid,issuer:always") &&
         add_extension(certificate, authority, NID_key_usage, "nonRepudiation,digitalSignature,keyEncipherment") &&
         add_alternative_name(certificate, name);
}

/// Keys that sign without a digest of ours (Ed25519) get none.
bool sign(X509& certificate, EVP_PKEY& key) {
  const int kind = EVP_PKEY_get_base_id(&key);
  const bool wants_digest = kind == EVP_PKEY_RSA || kind == EVP_PKEY_EC || kind == EVP_PKEY_DSA;
  return X509_sign(&certificate, &key, wants_digest ? EVP_sha256() : nullptr) != 0;
}

}  // namespace

/// The last in use stand first.
struct Forger::Cache {
  struct Key {
    std::string name;
    const Certificate* base;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>{}(key.name) ^ (std::hash<const Certificate*>{}(key.base) << 1);
    }
  };
  struct Entry {
    Key key;
    std::shared_ptr<const Certificate> base;  // so that no other one gets its address
    std::shared_ptr<const Certificate> made;
    std::int64_t good_until;
  };
  using Order = std::list<Entry>;

  std::size_t most;
  std::mutex mutex;
  // Under the mutex:
  Order order;
  std::unordered_map<Key, Order::iterator, Hash> index;

  std::shared_ptr<const Certificate> find(const Key& key, std::int64_t now) {
    const auto found = index.find(key);
    if (found == index.end()) return nullptr;
    if (found->second->good_until <= now) {
      order.erase(found->second);
      index.erase(found);
      return nullptr;
    }
    order.splice(order.begin(), order, found->second);
    return found->second->made;
  }

  void add(Entry entry) {
    order.push_front(std::move(entry));
    index.emplace(order.front().key, order.begin());
    if (order.size() <= most) return;
    index.erase(order.back().key);
    order.pop_back();
  }
};

Forger::Forger(std::shared_ptr<const Certificate> authority, std::size_t cached)
    : authority_{std::move(authority)}, cache_{std::make_unique<Cache>()} {
  cache_->most = cached;
}

Forger::~Forger() = default;

std::shared_ptr<const Certificate> Forger::make(const std::string& name, const Certificate& base) const {
  const Certificate::Internals& own = authority_->internals();
  const Certificate::Internals& keys = base.internals();
  const auto share = [](X509* each) {
    X509_up_ref(each);
    return each;
  };
  Certificate::Internals parts;
  parts.leaf.reset(X509_new());
  parts.chain.reset(sk_X509_new_null());
  if (keys.key == nullptr || parts.leaf == nullptr || parts.chain == nullptr) return nullptr;
  X509& certificate = *parts.leaf;
  const bool is_made = X509_set_version(&certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
                       X509_gmtime_adj(X509_getm_notBefore(&certificate), -kDay) != nullptr &&
                       X509_gmtime_adj(X509_getm_notAfter(&certificate), kLifetime) != nullptr && set_names(certificate, *own.leaf, name) &&
                       X509_set_pubkey(&certificate, keys.key.get()) == 1 && add_extensions(certificate, *own.leaf, name) &&
                       sign(certificate, *own.key);
  ERR_clear_error();
  if (!is_made) return nullptr;
  EVP_PKEY_up_ref(keys.key.get());
  parts.key.reset(keys.key.get());
  sk_X509_push(parts.chain.get(), share(own.leaf.get()));
  for (int i = 0; i < sk_X509_num(own.known_chain()); ++i) sk_X509_push(parts.chain.get(), share(sk_X509_value(own.known_chain(), i)));
  return Certificate::compose(name, std::move(parts));
}

std::shared_ptr<const Certificate> Forger::forge(const std::string& name, const std::shared_ptr<const Certificate>& base,
                                                 std::int64_t now) const {
  if (!is_host(name)) return nullptr;
  const Cache::Key key{name, base.get()};
  {
    const std::lock_guard lock{cache_->mutex};
    if (auto known = cache_->find(key, now)) return known;
  }
  // Without the lock: a signature takes longer than all other handshakes should wait.
  std::shared_ptr<const Certificate> made = make(name, *base);
  if (made == nullptr || cache_->most == 0) return made;
  const std::lock_guard lock{cache_->mutex};
  if (auto known = cache_->find(key, now)) return known;  // another thread's was there first
  cache_->add({key, base, made, now + kUse});
  return made;
}

}  // namespace lib::tls
