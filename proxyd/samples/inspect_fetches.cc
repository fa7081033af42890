// What was received and not yet passed on, below HTTP: lengths, pieces, TLS hellos, RDP cookies.
#include <array>

#include "lib/base/text.h"
#include "lib/net/tls_hello.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

using lib::net::Hello;
using lib::net::HelloState;

/// What waits; null data, and `context.missing`, when nothing is there yet and more may come.
std::string_view waiting(bool of_response, Context& context, bool& whole) {
  const std::string_view bytes = context.subject.buffer(of_response, whole);
  return bytes;
}

/// Says that more is needed, if more can come. Always false.
bool need_more(Context& context, bool whole) {
  if (!whole && !context.is_final) context.missing = true;
  return false;
}

template <bool OfResponse>
bool length(const Arguments&, Context& context, Sample& out) {
  bool whole = false;
  const std::string_view bytes = waiting(OfResponse, context, whole);
  (void)need_more(context, whole);  // it may grow: a test that fails now is asked again
  return out.set_number(static_cast<std::int64_t>(bytes.size()));
}

/// Length 0: all there is.
template <bool OfResponse>
bool payload(const Arguments& arguments, Context& context, Sample& out) {
  bool whole = false;
  const std::string_view bytes = waiting(OfResponse, context, whole);
  const auto offset = static_cast<std::size_t>(arguments.number(0)), size = static_cast<std::size_t>(arguments.number(1));
  if (offset + size > bytes.size() || (size == 0 && bytes.size() <= offset)) return need_more(context, whole);
  if (size == 0) (void)need_more(context, whole);  // what is there may not match, and what comes may
  return out.set_text(size == 0 ? bytes.substr(offset) : bytes.substr(offset, size), Type::Binary);
}

std::string check_payload(Arguments& arguments, Environment&) {
  return arguments.number(0) < 0 || arguments.number(1) < 0 ? "payload offset and length must not be negative" : std::string{};
}

/// A piece whose length stands at `offset1` in so many bytes; it begins behind that, moved by the third argument ("+2",
/// "-1": from there; else from the beginning).
template <bool OfResponse>
bool counted_payload(const Arguments& arguments, Context& context, Sample& out) {
  bool whole = false;
  const std::string_view bytes = waiting(OfResponse, context, whole);
  const auto offset = static_cast<std::size_t>(arguments.number(0)), width = static_cast<std::size_t>(arguments.number(1));
  if (offset + width > bytes.size()) return need_more(context, whole);
  std::size_t size = 0;
  for (const char c : bytes.substr(offset, width)) size = size << 8 | static_cast<unsigned char>(c);
  std::int64_t begin = static_cast<std::int64_t>(offset + width);
  if (arguments.has(2)) {
    const std::string_view text = arguments.text(2);
    const bool relative = text.front() == '+' || text.front() == '-';
    begin = relative ? begin + leading_integer(text) : leading_integer(text);
  }
  if (begin < 0) return false;
  if (size > bytes.size() || static_cast<std::size_t>(begin) + size > bytes.size()) return need_more(context, whole);
  return out.set_text(bytes.substr(static_cast<std::size_t>(begin), size), Type::Binary);
}

std::string check_counted_payload(Arguments& arguments, Environment&) {
  if (arguments.number(0) < 0) return "payload offset1 must not be negative";
  if (arguments.number(1) <= 0 || arguments.number(1) > 8) return "payload length must be > 0";
  if (arguments.has(2) && !lib::base::parse_number<std::int64_t>(arguments.text(2).substr(arguments.text(2).front() == '+' ? 1 : 0)))
    return "payload offset2 is not a number";
  return {};
}

/// The hello that waits; false when there is none (yet).
bool hello(bool of_response, Context& context, Hello& out) {
  bool whole = false;
  out = lib::net::read_hello(waiting(of_response, context, whole));
  if (out.state == HelloState::NeedMore) return need_more(context, whole);
  return out.state == HelloState::Complete;
}

bool request_hello_type(const Arguments&, Context& context, Sample& out) {
  Hello found;
  return hello(false, context, found) && out.set_number(found.type);
}
bool response_hello_type(const Arguments&, Context& context, Sample& out) {
  Hello found;
  return hello(true, context, found) && out.set_number(found.type);
}

/// 3.1 is TLS 1.0: as two halves of 16 bits.
bool hello_version(const Arguments&, Context& context, Sample& out) {
  bool whole = false;
  const std::string_view bytes = waiting(false, context, whole);
  Hello found;
  HelloState state = lib::net::read_ssl2_version(bytes, found.version);
  if (state == HelloState::NotTls) {
    found = lib::net::read_hello(bytes);
    state = found.state;
  }
  if (state == HelloState::NeedMore) return need_more(context, whole);
  if (state != HelloState::Complete) return false;
  return out.set_number(std::int64_t{found.version >> 8} << 16 | (found.version & 0xff));
}

template <std::string_view Hello::*Part, Type As>
bool hello_part(const Arguments&, Context& context, Sample& out) {
  Hello found;
  return hello(false, context, found) && found.type == 1 && out.set_text(found.*Part, As);
}

/// True, or nothing.
bool has_curves(const Arguments&, Context& context, Sample& out) {
  Hello found;
  return hello(false, context, found) && found.has_groups && out.set(true);
}

