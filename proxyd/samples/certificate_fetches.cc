// Fetches about certificates: the client's, the one that it was shown, and the server's.
#include <array>

#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

using lib::tls::CertificatePart;
using Owner = CertificateOwner;

template <Owner Whose, CertificatePart Part>
bool ask(const Arguments&, Context& context, Sample& out) {
  return context.subject.certificate_fact(Whose, Part, {}, out, context.arena());
}

/// Arguments: an entry's name, which of those (the first), a form for the whole name.
template <Owner Whose, CertificatePart Part>
bool ask_name(const Arguments& arguments, Context& context, Sample& out) {
  lib::tls::NameQuestion question;
  question.entry = arguments.text(0);
  question.occurrence = arguments.number(1, 1);
  question.as_rfc2253 = arguments.has(2);
  return context.subject.certificate_fact(Whose, Part, question, out, context.arena());
}

template <Owner Whose>
bool ask_version(const Arguments&, Context& context, Sample& out) {
  return context.subject.certificate_fact(Whose, std::nullopt, {}, out, context.arena());
}

std::string check_name(Arguments& arguments, Environment&) {
  if (!arguments.has(2) || arguments.text(2) == "rfc2253") return {};
  return "only rfc2253 or a blank value are currently supported as the format argument.";
}

constexpr Source source_of(Owner whose) { return whose == Owner::Server ? Source::ServerEnd : Source::Client; }

template <Owner Whose, CertificatePart Part>
constexpr Fetch text(std::string_view name) {
  return {.name = name, .type = Type::Text, .source = source_of(Whose), .function = ask<Whose, Part>};
}
template <Owner Whose, CertificatePart Part>
constexpr Fetch bytes(std::string_view name) {
  return {.name = name, .type = Type::Binary, .source = source_of(Whose), .function = ask<Whose, Part>};
}
template <Owner Whose, CertificatePart Part>
constexpr Fetch dn(std::string_view name) {
  return {.name = name, .type = Type::Text, .source = source_of(Whose), .arguments = "?sis", .function = ask_name<Whose, Part>,
          .check = check_name};
}
template <Owner Whose>
constexpr Fetch version(std::string_view name) {
  return {.name = name, .type = Type::Int, .source = source_of(Whose), .function = ask_version<Whose>};
}

constexpr auto kRows = std::to_array<Fetch>({
    bytes<Owner::Client, CertificatePart::Chain>("ssl_c_chain_der"),
    bytes<Owner::Client, CertificatePart::Der>("ssl_c_der"),
    dn<Owner::Client, CertificatePart::Issuer>("ssl_c_i_dn"),
    text<Owner::Client, CertificatePart::KeyAlgorithm>("ssl_c_key_alg"),
    text<Owner::Client, CertificatePart::NotAfter>("ssl_c_notafter"),
    text<Owner::Client, CertificatePart::NotBefore>("ssl_c_notbefore"),
    dn<Owner::Client, CertificatePart::Root>("ssl_c_r_dn"),
    dn<Owner::Client, CertificatePart::Subject>("ssl_c_s_dn"),
    text<Owner::Client, CertificatePart::AlternativeNames>("ssl_c_san"),
    bytes<Owner::Client, CertificatePart::Serial>("ssl_c_serial"),
    bytes<Owner::Client, CertificatePart::Sha1>("ssl_c_sha1"),
    text<Owner::Client, CertificatePart::SignatureAlgorithm>("ssl_c_sig_alg"),
    version<Owner::Client>("ssl_c_version"),
    bytes<Owner::Front, CertificatePart::Der>("ssl_f_der"),
    dn<Owner::Front, CertificatePart::Issuer>("ssl_f_i_dn"),
    text<Owner::Front, CertificatePart::KeyAlgorithm>("ssl_f_key_alg"),
    text<Owner::Front, CertificatePart::NotAfter>("ssl_f_notafter"),
    text<Owner::Front, CertificatePart::NotBefore>("ssl_f_notbefore"),
    dn<Owner::Front, CertificatePart::Subject>("ssl_f_s_dn"),
    bytes<Owner::Front, CertificatePart::Serial>("ssl_f_serial"),
    bytes<Owner::Front, CertificatePart::Sha1>("ssl_f_sha1"),
    text<Owner::Front, CertificatePart::SignatureAlgorithm>("ssl_f_sig_alg"),
    version<Owner::Front>("ssl_f_version"),
    bytes<Owner::Server, CertificatePart::Chain>("ssl_s_chain_der"),
    bytes<Owner::Server, CertificatePart::Der>("ssl_s_der"),
    dn<Owner::Server, CertificatePart::Issuer>("ssl_s_i_dn"),
    text<Owner::Server, CertificatePart::KeyAlgorithm>("ssl_s_key_alg"),
    text<Owner::Server, CertificatePart::NotAfter>("ssl_s_notafter"),
    text<Owner::Server, CertificatePart::NotBefore>("ssl_s_notbefore"),
    dn<Owner::Server, CertificatePart::Subject>("ssl_s_s_dn"),
    bytes<Owner::Server, CertificatePart::Serial>("ssl_s_serial"),
    bytes<Owner::Server, CertificatePart::Sha1>("ssl_s_sha1"),
    text<Owner::Server, CertificatePart::SignatureAlgorithm>("ssl_s_sig_alg"),
    version<Owner::Server>("ssl_s_version"),
});

}  // namespace

std::span<const Fetch> certificate_fetches() { return kRows; }

}  // namespace proxyd::samples
