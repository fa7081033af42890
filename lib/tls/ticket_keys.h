// Keys of session tickets from a file, shared by all listeners that name it; new ones may come at run time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

struct ssl_ctx_st;

namespace lib::tls {

/// A key's name, then what it signs and encrypts with: 16+16+16 bytes (AES-128, HMAC-SHA256) or 16+32+32 (AES-256).
class TicketKeys {
 public:
  static constexpr std::size_t kSmall = 48, kLarge = 80;

  /// A key a line, base64, all of one size, at least three; more than three: the last three count. Errors are worded as
  /// haproxy does, without the file's name.
  static base::Result<std::shared_ptr<TicketKeys>> read(std::string_view text);

  /// Takes the place of the oldest. False: it is of another size than the others.
  bool add(std::string_view base64);
  /// The oldest first, base64.
  std::vector<std::string> list() const;
  /// Tickets of the context are made with the last but one, so that others who share the file know a key before it is used,
  /// and read with all: those of the listener's settings.
  static void serve(ssl_ctx_st* context);

  struct Key {
    std::array<unsigned char, kLarge> bytes{};
  };
  /// Index from the oldest; a copy, as it may be replaced meanwhile.
  Key key_for_new() const;
  /// False: nobody's. `is_current`: new tickets are made with it.
  bool find(const unsigned char* name, Key& out, bool& is_current) const;
  std::size_t size() const { return size_; }

 private:
  explicit TicketKeys(std::size_t size) : size_{size} {}
  static constexpr std::size_t kKept = 3;
  const std::size_t size_;
  mutable std::mutex mutex_;
  std::vector<Key> keys_;  // under the mutex; the oldest first
};

}  // namespace lib::tls
