#include "lib/tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "lib/base/text.h"
#include "lib/tls/server_internals.h"

namespace lib::tls {
namespace {

constexpr std::size_t kName = 16;

/// Bytes of a base64 text; -1: it is none.
int decode(std::string_view text, TicketKeys::Key& out) {
  std::array<unsigned char, 256> room{};
  if (text.size() % 4 != 0 || text.size() > 200) return -1;
  const int size = EVP_DecodeBlock(room.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return -1;
  const int padding = static_cast<int>(text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0);
  const std::size_t kept = std::min(static_cast<std::size_t>(size - padding), out.bytes.size());
  std::memcpy(out.bytes.data(), room.data(), kept);
  return size - padding;
}

/// OpenSSL asks for the keys of a ticket: 1 it can be read, 2 it can and a new one is wanted, 0 it cannot.
int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_new) noexcept {
  const TicketKeys* const keys = state_of(ssl).context->internals().settings.ticket_keys.get();
  if (keys == nullptr) return 0;
  TicketKeys::Key key;
  bool is_current = true;
  if (is_new != 0) {
    key = keys->key_for_new();
    std::memcpy(name, key.bytes.data(), kName);
    if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) return -1;
  } else if (!keys->find(name, key, is_current)) {
    return 0;
  }
  const bool is_large = keys->size() == TicketKeys::kLarge;
  const EVP_CIPHER* const algorithm = is_large ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
  const std::size_t part = is_large ? 32 : 16;
  // AES-256's keys stand behind the signing ones in the file, AES-128's before them, as the original has it.
  unsigned char* const first = key.bytes.data() + kName;
  unsigned char* const signing = is_large ? first : first + part;
  unsigned char* const encrypting = is_large ? first + part : first;
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 3> parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, signing, part),
                                             OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(mac, parameters.data()) != 1) return -1;
  if (EVP_CipherInit_ex(cipher, algorithm, nullptr, encrypting, iv, is_new) != 1) return -1;
  return is_current ? 1 : 2;
}

}  // namespace

base::Result<std::shared_ptr<TicketKeys>> TicketKeys::read(std::string_view text) {
  std::shared_ptr<TicketKeys> made;
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::size_t number = 0;
  for (std::string_view line : base::split(text, '\n')) {
    ++number;
    if (text.empty()) break;
    if (line.ends_with('\r')) line.remove_suffix(1);
    Key key;
    const int size = decode(line, key);
    if (size < 0) return base::failure("unable to decode base64 key on line " + std::to_string(number));
    const auto count = static_cast<std::size_t>(size);
    if ((count != kSmall && count != kLarge) || (made != nullptr && made->size_ != count))
      return base::failure("wrong sized key on line " + std::to_string(number));
    if (made == nullptr) made.reset(new TicketKeys{count});  // its constructor is private
    made->keys_.push_back(key);
  }
  if (made == nullptr || made->keys_.size() < kKept) return base::failure("please supply at least 3 keys in the tls-tickets-file");
  made->keys_.erase(made->keys_.begin(), made->keys_.end() - kKept);
  return made;
}

bool TicketKeys::add(std::string_view base64) {
  Key key;
  if (decode(base64, key) != static_cast<int>(size_)) return false;
  const std::lock_guard lock{mutex_};
  keys_.erase(keys_.begin());
  keys_.push_back(key);
  return true;
}

std::vector<std::string> TicketKeys::list() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> texts;
  for (const Key& each : keys_) {
    std::string text(4 * ((size_ + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), each.bytes.data(), static_cast<int>(size_));
    text.resize(static_cast<std::size_t>(size));
    texts.push_back(std::move(text));
  }
  return texts;
}

TicketKeys::Key TicketKeys::key_for_new() const {
  const std::lock_guard lock{mutex_};
  return keys_[keys_.size() - 2];
}

bool TicketKeys::find(const unsigned char* name, Key& out, bool& is_current) const {
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (std::memcmp(keys_[i].bytes.data(), name, kName) != 0) continue;
    out = keys_[i];
    is_current = i == keys_.size() - 2;
    return true;
  }
  return false;
}

void TicketKeys::serve(ssl_ctx_st* context) {
  (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &ticket_key);
}

}  // namespace lib::tls
