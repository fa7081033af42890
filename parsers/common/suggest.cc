#include "parsers/common/suggest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace parsers::common {
namespace {

constexpr std::size_t kLongestWord = 64;  // nobody mistypes more than that; bounds the work
constexpr std::size_t kLongestCandidate = 128;
constexpr std::size_t kFar = 1000;

/// Edits between two words: insert, delete, replace, or swap two neighbours (optimal string alignment); something above
/// `limit` when there are more than that. Only cells at most `limit` off the diagonal can lead there.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  using Row = std::array<std::size_t, kLongestCandidate + 2>;
  Row rows[3];
  Row *before = &rows[0], *above = &rows[1], *row = &rows[2];
  for (std::size_t j = 0; j <= b.size(); ++j) (*above)[j] = j;
  *before = *row = *above;
  std::size_t least_above = 0;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const std::size_t first = i > limit ? i - limit : 1, last = std::min(b.size(), i + limit);
    (*row)[first - 1] = first == 1 ? i : kFar;
    std::size_t least = (*row)[first - 1];
    for (std::size_t j = first; j <= last; ++j) {
      const std::size_t up = j == i + limit ? kFar : (*above)[j];  // off the band
      std::size_t cost = std::min({up + 1, (*row)[j - 1] + 1, (*above)[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) cost = std::min(cost, (*before)[j - 2] + 1);
      (*row)[j] = cost;
      least = std::min(least, cost);
    }
    if (least > limit && least_above > limit) return kFar;  // a swap may still skip one row
    least_above = least;
    std::swap(before, above);
    std::swap(above, row);
  }
  return (*above)[b.size()];
}

/// One slip in three letters; words of two letters are never a slip of each other.
std::size_t allowed_distance(std::size_t length) { return length / 3; }

}  // namespace

std::string_view suggest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_distance = kFar;
  for (const std::string_view candidate : candidates) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t shorter = std::min(word.size(), candidate.size());
    const std::size_t allowed = allowed_distance(longer);
    if (candidate.size() > kLongestCandidate || longer - shorter > allowed || longer - shorter >= best_distance) continue;
    const std::size_t distance = edit_distance(word, candidate, std::min(allowed, best_distance - 1));
    if (distance > allowed || distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace parsers::common
