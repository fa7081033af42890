#include "proxyd/ocsp/wishes.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "lib/base/file.h"
#include "lib/base/time.h"
#include "lib/tls/ocsp_question.h"

namespace proxyd::ocsp {
namespace {

/// What a line of a list says itself.
std::optional<bool> wish_of(const certificates::ListEntry& entry) {
  for (const auto& each : entry.settings)
    if (each.option == "ocsp-update") return each.value == "on";
  return std::nullopt;
}

}  // namespace

std::map<std::string, bool> wishes_of(const certificates::Library& library) {
  std::map<std::string, bool> wishes = library.ocsp_updates;
  for (const auto& [list, entries] : library.entries)
    for (const certificates::ListEntry& each : entries)
      if (const auto wish = wish_of(each)) wishes[each.certificate] = *wish;
  return wishes;
}

bool note_wish(certificates::Library& library, const std::string& name, bool is_on) {
  return library.ocsp_updates.emplace(name, is_on).first->second == is_on;
}

std::string find_contradiction(const certificates::Library& library) {
  std::map<std::string, bool> known;
  for (const auto& [list, entries] : library.entries)
    for (const certificates::ListEntry& each : entries)
      if (const auto wish = wish_of(each); wish && known.emplace(each.certificate, *wish).first->second != *wish) return each.certificate;
  return {};
}

std::string find_issuer(certificates::Library& library, const std::string& name) {
  using lib::tls::Certificate;
  const auto before = library.find(name);
  const lib::tls::CompanionFiles& companions = library.tuning.companions;
  if (before == nullptr || lib::tls::has_issuer(*before) || !companions.issuer) return {};
  const std::string base = companions.in_place_of_extension ? std::filesystem::path{name}.replace_extension().string() : name;
  const auto text = lib::base::read_file(base + ".issuer");
  if (!text) return {};
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(lib::base::wall_now().time_since_epoch()).count();
  auto made = Certificate::change(before.get(), name, Certificate::Part::Issuer, *text, now, companions);
  if (!made) return made.error().message;
  std::size_t places = 0;
  return library.replace(name, std::move(*made), places);
}

}  // namespace proxyd::ocsp
