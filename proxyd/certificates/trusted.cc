// What "ca-file" and "crl-file" name: read once, changed at run time.
#include <algorithm>

#include "proxyd/certificates/library.h"

namespace proxyd::certificates {

using lib::tls::Authorities;
using lib::tls::TrustFile;

namespace {

bool names(const lib::tls::ServerSettings& settings, TrustFile kind, const std::string& name) {
  if (kind == TrustFile::Revocations) return settings.crl_file == name;
  return settings.ca_file == name || settings.ca_verify_file == name;
}

/// Where nothing is verified, nobody asks the file.
bool names(const lib::tls::BackSettings& settings, TrustFile kind, const std::string& name) {
  return settings.verifies && (kind == TrustFile::Revocations ? settings.crl_file : settings.ca_file) == name;
}

/// How many of its lines do.
std::size_t count_lines(const Listener& listener, TrustFile kind, const std::string& name) {
  const lib::tls::ServerSettings& own = listener.context->settings();
  const auto count = std::count_if(listener.lines.begin(), listener.lines.end(), [&](const Presented& each) {
    return names(each.settings ? *each.settings : own, kind, name);
  });
  return static_cast<std::size_t>(count);
}

}  // namespace

lib::base::Result<std::shared_ptr<const Authorities>> Library::load_trusted(TrustFile kind, const std::string& path) {
  Trusted& known = files_of(kind).by_name;
  if (const auto found = known.find(path); found != known.end()) return found->second;
  auto loaded = Authorities::load(path);
  if (loaded) known.emplace(path, *loaded);
  return loaded;
}

std::shared_ptr<const Authorities> Library::find_trusted(TrustFile kind, const std::string& name) const {
  const auto found = trusted(kind).find(name);
  return found == trusted(kind).end() ? nullptr : found->second;
}

lib::tls::FindAuthorities Library::finder() const {
  return [this](TrustFile kind, const std::string& name) { return find_trusted(kind, name); };
}

bool Library::is_trusted(TrustFile kind, const std::string& name) const {
  if (std::any_of(servers.begin(), servers.end(), [&](const BackUser& each) { return names(each.settings, kind, name); })) return true;
  return std::any_of(listeners.begin(), listeners.end(), [&](const Listener& each) {
    return names(each.context->settings(), kind, name) || count_lines(each, kind, name) != 0;
  });
}

void Library::remove_trusted(TrustFile kind, const std::string& name) { files_of(kind).by_name.erase(name); }

std::string Library::replace_trusted(TrustFile kind, const std::string& name, std::shared_ptr<const Authorities> content,
                                     std::size_t& places) {
  Changes changed;
  places = 0;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    const std::size_t count = count_lines(listeners[i], kind, name);
    places += count;
    if (count != 0 || names(listeners[i].context->settings(), kind, name)) changed.listeners.emplace(i, std::nullopt);
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (!names(servers[i].settings, kind, name)) continue;
    ++places;
    changed.servers.emplace(i, servers[i].settings);
  }
  std::shared_ptr<const Authorities>& held = files_of(kind).by_name[name];
  held.swap(content);
  std::string fault = rebuild(std::move(changed), Trust::Renewed);
  if (!fault.empty()) held.swap(content);
  else files_of(kind).changed.insert(name);
  return fault;
}

}  // namespace proxyd::certificates
