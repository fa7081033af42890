// What files named by "ca-file" and "crl-file" hold: whose signatures count, and which certificates do not count any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace lib::tls {

/// Never changed after it was made.
class Authorities {
 public:
  struct Internals;

  /// Of a file, or of all files of a directory, whatever is in them. "@system-ca": what the system trusts. Errors: why it
  /// cannot be read, or that a file has nothing of the kind.
  static base::Result<std::shared_ptr<const Authorities>> load(const std::string& path);
  /// Of a text, each certificate once, behind those of `before` (null: none). Null: nothing in the text is PEM.
  static std::shared_ptr<const Authorities> read(std::string_view text, const Authorities* before = nullptr);
  ~Authorities();
  Authorities(const Authorities&) = delete;
  Authorities& operator=(const Authorities&) = delete;

  std::size_t certificates() const;
  std::size_t revocations() const;
  /// In lines, as the runtime API shows it; `index` counts from 0.
  std::string describe_certificate(std::size_t index) const;
  std::string describe_revocation(std::size_t index) const;

  const Internals& internals() const { return *internals_; }

 private:
  Authorities();
  void add(const Authorities& other);
  bool add(std::string_view text);
  std::unique_ptr<Internals> internals_;
};

enum class TrustFile : std::uint8_t { Authorities, Revocations };
/// What a name in settings stands for now; null: there is nothing of that name.
using FindAuthorities = std::function<std::shared_ptr<const Authorities>(TrustFile kind, const std::string& name)>;

}  // namespace lib::tls
