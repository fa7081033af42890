// Answers as lines describe them: "status 404 content-type text/plain string x hdr a b ...". For the rules "deny", "tarpit"
// and "return", and for "http-error".
#pragma once

#include <optional>

#include "proxyd/config/rule_line.h"
#include "proxyd/rules/reply.h"

namespace proxyd::config {

struct AnswerForm {
  int status = 0;                 // where none is written
  bool is_denial = false;         // "deny_status" is known, and without further words the proxy's own page is meant
};

/// The words that describe an answer, up to the first that does not; nothing after an alert.
std::optional<rules::Reply> read_answer(RuleLine& rule, const AnswerForm& form);

/// Statuses that have a page.
bool has_page(std::int64_t status);
/// A file with a whole answer, from the status line on; null after an alert that begins with `context`.
std::shared_ptr<const std::string> read_error_file(Line& line, const std::string& name, std::string& fault);

}  // namespace proxyd::config
