#include "proxyd/rules/condition.h"

#include <algorithm>
#include <shared_mutex>
#include <utility>

#include "proxyd/samples/matching.h"

namespace proxyd::rules {
namespace {

using patterns::Method;
using samples::Context;
using samples::Sample;

bool is_in(const patterns::Table& table, const Sample& sample, Context& context) {
  if (!table.list().is_guarded()) return samples::match(table, sample, context) != patterns::kNoEntry;
  const std::shared_lock lock{table.list().mutex()};
  return samples::match(table, sample, context) != patterns::kNoEntry;
}

bool ask(void* asker, Context& context, Sample& sample) {
  const AclTerm& term = *static_cast<const AclTerm*>(asker);
  if (term.match == Method::Found) return true;
  if (term.match == Method::Bool) return samples::is_true(sample);
  for (const auto& each : term.tables)
    if (is_in(*each, sample, context)) return true;
  return false;
}

}  // namespace

Verdict AclTerm::test(Context& context) const {
  const samples::ArenaScope scope{context.arena()};
  const bool was_missing = std::exchange(context.missing, false);
  // The visitor's owner is not const for those that collect; this one only looks.
  const samples::Visitor visitor{ask, const_cast<AclTerm*>(this)};
  const bool matched = expression->any(context, visitor);
  const bool missing = std::exchange(context.missing, was_missing);
  return matched ? Verdict::Yes : missing ? Verdict::Missing : Verdict::No;
}

Verdict Acl::test(Context& context) const {
  Verdict best = Verdict::No;
  for (const AclTerm& each : terms) {
    best = std::max(best, each.test(context));
    if (best == Verdict::Yes) break;
  }
  return best;
}

bool Acl::is_usable(samples::Place place) const {
  return terms.empty() || std::any_of(terms.begin(), terms.end(), [place](const AclTerm& each) {
    return samples::is_usable(each.expression->source, place);
  });
}

Verdict Condition::test(Context& context) const {
  Verdict best = alternatives.empty() ? Verdict::Yes : Verdict::No;
  for (const std::vector<Operand>& conjunction : alternatives) {
    Verdict all = Verdict::Yes;
    for (const Operand& each : conjunction) {
      const Verdict one = each.acl->test(context);
      all = std::min(all, each.negated ? negated(one) : one);
      if (all == Verdict::No) break;
    }
    best = std::max(best, all);
    if (best == Verdict::Yes) break;
  }
  return unless ? negated(best) : best;
}

}  // namespace proxyd::rules
