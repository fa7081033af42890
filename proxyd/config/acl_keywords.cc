// "acl", "use_backend", "default_backend": which backend a request goes to.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/text.h"
#include "parsers/haproxy/condition.h"
#include "parsers/haproxy/sample.h"
#include "proxyd/config/condition_text.h"
#include "proxyd/config/keyword.h"
#include "proxyd/config/line.h"
#include "proxyd/rules/acl_line.h"
#include "proxyd/rules/predefined.h"

namespace proxyd::config {

namespace {

/// First byte of a section's, server's or ACL's name that may not stand there, or NUL.
char bad_name_character(std::string_view name) {
  for (const char c : name) {
    const bool letter = lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z';
    if (!letter && !lib::base::is_digit(c) &&
        std::string_view{"-_.:"}.find(c) == std::string_view::npos)
      return c;
  }
  return '\0';
}

/// Before what is wrong: some contexts end in their own colon, as with the original.
std::string with_colon(std::string_view context) {
  return fmt::format("{}{}", context, context.ends_with(':') ? " " : " : ");
}

/// Compiles words from index `first` (of the statement) and reports what is wrong with them.
std::optional<rules::AclTerm> read_acl(Line& line, std::span<const parsers::haproxy::Word> words,
                                       std::size_t first, std::string_view context) {
  auto acl = rules::compile_acl(words, environment_of(line));
  if (!acl.has_value()) {
    rules::AclFault& fault = acl.error();
    const Place place = fault.length == 0
                            ? line.statement.place(first + fault.word)
                            : parsers::haproxy::place_within(line.statement, first + fault.word,
                                                             fault.offset, fault.length);
    line.draft.alert(
        place, fmt::format("config : parsing [{}] : {}{}", line.at(), with_colon(context), fault.message),
        std::move(fault.hint));
    return std::nullopt;
  }
  if (!acl->warning.empty())
    line.draft.warning(line.statement.place(first), "config : " + acl->warning);
  return std::move(acl->term);
}

std::shared_ptr<const rules::Acl> find_acl(AclTable& acls, std::string_view name, samples::Environment& environment) {
  if (const auto found = acls.find(name); found != acls.end()) return found->second;
  std::shared_ptr<const rules::Acl> predefined = rules::make_predefined(name, environment);
  if (predefined != nullptr) acls.emplace(std::string{name}, predefined);  // each proxy has its own, and its own lists
  return predefined;
}

/// An ACL that an expression names.
class AskedAcl final : public samples::Test {
 public:
  explicit AskedAcl(std::shared_ptr<const rules::Acl> acl) : acl_{std::move(acl)} {}
  bool holds(samples::Context& context) const override {
    const rules::Verdict verdict = acl_->test(context);
    if (verdict == rules::Verdict::Missing) context.missing = true;
    return verdict == rules::Verdict::Yes;
  }

