// The request: its line, its fields, its body.
#include <array>
#include <cstring>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "proxyd/samples/header_fetches.h"
#include "proxyd/samples/header_values.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

bool method(const Arguments&, Context& context, Sample& out) {
  const lib::http::RequestHead* const head = context.subject.request_head;  // kept to the end
  return head != nullptr && out.set_text(head->method_text(), Type::Method);
}

bool version(const Arguments&, Context& context, Sample& out) {
  const lib::http::RequestHead* const head = context.subject.request_head;
  if (head == nullptr) return false;
  const std::span<char> room = context.arena().take(3);
  const std::array<char, 8> whole = head->received_version();
  std::memcpy(room.data(), whole.data() + 5, 3);
  return out.set_text({room.data(), 3});
}

bool is_http(const Arguments&, Context& context, Sample& out) { return out.set(context.subject.request_head != nullptr); }

bool url(const Arguments&, Context& context, Sample& out) {
  return context.request != nullptr && out.set_text(context.request->target_text());
}

template <std::string_view (*Part)(std::string_view)>
bool url_part(const Arguments&, Context& context, Sample& out) {
  return context.request != nullptr && out.set_text(Part(context.request->target_text()));
}

bool query(const Arguments& arguments, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  const std::string_view text = query_of(context.request->target_text());
  if (text.data() == nullptr) return out.set_text(std::string_view{"", 0});
  if (!arguments.has(0)) return out.set_text(text);
  return out.set_text(text.empty() ? text : std::string_view{text.data() - 1, text.size() + 1});
}

std::string check_query(Arguments& arguments, Environment&) {
  return !arguments.has(0) || arguments.text(0) == "with_qm" ? std::string{} : "unknown option '" + arguments.list[0].text + "'";
}

/// The authority of an absolute target.
std::string_view authority_of(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  if (uri.starts_with('/') || scheme == std::string_view::npos) return {};
  const std::string_view rest = uri.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?"));
}

bool url_address(const Arguments&, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  std::string_view host = authority_of(context.request->target_text());
  const std::size_t colon = host.starts_with('[') ? host.find(']') : host.rfind(':');
  if (host.starts_with('[')) host = colon == std::string_view::npos ? std::string_view{} : host.substr(1, colon - 1);
  else host = host.substr(0, colon);
  const auto address = lib::net::Address::parse(host);
  return address.has_value() && out.set_address(*address);
}

bool url_port(const Arguments&, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  const std::string_view host = authority_of(context.request->target_text());
  if (host.data() == nullptr) return false;
  const std::size_t colon = host.starts_with('[') ? host.find(':', host.find(']')) : host.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : lib::base::parse_number<std::uint16_t>(host.substr(colon + 1));
  return out.set_number(port.value_or(80));
}

/// The first Host field and `rest` of the target.
bool with_host(Context& context, std::string_view rest, Sample& out) {
  const std::string_view host = context.request->value_of(lib::http::FieldId::Host);
  const std::span<char> room = context.arena().take(host.size() + rest.size());
  if (!host.empty()) std::memcpy(room.data(), host.data(), host.size());
  if (!rest.empty()) std::memcpy(room.data() + host.size(), rest.data(), rest.size());
  return out.set_text({room.data(), room.size()});
}

bool base(const Arguments&, Context& context, Sample& out) {
  return context.request != nullptr && with_host(context, path_of(context.request->target_text()), out);
}

bool base_and_query(const Arguments&, Context& context, Sample& out) {
  return context.request != nullptr && with_host(context, path_and_query_of(context.request->target_text()), out);
}

bool whole_url(const Arguments&, Context& context, Sample& out) {
  return context.request != nullptr && with_host(context, context.request->target_text(), out);
}

template <FetchFunction Of>
bool hashed(const Arguments& arguments, Context& context, Sample& out) {
  if (!Of(arguments, context, out)) return false;
  return out.set_number(lib::base::hash_avalanche(lib::base::hash_sdbm(out.text)));
}

/// The hash and the client's address as bytes.
template <FetchFunction Of>
bool hashed_with_source(const Arguments& arguments, Context& context, Sample& out) {
  Sample source;
  if (!hashed<Of>(arguments, context, out)) return false;
  const auto hash = static_cast<std::uint32_t>(out.number);
  if (!context.subject.fact(Fact::Source, 0, source, context.arena()) || !cast(source, Type::Binary, context.arena()))
    return false;
  const std::span<char> room = context.arena().take(4 + source.text.size());
  for (unsigned i = 0; i < 4; ++i) room[i] = static_cast<char>(hash >> (24 - 8 * i));
  std::memcpy(room.data() + 4, source.text.data(), source.text.size());
  return out.set_text({room.data(), room.size()}, Type::Binary);
}

