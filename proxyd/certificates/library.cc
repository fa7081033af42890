#include "proxyd/certificates/library.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/base/file.h"

namespace proxyd::certificates {
namespace {

/// A directory reads as if nothing were in it, as the original has it.
std::optional<std::string> text_of(const std::string& path) {
  auto text = lib::base::read_file(path);
  if (!text && errno == EISDIR) return std::string{};
  return text;
}

}  // namespace

Library::LoadedCertificate Library::load(const std::string& path, const lib::tls::NamedFiles& parts) {
  const bool names_parts = parts != lib::tls::NamedFiles{};
  const auto found = certificates_.find(path);
  if (found != certificates_.end() && found->second != nullptr) {
    const auto known = parts_.find(path);
    if (names_parts && (known == parts_.end() || known->second != parts))
      return lib::base::failure("certificate '" + path + "' is loaded already, with other files.");
    return found->second;
  }
  auto loaded = lib::tls::Certificate::load(path, tuning.companions, parts);
  if (!loaded) return loaded;
  certificates_.emplace(path, *loaded);
  if (names_parts) parts_.emplace(path, parts);
  return loaded;
}

Library::LoadedCertificate Library::read(const std::string& path) const {
  if (auto known = find(path); known != nullptr) return known;
  return lib::tls::Certificate::load(path, tuning.companions);
}

void Library::keep(std::shared_ptr<const lib::tls::Certificate> certificate) {
  certificates_.emplace(certificate->path(), std::move(certificate));
}

const std::string& Library::resolve(const std::string& reference) const {
  const auto found = references_.find(reference);
  return found == references_.end() ? reference : found->second;
}

std::shared_ptr<const lib::tls::Certificate> Library::find(const std::string& name) const {
  const auto found = certificates_.find(name);
  return found == certificates_.end() ? nullptr : found->second;
}

const CrtList* Library::read_list(const std::string& path, const std::vector<CrtListOption>& options, std::string& fault) {
  const auto known = lists_.find(path);
  if (known != lists_.end()) return &known->second;
  const auto text = text_of(path);
  if (!text) {
    fault = "cannot open file '" + path + "' : " + std::strerror(errno);
    return nullptr;
  }
  return &lists_.emplace(path, read_crt_list(*text, path, options)).first->second;
}

lib::base::Result<std::shared_ptr<lib::tls::TicketKeys>> Library::ticket_keys(const std::string& path) {
  const auto found = ticket_keys_.find(path);
  if (found != ticket_keys_.end()) return found->second;
  const auto text = text_of(path);
  if (!text) return lib::base::failure("'" + path + "' : unable to load ssl tickets keys file");
  auto read = lib::tls::TicketKeys::read(*text);
  if (!read) return lib::base::failure("'" + path + "' : " + read.error().message);
  ticket_keys_.emplace(path, *read);
  return read;
}

lib::base::Result<std::shared_ptr<const lib::tls::Forger>> Library::forger(const std::string& path, const std::string& password) {
  const auto found = forgers_.find({path, password});
  if (found != forgers_.end()) return found->second;
  if (!text_of(path)) return lib::base::failure("cannot open the file '" + path + "'.");
  lib::tls::NamedFiles parts;
  parts.password = password;
  auto authority = lib::tls::Certificate::load(path, tuning.companions, parts);
  if (!authority) return tl::unexpected{authority.error()};
  auto made = std::make_shared<const lib::tls::Forger>(std::move(*authority), tuning.forged_certificates);
  forgers_.emplace(std::pair{path, password}, made);
  return made;
}

std::vector<lib::tls::CertificateLine> Library::lines_of(const std::vector<Presented>& presented) const {
  std::vector<lib::tls::CertificateLine> lines;
  lines.reserve(presented.size());
  for (const Presented& each : presented) {
    auto certificate = find(each.certificate);
    if (certificate == nullptr || !certificate->is_whole()) continue;
    std::vector<std::string> filters = each.filters;
    if (each.is_for_others) {
      if (filters.empty()) filters = certificate->names();
      filters.emplace_back("*");
    }
    lines.push_back({std::move(certificate), std::move(filters), each.is_default, each.settings});
  }
  return lines;
}

bool Library::is_used(const std::string& name) const {
  for (const Listener& listener : listeners)
    for (const Presented& each : listener.lines)
      if (each.certificate == name) return true;
  for (const auto& [list, lines] : entries)
    for (const ListEntry& each : lines)
      if (each.certificate == name) return true;
  return std::any_of(servers.begin(), servers.end(), [&](const BackUser& each) { return each.presents(name); });
}

void Library::add_empty(const std::string& name) {
  certificates_.emplace(name, nullptr);
  made_.insert(name);
}

void Library::remove(const std::string& name) {
  certificates_.erase(name);
  made_.erase(name);
}

std::string Library::rebuild(Changes changed, Trust trust) {
  std::vector<std::pair<std::size_t, std::shared_ptr<const lib::tls::ServerTable>>> tables;
  std::vector<std::pair<std::size_t, std::shared_ptr<const lib::tls::ClientContext>>> contexts;
  for (const auto& [index, lines] : changed.listeners) {
    auto table = listeners[index].context->make_table(lines_of(lines ? *lines : listeners[index].lines), trust);
    if (!table) return listeners[index].fault_text(listeners[index].explain(table.error()));
    tables.emplace_back(index, std::move(*table));
  }
  for (const auto& [index, settings] : changed.servers) {
    auto context = lib::tls::ClientContext::make(settings, finder());
    if (!context) return servers[index].fault_text(servers[index].explain(context.error(), settings));
    contexts.emplace_back(index, std::move(*context));
  }
  for (auto& [index, table] : tables) {
    listeners[index].context->use(std::move(table));
    if (auto& lines = changed.listeners.at(index)) listeners[index].lines = std::move(*lines);
  }
  for (const auto& [index, context] : contexts) {
    servers[index].context->change_to(*context);
    servers[index].settings = std::move(changed.servers.at(index));
  }
  return {};
}

std::string Library::replace(const std::string& name, std::shared_ptr<const lib::tls::Certificate> certificate, std::size_t& places) {
  return replace_all({{name, std::move(certificate)}}, places);
}

std::string Library::replace_all(Certificates wanted, std::size_t& places) {
  Changes changed;
  places = 0;
  for (std::size_t i = 0; i < listeners.size(); ++i)
    for (const Presented& each : listeners[i].lines) {
      if (!wanted.contains(each.certificate)) continue;
      ++places;
      changed.listeners.emplace(i, std::nullopt);
    }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto& presented = servers[i].settings.certificate;
    const auto found = presented != nullptr ? wanted.find(presented->path()) : wanted.end();
    if (found == wanted.end()) continue;
    ++places;
    changed.servers.emplace(i, servers[i].settings).first->second.certificate = found->second;
  }
  const auto swap_all = [&] {
    for (auto& [name, certificate] : wanted) certificates_[name].swap(certificate);
  };
  swap_all();
  std::string fault = rebuild(std::move(changed));
  if (!fault.empty()) swap_all();
  else
    for (const auto& [name, certificate] : wanted) changed_.insert(name);
  return fault;
}

