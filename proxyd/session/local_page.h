// A page that the proxy answers by itself, as its maker sees it. The maker (stats/) stands above this folder, so the
// session knows only this shape.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/net/address.h"
#include "proxyd/config/model.h"
#include "proxyd/samples/expression.h"

namespace proxyd::session {

struct PageRequest {
  std::string_view method, uri, authorization;
  std::string_view body;  // of a POST, whole
  lib::net::Address client;
  const samples::Subject* subject = nullptr;
};

struct PageAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case; no framing headers
  std::string body;
};

/// `proxy`: whose "stats" lines apply.
using PageHandler = std::function<PageAnswer(const PageRequest& request, const config::Proxy& proxy)>;

}  // namespace proxyd::session
