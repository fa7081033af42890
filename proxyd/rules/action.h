// What rules do when their condition holds. Pure: actions work on an Actor, which streams are and tests fake.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/http/h1_writer.h"
#include "proxyd/formats/format.h"
#include "proxyd/rules/handling.h"
#include "proxyd/samples/expression.h"

namespace proxyd::rules {

struct Rule;
struct Condition;

/// What follows from a rule.
enum class Flow : std::uint8_t {
  Next,     // the next rule
  Allow,    // no further rule of this list
  Missing,  // it cannot be decided before more data is there: ask again, from the first rule on
  Wait,     // Actor::wait says for what; then the next rule
  // These end the stream or its request, and no rule follows.
  Deny,     // the action's answer, counted as denied
  Tarpit,   // the same after "timeout tarpit"
  Answer,   // the action's answer, counted as one of ours
  Reject,   // the connection is closed without a word
  Close,    // the server's connection is: what it has said so far still reaches the client
  Drop,     // the client is not even told that it is closed
  Failed,   // the message could not be changed as wished: no room
};

/// What a rule of Flow::Wait waits for.
struct Wait {
  std::int64_t us = 0;
  bool for_hint = false;        // the early hints so far to be sent, unless the next rule adds to them
  bool for_handshake = false;   // TLS's, with a client who speaks before its end
  bool for_body = false;             // of the message; else the time itself
  std::uint64_t at_least = UINT64_MAX;  // bytes of it that are enough
};

/// A line that chooses where a stream goes: "use_backend", "use-server", "force-persist", "ignore-persist".
struct Choice {
  std::string_view place, text;  // "file:line", as written
  const Condition* condition = nullptr;  // null: always
};

/// Hears of each rule as it is looked at, for `explain`.
class Observer {
 public:
  virtual ~Observer() = default;
  /// `held`: the condition did; `flow`: what followed, Next where it did not hold.
  virtual void saw(const Rule& rule, bool held, Flow flow, samples::Context& context) = 0;
  /// `result`: what came of it, in words.
  virtual void saw_choice(const Choice& choice, std::string_view result, samples::Context& context) = 0;
};

/// Whom actions act on: a connection, or a request and its response.
class Actor {
 public:
  virtual ~Actor() = default;
  /// To change the head; null where there is none.
  virtual lib::http::HeadWriter* request_writer() { return nullptr; }
  virtual lib::http::HeadWriter* response_writer() { return nullptr; }
  /// What a format says here; lives as long as the context. Cut at most_text().
  virtual std::string_view text_of(const formats::Format& format, samples::Context& context) = 0;
  /// No text is longer: a buffer's size. One of that length may have been cut.
  virtual std::size_t most_text() const { return 16384; }
  /// A change of the message that could not be made, while nobody insists on it.
  virtual void note_failed_rewrite() {}
  /// The client takes us for its proxy: it is asked who it is as proxies ask.
  virtual bool is_asked_as_proxy() const { return false; }
  /// The whole answer for a status: an errorfile or the built-in page.
  virtual std::string_view page(int status) const = 0;
  /// Appends it; it may be made for each request ("http-error").
  virtual void write_page(int status, samples::Context& /*context*/, std::string& out) { out += page(status); }
  virtual bool has_request_body() const { return false; }
  /// The client speaks before the end of TLS's handshake.
  virtual bool is_early() const { return false; }
  /// An end of the client's connection, as expressions see it.
  virtual lib::net::Address address(ClientSide) const { return {}; }
  /// `at`: before there is a session, the change is the connection's; within a request, it ends with that.
  virtual void set_address(ClientSide, const lib::net::Address&, samples::Place /*at*/) {}
  virtual void set_packet_field(PacketField, std::uint32_t /*value*/) {}
  virtual void expect_foreword(Foreword) {}
  /// From -1024 (first) to 1024 (last).
  virtual void set_nice(int /*nice*/) {}
  /// Turns it on, or over to other numbers.
  virtual void limit_bandwidth(const BandwidthFilter& /*filter*/, std::uint64_t /*limit*/, std::int64_t /*period_us*/) {}
  /// Adds a field to the early hints that go out next. False: there is no room.
  virtual bool add_hint(std::string_view /*name*/, std::string_view /*value*/, samples::Context&) { return false; }

  Handling handling;
  Wait wait;
  bool is_dry = false;           // only asks what would be: nothing but the message itself may change
  std::uint8_t reset_ttl = 0;    // hops that the reset of Flow::Drop lives; 0: none is sent, or it dies on its first hop
  bool ends_connection = false;  // set with an answer after which the client must come anew
  bool is_strict = true;         // "strict-mode": what cannot be changed ends the request
  Observer* observer = nullptr;
  const Rule* last_rule = nullptr;     // the last one that had a list's last word; rules live as long as the configuration
  const Rule* waiting_rule = nullptr;  // which the stream waits for
};

/// One action with its arguments, compiled. Never changed after that: all threads use it.
class Action {
 public:
  virtual ~Action() = default;
  virtual Flow run(Actor& actor, samples::Context& context) const = 0;
  /// After Deny, Tarpit and Answer: appends the whole answer. False: it could not be made (500 is answered).
  virtual bool write_answer(Actor& /*actor*/, samples::Context& /*context*/, std::string& /*out*/) const { return false; }
  /// What logs show as the status of that answer; 0: its own.
  virtual int logged_status(const Actor&) const { return 0; }
  /// Whether it adds to early hints.
  virtual bool is_hint() const { return false; }
};

}  // namespace proxyd::rules
