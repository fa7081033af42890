// "normalize-uri": rewriting a request target into a form that its equals share. Pure.
#pragma once

#include "proxyd/rules/action.h"
#include "proxyd/rules/target_parts.h"
#include "proxyd/samples/text_output.h"

namespace proxyd::rules {

enum class Normalizer : std::uint8_t {
  FragmentEncode, FragmentStrip, PathMergeSlashes, PathStripDot, PathStripDotdot, PercentDecodeUnreserved,
  PercentToUppercase, QuerySortByName,
};

/// Writes the normal form of `text`, which is the part of a target that this normalizer works on. `option` is "full" or
/// "strict", where it knows that. False: strict, and there is a per cent sign without two digits.
bool normalize(Normalizer which, bool option, std::string_view text, samples::TextOutput& out);

class NormalizeTarget final : public Action {
 public:
  NormalizeTarget(Normalizer which, bool option) : which_{which}, option_{option} {}
  Flow run(Actor& actor, samples::Context& context) const override;
  /// 400: what cannot be read is refused.
  bool write_answer(Actor& actor, samples::Context& context, std::string& out) const override;

 private:
  Normalizer which_;
  bool option_;
};

}  // namespace proxyd::rules
