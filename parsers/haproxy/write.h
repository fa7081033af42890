// A tree as text again: what a configuration says once its conditions, variables, quotes and comments are done with. Pure.
#pragma once

#include <string>

#include "parsers/haproxy/tree.h"

namespace parsers::haproxy {

/// A line each: sections at the margin, what stands in them behind a tab, one blank between words, quotes only where they are needed. Reads as
/// the same tree again. Lines outside of sections are left out.
std::string write_tree(const Tree& tree);

}  // namespace parsers::haproxy
