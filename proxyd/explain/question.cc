#include "proxyd/explain/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "lib/base/text.h"

namespace proxyd::explain {
namespace {

using lib::base::failure;
using lib::base::Status;

Status add_field(std::string& fields, std::string_view text, std::string_view option) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return failure(fmt::format("{} expects 'Name: value' (got '{}')", option, text));
  std::string_view value = text.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  if (value.find_first_of("\r\n") != std::string_view::npos) return failure(fmt::format("{} takes one line", option));
  fields += fmt::format("{}: {}\r\n", text.substr(0, colon), value);
  return {};
}

/// "10.0.0.7", "10.0.0.7:4711", "::1", "[::1]:80".
Status read_address(lib::net::Address& into, std::string_view text, std::string_view option) {
  const bool bracketed = text.starts_with('[');
  const std::size_t colon = text.rfind(':');
  const bool has_port = bracketed ? text.find("]:") != std::string_view::npos
                                  : colon != std::string_view::npos && text.find(':') == colon;
  std::string_view host = has_port ? text.substr(0, colon) : text;
  if (bracketed && host.size() >= 2) host = host.substr(1, host.size() - 2);
  const auto parsed = lib::net::Address::parse(host);
  const auto port = has_port ? lib::base::parse_number<std::uint16_t>(text.substr(colon + 1)) : std::optional<std::uint16_t>{0};
  if (!parsed || !port) return failure(fmt::format("{} expects an address, with :port or without (got '{}')", option, text));
  into = *parsed;
  into.set_port(*port);
  return {};
}

Status set_body(Question& question, std::string_view value) {
  question.body = value;
  return {};
}
Status set_status(Question& question, std::string_view value) {
  const auto status = lib::base::parse_number<std::uint16_t>(value);
  if (!status || *status < 200 || *status > 599) return failure(fmt::format("--status expects 200 to 599 (got '{}')", value));
  question.response = fmt::format("HTTP/1.1 {} -", *status);
  return {};
}
Status set_frontend(Question& question, std::string_view value) {
  question.frontend = value;
  return {};
}
Status set_source(Question& question, std::string_view value) { return read_address(question.source, value, "--src"); }
Status set_destination(Question& question, std::string_view value) { return read_address(question.destination, value, "--dst"); }
Status add_header(Question& question, std::string_view value) { return add_field(question.headers, value, "-H"); }
Status add_response_header(Question& question, std::string_view value) {
  return add_field(question.response_headers, value, "-R");
}

struct Option {
  std::string_view name;
  Status (*read)(Question& question, std::string_view value);
};
constexpr auto kOptions = std::to_array<Option>({
    {"-H", add_header}, {"--header", add_header}, {"-R", add_response_header}, {"--src", set_source}, {"--dst", set_destination},
    {"--frontend", set_frontend}, {"--body", set_body}, {"--status", set_status},
});

/// "http://host/path" names the host as well.
void split_url(Question& question) {
  constexpr std::string_view kScheme = "http://";
  if (!question.target.starts_with(kScheme)) return;
  const std::string rest = question.target.substr(kScheme.size());
  const std::size_t slash = rest.find_first_of("/?");
  question.headers = fmt::format("Host: {}\r\n", rest.substr(0, slash)) + question.headers;
  question.target = slash == std::string::npos ? "/" : rest.substr(slash);
  if (question.target.starts_with('?')) question.target.insert(0, "/");
}

Status set_request(Question& question, const std::vector<std::string_view>& words) {
  if (words.size() > 3) return failure(fmt::format("'{}' is one word too many: METHOD TARGET VERSION make a request", words[3]));
  const bool has_method = words.size() > 1 || (!words.empty() && words[0].find('/') == std::string_view::npos && words[0] != "*");
  if (has_method) question.method = words[0];
  const std::size_t at = has_method ? 1 : 0;
  if (words.size() > at) question.target = words[at];
  if (words.size() > at + 1) question.version = words[at + 1];
  split_url(question);
  return {};
}

}  // namespace

std::string Question::head() const {
  std::string lower = headers;
  std::transform(lower.begin(), lower.end(), lower.begin(), lib::base::to_lower);
  const bool has_host = lower.starts_with("host:") || lower.find("\nhost:") != std::string::npos;
  std::string out = fmt::format("{} {} {}\r\n", method, target, version);
  if (!has_host && version != "HTTP/1.0") out += "Host: localhost\r\n";
  out += headers;
  if (!body.empty()) out += fmt::format("Content-Length: {}\r\n", body.size());
  return out + "\r\n" + body;
}

lib::base::Result<Question> read_question(std::span<const std::string_view> words) {
  Question question;
  std::vector<std::string_view> request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with('-')) {
      for (const std::string_view each : lib::base::split(word, ' '))
        if (!each.empty()) request.push_back(each);
      continue;
    }
    const auto* const option = std::find_if(kOptions.begin(), kOptions.end(), [word](const Option& each) { return each.name == word; });
    if (option == kOptions.end()) return failure(fmt::format("'{}' is no option of explain", word));
    if (++i == words.size()) return failure(fmt::format("{} expects a value", word));
    if (auto done = option->read(question, words[i]); !done) return tl::unexpected{done.error()};
  }
  if (auto done = set_request(question, request); !done) return tl::unexpected{done.error()};
  return question;
}

std::string_view question_usage() {
  return "explain '[METHOD] TARGET [VERSION]' [-H 'Name: value']... [--src IP[:port]] [--dst IP[:port]]\n"
         "        [--frontend NAME] [--body TEXT] [--status CODE] [-R 'Name: value']...\n";
}

}  // namespace proxyd::explain
