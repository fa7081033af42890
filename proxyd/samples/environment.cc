#include "proxyd/samples/environment.h"

namespace proxyd::samples {

std::string Environment::place_in_words() const {
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos) return "file '" + place + "' line 0";
  return "file '" + place.substr(0, colon) + "' line " + place.substr(colon + 1);
}

}  // namespace proxyd::samples
