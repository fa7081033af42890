// A configuration loaded from text, for tests of what it becomes and what is said of it.
#pragma once

#include <catch2/catch.hpp>

#include "proxyd/config/load.h"

struct Loaded {
  parsers::haproxy::Tree tree;
  parsers::common::Diagnostics diagnostics;
  std::unique_ptr<const proxyd::config::Config> config;

  explicit Loaded(std::string text) {
    parsers::haproxy::Environment environment;
    parsers::haproxy::parse_file(tree, "t.cfg", std::move(text), environment, {}, diagnostics);
    config = proxyd::config::load(tree, {}, diagnostics);
  }
  const proxyd::config::Proxy& proxy(std::size_t index) const {
    REQUIRE(config != nullptr);
    REQUIRE(index < config->proxies.size());
    return *config->proxies[index];
  }
  const proxyd::config::Ring& ring(std::size_t index) const {
    REQUIRE(config != nullptr);
    REQUIRE(index < config->rings.size());
    return config->rings[index];
  }
  std::string first() const { return diagnostics.all().empty() ? "" : diagnostics.all().front().message; }
};
