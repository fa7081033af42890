// "redirect": the client is sent elsewhere. Pure.
#pragma once

#include <optional>
#include <string>

#include "proxyd/rules/action.h"

namespace proxyd::rules {

struct RedirectPlan {
  enum class Kind : std::uint8_t { None, Location, Prefix, Scheme };
  Kind kind = Kind::None;
  formats::Format target;
  bool drops_prefix = false;    // "prefix /": nothing is put before the path
  int code = 302;
  bool drop_query = false, append_slash = false, ignore_empty = false, keep_query = false;
  std::optional<formats::Format> cookie;  // the value of Set-Cookie
  bool of_response = false;
};

class Redirect final : public Action {
 public:
  explicit Redirect(RedirectPlan plan) : plan_{std::move(plan)} {}
  Flow run(Actor& actor, samples::Context& context) const override;
  bool write_answer(Actor& actor, samples::Context& context, std::string& out) const override;

 private:
  RedirectPlan plan_;
};

}  // namespace proxyd::rules
