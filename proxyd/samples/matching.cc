#include "proxyd/samples/matching.h"

namespace proxyd::samples {

using patterns::Method;

bool is_true(const Sample& sample) {
  return sample.is_text() ? leading_integer(sample.text) != 0 : sample.number != 0;
}

std::uint32_t match(const patterns::Table& table, const Sample& sample, Context& context) {
  switch (table.method()) {
    case Method::Found:
    case Method::Bool: return patterns::kNoEntry;
    case Method::Int: {
      Sample number = sample;
      return cast(number, Type::Int, context.arena()) ? table.find(number.number) : patterns::kNoEntry;
    }
    case Method::Len: return table.find(static_cast<std::int64_t>(text_of(sample, context.arena()).size()));
    case Method::Ip: {
      if (sample.type == Type::Address) return table.find(sample.address);
      Sample address = sample;
      return cast(address, Type::Address, context.arena()) ? table.find(address.address) : patterns::kNoEntry;
    }
    default: break;
  }
  return table.find(text_of(sample, context.arena()), context.scratch.workspace);
}

}  // namespace proxyd::samples
