// What "global" says of keeping responses about certificates' status fresh. Values only; pure.
#pragma once

#include <cstdint>
#include <string>

#include "proxyd/ocsp/schedule.h"

namespace proxyd::ocsp {

/// "ocsp-update.httpproxy"; no host: the responders themselves are asked.
struct HttpProxy {
  std::string host{};
  std::uint16_t port = 80;
};

struct Settings {
  bool is_default_on = false;  // "ocsp-update.mode": of certificates whose lines say nothing
  bool is_disabled = false;    // "ocsp-update.disable"
  Delays delays;
  HttpProxy proxy;
};

}  // namespace proxyd::ocsp
