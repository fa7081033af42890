// Chains of those who sign certificates, kept in a directory for certificates that come without their own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace lib::tls {

class IssuerChains {
 public:
  IssuerChains();
  ~IssuerChains();
  IssuerChains(const IssuerChains&) = delete;
  IssuerChains& operator=(const IssuerChains&) = delete;

  /// Every file of it is a chain, the certificates' issuer first. Gives the files in which no certificate was found.
  std::vector<std::string> add_directory(const std::string& path);

  struct Chain;  // see certificate_internals.h
  /// By the key that the certificate says it was signed with. Null: none of ours.
  const Chain* find(x509_st& certificate) const;

 private:
  std::multimap<std::string, std::unique_ptr<const Chain>, std::less<>> by_key_;
};

}  // namespace lib::tls
