// Values out of JSON texts and JSON web tokens (RFC 7519), and whether a token's signature is good.
#include <array>

#include "lib/base/text.h"
#include "lib/crypto/digest.h"
#include "proxyd/samples/base64.h"
#include "proxyd/samples/json_value.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

/// A JSON value as a sample. Numbers stay text but where "int" is asked for.
bool give(const JsonValue& value, bool as_int, Context& context, Sample& sample) {
  switch (value.kind) {
    case JsonKind::Text: {
      if (value.raw.find('\\') == std::string_view::npos) return sample.set_text(value.raw);
      TextOutput out{context.arena()};
      unescape_json(value.raw, out);
      return sample.set_text(out.finish());
    }
    case JsonKind::Number: {
      if (!as_int) return sample.set_text(value.raw);
      const std::int64_t number = leading_integer(value.raw);
      return sample.set_number(number);
    }
    case JsonKind::Bool: {
      if (as_int) return false;
      return sample.set_text(value.raw);
    }
    case JsonKind::Null: return false;
    case JsonKind::Object:
    case JsonKind::Array: return sample.set_text(value.raw);
  }
  return false;
}

bool query(const Arguments& arguments, Context& context, Sample& sample) {
  const auto value = find_json(sample.text, arguments.text(0));
  return value.has_value() && give(*value, arguments.has(1), context, sample);
}

std::string check_query(Arguments& arguments, Environment&) {
  if (arguments.text(0).empty()) return "json_path must not be empty";
  if (!parse_json_path(arguments.text(0))) return "invalid json_path '" + arguments.list[0].text + "'";
  if (arguments.has(1) && arguments.text(1) != "int") return "output_type only supports \"int\" as argument";
  return {};
}

std::string check_token_query(Arguments& arguments, Environment& environment) {
  return arguments.has(0) ? check_query(arguments, environment) : std::string{};
}

/// The three parts of "header.payload.signature".
struct Token {
  std::array<std::string_view, 3> parts;
  std::string_view signed_text;
};

std::optional<Token> split_token(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Token{{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)},
               text.substr(0, second)};
}

template <std::size_t Part>
bool query_token(const Arguments& arguments, Context& context, Sample& sample) {
  const auto token = split_token(sample.text);
  if (!token) return false;
  TextOutput decoded{context.arena()};
  const bool good = decode_base64(token->parts[Part], kBase64Url, decoded);
  const std::string_view json = decoded.finish();
  if (!good) return false;
  if (!arguments.has(0)) return sample.set_text(json);
  const auto value = find_json(json, arguments.text(0));
  return value.has_value() && give(*value, arguments.has(1), context, sample);
}

enum class Family : std::uint8_t { Hmac, Rsa, Ec, Pss, None };
struct Algorithm {
  std::string_view name;
  Family family;
  const char* digest;
  std::size_t signature;  // bytes of an ECDSA signature
};
constexpr auto kAlgorithms = std::to_array<Algorithm>({
    {"none", Family::None, "", 0},
    {"HS256", Family::Hmac, "SHA256", 0}, {"HS384", Family::Hmac, "SHA384", 0}, {"HS512", Family::Hmac, "SHA512", 0},
    {"RS256", Family::Rsa, "SHA256", 0},  {"RS384", Family::Rsa, "SHA384", 0},  {"RS512", Family::Rsa, "SHA512", 0},
    {"ES256", Family::Ec, "SHA256", 64},  {"ES384", Family::Ec, "SHA384", 96},  {"ES512", Family::Ec, "SHA512", 132},
    {"PS256", Family::Pss, "SHA256", 0},  {"PS384", Family::Pss, "SHA384", 0},  {"PS512", Family::Pss, "SHA512", 0},
});

const Algorithm* find_algorithm(std::string_view name) {
  for (const Algorithm& each : kAlgorithms)
    if (each.name == name) return &each;
  return nullptr;
}

// What jwt_verify answers, as the manual numbers it.
constexpr std::int64_t kInvalidSignature = 0, kValid = 1, kUnknownAlgorithm = -1, kUnmanagedAlgorithm = -2, kInvalidToken = -3,
                       kUnknownCertificate = -5;

