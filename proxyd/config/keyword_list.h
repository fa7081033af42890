// Every keyword of haproxy.cfg with its arguments, its places and its meaning: what -dK and the manual are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxyd/config/keyword.h"

namespace proxyd::config {

struct ListedKeyword {
  enum class Of : std::uint8_t { Global, Proxy, Ring, CertificateStore, CertificateLoad, Bind, Server, Action };
  Of of = Of::Proxy;
  std::string name;         // all its words: "timeout client"
  std::string_view usage, doc;
  std::string where;        // "defaults,frontend"; of actions: "http-request,http-response"
  bool is_negatable = false;
};
using KeywordList = std::vector<ListedKeyword>;

/// The tables of the section global, but for "stats ...".
std::span<const KeywordTable& (*const)()> global_tables();
/// The tables of proxies whose keywords stand alone: not those of options, timeouts and statistics.
std::span<const KeywordTable& (*const)()> proxy_tables();

/// All of them, sorted within their kind.
KeywordList list_keywords();

// The rooms that have tables of their own kind.
void list_bind_options(KeywordList& list);
void list_certificate_store_keywords(KeywordList& list);

}  // namespace proxyd::config
