// What a responder is asked, and which of its answers are believed.
#include "lib/tls/ocsp_question.h"

#include <catch2/catch.hpp>
#include <openssl/ocsp.h>

#include <memory>

#include "lib/tls/certificate_text.h"
#include "tests/unit/lib/tls/made_certificate.h"

using namespace lib::tls;
using Part = Certificate::Part;

namespace {

constexpr std::int64_t kNow = 1'800'000'000;

struct Person {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  Person() = default;
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;
  ~Person() {
    EVP_PKEY_free(key);
    X509_free(certificate);
  }
};

/// Signed by itself where there is no `issuer`. `extension`: a line like those of openssl.cnf.
std::unique_ptr<Person> make(const char* name, long serial, const Person* issuer, int nid = 0, const char* extension = nullptr) {
  auto made = std::make_unique<Person>();
  const Person& signer = issuer == nullptr ? *made : *issuer;
  X509_set_version(made->certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made->certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(made->certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(made->certificate), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made->certificate), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(made->certificate, X509_get_subject_name(signer.certificate));
  X509_set_pubkey(made->certificate, made->key);
  if (extension != nullptr) {
    X509_EXTENSION* const made_extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, extension);
    X509_add_ext(made->certificate, made_extension, -1);
    X509_EXTENSION_free(made_extension);
  }
  X509_sign(made->certificate, signer.key, EVP_sha256());
  return made;
}

std::string text_of(const Person& person, bool with_key = false) {
  BIO* const out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, person.certificate);
  if (with_key) PEM_write_bio_PrivateKey(out, person.key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  std::string text{bytes, static_cast<std::size_t>(size)};
  BIO_free(out);
  return text;
}

std::shared_ptr<const Certificate> load(const std::string& text) {
  auto made = Certificate::change(nullptr, "x.pem", Part::All, text, kNow);
  REQUIRE(made);
  return *made;
}

struct Answer {
  const Person* about;
  const Person* issuer;
  const Person* signer;
  std::int64_t since = kNow - 60, expires = kNow + 3600;
  int status = V_OCSP_CERTSTATUS_GOOD;
};

std::string respond(const Answer& answer) {
  OCSP_BASICRESP* const basic = OCSP_BASICRESP_new();
  OCSP_CERTID* const id = OCSP_cert_to_id(nullptr, answer.about->certificate, answer.issuer->certificate);
  ASN1_TIME* const since = ASN1_TIME_set(nullptr, answer.since);
  ASN1_TIME* const expires = ASN1_TIME_set(nullptr, answer.expires);
  ASN1_TIME* const revoked = answer.status == V_OCSP_CERTSTATUS_REVOKED ? ASN1_TIME_set(nullptr, answer.since) : nullptr;
  OCSP_basic_add1_status(basic, id, answer.status, OCSP_REVOKED_STATUS_NOSTATUS, revoked, since, expires);
  OCSP_basic_sign(basic, answer.signer->certificate, answer.signer->key, EVP_sha256(), nullptr, 0);
  OCSP_RESPONSE* const response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &bytes);
  std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  OPENSSL_free(bytes);
  OCSP_RESPONSE_free(response);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  ASN1_TIME_free(since);
  ASN1_TIME_free(expires);
  ASN1_TIME_free(revoked);
  return der;
}

constexpr const char* kResponder = "OCSP;URI:http://ocsp.test/a,OCSP;URI:http://ocsp.test/b,caIssuers;URI:http://ca.test/";

}  // namespace

TEST_CASE("the first responder that a certificate names is asked by its number", "[tls][ocsp]") {
  const auto issuer = make("ca", 1, nullptr, NID_basic_constraints, "critical,CA:TRUE"), leaf = make("a.test", 5, issuer.get(), NID_info_access, kResponder);
  const auto certificate = load(text_of(*leaf, true) + text_of(*issuer));
  const auto question = ocsp_question(*certificate);
  REQUIRE(question);
  CHECK(question->uri == "http://ocsp.test/a");
  const auto* at = reinterpret_cast<const unsigned char*>(question->request.data());
  OCSP_REQUEST* const request = d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(question->request.size()));
  REQUIRE(request != nullptr);
  CHECK(OCSP_request_onereq_count(request) == 1);
  OCSP_REQUEST_free(request);
  CHECK(decode_base64(question->base64) == question->request);
  CHECK_FALSE(ocsp_number(*certificate).empty());
  CHECK(ocsp_key(*certificate).empty());  // there is no response yet
  CHECK(ocsp_expiry(*certificate) == 0);
}

