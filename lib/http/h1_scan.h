// What parsing a request head and a response head have in common: empty lines before it, its field
// lines, and stopping at any byte to go on later. Internal to the codec; see h1_head.h for its use.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/http/h1_head.h"
#include "lib/http/scan.h"

namespace lib::http {

/// One call of the parser. A step looks at bytes from at_ on and says Next (its part is complete),
/// More (the bytes end within it: phase_ tells where to go on) or Bad.
class HeadScan {
 protected:
  enum Phase : std::uint8_t {
    kEmptyLines,
    kWord1,
    kBlank1,
    kWord2,
    kBlank2,
    kWord3,
    kStartEnd,  // the start line
    kFieldBegin,
    kName,
    kValue,
    kValueEnd
  };
  enum class Step : std::uint8_t { Next, More, Bad };

  HeadScan(std::span<char> received, const HeadOptions& options, HeadState& state,
           MessageHead& head)
      : begin_{received.data()},
        end_{received.data() + received.size()},
        at_{received.data() + state.position_},
        mark_{received.data() + state.mark_},
        options_{options},
        state_{state},
        head_{head} {
    head.data = received.data();
  }

  std::uint32_t offset(const char* where) const {
    return static_cast<std::uint32_t>(where - begin_);
  }
  Slice slice(const char* from, const char* to) const {
    return {offset(from), static_cast<std::uint32_t>(to - from)};
  }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool at_end() const { return at_ == end_; }

  Step bad(HeadFault fault) { return bad(fault, at_); }
  Step bad(HeadFault fault, const char* where) {
    state_.fault_ = fault;
    state_.position_ = offset(where);
    return Step::Bad;
  }
  /// The bytes end in `phase`.
  HeadStatus stop(Step step, Phase phase) {
    if (step == Step::Bad) return HeadStatus::Fault;
    state_.phase_ = phase;
    state_.position_ = offset(at_);
    state_.mark_ = offset(mark_);
    return HeadStatus::NeedMore;
  }

  Step take_empty_lines() {
    while (!at_end()) {
      if (*at_ == '\n') {
        ++at_;
      } else if (*at_ == '\r') {
        if (at_ + 1 == end_) return Step::More;
        if (at_[1] != '\n') return bad(HeadFault::BareCr);
        at_ += 2;
      } else {
        begin_message();
        return Step::Next;
      }
    }
    return Step::More;
  }

  /// The blanks after a word of the start line, if any; the next word begins at mark_.
  Step take_gap() {
    while (!at_end() && (*at_ == ' ' || *at_ == '\t')) ++at_;
    if (at_end()) return Step::More;
    if (at_ - mark_ != 1 || *mark_ != ' ') head_.start_line_verbatim = false;
    mark_ = at_;
    return Step::Next;
  }

  /// "HTTP/<digit>.<digit>". Judged byte by byte where it is not all there: garbage is refused
  /// before its line ends.
  Step take_version() {
    constexpr char kForm[] = "HTTP/0.0";
    constexpr std::ptrdiff_t kSize = sizeof kForm - 1;
    if (end_ - mark_ >= kSize && __builtin_memcmp(mark_, "HTTP/1.", 7) == 0 && is_digit(mark_[7])) {
      at_ = mark_ + kSize;
    } else {
      for (at_ = mark_; at_ != end_ && at_ - mark_ < kSize; ++at_) {
        const char form = kForm[at_ - mark_];
        if (form == '0' ? !is_digit(*at_) : *at_ != form) return bad(HeadFault::BadVersion);
      }
      if (at_ - mark_ != kSize) return Step::More;
    }
    head_.version = slice(mark_, at_);
    head_.major = static_cast<std::uint8_t>(mark_[5] - '0');
    head_.minor = static_cast<std::uint8_t>(mark_[7] - '0');
    return Step::Next;
  }

  /// CRLF or LF after the start line.
  Step take_start_end() {
    if (at_end()) return Step::More;
    if (*at_ == '\r') {
      if (at_ + 1 == end_) return Step::More;
      ++at_;
    } else {
      head_.start_line_verbatim = false;
    }
    if (*at_ != '\n') return bad(HeadFault::BadStartLineEnd);
    ++at_;
    head_.fields_begin = offset(at_);
    return Step::Next;
  }

  /// The whole head. `line` knows the three words of its start line; `judge` says what is wrong with what was read.
  template <class Line, class Judge>
  HeadStatus take_head(Line& line, Judge judge);

 private:
  template <class Line>
  HeadStatus take_start_line(Line& line, Phase phase);
  HeadStatus take_fields(Phase phase);
  void begin_message() {
    mark_ = at_;
    head_.begin = offset(at_);
    head_.start_line_verbatim = true;
    head_.start_line_edited = false;
    head_.fields.clear();
  }
  Step take_field_begin();
  Step take_name();
  Step take_value();
  Step take_value_end();
  Field& last() { return head_.fields[head_.fields.size() - 1]; }
  void end_value(const char* end);

