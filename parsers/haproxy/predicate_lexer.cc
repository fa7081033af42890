#include "parsers/haproxy/predicate_lexer.h"

#include <algorithm>

#include "lib/base/text.h"
#include "parsers/haproxy/arguments.h"

namespace parsers::haproxy {
namespace {

bool begins_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && lib::base::is_digit(text.front());
}

bool is_hex_digit(char c) {
  return lib::base::is_digit(c) || (lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'f');
}

}  // namespace

void PredicateLexer::fail(std::size_t offset, std::string message) {
  if (!fault_) fault_ = TextFault{std::move(message), offset, 1};
}

PredicateToken PredicateLexer::next(bool& truth) {
  while (at_ < text_.size() && lib::base::is_blank(text_[at_])) ++at_;
  before_ = token_;
  before_at_ = token_at_;
  token_at_ = at_;
  token_ = read(truth);
  if (token_ == PredicateToken::Open) open_.push_back(token_at_);
  if (token_ == PredicateToken::Close && !open_.empty()) open_.pop_back();
  return token_;
}

PredicateToken PredicateLexer::read(bool& truth) {
  const std::string_view rest = text_.substr(at_);
  if (rest.empty()) return PredicateToken::End;
  if (begins_number(rest)) return read_number(truth);
  if (const std::size_t length = name_length(rest);
      find_predicate(rest.substr(0, length)) != nullptr) {
    return read_predicate(length, truth);
  }
  at_ += rest.starts_with("&&") || rest.starts_with("||") ? 2U : 1U;
  if (rest.starts_with("&&")) return PredicateToken::And;
  if (rest.starts_with("||")) return PredicateToken::Or;
  if (rest.front() == '!') return PredicateToken::Not;
  if (rest.front() == '(') return PredicateToken::Open;
  if (rest.front() == ')') return PredicateToken::Close;
  return PredicateToken::Foreign;
}

/// Decimal, or hexadecimal after 0x; of any length: only whether it is zero counts.
PredicateToken PredicateLexer::read_number(bool& truth) {
  if (!lib::base::is_digit(text_[at_])) ++at_;  // the sign
  const bool is_hex = text_.size() > at_ + 2 && text_[at_] == '0' &&
                      lib::base::to_lower(text_[at_ + 1]) == 'x' && is_hex_digit(text_[at_ + 2]);
  if (is_hex) at_ += 2;
  const auto is_part = [is_hex](char c) {
    return is_hex ? is_hex_digit(c) : lib::base::is_digit(c);
  };
  truth = false;
  for (; at_ < text_.size() && is_part(text_[at_]); ++at_) truth = truth || text_[at_] != '0';
  return PredicateToken::Truth;
}

PredicateToken PredicateLexer::read_predicate(std::size_t length, bool& truth) {
  const Predicate& predicate = *find_predicate(text_.substr(at_, length));
  at_ += length;
  ArgumentList list{{SampleArgument{}}, at_, true};  // a bare name has one empty argument
  const bool has_list = at_ < text_.size() && text_[at_] == '(';
  if (has_list) list = read_arguments(text_, at_ + 1);
  const std::size_t count = list.arguments.size();
  const std::string where = " in argument 1 of predicate '" + std::string{predicate.name} +
                            "' used in conditional expression";
  if (count < predicate.arity) {
    fail(list.end, "missing arguments (got " + std::to_string(count) + "/" +
                       std::to_string(predicate.arity) + "), type 'string' expected" + where);
  } else if (count > predicate.arity) {
    const std::size_t comma = list.arguments[predicate.arity].offset - 1;
    fail(comma, "expected ')' before '" + std::string{text_.substr(comma)} + "'" + where);
  } else if (!list.is_closed) {
    fail(list.end, "expected ')'" + where);
  }
  if (fault_) return PredicateToken::Foreign;
  at_ = has_list ? list.end + 1 : list.end;
  truth = predicate.holds(world_, list.arguments);
  return PredicateToken::Truth;
}

void PredicateLexer::on_syntax_error() {
  const bool wants_operand = before_ != PredicateToken::Truth && before_ != PredicateToken::Close;
  if (wants_operand) {
    const std::size_t at = token_ == PredicateToken::End ? before_at_ : token_at_;
    return fail(at, "unparsable conditional expression '" + std::string{text_.substr(at)} + "'");
  }
  if (token_ == PredicateToken::Open) open_.pop_back();  // it is the one too many
  if (!open_.empty()) {
    return fail(open_.back(), "expected ')' after conditional expression '" +
                                  std::string{text_.substr(open_.back())} + "'");
  }
  fail(token_at_, "unexpected character '" + std::string{text_.substr(token_at_, 1)} +
                      "' at the end of conditional expression '" + std::string{text_} + "'");
}

}  // namespace parsers::haproxy
