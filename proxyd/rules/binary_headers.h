// Header fields in binary form, as req.hdrs_bin yields them: add-headers-bin, set-headers-bin, del-headers-bin. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proxyd/rules/header_actions.h"
#include "proxyd/samples/compile.h"

namespace proxyd::rules {

/// Takes one text off the front: its length in haproxy's variable-length form, then its bytes. False: that is none.
bool take_counted_text(std::string_view& rest, std::string_view& text);

/// "add-headers-bin", "set-headers-bin": names and values in turn, up to an empty name or the end. A list that is none changes
/// nothing and fails.
class PutHeaders final : public Action {
 public:
  PutHeaders(Message message, samples::ExpressionPtr list, std::string prefix, bool replaces)
      : message_{message}, replaces_{replaces}, list_{std::move(list)}, prefix_{std::move(prefix)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  Message message_;
  bool replaces_;
  samples::ExpressionPtr list_;
  std::string prefix_;  // goes before each name
};

/// "del-headers-bin": names alone. Exact or Begins.
class DropListedHeaders final : public Action {
 public:
  DropListedHeaders(Message message, NameMatch how, samples::ExpressionPtr list)
      : message_{message}, how_{how}, list_{std::move(list)} {}
  Flow run(Actor& actor, samples::Context& context) const override;

 private:
  Message message_;
  NameMatch how_;
  samples::ExpressionPtr list_;
};

}  // namespace proxyd::rules
