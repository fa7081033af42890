// Log formats from any text, rendered for any request. The input is a byte (mode, spaces), the format, a line each for the
// captures, the cookies, the unique id and the listener's room, then a request head. Whatever a client sends, a line is one
// line, and an object is an object.
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/proxyd/samples/fake_subject.h"
#include "lib/base/text.h"
#include "proxyd/logs/render.h"

namespace {

using namespace proxyd;

constexpr std::size_t kRoom = 8192;

void must(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

logs::LogRecord record_of(const FakeSubject& subject, std::span<const std::string_view> captures, std::string_view cookies,
                          std::string_view id) {
  logs::LogRecord record;
  record.client = subject.from;
  record.destination = subject.to;
  record.backend = "b";
  record.requested = record.accepted = lib::base::WallTime{std::chrono::microseconds{subject.now_us()}};
  record.status = static_cast<int>(cookies.size());
  record.bytes_to_client = id.size() << 20;
  record.request = static_cast<logs::TimerMs>(id.size()) - 1;
  record.request_captures = record.response_captures = captures;
  record.request_cookie = record.response_cookie = cookies;
  record.unique_id = id;
  record.bad_request = subject.request_head == nullptr;
  if (subject.request_head != nullptr) {
    record.method = subject.request.method_text();
    record.uri = subject.request.target_text();
    record.version = "HTTP/1.1";
  }
  return record;
}

void check_line(const formats::Format& format, std::string_view line, std::size_t room) {
  using nlohmann::json;
  must(line.size() <= kRoom + logs::LineWriter::kSlack);
  const bool is_cut = line.size() >= room;
  switch (format.encoding) {
    case formats::Encoding::Text:
      return;
    case formats::Encoding::Json:
      must(line.find('\n') == std::string_view::npos);
      must(is_cut || json::accept(line));
      return;
    case formats::Encoding::Cbor:
      if (format.binary) must(is_cut || !json::from_cbor(line, true, false).is_discarded());
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view rest{static_cast<const char*>(static_cast<const void*>(data)) + 1, size - 1};
  const std::string_view text = take_line(rest), captured = take_line(rest), cookies = take_line(rest), id = take_line(rest);
  FakeSubject subject{std::string{rest}};
  samples::Environment environment;
  environment.library = std::make_shared<patterns::Library>([](const std::string&) { return std::optional<std::string>{"a 1\n"}; });
  formats::FormatUse use;
  use.mode = (data[0] & 1) != 0 ? formats::NeedsMode::Http : formats::NeedsMode::Any;
  use.spaces = (data[0] & 2) != 0 ? parsers::haproxy::LogSpaces::Merge : parsers::haproxy::LogSpaces::Keep;
  use.environment = &environment;
  const auto format = formats::compile_format(text, use);
  if (!format) {
    must(!format.error().message.empty());
    return 0;
  }
  const std::vector<std::string_view> captures = lib::base::split(captured, ' ');
  const logs::LogRecord record = record_of(subject, captures, cookies, id);
  samples::Scratch scratch;
  samples::Context samples{subject, scratch, samples::Place::Log};
  logs::LineContext context;
  context.frontend = "f";
  context.as_soon = (data[0] & 4) != 0;
  context.samples = &samples;
  lib::log::Dates dates;
  for (const std::size_t room : {kRoom, std::size_t{data[0]}}) {
    std::string line(room + logs::LineWriter::kSlack, '?');
    logs::LineWriter out{line.data(), room};
    logs::render(*format, record, context, dates, out);
    check_line(*format, std::string_view{line}.substr(0, out.size()), room);
  }
  return 0;
}
