#include "lib/metrics/render.h"

#include <fmt/format.h>

#include <iterator>

namespace lib::metrics {

namespace {

void append_csv_cell(std::string& out, const Value& value) {
  const std::string cell = value.to_text();
  if (value.kind != Kind::Text || cell.find_first_of(",\"\n\r") == std::string::npos) {
    out += cell;
  } else {
    out += '"';
    for (const char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += ',';
}

const Tags& tags_of(const Description& field, const Value& value) {
  return value.tags ? *value.tags : field.tags;
}

void append_meaning(std::string& out, const Description& field, Detail detail) {
  if (detail == Detail::WithMeaning)
    fmt::format_to(std::back_inserter(out), ":\"{}\"", field.meaning);
}

/// How many bytes the UTF-8 sequence at the front of `text` has; 0 when it is not valid.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;   // longer than needed
    if (first == 0xED && byte(1) >= 0xA0) return 0;  // surrogates
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) >= 0x90) return 0;  // above U+10FFFF
    return 4;
  }
  return 0;
}

void append_json_value(std::string& out, const Value& value) {
  fmt::format_to(std::back_inserter(out), "{{\"type\":\"{}\",\"value\":", word(value.kind));
  if (value.kind == Kind::Text) {
    append_json_string(out, value.text);
  } else {
    out += value.to_text();
  }
  out += '}';
}

/// Prometheus names have letters, digits and underscores; ours may have blanks and dashes.
std::string metric_name(std::string_view prefix, std::string_view name) {
  std::string result{prefix};
  for (const char c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    result += fits ? c : '_';
  }
  return result;
}

void append_label_value(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_sample(std::string& out, std::string_view name, const LabelledRow& row, const Value& value) {
  out += name;
  if (!row.labels.empty()) {
    char before = '{';
    for (const auto& [label, text] : row.labels) {
      out += before;
      before = ',';
      out += label;
      out += "=\"";
      append_label_value(out, text);
      out += '"';
    }
    out += '}';
  }
  out += ' ';
  out += value.to_text();
  out += '\n';
}

}  // namespace

void append_csv_header(std::string& out, std::span<const Description> fields, std::size_t separator) {
  out += "# ";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i == separator) out += "-,";
    out += fields[i].name;
    out += ',';
  }
  out += '\n';
}

void append_csv_row(std::string& out, std::span<const Value> values, std::size_t separator) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == separator) out += "-,";
    append_csv_cell(out, values[i]);
  }
  out += '\n';
}

void append_plain(std::string& out, std::span<const Description> fields, std::span<const Value> values,
                  Detail detail) {
  for (std::size_t i = 0; i < fields.size() && i < values.size(); ++i) {
    if (values[i].is_empty()) continue;
    fmt::format_to(std::back_inserter(out), "{}: {}", fields[i].name, values[i].to_text());
    append_meaning(out, fields[i], detail);
    out += '\n';
  }
}

void append_typed(std::string& out, std::string_view prefix, std::span<const Description> fields,
                  std::span<const Value> values, Detail detail) {
  for (std::size_t i = 0; i < fields.size() && i < values.size(); ++i) {
    if (values[i].is_empty()) continue;
    const Tags& tags = tags_of(fields[i], values[i]);
    fmt::format_to(std::back_inserter(out), "{}{}.{}.1:{}{}{}:{}:{}", prefix, i, fields[i].name,
                   letter(tags.origin), letter(tags.nature), letter(tags.scope), word(values[i].kind),
                   values[i].to_text());
    append_meaning(out, fields[i], detail);
    out += '\n';
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    if (length > 1) {
      out += text.substr(0, length);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void append_json(std::string& out, const JsonObject& object, std::span<const Description> fields,
                 std::span<const Value> values) {
  out += '[';
  bool first = true;
  for (std::size_t i = 0; i < fields.size() && i < values.size(); ++i) {
    if (values[i].is_empty()) continue;
    if (!first) out += ',';
    first = false;
    out += '{';
    if (!object.type.empty())
      fmt::format_to(std::back_inserter(out), "\"objType\":\"{}\",\"proxyId\":{},\"id\":{},", object.type,
                     object.proxy_id, object.id);
    const Tags& tags = tags_of(fields[i], values[i]);
    fmt::format_to(std::back_inserter(out),
                   "\"field\":{{\"pos\":{},\"name\":\"{}\"}},\"processNum\":1,\"tags\":{{\"origin\":\"{}\","
                   "\"nature\":\"{}\",\"scope\":\"{}\"}},\"value\":",
                   i, fields[i].name, word(tags.origin), word(tags.nature), word(tags.scope));
    append_json_value(out, values[i]);
    out += '}';
  }
  out += ']';
}

void append_prometheus(std::string& out, std::string_view prefix, std::span<const Description> fields,
                       std::span<const LabelledRow> rows) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string name = metric_name(prefix, fields[i].name);
    bool introduced = false;
    for (const LabelledRow& row : rows) {
      if (i >= row.values.size() || !row.values[i].is_number()) continue;
      if (!introduced) {
        const bool counts = fields[i].tags.nature == Nature::Counter;
        fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, fields[i].meaning, name,
                       counts ? "counter" : "gauge");
        introduced = true;
      }
      append_sample(out, name, row, row.values[i]);
    }
  }
}

}  // namespace lib::metrics
