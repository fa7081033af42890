// genhash's command line (extras "genhash").
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/base/time.h"
#include "lib/net/address.h"
#include "parsers/keepalived/checker.h"

namespace checkerd::genhash {

struct Options {
  lib::net::Address server;              // with its port
  std::string path, virtual_host;
  parsers::keepalived::HttpCheck::Version version{};
  bool tls = false, sni = false, verbose = false;
  std::uint32_t fwmark = 0;
  lib::base::Duration timeout{5'000'000};
};

/// `words`: without the program's name. The error says what is wrong; empty: the usage alone, for --help and what is missing.
lib::base::Result<Options> parse_options(std::span<const std::string_view> words);

std::string_view usage();

}  // namespace checkerd::genhash
