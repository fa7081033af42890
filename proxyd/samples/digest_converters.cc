// Hashes and digests, keyed and not; AES.
#include <array>
#include <cstring>

#include "lib/base/hash.h"
#include "lib/crypto/digest.h"
#include "proxyd/samples/base64.h"
#include "proxyd/samples/table.h"
#include "proxyd/samples/variable_access.h"

namespace proxyd::samples {
namespace {

template <std::uint32_t (*Hash)(std::string_view)>
bool hash(const Arguments& arguments, Context&, Sample& sample) {
  std::uint32_t value = Hash(sample.text);
  if (arguments.number(0) != 0) value = lib::base::hash_avalanche(value);
  return sample.set_number(value);
}

bool xxh32(const Arguments& arguments, Context&, Sample& sample) {
  return sample.set_number(lib::base::hash_xxh32(sample.text, static_cast<std::uint32_t>(arguments.number(0))));
}

bool xxh64(const Arguments& arguments, Context&, Sample& sample) {
  const auto seed = static_cast<std::uint64_t>(arguments.number(0));
  return sample.set_number(static_cast<std::int64_t>(lib::base::hash_xxh64(sample.text, seed)));
}

bool xxh3(const Arguments& arguments, Context&, Sample& sample) {
  const auto seed = static_cast<std::uint64_t>(arguments.number(0));
  return sample.set_number(static_cast<std::int64_t>(lib::base::hash_xxh3(sample.text, seed)));
}

bool give_digest(const std::string& name, Context& context, Sample& sample) {
  const auto kind = lib::crypto::DigestKind::find(name);
  if (!kind) return false;
  const std::span<char> room = context.arena().take(lib::crypto::kMostDigest);
  const std::size_t size = kind->digest(sample.text, room.first<lib::crypto::kMostDigest>());
  return size != 0 && sample.set_text({room.data(), size}, Type::Binary);
}

bool sha1(const Arguments&, Context& context, Sample& sample) {
  static const std::string kName = "SHA1";
  return give_digest(kName, context, sample);
}

/// Argument 0 holds the algorithm's name for OpenSSL since the check.
bool digest(const Arguments& arguments, Context& context, Sample& sample) {
  return give_digest(arguments.list[0].text, context, sample);
}

std::string check_sha2(Arguments& arguments, Environment&) {
  const std::int64_t bits = arguments.number(0, 256);
  if (bits != 224 && bits != 256 && bits != 384 && bits != 512)
    return "Unsupported number of bits: '" + arguments.list[0].text + "'";
  arguments.list[0].text = "SHA" + std::to_string(bits);
  return {};
}

std::string check_digest(Arguments& arguments, Environment&) {
  if (!lib::crypto::DigestKind::find(arguments.list[0].text)) return "algorithm must be a valid OpenSSL message digest name.";
  return {};
}

/// Key material in base64, or a variable that holds it.
std::string check_key(Argument& argument, Environment& environment, std::string_view what) {
  if (const auto variable = is_variable_name(argument.text) ? environment.variables->find_or_add(argument.text) : std::nullopt) {
    argument.variable = *variable;
    argument.is_variable = true;
    return {};
  }
  Arena arena;
  TextOutput out{arena};
  if (!decode_base64(argument.text, kBase64, out))
    return "failed to parse " + std::string{what} +
           " : argument needs to be base64 encoded, and can either be a string or a variable";
  argument.text = out.finish();
  return {};
}

/// The bytes of such an argument; false when a variable holds none.
bool key_bytes(const Arguments& arguments, std::size_t index, Context& context, std::string_view& out) {
  if (!argument_text(arguments, index, context, out)) return false;
  if (!arguments.list[index].is_variable) return true;
  TextOutput decoded{context.arena()};
  const bool good = decode_base64(out, kBase64, decoded);
  out = decoded.finish();
  return good;
}

std::string check_hmac(Arguments& arguments, Environment& environment) {
  if (std::string wrong = check_digest(arguments, environment); !wrong.empty()) return wrong;
  return check_key(arguments.list[1], environment, "key");
}

bool keyed_digest(const Arguments& arguments, Context& context, Sample& sample) {
  std::string_view key;
  const auto kind = lib::crypto::DigestKind::find(arguments.list[0].text);
  if (!kind || !key_bytes(arguments, 1, context, key)) return false;
  const std::span<char> room = context.arena().take(lib::crypto::kMostDigest);
  const std::size_t size = kind->hmac(key, sample.text, room.first<lib::crypto::kMostDigest>());
  return size != 0 && sample.set_text({room.data(), size}, Type::Binary);
}

std::string check_aes(Arguments& arguments, Environment& environment) {
  const std::int64_t bits = arguments.number(0);
  if (bits != 128 && bits != 192 && bits != 256) return "key size must be 128, 192 or 256 (bits).";
  if (std::string wrong = check_key(arguments.list[1], environment, "nonce"); !wrong.empty()) return wrong;
  return check_key(arguments.list[2], environment, "key");
}

std::string check_aes_gcm(Arguments& arguments, Environment& environment) {
  if (std::string wrong = check_aes(arguments, environment); !wrong.empty()) return wrong;
  return check_key(arguments.list[3], environment, "aead_tag");
}

std::string check_aes_cbc(Arguments& arguments, Environment& environment) {
  if (arguments.has(3)) return "additional data is known but not built yet";
  return check_aes(arguments, environment);
}

std::string check_aes_encryption(Arguments& arguments, Environment& environment) {
  std::string wrong = check_aes_gcm(arguments, environment);
  if (wrong.empty() && !arguments.list[3].is_variable) return "aead_tag needs to be a variable";
  return wrong;
}

bool decrypt(const Arguments& arguments, Context& context, Sample& sample) {
  std::string_view nonce, key, tag;
  if (!key_bytes(arguments, 1, context, nonce) || !key_bytes(arguments, 2, context, key) ||
      !key_bytes(arguments, 3, context, tag) || key.size() * 8 != static_cast<std::size_t>(arguments.number(0)))
    return false;
  std::string out, given{tag};
  if (!lib::crypto::aes_gcm(false, nonce, key, sample.text, out, given)) return false;
  return sample.set_text(context.arena().keep(out), Type::Binary);
}

bool encrypt(const Arguments& arguments, Context& context, Sample& sample) {
  std::string_view nonce, key;
  if (!key_bytes(arguments, 1, context, nonce) || !key_bytes(arguments, 2, context, key) ||
      key.size() * 8 != static_cast<std::size_t>(arguments.number(0)))
    return false;
  std::string out, tag;
  if (!lib::crypto::aes_gcm(true, nonce, key, sample.text, out, tag)) return false;
  TextOutput shown{context.arena()};
  encode_base64(tag, kBase64, shown);
  Sample tag_sample;
  (void)tag_sample.set_text(shown.finish());
  if (!set_variable(arguments.list[3].variable, context, tag_sample)) return false;
  return sample.set_text(context.arena().keep(out), Type::Binary);
}

template <bool Encrypts>
bool cbc(const Arguments& arguments, Context& context, Sample& sample) {
  std::string_view nonce, key;
  if (!key_bytes(arguments, 1, context, nonce) || !key_bytes(arguments, 2, context, key) ||
      key.size() * 8 != static_cast<std::size_t>(arguments.number(0)))
    return false;
  std::string out;
  if (!lib::crypto::aes_cbc(Encrypts, nonce, key, sample.text, out)) return false;
  return sample.set_text(context.arena().keep(out), Type::Binary);
}

using lib::base::hash_crc32;
using lib::base::hash_crc32c;
using lib::base::hash_djb2;
using lib::base::hash_sdbm;
using lib::base::hash_wt6;

constexpr auto kRows = std::to_array<Converter>({
    {"aes_cbc_dec", Type::Binary, Type::Binary, "iss?s", cbc<false>, check_aes_cbc},
    {"aes_cbc_enc", Type::Binary, Type::Binary, "iss?s", cbc<true>, check_aes_cbc},
    {"aes_gcm_dec", Type::Binary, Type::Binary, "isss", decrypt, check_aes_gcm},
    {"aes_gcm_enc", Type::Binary, Type::Binary, "isss", encrypt, check_aes_encryption},
    {"crc32", Type::Binary, Type::Int, "?i", hash<hash_crc32>},
    {"crc32c", Type::Binary, Type::Int, "?i", hash<hash_crc32c>},
    {"digest", Type::Binary, Type::Binary, "s", digest, check_digest},
    {"djb2", Type::Binary, Type::Int, "?i", hash<hash_djb2>},
    {"hmac", Type::Binary, Type::Binary, "ss", keyed_digest, check_hmac},
    {"sdbm", Type::Binary, Type::Int, "?i", hash<hash_sdbm>},
    {"sha1", Type::Binary, Type::Binary, "", sha1},
    {"sha2", Type::Binary, Type::Binary, "?i", digest, check_sha2},
    {"wt6", Type::Binary, Type::Int, "?i", hash<hash_wt6>},
    {"xxh3", Type::Binary, Type::Int, "?i", xxh3},
    {"xxh32", Type::Binary, Type::Int, "?i", xxh32},
    {"xxh64", Type::Binary, Type::Int, "?i", xxh64},
});

}  // namespace

std::span<const Converter> digest_converters() { return kRows; }

}  // namespace proxyd::samples
