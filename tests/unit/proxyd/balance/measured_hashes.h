// Selections measured on the original: kept from shared/reference/haproxy/lb-vectors.tsv as they stand there.
#pragma once

#include <string_view>

#include "proxyd/balance/hash_key.h"

struct MeasuredSequence {
  std::string_view algorithm, weights, servers;
};

inline constexpr MeasuredSequence kMeasuredSequences[] = {
    {"roundrobin", "1,1", "1 2 1 2 1 2 1 2 1 2 1 2"},
    {"static-rr", "1,1", "1 2 1 2 1 2 1 2 1 2 1 2"},
    {"roundrobin", "1,1,1", "1 2 3 1 2 3 1 2 3 1 2 3"},
    {"static-rr", "1,1,1", "1 2 3 1 2 3 1 2 3 1 2 3"},
    {"roundrobin", "1,2,3", "3 2 3 1 3 2 3 2 3 1 3 2"},
    {"static-rr", "1,2,3", "1 3 2 3 2 3 1 3 2 3 2 3"},
    {"roundrobin", "3,2,1", "1 2 1 3 1 2 1 2 1 3 1 2"},
    {"static-rr", "3,2,1", "1 1 2 1 2 3 1 1 2 1 2 3"},
    {"roundrobin", "5,1,1", "1 1 1 2 1 1 3 1 1 1 2 1 1 3"},
    {"static-rr", "5,1,1", "1 1 1 2 1 1 3 1 1 1 2 1 1 3"},
    {"roundrobin", "10,20,30", "3 2 3 1 3 2 3 2 3 1 3 2 3 2 3 1 3 2 3 2 3 1 3 2"},
    {"static-rr", "10,20,30", "1 3 2 3 2 3 1 3 2 3 2 3 1 3 2 3 2 3 1 3 2 3 2 3"},
    {"roundrobin", "1,1,1,1", "1 2 3 4 1 2 3 4 1 2 3 4"},
    {"static-rr", "1,1,1,1", "1 2 3 4 1 2 3 4 1 2 3 4"},
    {"roundrobin", "2,3", "2 2 1 2 1 2 2 1 2 1 2 2"},
    {"static-rr", "2,3", "1 2 1 2 2 1 2 1 2 2 1 2"},
    {"roundrobin", "1,0,2", "3 3 1 3 3 1 3 3 1 3 3 1"},
    {"static-rr", "1,0,2", "1 3 3 1 3 3 1 3 3 1 3 3"},
    {"roundrobin", "100,1", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"},
    {"static-rr", "100,1", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"},
    {"roundrobin", "7,3,2", "1 1 2 1 3 1 2 1 1 1 2 3 1 1 2 1 3 1 2 1 1 1 2 3"},
    {"static-rr", "7,3,2", "1 1 2 1 2 3 1 1 1 2 1 3 1 1 2 1 2 3 1 1 1 2 1 3"},
};

/// Keys with blanks between them; "" is an empty one.
struct MeasuredHash {
  std::string_view algorithm;
  proxyd::balance::HashType type;
  std::string_view weights, keys, servers;
};

inline constexpr std::string_view kKeys1 =
    "/ /a /b /index.html /foo/bar /foo/bar?x=1 /images/logo.png /1 /2 /3 /10 /100 /abcdefghijklmnopqrstuvwxyz /A /foo /user/42";
inline constexpr std::string_view kKeys2 =
    "\"\" a b alice bob 1 2 www.example.com haproxy.1wt.eu example.com:8080";
inline constexpr std::string_view kKeys3 =
    "a b alice bob 1 2 \"\" longvalue123";
inline constexpr std::string_view kKeys4 =
    "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.1.2.3 127.9.8.7 127.0.1.1 127.255.255.254";

using proxyd::balance::HashFunction;
inline constexpr MeasuredHash kMeasuredHashes[] = {
    {"uri", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys1, "4 3 4 3 4 4 3 3 4 1 3 3 1 3 4 4"},
    {"uri", {false, HashFunction::Sdbm, true}, "1,1,1,1", kKeys1, "1 3 3 1 3 3 4 2 3 4 1 2 1 1 2 1"},
    {"uri", {false, HashFunction::Djb2, false}, "1,1,1,1", kKeys1, "1 2 3 4 1 1 2 2 3 4 2 2 4 2 1 1"},
    {"uri", {false, HashFunction::Djb2, true}, "1,1,1,1", kKeys1, "4 2 2 1 3 3 3 2 1 2 2 4 1 1 1 1"},
    {"uri", {false, HashFunction::Wt6, false}, "1,1,1,1", kKeys1, "2 4 4 3 1 1 4 4 4 4 1 2 2 4 4 2"},
    {"uri", {false, HashFunction::Wt6, true}, "1,1,1,1", kKeys1, "1 3 1 2 3 3 2 3 1 2 2 2 4 3 2 1"},
    {"uri", {false, HashFunction::Crc32, false}, "1,1,1,1", kKeys1, "1 1 3 3 4 4 3 1 3 1 2 1 3 1 4 1"},
    {"uri", {false, HashFunction::Crc32, true}, "1,1,1,1", kKeys1, "4 2 3 1 1 1 4 3 4 3 4 3 1 1 2 2"},
    {"uri", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys1, "4 3 4 3 4 4 3 3 4 1 3 3 1 3 4 4"},
    {"uri", {false, HashFunction::Sdbm, false}, "1,2,3", kKeys1, "3 1 3 1 3 3 1 1 3 2 2 2 1 2 3 3"},
    {"uri", {true, HashFunction::Sdbm, false}, "1,1,1,1", kKeys1, "4 4 4 2 3 3 4 4 4 4 3 1 2 4 4 1"},
    {"uri", {true, HashFunction::Sdbm, true}, "1,1,1,1", kKeys1, "2 4 2 4 4 4 1 3 2 1 1 4 1 2 4 1"},
    {"uri", {true, HashFunction::Djb2, false}, "1,1,1,1", kKeys1, "4 4 4 1 3 3 2 4 4 4 4 2 4 4 2 1"},
    {"uri", {true, HashFunction::Djb2, true}, "1,1,1,1", kKeys1, "1 1 4 1 2 2 3 2 1 1 4 1 4 4 4 4"},
    {"uri", {true, HashFunction::Wt6, false}, "1,1,1,1", kKeys1, "1 3 3 2 4 4 2 3 3 3 2 4 4 3 1 4"},
    {"uri", {true, HashFunction::Wt6, true}, "1,1,1,1", kKeys1, "4 1 4 2 1 1 1 1 4 1 1 1 4 1 2 2"},
    {"uri", {true, HashFunction::Crc32, false}, "1,1,1,1", kKeys1, "2 4 2 4 1 1 1 3 4 4 1 3 3 3 3 1"},
    {"uri", {true, HashFunction::Crc32, true}, "1,1,1,1", kKeys1, "1 2 1 3 1 1 1 1 1 3 4 1 3 4 4 1"},
    {"uri", {true, HashFunction::Sdbm, true}, "1,1,1,1", kKeys1, "2 4 2 4 4 4 1 3 2 1 1 4 1 2 4 1"},
    {"uri", {true, HashFunction::Sdbm, true}, "1,2,3", kKeys1, "2 2 2 3 3 3 3 3 2 1 3 3 1 2 3 1"},
    {"uri whole", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys1, "4 3 4 3 4 1 3 3 4 1 3 3 1 3 4 4"},
    {"uri depth 1", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys1, "4 3 4 3 4 4 4 3 4 1 3 3 1 3 4 3"},
    {"uri len 3", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys1, "4 3 4 1 1 1 4 3 4 1 3 3 1 3 1 2"},
    {"hdr(X-Key)", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys2, "1 2 3 1 2 2 3 3 2 2"},
    {"hash req.hdr(X-Key)", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys2, "1 2 3 1 2 2 3 3 2 2"},
    {"hdr(X-Key) use_domain_only", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys2, "1 2 3 1 2 2 3 3 3 3"},
    {"url_param id", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys3, "2 3 1 2 2 3 1 2"},
    {"source", {false, HashFunction::Sdbm, false}, "1,1,1,1", kKeys4, "2 3 4 1 4 4 2 3"},
    {"source", {true, HashFunction::Sdbm, true}, "1,1,1,1", kKeys4, "4 4 3 1 3 3 4 3"},
};
