// Actions that answer: deny, tarpit, return, auth.
#include "proxyd/config/answer_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "proxyd/config/number_text.h"

namespace proxyd::config {

namespace {

using ActionPtr = std::unique_ptr<const rules::Action>;
using rules::Flow;
using Kind = rules::Reply::Kind;

constexpr auto kPageStatuses = std::to_array<int>({200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414,
                                                   421, 422, 425, 429, 431, 500, 501, 502, 503, 504});

/// Reads one answer, word by word.
class AnswerReader {
 public:
  AnswerReader(RuleLine& rule, const AnswerForm& form) : rule_{rule}, form_{form} { reply_.status = form.status; }

  std::optional<rules::Reply> read() {
    const bool is_bare = form_.is_denial && is_bare_denial();
    while (rule_.has_more()) {
      const std::string_view word = rule_.line.word(rule_.at);
      if (!is_known(word)) break;
      if (!read_option(word)) return std::nullopt;
    }
    if (is_bare && source_.empty()) source_ = "default-errorfiles";
    if (!check()) return std::nullopt;
    return std::move(reply_);
  }

 private:
  /// "deny" and "deny deny_status 404" answer with the proxy's page, "deny status 404" with nothing but a status line.
  bool is_bare_denial() const {
    const Line& line = rule_.line;
    std::size_t at = rule_.at;
    if (line.word(at) == "deny_status") at += 2;
    return !line.has(at) || line.word(at) == "if" || line.word(at) == "unless";
  }

  bool is_known(std::string_view word) const {
    constexpr auto kWords = std::to_array<std::string_view>({"status", "content-type", "errorfile", "errorfiles", "file",
                                                             "lf-file", "string", "lf-string", "hdr", "default-errorfiles"});
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end() || (form_.is_denial && word == "deny_status");
  }

  bool fail(std::size_t index, std::string_view message) {
    rule_.fail(index, message);
    return false;
  }

  bool read_option(std::string_view word) {
    const std::size_t index = rule_.at++;
    if (word == "status" || word == "deny_status") return read_status(word, index);
    if (word == "content-type") {
      if (rule_.line.word(rule_.at).empty()) return fail(index, "'content-type' expects <ctype> as argument");
      reply_.content_type = rule_.next();
      return true;
    }
    if (word == "hdr") return read_field(index);
    if (!source_.empty()) return fail(index, fmt::format("unexpected '{}' argument, '{}' already defined", word, source_));
    source_ = word;
    if (word == "default-errorfiles") return true;
    if (rule_.line.word(rule_.at).empty()) {
      const std::string_view wanted = word == "errorfile" || word == "lf-string" ? "fmt" : word == "errorfiles" ? "name"
                                      : word == "string"                                              ? "str"
                                                                                                      : "file";
      return fail(index, fmt::format("'{}' expects <{}> as argument", word, wanted));
    }
    return read_source(word);
  }

  bool read_status(std::string_view word, std::size_t index) {
    if (rule_.line.word(rule_.at).empty()) return fail(index, fmt::format("'{}' expects <status_code> as argument", word));
    const std::int64_t status = leading_number(rule_.next());
    if (status < 200 || status > 599) return fail(index + 1, fmt::format("Unexpected status code '{}'", status));
    reply_.status = static_cast<int>(status);
    return true;
  }

  bool read_field(std::size_t index) {
    const std::string_view name = rule_.line.word(rule_.at);
    if (name.empty() || !rule_.line.has(rule_.at + 1)) return fail(index, "'hdr' expects <name> and <value> as arguments");
    std::string low{name};
    std::transform(low.begin(), low.end(), low.begin(), lib::base::to_lower);
    if (low == "content-length" || low == "content-type" || low == "transfer-encoding") {
      rule_.line.warning(rule_.at, fmt::format("header '{}' always ignored by the http reply.", name));
      rule_.at += 2;
      return true;
    }
    ++rule_.at;
    auto value = rule_.format();
    if (!value) return false;
    reply_.fields.emplace_back(std::move(low), std::move(*value));
    return true;
  }