std::int64_t verify(const Algorithm& algorithm, const Token& token, std::string_view key, Context& context) {
  TextOutput decoded{context.arena()};
  const bool good = decode_base64(token.parts[2], kBase64Url, decoded);
  const std::string_view signature = decoded.finish();
  if (!good) return kInvalidToken;
  if (algorithm.family == Family::None) return signature.empty() ? kValid : kInvalidToken;
  if (signature.empty()) return kInvalidToken;
  if (algorithm.family == Family::Hmac) {
    const auto kind = lib::crypto::DigestKind::find(algorithm.digest);
    if (!kind) return kUnmanagedAlgorithm;
    const std::span<char> room = context.arena().take(lib::crypto::kMostDigest);
    const std::size_t size = kind->hmac(key, token.signed_text, room.first<lib::crypto::kMostDigest>());
    return lib::crypto::equal_secretly({room.data(), size}, signature) ? kValid : kInvalidSignature;
  }
  using lib::crypto::SignatureScheme;
  if (algorithm.family == Family::Ec && signature.size() != algorithm.signature) return kInvalidSignature;
  const SignatureScheme scheme = algorithm.family == Family::Rsa  ? SignatureScheme::Rsa
                                 : algorithm.family == Family::Ec ? SignatureScheme::Ec
                                                                  : SignatureScheme::RsaPss;
  const auto answer = lib::crypto::verify_signature(scheme, algorithm.digest, key, token.signed_text, signature);
  if (!answer) return kUnknownCertificate;
  return *answer ? kValid : kInvalidSignature;
}

bool verify_token(const Arguments& arguments, Context& context, Sample& sample) {
  std::string_view name, key;
  if (!argument_text(arguments, 0, context, name) || !argument_text(arguments, 1, context, key)) return false;
  const Algorithm* const algorithm = find_algorithm(name);
  if (algorithm == nullptr) return sample.set_number(kUnknownAlgorithm);
  const auto token = split_token(sample.text);
  if (!token) return sample.set_number(kInvalidToken);
  // The token must say the same of itself.
  TextOutput decoded{context.arena()};
  const bool good = decode_base64(token->parts[0], kBase64Url, decoded);
  const auto said = find_json(decoded.finish(), "$.alg");
  if (!good || !said || said->raw != name) return sample.set_number(kInvalidToken);
  return sample.set_number(verify(*algorithm, *token, key, context));
}

/// The key of an algorithm with certificates is a file's content.
std::string check_verify(Arguments& arguments, Environment& environment) {
  for (const std::size_t i : {0U, 1U}) {
    Argument& argument = arguments.list[i];
    if (!is_variable_name(argument.text)) continue;
    argument.variable = *environment.variables->find_or_add(argument.text);
    argument.is_variable = true;
  }
  if (arguments.list[0].is_variable) return {};
  const Algorithm* const algorithm = find_algorithm(arguments.text(0));
  if (algorithm == nullptr) return "unknown JWT algorithm: " + arguments.list[0].text;
  const bool is_file = algorithm->family != Family::Hmac && algorithm->family != Family::None;
  if (!is_file || arguments.list[1].is_variable || !arguments.has(1)) return {};
  const auto text = environment.library->read(arguments.list[1].text);
  if (!text) return "failed to load the certificate '" + arguments.list[1].text + "'";
  arguments.list[1].text = *text;
  return {};
}

constexpr auto kRows = std::to_array<Converter>({
    {"json_query", Type::Text, Type::Any, "s?s", query, check_query},
    {"jwt_header_query", Type::Binary, Type::Any, "?ss", query_token<0>, check_token_query},
    {"jwt_payload_query", Type::Binary, Type::Any, "?ss", query_token<1>, check_token_query},
    {"jwt_verify", Type::Binary, Type::Int, "ss", verify_token, check_verify},
});

}  // namespace

std::span<const Converter> json_converters() { return kRows; }

}  // namespace proxyd::samples
