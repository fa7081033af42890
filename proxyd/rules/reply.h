// Answers that rules make themselves: "return", "deny", "tarpit", "auth" and "http-error". Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxyd/rules/action.h"

namespace proxyd::rules {

/// One answer as a line describes it.
struct Reply {
  enum class Kind : std::uint8_t {
    Page,     // the proxy's own for the status
    File,     // `whole`, from the status line on
    Text,     // `text` with `fields`
    Format,   // what `format` says, with `fields`
  };
  Kind kind = Kind::Page;
  int status = 0;
  std::shared_ptr<const std::string> whole;
  std::string text, content_type;  // the latter is shown where there is a body
  std::optional<formats::Format> format;
  std::vector<std::pair<std::string, formats::Format>> fields;  // names in lower case

  /// Appends the whole answer. False, and nothing is appended: it would be longer than a buffer.
  bool write(Actor& actor, samples::Context& context, std::string& out) const;
};

/// "deny", "tarpit" and "return".
class Answer final : public Action {
 public:
  Answer(Flow flow, Reply reply) : flow_{flow}, reply_{std::move(reply)} {}
  Flow run(Actor&, samples::Context&) const override { return flow_; }
  bool write_answer(Actor& actor, samples::Context& context, std::string& out) const override;
  int logged_status(const Actor&) const override { return reply_.status; }
  const Reply& reply() const { return reply_; }

 private:
  Flow flow_;
  Reply reply_;
};

/// "auth": asks the browser for a name and a password.
class AskPassword final : public Action {
 public:
  explicit AskPassword(std::string realm) : realm_{std::move(realm)} {}
  Flow run(Actor&, samples::Context&) const override { return Flow::Answer; }
  int logged_status(const Actor& actor) const override { return actor.is_asked_as_proxy() ? 407 : 401; }
  bool write_answer(Actor& actor, samples::Context& context, std::string& out) const override;

 private:
  std::string realm_;
};

}  // namespace proxyd::rules
