// Formats from text, all compiled with one environment, for tests of actions.
#pragma once

#include <catch2/catch.hpp>

#include "proxyd/formats/format.h"

inline proxyd::samples::Environment& environment() {
  static proxyd::samples::Environment shared;
  return shared;
}

inline proxyd::formats::Format format_of(std::string_view text) {
  proxyd::formats::FormatUse use;
  use.mode = proxyd::formats::NeedsMode::Http;
  use.place = proxyd::samples::Place::FrontRequest;
  use.environment = &environment();
  use.spaces = parsers::haproxy::LogSpaces::Keep;
  auto format = proxyd::formats::compile_format(text, use);
  REQUIRE(format.has_value());
  return std::move(*format);
}
