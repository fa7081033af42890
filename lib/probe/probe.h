// A health check as a list of steps: connect, TLS, send, expect. The steps are data; run() carries them out on a loop.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/base/time.h"
#include "lib/event/task.h"
#include "lib/event/wait.h"
#include "lib/net/address.h"

namespace lib::net {
class Namespace;
}

namespace lib::tls {
class ClientContext;
}

namespace lib::probe {

class BodyPattern;

/// Opens the connection that the steps after it use.
struct Connect {
  enum class Transport : std::uint8_t { Stream, Datagram, Ping };  // Ping: an unprivileged ICMP socket
  net::Endpoint where;
  net::Address source;          // AF_UNSPEC: the system's choice
  std::string interface;        // SO_BINDTODEVICE, when not empty
  std::uint32_t fwmark = 0;     // SO_MARK; 0: none
  std::shared_ptr<const net::Namespace> name_space;  // null: our own
  Transport transport = Transport::Stream;
  bool reset_on_close = false;  // end with a reset: a check that only connects leaves no TIME_WAIT behind
};

/// Everything after it goes through TLS. The handshake must be over when the connection must be.
struct StartTls {
  std::shared_ptr<const tls::ClientContext> context;
  std::string sni;              // empty: none
  std::string verified_name;    // that its certificate must be good for, where the context verifies; empty: any
  std::string alpn;             // in place of the context's, as the extension has it; empty: the context's
};

/// The PROXY protocol's line (version 1), with this end of the connection as the client.
struct SendProxyLine {};

/// From here on the text of HTTP/1 goes as one stream of HTTP/2.
struct SpeakHttp2 {
  bool only_if_agreed = false;  // else HTTP/1 where TLS's ALPN did not choose it
  bool is_needed = false;       // fails where ALPN chose something else
};

/// On a datagram socket one datagram, which may be empty.
struct Send {
  std::string bytes;
};

/// Waits for a record of TLS: a hello or an alert.
struct ExpectTlsRecord {};

/// Reads the head of an HTTP response.
struct ExpectHttpStatus {
  int lowest = 200;
  int highest = 399;
};

/// Is shown what comes in, for genhash: the body as far as Content-Length promises.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void on_head(std::string_view bytes) = 0;
  virtual void on_body(std::string_view bytes) = 0;
};

/// Reads an HTTP response until the connection ends, as keepalived does, and judges the page.
struct ExpectHttpPage {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> statuses;  // inclusive ranges; none: any status will do
  std::optional<std::array<std::uint8_t, 16>> digest;             // MD5 of the body, as far as Content-Length promises
  std::shared_ptr<const BodyPattern> pattern;
  bool pattern_must_match = true;   // else: must not
  bool wants_goodbye = false;       // TLS without close_notify fails
  bool wants_digest = false;        // Report::digest, whatever it is
  Tap* tap = nullptr;
};

/// Reads the answer of gRPC's health check: HTTP/2 must be spoken.
struct ExpectGrpcHealth {};

/// Reads one SMTP reply.
struct ExpectSmtp {
  unsigned code = 0;                // 0: any
};

/// Waits for the answer to the query with this id.
struct ExpectDns {
  std::uint16_t id = 0;
};

/// Waits for one datagram.
struct ExpectDatagram {
  std::vector<std::uint8_t> bytes, mask;        // of one length; what both have is compared, where the mask has bits
  std::size_t smallest = 0, largest = 65535;    // these count only where `bytes` is not empty
};

/// Passes when nothing comes in time, or anything but an error.
struct ExpectNoError {};

/// Waits for the ICMP echo reply with this sequence number.
struct ExpectEcho {
  std::uint16_t sequence = 0;
};

using Step = std::variant<Connect, StartTls, SendProxyLine, Send, ExpectHttpStatus, ExpectHttpPage, ExpectSmtp, ExpectDns,
                          ExpectDatagram, ExpectNoError, ExpectEcho, SpeakHttp2, ExpectTlsRecord, ExpectGrpcHealth>;

struct Plan {
  std::vector<Step> steps;
  base::Duration whole{};       // for all steps together; zero: no limit
  base::Duration connecting{};  // for the connection; zero: only `whole`
  base::Duration answering{};   // from the connection to the end; zero: only `whole`
};

enum class Outcome : std::uint8_t {
  Passed,
  NotStarted,       // this system has no socket left
  BindFailed,       // the source address, interface or mark cannot be used
  SocketError,      // the system failed, or the connection broke
  ConnectFailed,
  ConnectTimeout,
  TlsFailed,
  TlsTimeout,
  AnswerTimeout,
  NoAnswer,         // the connection ended without a byte
  InvalidAnswer,    // not what the protocol allows, or the end before an answer
  WrongStatus,      // HTTP, gRPC, SMTP or DNS: Report::code
  WrongDigest,
  WrongBody,        // the pattern, or the datagram's bytes or size
  NoGoodbye,        // TLS ended without close_notify
};

struct Report {
  Outcome outcome = Outcome::Passed;
  bool has_shaken = false;   // TLS was agreed on
  bool is_other_name = false;  // TlsFailed: the certificate is for others
  bool has_answer = false;   // passed by what the server answered, not only by connecting
  bool has_begun = false;    // something came in
  int code = 0;              // HTTP or gRPC status, SMTP reply code or DNS RCODE; 0: none
  int system_error = 0;      // errno, with SocketError; 0: not from the system
  std::size_t step = 0;      // the one that failed
  base::Duration took{};
  std::string info;          // the system's error, the reason phrase of a wrong status, or what is wrong with gRPC's; may be empty
  // Of ExpectHttpPage:
  std::optional<std::uint64_t> promised;  // Content-Length
  std::uint64_t received = 0;             // bytes of the body
  std::optional<std::array<std::uint8_t, 16>> digest;
};

/// Carries out a plan, which the caller keeps until then. Uses `waiter` for every wait; ends by itself within the
/// plan's limits. Closes its connection.
event::Task<Report> run(const Plan& plan, event::Waiter& waiter);

}  // namespace lib::probe
