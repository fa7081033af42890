#include "proxyd/certificates/crt_list_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace proxyd::certificates {
namespace {

constexpr std::size_t kLongest = 65535;
constexpr std::string_view kBlanks = " \t\r";

/// Words between blanks. Brackets are words of their own where they open or close; nothing is quoted or escaped.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
    if (text[at] == '[' || text[at] == ']') {
      words.push_back(text.substr(at, 1));
      ++at;
      continue;
    }
    std::size_t end = text.find_first_of(" \t\r[]", at);
    end = std::min(end, text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// The options between the brackets from words[at] on; `at` moves behind the closing one.
CrtListFault read_options(const std::vector<std::string_view>& words, std::size_t& at, const std::vector<CrtListOption>& options,
                          CrtListLine& line) {
  while (at < words.size() && words[at] != "]") {
    const std::string_view name = words[at++];
    const auto option = std::find_if(options.begin(), options.end(), [&](const CrtListOption& each) { return each.name == name; });
    if (option == options.end()) return {fmt::format("unknown ssl keyword {}", name)};
    CrtListLine::Setting setting{std::string{name}, {}};
    if (option->takes_value) {
      if (at < words.size() && words[at] == "]") return {fmt::format("ssl args out of '[]' for {}", name)};
      if (at < words.size()) setting.value = words[at++];
    }
    line.settings.push_back(std::move(setting));
  }
  ++at;
  return {};
}

/// One pair of brackets at most. The original does not miss the closing one at a line's end.
CrtListFault check_brackets(const std::vector<std::string_view>& words) {
  bool is_open = false, is_closed = false;
  for (const std::string_view each : words) {
    if (each == "[" && std::exchange(is_open, true)) return {"too many '['"};
    if (each != "]") continue;
    if (!is_open) return {"missing '['"};
    if (std::exchange(is_closed, true)) return {"too many ']'"};
  }
  return {};
}

}  // namespace

CrtListFault read_crt_list_line(std::string_view text, const std::vector<CrtListOption>& options, CrtListLine& line,
                                std::string& warning) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.empty() || text.starts_with('#')) return {};
  if (words[0] == "[") return {"file must start with a cert"};
  if (CrtListFault fault = check_brackets(words); !fault.message.empty()) return fault;
  line.certificate = words[0];
  for (std::size_t at = 1; at < words.size();) {
    if (words[at] != "[") {
      line.filters.emplace_back(words[at++]);
      continue;
    }
    if (!line.filters.empty()) {
      warning = "malformated line, filters can't be between filename and options!";
      line.filters.clear();
    }
    line.has_brackets = true;
    ++at;
    if (CrtListFault fault = read_options(words, at, options, line); !fault.message.empty()) return fault;
  }
  return {};
}

CrtList read_crt_list(std::string_view text, std::string_view file, const std::vector<CrtListOption>& options) {
  CrtList list;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const auto fail = [&](std::string_view what) { list.fault = fmt::format("parsing [{}:{}]: {}", file, number, what); };
    if (std::min(end, text.size()) >= kLongest) {
      fail(fmt::format("line too long, limit is {} characters", kLongest));
      return list;
    }
    if (end == std::string_view::npos) {
      fail(fmt::format("Missing LF on last line, file might have been truncated at position {}.", text.size() + 1));
      return list;
    }
    CrtListLine line;
    line.number = number;
    std::string warning;
    if (const CrtListFault fault = read_crt_list_line(text.substr(0, end), options, line, warning); !fault.message.empty()) {
      fail(fault.message);
      return list;
    }
    if (!warning.empty()) list.warnings.push_back(fmt::format("parsing [{}:{}]: {}", file, number, warning));
    if (!line.certificate.empty()) list.lines.push_back(std::move(line));
    text.remove_prefix(end + 1);
  }
  return list;
}

}  // namespace proxyd::certificates
