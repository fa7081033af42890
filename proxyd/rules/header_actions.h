// Actions on header fields: add-header, set-header, del-header, replace-header, replace-value. Pure.
#pragma once

#include <memory>
#include <string>

#include "proxyd/patterns/regex.h"
#include "proxyd/rules/action.h"

namespace proxyd::rules {

/// Which head a rule's list speaks of.
enum class Message : std::uint8_t { Request, Response };
inline lib::http::HeadWriter* writer_of(Actor& actor, Message message) {
  return message == Message::Request ? actor.request_writer() : actor.response_writer();
}

/// "add-header", "set-header": a field with a made value, besides or in place of those of its name.
class PutHeader final : public Action {
 public:
  PutHeader(Message message, std::string name, formats::Format value, bool replaces)
      : message_{message}, replaces_{replaces}, name_{std::move(name)}, value_{std::move(value)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  Message message_;
  bool replaces_;
  std::string name_;
  formats::Format value_;
};

/// How "del-header ... -m" compares names, all in lower case.
enum class NameMatch : std::uint8_t { Exact, Begins, Ends, Contains, Regex };

/// "del-header": all fields of such a name.
class DropHeaders final : public Action {
 public:
  DropHeaders(Message message, NameMatch how, std::string name, std::shared_ptr<const patterns::Regex> regex)
      : message_{message}, how_{how}, name_{std::move(name)}, regex_{std::move(regex)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  bool matches(std::string_view name, patterns::Groups& groups) const;
  Message message_;
  NameMatch how_;
  std::string name_;
  std::shared_ptr<const patterns::Regex> regex_;  // NameMatch::Regex
};

/// "replace-header", "replace-value": whole lines, or each value of a list.
enum class ValueUnit : std::uint8_t { Line, ListItem };

class ReplaceValue final : public Action {
 public:
  ReplaceValue(Message message, ValueUnit unit, std::string name, std::shared_ptr<const patterns::Regex> regex,
               formats::Format replacement)
      : message_{message}, unit_{unit}, name_{std::move(name)}, regex_{std::move(regex)},
        replacement_{std::move(replacement)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  Message message_;
  ValueUnit unit_;
  std::string name_;
  std::shared_ptr<const patterns::Regex> regex_;
  formats::Format replacement_;
};

}  // namespace proxyd::rules
