#include "lib/tls/issuer_chains.h"

#include <openssl/x509v3.h>

#include <algorithm>

#include "lib/base/file.h"
#include "lib/base/outside.h"
#include "lib/tls/certificate_internals.h"

namespace lib::tls {
namespace {

std::string bytes_of(const ASN1_OCTET_STRING* key) {
  if (key == nullptr) return {};
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(key)), static_cast<std::size_t>(ASN1_STRING_length(key))};
}

}  // namespace

IssuerChains::IssuerChains() = default;
IssuerChains::~IssuerChains() = default;

std::vector<std::string> IssuerChains::add_directory(const std::string& path) {
  std::vector<std::string> files, refused;
  if (const auto names = base::files_in(path))
    for (const std::string& name : *names)
      if (base::kind_of_path(path + "/" + name) == base::PathKind::File) files.push_back(path + (path.ends_with('/') ? "" : "/") + name);
  for (std::string& file : files) {
    const auto text = base::read_file(file);
    std::vector<X509Ptr> all = text ? read_certificates(*text) : std::vector<X509Ptr>{};
    if (all.empty()) {
      refused.push_back(std::move(file));
      continue;
    }
    auto chain = std::make_unique<Chain>();
    std::string key = bytes_of(X509_get0_subject_key_id(all.front().get()));
    chain->file = std::move(file);
    chain->certificates.reset(sk_X509_new_null());
    for (X509Ptr& each : all) sk_X509_push(chain->certificates.get(), each.release());
    // Without an identifier nobody would find it.
    if (!key.empty()) by_key_.emplace(std::move(key), std::move(chain));
  }
  return refused;
}

const IssuerChains::Chain* IssuerChains::find(x509_st& certificate) const {
  const auto [begin, end] = by_key_.equal_range(bytes_of(X509_get0_authority_key_id(&certificate)));
  const auto found = std::find_if(begin, end, [&](const auto& each) {
    return X509_check_issued(sk_X509_value(each.second->certificates.get(), 0), &certificate) == X509_V_OK;
  });
  return found == end ? nullptr : found->second.get();
}

}  // namespace lib::tls
