#include "proxyd/config/crt_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/text.h"
#include "proxyd/config/keyword_list.h"
#include "proxyd/config/line.h"
#include "proxyd/config/tls_text.h"
#include "proxyd/config/tls_tuning.h"
#include "proxyd/ocsp/wishes.h"

namespace proxyd::config {
namespace {

using lib::tls::NamedFiles;

/// What one "load" line says.
struct Load {
  std::string crt_base, key_base;
  NamedFiles files{};
  std::string certificate{};  // as written
  std::string alias{};
  std::optional<bool> keeps_ocsp_fresh{};  // "ocsp-update"
};

/// One option with a value. Null: known by name only.
struct LoadOption {
  std::string_view name;
  std::string (*take)(Load& load, std::string_view value);  // what is wrong, or an empty text
  bool is_for_lists;
  std::string_view usage, doc;
};

template <std::string NamedFiles::*Field, std::string Load::*Base>
std::string take_file(Load& load, std::string_view value) {
  load.files.*Field = path_in(load.*Base, value);
  return {};
}

std::string take_certificate(Load& load, std::string_view value) {
  load.certificate = value;
  return take_file<&NamedFiles::certificate, &Load::crt_base>(load, value);
}

std::string take_alias(Load& load, std::string_view value) {
  load.alias = value;
  return {};
}

std::string take_update(Load& load, std::string_view value) {
  if (value != "on" && value != "off") return fmt::format("'ocsp-update' expects 'on' or 'off', not '{}'", value);
  load.keeps_ocsp_fresh = value == "on";
  return {};
}

constexpr auto kLoadOptions = std::to_array<LoadOption>({
    {"acme", nullptr, false, "", ""},
    {"alias", take_alias, false, "<name>", "What lines call it, in place of its file's name."},
    {"bits", nullptr, false, "", ""},
    {"crt", take_certificate, false, "<file>", "The certificate, with its chain and perhaps its key."},
    {"curves", nullptr, false, "", ""},
    {"domains", nullptr, false, "", ""},
    {"generate-dummy", nullptr, false, "", ""},
    {"ips", nullptr, false, "", ""},
    {"issuer", take_file<&NamedFiles::issuer, &Load::crt_base>, true, "<file>", "Who signed it."},
    {"jwt", nullptr, false, "", ""},
    {"key", take_file<&NamedFiles::key, &Load::key_base>, true, "<file>", "Its private key, whatever the certificate's file has."},
    {"keytype", nullptr, false, "", ""},
    {"ocsp", take_file<&NamedFiles::ocsp, &Load::crt_base>, true, "<file>", "A response about its status, to be stapled."},
    {"ocsp-update", take_update, false, "on|off", "Whether that response is kept fresh."},  // of lists' lines: see ocsp_options.h
    {"sctl", take_file<&NamedFiles::sctl, &Load::crt_base>, true, "<file>", "Signed timestamps."},
});

const LoadOption* find_option(std::string_view name) {
  const auto found = std::find_if(kLoadOptions.begin(), kLoadOptions.end(), [&](const LoadOption& each) { return each.name == name; });
  return found == kLoadOptions.end() ? nullptr : &*found;
}

/// A section being read.
struct Store {
  std::string name;  // empty: the one without a name
  std::string crt_base, key_base;
};

template <std::string Store::*Field>
void parse_base(Line& line, Store& store) {
  if (!line.has(1)) return line.alert(0, fmt::format("'{}' expects a directory path as an argument.", line.word(0)));
  if (line.too_many(1, line.word(0))) return;
  store.*Field = line.word(1);
}

/// False after an alert.
bool read_load(Line& line, Load& load) {
  for (std::size_t at = 1; at < line.size(); at += 2) {
    const std::string_view name = line.word(at);
    const LoadOption* const option = find_option(name);
    std::string fault;
    if (option == nullptr) {
      std::vector<std::string_view> names;
      for (const LoadOption& each : kLoadOptions) names.push_back(each.name);
      fault = fmt::format("unknown keyword '{}'{}", name, maybe(name, names));
    } else if (option->take == nullptr) {
      fault = not_built_text(name);
    } else if (!line.has(at + 1)) {
      fault = fmt::format("'{}' expects a value", name);
    } else {
      fault = option->take(load, line.word(at + 1));
    }
    if (fault.empty()) continue;
    line.alert(at, fmt::format("'load' : {}{}", fault, fault.ends_with('?') ? "" : "."));
    return false;
  }
  if (!load.certificate.empty()) return true;
  line.alert(0, "'load' : 'crt' is missing.");
  return false;
}

void parse_load(Line& line, Store& store) {
  Load load{store.crt_base, store.key_base};
  if (!read_load(line, load)) return;
  // A file of the store without a name goes by its path, as it does for "crt" on a "bind" line.
  const bool has_own_name = !store.name.empty() || !load.alias.empty();
  const std::string reference = fmt::format("@{}/{}", store.name, load.alias.empty() ? load.certificate : load.alias);
  const std::string& name = has_own_name ? reference : load.files.certificate;
  certificates::Library& library = library_of(line.draft);
  if (library.find(name) != nullptr) return line.alert(0, fmt::format("'load' : certificate '{}' is loaded already.", name));
  if (!has_own_name) library.refer(reference, name);
  if (const auto loaded = library.load(name, load.files); !loaded) return line.alert(0, fmt::format("'load' : {}", loaded.error().message));
  if (load.keeps_ocsp_fresh) (void)ocsp::note_wish(library, name, *load.keeps_ocsp_fresh);  // nobody else loaded it before
}

struct Row {
  std::string_view name;
  void (*parse)(Line& line, Store& store);
  std::string_view usage, doc;
};
constexpr auto kRows = std::to_array<Row>({
    {"crt-base", parse_base<&Store::crt_base>, "<directory>", "Where relative files of certificates are, of this store."},
    {"key-base", parse_base<&Store::key_base>, "<directory>", "Where relative files of keys are, of this store."},
    {"load", parse_load, "crt <file> [<option> <value>]...", "A certificate of this store."},
});

void read_line(Draft& draft, const Statement& statement, Store& store) {
  Line line{draft, statement, nullptr};
  check_negation(line);
  std::vector<std::string_view> names;
  for (const Row& each : kRows) {
    if (each.name == line.word(0)) return each.parse(line, store);
    names.push_back(each.name);
  }
  line.alert(0, fmt::format("unknown keyword '{}' in 'crt-store' section{}", line.word(0), maybe(line.word(0), names)));
}

/// What would end the store's name in a reference to it, or cannot be written in one.
char bad_character(std::string_view name) {
  for (const char c : name)
    if (!(lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z') && !lib::base::is_digit(c) &&
        std::string_view{"-_.:"}.find(c) == std::string_view::npos)
      return c;
  return '\0';
}

}  // namespace

void read_crt_store(Draft& draft, const parsers::haproxy::Section& section) {
  Line header{draft, section.header, nullptr};
  if (const char bad = bad_character(header.word(1)); bad != '\0')
    header.alert(1, fmt::format("character '{}' is not permitted in '{}' name '{}'.", bad, header.word(0), header.word(1)));
  (void)header.too_many(1, header.word(0));  // the store is read all the same
  const TlsDefaults& defaults = draft.config->global.tls;
  Store store{std::string{header.word(1)}, defaults.crt_base, defaults.key_base};
  for (const Statement& each : section.body)
    if (draft.reads_on(each)) read_line(draft, each, store);
}

std::vector<std::string_view> load_options_of_lists() {
  std::vector<std::string_view> names;
  for (const LoadOption& each : kLoadOptions)
    if (each.is_for_lists) names.push_back(each.name);
  return names;
}

std::string take_load_options(const TlsDefaults& defaults, std::vector<certificates::CrtListLine::Setting>& settings, NamedFiles& files) {
  Load load{defaults.crt_base, defaults.key_base};
  std::string fault;
  std::erase_if(settings, [&](const certificates::CrtListLine::Setting& each) {
    const LoadOption* const option = find_option(each.option);
    if (option == nullptr || !option->is_for_lists) return false;
    if (std::string why = option->take(load, each.value); fault.empty()) fault = std::move(why);
    return true;
  });
  files = std::move(load.files);
  return fault;
}

std::string certificate_name(const certificates::Library& library, const TlsDefaults& defaults, std::string_view word) {
  return word.starts_with('@') ? library.resolve(std::string{word}) : path_in(defaults.crt_base, word);
}

void list_certificate_store_keywords(KeywordList& list) {
  using Of = ListedKeyword::Of;
  for (const Row& each : kRows) list.push_back({Of::CertificateStore, std::string{each.name}, each.usage, each.doc, "crt-store"});
  for (const LoadOption& each : kLoadOptions)
    if (each.take != nullptr) list.push_back({Of::CertificateLoad, std::string{each.name}, each.usage, each.doc, "crt-store"});
}

}  // namespace proxyd::config
