#include "lib/base/result.h"

#include <system_error>

namespace lib::base {

tl::unexpected<Error> system_failure(std::string what, int code) {
  what += ": ";
  what += std::generic_category().message(code);
  return failure(std::move(what), code);
}

}  // namespace lib::base
