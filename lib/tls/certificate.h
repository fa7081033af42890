// A certificate with its private key and the chain that is sent with it, from PEM files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace lib::tls {

class IssuerChains;

enum class KeyKind : std::uint8_t { Rsa, Ecdsa, Other };

/// Which files beside a certificate's own are looked at: "<file>.key", ".ocsp" (a response to staple), ".issuer" (who signed
/// it), ".sctl" (signed timestamps).
struct CompanionFiles {
  bool key = true, ocsp = true, issuer = true, sctl = true;
  bool in_place_of_extension = false;  // "a.key" and not "a.crt.key" for "a.crt"
  std::shared_ptr<const IssuerChains> issuers{};  // of certificates without a chain; null: none
  bool skips_self_issued = false;                 // authorities that signed themselves are known, and not sent
};
/// Where the parts are that were named one by one; empty: not named.
struct NamedFiles {
  std::string certificate{};  // where the name that it is known by is not its file's
  std::string key{}, ocsp{}, issuer{}, sctl{};
  std::string password{};  // of an encrypted key
  bool operator==(const NamedFiles&) const = default;
};

/// Never changed after it was made: all threads use it.
class Certificate {
 public:
  struct Internals;

  /// The certificate first, then its chain; the key in the same file or beside it. What is named must be there. Errors are
  /// worded as haproxy does: they name the file. `path`: the name that it has from then on, and its file's unless that is named.
  static base::Result<std::shared_ptr<const Certificate>> load(const std::string& path, const CompanionFiles& companions = {},
                                                               const NamedFiles& named = {});

  enum class Part : std::uint8_t { All, Key, Ocsp, Issuer, Sctl };
  /// A copy in which one part is of `text` (All: certificate, chain and key; they must go together). `before` may be null:
  /// then there is nothing but that part. `now`: seconds of the wall clock.
  static base::Result<std::shared_ptr<const Certificate>> change(const Certificate* before, const std::string& path, Part part,
                                                                 std::string_view text, std::int64_t now,
                                                                 const CompanionFiles& companions = {});
  /// Of parts that are made already.
  static std::shared_ptr<const Certificate> compose(const std::string& name, Internals&& parts);
  /// Whether it can be presented: certificate and key are there and go together. Else what is missing, as haproxy words it.
  std::string fault() const;
  bool is_whole() const { return is_whole_; }  // the same, asked before
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  const std::string& path() const { return path_; }
  KeyKind kind() const { return kind_; }
  /// DNS names that it is good for, in lower case: its alternative names and its common name. "*.x" stands for one label.
  const std::vector<std::string>& names() const { return names_; }
  const Internals& internals() const { return *internals_; }

 private:
  Certificate();
  void settle(const std::string& path, const CompanionFiles& companions);
  void borrow_chain(const CompanionFiles& companions);
  std::string take(Part part, std::string_view text, std::int64_t now);
  std::string path_;
  KeyKind kind_ = KeyKind::Other;
  bool is_whole_ = false;
  std::vector<std::string> names_;
  std::unique_ptr<Internals> internals_;
};

}  // namespace lib::tls
