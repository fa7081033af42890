// Which of a listener's certificates a client is shown, by the name that it asks for. Pure but for what it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/tls/certificate.h"

namespace lib::tls {

struct SettingsGroup;

/// A certificate as one line presents it.
struct PresentedCertificate {
  std::shared_ptr<const Certificate> certificate;
  /// Names that it is for, "*.x" for one label, "!x" against a wildcard's; empty: the certificate's own. "*": for whoever is
  /// nobody else's, before those that nothing but their place made the default.
  std::vector<std::string> filters{};
  bool is_default = false;  // for whoever names nobody; several: one for each kind of key
  std::shared_ptr<const SettingsGroup> group{};  // null: the listener's own settings
};

/// Never changed after it was made. What a name costs does not grow with the number of certificates.
class ServerTable {
 public:
  /// `own`: of entries without settings of their own, where it is not the listener's first context any more.
  explicit ServerTable(std::vector<PresentedCertificate> entries, std::shared_ptr<const SettingsGroup> own = nullptr);

  const std::shared_ptr<const SettingsGroup>& own() const { return own_; }
  const std::vector<PresentedCertificate>& entries() const { return entries_; }
  /// `name` in lower case; empty: none was sent. Null: nobody's, and `only_names` count (or there are no certificates).
  const PresentedCertificate* choose(std::string_view name, bool knows_ecdsa, bool only_names) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Index = std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>>;
  const PresentedCertificate* find(const Index& index, std::string_view key, std::string_view name, bool knows_ecdsa) const;
  bool excludes(std::uint32_t entry, std::string_view name) const;
  void add_name(std::string_view name, std::uint32_t entry);
  void add_default(std::uint32_t entry);

  std::vector<PresentedCertificate> entries_;
  std::shared_ptr<const SettingsGroup> own_;
  std::vector<std::uint32_t> defaults_;
  Index exact_, wild_, excluded_;  // wild: without the star
};

}  // namespace lib::tls
