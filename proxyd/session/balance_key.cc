#include "proxyd/session/balance_key.h"

#include <algorithm>

#include "lib/base/text.h"
#include "proxyd/servers/address_bytes.h"
#include "proxyd/session/http_stream.h"

namespace proxyd::session {
namespace {

using config::Algorithm;

/// Only "balance random" looks at it: cheap bits are enough (splitmix64 over id and request number).
std::uint64_t random_bits(const Stream& stream) {
  std::uint64_t bits = stream.front.info.id * 0x9E3779B97F4A7C15ULL + stream.front.requests * 0xBF58476D1CE4E5B9ULL +
                       static_cast<std::uint64_t>(stream.now().time_since_epoch().count());
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBULL;
  return bits ^ (bits >> 31);
}

void set_hash(servers::PickKey& key, std::uint32_t hash) {
  key.hash = hash;
  key.has_hash = true;
}

void add_expression(Stream& stream, servers::PickKey& key) {
  samples::Context context{stream, *stream.front.worker.scratch, samples::Place::BackSet};
  samples::Sample sample;
  const config::BalanceKey& conf = stream.back_conf().balance_key;
  if (!conf.expression->evaluate(context, sample)) return;
  if (!samples::cast(sample, samples::Type::Binary, context.arena())) return;
  set_hash(key, balance::hash_text(sample.text, stream.back_conf().hash_type));
}

void add_hash(Stream& stream, servers::PickKey& key) {
  const config::Proxy& conf = stream.back_conf();
  if (conf.algorithm == Algorithm::Source) {
    const servers::AddressBytes bytes{stream.front.client()};
    if (!bytes.empty()) set_hash(key, balance::hash_address(bytes.view(), conf.hash_type));
    return;
  }
  if (conf.algorithm == Algorithm::Hash) return add_expression(stream, key);
  std::string made;
  if (const auto text = stream.balance_text(made)) set_hash(key, balance::hash_text(*text, conf.hash_type));
}

/// The first of a header's values; nothing where it is not there or empty, as the original looks for it.
std::optional<std::string_view> header_key(const HttpStream& stream, const config::BalanceKey& key) {
  const lib::http::Field* const field = stream.request.find(key.name);
  if (field == nullptr) return std::nullopt;
  std::string_view value = stream.request.value(*field);
  value = lib::base::trim(value.substr(0, value.find(',')));
  if (value.empty()) return std::nullopt;
  return key.domain_only ? balance::domain_of(value) : value;
}

/// What is there of a chunked body, without its framing.
std::string unchunked(std::string_view wire) {
  std::string text{wire};
  lib::http::ChunkScanner scanner{lib::http::ChunkMode::Strip};
  text.resize(scanner.scan(text.data(), text.size()).forward);
  return text;
}

std::optional<std::string_view> form_key(const HttpStream& stream, const config::BalanceKey& key, std::string& made) {
  const Buffer* const body = stream.first_body.get();
  if (stream.request.method != lib::http::Method::Post || body == nullptr) return std::nullopt;
  std::string_view form{body->data + body->begin, body->size()};
  if (stream.request.body == lib::http::BodyKind::Chunked) {
    made = unchunked(form);
    form = made;
  } else {
    form = form.substr(0, std::min<std::uint64_t>(form.size(), stream.request.body_length));  // not the next request
  }
  return balance::find_parameter(form, key.name);
}

}  // namespace

const servers::PickKey& pick_key_of(Stream& stream) {
  if (stream.pick_key) return *stream.pick_key;
  servers::PickKey& key = stream.pick_key.emplace();
  key.random = random_bits(stream);
  if (stream.back_conf().hashes()) add_hash(stream, key);
  return key;
}

std::optional<std::string_view> HttpStream::balance_text(std::string& made) {
  const config::BalanceKey& key = back_conf().balance_key;
  switch (back_conf().algorithm) {
    case Algorithm::Uri: return balance::key_of_uri(request.target_text(), key.uri);
    case Algorithm::UrlParam: {
      const auto found = balance::find_parameter(balance::query_of(request.target_text()), key.name);
      return found || !key.check_post ? found : form_key(*this, key, made);
    }
    case Algorithm::Header: return header_key(*this, key);
    default: return std::nullopt;
  }
}

}  // namespace proxyd::session
