// The health checks of a real server as typed data: who is asked, when, and what must come back. Every value is filled in:
// what a checker does not say comes from its real server, the virtual server, or the built-in default.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/base/time.h"
#include "lib/net/address.h"
#include "parsers/keepalived/values.h"

namespace parsers::keepalived {

/// When a check runs and how many failures it takes.
struct CheckTimes {
  lib::base::Duration delay_loop{60'000'000};       // from the end of one check to the next (MISC_CHECK: from its start)
  lib::base::Duration warmup{60'000'000};           // the first check comes 1 s + random 0 .. warmup after the start
  lib::base::Duration delay_before_retry{1'000'000};
  unsigned retry = 1;                    // extra attempts after the first failure of a server that is up
  bool alpha = false;                    // down until the first success
  bool log_all_failures = false;
  bool operator==(const CheckTimes&) const = default;
};

/// Where a check connects, and from where.
struct CheckTarget {
  lib::net::Address to;                  // with its port; port 0 for PING_CHECK, or where nothing says one
  std::optional<lib::net::Address> from; // bindto and bind_port
  std::string interface;                 // bind_if, or empty
  std::uint32_t fwmark = 0;              // SO_MARK; 0: none
  lib::base::Duration timeout{5'000'000};
  bool operator==(const CheckTarget&) const = default;
};

/// PCRE2 compile options, under the names of "regex_options".
enum class RegexOption : std::uint8_t {
  AllowEmptyClass, AltBsux, AutoCallout, Caseless, DollarEndonly, Dotall, Dupnames, Extended, Firstline, MatchUnsetBackref,
  Multiline, NeverUcp, NeverUtf, NoAutoCapture, NoAutoPossess, NoDotstarAnchor, NoStartOptimize, Ucp, Ungreedy, Utf,
  NeverBackslashC, AltCircumflex, AltVerbnames, UseOffsetLimit,
};

/// "caseless"; in the enumeration's order.
inline constexpr std::array<std::string_view, 24> kRegexOptions{
    "allow_empty_class", "alt_bsux", "auto_callout", "caseless", "dollar_endonly", "dotall", "dupnames", "extended", "firstline",
    "match_unset_backref", "multiline", "never_ucp", "never_utf", "no_auto_capture", "no_auto_possess", "no_dotstar_anchor",
    "no_start_optimize", "ucp", "ungreedy", "utf", "never_backslash_c", "alt_circumflex", "alt_verbnames", "use_offset_limit"};

struct BodyRegex {
  std::string pattern;
  std::uint32_t options = 0;             // bit 1 << RegexOption
  bool no_match = false;                 // the body must not match
  std::uint64_t min_offset = 0;          // where a match may begin, in bytes of the body
  std::optional<std::uint64_t> max_offset;
  std::uint64_t stack_start = 0, stack_max = 0;  // JIT stack; 0: the library's
  bool has(RegexOption option) const { return (options >> static_cast<unsigned>(option) & 1U) != 0; }
  bool operator==(const BodyRegex&) const = default;
};

/// One page of HTTP_GET or SSL_GET.
struct HttpUrl {
  std::string path;
  std::string host;                      // Host header; empty: the target's address and port
  std::string sni;                       // SSL_GET with enable_sni; empty: none is sent
  std::optional<std::array<std::uint8_t, 16>> digest;  // MD5 of the body
  std::vector<std::pair<std::uint16_t, std::uint16_t>> status_codes{{200, 299}};  // inclusive ranges
  std::optional<BodyRegex> regex;
  bool tls_compliant = false;            // a missing close_notify is a failure
  bool accepts(unsigned status) const;
  bool operator==(const HttpUrl&) const = default;
};

struct TcpCheck { bool operator==(const TcpCheck&) const = default; };
struct PingCheck { bool operator==(const PingCheck&) const = default; };
struct HttpCheck {
  bool tls = false;                      // SSL_GET
  enum class Version : std::uint8_t { Http10, Http10Close, Http11 } version = Version::Http10;
  bool fast_recovery = false;            // no delay_loop between urls while the server comes up
  std::vector<HttpUrl> urls;             // at least one
  bool operator==(const HttpCheck&) const = default;
};
struct SmtpCheck {
  std::string helo_name = "smtpchecker.keepalived.org";
  bool operator==(const SmtpCheck&) const = default;
};
/// A type of DNS records as DNS_CHECK names it.
struct RecordType {
  std::string_view name;
  std::uint16_t number;
};
inline constexpr auto kRecordTypes = std::to_array<RecordType>({
    {"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28}, {"RRSIG", 46}, {"DNSKEY", 48},
});
struct DnsCheck {
  std::uint16_t type = 6;                // RR type number; SOA
  std::string name = ".";
  bool operator==(const DnsCheck&) const = default;
};
struct MiscCheck {
  Command command;
  lib::base::Duration timeout{60'000'000};
  bool dynamic = false;                  // exit status 2 .. 255: up, with the weight status - 2
  bool operator==(const MiscCheck&) const = default;
};
struct BfdCheck {
  std::size_t bfd = 0;                   // into KeepalivedConfig::bfds
  bool operator==(const BfdCheck&) const = default;
};
struct UdpCheck {
  std::vector<std::uint8_t> payload;     // empty: an empty datagram
  bool needs_reply = false;
  std::vector<std::uint8_t> reply, reply_mask;  // of one length; only bits of the mask are compared
  std::uint16_t min_reply = 0, max_reply = 255; // sizes; they count only where `reply` is not empty
  bool operator==(const UdpCheck&) const = default;
};
struct FileCheck {
  std::size_t file = 0;                  // into KeepalivedConfig::track_files
  Weight weight;                         // the file's number times this is added to the server's weight; 0: not 0 is down
  bool operator==(const FileCheck&) const = default;
};

struct Checker {
  using What = std::variant<TcpCheck, HttpCheck, SmtpCheck, DnsCheck, MiscCheck, BfdCheck, UdpCheck, PingCheck, FileCheck>;
  What what;
  CheckTimes times;                      // BFD_CHECK: only `alpha`; FILE_CHECK: none
  CheckTarget target;                    // not for MISC, BFD and FILE
  parsers::common::Place place;
  /// The keyword of its block: "TCP_CHECK", "SSL_GET".
  const char* keyword() const;
  /// Everything but the place: a reload keeps the state of a checker that is equal to one before.
  bool operator==(const Checker& other) const { return what == other.what && times == other.times && target == other.target; }
};

}  // namespace parsers::keepalived