std::string Listener::fault_text(std::string_view what) const {
  return "Proxy '" + proxy + "': " + std::string{what} + " for bind '" + address + "' at [" + place + "].";
}

std::string BackUser::fault_text(std::string_view what) const {
  return "Proxy '" + proxy + "': " + std::string{what} + " for server '" + server + "' at [" + place + "].";
}

std::string Library::add_entry(const std::string& list, ListEntry entry) {
  Changes changed;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const Listener& listener = listeners[i];
    const auto uses = std::any_of(listener.lists.begin(), listener.lists.end(), [&](const std::string& each) { return each == list; });
    if (!uses) continue;
    Presented line{entry.certificate, entry.filters, {}, false, {list, entry.line}};
    if (!entry.settings.empty()) {
      lib::tls::ServerSettings settings;
      if (std::string fault = listener.settle(entry.settings, settings); !fault.empty()) return listener.fault_text(fault);
      line.settings = std::make_shared<const lib::tls::ServerSettings>(std::move(settings));
    }
    auto lines = listener.lines;
    lines.push_back(std::move(line));
    changed.listeners.emplace(i, std::move(lines));
  }
  std::string fault = rebuild(std::move(changed));
  if (fault.empty()) {
    entries[list].push_back(std::move(entry));
    changed_lists_.insert(list);
  }
  return fault;
}

std::string Library::remove_entry(const std::string& list, std::size_t index) {
  std::vector<ListEntry>& all = entries[list];
  const ListEntry& entry = all[index];
  Changes changed;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto lines = listeners[i].lines;
    const auto count = std::erase_if(lines, [&](const Presented& each) {
      return each.origin.list == list && each.origin.line == entry.line && each.certificate == entry.certificate;
    });
    if (count != 0) changed.listeners.emplace(i, std::move(lines));
  }
  std::string fault = rebuild(std::move(changed));
  if (fault.empty()) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
    changed_lists_.insert(list);
  }
  return fault;
}

}  // namespace proxyd::certificates
