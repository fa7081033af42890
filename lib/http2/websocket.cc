#include "lib/http2/websocket.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <span>

namespace lib::http2 {

namespace {

std::string in_base64(std::span<const unsigned char> bytes) {
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> encoded;
  const int length = EVP_EncodeBlock(encoded.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

}  // namespace

std::string websocket_key() {
  std::array<unsigned char, 16> nonce;
  if (RAND_bytes(nonce.data(), nonce.size()) != 1) return {};
  return in_base64(nonce);
}

std::string websocket_accept(std::string_view key) {
  std::string text{key};
  text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return {};
  return in_base64({digest.data(), size});
}

}  // namespace lib::http2
