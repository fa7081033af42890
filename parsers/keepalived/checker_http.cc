// HTTP_GET and SSL_GET: pages, what they must answer, and under which names they are asked for.
#include <algorithm>

#include "lib/base/text.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/escapes.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/virtual_server_draft.h"

namespace parsers::keepalived {
namespace {

constexpr std::uint16_t kLowestStatus = 100, kHighestStatus = 599;

struct UrlDraft {
  CheckerDraft& checker;
  HttpUrl out;
  bool status_given = false;
  std::optional<bool> tls_compliant;
  BodyRegex regex;
};

void read_digest(UrlDraft& to, Reader& in) {
  const std::string_view text = in.word(1);
  std::array<std::uint8_t, 16> digest{};
  if (to.out.digest) return in.complain("Digest '" + in.text(1) + "' is a duplicate");
  if (text.size() != 2 * digest.size())
    return in.complain("digest '" + in.text(1) + "' character length should be 32 rather than " + std::to_string(text.size()));
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const std::string_view pair = text.substr(2 * i, 2);
    const auto [end, fault] = std::from_chars(pair.data(), pair.data() + 2, digest[i], 16);
    if (fault != std::errc{} || end != pair.data() + 2)
      return in.complain("Unable to interpret hex digit in '" + std::string{pair} + "' at offset " + std::to_string(2 * i) + '/' + std::to_string(2 * i + 1));
  }
  to.out.digest = digest;
}

std::optional<std::pair<std::uint16_t, std::uint16_t>> parse_status(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto low = lib::base::parse_number<std::uint16_t>(text.substr(0, dash));
  const auto high = dash == std::string_view::npos ? low : lib::base::parse_number<std::uint16_t>(text.substr(dash + 1));
  if (!low || !high || *low < kLowestStatus || *high > kHighestStatus || *low > *high) return std::nullopt;
  return std::pair{*low, *high};
}

void read_status_code(UrlDraft& to, Reader& in) {
  for (std::size_t i = 1; i < in.size(); ++i) {
    const auto range = parse_status(in.word(i));
    if (!range) {
      in.complain("Invalid HTTP_GET status code '" + in.text(i) + '\'', i);
      continue;
    }
    if (!to.status_given) to.out.status_codes.clear();
    to.status_given = true;
    to.out.status_codes.push_back(*range);
  }
}

void read_url_host(UrlDraft& to, Reader& in) {
  if (in.size() < 2) return in.complain("Missing HTTP_GET virtualhost name", 0);
  to.out.host = in.text(1);
}

// ---- regex

void read_regex(UrlDraft& to, Reader& in) {
  auto words = split_escaped(in.statement().raw);
  if (words.size() != 1) return in.complain("regex missing or too many fields", 0);
  to.regex.pattern = std::move(words.front());
}

/// Unknown words are passed over, as the original does.
void read_regex_options(UrlDraft& to, Reader& in) {
  for (std::size_t i = 1; i < in.size(); ++i) {
    const auto found = std::find(kRegexOptions.begin(), kRegexOptions.end(), in.word(i));
    if (found != kRegexOptions.end()) to.regex.options |= 1U << static_cast<unsigned>(found - kRegexOptions.begin());
    else in.complain("Unknown regex option " + in.text(i) + " - ignoring", i, Complaint::Log);
  }
}

/// The number of a "regex_min_offset N" line.
std::optional<std::uint64_t> read_offset(Reader& in, const char* which) {
  if (in.size() != 2) {
    in.complain(std::string{"Missing or too may options for regex_"} + which + "_offset", 0);
    return std::nullopt;
  }
  const auto value = lib::base::parse_number<std::uint64_t>(in.word(1));
  if (!value) in.complain(std::string{"Invalid regex_"} + which + "_offset value '" + in.text(1) + '\'');
  return value;
}

void read_regex_stack(UrlDraft& to, Reader& in) {
  if (in.size() != 3) return in.complain("regex_stack requires start and max values", 0);
  const auto start = lib::base::parse_number<std::uint64_t>(in.word(1)), max = lib::base::parse_number<std::uint64_t>(in.word(2));
  if (!start || !max || *start > *max) return in.complain("Invalid regex_stack values '" + in.text(1) + ' ' + in.text(2) + '\'');
  to.regex.stack_start = *start;
  to.regex.stack_max = *max;
}

void unknown_without_tls(Reader& in) { in.complain("Unknown keyword '" + in.text(0) + '\'', 0, Complaint::UnknownKeyword); }

void read_url_compliant(UrlDraft& to, Reader& in) {
  if (!to.checker.as<HttpCheck>().tls) return unknown_without_tls(in);
  if (const auto value = in.boolean(1)) to.tls_compliant = *value;
  else in.complain("Invalid tls_compliant option " + in.text(1));
}

constexpr auto kUrlKeywords = std::to_array<Keyword<UrlDraft>>({
    {"path", 1, [](UrlDraft& to, Reader& in) { to.out.path = in.text(1); }, "PATH", "What to ask for. Needed."},
    {"digest", 1, &read_digest, "MD5", "What the body must hash to, 32 hexadecimal digits; genhash(1) prints it."},
    {"status_code", 0, &read_status_code, "CODE|LOW-HIGH...", "Accepted status codes, 100 to 599. Default: 200-299."},
    {"virtualhost", 0, &read_url_host, "NAME", "The Host header of this page. Default: the checker's."},
    {"regex", 0, &read_regex, "PATTERN", "What the body must match, PCRE2."},
    {"regex_no_match", 0, [](UrlDraft& to, Reader&) { to.regex.no_match = true; }, "", "The body must not match the pattern."},
    {"regex_options", 1, &read_regex_options, "OPTION...", "How the pattern is compiled: caseless, multiline, dotall and the other names of PCRE2's options."},
    {"regex_min_offset", 0, [](UrlDraft& to, Reader& in) { if (const auto value = read_offset(in, "min")) to.regex.min_offset = *value; }, "BYTES", "Where in the body a match may begin at the earliest. Default: 0."},
    {"regex_max_offset", 0, [](UrlDraft& to, Reader& in) { if (const auto value = read_offset(in, "max")) to.regex.max_offset = *value; }, "BYTES", "Where a match must have begun. Default: anywhere."},
    {"regex_stack", 0, &read_regex_stack, "START MOST", "Stack of the pattern's machine code in bytes: at the start and at most."},
    {"tls_compliant", 0, &read_url_compliant, "[BOOL]", "With SSL_GET: the server must end with a close_notify. Default: the checker's."},
});

void read_url(CheckerDraft& to, Reader& in) {
  UrlDraft url{.checker = to, .out = {}, .status_given = false, .tls_compliant = {}, .regex = {}};
  read_block(kUrlKeywords, url, in.statement(), in.context());
  if (url.out.path.empty())
    return in.complain_at_end("HTTP/SSL_GET checker url has no path - ignoring");
  if (!url.regex.pattern.empty()) {
    auto fault = in.context().system.check_regex(url.regex.pattern, url.regex.options);
    if (fault) in.complain_at_end(std::move(*fault));
    else url.out.regex = std::move(url.regex);
  }
  to.as<HttpCheck>().urls.push_back(std::move(url.out));
  to.url_tls_compliant.push_back(url.tls_compliant);
}

// ---- the checker

void read_version(CheckerDraft& to, Reader& in) {
  using Version = HttpCheck::Version;
  HttpCheck& check = to.as<HttpCheck>();
  if (in.size() < 2) in.complain("Missing http_protocol version", 0);
  else if (in.word(1) == "1.0") check.version = Version::Http10;
  else if (in.word(1) == "1.1") check.version = Version::Http11;
  else if (in.word(1) == "1.0C" || in.word(1) == "1.0c") check.version = Version::Http10Close;
  else in.complain("Invalid http_protocol version " + in.text(1));
}

void read_enable_sni(CheckerDraft& to, Reader& in) {
  std::optional<bool> value;
  read_checker_flag(value, in);
  to.enable_sni = value.value_or(to.enable_sni);
}

void read_sni_name(CheckerDraft& to, Reader& in) {
  to.enable_sni = true;
  to.sni_name = in.text(1);
}

void read_fast_recovery(CheckerDraft& to, Reader& in) {
  std::optional<bool> value;
  read_checker_flag(value, in);
  to.as<HttpCheck>().fast_recovery = value.value_or(to.as<HttpCheck>().fast_recovery);
}

void read_compliant(CheckerDraft& to, Reader& in) {
  if (!to.as<HttpCheck>().tls) return unknown_without_tls(in);
  if (const auto value = in.boolean(1)) to.tls_compliant = *value;
  else in.complain("Invalid tls_compliant option " + in.text(1));
}

constexpr auto kHttpKeywords = join(kCommonKeywords, std::to_array<Keyword<CheckerDraft>>({
    {"nb_get_retry", 1, &read_checker_retry, "NUMBER", "Old name of retry."},
    {"url", 0, &read_url, "", "A page; several are asked for in their order, and all must be right. Needed.", Form::Block},
    {"virtualhost", 0, [](CheckerDraft& to, Reader& in) {
       if (in.size() < 2) return in.complain("HTTP_GET virtualhost name missing", 0);
       to.virtualhost = in.text(1);
     }, "NAME", "The Host header of all pages. Default: the real server's, then the virtual server's."},
    {"http_protocol", 0, &read_version, "1.0|1.0C|1.1", "The version to speak; 1.0C adds Connection: close, which 1.1 has always. Default: 1.0."},
    {"enable_sni", 0, &read_enable_sni, "[BOOL]", "Send the virtualhost as the name in the TLS handshake. Default: off."},
    {"sni_name", 0, &read_sni_name, "[NAME]", "Send this name in the TLS handshake."},
    {"fast_recovery", 0, &read_fast_recovery, "[BOOL]", "A server that is down is up as soon as one round of pages was right, without pauses between them. Default: off."},
    {"tls_compliant", 0, &read_compliant, "[BOOL]", "With SSL_GET: servers must end with a close_notify. Default: off."},
}));

}  // namespace

bool read_http_check(CheckerDraft& to, Reader& in, bool tls) {
  to.out.what = HttpCheck{};
  to.as<HttpCheck>().tls = tls;
  read_block(kHttpKeywords, to, in.statement(), in.context());
  if (!to.as<HttpCheck>().urls.empty()) return true;
  in.complain_at_end("HTTP/SSL_GET checker has no urls specified - ignoring");
  return false;
}

void list_http_keywords(KeywordList& list) {
  list_rows(list, "HTTP_GET and SSL_GET", kHttpKeywords, kCommonKeywords.size());
  list_rows(list, "url", kUrlKeywords);
}

}  // namespace parsers::keepalived
