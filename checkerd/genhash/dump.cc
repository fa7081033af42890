#include "checkerd/genhash/dump.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkerd::genhash {
namespace {

constexpr std::size_t kRow = 16;

}  // namespace

/// Of the first bytes held back, which are taken away.
std::string Dump::row() {
  const std::size_t count = std::min(kRow, held_.size());
  std::string out = fmt::format("{:04}  ", offset_), text;
  for (std::size_t i = 0; i < kRow; ++i) {
    if (i == kRow / 2) out += "- ";
    out += i < count ? fmt::format("{:02x} ", static_cast<unsigned char>(held_[i])) : "   ";
    const char byte = i < count ? held_[i] : ' ';
    text += byte >= ' ' && byte <= '~' ? byte : '.';
  }
  held_.erase(0, count);
  offset_ += count;
  return out + "  " + text + '\n';
}

std::string Dump::add(std::string_view bytes) {
  std::string out;
  held_ += bytes;
  while (held_.size() >= kRow) out += row();
  return out;
}

std::string Dump::flush() { return held_.empty() ? std::string{} : row(); }

}  // namespace checkerd::genhash
