#include "lib/tls/authorities.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "lib/base/file.h"
#include "lib/base/outside.h"
#include "lib/tls/authorities_internals.h"
#include "lib/tls/certificate_text.h"

namespace lib::tls {
namespace {

struct InfosDeleter {
  void operator()(STACK_OF(X509_INFO)* infos) const noexcept { sk_X509_INFO_pop_free(infos, X509_INFO_free); }
};

std::vector<std::string> files_of(const std::string& path) {
  std::vector<std::string> files;
  const auto names = base::files_in(path);
  if (!names) return files;
  for (const std::string& name : *names) {
    std::string file = path + (path.ends_with('/') ? "" : "/") + name;
    if (base::kind_of_path(file) == base::PathKind::File) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

Authorities::Authorities() : internals_{std::make_unique<Internals>()} {}
Authorities::~Authorities() = default;

std::size_t Authorities::certificates() const { return internals_->certificates.size(); }
std::size_t Authorities::revocations() const { return internals_->revocations.size(); }

/// Shares what OpenSSL counts.
void Authorities::add(const Authorities& other) {
  Internals& own = *internals_;
  for (const X509Ptr& each : other.internals_->certificates) {
    X509_up_ref(each.get());
    own.certificates.emplace_back(each.get());
    own.known.emplace(X509_subject_name_hash(each.get()), each.get());
  }
  for (const CrlPtr& each : other.internals_->revocations) {
    X509_CRL_up_ref(each.get());
    own.revocations.emplace_back(each.get());
  }
}

/// False: nothing in the text is PEM.
bool Authorities::add(std::string_view text) {
  const BioPtr reader{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  const std::unique_ptr<STACK_OF(X509_INFO), InfosDeleter> found{PEM_X509_INFO_read_bio(reader.get(), nullptr, nullptr, nullptr)};
  ERR_clear_error();
  Internals& own = *internals_;
  for (int i = 0; i < sk_X509_INFO_num(found.get()); ++i) {
    X509_INFO& each = *sk_X509_INFO_value(found.get(), i);
    if (each.x509 != nullptr && own.known.emplace(X509_subject_name_hash(each.x509), each.x509).second)
      own.certificates.emplace_back(std::exchange(each.x509, nullptr));
    if (each.crl != nullptr) own.revocations.emplace_back(std::exchange(each.crl, nullptr));
  }
  return text.find("-----BEGIN ") != std::string_view::npos;
}

std::shared_ptr<const Authorities> Authorities::read(std::string_view text, const Authorities* before) {
  const std::shared_ptr<Authorities> made{new Authorities};  // its constructor is private
  if (before != nullptr) made->add(*before);
  return made->add(text) ? made : nullptr;
}

base::Result<std::shared_ptr<const Authorities>> Authorities::load(const std::string& path) {
  const std::shared_ptr<Authorities> made{new Authorities};
  const std::string where = path == "@system-ca" ? X509_get_default_cert_dir() : path;
  if (base::kind_of_path(where) == base::PathKind::Directory) {
    for (const std::string& each : files_of(where))
      if (const auto text = base::read_file(each)) (void)made->add(*text);  // what is no PEM is passed over
    return made;
  }
  const auto text = base::read_file(where);
  if (!text) return base::failure(std::strerror(errno));
  (void)made->add(*text);  // asked for below
  if (made->certificates() + made->revocations() == 0) return base::failure("no certificate or crl found");
  return made;
}

std::string Authorities::describe_certificate(std::size_t index) const { return describe(*internals_->certificates[index]); }
std::string Authorities::describe_revocation(std::size_t index) const { return describe(*internals_->revocations[index]); }

bool Authorities::Internals::Less::operator()(const Key& a, const Key& b) const {
  return a.first != b.first ? a.first < b.first : X509_cmp(a.second, b.second) < 0;
}

bool add_to(X509_STORE* store, const Authorities& authorities) {
  for (const X509Ptr& each : authorities.internals().certificates)
    if (X509_STORE_add_cert(store, each.get()) != 1) return false;
  for (const CrlPtr& each : authorities.internals().revocations)
    if (X509_STORE_add_crl(store, each.get()) != 1) return false;
  return true;
}

STACK_OF(X509_NAME)* names_of(const Authorities& authorities) {
  STACK_OF(X509_NAME)* const names = sk_X509_NAME_new_null();
  for (const auto& [hash, certificate] : authorities.internals().known) {
    X509_NAME* const copy = X509_NAME_dup(X509_get_subject_name(certificate));
    // Those with the same name stand together.
    const int count = sk_X509_NAME_num(names);
    const bool is_new = count == 0 || X509_NAME_cmp(sk_X509_NAME_value(names, count - 1), copy) != 0;
    if (!is_new || sk_X509_NAME_push(names, copy) == 0) X509_NAME_free(copy);
  }
  return names;
}

}  // namespace lib::tls
