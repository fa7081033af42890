#include "proxyd/rules/normalize_target.h"

#include <algorithm>
#include <vector>

#include "lib/base/text.h"

namespace proxyd::rules {
namespace {

using samples::TextOutput;

int hex_digit(char c) {
  const char low = lib::base::to_lower(c);
  if (lib::base::is_digit(low)) return low - '0';
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// The byte that "%41" at `at` stands for; -1: it is no such thing.
int encoded_byte(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool is_unreserved(int byte) {  // RFC 3986 section 2.3
  const char c = static_cast<char>(byte), low = lib::base::to_lower(c);
  return (low >= 'a' && low <= 'z') || lib::base::is_digit(c) || std::string_view{"-._~"}.find(c) != std::string_view::npos;
}

/// Each "%XX" as `put` writes it.
template <class Put>
bool each_encoded(std::string_view text, bool strict, TextOutput& out, Put put) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.put(text[i]);
      continue;
    }
    const int byte = encoded_byte(text, i);
    if (byte >= 0) {
      put(byte, text.substr(i, 3));
      i += 2;
    } else if (strict) {
      return false;
    } else {
      out.put('%');
    }
  }
  return true;
}

/// Calls `put` for each segment of a path that begins with a slash; `more`: a slash follows it.
template <class Put>
void each_segment(std::string_view path, Put put) {
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    const bool more = slash != std::string_view::npos;
    put(path.substr(0, slash), more);
    if (!more) return;
    path.remove_prefix(slash + 1);
  }
}

void merge_slashes(std::string_view path, TextOutput& out) {
  char last = '\0';
  for (const char c : path) {
    if (c != '/' || last != '/') out.put(c);
    last = c;
  }
}

void strip_dot(std::string_view path, TextOutput& out) {
  out.put('/');
  each_segment(path, [&](std::string_view segment, bool more) {
    if (segment == ".") return;
    out.put(segment);
    if (more) out.put('/');
  });
}

void strip_dotdot(std::string_view path, bool full, TextOutput& out) {
  std::vector<std::string_view> kept;  // segments, each with a slash behind it but perhaps the last; rare: may allocate
  each_segment(path, [&](std::string_view segment, bool more) {
    if (segment != "..") {
      kept.push_back(segment);
      return;
    }
    if (!kept.empty() && kept.back() != "..") kept.pop_back();
    else if (!full) kept.push_back(segment);
    if (!more) kept.push_back({});  // the directory itself
  });
  for (const std::string_view segment : kept) {
    out.put('/');
    out.put(segment);
  }
}

void sort_query(std::string_view query, TextOutput& out) {
  std::vector<std::string_view> parameters;
  while (!query.empty()) {  // nothing stands behind an ampersand at the end, which goes
    const std::size_t end = std::min(query.find('&'), query.size());
    parameters.push_back(query.substr(0, end));
    query.remove_prefix(std::min(query.size(), end + 1));
  }
  const auto name_of = [](std::string_view parameter) { return parameter.substr(0, parameter.find('=')); };
  std::stable_sort(parameters.begin(), parameters.end(),
                   [&](std::string_view one, std::string_view other) { return name_of(one) < name_of(other); });
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i != 0) out.put('&');
    out.put(parameters[i]);
  }
}

TargetPart part_for(Normalizer which) {
  switch (which) {
    case Normalizer::PathMergeSlashes:
    case Normalizer::PathStripDot:
    case Normalizer::PathStripDotdot: return TargetPart::Path;
    case Normalizer::QuerySortByName: return TargetPart::Query;
    case Normalizer::FragmentEncode:
    case Normalizer::FragmentStrip:
    case Normalizer::PercentDecodeUnreserved:
    case Normalizer::PercentToUppercase: break;
  }
  return TargetPart::PathAndQuery;
}

}  // namespace

bool normalize(Normalizer which, bool option, std::string_view text, TextOutput& out) {
  switch (which) {
    case Normalizer::FragmentEncode:
      for (const char c : text) {
        if (c == '#') out.put("%23");
        else out.put(c);
      }
      return true;
    case Normalizer::FragmentStrip: out.put(text.substr(0, text.find('#'))); return true;
    case Normalizer::PathMergeSlashes: merge_slashes(text, out); return true;
    case Normalizer::PathStripDot: strip_dot(text, out); return true;
    case Normalizer::PathStripDotdot: strip_dotdot(text, option, out); return true;
    case Normalizer::QuerySortByName: sort_query(text, out); return true;
    case Normalizer::PercentDecodeUnreserved:
      return each_encoded(text, option, out, [&](int byte, std::string_view written) {
        if (is_unreserved(byte)) out.put(static_cast<char>(byte));
        else out.put(written);
      });
    case Normalizer::PercentToUppercase:
      return each_encoded(text, option, out, [&](int byte, std::string_view) {
        out.put('%');
        out.put_hex(static_cast<unsigned char>(byte));
      });
  }
  return true;
}

Flow NormalizeTarget::run(Actor& actor, samples::Context& context) const {
  lib::http::HeadWriter* const writer = actor.request_writer();
  if (writer == nullptr) return Flow::Next;
  const TargetPart part = part_for(which_);
  const std::string_view old = part_of(writer->request()->target_text(), part);
  if (old.empty()) return Flow::Next;
  samples::TextOutput out{context.arena()};
  if (!normalize(which_, option_, old, out)) {
    actor.ends_connection = true;
    return Flow::Deny;
  }
  if (out.overflowed()) return Flow::Failed;
  const std::string_view made = out.finish();
  if (made == old) return Flow::Next;
  return set_part(*writer, part, made, context.arena()) ? Flow::Next : Flow::Failed;
}

bool NormalizeTarget::write_answer(Actor& actor, samples::Context&, std::string& out) const {
  out = actor.page(400);
  return true;
}

}  // namespace proxyd::rules