 private:
  std::shared_ptr<const rules::Acl> acl_;
};

void parse_acl(Line& line) {
  if (!line.has(1)) return line.alert(1, "'acl' expects a name and a criterion.");
  const std::string_view name = line.word(1);
  if (const char bad = bad_name_character(name); bad != '\0')
    return line.alert(1,
                      fmt::format("character '{}' is not permitted in acl name '{}'.", bad, name));
  if (name == "or")
    return line.alert(
        1,
        "acl name 'or' will never match. 'or' is used to express a logical disjunction within a "
        "condition.");
  const std::size_t first = line.statement.words.size() - line.size() + 2;
  const std::size_t questions = line.draft.acl_questions;
  auto term = read_acl(line, line.statement.words.subspan(first), first,
                       fmt::format("error detected while parsing ACL '{}'", name));
  AclTable& acls = line.proxy().acls;
  const auto found = acls.find(name);
  if (!term.has_value()) {
    // The name stays known, so that the rules that use it are not reported as well.
    if (found == acls.end()) acls.emplace(std::string{name}, std::make_shared<rules::Acl>());
    return;
  }
  if (found != acls.end()) {
    // Else two ACLs could ask each other forever.
    if (questions != line.draft.acl_questions && line.draft.asked_acls.contains(found->second.get()))
      return line.alert(1, fmt::format("acl '{}' is asked by acl() already, so no line of it may use acl() from here on.", name));
    // Rules above see the new line as well, as in the original: the ACL is still ours to change
    // while we read.
    std::const_pointer_cast<rules::Acl>(found->second)->terms.push_back(std::move(*term));
    return;
  }
  auto acl = std::make_shared<rules::Acl>();
  acl->name = name;
  acl->terms.push_back(std::move(*term));
  acls.emplace(std::string{name}, std::move(acl));
}

std::shared_ptr<const rules::Acl> find_acl(Line& line, std::string_view name) {
  return find_acl(line.proxy().acls, name, environment_of(line));
}

/// The ACL of one operand; null after an alert.
std::shared_ptr<const rules::Acl> read_operand(Line& line,
                                               const parsers::haproxy::ConditionOperand& operand,
                                               std::string_view context) {
  if (!operand.is_anonymous()) {
    auto acl = find_acl(line, operand.name);
    if (acl != nullptr) return acl;
    const Place place = line.statement.place(operand.first_word);
    line.draft.alert(place,
                     fmt::format("config : parsing [{}] : {}no such ACL : '{}'.", line.at(),
                                 with_colon(context), operand.name),
                     "declare it above by an 'acl' line");
    return nullptr;
  }
  auto term = read_acl(line, operand.anonymous, operand.first_word, context);
  if (!term.has_value()) return nullptr;
  auto acl = std::make_shared<rules::Acl>();
  acl->terms.push_back(std::move(*term));
  return acl;
}

/// An ACL that looks for what is not there where the rule stands.
void warn_unusable(Line& line, const parsers::haproxy::ConditionOperand& operand,
                   const rules::Acl& acl, samples::Place at) {
  if (acl.is_usable(at)) return;
  const std::string what =
      operand.is_anonymous()
          ? fmt::format("anonymous acl will never match because it uses keyword '{}' which is incompatible with '{}'",
                        acl.terms.front().expression->fetch_name, samples::name_of(at))
          : fmt::format("acl '{}' will never match because it only involves keywords that are incompatible with '{}'",
                        acl.name, samples::name_of(at));
  line.draft.warning(line.statement.place(operand.first_word),
                     fmt::format("config : parsing [{}] : {}", line.at(), what));
}

void parse_use_backend(Line& line) {
  if (!line.has(1)) return line.alert(1, "'use_backend' expects a backend name.");
  UseBackendRule rule;
  rule.place = line.draft.keep(line.statement.whole());
  rule.backend = line.word(1);
  rule.text = line.joined(0);
  if (line.has(2)) {
    if (line.word(2) != "if" && line.word(2) != "unless")
      return line.alert(
          2,
          fmt::format(
              "unexpected keyword '{}' after switching rule, only 'if' and 'unless' are allowed.",
              line.word(2)));
    auto condition = read_condition(line, 2, "error detected while parsing switching rule");
    if (!condition.has_value()) return;
    rule.condition = std::move(*condition);
  }
  line.target->use_backend_places.push_back(line.place(1));
  line.proxy().use_backend.push_back(std::move(rule));
}

void parse_default_backend(Line& line) {
  if (!line.has(1)) return line.alert(1, "'default_backend' expects a backend name.");
  line.proxy().default_backend_name = line.word(1);
  line.target->default_backend_place = line.place(1);
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "acl",
     .scope = kNamedDefaults | kAnyProxy,
     .parse = parse_acl,
     .usage = "<name> <criterion> [flags] [--] <value>...",
     .doc = "Name a question about a request."},
    {.name = "use_backend",
     .scope = kFront,
     .parse = parse_use_backend,
     .usage = "<backend> [{ if | unless } <condition>]",
     .doc = "The backend of requests that meet the condition."},
    {.name = "default_backend",
     .scope = kDefaults | kFront,
     .max_args = 1,
     .parse = parse_default_backend,
     .usage = "<backend>",
     .doc = "The backend of all others."},
});

}  // namespace

void offer_acls(Draft& draft, AclTable& acls) {
  draft.environment.find_test = [&draft, &acls](std::string_view name) -> std::shared_ptr<const samples::Test> {
    auto acl = find_acl(acls, name, draft.environment);
    if (acl == nullptr) return nullptr;
    ++draft.acl_questions;
    draft.asked_acls.insert(acl.get());
    return std::make_shared<const AskedAcl>(std::move(acl));
  };
}

samples::Environment& environment_of(Line& line) {
  samples::Environment& environment = line.draft.environment;
  environment.place = line.at();
  environment.used_by.clear();
  environment.owner = SIZE_MAX;
  if (line.target == nullptr) environment.find_test = nullptr;
  else offer_acls(line.draft, line.proxy().acls);
  if (line.target == nullptr || line.in_defaults()) return environment;
  environment.owner = line.draft.config->proxies.size() - 1;  // the one that is being read
  return environment;
}

std::optional<std::shared_ptr<const rules::Condition>> read_condition(Line& line, std::size_t first,
                                                                      std::string_view context,
                                                                      samples::Place at) {
  const std::size_t skipped = line.statement.words.size() - line.size();
  const auto parsed = parsers::haproxy::parse_condition(line.statement, first + skipped);
  if (!parsed.has_value()) {
    line.draft.alert(parsed.error().place, fmt::format("config : parsing [{}] : {}{}", line.at(),
                                                       with_colon(context), parsed.error().message));
    return std::nullopt;
  }
  auto condition = std::make_shared<rules::Condition>();
  condition->unless = parsed->unless;
  condition->alternatives.reserve(parsed->alternatives.size());
  for (const parsers::haproxy::ConditionTerm& term : parsed->alternatives) {
    std::vector<rules::Condition::Operand>& operands = condition->alternatives.emplace_back();
    operands.reserve(term.operands.size());
    for (const parsers::haproxy::ConditionOperand& operand : term.operands) {
      auto acl = read_operand(line, operand, context);
      if (acl == nullptr) return std::nullopt;
      warn_unusable(line, operand, *acl, at);
      operands.push_back({std::move(acl), operand.negated});
    }
  }
  return std::shared_ptr<const rules::Condition>{std::move(condition)};
}

const KeywordTable& acl_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

}  // namespace proxyd::config
