// Where an expression stands, and what is there to look at. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace proxyd::samples {

/// Where a rule or format is evaluated. The order is that of the bits in a source's mask.
enum class Place : std::uint8_t {
  FrontConnection, FrontSession, FrontContent, FrontRequest, FrontBody, FrontSwitch, BackContent, BackRequest, BackBody,
  BackSet, BackSource, ResponseContent, ResponseHead, ResponseBody, ResponseStore, FrontResponseContent, FrontResponseHead,
  FrontResponseBody, Log, Check, Config, Cli,
};

/// What a fetch needs to be there.
enum class Source : std::uint8_t {
  Constant, Internal, Client, Session, Frontend, RequestKept, RequestBuffer, RequestHead, RequestBody, EitherHead, EitherBuffer,
  Backend, Server, ResponseBuffer, ResponseHead, ResponseBody, ResponseKept, ServerEnd, RequestEnd, ResponseEnd,
};

bool is_usable(Source source, Place place);
/// "HTTP request headers"
std::string_view name_of(Source source);
/// "frontend use-backend rule"
std::string_view name_of(Place place);

/// Whether request or response heads can be seen at a place.
constexpr bool sees_request(Place place) { return place >= Place::FrontContent && place <= Place::BackSource; }
constexpr bool sees_response(Place place) {
  return place >= Place::ResponseContent && place <= Place::FrontResponseBody;
}

}  // namespace proxyd::samples
