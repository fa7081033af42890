#define PCRE2_CODE_UNIT_WIDTH 8  // which of its libraries <pcre2.h> declares
#include "proxyd/patterns/regex.h"

#include <fmt/format.h>
#include <pcre2.h>

#include <array>

namespace proxyd::patterns {
namespace {

/// A pattern that goes wild on some text gives up: it does not match.
constexpr std::uint32_t kMatchLimit = 1'000'000;

const unsigned char* bytes_of(std::string_view text) {
  static constexpr unsigned char kNothing = 0;
  return text.data() == nullptr ? &kNothing : static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

}  // namespace

struct Groups::Room {
  pcre2_match_data* data = pcre2_match_data_create(kMost, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);
  int count = 0;
  Room() { pcre2_set_match_limit(context, kMatchLimit); }
  ~Room() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
};

Groups::Groups() : room_{std::make_unique<Room>()} {}
Groups::~Groups() = default;
Groups::Groups(Groups&&) noexcept = default;
Groups& Groups::operator=(Groups&&) noexcept = default;

std::string_view Groups::get(std::string_view text, std::size_t index) const {
  if (index >= kMost || static_cast<int>(index) >= room_->count) return {};
  const PCRE2_SIZE* const at = pcre2_get_ovector_pointer(room_->data) + 2 * index;
  if (at[0] == PCRE2_UNSET || at[0] > at[1] || at[1] > text.size()) return {};
  return text.substr(at[0], at[1] - at[0]);
}

std::size_t Groups::begin() const { return pcre2_get_ovector_pointer(room_->data)[0]; }
std::size_t Groups::end() const { return pcre2_get_ovector_pointer(room_->data)[1]; }

struct Regex::Code {
  pcre2_code* code = nullptr;
  bool is_jit = false;
  ~Code() { pcre2_code_free(code); }
};

Regex::Regex(std::unique_ptr<Code> code) : code_{std::move(code)} {}
Regex::~Regex() = default;

lib::base::Result<std::shared_ptr<const Regex>, std::string> Regex::compile(std::string_view text, Case fold) {
  auto code = std::make_unique<Code>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  const std::uint32_t options = fold == Case::Ignored ? PCRE2_CASELESS : 0;
  code->code = pcre2_compile(bytes_of(text), text.size(), options, &error, &offset, nullptr);
  if (code->code == nullptr) {
    std::array<unsigned char, 256> words{};
    (void)pcre2_get_error_message(error, words.data(), words.size());
    const char* const shown = static_cast<const char*>(static_cast<const void*>(words.data()));
    return tl::unexpected{fmt::format("regex '{}' is invalid (error={}, erroffset={})", text, shown, offset)};
  }
  code->is_jit = pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE) == 0;
  return std::shared_ptr<const Regex>{new Regex{std::move(code)}};  // the constructor is private
}

bool Regex::find(std::string_view text, Groups& groups, std::size_t from) const {
  Groups::Room& room = *groups.room_;
  const auto match = code_->is_jit ? pcre2_jit_match : pcre2_match;
  room.count = match(code_->code, bytes_of(text), text.size(), from, 0, room.data, room.context);
  if (room.count == 0) room.count = static_cast<int>(Groups::kMost);  // more groups than room: the first ones are there
  return room.count > 0;
}

}  // namespace proxyd::patterns
