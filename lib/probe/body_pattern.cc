#include "lib/probe/body_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lib::probe {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept { Free(object); }
};
using CodePtr = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;
using MatchPtr = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using ContextPtr = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;
using StackPtr = std::unique_ptr<pcre2_jit_stack, Deleter<pcre2_jit_stack_free>>;

/// Steps that one search may take: a pattern that explodes must not hold up the other checks.
constexpr std::uint32_t kMostSteps = 200'000;
constexpr std::uint32_t kMostHeapKib = 4096;

PCRE2_SPTR units(std::string_view text) {
  return static_cast<PCRE2_SPTR>(static_cast<const void*>(text.data()));
}

std::string reason(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  (void)pcre2_get_error_message(code, text.data(), text.size());  // a message cut off is still one
  return static_cast<const char*>(static_cast<const void*>(text.data()));
}

}  // namespace

struct BodyPattern::Internals {
  Settings settings;
  CodePtr code;
  ContextPtr context;
  MatchPtr match;     // scans run on one thread, one look at a time
  StackPtr stack;
  std::size_t look_behind = 1;  // bytes before a match that it may look at
  bool is_utf = false;
};

BodyPattern::BodyPattern(std::unique_ptr<Internals> internals) : internals_{std::move(internals)} {}
BodyPattern::~BodyPattern() = default;
const BodyPattern::Settings& BodyPattern::settings() const { return internals_->settings; }

base::Result<std::shared_ptr<const BodyPattern>> BodyPattern::make(const Settings& settings) {
  auto made = std::make_unique<Internals>();
  made->settings = settings;
  std::uint32_t options = settings.options;
  if ((options & PCRE2_NEVER_UTF) == 0) options |= PCRE2_MATCH_INVALID_UTF * ((options & PCRE2_UTF) != 0 ? 1U : 0U);
  int code = 0;
  PCRE2_SIZE offset = 0;
  made->code.reset(pcre2_compile(units(settings.expression), settings.expression.size(), options, &code, &offset, nullptr));
  if (!made->code)
    return base::failure("Invalid regex: '" + settings.expression + "' at offset " + std::to_string(offset) + ": " + reason(code));
  made->match.reset(pcre2_match_data_create(1, nullptr));
  made->context.reset(pcre2_match_context_create(nullptr));
  if (!made->match || !made->context) return base::failure("regex: out of memory");
  (void)pcre2_set_match_limit(made->context.get(), kMostSteps);    // never fail
  (void)pcre2_set_heap_limit(made->context.get(), kMostHeapKib);
  // What the JIT cannot do the interpreter does.
  (void)pcre2_jit_compile(made->code.get(), PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
  if (settings.stack_max != 0) {
    made->stack.reset(pcre2_jit_stack_create(settings.stack_start, settings.stack_max, nullptr));
    if (made->stack) pcre2_jit_stack_assign(made->context.get(), nullptr, made->stack.get());
  }
  std::uint32_t characters = 0, all_options = 0;
  (void)pcre2_pattern_info(made->code.get(), PCRE2_INFO_MAXLOOKBEHIND, &characters);
  (void)pcre2_pattern_info(made->code.get(), PCRE2_INFO_ALLOPTIONS, &all_options);
  made->is_utf = (all_options & PCRE2_UTF) != 0;
  // \b and ^ look at one character; an UTF-8 character has up to four bytes.
  made->look_behind = std::max<std::size_t>(1, characters) * (made->is_utf ? 4 : 1);
  return std::shared_ptr<const BodyPattern>{new BodyPattern{std::move(made)}};  // its constructor is private
}

BodyScan::BodyScan(std::shared_ptr<const BodyPattern> pattern) : pattern_{std::move(pattern)} {}

/// The window without a UTF-8 character whose end has not come yet.
std::size_t BodyScan::complete_size() const {
  if (!pattern_->internals_->is_utf) return window_.size();
  for (std::size_t back = 1; back <= 3 && back <= window_.size(); ++back) {
    const auto byte = static_cast<unsigned char>(window_[window_.size() - back]);
    if ((byte & 0xc0U) == 0x80U) continue;
    const std::size_t wants = byte >= 0xf0U ? 4U : byte >= 0xe0U ? 3U : byte >= 0xc0U ? 2U : 1U;
    return wants > back ? window_.size() - back : window_.size();
  }
  return window_.size();
}

/// Forgets what lies before `at` and before what may be looked back at.
void BodyScan::keep_from(std::size_t at) {
  search_at_ = at;
  const std::size_t behind = pattern_->internals_->look_behind;
  std::size_t cut = at > behind ? at - behind : 0;
  // Not within a UTF-8 character.
  while (cut > 0 && pattern_->internals_->is_utf && (static_cast<unsigned char>(window_[cut]) & 0xc0U) == 0x80U) --cut;
  window_.erase(0, cut);
  before_ += cut;
  search_at_ -= cut;
}

void BodyScan::look(bool is_end) {
  const BodyPattern::Internals& pattern = *pattern_->internals_;
  const std::size_t size = is_end ? window_.size() : complete_size();
  if (before_ + size < pattern.settings.min_offset) return keep_from(size);
  if (before_ + search_at_ < pattern.settings.min_offset) search_at_ = static_cast<std::size_t>(pattern.settings.min_offset - before_);
  if (search_at_ > size) return;
  const std::uint32_t options = (is_end ? 0U : PCRE2_PARTIAL_HARD) | (before_ > 0 ? PCRE2_NOTBOL : 0U);
  const int outcome = pcre2_match(pattern.code.get(), units(window_), size, search_at_, options, pattern.match.get(), pattern.context.get());
  const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(pattern.match.get());
  const auto& limit = pattern.settings.max_offset;
  if (outcome >= 0) {
    state_ = limit && before_ + ends[0] > *limit ? State::Impossible : State::Matched;
  } else if (outcome == PCRE2_ERROR_PARTIAL) {
    if (limit && before_ + ends[0] > *limit) state_ = State::Impossible;
    else keep_from(ends[0]);
  } else if (outcome == PCRE2_ERROR_NOMATCH) {
    keep_from(size);
    if (limit && before_ + search_at_ > *limit) state_ = State::Impossible;
  } else {
    state_ = State::Impossible;  // too many steps
  }
}

void BodyScan::add(std::string_view bytes) {
  // In pieces of the kernel's size, so that the window stays small whatever the caller's buffer is.
  while (!bytes.empty() && state_ == State::Open) {
    const std::string_view piece = bytes.substr(0, 4096);
    bytes.remove_prefix(piece.size());
    window_ += piece;
    look(false);
    if (window_.size() > kMostKept) keep_from(window_.size());  // that match would be too long
  }
  if (state_ != State::Open) std::string{}.swap(window_);
}

void BodyScan::finish() {
  if (state_ == State::Open) look(true);
  if (state_ == State::Open) state_ = State::Impossible;
}

}  // namespace lib::probe
