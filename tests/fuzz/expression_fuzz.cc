// Sample expressions, ACL lines and log formats from any text, evaluated on any request. The input is one line for each of
// the three, then a request head and its body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../unit/proxyd/samples/fake_subject.h"
#include "lib/base/text.h"
#include "proxyd/formats/format.h"
#include "proxyd/rules/acl_line.h"

namespace {

using namespace proxyd;

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

std::optional<std::string> read_list(const std::string& path) {
  if (path.empty()) return std::nullopt;
  return "# list\na 1\n/foo 2\n10.0.0.0/8 3\n^x(.)$ \\1\n";
}

void evaluate(const samples::Expression& expression, FakeSubject& subject, samples::Scratch& scratch) {
  for (const samples::Place place : {samples::Place::FrontRequest, samples::Place::ResponseHead, samples::Place::Log}) {
    samples::Context context{subject, scratch, place};
    samples::Sample sample;
    if (!expression.evaluate(context, sample)) continue;
    (void)samples::text_of(sample, context.arena());
  }
}

void try_acl(std::string_view line, FakeSubject& subject, samples::Environment& environment, samples::Scratch& scratch) {
  std::vector<parsers::haproxy::Word> words;
  for (const std::string_view each : lib::base::split(line, ' '))
    if (!each.empty()) words.push_back(parsers::haproxy::Word{.text = each});
  const auto acl = rules::compile_acl(words, environment);
  if (!acl) return;
  for (const bool is_final : {false, true}) {
    samples::Context context{subject, scratch, samples::Place::FrontBody};
    context.is_final = is_final;
    (void)acl->term.test(context);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{static_cast<const char*>(static_cast<const void*>(data)), size};
  const std::string_view expression = take_line(rest), acl = take_line(rest), format = take_line(rest);
  const std::size_t end = rest.find("\r\n\r\n");
  const std::string body{end == std::string_view::npos ? std::string_view{} : rest.substr(end + 4)};
  FakeSubject subject{std::string{rest}, body};
  samples::Environment environment;
  environment.library = std::make_shared<patterns::Library>(read_list);
  samples::Scratch scratch;
  if (const auto compiled = samples::compile(expression, environment)) evaluate(**compiled, subject, scratch);
  try_acl(acl, subject, environment, scratch);
  formats::FormatUse use;
  use.mode = formats::NeedsMode::Http;
  use.environment = &environment;
  if (const auto compiled = formats::compile_format(format, use))
    for (const formats::FormatItem& item : compiled->items)
      if (item.expression != nullptr) evaluate(*item.expression, subject, scratch);
  return 0;
}
