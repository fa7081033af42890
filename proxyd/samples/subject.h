// What expressions look at. Implemented by the streams; fakes implement it in tests. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/http/message.h"
#include "lib/tls/certificate_facts.h"
#include "proxyd/patterns/table.h"
#include "proxyd/samples/value.h"
#include "proxyd/samples/variables.h"

namespace proxyd::samples {

struct Arguments;

/// What only the subject knows. Each is one fetch, named in the table of fetches_facts.cc.
enum class Fact : std::uint8_t {
  None,
  // the client's connection
  Source, SourcePort, Destination, DestinationPort, RealSource, RealSourcePort, RealDestination, RealDestinationPort,
  SourceIsLocal, DestinationIsLocal, ReceivedProxy, ProxyAuthority, ProxyUniqueId, ProxyTlv, Rtt, RttVariation, Retransmits, Lost, Unacked, Sacked, Fackets,
  Reordering, FrontHttpMajor, FrontError, FrontErrorText, SocketId, SocketName, FrontendId, FrontendName, FrontendDefault,
  FrontendTimeout, FrontendTarpitTimeout, RealSourceIsLocal, RealDestinationIsLocal, DestinationConnections, AcceptDate, RequestDate, HandshakeTime, FrontTotalTime, ClientTimeout,
  // the backend and its server
  BackendId, BackendName, BackendTarpitTimeout, BackError, BackErrorText, BackendServerTimeout, BackendTunnelTimeout, BackendConnectTimeout, BackendQueueTimeout,
  ServerTimeout, TunnelTimeout, ConnectTimeout, QueueTimeout, ServerId, ServerName, BackSource, BackSourcePort, BackDestination,
  BackDestinationPort, BackHttpMajor, BackReused, BackConnectTime, BackendQueuePosition, ServerQueuePosition,
  // the request and its response as a whole
  Status, ServerStatus, ActiveTime, UserTime, Number, Termination, Retries, Redispatched, IdleTime, HeadTime, WholeRequestTime,
  QueueTime, ResponseTime, DataTime, FirstRequest, UniqueId, BytesFromClient, BytesToServer, BytesFromServer, BytesToClient,
  BackRtt, BackRttVariation, TarpitTimeout, PriorityClass, PriorityOffset, LastRuleFile, LastRuleLine, LastRule, WaitingRule,
  CapturedRequestHeader, CapturedResponseHeader, CapturedMethod, CapturedUri, CapturedVersion, CapturedResponseVersion,
  // the process
  ActiveConnections, ProcessId, ProcessNumber, ProcessCount, ThreadNumber, ThreadGroup, Uptime, Stopping, HostName,
  // proxies and servers by name
  UsableServers, BackendConnections, BackendConnectionsFree, BackendRate, ConnectionSlots, Queue, AverageQueue,
  FrontendConnections, FrontendRequestRate, FrontendRate, ServerConnections, ServerConnectionsFree, ServerIsUp,
  ServerQueue, ServerRate, ServerWeight, ServerInitialWeight, ServerUserWeight, FrontendExists,
  // the client's TLS
  TlsFront, TlsHasServerName, TlsServerName, TlsVersion, TlsCipher, TlsProtocol, TlsResumed, TlsSessionId, TlsUsedBits,
  TlsAlgorithmBits, ClientCertificateSeen, ClientCertificateShown, ClientCertificateVerdict, ClientCertificateFault,
  ClientAuthorityFault, ClientAuthorityDepth, TlsFault, TlsFaultText, TlsEarly, TlsEarlyReceived, TlsNextProtocol,
  TlsClientRandom, TlsServerRandom, TlsSessionKey, TlsUniqueId, TlsGroup,
  TlsHelloVersion, TlsHelloCiphers, TlsHelloCiphersHex, TlsHelloCipherNames, TlsHelloCipherHash, TlsHelloExtensions, TlsHelloGroups,
  TlsHelloPointFormats, TlsHelloSignatures, TlsHelloVersions,
  TlsClientEarlySecret, TlsClientHandshakeSecret, TlsServerHandshakeSecret, TlsClientSecret, TlsServerSecret, TlsExporterSecret,
  TlsEarlyExporterSecret,
  // the server's
  ServerTls, ServerTlsAlgorithmBits, ServerTlsProtocol, ServerTlsCipher, ServerTlsClientRandom, ServerTlsError, ServerTlsErrorText, ServerTlsResumed,
  ServerTlsVersion, ServerTlsServerRandom, ServerTlsSessionId, ServerTlsSessionKey, ServerTlsServerName, ServerTlsUniqueId, ServerTlsUsedBits,
};

/// Whose certificate a fetch asks about: the client's, the one that we showed the client, the server's.
enum class CertificateOwner : std::uint8_t { Client, Front, Server };

/// A proxy or server that an expression names; resolved when all of them are known.
struct Reference {
  enum class Kind : std::uint8_t { Backend, Frontend, Server, UserList } kind = Kind::Backend;
  std::string text;            // as written; empty: the present one
  std::string used_by;         // "ACL keyword 'nbsrv'", for the message
  std::string place;           // "file:line"
  std::size_t argument = 1;    // which one of the keyword's
  std::size_t owner = SIZE_MAX;  // the proxy that it stands in
  std::int32_t proxy = -1;     // its index; -1: none named
  std::int32_t server = -1;
};

class Subject {
 public:
  // What is there of the messages, asked without a call; null until it is.
  const lib::http::RequestHead* request_head = nullptr;
  const lib::http::ResponseHead* response_head = nullptr;