bool body(const Arguments&, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  bool whole = false;
  const std::string_view bytes = context.subject.body(false, context.arena(), whole);
  return out.set_text(bytes.data() == nullptr ? std::string_view{"", 0} : bytes, Type::Binary);
}

bool body_length(const Arguments&, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  bool whole = false;
  return out.set_number(static_cast<std::int64_t>(context.subject.body(false, context.arena(), whole).size()));
}

/// What was announced, or what is there of a body without a length.
bool body_size(const Arguments& arguments, Context& context, Sample& out) {
  if (context.request == nullptr) return false;
  if (context.request->body != lib::http::BodyKind::Length) return body_length(arguments, context, out);
  return out.set_number(static_cast<std::int64_t>(context.request->body_length));
}

constexpr Side kSide = Side::Request;
constexpr Whole kValues = Whole::No, kLines = Whole::Yes;
constexpr Source kHead = Source::RequestHead;

constexpr Fetch line(std::string_view name, Type type, FetchFunction function, bool derived = false) {
  return {.name = name, .type = type, .source = kHead, .function = function, .has_derivatives = derived};
}
constexpr Fetch header(std::string_view name, bool derived) {
  return {.name = name, .type = Type::Text, .source = kHead, .arguments = "?si", .function = fetch_header<kSide, kValues>,
          .each = each_header<kSide, kValues>, .check = check_header, .has_derivatives = derived};
}
constexpr Fetch header_count(std::string_view name) {
  return {.name = name, .type = Type::Int, .source = kHead, .arguments = "?s",
          .function = fetch_header_count<kSide, kValues>, .check = check_header};
}
constexpr Fetch header_number(std::string_view name) {
  return {.name = name, .type = Type::Int, .source = kHead, .arguments = "?si", .function = fetch_header_number<kSide>,
          .each = each_header_number<kSide>, .check = check_header};
}
constexpr Fetch header_address(std::string_view name) {
  return {.name = name, .type = Type::Address, .source = kHead, .arguments = "?si", .function = fetch_header_address<kSide>,
          .each = each_header_address<kSide>, .check = check_header};
}

constexpr auto kRows = std::to_array<Fetch>({
    line("base", Type::Text, base, true),
    line("base32", Type::Int, hashed<base>),
    line("base32+src", Type::Binary, hashed_with_source<base>),
    line("baseq", Type::Text, base_and_query),
    header("hdr", true),
    header_count("hdr_cnt"),
    header_address("hdr_ip"),
    header_number("hdr_val"),
    {.name = "method", .type = Type::Method, .source = Source::RequestKept, .function = method},
    line("path", Type::Text, url_part<path_of>, true),
    line("pathq", Type::Text, url_part<path_and_query_of>),
    {.name = "query", .type = Type::Text, .source = kHead, .arguments = "?s", .function = query, .check = check_query},
    {.name = "req.body", .type = Type::Binary, .source = Source::RequestBody, .function = body},
    {.name = "req.body_len", .type = Type::Int, .source = Source::RequestBody, .function = body_length},
    {.name = "req.body_size", .type = Type::Int, .source = Source::RequestBody, .function = body_size},
    {.name = "req.fhdr", .type = Type::Text, .source = kHead, .arguments = "s?i", .function = fetch_header<kSide, kLines>,
     .each = each_header<kSide, kLines>, .check = check_header},
    {.name = "req.fhdr_cnt", .type = Type::Int, .source = kHead, .arguments = "?s",
     .function = fetch_header_count<kSide, kLines>, .check = check_header},
    header("req.hdr", true),
    header_count("req.hdr_cnt"),
    header_address("req.hdr_ip"),
    {.name = "req.hdr_names", .type = Type::Text, .source = kHead, .arguments = "?s", .function = fetch_header_names<kSide>},
    header_number("req.hdr_val"),
    line("req.hdrs", Type::Text, fetch_head_text<kSide>),
    line("req.hdrs_bin", Type::Binary, fetch_head_binary<kSide>),
    {.name = "req.proto_http", .type = Type::Bool, .source = Source::RequestKept, .function = is_http},
    {.name = "req.ver", .type = Type::Text, .source = Source::RequestKept, .function = version},
    {.name = "req_proto_http", .type = Type::Bool, .source = Source::RequestKept, .function = is_http},
    {.name = "req_ver", .type = Type::Text, .source = Source::RequestKept, .function = version},
    line("url", Type::Text, url, true),
    line("url32", Type::Int, hashed<whole_url>),
    line("url32+src", Type::Binary, hashed_with_source<whole_url>),
    line("url_ip", Type::Address, url_address),
    line("url_port", Type::Int, url_port),
});

}  // namespace

std::span<const Fetch> request_fetches() { return kRows; }

}  // namespace proxyd::samples
