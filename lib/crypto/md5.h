// MD5 of a stream: what keepalived compares pages by. Not for secrets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lib::crypto {

using Md5Digest = std::array<std::uint8_t, 16>;

class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(Md5&&) noexcept;
  Md5& operator=(Md5&&) noexcept;
  void add(std::string_view bytes);
  /// Nothing may be added afterwards.
  Md5Digest finish();

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

/// 32 lower-case hex digits.
std::string hex(const Md5Digest& digest);

}  // namespace lib::crypto
