#include "proxyd/session/client_tlvs.h"

#include "lib/tls/certificate_facts.h"
#include "lib/tls/server_layer.h"

namespace proxyd::session {
namespace {

using config::SendProxy;
using lib::tls::CertificateOf;
using lib::tls::CertificatePart;

constexpr char kIsTls = 1, kCertificateNow = 2, kCertificateInSession = 4;
constexpr char kVersion = 0x21, kName = 0x22, kCipher = 0x23, kSignature = 0x24, kKey = 0x25;

void put(std::string& out, char type, std::string_view value) {
  if (value.empty()) return;
  out += type;
  out += static_cast<char>(value.size() >> 8);
  out += static_cast<char>(value.size() & 255);
  out += value;
}

std::string part_of(const lib::tls::ServerLayer& tls, CertificateOf whose, CertificatePart part, std::string_view entry) {
  std::string text;
  lib::tls::NameQuestion question;
  question.entry = entry;
  if (!lib::tls::read_certificate(*tls.native(), whose, part, question, text)) text.clear();
  return text;
}

}  // namespace

std::string tls_tlv(const Front& front, const SendProxy& wanted) {
  const lib::tls::ServerLayer* const tls = front.tls;
  if (tls == nullptr) return std::string(5, '\0');  // not a TLS client, and nothing was verified
  char flags = kIsTls;
  const bool has_certificate = tls->has_client_certificate();
  if (has_certificate) flags |= kCertificateInSession;
  if (has_certificate && !tls->is_resumed()) flags |= kCertificateNow;
  std::string out{flags};
  const auto verdict = static_cast<std::uint32_t>(tls->verify_result());
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(verdict >> shift & 255);
  put(out, kVersion, tls->version());
  if (has_certificate && (wanted.bits & SendProxy::kTlsName) != 0)
    put(out, kName, part_of(*tls, CertificateOf::Peer, CertificatePart::Subject, "CN"));
  // Of the certificate that we showed.
  x509_st* const ours = lib::tls::find_certificate(*tls->native(), CertificateOf::Ours);
  if (ours != nullptr && (wanted.bits & SendProxy::kKey) != 0) put(out, kKey, lib::tls::key_in_short(*ours));
  if ((wanted.bits & SendProxy::kSignature) != 0)
    put(out, kSignature, part_of(*tls, CertificateOf::Ours, CertificatePart::SignatureAlgorithm, {}));
  if ((wanted.bits & SendProxy::kCipher) != 0) put(out, kCipher, tls->cipher());
  return out;
}

}  // namespace proxyd::session
