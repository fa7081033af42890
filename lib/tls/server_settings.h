// What a listener allows its clients, as the configuration says it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/tls/agreement.h"
#include "lib/tls/notes.h"

namespace lib::tls {

enum class VerifyPeer : std::uint8_t { No, Optional, Required };

class Forger;
class TicketKeys;

/// X509_V_ERR_... that do not end a handshake.
struct VerifyFaults {
  bool all = false;
  std::vector<int> codes{};
  bool contain(int code) const { return all || std::find(codes.begin(), codes.end(), code) != codes.end(); }
  bool operator==(const VerifyFaults&) const = default;
};

/// Texts are OpenSSL's lists; empty: the library's.
struct ServerSettings {
  std::string ciphers{};       // up to TLS 1.2
  std::string ciphersuites{};  // TLS 1.3
  std::string curves{};
  std::string signatures{}, client_signatures{};
  std::vector<std::string> alpn{};  // in the order of preference; none: no answer to the client's
  Version min_version = Version::Tls12, max_version = Version::Tls13;
  std::vector<Version> disabled{};  // between the two
  VerifyPeer verify = VerifyPeer::No;
  std::string ca_file{}, crl_file{};  // of clients' certificates
  std::string ca_verify_file{};       // more whose signatures count, without a word about them in the handshake
  bool no_ca_names = false;           // nor about those of ca_file
  VerifyFaults ignored_authority_faults{}, ignored_certificate_faults{};
  std::string named_curve{};          // "ecdhe": where no curves are given
  std::shared_ptr<TicketKeys> ticket_keys{};  // null: of the library's making
  int security_level = -1;            // -1: the library's
  std::uint32_t max_record = 0;       // bytes; 0: as many as TLS allows
  std::string dh_file{};              // Diffie-Hellman parameters
  bool makes_dh = false;              // where there are none: as large as the key asks for
  bool prefer_client_ciphers = false;
  bool no_tickets = false;
  bool strict_sni = false;  // a name that no certificate is good for ends the handshake
  std::shared_ptr<const Forger> forger{};  // of certificates for names that nobody has one for; null: nobody makes them
  std::uint32_t cached_sessions = 20000;
  std::uint32_t lifetime_s = 7200;  // of sessions
  /// Bytes that a client who comes again may say before the end of the handshake (TLS 1.3); 0: none. Each session is good for
  /// one such beginning, so that what somebody recorded is not taken a second time.
  std::uint32_t early_data = 0;
  NoteSettings notes{};
  bool operator==(const ServerSettings&) const = default;
};

}  // namespace lib::tls
