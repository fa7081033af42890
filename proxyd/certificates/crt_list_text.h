// A "crt-list" file's lines: a certificate, options in brackets, names. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace proxyd::certificates {

/// What an option of a line takes.
struct CrtListOption {
  std::string_view name;
  bool takes_value = false;
};

struct CrtListLine {
  std::size_t number = 0;  // in its file, from 1
  std::string certificate;
  struct Setting {
    std::string option, value;
    bool operator==(const Setting&) const = default;
  };
  std::vector<Setting> settings;
  bool has_brackets = false;
  std::vector<std::string> filters;
};

/// What is wrong with one line, after "parsing [FILE:LINE]: ". It must not end in a line feed.
struct CrtListFault {
  std::string message;
};

/// One line. `line` has no certificate when it is empty or a comment. `warning` is what the original says and goes on.
/// An empty message: it is fine.
CrtListFault read_crt_list_line(std::string_view text, const std::vector<CrtListOption>& options, CrtListLine& line,
                                std::string& warning);

struct CrtList {
  std::vector<CrtListLine> lines;
  std::vector<std::string> warnings;  // each whole
  std::string fault;                  // whole: "parsing [FILE:LINE]: ..."; empty: none
};
CrtList read_crt_list(std::string_view text, std::string_view file, const std::vector<CrtListOption>& options);

}  // namespace proxyd::certificates
