// The response: its status, its fields, its body.
#include <array>
#include <cstring>

#include "proxyd/samples/header_fetches.h"
#include "proxyd/samples/table.h"

namespace proxyd::samples {
namespace {

bool status(const Arguments&, Context& context, Sample& out) {
  const lib::http::ResponseHead* const head = context.subject.response_head;  // kept to the end
  if (head != nullptr) return out.set_number(head->status);
  return context.subject.fact(Fact::Status, 0, out, context.arena());
}

bool version(const Arguments&, Context& context, Sample& out) {
  const lib::http::ResponseHead* const head = context.subject.response_head;
  if (head == nullptr) return false;
  const std::span<char> room = context.arena().take(3);
  const std::array<char, 8> whole = head->received_version();
  std::memcpy(room.data(), whole.data() + 5, 3);
  return out.set_text({room.data(), 3});
}

bool body(const Arguments&, Context& context, Sample& out) {
  if (context.response == nullptr) return false;
  bool whole = false;
  const std::string_view bytes = context.subject.body(true, context.arena(), whole);
  return out.set_text(bytes.data() == nullptr ? std::string_view{"", 0} : bytes, Type::Binary);
}

bool body_length(const Arguments& arguments, Context& context, Sample& out) {
  return body(arguments, context, out) && out.set_number(static_cast<std::int64_t>(out.text.size()));
}

bool body_size(const Arguments& arguments, Context& context, Sample& out) {
  if (context.response == nullptr) return false;
  if (context.response->body != lib::http::BodyKind::Length) return body_length(arguments, context, out);
  return out.set_number(static_cast<std::int64_t>(context.response->body_length));
}

constexpr Side kSide = Side::Response;
constexpr Whole kValues = Whole::No, kLines = Whole::Yes;
constexpr Source kHead = Source::ResponseHead;

constexpr Fetch header(std::string_view name, Whole whole, bool derived) {
  const bool lines = whole == kLines;
  return {.name = name, .type = Type::Text, .source = kHead, .arguments = "?si",
          .function = lines ? fetch_header<kSide, kLines> : fetch_header<kSide, kValues>,
          .each = lines ? each_header<kSide, kLines> : each_header<kSide, kValues>,
          .check = check_header, .has_derivatives = derived};
}
constexpr Fetch count(std::string_view name, Whole whole) {
  return {.name = name, .type = Type::Int, .source = kHead, .arguments = "?s",
          .function = whole == kLines ? fetch_header_count<kSide, kLines> : fetch_header_count<kSide, kValues>,
          .check = check_header};
}
constexpr Fetch number(std::string_view name) {
  return {.name = name, .type = Type::Int, .source = kHead, .arguments = "?si", .function = fetch_header_number<kSide>,
          .each = each_header_number<kSide>, .check = check_header};
}
constexpr Fetch address(std::string_view name) {
  return {.name = name, .type = Type::Address, .source = kHead, .arguments = "?si", .function = fetch_header_address<kSide>,
          .each = each_header_address<kSide>, .check = check_header};
}

constexpr auto kRows = std::to_array<Fetch>({
    {.name = "res.body", .type = Type::Binary, .source = Source::ResponseBody, .function = body},
    {.name = "res.body_len", .type = Type::Int, .source = Source::ResponseBody, .function = body_length},
    {.name = "res.body_size", .type = Type::Int, .source = Source::ResponseBody, .function = body_size},
    header("res.fhdr", kLines, false),
    count("res.fhdr_cnt", kLines),
    header("res.hdr", kValues, true),
    count("res.hdr_cnt", kValues),
    address("res.hdr_ip"),
    {.name = "res.hdr_names", .type = Type::Text, .source = kHead, .arguments = "?s", .function = fetch_header_names<kSide>},
    number("res.hdr_val"),
    {.name = "res.hdrs", .type = Type::Text, .source = kHead, .function = fetch_head_text<kSide>},
    {.name = "res.hdrs_bin", .type = Type::Binary, .source = kHead, .function = fetch_head_binary<kSide>},
    {.name = "res.ver", .type = Type::Text, .source = Source::ResponseKept, .function = version},
    {.name = "resp_ver", .type = Type::Text, .source = Source::ResponseKept, .function = version},
    header("shdr", kValues, true),
    count("shdr_cnt", kValues),
    address("shdr_ip"),
    number("shdr_val"),
    {.name = "status", .type = Type::Int, .source = Source::ResponseKept, .function = status},
});

}  // namespace

std::span<const Fetch> response_fetches() { return kRows; }

}  // namespace proxyd::samples