TEST_CASE("nobody is asked about a certificate without responder or issuer", "[tls][ocsp]") {
  const auto issuer = make("ca", 1, nullptr, NID_basic_constraints, "critical,CA:TRUE"), silent = make("a.test", 5, issuer.get()),
             leaf = make("a.test", 6, issuer.get(), NID_info_access, kResponder);
  const auto why = [](const std::string& text) { return ocsp_question(*load(text)).error().message; };
  CHECK(why(text_of(*silent, true) + text_of(*issuer)) == "the certificate names no OCSP responder");
  CHECK(why(text_of(*leaf, true)) == "the certificate's issuer is not known");
  CHECK_FALSE(has_issuer(*load(text_of(*leaf, true))));
  const auto told = Certificate::change(load(text_of(*leaf, true)).get(), "x.pem", Part::Issuer, text_of(*issuer), kNow);
  REQUIRE(told);
  CHECK(ocsp_question(**told));
}

TEST_CASE("an answer counts that the issuer signed, or whom it let sign", "[tls][ocsp]") {
  const auto issuer = make("ca", 1, nullptr, NID_basic_constraints, "critical,CA:TRUE"), other = make("other", 2, nullptr),
             leaf = make("a.test", 5, issuer.get(), NID_info_access, kResponder), sibling = make("b.test", 6, issuer.get()),
             delegate = make("delegate", 7, issuer.get(), NID_ext_key_usage, "OCSPSigning"), plain = make("plain", 8, issuer.get());
  const auto certificate = load(text_of(*leaf, true) + text_of(*issuer));
  const auto judge = [&](const Answer& answer) {
    const auto judged = check_ocsp_answer(*certificate, respond(answer), kNow);
    return judged ? std::to_string(*judged - kNow) : judged.error().message;
  };
  const Answer good{leaf.get(), issuer.get(), issuer.get()};
  const auto with = [&](auto change) {
    Answer answer = good;
    change(answer);
    return judge(answer);
  };
  CHECK(judge(good) == "3600");
  CHECK(with([&](Answer& each) { each.signer = delegate.get(); }) == "3600");
  CHECK(with([](Answer& each) { each.status = V_OCSP_CERTSTATUS_REVOKED; }) == "3600");
  CHECK(with([](Answer& each) { each.since = kNow + 299; }) == "3600");  // clocks differ
  const std::string unsigned_words = "OCSP response signature verification failed";
  CHECK(with([&](Answer& each) { each.signer = other.get(); }) == unsigned_words);
  CHECK(with([&](Answer& each) { each.signer = plain.get(); }) == unsigned_words);
  CHECK(with([&](Answer& each) { each.signer = leaf.get(); }) == unsigned_words);
  CHECK(with([&](Answer& each) { each.about = sibling.get(); }) == "OCSP single response: Certificate ID does not match any certificate or issuer");
  CHECK(with([&](Answer& each) { each.since = kNow + 301; }) == "OCSP single response: not yet valid.");
  CHECK(with([&](Answer& each) { each.expires = kNow; }) == "OCSP single response: no longer valid.");
  CHECK(with([&](Answer& each) { each.status = V_OCSP_CERTSTATUS_UNKNOWN; }) == "OCSP single response: certificate status is unknown");
  CHECK(check_ocsp_answer(*certificate, "junk", kNow).error().message == "Unable to parse OCSP response");
  std::string broken = respond(good);
  broken[broken.size() - 400] = static_cast<char>(broken[broken.size() - 400] ^ 1);
  CHECK_FALSE(check_ocsp_answer(*certificate, broken, kNow));
}
