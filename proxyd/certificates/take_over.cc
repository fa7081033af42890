// What was changed at run time, in the library of a configuration that takes another one's place.
#include <set>

#include "proxyd/certificates/library.h"

namespace proxyd::certificates {
namespace {

using lib::tls::TrustFile;
using Files = Library::Files;

std::string stem_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  return dot == std::string::npos || (slash != std::string::npos && dot < slash) ? path : path.substr(0, dot);
}

bool is_same(const Files& then, const Files& now, const std::string& path) {
  const auto before = then.find(path), after = now.find(path);
  return before != then.end() && after != now.end() && before->second == after->second;
}

/// Whatever stands beside the certificate's file under its name, with or without its extension.
Files around(const Files& files, const std::string& path) {
  const std::string beginning = stem_of(path) + ".";
  Files found;
  for (auto each = files.lower_bound(beginning); each != files.end() && each->first.starts_with(beginning); ++each) found.insert(*each);
  return found;
}

/// What makes lines of a list the same.
std::string text_of(const ListEntry& entry) {
  std::string text = entry.certificate;
  for (const CrtListLine::Setting& each : entry.settings) text.append("\n[").append(each.option).append(" ").append(each.value);
  for (const std::string& each : entry.filters) text.append("\n").append(each);
  return text;
}

std::set<std::string> texts_of(const std::vector<ListEntry>& entries) {
  std::set<std::string> texts;
  for (const ListEntry& each : entries) texts.insert(text_of(each));
  return texts;
}

}  // namespace

bool Library::are_files_same(const std::string& name, const Files& then, const Files& now) const {
  const auto parts = parts_.find(name);
  const lib::tls::NamedFiles none;
  const lib::tls::NamedFiles& named = parts == parts_.end() ? none : parts->second;
  const std::string& path = named.certificate.empty() ? name : named.certificate;
  if (!is_same(then, now, path) || around(then, path) != around(now, path)) return false;
  for (const std::string* each : {&named.key, &named.ocsp, &named.issuer, &named.sctl})
    if (!each->empty() && !is_same(then, now, *each)) return false;
  return true;
}

void Library::take_over_list(const std::string& list, const Library& before, std::vector<std::string>& faults) {
  const std::vector<ListEntry>& wanted = before.entries.at(list);
  const auto note = [&](const std::string& fault) {
    if (!fault.empty()) faults.push_back(fault);
  };
  const std::set<std::string> stays = texts_of(wanted), is_there = texts_of(entries.at(list));
  for (std::size_t i = entries.at(list).size(); i-- > 0;)
    if (!stays.contains(text_of(entries.at(list)[i]))) note(remove_entry(list, i));
  for (const ListEntry& each : wanted)
    if (!is_there.contains(text_of(each))) note(find(each.certificate) != nullptr ? add_entry(list, each) : "certificate '" + each.certificate + "' does not exist!");
}

std::vector<std::string> Library::take_over(const Library& before, const Files& then, const Files& now) {
  std::vector<std::string> faults;
  std::size_t places = 0;
  const auto note = [&](const std::string& fault) {
    if (!fault.empty()) faults.push_back(fault);
  };
  for (const std::string& name : before.made_) {
    const auto known = before.certificates_.find(name);
    if (known == before.certificates_.end() || !certificates_.emplace(name, known->second).second) continue;
    made_.insert(name);
  }
  Certificates kept;
  for (const std::string& name : before.changed_) {
    const auto certificate = before.find(name);
    if (certificate != nullptr && find(name) != nullptr && !before.made_.contains(name) && are_files_same(name, then, now)) kept.emplace(name, certificate);
  }
  // All at once; where one of them cannot stay, each by itself, so that the others can.
  if (!replace_all(kept, places).empty())
    for (const auto& [name, certificate] : kept) note(replace(name, certificate, places));
  for (const TrustFile kind : {TrustFile::Authorities, TrustFile::Revocations}) {
    for (const std::string& name : before.files_of(kind).changed) {
      const auto known = before.files_of(kind).by_name.find(name);
      if (known == before.files_of(kind).by_name.end()) continue;
      const bool is_made = !now.contains(name) && !then.contains(name);
      if (is_made || is_same(then, now, name)) note(replace_trusted(kind, name, known->second, places));
    }
  }
  for (const std::string& list : before.changed_lists_)
    if (entries.contains(list) && (is_same(then, now, list) || (!then.contains(list) && !now.contains(list)))) take_over_list(list, before, faults);
  for (const auto& [path, keys] : ticket_keys_)
    if (const auto known = before.ticket_keys_.find(path); known != before.ticket_keys_.end() && is_same(then, now, path))
      for (const std::string& each : known->second->list()) (void)keys->add(each);  // of one size: the file is the same
  return faults;
}

}  // namespace proxyd::certificates
