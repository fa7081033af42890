// What replaces the built-in error pages: "errorfile", "errorfiles", "errorloc", "http-error", and "http-errors" sections.
#include <fmt/format.h>

#include <array>

#include "proxyd/config/answer_line.h"
#include "proxyd/config/error_section.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

constexpr Scope kAll = kDefaults | kAnyProxy;

using PagePtr = std::shared_ptr<const std::string>;

void set_page(Proxy& proxy, int status, PagePtr page) {
  proxy.error_replies.erase(status);
  proxy.error_files[status] = std::move(page);
}

/// The status in word 1; nothing after an alert.
std::optional<int> read_status(Line& line, std::size_t index) {
  const std::int64_t code = leading_number(line.word(index));
  if (has_page(code)) return static_cast<int>(code);
  line.alert(index, fmt::format("{} : status code '{}' not handled.", line.word(0), code));
  return std::nullopt;
}

/// "errorfile <status> <file>": the file's text.
PagePtr read_page_line(Line& line, int& status) {
  if (!line.has(2)) {
    line.alert(line.size(), "errorfile : expects <status_code> and <file> as arguments.");
    return nullptr;
  }
  const auto code = read_status(line, 1);
  if (!code) return nullptr;
  status = *code;
  std::string fault;
  PagePtr page = read_error_file(line, std::string{line.word(2)}, fault);
  if (page == nullptr)
    line.alert(2, fmt::format("errorfile : {}", fault),
               fault.ends_with(')') ? "the file holds a whole HTTP answer, from the status line on" : "");
  return page;
}

void parse_errorfile(Line& line) {
  int status = 0;
  PagePtr page = read_page_line(line, status);
  if (page != nullptr) set_page(line.proxy(), status, std::move(page));
}

void parse_errorloc(Line& line) {
  if (!line.has(2))
    return line.alert(line.size(), fmt::format("{} : expects <status_code> and <url> as arguments.", line.word(0)));
  const auto status = read_status(line, 1);
  if (!status) return;
  const std::string_view start = line.word(0) == "errorloc303" ? "303 See Other" : "302 Found";
  set_page(line.proxy(), *status,
           std::make_shared<const std::string>(fmt::format(
               "HTTP/1.1 {}\r\ncache-control: no-cache\r\ncontent-length: 0\r\nlocation: {}\r\n\r\n", start, line.word(2))));
}

void parse_errorfiles(Line& line) {
  if (!line.has(1)) return line.alert(1, "errorfiles : expects <name> as argument.");
  const auto section = line.draft.error_sections.find(line.word(1));
  for (std::size_t i = 2; i < line.size(); ++i)
    if (!read_status(line, i)) return;
  if (section == line.draft.error_sections.end())
    return line.draft.alert(line.place(1), fmt::format("config : proxy '{}': unknown http-errors section '{}' (at {}).",
                                                       line.proxy().name, line.word(1), line.at()));
  if (!line.has(2))
    for (const auto& [status, page] : section->second) set_page(line.proxy(), status, page);
  for (std::size_t i = 2; i < line.size(); ++i) {
    const auto page = section->second.find(static_cast<int>(leading_number(line.word(i))));
    if (page != section->second.end()) {
      set_page(line.proxy(), page->first, page->second);
      continue;
    }
    line.draft.warning(line.place(i), fmt::format("config : config: proxy '{}' : status '{}' not declared in http-errors section "
                                                  "'{}' (at {}).",
                                                  line.proxy().name, line.word(i), line.word(1), line.at()));
  }
}

void parse_http_error(Line& line) {
  RuleLine rule{line, rule_set(kHttpRequest), 0};
  rule.is_line = true;
  auto reply = read_answer(rule, {.status = 0});
  if (!reply) return;
  if (line.has(rule.at) && rule.at != 1)
    return line.alert(rule.at, fmt::format("http-error : unknown keyword '{}'.", line.word(rule.at)));
  if (reply->status == 0) return line.alert(1, "http-error : expects at least a <status> as arguments.");
  const int status = reply->status;
  if (!has_page(status)) return line.alert(1, fmt::format("http-error: status code '{}' not handled.", status));
  Proxy& proxy = line.proxy();
  using Kind = rules::Reply::Kind;
  if (reply->kind == Kind::File) return set_page(proxy, status, reply->whole);
  proxy.error_files.erase(status);
  proxy.error_replies.erase(status);
  if (reply->kind != Kind::Page) proxy.error_replies[status] = std::make_shared<const rules::Reply>(std::move(*reply));
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "errorfile", .scope = kAll, .parse = parse_errorfile, .usage = "<code> <file>",
     .doc = "A whole answer in place of a built-in error page."},
    {.name = "errorfiles", .scope = kAll, .parse = parse_errorfiles, .usage = "<section> [<code>...]",
     .doc = "The same from an http-errors section."},
    {.name = "errorloc", .scope = kAll, .parse = parse_errorloc, .usage = "<code> <url>",
     .doc = "A redirection in place of a built-in error page."},
    {.name = "errorloc302", .scope = kAll, .parse = parse_errorloc, .usage = "<code> <url>",
     .doc = "A redirection in place of a built-in error page."},
    {.name = "errorloc303", .scope = kAll, .parse = parse_errorloc, .usage = "<code> <url>",
     .doc = "The same, to be fetched with GET."},
    {.name = "http-error", .scope = kAll, .parse = parse_http_error, .usage = "status <code> [<answer>]",
     .doc = "An answer of one's own in place of a built-in error page."},
});

}  // namespace

void read_error_section(Draft& draft, const parsers::haproxy::Section& section) {
  Line header{draft, section.header, nullptr};
  if (!header.has(1)) return header.alert(1, "missing name for http-errors section.");
  constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
  if (const std::size_t bad = header.word(1).find_first_not_of(kNameCharacters); bad != std::string_view::npos)
    return header.alert(1, fmt::format("character '{}' is not permitted in 'http-errors' name '{}'.", header.word(1)[bad], header.word(1)));
  const auto [at, is_new] = draft.error_sections.try_emplace(std::string{header.word(1)});
  if (!is_new) return header.alert_tight(1, fmt::format("http-errors section '{}' already exists.", header.word(1)));
  for (const Statement& each : section.body) {
    if (!draft.reads_on(each)) continue;
    Line line{draft, each, nullptr};
    if (line.word(0) != "errorfile") {
      line.alert(0, fmt::format("unknown keyword '{}' in '{}' section", line.word(0), "http-errors"));
      continue;
    }
    int status = 0;
    PagePtr page = read_page_line(line, status);
    if (page != nullptr) at->second[status] = std::move(page);
  }
}

const KeywordTable& error_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