  /// What the answer is made of: the word after `word` says it.
  bool read_source(std::string_view word) {
    const std::size_t index = rule_.at;
    if (word == "errorfiles") {
      section_ = rule_.next();
      section_word_ = index;
      return true;
    }
    if (word == "lf-string") return read_format(std::string{rule_.next()}, index);
    std::string name{rule_.next()};
    if (word == "string") {
      reply_.kind = Kind::Text;
      reply_.text = std::move(name);
      return true;
    }
    if (word == "errorfile") {
      std::string fault;
      reply_.kind = Kind::File;
      reply_.whole = read_error_file(rule_.line, name, fault);
      return reply_.whole != nullptr || fail(index, fault);
    }
    auto text = lib::base::read_file(name);
    if (!text) return fail(index, fmt::format("error opening file '{}'", name));
    const std::uint32_t limit = rule_.line.draft.config->global.bufsize;
    if (text->size() > limit)
      return fail(index, fmt::format("file '{}' exceeds the buffer size ({} > {})", name, text->size(), limit));
    if (word == "lf-file") return read_format(*text, index);
    reply_.kind = Kind::Text;
    reply_.text = std::move(*text);
    return true;
  }

  bool read_format(const std::string& text, std::size_t index) {
    auto format = rule_.format_of(text, index);
    if (!format) return false;
    reply_.kind = Kind::Format;
    reply_.format = std::move(*format);
    return true;
  }

  bool check() {
    const bool is_page = source_ == "default-errorfiles" || source_ == "errorfiles";
    const std::size_t index = rule_.at - 1;
    if (is_page && !has_page(reply_.status))
      return fail(index, fmt::format("status code '{}' not handled by default with '{}' argument.", reply_.status, source_));
    if (source_ == "errorfiles" && !use_section()) return false;
    if (is_page || source_ == "errorfile") {
      warn_ignored("when used with an erorrfile");
      if (!reply_.fields.empty())
        rule_.line.warning(index, "hdr parameters ignored by the http reply when used with an erorrfile.");
      return true;
    }
    if (source_.empty()) {
      reply_.kind = Kind::Text;
      warn_ignored("because neither errorfile nor payload defined");
      return true;
    }
    const bool has_body = reply_.kind == Kind::Format || !reply_.text.empty();
    if (has_body && (reply_.status == 204 || reply_.status == 304))
      return fail(index, fmt::format("No body expected for {} responses", reply_.status));
    if (reply_.kind == Kind::Format && reply_.content_type.empty())
      return fail(index, "a content type must be defined with a log-format payload");
    if (has_body && reply_.content_type.empty())
      return fail(index, "a content type must be defined when non-empty payload is configured");
    if (!has_body) warn_ignored("when used with an empty payload");
    return true;
  }

  /// Takes the page of the section; without one there the answer is a status line.
  bool use_section() {
    Line& line = rule_.line;
    const auto section = line.draft.error_sections.find(section_);
    const std::string at = rule_.is_line ? fmt::format(" (at {})", line.at()) : std::string{" referenced by an http reply "};
    const std::string_view proxy = rule_.is_line ? "proxy" : "Proxy";
    if (section == line.draft.error_sections.end()) {
      line.draft.alert(line.place(section_word_), fmt::format("config : {} '{}': unknown http-errors section '{}'{}.", proxy,
                                                              line.proxy().name, section_, at));
      return false;
    }
    reply_.kind = rule_.is_line ? Kind::Page : Kind::Text;  // "http-error" then leaves the page as it is
    const auto page = section->second.find(reply_.status);
    if (page != section->second.end()) {
      reply_.kind = Kind::File;
      reply_.whole = page->second;
    } else {
      line.draft.warning(line.place(section_word_),
                         fmt::format("config : Proxy '{}': status '{}' referenced by an http reply not declared in http-errors "
                                     "section '{}'.",
                                     line.proxy().name, reply_.status, section_));
    }
    return true;
  }