 protected:
  char* const begin_;
  const char* const end_;
  const char* at_;
  const char* mark_;
  const HeadOptions& options_;
  HeadState& state_;
  MessageHead& head_;
};

/// The empty line, a folded line or a new field.
[[gnu::always_inline]] inline HeadScan::Step HeadScan::take_field_begin() {
  if (at_end()) return Step::More;
  if (*at_ == '\r') {
    if (at_ + 1 == end_) return Step::More;
    if (at_[1] != '\n') return bad(HeadFault::BareCr);
    at_ += 2;
    return Step::Next;
  }
  if (*at_ == '\n') {
    ++at_;
    return Step::Next;
  }
  if (*at_ == ' ' || *at_ == '\t') {
    if (head_.fields.size() == 0) return bad(HeadFault::LeadingFold);
    last().folded = true;
    return Step::Next;
  }
  if (head_.fields.limit_reached()) return bad(HeadFault::TooManyFields);
  if (head_.fields.append() == nullptr) return bad(HeadFault::TooManyFields);
  mark_ = at_;
  return Step::Next;
}

[[gnu::always_inline]] inline HeadScan::Step HeadScan::take_name() {
  at_ = skip_token(at_, end_);
  while (options_.accept_invalid && !at_end() && *at_ != ':' &&
         static_cast<unsigned char>(*at_) > ' ')
    at_ = skip_token(at_ + 1, end_);
  if (at_end()) return Step::More;
  if (*at_ != ':') {
    if (*at_ == '\r' || *at_ == '\n') return bad(HeadFault::MissingColon);
    return bad(*at_ == ' ' || *at_ == '\t' ? HeadFault::BlankBeforeColon
                                           : HeadFault::BadNameCharacter);
  }
  if (at_ == mark_) return bad(HeadFault::EmptyName);
  Field& field = last();
  field.name = slice(mark_, at_);
  field.id = identify({mark_, field.name.length});
  field.dropped = field.folded = false;
  ++at_;
  return Step::Next;
}

[[gnu::always_inline]] inline HeadScan::Step HeadScan::take_value() {
  while (true) {
    at_ = skip_value(at_, end_);
    if (at_end()) return Step::More;
    if (*at_ == '\r' || *at_ == '\n') return Step::Next;
    if (*at_ == '\0') return bad(HeadFault::NulInValue);
    if (!options_.accept_invalid) return bad(HeadFault::BadValueCharacter);
    ++at_;
  }
}

/// `end`: where the value's line ends, blanks included.
[[gnu::always_inline]] inline void HeadScan::end_value(const char* end) {
  Field& field = last();
  const char* from = begin_ + field.name.offset + field.name.length + 1;  // after the colon
  const bool one_blank = from != end && *from == ' ';
  const char* value = from + (one_blank ? 1 : 0);
  const bool clean = one_blank && (value == end || (!(*value == ' ' || *value == '\t') &&
                                                    !(end[-1] == ' ' || end[-1] == '\t')));
  if (!clean) {
    while (value != end && (*value == ' ' || *value == '\t')) ++value;
    while (value != end && (end[-1] == ' ' || end[-1] == '\t')) --end;
  }
  field.value = slice(value, end);
  field.verbatim = clean;
}

[[gnu::always_inline]] inline HeadScan::Step HeadScan::take_value_end() {
  const char* const end = at_;
  if (*at_ == '\r') {
    if (at_ + 1 == end_) return Step::More;
    if (at_[1] != '\n') return bad(HeadFault::BareCr);
    ++at_;
  }
  ++at_;
  Field& field = last();
  field.line_end = offset(at_);
  if (field.folded) {
    field.verbatim = false;
  } else {
    end_value(end);
    if (at_ - end != 2) field.verbatim = false;
  }
  return Step::Next;
}

/// All field lines and the empty one, going on in `phase`.
[[gnu::always_inline]] inline HeadStatus HeadScan::take_fields(Phase phase) {
  while (true) {
    Step step;
    if (phase == kFieldBegin) {
      const char* const line = at_;
      if ((step = take_field_begin()) != Step::Next) return stop(step, kFieldBegin);
      if (at_ != line) {
        head_.size = offset(at_);
        return HeadStatus::Complete;
      }
      phase = *at_ == ' ' || *at_ == '\t' ? kValue : kName;
    }
    if (phase == kName && (step = take_name()) != Step::Next) return stop(step, kName);
    if (phase != kValueEnd && (step = take_value()) != Step::Next) return stop(step, kValue);
    if ((step = take_value_end()) != Step::Next) return stop(step, kValueEnd);
    phase = kFieldBegin;
  }
}

/// Three words with blanks between them, from `phase` on.
template <class Line>
[[gnu::always_inline]] inline HeadStatus HeadScan::take_start_line(Line& line, Phase phase) {
  Step step;
  if (phase <= kEmptyLines && (step = take_empty_lines()) != Step::Next)
    return stop(step, kEmptyLines);
  if (phase <= kWord1 && (step = line.take_word1()) != Step::Next) return stop(step, kWord1);
  if (phase <= kBlank1 && (step = take_gap()) != Step::Next) return stop(step, kBlank1);
  if (phase <= kWord2 && (step = line.take_word2()) != Step::Next) return stop(step, kWord2);
  if (phase <= kBlank2 && (step = take_gap()) != Step::Next) return stop(step, kBlank2);
  if (phase <= kWord3 && (step = line.take_word3()) != Step::Next) return stop(step, kWord3);
  if ((step = take_start_end()) != Step::Next) return stop(step, kStartEnd);
  return HeadStatus::Complete;
}

template <class Line, class Judge>
[[gnu::always_inline]] inline HeadStatus HeadScan::take_head(Line& line, Judge judge) {
  const Phase phase = static_cast<Phase>(state_.phase_);
  if (phase < kFieldBegin) {
    const HeadStatus start = take_start_line(line, phase);
    if (start != HeadStatus::Complete) return start;
  }
  const HeadStatus fields = take_fields(phase < kFieldBegin ? kFieldBegin : phase);
  if (fields != HeadStatus::Complete) return fields;
  const auto refusal = judge();
  if (refusal.fault == HeadFault::None) return HeadStatus::Complete;
  (void)bad(refusal.fault, begin_ + refusal.position);  // recorded in the state; the status says the rest
  return HeadStatus::Fault;
}

}  // namespace lib::http
