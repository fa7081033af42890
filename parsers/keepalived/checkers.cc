// The checkers that only connect or talk a little: TCP, PING, SMTP, DNS and UDP; and the rows that all checkers share.
#include <algorithm>

#include "lib/base/text.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/virtual_server_draft.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostUnsigned = 4294967295;
constexpr Duration kLongestTimeout{4'294'967'295};

/// HTTP_GET's old name of "retry". TCP_CHECK takes it, too: the notes that people follow write it there, and keepalived calls it
/// unknown and goes on with one retry.
void read_old_retry(CheckerDraft& to, Reader& in) {
  in.complain("nb_get_retry is deprecated - please use 'retry'", 0, Complaint::Deprecated);
  if (const auto value = in.number(1, 0, kMostUnsigned)) to.given.retry = static_cast<unsigned>(*value);
  else in.complain("Invalid nb_get_retry value '" + in.text(1) + '\'');
}

constexpr auto kTcpKeywords = join(kCommonKeywords, std::to_array<Keyword<CheckerDraft>>({
    {"nb_get_retry", 1, &read_old_retry, "NUMBER", "Old name of retry."},
}));

// ---- SMTP_CHECK

/// The old way to ask several addresses: each host block is a checker of its own, instead of the real server's address.
struct SmtpDraft {
  CheckerDraft& own;
  std::vector<CheckerDraft> hosts;
};

constexpr auto kSmtpKeywords = join(kCommonKeywords, std::to_array<Keyword<CheckerDraft>>({
    {"helo_name", 0, [](CheckerDraft& to, Reader& in) {
       if (in.size() < 2) return in.complain("SMTP_CHECK helo name missing", 0);
       to.as<SmtpCheck>().helo_name = in.text(1);
     }, "NAME", "What we call ourselves. Default: smtpchecker.keepalived.org."},
}));

void read_smtp_host(SmtpDraft& to, const Statement& block, Context& context) {
  context.findings.at(Complaint::Log, block.whole(), "The SMTP_CHECK host block is deprecated. Please define additional checkers.");
  CheckerDraft host;
  host.out = to.own.out;
  host.server = to.own.server;
  host.server_name = to.own.server_name;
  read_block(kCommonKeywords, host, block, context);
  to.hosts.push_back(std::move(host));
}

void read_smtp_check(SmtpDraft& to, const Statement& block, Context& context) {
  for (const Statement& line : block.body) {
    if (context.stopped) return;
    if (line.keyword() == "host" && line.has_block) read_smtp_host(to, line, context);
    else read_statement(kSmtpKeywords, to.own, line, context);
  }
  for (CheckerDraft& host : to.hosts) {
    host.as<SmtpCheck>() = to.own.as<SmtpCheck>();
    const auto inherit = [](auto& value, const auto& from) { if (!value) value = from; };
    inherit(host.given.retry, to.own.given.retry);
    inherit(host.given.delay_loop, to.own.given.delay_loop);
    inherit(host.given.warmup, to.own.given.warmup);
    inherit(host.given.delay_before_retry, to.own.given.delay_before_retry);
    inherit(host.given.connect_timeout, to.own.given.connect_timeout);
    inherit(host.given.alpha, to.own.given.alpha);
  }
}

// ---- DNS_CHECK

void read_record_type(CheckerDraft& to, Reader& in) {
  for (const RecordType& type : kRecordTypes)
    if (lib::base::equal_ignoring_case(type.name, in.word(1))) {
      to.as<DnsCheck>().type = type.number;
      return;
    }
  in.complain_with_hint("Unknown DNS check type " + in.text(1) + " - ignoring", "A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY");
}

void read_record_name(CheckerDraft& to, Reader& in) {
  constexpr std::size_t kMostLabel = 63, kMostName = 253;
  if (!to.reference.empty()) return in.complain("DNS_CHECK name already specified - ignoring");
  std::string_view name = in.word(1);
  if (name != ".") {
    const std::string_view labels = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
    bool too_long = labels.size() > kMostName;
    for (const std::string_view label : lib::base::split(labels, '.')) {
      if (label.empty()) return in.complain("DNS_CHECK name '" + in.text(1) + "' has empty label - ignoring");
      too_long |= label.size() > kMostLabel;
    }
    // Such a question cannot be written down: the original sends a broken one.
    if (too_long) return in.complain("DNS_CHECK name '" + in.text(1) + "' is too long - ignoring");
  }
  to.as<DnsCheck>().name = to.reference = name;
}

constexpr auto kDnsKeywords = join(kCommonKeywords, std::to_array<Keyword<CheckerDraft>>({
    {"type", 1, &read_record_type, "TYPE", "A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY. Default: SOA."},
    {"name", 1, &read_record_name, "DOMAIN", "The name to ask for. Default: the root."},
}));

// ---- UDP_CHECK

int hex_digit(char c) {
  if (lib::base::is_digit(c)) return c - '0';
  const char lower = lib::base::to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// "ab12f 3 45" is AB 12 0F 03 45: each word by pairs, a single digit is a byte. `x` stands for any digit where a mask is wanted.
bool read_hex(Reader& in, std::vector<std::uint8_t>& bytes, std::vector<std::uint8_t>* mask) {
  for (std::size_t index = 1; index < in.size(); ++index) {
    const std::string_view word = in.word(index);
    for (std::size_t i = 0; i < word.size();) {
      const std::size_t digits = i + 1 < word.size() ? 2 : 1;
      unsigned value = 0, bits = digits == 1 ? 0xf0 : 0;
      for (const char c : word.substr(i, digits)) {
        const bool any = mask != nullptr && lib::base::to_lower(c) == 'x';
        const int digit = any ? 0 : hex_digit(c);
        if (digit < 0) return false;
        value = value << 4U | static_cast<unsigned>(digit);
        bits = (bits << 4U | (any ? 0U : 0xfU)) & 0xffU;
      }
      if (digits == 1) bits |= 0xf0;
      bytes.push_back(static_cast<std::uint8_t>(value));
      if (mask != nullptr) mask->push_back(static_cast<std::uint8_t>(bits));
      i += digits;
    }
  }
  return true;
}

void read_payload(CheckerDraft& to, Reader& in) {
  if (in.size() < 2) return in.complain("UDP_CHECK payload requires a payload", 0);
  std::vector<std::uint8_t> bytes;
  if (!read_hex(in, bytes, nullptr)) return in.complain("Invalid hex string for UDP_CHECK payload");
  to.as<UdpCheck>().payload = std::move(bytes);
}

void read_reply(CheckerDraft& to, Reader& in) {
  UdpCheck& check = to.as<UdpCheck>();
  check.needs_reply = true;
  std::vector<std::uint8_t> bytes, mask;
  if (!read_hex(in, bytes, &mask)) return in.complain("Invalid hex string for UDP_CHECK reply");
  check.reply = std::move(bytes);
  check.reply_mask = std::move(mask);
}

void read_reply_size(std::uint16_t& to, Reader& in, const char* which) {
  if (const auto value = in.number(1, 0, 65535)) to = static_cast<std::uint16_t>(*value);
  else in.complain(std::string{"UDP_CHECK "} + which + " length " + in.text(1) + " not valid - must be between 0 & 65535");
}

constexpr auto kUdpKeywords = join(kCommonKeywords, std::to_array<Keyword<CheckerDraft>>({
    {"payload", 0, &read_payload, "HEX...", "The bytes to send. Default: none."},
    {"require_reply", 0, &read_reply, "[HEX...]", "An answer must come, and begin with these bytes; x stands for any digit. Default: silence is good, an ICMP error is not."},
    {"min_reply_length", 1, [](CheckerDraft& to, Reader& in) { read_reply_size(to.as<UdpCheck>().min_reply, in, "min"); }, "BYTES", "The shortest answer, 0 to 65535, where require_reply names bytes. Default: 0."},
    {"max_reply_length", 1, [](CheckerDraft& to, Reader& in) { read_reply_size(to.as<UdpCheck>().max_reply, in, "max"); }, "BYTES", "The longest answer, 0 to 65535, where require_reply names bytes. Default: 255."},
}));

void check_reply_sizes(CheckerDraft& to, Reader& in) {
  const UdpCheck& check = to.as<UdpCheck>();
  if (check.min_reply <= check.max_reply) return;
  in.complain_at_end("UDP_CHECK min_reply length " + std::to_string(check.min_reply) + " > max_reply_length " +
                               std::to_string(check.max_reply) + " - will always fail");
}

// ---- all

bool is_link_local(const Address& address) {
  return address.is_ipv6() && address.ipv6_bits().s6_addr[0] == 0xfe && (address.ipv6_bits().s6_addr[1] & 0xc0U) == 0x80;
}

const Address& asked(const CheckerDraft& draft) { return draft.connect_ip ? *draft.connect_ip : draft.server; }

/// False: complained, there is no such checker.
bool check_target(CheckerDraft& draft, Reader& in) {
  if (!draft.out.target.interface.empty() || !is_link_local(asked(draft))) return true;
  in.complain_at_end("Checker link local address " + asked(draft).host() + " requires a bind_if");
  return false;
}

void read_talking_check(RealServerDraft& to, CheckerDraft draft, Reader& in) {
  const Statement& block = in.statement();
  Context& context = in.context();
  const std::string_view kind = in.word(0);
  if (kind == "TCP_CHECK") {
    read_block(kTcpKeywords, draft, block, context);
  } else if (kind == "PING_CHECK") {
    draft.out.what = PingCheck{};
    read_block(kCommonKeywords, draft, block, context);
  } else if (kind == "DNS_CHECK") {
    draft.out.what = DnsCheck{};
    read_block(kDnsKeywords, draft, block, context);
  } else if (kind == "UDP_CHECK") {
    draft.out.what = UdpCheck{};
    read_block(kUdpKeywords, draft, block, context);
    check_reply_sizes(draft, in);
  } else {
    draft.out.what = SmtpCheck{};
    SmtpDraft smtp{.own = draft, .hosts = {}};
    read_smtp_check(smtp, block, context);
    for (CheckerDraft& host : smtp.hosts)
      if (check_target(host, in)) to.checkers.push_back(std::move(host));
    if (!smtp.hosts.empty()) return;
  }
  if (check_target(draft, in)) to.checkers.push_back(std::move(draft));
}

}  // namespace

void read_checker(RealServerDraft& to, Reader& in) {
  CheckerDraft draft;
  draft.out.place = in.place(0);
  draft.server_name = to.out.name;
  draft.server = to.out.address;
  const std::string_view kind = in.word(0);
  bool good = false;
  if (kind == "HTTP_GET" || kind == "SSL_GET") good = read_http_check(draft, in, kind == "SSL_GET") && check_target(draft, in);
  else if (kind == "MISC_CHECK") good = read_misc_check(draft, in);
  else if (kind == "BFD_CHECK") good = read_bfd_check(draft, to.checkers, in);
  else if (kind == "FILE_CHECK") good = read_file_check(draft, in);
  else return read_talking_check(to, std::move(draft), in);
  if (good) to.checkers.push_back(std::move(draft));
}

void read_checker_retry(CheckerDraft& to, Reader& in) {
  if (in.word(0) == "nb_get_retry") return read_old_retry(to, in);
  if (const auto value = in.number(1, 0, kMostUnsigned)) to.given.retry = static_cast<unsigned>(*value);
  else in.complain("Invalid retry connection value '" + in.text(1) + '\'');
}

void read_checker_flag(std::optional<bool>& to, Reader& in) {
  if (const auto value = in.boolean(1)) to = *value;
  else in.complain("Invalid " + in.text(0) + " parameter " + in.text(1));
}

void read_checker_log_all(CheckerDraft& to, Reader& in) {
  std::optional<bool> value;
  read_checker_flag(value, in);
  to.out.times.log_all_failures = value.value_or(to.out.times.log_all_failures);
}

void read_connect_ip(CheckerDraft& to, Reader& in) {
  const auto address = Address::parse(in.word(1));
  if (!address || !address->is_ip()) return in.complain("Invalid connect_ip address " + in.text(1) + " - ignoring");
  to.connect_ip = *address;
}

void read_bind_ip(CheckerDraft& to, Reader& in) {
  const auto address = Address::parse(in.word(1));
  if (!address || !address->is_ip()) return in.complain("Invalid bindto address " + in.text(1) + " - ignoring");
  if (address->family() != asked(to).family())
    return in.complain("bindto address " + in.text(1) + " does not match address family of connect_ip - skipping");
  to.bind_ip = *address;
}

void read_checker_port(std::optional<std::uint16_t>& to, Reader& in) {
  if (const auto port = in.number(1, 1, 65535)) to = static_cast<std::uint16_t>(*port);
  else in.complain("Invalid checker " + in.text(0) + " '" + in.text(1) + '\'');
}

void read_checker_fwmark(CheckerDraft& to, Reader& in) {
  if (const auto value = in.number(1, 0, kMostUnsigned)) to.out.target.fwmark = static_cast<std::uint32_t>(*value);
  else in.complain("Invalid fwmark connection value '" + in.text(1) + '\'');
}

void read_checker_connect_timeout(CheckerDraft& to, Reader& in) {
  if (const auto value = in.seconds(1, Duration{1}, kLongestTimeout)) to.given.connect_timeout = *value;
  else in.complain("connect_timeout " + in.text(1) + " invalid - ignoring");
}

void read_checker_delay_loop(CheckerDraft& to, Reader& in) {
  if (const auto value = in.seconds(1, Duration{1}, kNoLimit)) to.given.delay_loop = *value;
  else in.complain("delay_loop '" + in.text(1) + "' is invalid - ignoring");
}

void read_checker_delay(std::optional<Duration>& to, Reader& in) {
  if (const auto value = in.seconds(1, Duration{0}, kNoLimit)) to = *value;
  else in.complain("Invalid " + in.text(0) + " connection value '" + in.text(1) + '\'');
}

void list_checker_keywords(KeywordList& list) {
  list_rows(list, "every checker but BFD_CHECK and FILE_CHECK", kTimesKeywords);
  list_rows(list, "every checker that connects", kConnectKeywords);
  list_rows(list, "TCP_CHECK", kTcpKeywords, kCommonKeywords.size());
  list_rows(list, "SMTP_CHECK", kSmtpKeywords, kCommonKeywords.size());
  list_rows(list, "DNS_CHECK", kDnsKeywords, kCommonKeywords.size());
  list_rows(list, "UDP_CHECK", kUdpKeywords, kCommonKeywords.size());
}

}  // namespace parsers::keepalived