  void warn_ignored(std::string_view why) {
    if (reply_.content_type.empty()) return;
    rule_.line.warning(rule_.at - 1, fmt::format("content-type '{}' ignored by the http reply {}.", reply_.content_type, why));
  }

  RuleLine& rule_;
  AnswerForm form_;
  rules::Reply reply_;
  std::string_view source_;  // the word that says what the answer is made of
  std::string_view section_;
  std::size_t section_word_ = 0;
};

ActionPtr read_deny(RuleLine& rule) {
  rule.is_final = true;
  auto reply = read_answer(rule, {.status = rule.set.is_response() ? 502 : 403, .is_denial = true});
  if (!reply) return nullptr;
  return std::make_unique<rules::Answer>(Flow::Deny, std::move(*reply));
}

ActionPtr read_tarpit(RuleLine& rule) {
  rule.is_final = true;
  auto reply = read_answer(rule, {.status = 500, .is_denial = true});
  if (!reply) return nullptr;
  return std::make_unique<rules::Answer>(Flow::Tarpit, std::move(*reply));
}

ActionPtr read_return(RuleLine& rule) {
  rule.is_final = true;
  auto reply = read_answer(rule, {.status = 200});
  if (!reply) return nullptr;
  return std::make_unique<rules::Answer>(Flow::Answer, std::move(*reply));
}

ActionPtr read_auth(RuleLine& rule) {
  rule.is_final = true;
  std::string realm{rule.line.in_defaults() ? std::string_view{} : std::string_view{rule.line.proxy().name}};
  if (rule.line.word(0) == "stats") realm = StatsPage{}.realm;
  if (rule.line.word(rule.at) == "realm") {
    ++rule.at;
    if (!rule.line.has(rule.at)) {
      rule.fail(rule.at, "missing realm value.\n");
      return nullptr;
    }
    realm = rule.next();
  }
  return std::make_unique<rules::AskPassword>(std::move(realm));
}

constexpr std::string_view kOptions =
    "[status <code>] [content-type <type>] [default-errorfiles | errorfile <file> | errorfiles <section> | file <file> | "
    "lf-file <file> | string <text> | lf-string <format>] [hdr <name> <format>]*";

constexpr auto kAnswers = std::to_array<ActionRow>({
    {"deny", kHttpRequest | kHttpResponse, read_deny, kOptions, "Answer with an error, 403 or 502 by default."},
    {"tarpit", kHttpRequest, read_tarpit, kOptions, "The same after a while, 500 by default."},
    {"return", kHttpRequest | kHttpResponse, read_return, kOptions, "Answer, by default with an empty 200."},
    {"auth", kHttpRequest, read_auth, "[realm <text>]", "Ask for a name and a password."},
});

}  // namespace

bool has_page(std::int64_t status) {
  return std::find(kPageStatuses.begin(), kPageStatuses.end(), status) != kPageStatuses.end();
}

std::shared_ptr<const std::string> read_error_file(Line& line, const std::string& name, std::string& fault) {
  auto text = lib::base::read_file(name);
  if (!text) {
    fault = fmt::format("error opening file '{}'.", name);
    return nullptr;
  }
  const std::uint32_t limit = line.global().bufsize;
  if (text->size() > limit) {
    line.draft.warning(line.place(0),
                       fmt::format("config : custom error message file '{}' larger than {} bytes. Truncating.", name, limit));
    text->resize(limit);
  }
  // Nothing at all is allowed: the connection is closed without an answer.
  if (!text->empty() && !std::string_view{*text}.starts_with("HTTP/")) {
    fault = fmt::format("'{}': unable to parse headers (error offset: 0)", name);
    return nullptr;
  }
  return std::make_shared<const std::string>(std::move(*text));
}

std::optional<rules::Reply> read_answer(RuleLine& rule, const AnswerForm& form) { return AnswerReader{rule, form}.read(); }

std::span<const ActionRow> answer_actions() { return kAnswers; }

}  // namespace proxyd::config