  virtual ~Subject() = default;
  /// False: there is no such thing here and now. `number` is the fetch's argument where it has one. Text may be made in
  /// the arena.
  virtual bool fact(Fact which, std::int64_t number, Sample& out, Arena& arena) const = 0;
  /// The same about TLS.
  virtual bool tls_fact(Fact /*which*/, const Arguments& /*arguments*/, Sample& /*out*/, Arena& /*arena*/) const { return false; }
  /// What a certificate says; its version where `part` is missing.
  virtual bool certificate_fact(CertificateOwner /*whose*/, std::optional<lib::tls::CertificatePart> /*part*/,
                                const lib::tls::NameQuestion& /*question*/, Sample& /*out*/, Arena& /*arena*/) const { return false; }
  /// The same about a proxy or server; `reference` null or unnamed: the present one.
  virtual bool object_fact(Fact which, const Reference* reference, Sample& out) const = 0;
  /// By a name known only now ("bk", "bk/s1"), for converters.
  virtual bool named_fact(Fact which, std::string_view name, Sample& out) const = 0;
  /// What was received of a message's body and waits to be passed on, without its chunk framing. `whole`: it is all there.
  virtual std::string_view body(bool of_response, Arena& arena, bool& whole) const = 0;
  /// What was received and waits, for inspection below HTTP. `whole`: no more will come.
  virtual std::string_view buffer(bool of_response, bool& whole) const = 0;
  /// Microseconds since 1970.
  virtual std::int64_t now_us() const = 0;
  /// The variables of a scope other than Process; null where there are none (a response before there is one).
  virtual VariableStore* variables(Scope scope) const = 0;
  virtual ProcessVariables* process_variables() const = 0;
  /// Stores text in a header capture's slot (the capture-req and capture-res converters).
  /// False: there is no such slot.
  virtual bool capture(bool of_response, std::uint32_t slot, std::string_view text) const = 0;
  /// The client takes us for its proxy: that is whom it tells its password to.
  virtual bool is_asked_as_proxy() const { return false; }
  /// A line of the debug converter: for a ring, "stdout" or "stderr".
  virtual void tell(std::string_view /*sink*/, std::string_view /*line*/) const {}
  /// Whether the user list knows that user with that password.
  virtual bool is_user(const Reference& list, std::string_view user, std::string_view password) const = 0;
  /// The `index`th group of the user, from 0 on; null data: there are no more.
  virtual std::string_view group_of(const Reference& list, std::string_view user, std::size_t index) const = 0;
};

/// Room and randomness for evaluations; a thread has one.
struct Scratch {
  Arena arena;
  patterns::Workspace workspace;
  std::uint64_t random_state = 0x9e3779b97f4a7c15U;  // to be seeded
  std::uint64_t random();
};

}  // namespace proxyd::samples
