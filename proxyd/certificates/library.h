// Every certificate and list of certificates that the configuration names, and who presents them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/tls/authorities.h"
#include "lib/tls/client_context.h"
#include "lib/tls/forger.h"
#include "lib/tls/server_context.h"
#include "lib/tls/ticket_keys.h"
#include "proxyd/certificates/crt_list_text.h"

namespace proxyd::certificates {

/// Where a listener's certificate is from: a line of a list or a directory, or the "bind" line itself (no list).
struct Origin {
  std::string list;
  std::size_t line = 0;
};

/// A certificate as one listener presents it.
struct Presented {
  std::string certificate;  // its name in the library
  std::vector<std::string> filters;
  std::shared_ptr<const lib::tls::ServerSettings> settings;  // where its line says otherwise than the listener; null: nowhere
  bool is_default = false;
  Origin origin{};
  bool is_for_others = false;  // beside its names: for whoever asks for nobody else, said with "default-crt"
};

struct Listener {
  std::string proxy, address, place;  // its names in messages
  std::shared_ptr<const lib::tls::ServerContext> context;
  std::vector<Presented> lines;
  std::vector<std::string> lists;  // and directories that it presents
  /// A list's settings on top of what the "bind" line says; what is wrong with them, or an empty text.
  std::function<std::string(const std::vector<CrtListLine::Setting>&, lib::tls::ServerSettings&)> settle;
  /// Words for what OpenSSL refuses.
  std::string (*explain)(const lib::tls::SettingFault& fault) = nullptr;
  std::string fault_text(std::string_view what) const;
};

/// TLS of a "server" line, where it names any files.
struct BackUser {
  std::string proxy, server, place;  // its names in messages
  std::shared_ptr<const lib::tls::ClientContext> context;
  lib::tls::BackSettings settings;  // as they are now
  std::string (*explain)(const lib::tls::SettingFault& fault, const lib::tls::BackSettings& settings) = nullptr;
  bool presents(const std::string& name) const { return settings.certificate != nullptr && settings.certificate->path() == name; }
  std::string fault_text(std::string_view what) const;
};

/// A line of a list as it is now; a bundle's name stands for the files that were found.
struct ListEntry {
  std::string certificate;
  std::size_t line = 0;
  bool has_brackets = false;
  std::vector<CrtListLine::Setting> settings;
  std::vector<std::string> filters;
};

/// What "global" says of TLS on listeners, beside config::TlsDefaults.
struct Tuning {
  lib::tls::CompanionFiles companions;
  bool has_bundles = true;
  std::uint32_t cached_sessions = 20000;
  std::uint32_t lifetime_s = 7200;
  std::uint32_t max_record = 0;       // bytes sent to clients at once; 0: as many as TLS allows
  int security_level = -1;            // -1: the library's
  bool makes_dh = false;
  std::uint32_t forged_certificates = 1000;  // that are kept
  std::string dh_file, bind_signatures, bind_client_signatures;
};

class Library {
 public:
  Tuning tuning;

  using LoadedCertificate = lib::base::Result<std::shared_ptr<const lib::tls::Certificate>>;
  /// The certificate of that path, read once for all who name it. Who names its parts must name the same as whoever did before.
  LoadedCertificate load(const std::string& path, const lib::tls::NamedFiles& parts = {});
  /// The same for a line that is a pattern for others ("default-server"): it is known here only when one of them keeps it.
  LoadedCertificate read(const std::string& path) const;
  void keep(std::shared_ptr<const lib::tls::Certificate> certificate);
  /// Another name that the configuration may use for one: "@/a.pem" for a file of the store without a name.
  void refer(const std::string& reference, const std::string& name) { references_.emplace(reference, name); }
  /// The name behind a reference, or the reference itself.
  const std::string& resolve(const std::string& reference) const;
  /// Null: there is none of that name.
  std::shared_ptr<const lib::tls::Certificate> find(const std::string& name) const;

  /// A "crt-list" file, read once. Null: it cannot be opened, `fault` says why.
  const CrtList* read_list(const std::string& path, const std::vector<CrtListOption>& options, std::string& fault);

  /// With the certificates that the names stand for now.
  std::vector<lib::tls::CertificateLine> lines_of(const std::vector<Presented>& presented) const;

  /// The keys of a "tls-ticket-keys" file, read once. Errors are worded as haproxy does.
  lib::base::Result<std::shared_ptr<lib::tls::TicketKeys>> ticket_keys(const std::string& path);

  /// Who signs in the name of the authority in "ca-sign-file", the same for all who name it. `password`: of its key, may be empty.
  lib::base::Result<std::shared_ptr<const lib::tls::Forger>> forger(const std::string& path, const std::string& password);

  /// What a "ca-file" or "crl-file" holds, read once.
  lib::base::Result<std::shared_ptr<const lib::tls::Authorities>> load_trusted(lib::tls::TrustFile kind, const std::string& path);
  /// Null: there is none of that name.
  std::shared_ptr<const lib::tls::Authorities> find_trusted(lib::tls::TrustFile kind, const std::string& name) const;

