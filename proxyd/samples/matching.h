// A value looked up in a table of patterns, whatever its type.
#pragma once

#include "proxyd/samples/expression.h"

namespace proxyd::samples {

/// The number of the entry that matches, or patterns::kNoEntry. Methods Found and Bool have no patterns: see is_true().
/// Where the table's list is shared, the caller holds its lock.
std::uint32_t match(const patterns::Table& table, const Sample& sample, Context& context);

/// "-m bool": not zero.
bool is_true(const Sample& sample);

}  // namespace proxyd::samples
