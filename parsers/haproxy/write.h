// A tree as text again: what a configuration says once its conditions, variables, quotes and comments are done with. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "parsers/haproxy/tree.h"

namespace parsers::haproxy {

/// A line each: sections at the margin, what stands in them behind a tab, one blank between words, quotes only where they are needed.
/// Reads as the same tree again. Lines outside of sections are left out. `change`: what stands in a word's place; none: the word.
std::string write_tree(const Tree& tree, const std::function<std::string(std::string_view word)>& change = {});

}  // namespace parsers::haproxy
