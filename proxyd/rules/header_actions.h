// Actions on header fields: add-header, set-header. Pure.
#pragma once

#include <string>

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

}  // namespace proxyd::rules
