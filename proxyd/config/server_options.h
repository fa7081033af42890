// The options of "server" and "default-server" lines: one row each.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proxyd/config/line.h"

namespace proxyd::config {

/// One line being read.
struct ServerContext {
  Line& line;
  Server& server;
  ServerDraft& wish;
  std::string_view name;  // empty: default-server
  std::size_t at = 0;     // the option's word

  std::string_view option() const { return line.word(at); }
  std::string_view value() const { return line.word(at + 1); }
  bool has_value() const { return line.has(at + 1); }
};

/// An option; returns what is wrong, as the original words it before its final full stop, or an
/// empty text.
struct ServerOption {
  std::string_view name{};
  bool takes_value = false;
  std::string (*parse)(ServerContext& context) = nullptr;
  std::string_view usage{};
  std::string_view doc{};
  bool server_line_only = false;
};

std::span<const ServerOption> server_options();
/// Null when there is none of that name.
const ServerOption* find_server_option(std::string_view name);

/// "config : [f:l] : 'server b/s' : ", as the original begins messages about server lines.
std::string server_message_beginning(const ServerContext& context);

}  // namespace proxyd::config