  lib::tls::FindAuthorities finder() const;

  std::vector<Listener> listeners;
  std::vector<BackUser> servers;
  std::map<std::string, bool> ocsp_updates;  // "ocsp-update", where others than lists' lines say it, by certificate
  std::map<std::string, std::vector<ListEntry>> entries;  // by the list's file, or the directory
  const std::map<std::string, std::shared_ptr<const lib::tls::Certificate>>& certificates() const { return certificates_; }
  const std::map<std::string, std::shared_ptr<lib::tls::TicketKeys>>& all_ticket_keys() const { return ticket_keys_; }

  // ---- at run time, on the thread of the runtime API

  struct Transaction {
    std::string name;
    std::shared_ptr<const lib::tls::Certificate> certificate;
  };
  std::optional<Transaction> transaction;
  struct TrustTransaction {
    std::string name;
    std::shared_ptr<const lib::tls::Authorities> content;
  };
  using Trusted = std::map<std::string, std::shared_ptr<const lib::tls::Authorities>>;
  std::optional<TrustTransaction>& transaction_of(lib::tls::TrustFile kind) { return files_of(kind).transaction; }
  const std::optional<TrustTransaction>& transaction_of(lib::tls::TrustFile kind) const { return files_of(kind).transaction; }
  const Trusted& trusted(lib::tls::TrustFile kind) const { return files_of(kind).by_name; }
  bool is_trusted(lib::tls::TrustFile kind, const std::string& name) const;
  void add_trusted(lib::tls::TrustFile kind, const std::string& name) {
    files_of(kind).by_name.emplace(name, nullptr);
    files_of(kind).changed.insert(name);
  }
  void remove_trusted(lib::tls::TrustFile kind, const std::string& name);
  /// As replace().
  std::string replace_trusted(lib::tls::TrustFile kind, const std::string& name, std::shared_ptr<const lib::tls::Authorities> content,
                              std::size_t& places);

  bool is_used(const std::string& name) const;
  void add_empty(const std::string& name);
  void remove(const std::string& name);
  /// Puts the certificate in the place of that name's, with every listener and server that presents it: on all, or, when one
  /// cannot, on none. `places`: how many lines present it. What is wrong, or an empty text.
  std::string replace(const std::string& name, std::shared_ptr<const lib::tls::Certificate> certificate, std::size_t& places);
  using Trust = lib::tls::ServerContext::Trust;
  /// Listeners whose tables are made anew, by their index, where there are changed lines with those; servers with the settings
  /// of their new contexts.
  struct Changes {
    std::map<std::size_t, std::optional<std::vector<Presented>>> listeners{};
    std::map<std::size_t, lib::tls::BackSettings> servers{};
  };
  /// On all or none. What is wrong, or an empty text.
  std::string rebuild(Changes changed, Trust trust = Trust::AsBefore);
  /// Another line at the end of a list. What is wrong, or an empty text.
  std::string add_entry(const std::string& list, ListEntry entry);
  /// Takes the list's entry at that index out.
  std::string remove_entry(const std::string& list, std::size_t index);

  /// Files that were read, each with a hash of what was in it.
  using Files = std::map<std::string, std::uint64_t>;
  /// This library's configuration takes the place of that of `before`; `then` and `now` were read for them. What was changed at run time
  /// stays where its files have not changed: certificates, authorities, lists' lines, ticket keys. What could not stay, and why.
  std::vector<std::string> take_over(const Library& before, const Files& then, const Files& now);

 private:
  struct TrustFiles {
    Trusted by_name;  // null: empty, made at run time
    std::set<std::string> changed;  // at run time, or made then
    std::optional<TrustTransaction> transaction;
  };
  TrustFiles& files_of(lib::tls::TrustFile kind) { return kind == lib::tls::TrustFile::Authorities ? authorities_ : revocations_; }
  const TrustFiles& files_of(lib::tls::TrustFile kind) const {
    return kind == lib::tls::TrustFile::Authorities ? authorities_ : revocations_;
  }
  using Certificates = std::map<std::string, std::shared_ptr<const lib::tls::Certificate>>;
  /// As replace(), with one new table for each listener however many certificates change.
  std::string replace_all(Certificates wanted, std::size_t& places);
  bool are_files_same(const std::string& name, const Files& then, const Files& now) const;
  void take_over_list(const std::string& list, const Library& before, std::vector<std::string>& faults);
  TrustFiles authorities_, revocations_;
  std::set<std::string> made_, changed_, changed_lists_;  // at run time: certificates, and lists
  std::map<std::string, std::shared_ptr<const lib::tls::Certificate>> certificates_;
  std::map<std::string, lib::tls::NamedFiles> parts_;  // of certificates, where any were named
  std::map<std::string, std::string> references_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const lib::tls::Forger>> forgers_;  // by file and password
  std::map<std::string, CrtList> lists_;
  std::map<std::string, std::shared_ptr<lib::tls::TicketKeys>> ticket_keys_;
};

}  // namespace proxyd::certificates
