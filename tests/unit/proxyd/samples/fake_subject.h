// A request made of constants, for tests of samples and rules.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proxyd/samples/expression.h"

struct FakeSubject final : proxyd::samples::Subject {
  std::string method_text = "GET";
  std::string uri_text = "/dir/file.html?a=1";
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  lib::net::Address from = lib::net::Address::ipv4(0x7f000001, 40000);
  lib::net::Address to = lib::net::Address::ipv4(0x0a000001, 80);

  std::string_view method() const override { return method_text; }
  std::string_view uri() const override { return uri_text; }
  std::string_view request_header(std::string_view name, int index) const override {
    std::vector<std::string_view> found;
    for (const auto& [key, value] : headers)
      if (key == name) found.emplace_back(value);
    const auto count = static_cast<int>(found.size());
    const int at = index >= 0 ? index : count + index;
    return at >= 0 && at < count ? found[static_cast<std::size_t>(at)] : std::string_view{};
  }
  lib::net::Address source() const override { return from; }
  lib::net::Address destination() const override { return to; }
};
