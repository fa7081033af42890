#include "proxyd/samples/place.h"

#include <array>

namespace proxyd::samples {
namespace {

constexpr std::size_t kPlaces = 22;

struct SourceRow {
  std::string_view name;
  std::string_view usable;  // a digit for each place, in their order
};

constexpr auto kSources = std::to_array<SourceRow>({
    {"configuration", "1111111111111111111111"},
    {"internal state", "1111111111111111111101"},
    {"address/port of the client", "1111111111111111111100"},
    {"client-side session", "0111111111111111111000"},
    {"frontend", "1111111111111111111000"},
    {"HTTP request headers", "0011111111111111111000"},
    {"request buffer", "0011111111100000000000"},
    {"HTTP request headers", "0011111111100000000000"},
    {"HTTP request body", "0011111111100000000000"},
    {"HTTP request headers,HTTP response headers", "0011111111111111110100"},
    {"request buffer,response buffer", "0011111111111111110100"},
    {"backend", "0000001111111111111100"},
    {"server", "0000000000111111111100"},
    {"response buffer", "0000000000011111110100"},
    {"HTTP response headers", "0000000000011111110100"},
    {"HTTP response body", "0000000000011111110100"},
    {"HTTP response headers", "0000000000011111111100"},
    {"server connection", "0000000000011111111100"},
    {"end of request", "0011111111111111111000"},
    {"end of response", "0000000001111111111000"},
});

constexpr auto kPlaceNames = std::to_array<std::string_view>({
    "frontend tcp-request connection rule",
    "frontend tcp-request session rule",
    "frontend tcp-request content rule",
    "frontend http-request header rule",
    "frontend http-request body rule",
    "frontend use-backend rule",
    "backend tcp-request content rule",
    "backend http-request header rule",
    "backend http-request body rule",
    "backend use-server, balance or stick-match rule",
    "server source selection",
    "backend tcp-response content rule",
    "backend http-response header rule",
    "backend http-response body rule",
    "backend stick-store rule",
    "frontend tcp-response content rule",
    "frontend http-response header rule",
    "frontend http-response body rule",
    "logs",
    "tcp/http-check rule",
    "configuration parser",
    "CLI",
});
static_assert(kPlaceNames.size() == kPlaces);

}  // namespace

bool is_usable(Source source, Place place) {
  return kSources[static_cast<std::size_t>(source)].usable[static_cast<std::size_t>(place)] == '1';
}

std::string_view name_of(Source source) { return kSources[static_cast<std::size_t>(source)].name; }
std::string_view name_of(Place place) { return kPlaceNames[static_cast<std::size_t>(place)]; }

}  // namespace proxyd::samples
