// A stream: one request and its response, or one TCP relay. What every kind needs to reach a server and to be counted and
// logged.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/net/socket.h"
#include "proxyd/logs/record.h"
#include "proxyd/rules/action.h"
#include "proxyd/samples/expression.h"
#include "proxyd/servers/backend.h"
#include "proxyd/session/front.h"
#include "proxyd/session/pace.h"
#include "proxyd/session/persistence.h"

namespace proxyd::session {

/// One of a server's slots, given back when the stream lets go of it.
class Slot {
 public:
  Slot() = default;
  ~Slot() { reset(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  void hold(servers::Backend& backend, servers::Server& server, const lib::event::Loop& loop) {
    reset();
    backend_ = &backend;
    server_ = &server;
    loop_ = &loop;
  }
  void reset() {
    if (server_ != nullptr) backend_->release(*server_, loop_->now());
    server_ = nullptr;
  }
  servers::Server* server() const { return server_; }

 private:
  servers::Backend* backend_ = nullptr;
  servers::Server* server_ = nullptr;
  const lib::event::Loop* loop_ = nullptr;
};

enum class SendState : std::uint8_t { Done, Blocked, Failed };

/// What a client is found doing while it should be waiting.
enum class ClientState : std::uint8_t {
  Here,
  Unknown,  // it sent more than we keep: whether it closes cannot be seen any more
  Closed,
  Broken,   // reset
};

/// Slots of what a stream keeps beside its variables: captured headers, its unique id.
inline constexpr std::uint32_t kResponseSlots = 0x10000, kUniqueIdSlot = 0x20000, kHintSlot = 0x20003;

class Stream : public samples::Subject, public rules::Actor {
 public:
  explicit Stream(Front& client) : front{client} {}
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Front& front;
  servers::Backend* backend = nullptr;
  Slot slot;
  BackPtr back;
  std::unique_ptr<lib::tls::ClientLayer> tried_tls;  // of an attempt that came to nothing, for the log
  bool tls_failed = false;                           // the handshake did, not the connection
  bool told_early = false;                           // the server hears that the request came before the end of the client's handshake
  bool spoke_early = false;                          // the opening went out before the end of the handshake
  servers::Server* server = nullptr;  // chosen last; stays for the log when the slot is gone

  // When each step ended; Instant{} until it has.
  Instant began{}, head_done{}, queue_done{}, connected{}, answered{};
  std::uint32_t retries = 0;
  bool redispatched = false;
  std::uint32_t queue_position = 0, server_queue_position = 0;
  std::uint64_t bytes_to_client = 0, bytes_from_client = 0;
  std::uint64_t counted_to_client = 0, counted_from_client = 0;  // see count_bytes()
  std::array<char, 2> termination{'-', '-'};  // as the log shows it; the first cause stays
  bool reused_connection = false;
  Affinity affinity;
  std::optional<servers::PickKey> pick_key;  // once it has been asked for
  lib::net::Address back_source, back_destination;  // only for logs that show them
  Throttle request_throttle, response_throttle;     // unset: as fast as it goes

  /// Whether the client asks for a WebSocket.
  virtual bool is_websocket() const { return false; }
  /// Whether there is an opening.
  virtual bool has_opening() const { return false; }
  /// Sends what opens the conversation with the server (a request head), from where it stopped. Failed leaves errno.
  virtual SendState send_opening() { return SendState::Done; }
  /// What a hashing algorithm of the backend looks at, as a view or in `made`; nothing where there is no such thing.
  virtual std::optional<std::string_view> balance_text(std::string& made) = 0;
  /// Forgets what was sent of it: another connection begins.
  virtual void rewind_opening() {}

  /// Its number among the process's requests and relays, from 0: what %rt logs and -d shows. The first call takes it.
  std::uint32_t number();
  /// Whether a client that leaves while the server is sought or thinks ends the stream.
  virtual bool watches_client() const = 0;
  /// After its descriptor became readable: takes what it sent into a buffer, if there is one for that.
  virtual ClientState look_at_client() = 0;

  void set_backend(servers::Backend& chosen);
  /// Stops being counted as one that uses backend and server; they stay known for the log.
  void release_backend();
  void end_as(char cause, char when) {
    if (termination[0] == '-') termination = {cause, when};
  }
  servers::Cell& front_cell() { return front.counters(); }
  /// Whose bytes and refusals they are: the backend's, and before there is one those of a listen section. Null: a frontend's alone.
  servers::Backend* counted_backend() const { return backend != nullptr ? backend : front.frontend->own_backend; }
  /// Whether what answers belongs to the proxy that listens.
  bool is_at_front() const { return backend == nullptr || &backend->conf == &front.conf(); }
  servers::Cell& back_cell() { return backend->counters.of(front.worker.index); }
  servers::Cell& server_cell() { return server->counters.of(front.worker.index); }
  Instant now() const { return front.now(); }
  /// What rules said, else what the configuration says.
  Duration timeout_or(std::int64_t rules::Handling::*which, Duration configured) const {
    return handling.*which != 0 ? Duration{handling.*which} : configured;
  }
  std::uint32_t retries_allowed() const {
    return handling.retries >= 0 ? static_cast<std::uint32_t>(handling.retries) : back_conf().retries;
  }
  /// How long a tarpitted request is held.
  Duration tarpit_time() const;
  servers::Priority priority() const { return {handling.priority_class, handling.priority_offset}; }
  /// The thread's pipes where "option splice-request", "splice-response" or "splice-auto" ask for them, else null.
  PipePool* request_pipes() const;
  PipePool* response_pipes() const;
  const config::Proxy& back_conf() const { return backend->conf; }
  /// Fills in everything that the log line shares between kinds of streams.
  /// Everything that a format other than the log's may show.
  virtual void fill_for(logs::LogRecord& record, const formats::Format& format) { fill_record(record, &format); }
  /// `also` tells what another format than the log's shows.
  void fill_record(logs::LogRecord& record, const formats::Format* also = nullptr);
  /// For a line while the stream still uses its backend and server, which count it.
  void fill_early(logs::LogRecord& record) const;
  bool is_logged = false;   // "option logasap": no line at its end
  bool is_counted = false;  // in backend->sessions
  std::uint32_t others_in_backend = 0, others_on_server = 0;  // when this stream let go of them
  /// Bytes, times and ends of this stream into the counters of frontend, backend and server.
  void count_end();
  /// Bytes so far, into the same counters; called again, only what is new counts.
  void count_bytes(std::uint64_t from_client, std::uint64_t to_client);

  /// What -d has shown of this stream: whether anything, and its connection to the server, which outlives us.
  struct Traced {
    bool begun = false;
    int back = -1;
  } traced;

  // rules::Actor
  lib::net::Address address(rules::ClientSide which) const override;
  void set_address(rules::ClientSide which, const lib::net::Address& address, samples::Place at) override;
  void set_packet_field(rules::PacketField field, std::uint32_t value) override;
  void expect_foreword(rules::Foreword which) override;
  void set_nice(int nice) override;
  void limit_bandwidth(const rules::BandwidthFilter& filter, std::uint64_t limit, std::int64_t period_us) override;
  bool add_hint(std::string_view name, std::string_view value, samples::Context& context) override;
  std::string_view text_of(const formats::Format& format, samples::Context& context) override;
  std::size_t most_text() const override;
  void note_failed_rewrite() override;
  std::string_view page(int status) const override;

  // samples::Subject
  bool fact(samples::Fact which, std::int64_t number, samples::Sample& out, samples::Arena& arena) const override;
  bool tls_fact(samples::Fact which, const samples::Arguments& arguments, samples::Sample& out, samples::Arena& arena) const override;
  bool certificate_fact(samples::CertificateOwner whose, std::optional<lib::tls::CertificatePart> part, const lib::tls::NameQuestion& question,
                        samples::Sample& out, samples::Arena& arena) const override;
  bool object_fact(samples::Fact which, const samples::Reference* reference, samples::Sample& out) const override;
  bool named_fact(samples::Fact which, std::string_view name, samples::Sample& out) const override;
  std::int64_t now_us() const override;
  samples::VariableStore* variables(samples::Scope scope) const override;
  samples::ProcessVariables* process_variables() const override;
  bool capture(bool of_response, std::uint32_t index, std::string_view text) const override;
  void tell(std::string_view sink, std::string_view line) const override;
  bool is_user(const samples::Reference& list, std::string_view user, std::string_view password) const override;
  std::string_view group_of(const samples::Reference& list, std::string_view user, std::size_t index) const override;

  /// Keeps a copy of a text to the stream's end.
  void keep(std::uint32_t at, std::string_view text) const;
  /// Null data when nothing was kept there. Lives until the next keep().
  std::string_view kept(std::uint32_t at) const;

 private:
  bool back_fact(samples::Fact which, samples::Sample& out) const;
  // server_tls_facts.cc
  bool server_tls_fact(samples::Fact which, samples::Sample& out, samples::Arena& arena) const;
  const lib::tls::SecureLayer* server_tls() const;
  bool failed_shake_fact(samples::Fact which, samples::Sample& out) const;
  /// The client's ends before rules of this stream changed them.
  struct Ends {
    lib::net::Address source, real_source, destination;
  };
  std::unique_ptr<Ends> ends_before_;
  bool is_nice_ours_ = false;  // the connection's priority is this stream's, not its socket's
  std::optional<std::uint32_t> number_;
  // Borrowed when the first is set, which does not change what expressions see: mutable.
  mutable VariablesPtr transaction_variables_, request_variables_, response_variables_, kept_;
};

/// Reads what a client sends early into `buffer`, up to `limit` bytes in it.
ClientState read_early(Front& front, Buffer& buffer, std::uint32_t limit);

/// How reaching a server ended. ClientGone, Killed: the stream's termination tells where. NoSource: the address to connect from
/// is to be found in the request, where there is none.
enum class Reach : std::uint8_t { Connected, NoServer, QueueTimeout, Refused, ConnectTimeout, ClientGone, Killed, NoSource };

/// Takes an idle connection at once, if the reuse policy and the algorithm allow it. False: use reach_server().
bool reuse_connection(Stream& stream, bool first_request);

/// Lets go of a server that failed, where "option redispatch" allows another one. Returns what to avoid; null: stay there.
servers::Server* leave_server(Stream& stream);

/// Picks a server (waiting in the queue when all are full) other than `avoid`, unless there is only that one; connects with
/// retries and redispatch, and sends the opening as far as the kernel takes it. On Connected, stream.back is set; the opening
/// may still be partly unsent.
lib::event::Task<Reach> reach_server(Stream& stream, servers::Server* avoid);

}  // namespace proxyd::session