/// 0 no ticket, 1 an empty one (a client that takes tickets), 2 one to resume.
bool session_ticket(const Arguments&, Context& context, Sample& out) {
  Hello found;
  if (!hello(false, context, found) || found.type != 1 || found.extensions.data() == nullptr) return false;
  return out.set_number(found.session_ticket.data() == nullptr ? 0 : found.session_ticket.empty() ? 1 : 2);
}

/// "Cookie: mstshash=user\r\n" behind the headers of TPKT (RFC 2126) and X.224.
bool rdp_cookie(const Arguments& arguments, Context& context, Sample& out) {
  constexpr std::size_t kHeaders = 11;
  constexpr std::string_view kCookie = "cookie: ";
  bool whole = false;
  const std::string_view bytes = waiting(false, context, whole);
  if (bytes.size() < kHeaders) return need_more(context, whole);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t size = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
  if (byte(0) != 3 || byte(1) != 0 || byte(5) != 0xe0) return false;
  if (size > bytes.size()) return need_more(context, whole);
  if (size < kHeaders) return false;
  std::string_view text = bytes.substr(kHeaders, size - kHeaders);
  if (!lib::base::equal_ignoring_case(text.substr(0, kCookie.size()), kCookie)) return false;
  text.remove_prefix(kCookie.size());
  const std::size_t end = text.find("\r\n");
  const std::size_t equals = text.find('=');
  if (end == std::string_view::npos || equals == std::string_view::npos || equals > end) return false;
  if (arguments.has(0) && !lib::base::equal_ignoring_case(text.substr(0, equals), arguments.text(0))) return false;
  return out.set_text(text.substr(equals + 1, end - equals - 1));
}

bool rdp_cookie_count(const Arguments& arguments, Context& context, Sample& out) {
  Sample found;
  const bool there = rdp_cookie(arguments, context, found);
  return out.set_number(there ? 1 : 0);
}

/// True when the inspection's time is over.
bool wait_end(const Arguments&, Context& context, Sample& out) {
  if (!context.is_final) context.missing = true;
  return context.is_final && out.set(true);
}

constexpr Source kRequest = Source::RequestBuffer, kResponse = Source::ResponseBuffer;

constexpr Fetch row(std::string_view name, Type type, FetchFunction function, Source source = kRequest) {
  return {.name = name, .type = type, .source = source, .function = function};
}
constexpr Fetch piece(std::string_view name, FetchFunction function, Source source) {
  return {.name = name, .type = Type::Binary, .source = source, .arguments = "ii", .function = function, .check = check_payload};
}
constexpr Fetch counted(std::string_view name, FetchFunction function, Source source) {
  return {.name = name, .type = Type::Binary, .source = source, .arguments = "ii?s", .function = function,
          .check = check_counted_payload};
}
constexpr Fetch rdp(std::string_view name, Type type, FetchFunction function) {
  return {.name = name, .type = type, .source = kRequest, .arguments = "?s", .function = function};
}

constexpr auto kRows = std::to_array<Fetch>({
    piece("payload", payload<false>, Source::EitherBuffer),
    counted("payload_lv", counted_payload<false>, Source::EitherBuffer),
    rdp("rdp_cookie", Type::Text, rdp_cookie),
    rdp("rdp_cookie_cnt", Type::Int, rdp_cookie_count),
    row("rep_ssl_hello_type", Type::Int, response_hello_type, kResponse),
    row("req.len", Type::Int, length<false>),
    piece("req.payload", payload<false>, kRequest),
    counted("req.payload_lv", counted_payload<false>, kRequest),
    rdp("req.rdp_cookie", Type::Text, rdp_cookie),
    rdp("req.rdp_cookie_cnt", Type::Int, rdp_cookie_count),
    row("req.ssl_alpn", Type::Text, hello_part<&Hello::alpn, Type::Text>),
    row("req.ssl_cipherlist", Type::Binary, hello_part<&Hello::ciphers, Type::Binary>),
    row("req.ssl_ec_ext", Type::Bool, has_curves),
    row("req.ssl_hello_type", Type::Int, request_hello_type),
    row("req.ssl_keyshare_groups", Type::Binary, hello_part<&Hello::key_shares, Type::Binary>),
    row("req.ssl_sigalgs", Type::Binary, hello_part<&Hello::signature_algorithms, Type::Binary>),
    row("req.ssl_sni", Type::Text, hello_part<&Hello::server_name, Type::Text>),
    row("req.ssl_st_ext", Type::Int, session_ticket),
    row("req.ssl_supported_groups", Type::Binary, hello_part<&Hello::groups, Type::Binary>),
    row("req.ssl_ver", Type::Int, hello_version),
    row("req_len", Type::Int, length<false>),
    row("req_ssl_hello_type", Type::Int, request_hello_type),
    row("req_ssl_sni", Type::Text, hello_part<&Hello::server_name, Type::Text>),
    row("req_ssl_ver", Type::Int, hello_version),
    row("res.len", Type::Int, length<true>, kResponse),
    piece("res.payload", payload<true>, kResponse),
    counted("res.payload_lv", counted_payload<true>, kResponse),
    row("res.ssl_hello_type", Type::Int, response_hello_type, kResponse),
    row("wait_end", Type::Bool, wait_end, Source::Internal),
});

}  // namespace

std::span<const Fetch> inspect_fetches() { return kRows; }

}  // namespace proxyd::samples
