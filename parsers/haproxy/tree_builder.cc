#include "parsers/haproxy/tree_builder.h"

#include <algorithm>
#include <array>

#include "parsers/common/suggest.h"
#include "parsers/haproxy/environment.h"
#include "parsers/haproxy/predicate.h"

namespace parsers::haproxy {
namespace {

constexpr auto kSectionKeywords = std::to_array<std::string_view>(
    {"global",         "defaults",    "frontend",   "backend",     "listen",    "peers",
     "resolvers",      "mailers",     "userlist",   "cache",       "ring",      "http-errors",
     "fcgi-app",       "log-forward", "program",    "log-profile", "crt-store", "traces",
     "namespace_list", "acme",        "healthcheck"});

struct Directive {
  std::string_view name;
  LineKind kind;
};
constexpr auto kBlockDirectives = std::to_array<Directive>({{".if", LineKind::If},
                                                            {".elif", LineKind::Elif},
                                                            {".else", LineKind::Else},
                                                            {".endif", LineKind::Endif}});

using common::Severity;
struct MessageDirective {
  std::string_view name;
  Severity severity;
};
constexpr auto kMessageDirectives =
    std::to_array<MessageDirective>({{".notice", Severity::Notice},
                                     {".warning", Severity::Warning},
                                     {".alert", Severity::Alert},
                                     {".diag", Severity::Diag}});

std::string hint_for_directive(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Directive& each : kBlockDirectives) names.push_back(each.name);
  for (const MessageDirective& each : kMessageDirectives) names.push_back(each.name);
  const std::string_view nearest = common::suggest(word, names);
  return nearest.empty() ? "" : "did you mean '" + std::string{nearest} + "' maybe ?";
}

}  // namespace

std::span<const std::string_view> section_keywords() { return kSectionKeywords; }

LineKind kind_of(const Statement& line) {
  const std::string_view word = line.keyword();
  if (word.front() == '.') {
    for (const Directive& directive : kBlockDirectives) {
      if (directive.name == word) return directive.kind;
    }
    return LineKind::Message;
  }
  const bool is_section =
      std::find(kSectionKeywords.begin(), kSectionKeywords.end(), word) != kSectionKeywords.end();
  return is_section ? LineKind::Section : LineKind::Statement;
}

void TreeBuilder::on_statement(const Statement& line) {
  if (!is_active() || file_.is_hopeless()) return;
  if (section_ == nullptr) {
    file_.tree.orphans.push_back(line);
    return;
  }
  section_->body.push_back(line);
  if (in_global_) apply_environment_keyword(file_, line);
}

void TreeBuilder::on_section(const Statement& line) {
  if (!is_active() || file_.is_hopeless()) return;
  section_ = &file_.tree.sections.emplace_back(Section{line, {}});
  in_global_ = line.keyword() == "global";
  file_.section = line.words[line.words.size() > 1 ? 1 : 0].text;
}

void TreeBuilder::on_message(const Statement& line) {
  if (!is_active() || file_.is_hopeless()) return;
  const auto directive =
      std::find_if(kMessageDirectives.begin(), kMessageDirectives.end(),
                   [&](const MessageDirective& each) { return each.name == line.keyword(); });
  if (directive == kMessageDirectives.end()) {
    return report(file_, line.place(0), "unknown directive '" + std::string{line.keyword()} + "'.",
                  hint_for_directive(line.keyword()));
  }
  if (line.words.size() > 2) {
    return report(file_, line.place(2),
                  "Unexpected argument '" + std::string{line.words[2].text} + "' for '" +
                      std::string{line.keyword()} +
                      "'. Use quotes if the message should contain spaces.");
  }
  if (directive->severity == Severity::Diag && !file_.predicates.diagnostic_mode) return;
  const std::string_view text = line.words.size() > 1 ? line.words[1].text : std::string_view{};
  // No place: the line says nothing that the message does not.
  file_.diagnostics.add({directive->severity,
                         parsing_at(file_.source, line.line) + ": '" + std::string{text} + "'.",
                         {},
                         {}});
}

/// Decides whether the lines below `line` (.if or .elif) count.
void TreeBuilder::enter_branch(const Statement& line) {
  Block& block = blocks_.back();
  block.is_active = false;
  if (!block.is_reachable || block.was_taken) return;
  switch (evaluate_line(line, file_.environment, file_.predicates, file_.diagnostics)) {
    case Truth::True:
      block.is_active = block.was_taken = true;
      break;
    case Truth::False:
      break;
    case Truth::Unreadable:
      block.was_taken = true;
      break;  // its lines are all left out
  }
}

void TreeBuilder::on_if(const Statement& line) {
  const bool is_reachable = is_active();
  blocks_.push_back({.opening = line, .is_reachable = is_reachable});
  enter_branch(line);
}

void TreeBuilder::on_elif(const Statement& line) {
  if (blocks_.back().has_else) {
    blocks_.back().is_active = false;
    return report(file_, line.place(0), "'.elif' after '.else' is not permitted.");
  }
  enter_branch(line);
}

bool TreeBuilder::has_no_argument(const Statement& line) {
  if (line.words.size() == 1) return true;
  report(file_, line.place(1),
         "Unexpected argument '" + std::string{line.words[1].text} + "' for '" +
             std::string{line.keyword()} + "'.");
  return false;
}

void TreeBuilder::on_else(const Statement& line) {
  Block& block = blocks_.back();
  (void)has_no_argument(line);  // reported; the line still separates two branches
  if (block.has_else) {
    block.is_active = false;
    return report(file_, line.place(0), "'.else' after '.else' is not permitted.");
  }
  block.has_else = true;
  block.is_active = block.is_reachable && !block.was_taken;
  block.was_taken = true;
}

void TreeBuilder::on_endif(const Statement& line) {
  (void)has_no_argument(line);  // reported; the block ends all the same
  blocks_.pop_back();
}

void TreeBuilder::on_stray(const Statement& line) {
  const bool takes_arguments = line.keyword() == ".elif";
  if (!takes_arguments && !has_no_argument(line)) return;
  report(file_, line.place(0),
         "lone '" + std::string{line.keyword()} + "' with no matching '.if'.");
}

void TreeBuilder::on_unterminated(std::uint32_t last_line) {
  const Statement& opening = blocks_.back().opening;
  file_.diagnostics.alert(opening.place(0),
                          parsing_at(file_.source, last_line) + ": non-terminated '.if' block.",
                          "it was opened at line " + std::to_string(opening.line));
}

void TreeBuilder::out_of_memory() { report(file_, {}, "the file cannot be read: out of memory."); }

}  // namespace parsers::haproxy
