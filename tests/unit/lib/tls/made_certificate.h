// Certificates made on the spot, as PEM files in a folder that goes with the test.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

class CertificateFolder {
 public:
  CertificateFolder() {
    char name[] = "/tmp/triad-tls-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~CertificateFolder() { std::filesystem::remove_all(path_); }
  CertificateFolder(const CertificateFolder&) = delete;
  CertificateFolder& operator=(const CertificateFolder&) = delete;

  enum class Key { Rsa, Ecdsa };
  struct Pem {
    std::string certificate, key;
  };

  /// Good for its common name and, where given, the alternative names ("DNS:a,DNS:b").
  static Pem make(const std::string& name, const std::string& alternatives = {}, Key kind = Key::Ecdsa) {
    EVP_PKEY* const key = kind == Key::Rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    if (!alternatives.empty()) {
      X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives.c_str());
      X509_add_ext(certificate, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(certificate, key, EVP_sha256());
    Pem pem;
    pem.certificate = text_of([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
    pem.key = text_of([&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pem;
  }

  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  std::string write(const std::string& name, const Pem& pem) const { return write(name, pem.certificate + pem.key); }
  const std::string& path() const { return path_; }

 private:
  template <class Write>
  static std::string text_of(Write write) {
    BIO* const out = BIO_new(BIO_s_mem());
    write(out);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    std::string text{bytes, static_cast<std::size_t>(size)};
    BIO_free(out);
    return text;
  }
  std::string path_;
};
