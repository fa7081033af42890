#include "parsers/haproxy/condition_lexer.h"

#include <algorithm>

#include "lib/base/text.h"

namespace parsers::haproxy {

ConditionToken ConditionLexer::next(ConditionOperand& operand) {
  while (at_ < line_.words.size()) {
    const std::string_view word = line_.words[at_].text.substr(bangs_);
    if (word.starts_with('!')) {
      ++bangs_;
      return ConditionToken::Not;
    }
    bangs_ = 0;
    if (word.empty()) {  // exclamation marks may stand alone
      ++at_;
      continue;
    }
    if (word == "{") return read_anonymous(operand);
    operand = {};
    operand.name = word;
    operand.first_word = at_++;
    const bool is_or = word == "||" || lib::base::equal_ignoring_case(word, "or");
    return is_or ? ConditionToken::Or : ConditionToken::Operand;
  }
  return ConditionToken::End;
}

ConditionToken ConditionLexer::read_anonymous(ConditionOperand& operand) {
  const auto begin = line_.words.begin() + static_cast<std::ptrdiff_t>(at_) + 1;
  const auto end =
      std::find_if(begin, line_.words.end(), [](const Word& word) { return word.text == "}"; });
  const Place opening = line_.place(at_);
  if (end == line_.words.end()) {
    fault_ = ConditionFault{"missing closing '}' in condition.", opening};
    return ConditionToken::Faulty;
  }
  if (begin == end) {
    fault_ = ConditionFault{"missing fetch method in ACL expression ''.", opening};
    return ConditionToken::Faulty;
  }
  operand = {};
  operand.anonymous = {begin, end};
  operand.first_word = at_ + 1;
  at_ += operand.anonymous.size() + 2;
  return ConditionToken::Operand;
}

}  // namespace parsers::haproxy
